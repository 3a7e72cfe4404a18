//! Reports the end of an export.

use crate::cli::typed_words::typed_words;
use crate::clock::wall_clock;
use crate::export::{ExportCounts, ExportSummary, ListEnd, ListSource};
use crate::import::Exit;
use crate::import::connection::Connection;
use crate::number::{count, count_thousands, minutes, noun, thousands};
use crate::shell::shell_words;
use crate::umapi::{ClientStats, ListQuery, Pace};
use crate::visible::{shown, visible};
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The summary of an export.
#[derive(Debug, Serialize)]
pub(crate) struct ExportEnd {
    pub(crate) what: &'static str,
    pub(crate) organization: String,
    pub(crate) host: String,
    /// The time that the list describes, UTC.
    pub(crate) as_of: Option<Timestamp>,
    /// Whether it is from a snapshot: nothing was requested.
    pub(crate) cached: bool,
    pub(crate) written: u64,
    pub(crate) pages: u32,
    /// The server's count; `null` if it does not say.
    pub(crate) total: Option<u64>,
    pub(crate) listed: u64,
    pub(crate) listed_again: u64,
    pub(crate) requests: u64,
    pub(crate) throttled: u64,
    pub(crate) seconds: f64,
    pub(crate) file: PathBuf,
    /// The earlier file with that name, after it was renamed.
    pub(crate) aside: Option<PathBuf>,
    /// The snapshots (`--snapshot`).
    pub(crate) snapshots: Vec<PathBuf>,
    pub(crate) notes: Vec<String>,
    pub(crate) stopped: Option<String>,
    /// Pages that are not fetched yet, if the export stopped and their number is known.
    pub(crate) pages_left: Option<u32>,
    /// When the same command would end, if it started now.
    pub(crate) expected_end: Option<Timestamp>,
    pub(crate) next: Option<String>,
    pub(crate) exit: u8,
}

impl ExportEnd {
    /// Creates the summary of an export from this source to this file, before anything is written.
    pub(super) fn new(
        what: &'static str,
        connection: &Connection,
        source: &ListSource,
        file: PathBuf,
    ) -> Self {
        let (cached, as_of) = match source {
            ListSource::Server(_) => (false, Some(Timestamp::now())),
            ListSource::Store(lists) => (true, lists.iter().map(|list| list.at).min()),
        };
        Self {
            what,
            organization: connection.organization.clone(),
            host: connection.host.clone(),
            as_of,
            cached,
            written: 0,
            pages: 0,
            total: None,
            listed: 0,
            listed_again: 0,
            requests: 0,
            throttled: 0,
            seconds: 0.0,
            file,
            aside: None,
            snapshots: Vec::new(),
            notes: Vec::new(),
            stopped: None,
            pages_left: None,
            expected_end: None,
            next: None,
            exit: Exit::Good as u8,
        }
    }

    /// Adds what was counted during the export.
    pub(super) fn count(&mut self, stats: &ClientStats, seen: &ExportCounts, took: Duration) {
        self.written = seen.written.load(Ordering::Relaxed);
        self.pages = seen.pages.load(Ordering::Relaxed);
        self.requests = stats.read_requests;
        self.throttled = stats.throttled;
        self.seconds = took.as_secs_f64();
    }

    /// Records that the export is complete.
    pub(super) fn complete(&mut self, written: ExportSummary) {
        self.written = written.rows;
        self.as_of = written.stored.iter().map(|list| list.at).min();
        self.pages = written.lists.iter().map(|list| list.pages).sum();
        self.total = written.lists.iter().map(|list| list.total).sum();
        self.listed = written.lists.iter().map(|list| list.listed).sum();
        self.listed_again = written.lists.iter().map(|list| list.again).sum();
        let several = written.lists.len() > 1;
        for list in &written.lists {
            let of = match &list.query {
                ListQuery::Members { group, .. } if several => format!("{group}: "),
                _ => String::new(),
            };
            let notes = notes(list, self.what).into_iter();
            self.notes.extend(notes.map(|note| format!("{of}{note}")));
        }
        self.aside = written.aside;
    }

    /// Records that the export stopped, and that the same command continues it. `pages` is the
    /// length of the list, 0 while unknown.
    pub(super) fn stop(&mut self, why: String, pages: u32, pace: &Pace) {
        self.stopped = Some(why);
        self.pages_left = pages.checked_sub(self.pages).filter(|left| *left > 0);
        let time = self.pages_left.and_then(|pages| pace.time_for(pages.into()));
        self.expected_end = time.and_then(|time| Timestamp::now().checked_add(time).ok());
        self.next = Some(shell_words(typed_words().filter(|word| word != "--fresh")));
    }
}

impl fmt::Display for ExportEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.stopped.is_some() { "Stopped" } else { "Finished" };
        let written = count_thousands(self.written, self.what.trim_end_matches('s'));
        let time = minutes(Duration::from_secs_f64(self.seconds));
        writeln!(f, "{word}: {written} of {} in {time}", self.organization)?;
        let pages = noun(self.pages.into(), "page");
        if self.cached {
            writeln!(f, "{:>11}  {pages}, from the snapshot", thousands(self.pages.into()))?;
        } else {
            writeln!(
                f,
                "{:>11}  {pages}, {}",
                thousands(self.pages.into()),
                count(self.requests, "request")
            )?;
        }
        if self.listed_again > 0 {
            writeln!(f, "{:>11}  listed twice, written once", thousands(self.listed_again))?;
        }
        if self.stopped.is_none() {
            writeln!(
                f,
                "File:     {}",
                if self.file.as_os_str() == "-" {
                    "standard output".to_owned()
                } else {
                    shown(&self.file)
                }
            )?;
        }
        if let Some(aside) = &self.aside {
            writeln!(f, "Earlier:  {}", shown(aside))?;
        }
        for path in &self.snapshots {
            writeln!(f, "Snapshot: {}", shown(path))?;
        }
        if let Some(why) = &self.stopped {
            writeln!(f, "Stopped because: {}", visible(why))?;
        }
        if let Some(pages) = self.pages_left {
            let end = self.expected_end.map_or_else(String::new, |end| {
                format!(
                    ". Started now, the same command ends at about {}",
                    wall_clock(end, "%a %d %b %H:%M")
                )
            });
            writeln!(f, "Left:     {}{end}", count_thousands(pages.into(), "page"))?;
        }
        if let Some(next) = &self.next {
            writeln!(f, "To continue: {next}")?;
        }
        Ok(())
    }
}

/// Returns the counts that do not match, each with the likely reason.
fn notes(list: &ListEnd, noun: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let ListEnd { total, listed, again, .. } = list;
    let counted = |number| count_thousands(number, noun.trim_end_matches('s'));
    if *again > 0 {
        let moved = "while the list was read, so others may have been missed";
        notes.push(match again {
            1 => format!(
                "{} was listed more than once and is written once: the {} moved between \
                 pages {moved}",
                counted(*again),
                noun.trim_end_matches('s')
            ),
            _ => format!(
                "{} were listed more than once and are written once: they moved between \
                 pages {moved}",
                counted(*again)
            ),
        });
    }
    match total {
        Some(total) if total > listed => {
            let missing = thousands(total - listed);
            let why = match (noun, again) {
                ("users", 0) => {
                    "are most likely technical accounts, which it counts but does not list"
                }
                ("users", _) => {
                    "are technical accounts, which it counts but does not list, or were missed \
                     when users moved between pages"
                }
                _ => "were not listed: they may have gone while the list was read",
            };
            let verb = if total - listed == 1 {
                why.replacen("are ", "is ", 1).replacen(
                    "technical accounts",
                    "a technical account",
                    1,
                )
            } else {
                why.to_owned()
            };
            notes.push(format!(
                "the server counts {} and listed {}: {missing} {verb}",
                counted(*total),
                thousands(*listed)
            ));
        }
        Some(total) if total < listed => notes.push(format!(
            "the server counts {} and listed {}: some were added or removed while the list was \
             read",
            counted(*total),
            thousands(*listed)
        )),
        _ => {}
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_disagrees_is_said_with_the_likely_reason() {
        let list = |total, listed, again| {
            notes(
                &ListEnd { query: ListQuery::Groups, pages: 1, total: Some(total), listed, again },
                "users",
            )
        };
        assert!(list(5, 5, 0).is_empty());
        assert_eq!(
            list(1003, 1000, 0),
            ["the server counts 1,003 users and listed 1,000: 3 are most likely technical \
                 accounts, which it counts but does not list"]
        );
        assert!(list(4, 5, 0)[0].contains("some were added or removed"));
        let moved = list(10, 8, 2);
        assert!(
            moved[0].starts_with("2 users were listed more than once")
                && moved[1].contains("or were missed"),
            "{moved:?}"
        );
    }
}
