//! Who looks on while lists are fetched.

use super::job::ExportCounts;
use crate::umapi::{ClientStats, Pace};
use std::pin::Pin;

/// Something that comes true at some time.
pub(crate) type Signal<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The person or the program that lists are fetched for.
pub(crate) trait ListReporter {
    /// Says a line that a person who watches wants to read.
    fn inform(&self, line: &str);
    /// Shows the progress of a list that is fetched; `noun` is what it lists.
    fn show_list(&self, noun: &'static str) -> Box<dyn ListDisplay + '_>;
    /// Completes when somebody interrupts the fetch.
    fn interrupted(&self) -> Signal<'_>;
}

/// The progress of a list that is fetched.
pub(crate) trait ListDisplay {
    /// Shows how far it is; `pace` is the limit of these pages as it stands now.
    fn show(&mut self, counts: &ExportCounts, stats: &ClientStats, pace: Pace);
    /// Leaves the last state where it is.
    fn finish(&self);
}
