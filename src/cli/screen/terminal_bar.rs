//! Lines at the lower end of a terminal that are drawn again and again, at its present width.

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::cmp::Ordering;

/// The lines at the lower end of a terminal.
pub(crate) struct TerminalBar {
    bar: ProgressBar,
    drawn: Cell<Option<Drawn>>,
}

/// What is on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Drawn {
    lines: usize,
    /// The columns of the terminal. Each line fills all of them.
    columns: usize,
}

impl TerminalBar {
    /// Creates lines on standard error that are not drawn yet.
    pub(super) fn new() -> Self {
        // The bar is drawn five times a second. Without a limit of its own it never skips a
        // drawing, so it is known what is on the terminal.
        let target = ProgressDrawTarget::term_like(Box::new(Term::buffered_stderr()));
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Self { bar, drawn: Cell::new(None) }
    }

    /// Draws the lines for a number of usable columns in the place of the earlier ones.
    pub(super) fn draw(&self, lines: impl FnOnce(usize) -> Vec<String>) {
        let columns = columns();
        self.fit(columns);
        // Some terminals begin a new line after the last column.
        let lines = lines(columns.saturating_sub(1).max(20));
        self.bar.set_message(lines.join("\n"));
        self.drawn.set(Some(Drawn { lines: lines.len(), columns }));
    }

    /// Prints something above the lines.
    pub(super) fn above(&self, print: impl FnOnce()) {
        self.fit(columns());
        self.bar.suspend(print);
    }

    /// Draws the last lines, which stay.
    pub(super) fn end(&self, lines: impl FnOnce(usize) -> Vec<String>) {
        self.draw(lines);
        self.bar.abandon();
    }

    /// Removes the lines.
    pub(super) fn clear(&self) {
        self.fit(columns());
        self.bar.finish_and_clear();
    }

    /// Removes the lines if the terminal has another width by now. It has wrapped them anew, and
    /// the bar would remove as many lines as it has drawn.
    fn fit(&self, columns: usize) {
        let Some(drawn) = self.drawn.get().filter(|drawn| drawn.columns != columns) else { return };
        self.drawn.set(None);
        let (now, term) = (drawn.lines_at(columns), Term::stderr());
        match now.cmp(&drawn.lines) {
            // Down to where the last line was.
            Ordering::Less => {
                let _ = term.write_str(&"\n".repeat(drawn.lines - now));
                self.bar.suspend(|| ());
            }
            Ordering::Equal => {}
            Ordering::Greater => self.bar.suspend(|| {
                let _ = term.move_cursor_up(now - drawn.lines);
                let _ = term.clear_to_end_of_screen();
            }),
        }
    }
}

impl Drawn {
    /// Returns the number of lines on a terminal that is so wide now: all lines are one text that
    /// the terminal wraps.
    fn lines_at(self, columns: usize) -> usize {
        (self.lines * self.columns).div_ceil(columns.max(1))
    }
}

/// Returns the columns of the terminal.
fn columns() -> usize {
    Term::stderr().size_checked().map_or(80, |(_, columns)| usize::from(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_the_terminal_wraps_them() {
        let two = Drawn { lines: 2, columns: 80 };
        let at = [40, 60, 79, 80, 81, 120, 160, 200].map(|columns| two.lines_at(columns));
        assert_eq!(at, [4, 3, 3, 2, 2, 2, 1, 1]);
    }
}
