//! Finds the source of the pages of an export: the server, or a snapshot.

use crate::cli::args::export::ExportArgs;
use crate::cli::error::CliError;
use crate::cli::later_changes::say_later_changes_of;
use crate::cli::terminal::Terminal;
use crate::cli::words::asked_lately_words;
use crate::clock::wall_clock;
use crate::export::{
    ExportFilter, GroupKinds, ListReporter, ListSource, OutputDialect, draft, wider_list,
};
use crate::import::connection::Connection;
use crate::number::{count_thousands, form};
use crate::snapshot::{Snapshot, SnapshotStore};
use crate::umapi::ListQuery;
use jiff::Timestamp;

/// Opens the folder of snapshots of the organization.
pub(super) fn open_store(connection: &Connection) -> Result<SnapshotStore, CliError> {
    let state = connection.state.as_ref().ok_or_else(|| {
        CliError("there is no folder for snapshots: set XDG_STATE_HOME".to_owned())
    })?;
    Ok(SnapshotStore::open(state, &connection.organization, &connection.host))
}

/// Returns the source of the lists of these queries, and the filter for its rows.
pub(super) fn find_source(
    args: &ExportArgs,
    store: &SnapshotStore,
    queries: &[ListQuery],
    mut filter: ExportFilter,
) -> Result<(ListSource, ExportFilter), CliError> {
    if args.cached {
        let lists = snapshots_to_use(args, store, queries, &mut filter)?;
        return Ok((ListSource::Store(lists), filter));
    }
    let draft_of = |query| {
        draft(store, args.kind(), query, args.repeat())?
            .map_err(|asked_lately| CliError(asked_lately_words(&asked_lately)))
    };
    let drafts = queries.iter().map(draft_of).collect::<Result<_, _>>()?;
    Ok((ListSource::Server(drafts), filter))
}

/// Returns the snapshots of these queries. If one is missing, returns the full list, and sets
/// the filter to the rows of the queries.
fn snapshots_to_use(
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
            "there is no snapshot of these {}: omit --cached to fetch them",
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
                "the snapshot of {} has no member of `{group}`: check the name. Without \
                 --cached umbulk asks the server",
                clock(list.at)
            )));
        }
    }
    Ok(vec![list])
}

/// Distinguishes groups from product profiles with the snapshot of groups, for files that
/// separate them.
pub(super) fn group_kinds(
    args: &ExportArgs,
    store: &SnapshotStore,
    terminal: &Terminal,
) -> Result<GroupKinds, CliError> {
    let mut kinds = GroupKinds::default();
    if args.dialect() != OutputDialect::AdminConsole {
        return Ok(kinds);
    }
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

/// Prints the organization, and the source of the list.
pub(super) fn say_head(
    args: &ExportArgs,
    connection: &Connection,
    source: &ListSource,
    terminal: &Terminal,
) {
    terminal.inform(&format!("organization  {} at {}", connection.organization, connection.host));
    terminal.inform(&format!("credentials   {}", connection.describe()));
    match source {
        ListSource::Store(lists) => {
            for list in lists {
                terminal.inform(&format!(
                    "snapshot      of {}; the server is not asked",
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

fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}
