//! Fetches lists, and resumes an interrupted fetch.

use super::job::{ExportCounts, ExportJob, ExportSummary, JobError};
use super::layout::ListKind;
use super::reporter::ListReporter;
use crate::clock::wall_clock;
use crate::fs::in_words;
use crate::number::{about, count_thousands};
use crate::snapshot::{DraftError, InterruptedList, PartialSnapshot, Snapshot, SnapshotStore};
use crate::umapi::{ApiError, CallClass, Client, ListPage, ListQuery, Pace, Rate, Rates};
use jiff::Timestamp;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The source of the pages of lists.
pub(crate) enum ListSource {
    /// From the server, after the pages that an interrupted fetch has stored.
    Server(Vec<PartialSnapshot>),
    /// From the store alone.
    Store(Vec<Snapshot>),
}

/// Why a fetch stopped.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct FetchStopped {
    /// What happened.
    pub why: FetchError,
    /// Whether a part of the list is stored, so that the same fetch continues it.
    pub goes_on: bool,
}

/// The reason why a fetch stopped.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The user interrupted it.
    #[error("interrupted")]
    Interrupted,
    /// The server.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// The organization has no such group, but a snapshot has one with a similar name.
    #[error("{error} There is `{near}`")]
    GroupNearlyNamed {
        /// The server's answer.
        error: ApiError,
        /// The name that may have been meant.
        near: String,
    },
    /// The snapshot cannot be read.
    #[error("{}", in_words(.0))]
    Store(#[from] io::Error),
    /// Standard output was closed by its reader.
    #[error("the reader of standard output has gone")]
    ReaderGone,
    /// The file or a later page failed.
    #[error("{0}")]
    Job(JobError),
}

impl From<JobError> for FetchError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                Self::ReaderGone
            }
            error => Self::Job(error),
        }
    }
}

/// When a list may be fetched again. An interrupted fetch is continued or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Two hours after the last request, as Adobe allows. Continues an interrupted fetch.
    AfterTwoHours,
    /// Two hours after the last request. Drops an interrupted fetch.
    Anew,
    /// At any time. Continues an interrupted fetch.
    Now,
    /// At any time. Drops an interrupted fetch.
    NowAnew,
}

/// Page 0 of a full list was requested too recently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the full list of {} was requested at {}, and Adobe allows the next request from {} on, so \
     nothing was requested",
    kind.noun(),
    clock(*asked),
    clock(*until)
)]
pub struct AskedLately {
    /// What is listed.
    pub kind: ListKind,
    /// When it was last requested.
    pub asked: Timestamp,
    /// When it may be requested again.
    pub until: Timestamp,
    /// When the snapshot for the same query was fetched.
    pub stored: Option<Timestamp>,
}

/// Begins a list or resumes one. The inner error says that page 0 was requested too recently.
///
/// # Errors
/// When the store cannot be used, or another process fetches this list.
pub(crate) fn draft(
    store: &SnapshotStore,
    kind: ListKind,
    query: &ListQuery,
    repeat: Repeat,
) -> Result<Result<PartialSnapshot, AskedLately>, DraftError> {
    let interrupted = match repeat {
        Repeat::AfterTwoHours | Repeat::Now => InterruptedList::Resumed,
        Repeat::Anew | Repeat::NowAnew => InterruptedList::Dropped,
    };
    let draft = store.draft(query, interrupted)?;
    if draft.before.is_some() || matches!(repeat, Repeat::Now | Repeat::NowAnew) {
        return Ok(Ok(draft));
    }
    let Some((asked, until)) = store.asked_lately(query, Timestamp::now()) else {
        return Ok(Ok(draft));
    };
    let stored = store.latest(query).ok().flatten().or_else(|| wider_list(store, query));
    Ok(Err(AskedLately { kind, asked, until, stored: stored.map(|list| list.at) }))
}

/// Returns the snapshot of users, which contains the answer to a narrower query.
pub(crate) fn wider_list(store: &SnapshotStore, query: &ListQuery) -> Option<Snapshot> {
    let (ListQuery::Users { direct, domain: Some(_) }
    | ListQuery::Members { direct, active: None, .. }) = query
    else {
        return None;
    };
    store.latest(&ListQuery::Users { domain: None, direct: *direct }).ok().flatten()
}

fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}

/// A fetch of lists.
pub(crate) struct ListFetch<'f> {
    /// What is listed.
    pub kind: ListKind,
    /// The client that fetches the pages.
    pub client: &'f Client,
    /// The limits to keep.
    pub rates: &'f Rates,
    /// Where the lists are stored.
    pub store: &'f SnapshotStore,
    /// The reporter of the progress.
    pub reporter: &'f dyn ListReporter,
}

impl ListFetch<'_> {
    /// Fetches the lists and shows the progress, until the end or until the user interrupts.
    ///
    /// # Errors
    /// Why it stopped, and whether the same fetch continues it.
    pub(crate) async fn run(
        &self,
        job: ExportJob,
        source: ListSource,
        counts: &ExportCounts,
    ) -> Result<ExportSummary, FetchStopped> {
        let mut display = self.reporter.show_list(self.kind.noun());
        let client = self.client;
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
                    () = &mut end => break Err(FetchError::Interrupted),
                    _ = tick.tick() => display.show(counts, &client.stats(), client.pace(class)),
                }
            }
        };
        display.show(counts, &client.stats(), client.pace(class));
        client.close();
        display.finish();
        ended.map_err(|why| FetchStopped { why, goes_on: goes_on.load(Ordering::Relaxed) })
    }

    /// Returns the class of calls whose limit the pages count against.
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
    ) -> Result<ExportSummary, FetchError> {
        match source {
            ListSource::Store(lists) => lists.into_iter().for_each(|list| job.replay(list)),
            ListSource::Server(drafts) => {
                let client = self.client;
                client.authenticate().await?;
                // The first pages of all lists are fetched first, so that a missing group is found
                // before anything is written.
                let mut begun = Vec::new();
                for draft in drafts {
                    let is_new = draft.before.is_none();
                    match if is_new { self.first_page(client, draft).await } else { Ok(draft) } {
                        Ok(draft) => begun.push((draft, is_new)),
                        Err(why) => {
                            // Nothing was begun, so the corrected command fetches these lists
                            // again.
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
        Ok(job.run().await?)
    }

    /// Requests page 0, records the request, and stores the page in the draft.
    async fn first_page(
        &self,
        client: &Client,
        mut draft: PartialSnapshot,
    ) -> Result<PartialSnapshot, FetchError> {
        let query = draft.query().clone();
        let earlier = self.store.asked(&query);
        draft.begin()?;
        let groups = query.class() == CallClass::Groups;
        let read =
            |page: &ListPage| if groups { page.groups().map(drop) } else { page.users().map(drop) };
        match client.page_as(&query, 0, read).await {
            Ok(((), page)) => {
                draft.append(&page, Timestamp::now())?;
                if let Some(pages) = page.pages {
                    self.reporter.inform(&self.expectation(pages, &query));
                }
                Ok(draft)
            }
            Err(error) => {
                if !matches!(error, ApiError::NoAnswer(_) | ApiError::WaitTooLong { .. }) {
                    // The server refused the request, so it does not count.
                    self.store.forget_asked(&query, earlier);
                }
                draft.discard();
                let near = match &error {
                    ApiError::NoSuchGroup(group) => self.near(group),
                    _ => None,
                };
                Err(match near {
                    Some(near) => FetchError::GroupNearlyNamed { error, near },
                    None => error.into(),
                })
            }
        }
    }

    /// Describes what to expect: `list          users: 12 pages, about 30 s at 25/60s`.
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
        format!("list          {}{of}: {pages}{time}", self.kind.noun())
    }

    /// Returns the limit for these pages.
    fn rate(&self) -> Option<Rate> {
        match self.kind {
            ListKind::Users => self.rates.users,
            ListKind::Groups => self.rates.groups,
        }
    }

    /// Returns the group with the most similar name in the snapshot of groups.
    fn near(&self, group: &str) -> Option<String> {
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
        best().map(|(_, name)| name)
    }
}
