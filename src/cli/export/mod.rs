//! `umbulk export`: the full list of users, or of groups and product profiles.

mod end;
pub(crate) mod progress;

use crate::cli::args::export::ExportArgs;
use crate::cli::error::CliError;
use crate::cli::later_changes::say_later_changes_of;
use crate::cli::say::{print_out, status_line, typed_words};
use crate::cli::terminal::Terminal;
use crate::clock::wall_clock;
use crate::export::{
    ExportFilter, ExportJob, ExportSummary, FetchStopped, GroupKinds, LayoutError, ListFetch,
    ListKind, ListReporter, ListSource, Output, OutputLayout, RowRenderer, StatusFilter, draft,
    wider_list,
};
use crate::fs::is_being_written;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::connection::Connection;
use crate::import::error::fetch_words;
use crate::import::full_list::asked_lately_words;
use crate::import::places::{check_outputs, is_stdout};
use crate::number::{count_thousands, form};
use crate::shell::shell_words;
use crate::snapshot::{Snapshot, SnapshotStore};
use crate::umapi::ListQuery;
use end::{ExportEnd, notes};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

pub(crate) fn run(
    args: &ExportArgs,
    access: Access,
    terminal: &Terminal,
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
    let mut layout = OutputLayout::new(args.kind(), format, args.dialect(), args.indirect)
        .map_err(|error| layout_words(&error))?;
    if args.excel {
        if format == crate::export::OutputFormat::JsonLines {
            return Err(CliError("--excel does not apply to JSON Lines".to_owned()));
        }
        layout.excel = true;
    }
    if !args.columns.is_empty() {
        layout.pick(&args.columns).map_err(|error| layout_words(&error))?;
    } else if leaves_out(args) {
        layout.mark_part();
    }
    let (queries, mut filter) = ask_for(args)?;
    let connection = Connection::prepare(&args.connect.config(access), terminal)?;
    let state = connection.state.as_ref().ok_or_else(|| {
        CliError("there is no folder for stored lists: set XDG_STATE_HOME".to_owned())
    })?;
    let store = SnapshotStore::open(state, &connection.organization, &connection.host);
    let source = if args.cached {
        ListSource::Store(stored_lists(args, &store, &queries, &mut filter)?)
    } else {
        ListSource::Server(
            queries
                .iter()
                .map(|query| {
                    draft(&store, args.kind(), query, args.repeat())?
                        .map_err(|asked_lately| CliError(asked_lately_words(&asked_lately)))
                })
                .collect::<Result<_, _>>()?,
        )
    };
    let kinds = if args.dialect() == crate::export::OutputDialect::AdminConsole {
        group_kinds(&store, terminal)?
    } else {
        GroupKinds::default()
    };
    let output = Output::open(&path, packing)?;
    say_head(args, &connection, &source, terminal);
    let mut job = ExportJob::new(RowRenderer { layout, filter, kinds }, output);
    job.verbose = terminal.verbose;
    let seen = job.seen();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (cached, as_of) = match &source {
        ListSource::Server(_) => (false, Some(Timestamp::now())),
        ListSource::Store(lists) => (true, lists.iter().map(|list| list.at).min()),
    };
    let fetch = ListFetch {
        kind: args.kind(),
        client: &connection.client,
        rates: &connection.rates,
        store: &store,
        reporter: terminal,
    };
    let ended = runtime.block_on(fetch.run(job, source, &seen));
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
        Err(FetchStopped { why, goes_on: false }) => {
            // There is nothing in it.
            if path.is_file() || !path.exists() {
                let _ = std::fs::remove_file(path.with_added_extension("partial"));
            }
            let why = fetch_words(&why);
            return Err(CliError(format!("{why}. No file was written")));
        }
        Err(FetchStopped { why, goes_on: true }) => {
            end.stopped = Some(fetch_words(&why));
            end.pages_left = Some(seen.of.load(Ordering::Relaxed))
                .and_then(|of| of.checked_sub(end.pages))
                .filter(|left| *left > 0);
            let pace = connection.client.pace(fetch.class());
            let time = end.pages_left.and_then(|pages| pace.time_for(pages.into()));
            end.expected_end = time.and_then(|time| Timestamp::now().checked_add(time).ok());
            end.next = Some(shell_words(typed_words().filter(|word| word != "--fresh")));
            Exit::Stopped
        }
    };
    end.exit = exit as u8;
    end.notes.iter().for_each(|note| terminal.inform(&format!("note: {note}")));
    let summary =
        if args.json { format!("{}\n", serde_json::to_string(&end)?) } else { end.to_string() };
    if path == Path::new("-") {
        // Standard output is the list.
        if !terminal.quiet || exit != Exit::Good {
            status_line(summary.trim_end());
        }
    } else {
        print_out(&summary)?;
    }
    Ok(exit)
}

/// What is wrong with the look of the file, by the options that ask for it.
fn layout_words(error: &LayoutError) -> CliError {
    CliError(match error {
        LayoutError::DialectOfJsonLines(dialect) => format!(
            "--dialect {dialect} does not apply to JSON Lines, which have the API's own names"
        ),
        LayoutError::DialectWithoutGroups(dialect) => {
            format!("--dialect {dialect} has no list of groups; use native or umapi-cli")
        }
        LayoutError::NoColumn { .. } => format!("--columns: {error}"),
        LayoutError::ColumnTwice(name) => format!("--columns: `{name}` is named twice"),
    })
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

fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
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
fn group_kinds(store: &SnapshotStore, terminal: &Terminal) -> Result<GroupKinds, CliError> {
    let mut kinds = GroupKinds::default();
    match store.latest(&ListQuery::Groups)? {
        Some(list) => {
            for page in list.pages()? {
                kinds.learn(&page?.groups()?.groups);
            }
        }
        None => terminal.inform(
            "note: all memberships are in `User Groups`, because a list of users does not mark \
             product profiles. Run `umbulk export groups` first to separate them",
        ),
    }
    Ok(kinds)
}

fn say_head(args: &ExportArgs, connection: &Connection, source: &ListSource, terminal: &Terminal) {
    terminal.inform(&format!("organization  {} at {}", connection.organization, connection.host));
    terminal.inform(&format!("credentials   {}", connection.describe()));
    match source {
        ListSource::Store(lists) => {
            for list in lists {
                terminal.inform(&format!(
                    "stored list   of {}; the server is not asked",
                    clock(list.at)
                ));
                say_later_changes_of(list, terminal);
            }
        }
        ListSource::Server(drafts) => {
            for list in drafts.iter().filter_map(|draft| draft.before.as_ref()) {
                let of = match &list.query {
                    ListQuery::Members { group, .. } => format!(" of {group}"),
                    _ => String::new(),
                };
                let pages = list.page_count();
                terminal.inform(&format!(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::command_line::{Cli, CliCommand};
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
