//! The imports of a folder, as a table.

use super::facts::{JournalFacts, WorkState};
use crate::cli::journaled_run::InputNow;
use crate::clock::wall_clock;
use crate::number::{count_thousands, thousands};
use crate::shell::shell_words;
use crate::visible::visible;
use console::{Alignment, measure_text_width, pad_str};
use jiff::Timestamp;
use std::path::Path;

/// The widest line, whatever the terminal: people paste tables.
const WIDTH: usize = 79;

const HEAD: [&str; 6] = ["FILE", "STATE", "ROWS DONE", "TO FIX", "BEGAN", "ENDED"];

/// Returns a table of runs, in this order: for each a line of figures, and what to do next. `here`
/// is the working folder: commands for it need no change of folder.
pub(super) fn shown(journals: &[JournalFacts], now: Timestamp, here: Option<&Path>) -> String {
    let here = here.map(|here| format!("cd {} && ", shell_words([here])));
    let cells: Vec<[String; 6]> = journals.iter().map(|journal| cells(journal, now)).collect();
    let mut widths = [0; 6];
    for row in std::iter::once(&HEAD.map(str::to_owned)).chain(&cells) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = measure_text_width(cell).max(*width);
        }
    }
    // A name that has no room beside the figures has a line of its own.
    let figures: usize = widths[1..].iter().map(|width| width + 2).sum();
    widths[0] = widths[0].min(WIDTH.saturating_sub(figures));
    let mut text = line(&HEAD.map(str::to_owned), &widths);
    let first = journals.first().map(place);
    let has_several_places = journals.iter().any(|journal| Some(place(journal)) != first);
    for (journal, row) in journals.iter().zip(&cells) {
        text += &line(row, &widths);
        if has_several_places {
            text +=
                &format!("  of {} at {}\n", visible(&journal.organization), visible(&journal.host));
        }
        for next in next(journal, here.as_deref()) {
            text += &format!("  {next}\n");
        }
    }
    text
}

/// Returns the organization of a run, and its host.
fn place(journal: &JournalFacts) -> (&str, &str) {
    (&journal.organization, &journal.host)
}

/// Returns the cells of a run.
fn cells(journal: &JournalFacts, now: Timestamp) -> [String; 6] {
    let done: u64 = journal.statuses.values().sum();
    let ended = match (journal.finished, journal.ends) {
        (Some(at), _) if journal.state == WorkState::Finished => time(at, now),
        (_, Some(at)) => format!("about {}", time(at, now)),
        _ => String::new(),
    };
    [
        // A journal may be forged: its text is escaped.
        visible(&journal.file).into_owned(),
        state(journal).to_owned(),
        format!("{} of {}", thousands(done), thousands(journal.rows)),
        if journal.to_fix > 0 { thousands(journal.to_fix) } else { String::new() },
        time(journal.began, now),
        ended,
    ]
}

fn state(journal: &JournalFacts) -> &'static str {
    match journal.state {
        WorkState::Running if journal.suspended => "suspended",
        WorkState::Running => "running",
        WorkState::NotBegun => "not begun",
        WorkState::Interrupted => "interrupted",
        WorkState::Finished if journal.leaves_rows => "in part",
        WorkState::Finished => "finished",
        WorkState::Unknown => "unknown",
    }
}

/// Returns the time of day, with the day unless it is today.
fn time(at: Timestamp, now: Timestamp) -> String {
    let day = |at| wall_clock(at, "%d %b %Y");
    wall_clock(at, if day(at) == day(now) { "%H:%M" } else { "%d %b %H:%M" })
}

/// Returns what to do next. Commands are marked, because a journal may be forged.
fn next(journal: &JournalFacts, here: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    match (journal.state, journal.input) {
        (WorkState::Running, _) if journal.suspended => {
            lines.push(format!("to continue it: kill -CONT {}", journal.process));
        }
        (WorkState::Running, _) => {
            let file = Path::new(&journal.journal);
            lines.push(format!(
                "details: {}",
                shell_words(["umbulk".as_ref(), "status".as_ref(), file.as_os_str(),])
            ));
        }
        (WorkState::NotBegun, _) => {
            lines.push("refused, or ended before anything was sent".to_owned());
        }
        (WorkState::Unknown, _) => {
            lines.push("copied from another place, where the run may continue".to_owned());
        }
        (WorkState::Interrupted, Some(InputNow::Gone)) => {
            lines.push("the imported file is not beside the journal: put it back".to_owned());
        }
        (WorkState::Interrupted, Some(InputNow::Changed)) => lines
            .push("the imported file has changed: restore it, and the run continues".to_owned()),
        (WorkState::Interrupted, _) if journal.uncertain > 0 => lines.push(format!(
            "{} got no response: the same command finds out what was done",
            count_thousands(journal.uncertain, "row")
        )),
        (WorkState::Interrupted | WorkState::Finished, _) => {}
    }
    if let Some(next) = &journal.next {
        let what = match journal.input {
            Some(InputNow::Changed) => "to start over",
            _ => "to continue",
        };
        let plain = here.and_then(|here| next.strip_prefix(here)).unwrap_or(next);
        lines.push(format!("{what}, by the journal: {}", visible(plain)));
    }
    if let Some(failed) = &journal.failed {
        let name = failed.file_name().unwrap_or_default().to_string_lossy();
        lines.push(format!("rows to fix, by the journal: {}", visible(&name)));
    }
    lines
}

/// Returns a line of the table. Numbers are on the right of their columns.
fn line(cells: &[String; 6], widths: &[usize; 6]) -> String {
    let mut parts = Vec::new();
    let has_room = measure_text_width(&cells[0]) <= widths[0];
    let name = if has_room { cells[0].as_str() } else { "" };
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let side = if matches!(at, 2 | 3) { Alignment::Right } else { Alignment::Left };
        let cell = if at == 0 { name } else { cell };
        parts.push(pad_str(cell, *width, side, None).into_owned());
    }
    let figures = parts.join("  ").trim_end().to_owned();
    if has_room { format!("{figures}\n") } else { format!("{}\n{figures}\n", cells[0]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Exit;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    fn journal(file: &str, state: WorkState) -> JournalFacts {
        JournalFacts {
            journal: PathBuf::from(format!("{file}.journal")),
            file: file.to_owned(),
            organization: "O@AdobeOrg".to_owned(),
            host: "h".to_owned(),
            run: "r".to_owned(),
            store: None,
            state,
            suspended: false,
            process: 7,
            began: Timestamp::UNIX_EPOCH,
            finished: (state == WorkState::Finished).then_some(Timestamp::UNIX_EPOCH),
            rows: 1_000_000,
            statuses: BTreeMap::from([("ok".to_owned(), 123_456), ("failed".to_owned(), 12_345)]),
            left: 0,
            in_flight: 0,
            uncertain: 0,
            requests: None,
            requests_left: None,
            pause_until: None,
            pause_why: None,
            input: None,
            results: PathBuf::new(),
            leaves_rows: false,
            to_fix: 12_345,
            failed: None,
            ends: None,
            exit: Exit::Good,
            next: None,
            earlier: None,
        }
    }

    #[test]
    fn figures_of_a_million_rows_and_long_names_fit_80_columns() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut running = journal("staff.csv", WorkState::Running);
        running.ends = Some(Timestamp::UNIX_EPOCH);
        let long = journal(&"a long name of a file ".repeat(3), WorkState::Interrupted);
        let text = shown(&[running, long, journal("hr.xlsx", WorkState::Finished)], now, None);
        assert!(text.lines().all(|line| measure_text_width(line) < 80), "{text}");
        assert!(text.contains("a long name of a file a long"), "{text}");
        assert!(text.contains("135,801 of 1,000,000"), "{text}");
        assert!(text.contains("about 01 Jan"), "{text}");
    }

    /// The same file may be imported into several organizations.
    #[test]
    fn organizations_are_named_if_there_are_several() {
        let table = |journals: &[JournalFacts]| shown(journals, Timestamp::UNIX_EPOCH, None);
        let one = || journal("staff.csv", WorkState::Finished);
        assert!(!table(&[one(), one()]).contains("O@AdobeOrg"));
        let other = JournalFacts { organization: "P@AdobeOrg".to_owned(), ..one() };
        let text = table(&[one(), other]);
        assert!(text.contains("  of O@AdobeOrg at h\n") && text.contains("  of P@AdobeOrg at h\n"));
    }

    #[test]
    fn names_from_a_journal_are_escaped() {
        let text = shown(
            &[journal("x\u{1b}[31m\u{202e}", WorkState::Finished)],
            Timestamp::UNIX_EPOCH,
            None,
        );
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}
