//! `umbulk plan`: what would be sent, and how long it would take.

use super::summary_words::{differences_in_words, effect_in_words, kept_in_words, near_in_words};
use crate::change::{Change, EffectCounts};
use crate::cli::args::commands::PlanArgs;
use crate::cli::error::CliError;
use crate::cli::plan_listing::PlanListing;
use crate::cli::planned_work::{PlannedWork, first_questions};
use crate::cli::say::print_out;
use crate::cli::terminal::Terminal;
use crate::execute::{
    InputRows, RequestedChange, Scan, Skip, creation_requests, dry_run, edited_rows, estimate,
    preview, renames_to_ask_about,
};
use crate::fs::{private_file, rotate};
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::administrators::{Administrators, AtRisk, Sources};
use crate::import::baseline::{BaselineSource, LoadedBaseline};
use crate::import::existing_users;
use crate::import::first_questions::{FirstQuestions, Inquiry};
use crate::import::groups::{Creation, GroupCheck, Offline};
use crate::import::input_file::{
    FileAccess, InputFile, find_conflicts, ignored_words, say_problems,
};
use crate::import::new_addresses::NewAddress;
use crate::import::outdated::AskedBy;
use crate::import::places::{check_outputs, is_device};
use crate::import::warnings::Warnings;
use crate::import::{baseline, protect};
use crate::number::about as about_time;
use crate::number::{count, form, noun};
use crate::organization::Organization;
use crate::plan::{Estimate, Headcount};
use crate::reconcile::{Baseline, Exceeded, GroupChanges, NearName, Preview, PreviewStep, steps};
use crate::table::{Block, Check, Field, RowBuffer};
use crate::umapi::Rates;
use crate::umapi::wire::WireCommand;
use crate::visible::visible;
use jiff::Timestamp;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// A file's plan; with `--json` it is printed as it stands here.
#[derive(Serialize)]
struct Planned {
    file: String,
    dialect: &'static str,
    rows: u64,
    sendable: u64,
    unchanged: u64,
    /// Those of them that take something away from somebody who is not there.
    not_there: u64,
    /// Rows that are sent and take something away from somebody who is not there.
    sent_not_there: u64,
    /// The first of their names for which others may be meant.
    near_names: Vec<NearName>,
    /// What would be done, and what would not be applied: rows by word; of `joined` and `left`,
    /// memberships.
    effects: EffectCounts,
    /// What of that is not applied to Adobe IDs.
    #[serde(skip)]
    of_adobe_ids: EffectCounts,
    invalid: u64,
    skipped: u64,
    /// What the rows do, in words and in numbers.
    does: String,
    headcount: Headcount,
    ignored_columns: Vec<String>,
    deletes: u64,
    removals: u64,
    commands: u64,
    requests: u64,
    /// People of whom is asked whether they are there before they are removed (`--verify-deletes`).
    probes: u64,
    /// Questions in all, also those that come before anything is sent: one answer may serve for
    /// several things.
    questions: u64,
    /// There may be more: a list may be fetched of which nobody knows the size, or for names that
    /// are not there.
    questions_at_least: bool,
    /// Requests in test mode that try groups out, of which nobody knows whether they are there.
    trials: u64,
    /// Minutes at the limits; `null` without a limit.
    minutes: Option<f64>,
    /// Administrators who would lose a role; `null` where that cannot be known without the server.
    administrators: Option<Vec<AtRisk>>,
    /// Rows that create somebody who is perhaps there under another address, as far as a list
    /// tells; the first thousand.
    perhaps_new_addresses: Vec<NewAddress>,
    /// Profiles that would have more members than licences, where lists tell.
    licences: Vec<Exceeded>,
    /// What an import would ask about first, for the list is old.
    asks: Option<String>,
    /// What would change, where the organization is known.
    differences: Option<Differences>,
}

/// What would change beside a list of the organization.
#[derive(Serialize)]
struct Differences {
    /// The list, and when it was so.
    list: String,
    at: Timestamp,
    /// What everything would take, if nothing was left out.
    requests_without: u64,
    minutes_without: Option<f64>,
    #[serde(flatten)]
    preview: Preview,
}

pub(crate) fn run(args: &PlanArgs, access: Access, terminal: &Terminal) -> Result<Exit, CliError> {
    let (read, known) = (args.read.config(), args.known.config());
    let connect = args.connect.config(access);
    let rates = connect.rates.clone();
    let outputs = [("--out", &args.out), ("--requests", &args.requests)];
    check_outputs(
        &args.files,
        &outputs
            .map(|(what, path)| path.clone().map(|path| (what, path)))
            .into_iter()
            .flatten()
            .collect::<Vec<_>>(),
    )?;
    let mut inputs = args
        .files
        .iter()
        .map(|path| {
            InputFile::open(path, &read, FileAccess::InPlace(&std::env::temp_dir()), terminal)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut loaded_baseline = None;
    let mut keepers = baseline::Keepers::default();
    if known.against.is_some() || known.online || known.exact_groups || args.skip_unchanged {
        let baseline_source = BaselineSource {
            connect: &connect,
            reporter: terminal,
            list_separator: read.list_separator,
            earlier_run: None,
        };
        let found = baseline_source.load_baseline(&known)?;
        keepers = baseline::compare(
            &mut inputs.iter_mut().collect::<Vec<_>>(),
            &found,
            &known,
            baseline::SendPolicy::OnlyChanges,
            terminal,
        )?;
        loaded_baseline = Some(found);
    }
    // Where nobody asks for a comparison, a young list tells all the same who is there.
    let stored_baseline = if loaded_baseline.is_none() {
        existing_users::stored(&connect.access, known.max_age, &inputs, terminal)
    } else {
        None
    };
    if let Some(stored_baseline) = &stored_baseline {
        baseline::compare(
            &mut inputs.iter_mut().collect::<Vec<_>>(),
            stored_baseline,
            &known,
            baseline::SendPolicy::Everything,
            terminal,
        )?;
    }
    let list = loaded_baseline.as_ref().or(stored_baseline.as_ref());
    let organization = list.map(|list| &*list.organization);
    protect::complete(
        &mut inputs.iter_mut().collect::<Vec<_>>(),
        organization,
        known.exact_groups,
        terminal,
        || Ok(protect::MemberServer::Nobody(protect::NAME_A_LIST)),
    )?;
    let groups_config = args.groups.config();
    let check = GroupCheck {
        config: &groups_config,
        create: if args.create_groups { Creation::Planned } else { Creation::Off },
        max_age: known.max_age,
        access: &connect.access,
        reporter: terminal,
        organization: loaded_baseline
            .as_ref()
            .map(|loaded_baseline| loaded_baseline.organization.clone()),
        recently_changed: loaded_baseline
            .as_ref()
            .map(|loaded_baseline| loaded_baseline.recently_changed.clone())
            .unwrap_or_default(),
        rate: rates.users,
    };
    let mut early = None;
    let groups = match inputs.as_mut_slice() {
        // Nothing else decides what the rows are to do: one reading tells all.
        [input] if list.is_none() => {
            let (groups, scanned) = check.while_read(input, InputFile::survey)?;
            if input.presence.is_none() {
                early = Some(scanned);
            } else {
                input.conflicts = None;
            }
            groups
        }
        _ => check.offline(&mut inputs.iter_mut().collect::<Vec<_>>(), Offline::Plan)?,
    };
    for input in &mut inputs {
        input.held = edited_rows(&input.input_rows())?;
    }
    let warnings = Warnings::find(
        &mut inputs.iter_mut().collect::<Vec<_>>(),
        list,
        &known,
        &connect.access,
        AskedBy::Import,
    )?;
    if early.is_some() && inputs.iter().any(|input| !input.held.is_empty()) {
        early = None;
        inputs.iter_mut().for_each(|input| input.conflicts = None);
    }
    groups.say_head(terminal);
    keepers.say_head(terminal);
    warnings.say_head(terminal);
    let mut creations = creation_requests(&groups.create);
    let all_input_rows: Vec<InputRows<'_>> = inputs.iter().map(InputFile::input_rows).collect();
    let inquiry = Inquiry::about(
        &all_input_rows,
        list.map(|list| list.recently_changed.as_slice()).unwrap_or_default(),
        &|_, _| true,
    )?;
    let administrators = find_administrators(&inquiry, &inputs, list)?;
    let first = FirstQuestions::of(
        &inquiry,
        &all_input_rows,
        loaded_baseline.as_ref().map(|loaded_baseline| &*loaded_baseline.organization),
    )?;
    drop(all_input_rows);
    let asked = first_questions(
        &inputs,
        (loaded_baseline.as_ref(), stored_baseline.as_ref()),
        (first, &groups),
        (&connect.access, known.exact_groups),
    )?;
    let mut trials = groups.trials;
    let mut bodies = args.requests.as_deref().map(create).transpose()?;
    let mut listing =
        args.out.as_deref().map(create).transpose()?.map(PlanListing::begin).transpose()?;
    let mut exit = Exit::Good;
    // Licences are reckoned over the files before, too.
    let mut all = (inputs.len() > 1).then(Preview::default);
    find_conflicts(&mut inputs)?;
    for (place, input) in inputs.iter_mut().enumerate() {
        let compared = input.baseline.take_if(|known| known.reduces);
        let without =
            compared.map(|known| Ok::<_, CliError>((whole_cost(input)?, known))).transpose()?;
        let without = without.map(|(estimate, known)| {
            input.baseline = Some(known);
            estimate
        });
        let scanned = match early.take() {
            Some(scanned) => scanned,
            None => input.survey(None)?,
        };
        say_problems(&scanned.counts, input, terminal);
        let mut estimate = estimate(&input.input_rows(), &scanned.plan)?;
        // They go before the rows of the first file.
        let creations = std::mem::take(&mut creations);
        let mut work = PlannedWork::of(
            &scanned.plan,
            args,
            first,
            (
                asked.get(place).copied().unwrap_or_default(),
                renames_to_ask_about(
                    &input.input_rows(),
                    loaded_baseline.as_ref().map(|list| &*list.organization),
                )?,
            ),
        );
        if bodies.is_some() || listing.is_some() {
            estimate.requests =
                write_requests(input, &scanned, &creations, bodies.as_mut(), listing.as_mut())?;
        }
        work.trials = std::mem::take(&mut trials);
        work.goes_behind(creations.len() as u64 + work.trials, estimate.requests);
        estimate.requests += creations.len() as u64;
        estimate.commands += creations.iter().map(|request| request.len() as u64).sum::<u64>();
        if let Some(listing) = &mut listing {
            list_unsent(input, listing)?;
        }
        let differences = without
            .map(|without| differences(input, &scanned, &without, &rates, all.as_mut()))
            .transpose()?;
        let licences = match &differences {
            Some(differences) => differences.preview.exceeded.clone(),
            None => licences(input, &scanned, all.as_mut())?,
        };
        input.check_unchanged(Check::Quick)?;
        let mut planned =
            planned(input, &scanned, (&estimate, &work), differences, &rates, known.max_age);
        planned.licences = licences;
        planned.perhaps_new_addresses = warnings.new_addresses_of(input.table.name());
        planned.administrators = administrators.of_file(input.table.name());
        if args.json {
            print_out(&format!("{}\n", serde_json::to_string(&planned)?))?;
        } else {
            print_out(&describe(input, &planned, &work, &rates))?;
            if scanned.counts.deletes + scanned.counts.removals > 0 {
                print_out(
                    &administrators
                        .lines_of(input.table.name())
                        .iter()
                        .map(|line| format!("     admins  {line}\n"))
                        .collect::<String>(),
                )?;
            }
        }
        if scanned.counts.invalid > 0 {
            exit = Exit::SomeRows;
        }
    }
    if let Some(bodies) = &mut bodies {
        bodies.flush()?;
    }
    if let Some(listing) = &mut listing {
        listing.flush()?;
    }
    Ok(exit)
}

/// Profiles that would have more members than licences, by a list that nobody has asked to compare
/// with.
fn licences(
    input: &InputFile,
    scanned: &Scan,
    all: Option<&mut Preview>,
) -> Result<Vec<Exceeded>, CliError> {
    let Some(known) = &input.baseline else { return Ok(Vec::new()) };
    // Who is a member already takes no other licence.
    let known = Baseline { reduces: true, ..known.clone() };
    Ok(preview(&InputRows { baseline: Some(&known), ..input.input_rows() }, &scanned.plan, all)?
        .exceeded)
}

/// Administrators from whom rows take roles away, by a list.
fn find_administrators(
    inquiry: &Inquiry,
    inputs: &[InputFile],
    list: Option<&LoadedBaseline>,
) -> Result<Administrators, CliError> {
    let sources = Sources {
        files: inputs
            .iter()
            .map(|input| (input.input_rows(), input.table.name().to_owned()))
            .collect(),
        organization: list.map(|list| &*list.organization),
        stored: None,
        server: None,
        is_left: &|_, _| true,
        is_rehearsal: false,
    };
    match inputs.first() {
        Some(first) => Ok(Administrators::find(inquiry, &sources, &first.protected)?),
        None => Ok(Administrators::default()),
    }
}

/// What all rows would take, if nothing was compared.
fn whole_cost(input: &mut InputFile) -> Result<Estimate, CliError> {
    let scanned = input.survey(None)?;
    Ok(estimate(&input.input_rows(), &scanned.plan)?)
}

fn differences(
    input: &InputFile,
    scan: &Scan,
    without: &Estimate,
    rates: &Rates,
    all: Option<&mut Preview>,
) -> Result<Differences, CliError> {
    let organization = input.baseline.as_ref().map(|known| &known.organization);
    Ok(Differences {
        list: organization.map(|all| all.name.clone()).unwrap_or_default(),
        at: organization.map(|all| all.at).unwrap_or_default(),
        requests_without: without.requests,
        minutes_without: minutes_at(without, rates),
        preview: preview(&input.input_rows(), &scan.plan, all)?,
    })
}

fn create(path: &Path) -> Result<BufWriter<File>, CliError> {
    if is_device(path) {
        let named = |error: std::io::Error| CliError(format!("{}: {error}", path.display()));
        return Ok(BufWriter::new(File::options().write(true).open(path).map_err(named)?));
    }
    rotate(path)?;
    Ok(BufWriter::new(private_file(path)?))
}

fn write_requests(
    input: &InputFile,
    scanned: &Scan,
    creations: &[Vec<WireCommand>],
    mut bodies: Option<&mut BufWriter<File>>,
    mut listing: Option<&mut PlanListing>,
) -> Result<u64, CliError> {
    let mut number = creations.len() as u64;
    let mut buffer = RowBuffer::default();
    let input_rows = input.input_rows();
    if let Some(bodies) = &mut bodies {
        creations.iter().try_for_each(|request| write_body(bodies, request))?;
    }
    let organization = input.baseline.as_ref().map(|known| &*known.organization);
    let requests = dry_run(&input_rows, &scanned.plan, |commands| {
        number += 1;
        if let Some(bodies) = &mut bodies {
            write_body(
                bodies,
                &commands.iter().map(|(command, _)| command.to_wire()).collect::<Vec<_>>(),
            )?;
        }
        if let Some(listing) = &mut listing {
            for (place, (command, rows)) in commands.iter().enumerate() {
                for row in rows {
                    let RequestedChange { change, remark, .. } =
                        input_rows.asked(scanned.plan.place(*row), &mut buffer)?;
                    let remark = input_rows.remark_of(*row, remark);
                    let changes = changes(&change, organization);
                    let between = if changes.is_empty() || remark.is_empty() { "" } else { "; " };
                    let cells = [
                        input.table.name().to_owned(),
                        (u64::from(*row) + 1).to_string(),
                        number.to_string(),
                        (place + 1).to_string(),
                        command.describe(),
                        "send".to_owned(),
                        about(&change),
                        format!("{changes}{between}{remark}"),
                    ];
                    listing.write(cells.each_ref().map(String::as_str))?;
                }
            }
        }
        Ok(())
    })?;
    Ok(requests)
}

fn write_body(bodies: &mut BufWriter<File>, commands: &[WireCommand]) -> std::io::Result<()> {
    serde_json::to_writer(&mut *bodies, commands)?;
    bodies.write_all(b"\n")
}

/// Whom or what a row is about.
fn about(change: &Change<'_>) -> String {
    match change {
        Change::User(user) => user.user.to_string(),
        Change::Group(group) => group.group.to_string(),
    }
}

/// What a row changes, one by one.
fn changes(change: &Change<'_>, organization: Option<&Organization>) -> String {
    steps(change, organization)
        .iter()
        .map(|(_, step)| step.to_string())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Lists the rows that are not sent, after those that are.
fn list_unsent(input: &InputFile, listing: &mut PlanListing) -> Result<(), CliError> {
    let input_rows = input.input_rows();
    let (mut buffer, mut beside) = (RowBuffer::default(), RowBuffer::default());
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let (status, why) = match input_rows.evaluate_detailed(&block, index, &mut buffer) {
                None | Some(Ok(_)) => continue,
                Some(Err(Skip::Invalid { code, message, .. })) => {
                    ("invalid", format!("not sent: {code}: {message}"))
                }
                Some(Err(unsent @ Skip::Unchanged { .. })) => {
                    ("unchanged", input_rows.unchanged_note(&unsent).message)
                }
                Some(Err(Skip::Skipped { code, message })) => {
                    ("skipped", format!("not sent: {code}: {message}"))
                }
            };
            let row = (block.first_row + index as u64 + 1).to_string();
            let user = if status == "skipped" {
                String::new()
            } else {
                named_in(&input_rows, &block, index, &mut beside)
            };
            listing.write([input.table.name(), &row, "", "", &why, status, &user, ""])?;
        }
    }
    Ok(())
}

/// Whom or what a row is about, also if it is invalid.
fn named_in(
    input_rows: &InputRows<'_>,
    block: &Block,
    index: usize,
    buffer: &mut RowBuffer,
) -> String {
    if let Some(Ok(change)) = input_rows.requested_change(block, index, buffer) {
        return about(&change);
    }
    let Ok(cells) = block.cells(index, buffer) else { return String::new() };
    let names = [Field::Email, Field::Username, Field::Group].map(|field| cells.get(field).trim());
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
}

fn planned(
    input: &InputFile,
    scanned: &Scan,
    (estimate, work): (&Estimate, &PlannedWork),
    differences: Option<Differences>,
    rates: &Rates,
    max_age: Duration,
) -> Planned {
    let counts = &scanned.counts;
    let headcount = Headcount::of(&scanned.plan);
    Planned {
        file: input.table.name().to_owned(),
        dialect: input.table.dialect().name(),
        rows: counts.rows,
        sendable: counts.sendable,
        unchanged: counts.unchanged,
        not_there: counts.not_there,
        sent_not_there: counts.sent_not_there,
        near_names: input
            .baseline
            .iter()
            .flat_map(|known| counts.strangers.iter().filter_map(|who| known.near_name(who)))
            .collect(),
        effects: counts.effects.clone(),
        of_adobe_ids: counts.of_adobe_ids.clone(),
        invalid: counts.invalid,
        skipped: counts.skipped,
        does: headcount.words(),
        headcount,
        ignored_columns: input.table.ignored_columns().to_vec(),
        deletes: counts.deletes,
        removals: counts.removals,
        commands: estimate.commands,
        requests: estimate.requests,
        minutes: work.time(rates).map(decimal_minutes),
        probes: work.probes,
        questions: work.questions(rates),
        questions_at_least: work.is_least,
        trials: work.trials,
        administrators: None,
        perhaps_new_addresses: Vec::new(),
        licences: Vec::new(),
        asks: input
            .baseline
            .as_ref()
            .filter(|known| known.reduces)
            .and_then(|known| {
                baseline::objections(known, counts.relies_on_absence, max_age).into_iter().next()
            })
            .map(|why| format!("{why}: the import will ask")),
        differences,
    }
}

/// Minutes with one decimal place.
fn decimal_minutes(time: Duration) -> f64 {
    (time.as_secs_f64() / 6.0).round() / 10.0
}

fn minutes_at(estimate: &Estimate, rates: &Rates) -> Option<f64> {
    rates.action.as_ref().map(|rate| decimal_minutes(estimate.duration(rate.requests, rate.window)))
}

fn describe(input: &InputFile, planned: &Planned, work: &PlannedWork, rates: &Rates) -> String {
    let time = |estimate: &Estimate| {
        let rate = rates.action.as_ref()?;
        Some(format!("{} at {rate}", about_time(estimate.duration(rate.requests, rate.window))))
    };
    let mut text = format!("{}: {}\n", input.describe(), count(planned.rows, "row"));
    if let Some(known) = &input.baseline {
        let how = if known.reduces { "compared with" } else { "checked with" };
        text += &format!("{how} {}\n", baseline::describe(&known.organization));
    }
    if !planned.does.is_empty() {
        text += &format!("what it does: {}\n", planned.does);
    }
    if let Some(ignored) = ignored_words(&input.table) {
        text += &format!("{ignored}\n");
    }
    if let Some(note) = &planned.asks {
        text += &format!("note: {note}\n");
    }
    let near = near_in_words(&planned.near_names);
    let not_there = (
        format!("row about an unknown user: nothing to remove{near}"),
        format!("rows about unknown users: nothing to remove{near}"),
    );
    let sent_not_there =
        format!("of them about unknown users, in case an account is disabled{near}");
    for (number, one, several) in [
        (planned.sendable, "row to send", "rows to send"),
        (planned.sent_not_there, sent_not_there.as_str(), sent_not_there.as_str()),
        (
            planned.unchanged - planned.not_there,
            "row unchanged: nothing to send",
            "rows unchanged: nothing to send",
        ),
        (planned.not_there, not_there.0.as_str(), not_there.1.as_str()),
        (
            planned.invalid,
            "invalid row (listed by umbulk validate)",
            "invalid rows (listed by umbulk validate)",
        ),
        (planned.skipped, "row skipped", "rows skipped"),
        (planned.deletes, "row that deletes", "rows that delete"),
    ] {
        if number > 0 {
            text += &format!("  {number:>9}  {}\n", form(number, one, several));
        }
    }
    if let Some(differences) = &planned.differences {
        text += &describe_preview(&differences.preview);
    } else {
        for (word, number) in planned.effects.done() {
            text += &format!("  {number:>9}  {}\n", effect_in_words(word, number));
        }
    }
    for Exceeded { group, quota, members } in &planned.licences {
        text += &format!(
            "    warning  {} would have {}, but has {}\n",
            visible(group),
            count(*members, "member"),
            count(*quota, "licence")
        );
    }
    for (rows, column, advice) in differences_in_words(&planned.effects, &planned.of_adobe_ids) {
        text += &format!(
            "  {rows:>9}  {} in {column}, which is not changed ({advice})\n",
            form(rows, "row differs", "rows differ")
        );
    }
    text += &format!("  {:>9}  {}\n", planned.commands, noun(planned.commands, "command"));
    text += &work.describe_questions(rates);
    text += &format!(
        "  {:>9}  {}, {}",
        planned.requests,
        noun(planned.requests, "request"),
        work.time_words(rates)
    );
    if let Some(Differences { requests_without, .. }) = planned.differences {
        let without = Estimate { commands: 0, requests: requests_without };
        let time = time(&without).map_or_else(String::new, |time| format!(", {time}"));
        text += &format!(" ({requests_without} without the comparison{time})");
    }
    text += "\n";
    if let (None, Some(kept)) = (&planned.differences, kept_in_words(&planned.effects)) {
        text += &format!("{kept}\n");
    }
    text
}

/// Values and groups that are shown one by one; `--json` and `--out` have all.
const SHOWN: usize = 10;

fn describe_preview(preview: &Preview) -> String {
    let mut text = String::new();
    let mut line = |number: u64, one: &str, what: &str| {
        if number > 0 {
            text += &format!("  {number:>9}  {} {what}\n", noun(number, one));
        }
    };
    line(preview.create, "user", "to create");
    line(preview.groups_to_create, "group", "to create");
    line(preview.groups_to_update, "group", "to change");
    line(preview.groups_to_delete, "group", "to delete");
    line(
        preview.leave,
        "user",
        form(preview.leave, "leaves the organization", "leave the organization"),
    );
    line(preview.update, "user", "to update");
    for update in preview.updates.iter().take(SHOWN) {
        text += &format!(
            "             {}\n",
            visible(&format!("{}: {}", update.user, PreviewStep::Update(update.clone())))
        );
    }
    text += &more(preview.updates.len());
    let GroupChanges { add, remove } = preview.moves();
    if add + remove > 0 {
        text += &format!(
            "  {add:>9}  {} to add\n  {remove:>9}  {} to remove\n",
            noun(add, "membership"),
            noun(remove, "membership")
        );
    }
    let mut groups: Vec<_> = preview.groups.iter().collect();
    groups.sort_by_key(|(name, moves)| (std::cmp::Reverse(moves.add + moves.remove), *name));
    for (name, moves) in groups.iter().take(SHOWN) {
        text += &format!(
            "             {}: {} to add, {} to remove\n",
            visible(name),
            moves.add,
            moves.remove
        );
    }
    text += &more(groups.len());
    text
}

fn more(all: usize) -> String {
    if all > SHOWN {
        format!("             and {} more (--out writes all)\n", all - SHOWN)
    } else {
        String::new()
    }
}
