//! The pages of one list, in order. Several are fetched at once as soon as the first page has shown
//! how many there are.
//!
//! The number of pages that the server announces may change while a list is read, and past the end
//! the server sends the last page again. So a list ends with the page that says so, with a page
//! that has another number than the one requested, or with one that has nothing new past the
//! announced number.

use super::rows::{RenderError, RenderedPage, RowRenderer};
use crate::fs::read_file;
use crate::snapshot::{PageLocation, Snapshot};
use crate::umapi::{ApiError, Client, ListQuery};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::{JoinError, JoinHandle, spawn, spawn_blocking};

/// The number of pages that are fetched or rendered at once. More would not be faster, because of
/// the limit per minute, and each is held in memory.
const AT_ONCE: usize = 6;

/// How often a page is requested again when another page comes.
const TRIES: u32 = 3;

/// The pages of one list.
pub(super) struct PageStream {
    source: PageSource,
    renderer: Arc<RowRenderer>,
    under_way: VecDeque<(u32, Task)>,
    next: u32,
    /// The number of pages, according to the server's latest response.
    known: Option<u32>,
    last_body: Option<u64>,
    /// The number that the server gives to page 0: 0, or 1 if it counts from 1.
    first: u32,
    /// Whether a page said that it was the last, before all announced pages had come.
    said_last: bool,
    ended: bool,
}

/// The source of pages.
pub(super) struct PageSource {
    /// Pages that are stored already.
    pub(super) stored: Snapshot,
    /// The client for the other pages; `None` if the store has all of them.
    pub(super) client: Option<Client>,
}

/// A page that is being fetched. Dropping it cancels the fetch.
struct Task(JoinHandle<Result<RenderedPage, ApiError>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl PageStream {
    /// Creates a stream of the pages of a source, as rows.
    pub(super) fn new(source: PageSource, renderer: Arc<RowRenderer>) -> Self {
        Self {
            source,
            renderer,
            under_way: VecDeque::new(),
            next: 0,
            known: None,
            last_body: None,
            first: 0,
            said_last: false,
            ended: false,
        }
    }

    /// Returns the number of pages, as far as the server has announced it.
    pub(super) fn known(&self) -> Option<u32> {
        self.known
    }

    /// Returns the next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<RenderedPage>, ApiError> {
        if self.ended {
            return Ok(None);
        }
        while self.under_way.len() < AT_ONCE && self.may_ask() {
            let task = self.begin(self.next);
            self.under_way.push_back((self.next, task));
            self.next += 1;
        }
        let Some((number, task)) = self.under_way.pop_front() else {
            self.ended = true;
            return Ok(None);
        };
        let digest = self.due(number, task).await?;
        if number == 0 {
            self.first = digest.current.unwrap_or(0);
        }
        let other = digest.current.is_some_and(|current| !self.is_called(number, current));
        let counted = digest.pages.or(self.known);
        // An announced page may be empty, if all its users are technical accounts.
        let beyond = self.known.is_none_or(|known| number >= known);
        let nothing =
            digest.rows.is_empty() || digest.body.is_some() && self.last_body == digest.body;
        if number > 0 && (other || beyond && nothing) {
            self.end();
            return Ok(None);
        }
        self.last_body = digest.body;
        self.known = counted;
        self.said_last |= digest.last;
        // All announced pages are fetched, whatever a page says, so that no user is missed. A page
        // past the end does no harm.
        if digest.last && counted.is_none_or(|pages| number.saturating_add(1) >= pages) {
            self.end();
        }
        Ok(Some(digest))
    }

    /// Whether the server's number of a page is the expected one. Its number of page 0 shows
    /// whether it counts from 0 or from 1, which the documentation does not say.
    fn is_called(&self, number: u32, current: u32) -> bool {
        if number == 0 { current <= 1 } else { current.checked_sub(self.first) == Some(number) }
    }

    /// Returns the page that is due. If another page comes, within the announced number, it is
    /// requested again: without it the list would have a gap.
    async fn due(&self, number: u32, mut task: Task) -> Result<RenderedPage, ApiError> {
        for _ in 0..TRIES {
            let digest = match (&mut task.0).await {
                Ok(outcome) => outcome?,
                Err(error) => {
                    return Err(ApiError::NoAnswer(format!(
                        "page {number} could not be read: {error}"
                    )));
                }
            };
            let is_it = digest.current.is_none_or(|current| self.is_called(number, current));
            if is_it
                || self.said_last
                || digest.pages.or(self.known).is_none_or(|pages| number >= pages)
            {
                return Ok(digest);
            }
            task = self.begin(number);
        }
        Err(ApiError::NoAnswer(format!(
            "page {number} was requested {TRIES} times, and another page came each time"
        )))
    }

    /// Records that the page has nobody who was not on an earlier page. Past the announced number,
    /// that is the end.
    pub(super) fn nothing_new_on(&mut self, number: u32) {
        if number > 0 && self.known.is_none_or(|known| number >= known) {
            self.end();
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.under_way.clear();
    }

    /// Whether the next page may be requested. Past the announced number, pages are requested one
    /// by one.
    fn may_ask(&self) -> bool {
        let there = self.source.client.is_some() || self.source.stored.place(self.next).is_some();
        there
            && self.next < u32::MAX
            && (self.under_way.is_empty() || self.known.is_some_and(|known| self.next < known))
    }

    fn begin(&self, number: u32) -> Task {
        let renderer = Arc::clone(&self.renderer);
        let stored =
            self.source.stored.place(number).map(|place| (place, self.source.stored.path.clone()));
        let query = self.source.stored.query.clone();
        Task(match (stored, self.source.client.clone()) {
            (Some((place, path)), client) => spawn(async move {
                let kept = Arc::clone(&renderer);
                let read = spawn_blocking(move || stored_page(place, &path, &kept)).await;
                match (read.unwrap_or_else(|error| Err(error.into())), client) {
                    (Ok(digest), _) => Ok(digest),
                    // The stored page is damaged, but the server has it. Page 0 is not requested
                    // again.
                    (Err(_), Some(client)) if number > 0 => {
                        fetched(&client, &query, number, renderer).await
                    }
                    (Err(error), _) => Err(ApiError::NoAnswer(error.to_string())),
                }
            }),
            (None, Some(client)) => {
                spawn(async move { fetched(&client, &query, number, renderer).await })
            }
            (None, None) => spawn(std::future::ready(Err(ApiError::NoAnswer(format!(
                "page {number} is not stored"
            ))))),
        })
    }
}

/// Why a stored page cannot be read.
#[derive(Debug, thiserror::Error)]
enum StoredPageError {
    #[error("{}: {why}", path.display())]
    File { path: PathBuf, why: io::Error },
    #[error("{0}")]
    Rows(#[from] RenderError),
    #[error("{0}")]
    Task(#[from] JoinError),
}

fn stored_page(
    place: PageLocation,
    path: &Path,
    renderer: &RowRenderer,
) -> Result<RenderedPage, StoredPageError> {
    let page = read_file(path)
        .and_then(|file| place.page(&file))
        .map_err(|why| StoredPageError::File { path: path.to_owned(), why })?;
    Ok(renderer.digest(&page)?)
}

async fn fetched(
    client: &Client,
    query: &ListQuery,
    number: u32,
    renderer: Arc<RowRenderer>,
) -> Result<RenderedPage, ApiError> {
    let (mut digest, page) = client.page_as(query, number, |page| renderer.digest(page)).await?;
    digest.page = Some((page, Timestamp::now()));
    Ok(digest)
}
