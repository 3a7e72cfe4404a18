//! Fetches full lists of the organization into the store, without a file.

use crate::clock::wall_clock;
use crate::export::{
    ExportFilter, ExportJob, FetchStopped, GroupKinds, ListFetch, ListKind, ListSource, Output,
    OutputDialect, OutputFormat, OutputLayout, Packing, Repeat, RowRenderer, draft,
};
use crate::import::config::ConnectConfig;
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::list_error::OrgListError;
use crate::import::reporter::ImportReporter;
use crate::import::shared_lists::share_lists;
use crate::snapshot::{PartialSnapshot, Snapshot, SnapshotStore};
use crate::umapi::ListQuery;
use jiff::Timestamp;

/// Returns the full list of users, with their own memberships, or of groups. A list that was
/// fetched within two hours is not fetched again.
///
/// # Errors
/// When the list cannot be fetched.
pub(crate) fn full_list(
    kind: ListKind,
    config: &ConnectConfig,
    reporter: &dyn ImportReporter,
) -> Result<Snapshot, ImportError> {
    let query = match kind {
        ListKind::Users => ListQuery::Users { domain: None, direct: true },
        ListKind::Groups => ListQuery::Groups,
    };
    let lists = fetch_lists(kind, &[query], config, reporter)?;
    Ok(lists.into_iter().next().ok_or(OrgListError::NoLatest { what: kind.noun() })?)
}

/// Fetches lists into the store, without a file.
///
/// # Errors
/// When one of them cannot be fetched.
pub(crate) fn fetch_lists(
    kind: ListKind,
    queries: &[ListQuery],
    config: &ConnectConfig,
    reporter: &dyn ImportReporter,
) -> Result<Vec<Snapshot>, ImportError> {
    let connection = Connection::prepare(config, reporter)?;
    let state = connection.state.as_ref().ok_or(OrgListError::NoFolder)?;
    let store = SnapshotStore::open(state, &connection.organization, &connection.host);
    let (mut drafts, mut lists) = (Vec::new(), Vec::new());
    for query in queries {
        match draft(&store, kind, query, Repeat::AfterTwoHours)? {
            Ok(draft) => drafts.push(draft),
            Err(asked_lately) => {
                let Some(list) = store.latest(query)? else {
                    return Err(asked_lately.into());
                };
                reporter.inform(&format!(
                    "note: the list of {} is the snapshot of {}: Adobe allows one fetch in \
                         two hours",
                    kind.noun(),
                    clock(list.at)
                ));
                lists.push(list);
            }
        }
    }
    if drafts.is_empty() {
        return Ok(lists);
    }
    let fetched = fetch_drafts(kind, drafts, &connection, &store, reporter);
    if let Some(shared) = &config.store {
        share_lists(shared, (&connection.run_place(), &store), reporter);
    }
    lists.extend(fetched?);
    Ok(lists)
}

/// Fetches the remaining pages of these lists into the store.
fn fetch_drafts(
    kind: ListKind,
    drafts: Vec<PartialSnapshot>,
    connection: &Connection,
    store: &SnapshotStore,
    reporter: &dyn ImportReporter,
) -> Result<Vec<Snapshot>, ImportError> {
    // A job writes a file. This one has no rows, and is deleted with its folder.
    let filter = ExportFilter { nobody: true, ..ExportFilter::default() };
    let folder = tempfile::tempdir()?;
    let output = Output::open(&folder.path().join("list.csv"), Packing::Plain)?;
    let layout = OutputLayout::new(kind, OutputFormat::JsonLines, OutputDialect::Native)?;
    let job = ExportJob::new(RowRenderer { layout, filter, kinds: GroupKinds::default() }, output);
    let counts = job.seen();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fetch =
        ListFetch { kind, client: &connection.client, rates: &connection.rates, store, reporter };
    let ended = runtime.block_on(fetch.run(job, ListSource::Server(drafts), &counts));
    runtime.shutdown_background();
    match ended {
        Ok(written) => Ok(written.stored),
        Err(FetchStopped { why, goes_on: true }) => Err(ImportError::FetchGoesOn(why)),
        Err(FetchStopped { why, .. }) => Err(why.into()),
    }
}

fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}
