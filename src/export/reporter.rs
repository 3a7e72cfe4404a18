//! The interface for reports about lists that are fetched.

use super::job::ExportCounts;
use crate::umapi::{ClientStats, Pace};
use std::pin::Pin;

/// A future that completes when something happens.
pub(crate) type Signal<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The user or program that lists are fetched for.
pub(crate) trait ListReporter {
    /// Prints a line of information.
    fn inform(&self, line: &str);
    /// Shows the progress of a list; `noun` says what it lists.
    fn show_list(&self, noun: &'static str) -> Box<dyn ListDisplay + '_>;
    /// Completes when the user interrupts the fetch.
    fn interrupted(&self) -> Signal<'_>;
}

/// The display of a list's progress.
pub(crate) trait ListDisplay {
    /// Updates the display; `pace` is the current limit of these pages.
    fn show(&mut self, counts: &ExportCounts, stats: &ClientStats, pace: Pace);
    /// Ends the display, and leaves its last state visible.
    fn finish(&self);
}
