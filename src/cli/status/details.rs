//! The details of one import.

use super::facts::{JournalFacts, WorkState};
use crate::cli::journaled_run::InputNow;
use crate::cli::words::undo::undo_of_earlier;
use crate::clock::wall_clock;
use crate::execute::OutcomeStatus;
use crate::number::{count_thousands, thousands};
use crate::report::uncertain_words;
use crate::visible::visible;
use jiff::Timestamp;
use std::fmt;

impl fmt::Display for JournalFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A journal may be forged: its text is escaped.
        writeln!(f, "{}: {}", visible(&self.file), self.state_words())?;
        writeln!(f, "  organization  {} at {}", visible(&self.organization), visible(&self.host))?;
        writeln!(f, "  run           {}, begun {}", visible(&self.run), time(self.began))?;
        if let Some(store) = &self.store {
            writeln!(
                f,
                "  store         {}: the lines below are what this computer knows. Another \
                 computer may have continued the run: type the import command again to see that",
                visible(store)
            )?;
        }
        self.rows(f)?;
        self.requests(f)?;
        match self.input {
            Some(InputNow::Changed) => {
                writeln!(
                    f,
                    "  input         has changed since: restore its earlier content, and the run \
                     continues"
                )?;
            }
            Some(InputNow::Gone) => writeln!(
                f,
                "  input         is not beside the journal: put it back, and the run continues"
            )?,
            Some(InputNow::Same) | None => {}
        }
        if self.state != WorkState::NotBegun {
            // The command is marked, because the journal may be forged.
            writeln!(f, "  from the journal:")?;
            writeln!(f, "  results       {}", visible(&self.results.to_string_lossy()))?;
        }
        if let Some(next) = &self.next {
            let what = if self.input == Some(InputNow::Changed) {
                "to start over"
            } else {
                "to continue  "
            };
            writeln!(f, "  {what} {}", visible(next))?;
        }
        if let Some(earlier) = &self.earlier {
            let (at, undo) = (time(earlier.finished), undo_of_earlier(earlier));
            writeln!(
                f,
                "  import before it, ended {at}; to take that one back: {}",
                visible(&undo)
            )?;
        }
        Ok(())
    }
}

impl JournalFacts {
    fn state_words(&self) -> String {
        match (self.state, self.finished) {
            (WorkState::Running, _) if self.suspended => {
                format!(
                    "running, but suspended by a signal (process {0}): `kill -CONT {0}` continues \
                     it",
                    self.process
                )
            }
            (WorkState::Running, _) => format!("running (process {})", self.process),
            (WorkState::Unknown, _) => {
                "unknown: this journal was copied from another place, where the run may continue"
                    .to_owned()
            }
            (WorkState::NotBegun, _) => {
                "not begun: it was refused, or ended before anything was sent".to_owned()
            }
            (WorkState::Interrupted, _) => "interrupted".to_owned(),
            (WorkState::Finished, at) => {
                let part = if self.leaves_rows { " with a part of the rows" } else { "" };
                let at = at.map(|at| format!(" {}", time(at))).unwrap_or_default();
                format!("finished{part}{at}")
            }
        }
    }

    /// Writes the rows by their outcomes, and those without one.
    fn rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let completed: u64 = self.statuses.values().sum();
        let by_status = OutcomeStatus::ALL.iter().filter_map(|status| {
            let rows = self.statuses.get(status.name())?;
            Some(format!("{} {}", thousands(*rows), status.name()))
        });
        let by_status: Vec<String> = by_status.collect();
        write!(
            f,
            "  rows          {} of {} have an outcome",
            thousands(completed),
            thousands(self.rows)
        )?;
        writeln!(f, "{}{}", if by_status.is_empty() { "" } else { ": " }, by_status.join(", "))?;
        let not_asked_for = self.rows.saturating_sub(completed + self.left);
        if not_asked_for > 0 {
            writeln!(f, "  skipped       {} by --rows", count_thousands(not_asked_for, "row"))?;
        }
        if self.in_flight > 0 {
            writeln!(
                f,
                "  in flight     {}: sent or about to be sent, no response yet",
                count_thousands(self.in_flight, "row")
            )?;
        }
        if self.uncertain > 0 {
            writeln!(f, "  uncertain     {}", uncertain_words(self.uncertain))?;
        }
        Ok(())
    }

    /// Writes the requests, and the pause that the server has asked for.
    fn requests(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unexplained = "more than its rows can explain, by the journal".to_owned();
        let sent =
            self.requests.map_or(unexplained, |requests| format!("{} sent", thousands(requests)));
        let to_go = self
            .requests_left
            .filter(|_| self.left > 0)
            .map(|requests| format!(", about {} to go", thousands(requests)));
        writeln!(f, "  requests      {sent}{}", to_go.unwrap_or_default())?;
        if let (Some(until), Some(why)) = (self.pause_until, &self.pause_why) {
            writeln!(f, "  pause         until {} ({})", time(until), visible(why))?;
        }
        Ok(())
    }
}

fn time(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}
