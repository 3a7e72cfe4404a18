//! Lists of the organization that are fetched, or that an interrupted fetch goes on with.

use crate::clock::wall_clock;
use crate::export::{
    ExportCounts, ExportFilter, ExportJob, ExportSummary, GroupKinds, JobError, ListKind, Output,
    OutputDialect, OutputFormat, OutputLayout, Packing, RowRenderer,
};
use crate::import::config::ConnectConfig;
use crate::import::connection::{Connection, state_dir};
use crate::import::error::ImportError;
use crate::import::reporter::ImportReporter;
use crate::number::about;
use crate::number::count_thousands;
use crate::number::minutes;
use crate::snapshot::{PartialSnapshot, Snapshot, SnapshotStore};
use crate::umapi::{ApiError, CallClass, Client, ListPage, ListQuery, Pace, Rate};
use jiff::Timestamp;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Where the pages of lists come from.
pub(crate) enum ListSource {
    /// The server, or what an interrupted fetch has left.
    Server(Vec<PartialSnapshot>),
    /// The store alone.
    Store(Vec<Snapshot>),
}

/// Why a fetch ended before its end.
pub(crate) struct Stopped {
    pub(crate) why: String,
    /// A part of the list is stored, and the same command goes on with it.
    pub(crate) goes_on: bool,
}

/// The full list of users, with the memberships of their own, or of groups; it is stored. Where it
/// was fetched within two hours, that one.
///
/// # Errors
/// In words, when the list cannot be had.
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

/// Fetches lists that nobody wants a file of; they are stored.
///
/// # Errors
/// In words, when one of them cannot be had.
pub(crate) fn fetch_lists(
    kind: ListKind,
    queries: &[ListQuery],
    config: &ConnectConfig,
    reporter: &dyn ImportReporter,
) -> Result<Vec<Snapshot>, ImportError> {
    let connection = Connection::prepare(config, reporter)?;
    let state = state_dir().ok_or_else(|| {
        ImportError("there is no folder for stored lists: set XDG_STATE_HOME".to_owned())
    })?;
    let store = SnapshotStore::open(&state, &connection.organization, &connection.host);
    let (mut drafts, mut lists) = (Vec::new(), Vec::new());
    for query in queries {
        match draft(&store, kind, query, Repeat::AfterTwoHours)? {
            Ok(draft) => drafts.push(draft),
            Err(asked_lately) => {
                let Some(list) = store.latest(query)? else { return Err(asked_lately) };
                reporter.inform(&format!(
                    "note: the list of {} is the stored one of {}: Adobe allows one fetch in \
                         two hours",
                    noun(kind),
                    clock(list.at)
                ));
                lists.push(list);
            }
        }
    }
    if drafts.is_empty() {
        return Ok(lists);
    }
    // A job writes a file; here it is thrown away, and lists nobody.
    let filter = ExportFilter { nobody: true, ..ExportFilter::default() };
    let folder = tempfile::tempdir()?;
    let output = Output::open(&folder.path().join("list.csv"), Packing::Plain)?;
    let layout = OutputLayout::new(kind, OutputFormat::JsonLines, OutputDialect::Native, false)?;
    let job = ExportJob::new(RowRenderer { layout, filter, kinds: GroupKinds::default() }, output);
    let counts = job.seen();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fetch = ListFetch { kind, connection: &connection, store: &store, reporter };
    let ended = runtime.block_on(fetch.run(job, ListSource::Server(drafts), &counts));
    runtime.shutdown_background();
    match ended {
        Ok(written) => {
            lists.extend(written.stored);
            Ok(lists)
        }
        Err(Stopped { why, goes_on: true }) => {
            Err(ImportError(format!("{why}. The same command goes on with the list from there")))
        }
        Err(Stopped { why, .. }) => Err(ImportError(why)),
    }
}

/// When a list may be fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Two hours after it was asked for, as Adobe allows; an interrupted fetch goes on.
    AfterTwoHours,
    /// The same, and an interrupted fetch does not count.
    Anew,
    /// At any time; an interrupted fetch goes on.
    Now,
    /// At any time, and an interrupted fetch does not count.
    NowAnew,
}

/// Begins a list, goes on with one, or says (within) why page 0 is better not asked for.
pub(crate) fn draft(
    store: &SnapshotStore,
    kind: ListKind,
    query: &ListQuery,
    repeat: Repeat,
) -> Result<Result<PartialSnapshot, ImportError>, ImportError> {
    let draft = store.draft(query, matches!(repeat, Repeat::Anew | Repeat::NowAnew))?;
    if draft.before.is_some() || matches!(repeat, Repeat::Now | Repeat::NowAnew) {
        return Ok(Ok(draft));
    }
    let now = Timestamp::now();
    let Some((asked, until)) = store.asked_lately(query, now) else { return Ok(Ok(draft)) };
    let ago = minutes(Duration::try_from(now.duration_since(asked)).unwrap_or_default());
    let stored = match store.latest(query).ok().flatten().or_else(|| wider_list(store, query)) {
        Some(list) => format!("Use --cached to write the stored list of {}, wait", clock(list.at)),
        None => "Wait".to_owned(),
    };
    Ok(Err(ImportError(format!(
        "the full list of {} was requested at {} ({ago} ago). Adobe blocks a client for up to an \
         hour if it requests the first page twice in two hours, so nothing was requested. \
         {stored} \
         until {}, or use --force",
        noun(kind),
        clock(asked),
        clock(until)
    ))))
}

/// The full list of users, which has in it what a narrower query asks for.
pub(crate) fn wider_list(store: &SnapshotStore, query: &ListQuery) -> Option<Snapshot> {
    let (ListQuery::Users { direct, domain: Some(_) }
    | ListQuery::Members { direct, active: None, .. }) = query
    else {
        return None;
    };
    store.latest(&ListQuery::Users { domain: None, direct: *direct }).ok().flatten()
}

/// `users` or `groups`
pub(crate) fn noun(kind: ListKind) -> &'static str {
    match kind {
        ListKind::Users => "users",
        ListKind::Groups => "groups",
    }
}

fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}

/// A fetch of lists under way.
pub(crate) struct ListFetch<'f> {
    pub(crate) kind: ListKind,
    pub(crate) connection: &'f Connection,
    pub(crate) store: &'f SnapshotStore,
    pub(crate) reporter: &'f dyn ImportReporter,
}

impl ListFetch<'_> {
    /// Runs it, shows how far it is, and ends it when somebody asks for that.
    pub(crate) async fn run(
        &self,
        job: ExportJob,
        source: ListSource,
        counts: &ExportCounts,
    ) -> Result<ExportSummary, Stopped> {
        let mut display = self.reporter.show_list(noun(self.kind));
        let client = &self.connection.client;
        let class = self.class();
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        let mut end = self.reporter.interrupted();
        let goes_on = AtomicBool::new(false);
        let ended = {
            let mut work = pin!(self.work(job, source, &goes_on));
            loop {
                tokio::select! {
                    biased;
                    ended = &mut work => break ended,
                    () = &mut end => break Err("interrupted".to_owned()),
                    _ = tick.tick() => display.show(counts, &client.stats(), client.pace(class)),
                }
            }
        };
        display.show(counts, &client.stats(), client.pace(class));
        client.close();
        display.finish();
        ended.map_err(|why| Stopped { why, goes_on: goes_on.load(Ordering::Relaxed) })
    }

    /// The limit that counts for these pages.
    pub(crate) fn class(&self) -> CallClass {
        match self.kind {
            ListKind::Users => CallClass::Users,
            ListKind::Groups => CallClass::Groups,
        }
    }

    async fn work(
        &self,
        mut job: ExportJob,
        source: ListSource,
        goes_on: &AtomicBool,
    ) -> Result<ExportSummary, String> {
        match source {
            ListSource::Store(lists) => lists.into_iter().for_each(|list| job.replay(list)),
            ListSource::Server(drafts) => {
                let client = &self.connection.client;
                client.authenticate().await.map_err(|error| error.to_string())?;
                // The first pages of all lists come first: a group that is not there is known
                // before anything is written.
                let mut begun = Vec::new();
                for draft in drafts {
                    let is_new = draft.before.is_none();
                    match if is_new { self.first_page(client, draft).await } else { Ok(draft) } {
                        Ok(draft) => begun.push((draft, is_new)),
                        Err(why) => {
                            // Nothing was begun: the fixed command reads these lists as they are
                            // then.
                            begun
                                .into_iter()
                                .filter(|(_, is_new)| *is_new)
                                .for_each(|(draft, _)| draft.discard());
                            return Err(why);
                        }
                    }
                }
                begun.into_iter().for_each(|(draft, _)| job.fetch(client.clone(), draft));
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
                if let Some(pages) = page.pages {
                    self.reporter.inform(&self.expectation(pages, &query));
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

    /// `list          users: 12 pages, about 30 s at 25/60s`
    fn expectation(&self, pages: u32, query: &ListQuery) -> String {
        let of = match query {
            ListQuery::Members { group, .. } => format!(" of {group}"),
            _ => String::new(),
        };
        let rate = self.rate();
        let time = rate.zip(Pace::unused(rate).time_for(pages.into()));
        let time =
            time.map_or_else(String::new, |(rate, time)| format!(", {} at {rate}", about(time)));
        let pages = count_thousands(pages.into(), "page");
        format!("list          {}{of}: {pages}{time}", noun(self.kind))
    }

    /// The limit that is kept for these pages.
    fn rate(&self) -> Option<Rate> {
        match self.kind {
            ListKind::Users => self.connection.rates.users,
            ListKind::Groups => self.connection.rates.groups,
        }
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
