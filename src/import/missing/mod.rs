//! `import --missing`: what happens, after all rows, to people who are in the organization and in
//! no row.
//!
//! Who is missing is known from the list before anything is sent, and so is whether too many are.
//! Anyone who is to leave stands in `NAME.missing.csv`, which is carried out like any other file
//! once every row is ok or unchanged: with a journal and results of its own.

mod file;
mod history;

use crate::change::same_name;
use crate::cli::args::{EmptyGroupsArg, ImportArgs, KnownArgs, ReadArgs};
use crate::cli::ask::ask;
use crate::cli::config::Environment;
use crate::cli::exit::{CliError, Exit};
use crate::cli::missing_args::{MissingArg, MissingArgs, allowed_words};
use crate::cli::{Verbosity, print_out, status_line, typed_words, wall_clock};
use crate::execute::{Cap, Guards, HeldRows, perhaps_meant, referenced_users};
use crate::import::baseline::{self, BaselineSource, FRESH, LoadedBaseline};
use crate::import::connection::Connection;
use crate::import::input_file::{FileAccess, InputFile, is_device};
use crate::import::journal::{self, Interrupted};
use crate::import::known_users::KnownUsers;
use crate::import::managed::unmatched_patterns;
use crate::import::pipeline::{PreparedFile, carry_out, output_paths, prepare};
use crate::number::{count, form, minutes};
use crate::organization::{OrgUser, Organization};
use crate::reconcile::{
    ExemptReason, Exemptions, Likeness, Managed, MissingUsers, PerhapsMeant, RemovableGroups,
    UnreferencedUsers,
};
use crate::report::Paths;
use history::{RunHistory, RunRecord};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// So many of those who stay are named one by one.
const SHOWN: usize = 20;
/// Somebody who is missing may be asked for without a yes, up to so many.
const UNASKED: u64 = Guards::UNASKED_DELETES;

/// Refuses what cannot be meant together.
pub(crate) fn check_arguments(args: &ImportArgs) -> Result<(), CliError> {
    let MissingArgs { missing, managed_domain, managed_type, .. } = &args.missing;
    let Some(what) = missing else { return Ok(()) };
    let refusal = if managed_domain.is_empty() && managed_type.is_empty() {
        "umbulk must know which people the file covers completely: use --managed-domain DOMAIN or \
         --managed-type TYPE"
    } else if args.read.rows.is_some() {
        "--rows reads only a part of the file, and everybody in the other rows would count as \
         missing: use --missing without --rows"
    } else if args.sandbox && args.known.against.is_none() {
        "the organization of --sandbox has only the people whom the rows need: use --against FILE \
         to add the others"
    } else {
        return Ok(());
    };
    Err(CliError(format!("--missing {}: {refusal}. Nothing was sent", what.name())))
}

/// The files that are written about people who are missing.
pub(crate) fn outputs(args: &ImportArgs) -> Vec<(&'static str, PathBuf)> {
    if args.missing.missing.is_none() {
        return Vec::new();
    }
    let file = place(args);
    let Paths { results, failed } = output_paths(&own_args(args, &file), &file);
    let failed = failed.map(|failed| ("the missing people to fix", failed));
    [("the missing people", file), ("the results about missing people", results)]
        .into_iter()
        .chain(failed)
        .collect()
}

/// Test mode and rehearsals leave what a real run has written alone, and are no earlier run of
/// anything.
fn is_real(args: &ImportArgs) -> bool {
    !args.test_mode && !args.sandbox
}

/// `NAME.missing.csv` beside the results.
fn place(args: &ImportArgs) -> PathBuf {
    let first = args.files.first().map_or(Path::new("-"), PathBuf::as_path);
    let results = output_paths(args, first).results;
    let named_path = if first == Path::new("-") { &results } else { first };
    let folder = if is_device(&results) { first.parent() } else { results.parent() };
    let word = match args {
        ImportArgs { test_mode: true, .. } => "missing.test",
        ImportArgs { sandbox: true, .. } => "missing.sandbox",
        _ => "missing",
    };
    Paths::beside(named_path, word, folder.or(Some(Path::new(""))))
}

/// How that file is carried out: what is said about reading the main files does not hold for it.
fn own_args(args: &ImportArgs, file: &Path) -> ImportArgs {
    ImportArgs {
        files: vec![file.to_owned()],
        results: None,
        failed: None,
        strict: false,
        skip_unchanged: false,
        read: ReadArgs { protect: args.read.protect.clone(), ..ReadArgs::default() },
        known: KnownArgs {
            against: None,
            online: false,
            exact_groups: false,
            manage_groups: Vec::new(),
            empty_groups: EmptyGroupsArg::Keep,
            ..args.known.clone()
        },
        missing: MissingArgs::default(),
        ..args.clone()
    }
}

/// The list by which people are missing.
pub(crate) struct MissingList {
    pub(crate) organization: Arc<Organization>,
    /// The numbers of those who were spoken of by rows that were sent from here since.
    recently_changed: HashSet<u32>,
}

/// The list by which people are missing: that of the rows, unless an interrupted run goes on by an
/// old one.
pub(crate) fn load_list(
    args: &ImportArgs,
    environment: &Environment,
    verbosity: &Verbosity,
    loaded_baseline: Option<&LoadedBaseline>,
) -> Result<Option<MissingList>, CliError> {
    if args.missing.missing.is_none() {
        return Ok(None);
    }
    let baseline_source = BaselineSource {
        connect: &args.connect,
        environment,
        verbosity,
        progress: args.progress,
        list_separator: args.read.list_separator,
        earlier_run: None,
    };
    let own;
    let loaded_baseline = match loaded_baseline {
        Some(loaded_baseline)
            if args.known.against.is_some()
                || baseline::age(&loaded_baseline.organization) < FRESH =>
        {
            loaded_baseline
        }
        _ => {
            own = baseline_source.load_baseline(&args.known)?;
            &own
        }
    };
    // What an interrupted run has done about those who are missing is its own.
    let file = place(args);
    let results = output_paths(&own_args(args, &file), &file).results;
    let place = Connection::place_if_set(environment)?.filter(|_| is_real(args));
    let earlier_run = place.and_then(|(place, _)| journal::earlier_run(&file, &results, &place));
    let names = baseline_source.sent_since(loaded_baseline, earlier_run.as_ref())?.names();
    let organization = loaded_baseline.organization.clone();
    Ok(Some(MissingList {
        recently_changed: organization.numbers_of(&names).collect(),
        organization,
    }))
}

/// Finds out who is perhaps meant by a row that names somebody else, and which rows of each input
/// would create such a person a second time.
pub(crate) fn perhaps_meant_by(
    args: &ImportArgs,
    inputs: &[InputFile],
    listed: &MissingList,
) -> Result<(BTreeMap<u32, PerhapsMeant>, Vec<HeldRows>), CliError> {
    let organization = &*listed.organization;
    let all_input_rows: Vec<_> = inputs.iter().map(InputFile::input_rows).collect();
    let unnamed = UnreferencedUsers::new(
        organization,
        &args.missing.scope(),
        &referenced_users(&all_input_rows, organization)?,
    );
    Ok(perhaps_meant(&all_input_rows, &unnamed)?)
}

/// What is to happen about people who are missing.
pub(crate) struct Decided {
    what: MissingArg,
    organization: Arc<Organization>,
    found: MissingUsers,
    /// Those to whom something is still to happen.
    people: u64,
    /// Groups that are taken away.
    taken: RemovableGroups,
    file: PathBuf,
    /// An earlier run has begun with that file: it goes on. So many more are missing since.
    goes_on: Option<u64>,
    record: RunRecord,
    history: RunHistory,
    /// Rows of the files that do the like: they count together.
    beside: u64,
    /// Those who are perhaps meant by a row that names somebody else.
    perhaps_meant: BTreeMap<u32, PerhapsMeant>,
}

/// Finds out who is missing, and refuses where that cannot be known, or where too many are.
pub(crate) fn decide(
    args: &ImportArgs,
    prepared: &[PreparedFile],
    MissingList { organization, recently_changed: spoken_of }: MissingList,
    perhaps_meant: BTreeMap<u32, PerhapsMeant>,
    connection: &Connection,
    runtime: &Runtime,
) -> Result<Option<Decided>, CliError> {
    let Some(asked) = args.missing.missing else { return Ok(None) };
    let flag = format!("--missing {}", asked.name());
    let refuse = |why: String| CliError(format!("{flag}: {why}"));
    check_list(&organization).map_err(refuse)?;
    // Who is meant by a row that is held back is known: that person stays.
    let known =
        |one: &PreparedFile| one.input.held.values().filter(|held| !held.is_unclear).count() as u64;
    let unclear = |one: &PreparedFile| one.scan.counts.invalid.saturating_sub(known(one));
    if let Some((one, invalid)) =
        prepared.iter().map(|one| (one, unclear(one))).find(|(_, invalid)| *invalid > 0)
    {
        return Err(refuse(format!(
            "{}: {} invalid, so the people in them cannot be identified: nothing was sent. Fix \
             the rows, or run without --missing",
            one.input.table.name(),
            count(invalid, "row")
        )));
    }
    let own_id = runtime.block_on(connection.client.own_id())?;
    let managed_groups = &args.known.manage_groups;
    if asked == MissingArg::RemoveGroups && !args.known.exact_groups {
        let all_input_rows: Vec<_> = prepared.iter().map(|one| one.input.input_rows()).collect();
        unmatched_patterns(managed_groups, &organization, &all_input_rows)?
            .iter()
            .for_each(|words| status_line(&format!("warning: {words}")));
    }
    let taken = RemovableGroups((!managed_groups.is_empty()).then(|| Managed::new(managed_groups)));
    let referenced = referenced_users(
        &prepared.iter().map(|one| one.input.input_rows()).collect::<Vec<_>>(),
        &organization,
    )?;
    if referenced.is_unclear() {
        return Err(refuse(format!(
            "rows name people by username alone, but the list {} does not show every username and \
             domain, so these people would count as missing. Nothing was sent. Export it with the \
             columns username and domain, or name people by email",
            organization.name
        )));
    }
    if asked != MissingArg::Report && !organization.has_status {
        return Err(refuse(format!(
            "the list {} has no column `status`, so inactive accounts cannot be exempted: nothing \
             was sent. `umbulk export users` writes it",
            organization.name
        )));
    }
    if asked != MissingArg::Report
        && own_id.is_some()
        && organization.people().all(|person| person.id().is_empty())
    {
        return Err(refuse(format!(
            "the list {} has no column `id`, so your own account cannot be exempted: nothing was \
             sent. `umbulk export users` writes it",
            organization.name
        )));
    }
    let in_files = referenced.count();
    let protected =
        |person: OrgUser<'_>| prepared.iter().any(|one| one.input.protected.has(person));
    let exemptions = Exemptions {
        protected: &protected,
        recently_changed: &spoken_of,
        perhaps_meant: &perhaps_meant,
        own_id: own_id.as_deref(),
        takes: (asked == MissingArg::RemoveGroups).then_some(&taken),
    };
    let scope = args.missing.scope();
    let found = MissingUsers::find(&organization, &scope, &referenced, &exemptions);
    let file = place(args);
    let results =
        output_paths(args, args.files.first().map_or(Path::new("-"), PathBuf::as_path)).results;
    let mut decided = Decided {
        what: if args.test_mode { MissingArg::Report } else { asked },
        people: found.people.len() as u64,
        found,
        taken,
        file,
        goes_on: None,
        record: RunRecord::new(&args.files, &results, &scope, in_files),
        history: RunHistory::load(connection)?,
        organization,
        beside: prepared
            .iter()
            .map(|one| {
                if asked == MissingArg::Leave {
                    one.scan.counts.deletes
                } else {
                    one.scan.counts.removals
                }
            })
            .sum(),
        perhaps_meant,
    };
    if is_real(args) && !args.fresh {
        decided.find_unfinished(args, connection).map_err(|CliError(why)| refuse(why))?;
    }
    decided.guard(args, asked).map_err(refuse)?;
    Ok(Some(decided))
}

/// A list that can be relied upon for who is there and with what rights.
fn check_list(organization: &Organization) -> Result<(), String> {
    let name = &organization.name;
    if let Some(old) = too_old(organization) {
        return Err(format!(
            "{old}: nothing was sent. Take a newer list (umbulk export users, or --online); \
             without --missing only the rows are sent"
        ));
    }
    if !(organization.direct && organization.has_groups) {
        return Err(format!(
            "the list {name} does not show which memberships are direct: nothing was sent. Export \
             it with the column groups and without --indirect"
        ));
    }
    if !organization.shows_everything() {
        return Err(format!(
            "the list {name} lacks columns for some kinds of groups and roles, so administrators \
             cannot be recognized: nothing was sent. `umbulk export users` writes all"
        ));
    }
    Ok(())
}

/// Somebody may have become an administrator, or a member again.
fn too_old(organization: &Organization) -> Option<String> {
    let age = baseline::age(organization);
    (age >= FRESH).then(|| {
        format!(
            "the list {} is {} old, but must be younger than two hours",
            organization.name,
            minutes(age)
        )
    })
}

impl Decided {
    /// The missing users.
    fn people(&self) -> impl Iterator<Item = OrgUser<'_>> {
        self.found.people.iter().map(|number| self.organization.person(*number))
    }

    /// An earlier run may have been interrupted while it was at it: then its file is what is
    /// carried out, as far as that is still right.
    fn find_unfinished(
        &mut self,
        args: &ImportArgs,
        connection: &Connection,
    ) -> Result<(), CliError> {
        let own = own_args(args, &self.file);
        let results = output_paths(&own, &self.file).results;
        let Some(Interrupted { input }) =
            journal::interrupted(&self.file, &results, &connection.organization)?
        else {
            return Ok(());
        };
        let name = self.file.display();
        let anew = "Restore it, and the same command continues; or use --fresh to start over with \
             things as they are now";
        if !self.file.is_file() {
            return Err(CliError(format!(
                "a run was interrupted while it carried out {name}, which is gone. {anew}"
            )));
        }
        let folder = tempfile::tempdir()?;
        let file =
            InputFile::open(&self.file, &own.read, FileAccess::PrivateCopy(folder.path()), true)?;
        if file.table.fingerprint()? != input {
            return Err(CliError(format!(
                "a run was interrupted while it carried out {name}, and that file has changed. \
                 {anew}"
            )));
        }
        let (what, called) = file::read(&file)?;
        if what != self.what {
            return Err(CliError(format!(
                "a run with --missing {} was interrupted while it carried out {name}. {anew}",
                what.name()
            )));
        }
        // Who left meanwhile is in the list no more, and who was to lose groups has none left.
        let mut rest = 0;
        for one in called {
            let Some(person) = one.find(&self.organization) else { continue };
            let other = one.removed.iter().find(|name| {
                person.is_in(name)
                    && !self.taken.of(person).iter().any(|taken| same_name(taken, name))
            });
            if let Some(other) = other {
                return Err(CliError(format!(
                    "a run was interrupted while it carried out {name}, which removes `{other}` \
                     from {}, but --manage-groups no longer matches that group. {anew}",
                    one.user
                )));
            }
            if self.found.people.binary_search(&person.number()).is_ok() {
                rest += 1;
            } else if self.found.why(person.number()) != Some(ExemptReason::NoGroups) {
                return Err(CliError(format!(
                    "a run was interrupted while it carried out {name}, but {}, who is in it, is \
                     exempt now. {anew}",
                    one.user
                )));
            }
        }
        self.goes_on = Some(self.people.saturating_sub(rest));
        self.people = rest;
        Ok(())
    }

    /// Objects to too many.
    fn guard(&self, args: &ImportArgs, asked: MissingArg) -> Result<(), String> {
        let (people, managed) = (self.people, self.found.managed);
        let other = match asked {
            MissingArg::Report => None,
            MissingArg::RemoveGroups => args.max_removals.map(|cap| ("--max-removals", cap)),
            MissingArg::Leave => args.max_deletes.map(|cap| ("--max-deletes", cap)),
        };
        let own = args.missing.max_missing.map(|cap| ("--max-missing", cap));
        // A number of rows is one for all: those of the files and those that are added here.
        let together =
            |cap: &Cap| if matches!(cap, Cap::Rows(_)) { people + self.beside } else { people };
        let own_broken = own.filter(|(_, cap)| cap.is_exceeded(people, managed));
        let broken =
            own_broken.or(other.filter(|(_, cap)| cap.is_exceeded(together(cap), managed)));
        if let Some((flag, cap)) = broken.filter(|_| asked != MissingArg::Report) {
            let allowed = allowed_words(cap);
            return Err(format!(
                "{people} of {} under management {} missing, but {flag} allows {allowed}: nothing \
                 was sent. `--missing report` lists them",
                count_people(managed),
                form(people, "is", "are")
            ));
        }
        // A number that is typed says that this file is meant; one in the settings, or a share,
        // says nothing of a file that shrank.
        let is_typed =
            typed_words().any(|word| word.to_string_lossy().starts_with("--max-missing"));
        if is_typed && matches!(own, Some((_, Cap::Rows(_)))) && broken.is_none() {
            return Ok(());
        }
        let remedy = format!("Check the file. If that is intended, use --max-missing {people}");
        if let Some(last) =
            self.history.last(&self.record).filter(|last| self.record.named * 5 < last.named * 4)
        {
            let files: Vec<_> = last
                .files
                .iter()
                .filter_map(|path| path.as_path().file_name())
                .map(|name| name.to_string_lossy())
                .collect();
            return Err(format!(
                "the file names {}; {} in {} on {}. It looks truncated: nothing was sent. {remedy}",
                count_people(self.record.named),
                last.named,
                files.join(", "),
                wall_clock(last.at, "%a %d %b %Y")
            ));
        }
        if asked != MissingArg::Report && own.is_none() && people * 2 > managed {
            return Err(format!(
                "{people} of {} under management {} missing, more than half. The file looks \
                 truncated: nothing was sent. {remedy}",
                count_people(managed),
                form(people, "is", "are")
            ));
        }
        Ok(())
    }

    /// Who is missing, who is let alone and why, and what happens.
    pub(crate) fn say_head(&self) {
        let will = match self.what {
            MissingArg::Report => "are listed",
            MissingArg::RemoveGroups => "lose their groups",
            MissingArg::Leave => "leave the organization",
        };
        status_line(&format!(
            "missing       {}: they {will} once every row is ok or unchanged",
            self.counts()
        ));
        status_line(&format!("              by {}", baseline::describe(&self.organization)));
        self.stays()
            .iter()
            .take(SHOWN)
            .for_each(|line| status_line(&format!("              {line}")));
        self.more_stay().iter().for_each(|line| status_line(&format!("              {line}")));
        if let Some(more) = self.goes_on {
            let more = if more > 0 {
                format!(
                    "; {more} more {} missing since: run the import again afterwards",
                    form(more, "is", "are")
                )
            } else {
                String::new()
            };
            status_line(&format!(
                "continues     {}, which was interrupted{more}",
                self.file.display()
            ));
        }
    }

    /// `3 of 120 people under management are in no row (110 named; exempt: 7 administrators or
    /// other holders of a role)`
    fn counts(&self) -> String {
        let exempt: Vec<String> = self
            .found
            .exempt_by_reason()
            .into_iter()
            .map(|(why, count)| why.words(count))
            .collect();
        let exempt = if exempt.is_empty() {
            String::new()
        } else {
            format!("; exempt: {}", exempt.join(", "))
        };
        let MissingUsers { managed, named, .. } = self.found;
        format!(
            "{} of {} under management {} in no row ({named} named{exempt})",
            self.people,
            count_people(managed),
            form(self.people, "is", "are")
        )
    }

    /// Who stays because a row perhaps means this person, by name.
    fn stays(&self) -> Vec<String> {
        let perhaps = |(number, why): &(u32, ExemptReason)| {
            let one = self.perhaps_meant.get(number).filter(|_| {
                [ExemptReason::NearlyNamed, ExemptReason::PerhapsRenamed].contains(why)
            })?;
            let person = self.organization.person(*number);
            let old = if person.email().is_empty() { person.username() } else { person.email() };
            Some(if one.likeness == Likeness::Looks {
                format!(
                    "stays: {old}, because a row names {}, which looks the same",
                    one.called.escape_default()
                )
            } else {
                format!(
                    "stays: perhaps a new address: {old} -> {} (write an update row with \
                     new_email)",
                    one.called
                )
            })
        };
        self.found.exempt.iter().filter_map(perhaps).collect()
    }

    fn more_stay(&self) -> Option<String> {
        let more = self.stays().len().saturating_sub(SHOWN);
        (more > 0).then(|| format!("stays: and {more} more; --json has all"))
    }

    /// More than a few need a yes, before anything is sent.
    pub(crate) fn ask(&self, args: &ImportArgs, connection: &Connection) -> Result<(), CliError> {
        let asks = self.people > 0 && self.people + self.beside > UNASKED;
        if self.what == MissingArg::Report || !asks || args.yes || args.sandbox {
            return Ok(());
        }
        let will = if self.what == MissingArg::Leave {
            "leave the organization"
        } else {
            "lose their groups"
        };
        let words = format!(
            "{} who {} in no row would {will}",
            count_people(self.people),
            form(self.people, "is", "are")
        );
        let refusal = format!(
            "{words}: nothing was sent. `--missing report` lists them; if that is intended, use \
             --yes"
        );
        let Connection { organization, host, .. } = connection;
        ask(&format!("In {organization} at {host}, {words}."), &self.people.to_string(), refusal)
    }

    /// Does it, if all rows came out well, and says what came of it. Gives the status of all
    /// together.
    pub(crate) fn carry_out(
        self,
        args: &ImportArgs,
        connection: &Connection,
        runtime: &Runtime,
        rows: Exit,
        verbosity: &Verbosity,
    ) -> Result<Exit, CliError> {
        let (exit, why) = match self.objection(rows) {
            // What was asked for was not done, though every row was: the same command does it.
            Some(why) if rows == Exit::Good && connection.client.stats().action_requests == 0 => {
                (Exit::NothingSent, Some(why))
            }
            Some(why) if rows == Exit::Good => (Exit::Stopped, Some(why)),
            Some(why) => (rows, Some(why)),
            None => match self.act(args, connection, runtime, verbosity) {
                Ok(exit) => (exit, None),
                Err(CliError(why)) if connection.client.stats().action_requests == 0 => {
                    return Err(CliError(why));
                }
                // The rows were sent, and so perhaps some of this: the same command goes on.
                Err(CliError(why)) => (Exit::Stopped, Some(why)),
            },
        };
        self.say_end(args.json, exit, why, verbosity)?;
        if exit <= Exit::SomeRows
            && rows == Exit::Good
            && is_real(args)
            && let Err(CliError(why)) = self.history.note(self.record)
        {
            status_line(&format!(
                "note: the next run with --missing cannot check whether its file \
                 is complete: {why}"
            ));
        }
        Ok(exit)
    }

    /// Why nothing may be done now.
    fn objection(&self, rows: Exit) -> Option<String> {
        match rows {
            Exit::Good => {
                too_old(&self.organization).filter(|_| self.what != MissingArg::Report).map(|old| {
                    format!(
                        "{old}: the rows took that long. The same command with a newer list does \
                         the rest"
                    )
                })
            }
            Exit::SomeRows => {
                Some("not every row is ok or unchanged. Fix those rows first".to_owned())
            }
            Exit::NothingSent | Exit::Stopped => Some(
                "the run stopped before. The same command \
                 goes on"
                    .to_owned(),
            ),
        }
    }

    fn act(
        &self,
        args: &ImportArgs,
        connection: &Connection,
        runtime: &Runtime,
        verbosity: &Verbosity,
    ) -> Result<Exit, CliError> {
        if self.goes_on.is_none() && (self.people > 0 || self.what == MissingArg::Report) {
            let table = file::table(self.what, &self.organization, self.people(), &self.taken)?;
            file::write(&self.file, &table)?;
        }
        if self.what == MissingArg::Report || (self.people == 0 && self.goes_on.is_none()) {
            return Ok(Exit::Good);
        }
        let own = own_args(args, &self.file);
        let spool = tempfile::tempdir()?;
        let input =
            InputFile::open(&self.file, &own.read, FileAccess::PrivateCopy(spool.path()), true)?;
        let one = prepare(&own, &self.file, input, false)?;
        // As somebody would type it who wants its results again.
        let mut typed: Vec<OsString> =
            vec!["umbulk".into(), "import".into(), self.file.clone().into()];
        if let Some(protect) = &own.read.protect {
            typed.extend(["--protect".into(), protect.clone().into()]);
        }
        let work = is_real(args)
            .then(|| journal::open_or_resume(&own, &typed, &self.file, &one, None, connection))
            .transpose()?;
        let before = KnownUsers {
            organization: Some(self.organization.clone()),
            list_file: self.organization.file.clone(),
            ..KnownUsers::default()
        };
        carry_out(runtime, &own, connection, &one, work, before, verbosity)
    }

    fn say_end(
        &self,
        json: bool,
        exit: Exit,
        why: Option<String>,
        verbosity: &Verbosity,
    ) -> Result<(), CliError> {
        // With nobody to write of, a file of that name is an earlier run's.
        let written = why.is_none()
            && (self.people > 0 || self.goes_on.is_some() || self.what == MissingArg::Report)
            && self.file.is_file();
        if json {
            let ended = MissingEnd {
                action: self.what.name(),
                managed: self.found.managed,
                named: self.found.named,
                missing: self.people,
                stays: self.stays(),
                left_alone: self
                    .found
                    .exempt_by_reason()
                    .into_iter()
                    .map(|(why, count)| (why.name(), count))
                    .collect(),
                people_in_files: self.record.named,
                file: written.then(|| self.file.to_string_lossy()),
                done: why.is_none() && exit <= Exit::SomeRows,
                why,
            };
            verbosity.report.missing(serde_json::to_value(&ended)?);
            return Ok(());
        }
        let end = match (&why, self.what, exit) {
            (Some(why), ..) => format!("nothing was changed: {why}"),
            (None, MissingArg::Report, _) => format!("they are listed in {}", self.file.display()),
            (None, _, Exit::Good) if self.people == 0 && self.goes_on.is_none() => {
                "nothing to do".to_owned()
            }
            (None, MissingArg::RemoveGroups, Exit::Good) => {
                "they have lost their groups".to_owned()
            }
            (None, MissingArg::Leave, Exit::Good) => "they have left the organization".to_owned(),
            (None, _, Exit::SomeRows) => "not all of them were changed: see the results".to_owned(),
            (None, _, Exit::NothingSent | Exit::Stopped) => {
                "interrupted. The same command continues".to_owned()
            }
        };
        let mut text = format!("Missing:  {}: {end}\n", self.counts());
        for line in self.stays().into_iter().take(SHOWN).chain(self.more_stay()) {
            text += &format!("          {line}\n");
        }
        print_out(&text)
    }
}

/// What came of it, for programs.
#[derive(Serialize)]
struct MissingEnd<'a> {
    action: &'static str,
    managed: u64,
    named: u64,
    missing: u64,
    left_alone: BTreeMap<&'static str, u64>,
    stays: Vec<String>,
    people_in_files: u64,
    file: Option<Cow<'a, str>>,
    done: bool,
    why: Option<String>,
}

fn count_people(number: u64) -> String {
    count(number, "person")
}
