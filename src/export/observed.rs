//! Reports the progress of a fetch to an observer.

use super::job::ExportCounts;
use super::reporter::{ListDisplay, ListReporter, Signal};
use crate::observer::{Observer, Progress, stop_wanted};
use crate::umapi::{ClientStats, Pace};
use crate::visible::visible;
use std::sync::atomic::Ordering;

/// Reports the progress of a fetch to an observer.
pub(crate) struct ObservedList<'o>(pub(crate) &'o dyn Observer);

impl ListReporter for ObservedList<'_> {
    fn inform(&self, line: &str) {
        self.0.on_message(&visible(line));
    }

    fn show_list(&self, _: &'static str) -> Box<dyn ListDisplay + '_> {
        Box::new(Self(self.0))
    }

    fn interrupted(&self) -> Signal<'_> {
        Box::pin(stop_wanted(self.0))
    }
}

impl ListDisplay for ObservedList<'_> {
    fn show(&mut self, counts: &ExportCounts, _: &ClientStats, pace: Pace) {
        let done = u64::from(counts.pages.load(Ordering::Relaxed));
        let total = Some(u64::from(counts.of.load(Ordering::Relaxed))).filter(|total| *total > 0);
        let left = total.map(|total| total.saturating_sub(done));
        let time_left = left.and_then(|left| pace.time_for(left));
        self.0.on_progress(&Progress { noun: "page", done, total, time_left });
    }

    fn finish(&self) {}
}
