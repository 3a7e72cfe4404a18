//! `umbulk export`: the full list of users, or of groups and product profiles.

pub(crate) mod args;
mod end;
mod progress;

use crate::cli::args::{ConnectArgs, ProgressArg};
use crate::cli::config::Environment;
use crate::cli::exit::{CliError, Exit};
use crate::cli::later_changes::say_later_changes_of;
use crate::cli::{
    Verbosity, interrupted, print_out, shell_words, status_line, typed_words, wall_clock,
};
use crate::export::{
    ExportCounts, ExportFilter, ExportJob, ExportSummary, GroupKinds, JobError, ListKind, Output,
    OutputLayout, RowRenderer, StatusFilter,
};
use crate::fs::is_being_written;
use crate::import::connection::{Connection, state_dir};
use crate::import::input_file::{about, check_outputs, is_stdout};
use crate::number::{count_thousands, form, minutes};
use crate::snapshot::{PartialSnapshot, Snapshot, SnapshotStore};
use crate::umapi::{ApiError, CallClass, Client, ListPage, ListQuery, Pace, Rate};
use args::{ExportArgs, WhatArg};
use end::{ExportEnd, notes};
use jiff::Timestamp;
use progress::ExportProgress;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Where the pages come from.
enum ListSource {
    /// The server, or what an interrupted export has left.
    Server(Vec<PartialSnapshot>),
    /// The store alone.
    Store(Vec<Snapshot>),
}

/// Why an export ended before its end.
struct Stopped {
    why: String,
    /// Something of the list is there, and the same command goes on with it.
    goes_on: bool,
}

pub(crate) fn run(
    args: &ExportArgs,
    environment: &Environment,
    verbosity: &Verbosity,
) -> Result<Exit, CliError> {
    let began = Instant::now();
    check_arguments(args)?;
    let (path, format, packing) = args.file()?;
    let path = if is_stdout(&path) { PathBuf::from("-") } else { path };
    if path != Path::new("-") {
        check_outputs(&[], &[("the list", path.clone())])?;
        if is_being_written(&path) {
            return Err(CliError(format!(
                "{}: a run is writing this file: wait for it, or choose another file",
                path.display()
            )));
        }
    }
    let mut layout = OutputLayout::new(args.kind(), format, args.dialect(), args.indirect)?;
    if args.excel {
        if format == crate::export::OutputFormat::JsonLines {
            return Err(CliError("--excel does not apply to JSON Lines".to_owned()));
        }
        layout.excel = true;
    }
    if !args.columns.is_empty() {
        layout.pick(&args.columns)?;
    } else if leaves_out(args) {
        layout.mark_part();
    }
    let (queries, mut filter) = ask_for(args)?;
    let connection = Connection::prepare(&args.connect, environment)?;
    let state = state_dir().ok_or_else(|| {
        CliError("there is no folder for stored lists: set XDG_STATE_HOME".to_owned())
    })?;
    let store = SnapshotStore::open(&state, &connection.organization, &connection.host);
    let source = if args.cached {
        ListSource::Store(stored_lists(args, &store, &queries, &mut filter)?)
    } else {
        ListSource::Server(
            queries.iter().map(|query| draft(args, &store, query)?).collect::<Result<_, _>>()?,
        )
    };
    let kinds = if args.dialect() == crate::export::OutputDialect::AdminConsole {
        group_kinds(&store, verbosity)?
    } else {
        GroupKinds::default()
    };
    let output = Output::open(&path, packing)?;
    if !verbosity.quiet {
        say_head(args, &connection, &source);
    }
    let mut job = ExportJob::new(RowRenderer { layout, filter, kinds }, output);
    job.verbose = verbosity.verbose;
    let seen = job.seen();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rate = match args.kind() {
        ListKind::Users => connection.rates.users,
        ListKind::Groups => connection.rates.groups,
    };
    let (cached, as_of) = match &source {
        ListSource::Server(_) => (false, Some(Timestamp::now())),
        ListSource::Store(lists) => (true, lists.iter().map(|list| list.at).min()),
    };
    let export = Export { args, connection: &connection, store: &store, rate, verbosity };
    let ended = runtime.block_on(export.watched(job, source, &seen));
    // What is still fetched is given up.
    runtime.shutdown_background();
    let mut end = ExportEnd {
        what: args.noun(),
        organization: connection.organization.clone(),
        host: connection.host.clone(),
        as_of,
        cached,
        written: seen.written.load(Ordering::Relaxed),
        pages: seen.pages.load(Ordering::Relaxed),
        total: None,
        listed: 0,
        listed_again: 0,
        requests: connection.client.stats().read_requests,
        throttled: connection.client.stats().throttled,
        seconds: began.elapsed().as_secs_f64(),
        file: path.clone(),
        aside: None,
        snapshots: Vec::new(),
        notes: Vec::new(),
        stopped: None,
        pages_left: None,
        expected_end: None,
        next: None,
        exit: Exit::Good as u8,
    };
    let exit = match ended {
        Ok(written) => {
            if args.snapshot {
                end.snapshots = written
                    .stored
                    .iter()
                    .map(|list| store.retain(list))
                    .collect::<Result<_, _>>()?;
            }
            complete(&mut end, written);
            Exit::Good
        }
        Err(Stopped { why, goes_on: false }) => {
            // There is nothing in it.
            if path.is_file() || !path.exists() {
                let _ = std::fs::remove_file(path.with_added_extension("partial"));
            }
            return Err(CliError(format!("{why}. No file was written")));
        }
        Err(Stopped { why, goes_on: true }) => {
            end.stopped = Some(why);
            end.pages_left = Some(seen.of.load(Ordering::Relaxed))
                .and_then(|of| of.checked_sub(end.pages))
                .filter(|left| *left > 0);
            let class =
                if args.kind() == ListKind::Groups { CallClass::Groups } else { CallClass::Users };
            let time = end
                .pages_left
                .and_then(|pages| connection.client.pace(class).time_for(pages.into()));
            end.expected_end = time.and_then(|time| Timestamp::now().checked_add(time).ok());
            end.next = Some(shell_words(typed_words().filter(|word| word != "--fresh")));
            Exit::Stopped
        }
    };
    end.exit = exit as u8;
    if !verbosity.quiet {
        end.notes.iter().for_each(|note| status_line(&format!("note: {note}")));
    }
    let summary =
        if args.json { format!("{}\n", serde_json::to_string(&end)?) } else { end.to_string() };
    if path == Path::new("-") {
        // Standard output is the list.
        if !verbosity.quiet || exit != Exit::Good {
            status_line(summary.trim_end());
        }
    } else {
        print_out(&summary)?;
    }
    Ok(exit)
}

/// The full list, asked for as an export asks for it, and kept in the store alone. Where it was
/// asked for within two hours, that one.
pub(crate) fn full_list(
    what: WhatArg,
    connect: &ConnectArgs,
    progress: ProgressArg,
    environment: &Environment,
    verbosity: &Verbosity,
) -> Result<Snapshot, CliError> {
    let lists =
        fetch(&ExportArgs::full_list(what, connect.clone(), progress), environment, verbosity)?;
    lists.into_iter().next().ok_or_else(|| CliError("no list came".to_owned()))
}

/// The members of these profiles who got no licence: a list for each.
pub(crate) fn unlicensed(
    profiles: Vec<String>,
    connect: &ConnectArgs,
    progress: ProgressArg,
    environment: &Environment,
    verbosity: &Verbosity,
) -> Result<Vec<Snapshot>, CliError> {
    let all = ExportArgs::full_list(WhatArg::Users, connect.clone(), progress);
    fetch(
        &ExportArgs { group: profiles, status: vec![StatusFilter::Inactive], ..all },
        environment,
        verbosity,
    )
}

/// Lists that nobody wants a file of.
fn fetch(
    args: &ExportArgs,
    environment: &Environment,
    verbosity: &Verbosity,
) -> Result<Vec<Snapshot>, CliError> {
    let (queries, _) = ask_for(args)?;
    let connection = Connection::prepare(&args.connect, environment)?;
    let state = state_dir().ok_or_else(|| {
        CliError("there is no folder for stored lists: set XDG_STATE_HOME".to_owned())
    })?;
    let store = SnapshotStore::open(&state, &connection.organization, &connection.host);
    let mut drafts = Vec::new();
    for query in &queries {
        match draft(args, &store, query)? {
            Ok(draft) => drafts.push(draft),
            Err(asked_lately) => {
                let Some(list) = store.latest(query)? else { return Err(asked_lately) };
                if !verbosity.quiet {
                    status_line(&format!(
                        "note: the list of {} is the stored one of {}: Adobe allows one fetch in \
                         two hours",
                        args.noun(),
                        clock(list.at)
                    ));
                }
                return Ok(vec![list]);
            }
        }
    }
    // A job writes a file; here it is thrown away, and lists nobody.
    let filter = ExportFilter { nobody: true, ..ExportFilter::default() };
    let folder = tempfile::tempdir()?;
    let output = Output::open(&folder.path().join("list.csv"), crate::export::Packing::Plain)?;
    let layout = OutputLayout::new(
        args.kind(),
        crate::export::OutputFormat::JsonLines,
        args.dialect(),
        args.indirect,
    )?;
    let job = ExportJob::new(RowRenderer { layout, filter, kinds: GroupKinds::default() }, output);
    let seen = job.seen();
    let rate =
        if args.what == WhatArg::Users { connection.rates.users } else { connection.rates.groups };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let export = Export { args, connection: &connection, store: &store, rate, verbosity };
    let ended = runtime.block_on(export.watched(job, ListSource::Server(drafts), &seen));
    runtime.shutdown_background();
    match ended {
        Ok(written) => Ok(written.stored),
        Err(Stopped { why, goes_on: true }) => {
            Err(CliError(format!("{why}. The same command goes on with the list from there")))
        }
        Err(Stopped { why, .. }) => Err(CliError(why)),
    }
}

fn complete(end: &mut ExportEnd, written: ExportSummary) {
    end.written = written.rows;
    end.as_of = written.stored.iter().map(|list| list.at).min();
    end.pages = written.lists.iter().map(|list| list.pages).sum();
    end.total = written.lists.iter().map(|list| list.total).sum();
    end.listed = written.lists.iter().map(|list| list.listed).sum();
    end.listed_again = written.lists.iter().map(|list| list.again).sum();
    let several = written.lists.len() > 1;
    for list in &written.lists {
        let of = match &list.query {
            ListQuery::Members { group, .. } if several => format!("{group}: "),
            _ => String::new(),
        };
        end.notes.extend(notes(list, end.what).into_iter().map(|note| format!("{of}{note}")));
    }
    end.aside = written.aside;
}

fn check_arguments(args: &ExportArgs) -> Result<(), CliError> {
    if args.kind() == ListKind::Groups {
        let of_users = [
            ("--group", !args.group.is_empty()),
            ("--domain", args.domain.is_some()),
            ("--status", !args.status.is_empty()),
            ("--indirect", args.indirect),
        ];
        if let Some((option, _)) = of_users.iter().find(|(_, said)| *said) {
            return Err(CliError(format!(
                "{option} applies to users only: umbulk export users {option} …"
            )));
        }
    }
    Ok(())
}

/// Are there users in the organization who will not be in the list?
fn leaves_out(args: &ExportArgs) -> bool {
    let is_full = args.domain.is_none()
        && args.group.is_empty()
        && args.status.is_empty()
        && args.types.is_empty();
    args.kind() == ListKind::Users && !is_full
}

/// What the server is asked for, and what is left for us to filter.
fn ask_for(args: &ExportArgs) -> Result<(Vec<ListQuery>, ExportFilter), CliError> {
    let mut filter = ExportFilter {
        statuses: args.status.clone(),
        types: args.api_types()?,
        ..ExportFilter::default()
    };
    let domain = args.domain.as_ref().map(|domain| domain.trim().to_owned());
    if domain.as_ref().is_some_and(String::is_empty) {
        return Err(CliError("--domain names no domain".to_owned()));
    }
    let direct = !args.indirect;
    if args.kind() == ListKind::Groups {
        return Ok((vec![ListQuery::Groups], filter));
    }
    let mut groups: Vec<&str> = Vec::new();
    for group in args.group.iter().map(|group| group.trim()) {
        if group.is_empty() {
            return Err(CliError("--group names no group".to_owned()));
        }
        if !groups.iter().any(|known| known.to_lowercase() == group.to_lowercase()) {
            groups.push(group);
        }
    }
    if groups.is_empty() {
        return Ok((vec![ListQuery::Users { domain, direct }], filter));
    }
    filter.statuses.dedup();
    // Of members, the server itself tells those who hold a licence from the others.
    let active = match filter.statuses[..] {
        [StatusFilter::Active] => Some(true),
        [StatusFilter::Inactive] => Some(false),
        _ => None,
    };
    if active.is_some() {
        filter.statuses.clear();
    }
    let members = |group: &str| ListQuery::Members {
        group: group.to_owned(),
        domain: domain.clone(),
        direct,
        active,
    };
    Ok((groups.into_iter().map(members).collect(), filter))
}

/// Begins a list, goes on with one, or says (within) why page 0 is better not asked for.
fn draft(
    args: &ExportArgs,
    store: &SnapshotStore,
    query: &ListQuery,
) -> Result<Result<PartialSnapshot, CliError>, CliError> {
    let draft = store.draft(query, args.fresh)?;
    if draft.before.is_some() || args.force {
        return Ok(Ok(draft));
    }
    let now = Timestamp::now();
    let Some((asked, until)) = store.asked_lately(query, now) else { return Ok(Ok(draft)) };
    let ago = minutes(Duration::try_from(now.duration_since(asked)).unwrap_or_default());
    let stored = match store.latest(query).ok().flatten().or_else(|| wider_list(store, query)) {
        Some(list) => format!("Use --cached to write the stored list of {}, wait", clock(list.at)),
        None => "Wait".to_owned(),
    };
    Ok(Err(CliError(format!(
        "the full list of {} was requested at {} ({ago} ago). Adobe blocks a client for up to an \
         hour if it requests the first page twice in two hours, so nothing was requested. \
         {stored} \
         until {}, or use --force",
        args.noun(),
        clock(asked),
        clock(until)
    ))))
}

fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}

/// The full list of users, which has in it what a narrower query asks for.
fn wider_list(store: &SnapshotStore, query: &ListQuery) -> Option<Snapshot> {
    let (ListQuery::Users { direct, domain: Some(_) }
    | ListQuery::Members { direct, active: None, .. }) = query
    else {
        return None;
    };
    store.latest(&ListQuery::Users { domain: None, direct: *direct }).ok().flatten()
}

/// The stored lists of these queries; where there is none, the full list, and the filter sees to
/// the rest.
fn stored_lists(
    args: &ExportArgs,
    store: &SnapshotStore,
    queries: &[ListQuery],
    filter: &mut ExportFilter,
) -> Result<Vec<Snapshot>, CliError> {
    let own =
        queries.iter().map(|query| store.latest(query)).collect::<Result<Option<Vec<_>>, _>>()?;
    if let Some(lists) = own {
        return Ok(lists);
    }
    let Some(list) = queries.first().and_then(|query| wider_list(store, query)) else {
        return Err(CliError(format!(
            "there is no stored list of these {}: omit --cached to fetch it",
            args.noun()
        )));
    };
    for query in queries {
        if let ListQuery::Users { domain, .. } | ListQuery::Members { domain, .. } = query {
            filter.domain.clone_from(domain);
        }
        if let ListQuery::Members { group, .. } = query {
            filter.groups.push(group.clone());
        }
    }
    for group in &filter.groups {
        let one = ExportFilter { groups: vec![group.clone()], ..ExportFilter::default() };
        let mut known = false;
        for page in list.pages()? {
            let page = page?;
            known = known || page.users()?.users.iter().any(|user| one.takes_user(user));
        }
        if !known {
            return Err(CliError(format!(
                "the stored list of {} has no member of `{group}`: check the name. Without \
                 --cached umbulk asks the server",
                clock(list.at)
            )));
        }
    }
    Ok(vec![list])
}

/// What the stored list of groups knows of them.
fn group_kinds(store: &SnapshotStore, verbosity: &Verbosity) -> Result<GroupKinds, CliError> {
    let mut kinds = GroupKinds::default();
    match store.latest(&ListQuery::Groups)? {
        Some(list) => {
            for page in list.pages()? {
                kinds.learn(&page?.groups()?.groups);
            }
        }
        None if !verbosity.quiet => status_line(
            "note: all memberships are in `User Groups`, because a list of users does not mark \
             product profiles. Run `umbulk export groups` first to separate them",
        ),
        None => {}
    }
    Ok(kinds)
}

fn say_head(args: &ExportArgs, connection: &Connection, source: &ListSource) {
    status_line(&format!("organization  {} at {}", connection.organization, connection.host));
    status_line(&format!("credentials   {}", connection.describe()));
    match source {
        ListSource::Store(lists) => {
            for list in lists {
                status_line(&format!(
                    "stored list   of {}; the server is not asked",
                    clock(list.at)
                ));
                say_later_changes_of(list);
            }
        }
        ListSource::Server(drafts) => {
            for list in drafts.iter().filter_map(|draft| draft.before.as_ref()) {
                let of = match &list.query {
                    ListQuery::Members { group, .. } => format!(" of {group}"),
                    _ => String::new(),
                };
                let pages = list.page_count();
                status_line(&format!(
                    "continues     the list of {}{of} begun {}: {} {} stored, the rest is fetched \
                     now (--fresh starts over)",
                    args.noun(),
                    clock(list.at),
                    count_thousands(pages as u64, "page"),
                    form(pages as u64, "is", "are")
                ));
            }
        }
    }
}

/// An export under way.
struct Export<'e> {
    args: &'e ExportArgs,
    connection: &'e Connection,
    store: &'e SnapshotStore,
    rate: Option<Rate>,
    verbosity: &'e Verbosity,
}

impl Export<'_> {
    /// Runs it, shows how far it is, and ends it when somebody asks for that.
    async fn watched(
        &self,
        job: ExportJob,
        source: ListSource,
        seen: &ExportCounts,
    ) -> Result<ExportSummary, Stopped> {
        let mut progress =
            ExportProgress::new(self.args.progress, self.verbosity.quiet, self.args.noun());
        let client = &self.connection.client;
        let class =
            if self.args.kind() == ListKind::Groups { CallClass::Groups } else { CallClass::Users };
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        let mut end = pin!(interrupted());
        let goes_on = std::sync::atomic::AtomicBool::new(false);
        let mut work = pin!(self.work(job, source, &goes_on));
        let ended = loop {
            tokio::select! {
                biased;
                ended = &mut work => break ended,
                () = &mut end => break Err("interrupted".to_owned()),
                _ = tick.tick() => progress.show(seen, &client.stats(), client.pace(class)),
            }
        };
        progress.show(seen, &client.stats(), client.pace(class));
        client.close();
        progress.finish();
        ended.map_err(|why| Stopped { why, goes_on: goes_on.load(Ordering::Relaxed) })
    }

    async fn work(
        &self,
        mut job: ExportJob,
        source: ListSource,
        goes_on: &std::sync::atomic::AtomicBool,
    ) -> Result<ExportSummary, String> {
        match source {
            ListSource::Store(lists) => lists.into_iter().for_each(|list| job.replay(list)),
            ListSource::Server(drafts) => {
                let client = &self.connection.client;
                client.authenticate().await.map_err(|error| error.to_string())?;
                // The first pages of all lists come first: a group that is not there is known
                // before anything is written.
                let mut earlier_run = Vec::new();
                for draft in drafts {
                    let is_new = draft.before.is_none();
                    match if is_new { self.first_page(client, draft).await } else { Ok(draft) } {
                        Ok(draft) => earlier_run.push((draft, is_new)),
                        Err(why) => {
                            // Nothing was begun: the fixed command reads these lists as they are
                            // then.
                            earlier_run
                                .into_iter()
                                .filter(|(_, is_new)| *is_new)
                                .for_each(|(draft, _)| draft.discard());
                            return Err(why);
                        }
                    }
                }
                earlier_run.into_iter().for_each(|(draft, _)| job.fetch(client.clone(), draft));
                goes_on.store(true, Ordering::Relaxed);
            }
        }
        job.run().await.map_err(|error| match error {
            JobError::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                "the reader of standard output has gone".to_owned()
            }
            error => error.to_string(),
        })
    }

    /// Asks for page 0, notes that, and puts it into the draft.
    async fn first_page(
        &self,
        client: &Client,
        mut draft: PartialSnapshot,
    ) -> Result<PartialSnapshot, String> {
        let query = draft.query().clone();
        let earlier = self.store.asked(&query);
        draft.begin().map_err(|error| error.to_string())?;
        let groups = query.class() == CallClass::Groups;
        let read =
            |page: &ListPage| if groups { page.groups().map(drop) } else { page.users().map(drop) };
        match client.page_as(&query, 0, read).await {
            Ok(((), page)) => {
                draft.append(&page, Timestamp::now()).map_err(|error| error.to_string())?;
                if let (Some(pages), false) = (page.pages, self.verbosity.quiet) {
                    self.say_expected(pages, &query);
                }
                Ok(draft)
            }
            Err(error) => {
                if !matches!(error, ApiError::NoAnswer(_)) {
                    // It was refused, not given.
                    self.store.forget_asked(&query, earlier);
                }
                draft.discard();
                Err(match &error {
                    ApiError::NoSuchGroup(group) => format!("{error}{}", self.near(group)),
                    _ => error.to_string(),
                })
            }
        }
    }

    fn say_expected(&self, pages: u32, query: &ListQuery) {
        let of = match query {
            ListQuery::Members { group, .. } => format!(" of {group}"),
            _ => String::new(),
        };
        let time = self.rate.zip(Pace::unused(self.rate).time_for(pages.into()));
        let time =
            time.map_or_else(String::new, |(rate, time)| format!(", {} at {rate}", about(time)));
        let pages = count_thousands(pages.into(), "page");
        status_line(&format!("list          {}{of}: {pages}{time}", self.args.noun()));
    }

    /// The name that may have been meant, of those in the stored list of groups.
    fn near(&self, group: &str) -> String {
        let best = || -> Option<(f64, String)> {
            let mut best: Option<(f64, String)> = None;
            for page in self.store.latest(&ListQuery::Groups).ok()??.pages().ok()? {
                let page = page.ok()?;
                for known in page.groups().ok()?.groups {
                    let likeness =
                        strsim::jaro_winkler(&known.name.to_lowercase(), &group.to_lowercase());
                    if likeness > 0.8 && best.as_ref().is_none_or(|(so_far, _)| likeness > *so_far)
                    {
                        best = Some((likeness, known.name.into_owned()));
                    }
                }
            }
            best
        };
        best().map(|(_, name)| format!(" There is `{name}`")).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line::{Cli, CliCommand};
    use clap::Parser;
    use std::path::PathBuf;

    fn args(words: &[&str]) -> ExportArgs {
        let all = ["umbulk", "export"].iter().chain(words);
        match Cli::try_parse_from(all).unwrap().command {
            CliCommand::Export(args) => *args,
            _ => unreachable!(),
        }
    }

    #[test]
    fn group_named_twice_is_fetched_once() {
        let (queries, filter) = ask_for(&args(&[
            "users", "--group", "A", "--group", " a ", "--group", "B", "--status", "active",
            "--domain", "x",
        ]))
        .unwrap();
        let member = |group: &str| ListQuery::Members {
            group: group.to_owned(),
            domain: Some("x".to_owned()),
            direct: true,
            active: Some(true),
        };
        assert_eq!((queries, filter), (vec![member("A"), member("B")], ExportFilter::default()));
        let (queries, filter) =
            ask_for(&args(&["users", "--status", "active", "--indirect"])).unwrap();
        assert_eq!(queries, [ListQuery::Users { domain: None, direct: false }]);
        assert_eq!(filter.statuses, [StatusFilter::Active]);
    }

    #[test]
    fn the_ending_says_what_kind_of_file_it_is() {
        use crate::export::{OutputFormat, Packing};
        let file = |out: &str| args(&["users", "--out", out]).file().unwrap();
        let csv = OutputFormat::Csv { delimiter: b',' };
        assert_eq!(
            args(&["groups"]).file().unwrap(),
            (PathBuf::from("groups.csv"), csv, Packing::Plain)
        );
        assert_eq!(
            file("a.jsonl.zst"),
            (PathBuf::from("a.jsonl.zst"), OutputFormat::JsonLines, Packing::Zstd)
        );
        assert_eq!(
            (file("a.TSV.GZ").1, file("-").1, file("a").1),
            (OutputFormat::Csv { delimiter: b'\t' }, csv, csv)
        );
        assert!(args(&["users", "--out", "a.xlsx"]).file().is_err());
    }
}
