//! The progress of a long operation, on standard error: a bar with words on a terminal, lines
//! elsewhere.

mod bar;
#[cfg(test)]
mod examples;
mod plain;
mod terminal_bar;
mod view;
mod waiting;

use crate::cli::args::shared::ProgressArg;
use crate::cli::say::status_line;
use crate::cli::verbosity::Verbosity;
use crate::visible::visible;
use bar::{Look, last_lines, lines, waiting_lines};
use plain::Plain;
use std::io::IsTerminal;
use std::time::{Duration, SystemTime};
use terminal_bar::TerminalBar;
pub(crate) use view::View;
pub(crate) use waiting::{TimeLeft, Waiting};

/// A display that shows a [`View`] again and again.
pub(crate) enum Screen {
    Bar(TerminalBar, Look),
    Plain(Plain),
    Silent,
}

impl Screen {
    /// Creates a bar on a terminal, and lines elsewhere or if they are wanted. Shows nothing if no
    /// progress is wanted or the verbosity is quiet.
    pub(crate) fn new(wanted: ProgressArg, verbosity: Verbosity) -> Self {
        match wanted {
            ProgressArg::None => Self::Silent,
            _ if verbosity.is_quiet() => Self::Silent,
            ProgressArg::Auto if std::io::stderr().is_terminal() => {
                Self::Bar(TerminalBar::new(), Look::here())
            }
            ProgressArg::Auto | ProgressArg::Plain => Self::Plain(Plain::default()),
        }
    }

    /// Shows a new state: at once in a bar, and from time to time in lines.
    pub(crate) fn show(&mut self, view: &View) {
        match self {
            Self::Bar(bar, look) => {
                bar.draw(|columns| lines(&view.visible(), columns, *look));
            }
            Self::Plain(plain) => {
                plain.lines(view, SystemTime::now()).iter().for_each(|line| status_line(line));
            }
            Self::Silent => {}
        }
    }

    /// Shows the reason of a wait before there is anything to count.
    pub(crate) fn wait(&mut self, what: &str, waiting: Option<Waiting>, elapsed: Duration) {
        match self {
            Self::Bar(bar, _) if waiting.is_some() || elapsed >= Duration::from_secs(1) => {
                let words = waiting.map_or_else(|| what.to_owned(), |waiting| waiting.words);
                let words = visible(&words);
                bar.draw(|columns| waiting_lines(elapsed, &words, columns));
            }
            Self::Plain(plain) => {
                let view = View { waiting, elapsed, ..View::default() };
                plain.trouble(&view, SystemTime::now()).iter().for_each(|line| status_line(line));
            }
            Self::Bar(..) | Self::Silent => {}
        }
    }

    /// Prints a line above the bar.
    pub(crate) fn say(&self, text: &str) {
        match self {
            Self::Bar(bar, _) => bar.above(|| status_line(text)),
            Self::Plain(_) | Self::Silent => status_line(text),
        }
    }

    /// Ends the display. The bar stays, without the time left.
    pub(crate) fn finish(&self, view: Option<&View>) {
        if let Self::Bar(bar, look) = self {
            match view {
                Some(view) => bar.end(|columns| last_lines(&view.visible(), columns, *look)),
                None => bar.clear(),
            }
        }
    }
}
