//! Fetches full lists of the organization into the store, without a file.

use crate::clock::wall_clock;
use crate::export::{
    AskedLately, ExportFilter, ExportJob, FetchStopped, GroupKinds, ListFetch, ListKind,
    ListSource, Output, OutputDialect, OutputFormat, OutputLayout, Packing, Repeat, RowRenderer,
    draft,
};
use crate::import::config::ConnectConfig;
use crate::import::connection::Connection;
use crate::import::error::{ImportError, fetch_words};
use crate::import::reporter::ImportReporter;
use crate::number::minutes;
use crate::snapshot::{PartialSnapshot, Snapshot, SnapshotStore};
use crate::umapi::ListQuery;
use jiff::Timestamp;
use std::time::Duration;

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
    lists.into_iter().next().ok_or_else(|| ImportError("no list came".to_owned()))
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
    let state = connection.state.as_ref().ok_or_else(|| {
        ImportError("there is no folder for stored lists: set XDG_STATE_HOME".to_owned())
    })?;
    let store = SnapshotStore::open(state, &connection.organization, &connection.host);
    let (mut drafts, mut lists) = (Vec::new(), Vec::new());
    for query in queries {
        match draft(&store, kind, query, Repeat::AfterTwoHours)? {
            Ok(draft) => drafts.push(draft),
            Err(asked_lately) => {
                let Some(list) = store.latest(query)? else {
                    return Err(ImportError(asked_lately_words(&asked_lately)));
                };
                reporter.inform(&format!(
                    "note: the list of {} is the stored one of {}: Adobe allows one fetch in \
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
    lists.extend(fetch_drafts(kind, drafts, &connection, &store, reporter)?);
    Ok(lists)
}

/// Fetches the rest of these lists into the store.
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
    let layout = OutputLayout::new(kind, OutputFormat::JsonLines, OutputDialect::Native, false)?;
    let job = ExportJob::new(RowRenderer { layout, filter, kinds: GroupKinds::default() }, output);
    let counts = job.seen();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fetch =
        ListFetch { kind, client: &connection.client, rates: &connection.rates, store, reporter };
    let ended = runtime.block_on(fetch.run(job, ListSource::Server(drafts), &counts));
    runtime.shutdown_background();
    match ended {
        Ok(written) => Ok(written.stored),
        Err(FetchStopped { why, goes_on: true }) => {
            let why = fetch_words(&why);
            Err(ImportError(format!("{why}. The same command goes on with the list from there")))
        }
        Err(FetchStopped { why, .. }) => Err(why.into()),
    }
}

/// Why a list is not fetched now, and what to do instead.
pub(crate) fn asked_lately_words(
    AskedLately { kind, asked, until, stored }: &AskedLately,
) -> String {
    let now = Timestamp::now();
    let ago = minutes(Duration::try_from(now.duration_since(*asked)).unwrap_or_default());
    let stored = match stored {
        Some(at) => format!("Use --cached to write the stored list of {}, wait", clock(*at)),
        None => "Wait".to_owned(),
    };
    format!(
        "the full list of {} was requested at {} ({ago} ago). Adobe blocks a client for up to an \
         hour if it requests the first page twice in two hours, so nothing was requested. \
         {stored} until {}, or use --force",
        kind.noun(),
        clock(*asked),
        clock(*until)
    )
}

fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}
