//! An export from its first page to its last.

use super::listing::{PageSource, PageStream};
use super::output::Output;
use super::rows::{RenderedPage, RowRenderer};
use crate::fs::in_words;
use crate::snapshot::{PartialSnapshot, Snapshot};
use crate::umapi::{ApiError, Client, ListQuery};
use jiff::Timestamp;
use nohash_hasher::IntSet;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::spawn_blocking;

/// Lists that are written into one file, one after the other.
pub(crate) struct ExportJob {
    lists: Vec<ExportList>,
    renderer: Arc<RowRenderer>,
    output: Output,
    seen: Arc<ExportCounts>,
    /// Whether to report each page.
    pub verbose: bool,
}

/// A list with its source.
enum ExportList {
    /// From the server, and into the store.
    Live(Client, Box<PartialSnapshot>),
    /// From the store.
    Stored(Box<Snapshot>),
}

/// The progress of an export, for other threads.
#[derive(Debug, Default)]
pub(crate) struct ExportCounts {
    /// The number of pages read of the current list.
    pub pages: AtomicU32,
    /// The length of the current list in pages; 0 while unknown.
    pub of: AtomicU32,
    /// The number of users or groups written.
    pub written: AtomicU64,
    /// Lines about pages. A line is removed when it is printed.
    pub responses: Mutex<Vec<String>>,
    /// The lists that are complete.
    pub done: Mutex<Vec<ListEnd>>,
}

/// The result of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListEnd {
    /// The query of the list.
    pub query: ListQuery,
    /// The number of pages.
    pub pages: u32,
    /// The number of users or groups, by the server's count.
    pub total: Option<u64>,
    /// The number of users or groups that the server listed, each counted once.
    pub listed: u64,
    /// The number of users or groups that it listed more than once.
    pub again: u64,
}

/// The result of a complete export.
#[derive(Debug)]
pub(crate) struct ExportSummary {
    /// The number of users or groups in the file.
    pub rows: u64,
    /// The lists.
    pub lists: Vec<ListEnd>,
    /// The lists as they are stored.
    pub stored: Vec<Snapshot>,
    /// The new name of an earlier file of the same name.
    pub aside: Option<PathBuf>,
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The server failed.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// The file cannot be written.
    #[error("{}", in_words(.0))]
    Output(io::Error),
    /// The list cannot be stored.
    #[error("the list cannot be stored: {}", in_words(.0))]
    Store(io::Error),
}

impl ExportJob {
    /// Prepares an export. Nothing happens yet.
    pub(crate) fn new(renderer: RowRenderer, output: Output) -> Self {
        Self {
            lists: Vec::new(),
            renderer: Arc::new(renderer),
            output,
            seen: Arc::default(),
            verbose: false,
        }
    }

    /// Adds a list to fetch. The draft has its page 0 already.
    pub(crate) fn fetch(&mut self, client: Client, draft: PartialSnapshot) {
        self.lists.push(ExportList::Live(client, Box::new(draft)));
    }

    /// Adds a list that is stored.
    pub(crate) fn replay(&mut self, snapshot: Snapshot) {
        self.lists.push(ExportList::Stored(Box::new(snapshot)));
    }

    /// Returns the progress of the export.
    pub(crate) fn seen(&self) -> Arc<ExportCounts> {
        Arc::clone(&self.seen)
    }

    /// Reads the lists and writes the file.
    ///
    /// # Errors
    /// Why it stopped. The pages fetched until then are stored, and the next attempt continues
    /// after them.
    pub(crate) async fn run(mut self) -> Result<ExportSummary, JobError> {
        self.output.write(self.renderer.layout.head()).await.map_err(JobError::Output)?;
        let lists = std::mem::take(&mut self.lists);
        // A user of several lists is written once.
        let mut everybody = (lists.len() > 1).then(IntSet::default);
        let (mut stored, mut drafts) = (Vec::new(), Vec::new());
        let mut as_of = None;
        for list in lists {
            let (source, mut draft) = list.source()?;
            let snapshot = source.stored.clone();
            as_of = Some(as_of.map_or(snapshot.at, |oldest: Timestamp| oldest.min(snapshot.at)));
            self.write_list(source, draft.as_deref_mut(), everybody.as_mut()).await?;
            match draft {
                Some(draft) => drafts.push(draft),
                None => stored.push(snapshot),
            }
        }
        // All files are synced together.
        let sync = spawn_blocking(move || {
            drafts.iter().try_for_each(|draft| draft.sync()).map(|()| drafts)
        });
        let aside = self.output.finish(as_of).await.map_err(JobError::Output)?;
        let drafts = sync
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
            .map_err(JobError::Store)?;
        // The lists become complete last: if anything fails before, the same command continues
        // them.
        for draft in drafts {
            stored.push(draft.finish().map_err(JobError::Store)?);
        }
        let lists = self.seen.done.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(ExportSummary { rows: self.seen.written.load(Ordering::Relaxed), lists, stored, aside })
    }

    /// Reads one list and writes its rows, except users in `everybody`, to which it adds its own.
    /// Pages from the server are added to the draft.
    async fn write_list(
        &mut self,
        source: PageSource,
        mut draft: Option<&mut PartialSnapshot>,
        mut everybody: Option<&mut IntSet<u64>>,
    ) -> Result<(), JobError> {
        let seen = Arc::clone(&self.seen);
        let mut end = ListEnd {
            query: source.stored.query.clone(),
            pages: 0,
            total: None,
            listed: 0,
            again: 0,
        };
        let mut here = IntSet::default();
        let mut listing = PageStream::new(source, Arc::clone(&self.renderer));
        seen.pages.store(0, Ordering::Relaxed);
        while let Some(mut digest) = listing.next().await? {
            if let (Some(draft), Some((page, at))) = (&mut draft, digest.page.take()) {
                draft.append(&page, at).map_err(JobError::Store)?;
            }
            end.pages += 1;
            end.total = digest.total.or(end.total);
            if here.is_empty() {
                // Growth by doubling would need twice the memory for a moment.
                let expected = end.total.unwrap_or(0).min(MOST_EXPECTED);
                here.reserve(usize::try_from(expected).unwrap_or(0));
            }
            let (text, rows, news) = fold(&mut digest, &mut here, everybody.as_deref_mut());
            end.listed += news;
            end.again += digest.rows.len() as u64 - news;
            if news == 0 {
                listing.nothing_new_on(digest.number);
            }
            if self.verbose {
                let words = format!(
                    "page {}: {} listed, {news} of them new, {rows} to be written",
                    digest.number,
                    digest.rows.len()
                );
                seen.responses.lock().unwrap_or_else(PoisonError::into_inner).push(words);
            }
            self.output.write(text).await.map_err(JobError::Output)?;
            seen.written.fetch_add(rows, Ordering::Relaxed);
            seen.pages.store(end.pages, Ordering::Relaxed);
            seen.of.store(listing.known().unwrap_or(0), Ordering::Relaxed);
        }
        seen.done.lock().unwrap_or_else(PoisonError::into_inner).push(end);
        Ok(())
    }
}

impl ExportList {
    /// Returns the source of the pages, and the draft to store them in.
    fn source(self) -> Result<(PageSource, Option<Box<PartialSnapshot>>), JobError> {
        match self {
            Self::Live(client, draft) => {
                let stored = draft.so_far().map_err(JobError::Store)?;
                Ok((PageSource { stored, client: Some(client) }, Some(draft)))
            }
            Self::Stored(snapshot) => Ok((PageSource { stored: *snapshot, client: None }, None)),
        }
    }
}

/// The most entries to reserve memory for, whatever the server announces.
const MOST_EXPECTED: u64 = 4_000_000;

/// Drops users or groups that were written before. Returns the text, its number of rows, and how
/// many of the page are new to this list.
fn fold(
    digest: &mut RenderedPage,
    here: &mut IntSet<u64>,
    mut everybody: Option<&mut IntSet<u64>>,
) -> (Vec<u8>, u64, u64) {
    let (mut rows, mut news, mut from) = (0, 0, 0);
    // Text that stays moves up over text that is dropped. Usually nothing moves.
    let mut kept = 0;
    for (key, end) in &digest.rows {
        let new_here = here.insert(*key);
        news += u64::from(new_here);
        let new = new_here && everybody.as_mut().is_none_or(|everybody| everybody.insert(*key));
        let length = end - from;
        if new && length > 0 {
            if kept < from {
                digest.text.copy_within(from..*end, kept);
            }
            kept += length;
            rows += 1;
        }
        from = *end;
    }
    digest.text.truncate(kept);
    (std::mem::take(&mut digest.text), rows, news)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(rows: &[(u64, &str)]) -> RenderedPage {
        let mut digest = RenderedPage::default();
        for (key, text) in rows {
            digest.text.extend_from_slice(text.as_bytes());
            digest.rows.push((*key, digest.text.len()));
        }
        digest
    }

    #[test]
    fn who_is_in_two_lists_is_written_once_and_counted_in_both() {
        let mut everybody = IntSet::default();
        let mut folded = |rows: &[(u64, &str)]| {
            let (text, rows, news) =
                fold(&mut digest(rows), &mut IntSet::default(), Some(&mut everybody));
            (String::from_utf8(text).unwrap(), rows, news)
        };
        assert_eq!(folded(&[(1, "a\n"), (2, ""), (1, "a\n")]), ("a\n".to_owned(), 1, 2));
        assert_eq!(folded(&[(1, "a\n"), (3, "c\n")]), ("c\n".to_owned(), 1, 2));
    }

    proptest! {
        #[test]
        fn users_are_written_once_and_in_order(pages in
            proptest::collection::vec(proptest::collection::vec(0_u64..30, 0..20), 0..6)) {
            let mut here = IntSet::default();
            let (mut text, mut expected, mut count) = (Vec::new(), String::new(), 0);
            for page in &pages {
                let lines: Vec<String> = page.iter().map(|key| if key % 7 ==
                    0 { String::new() } else { format!("{key}\n") }).collect();
                let rows: Vec<(u64, &str)> =
                    page.iter().copied().zip(lines.iter().map(String::as_str)).collect();
                let (more, rows, _) = fold(&mut digest(&rows), &mut here, None);
                text.extend(more);
                count += rows;
            }
            let mut seen = IntSet::default();
            for key in pages.iter().flatten().filter(|key| seen.insert(**key) && *key % 7 != 0) {
                expected += &format!("{key}\n");
            }
            prop_assert_eq!(String::from_utf8(text).unwrap(), &*expected);
            prop_assert_eq!(count as usize, expected.lines().count());
        }
    }
}
