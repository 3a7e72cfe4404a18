//! What the files of a command find out about groups, for the files behind them: one mistyped name
//! leaves one account without its group, and not one a file.

use super::executor::{Executor, Reporter};
use crate::journal::MissingGroup;
use std::sync::{Arc, Mutex, PoisonError};

/// The groups that the server does not know, as the files so far have found out.
#[derive(Debug, Clone, Default)]
pub struct GroupNews(Arc<Mutex<Vec<MissingGroup>>>);

impl GroupNews {
    fn all(&self) -> Vec<MissingGroup> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, all: Vec<MissingGroup>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }
}

impl<W: Reporter> Executor<'_, W> {
    /// Begins with what the files before this one have found out.
    #[must_use]
    pub fn with_group_news(mut self, news: &GroupNews) -> Self {
        for group in news.all() {
            self.groups.miss(group);
        }
        self.group_news = news.clone();
        self
    }

    /// Counts requests that were sent for this file before its rows: those that create its groups.
    #[must_use]
    pub fn with_requests_sent(mut self, requests: u64) -> Self {
        self.client_sent_before = self.client_sent_before.saturating_sub(requests);
        self
    }

    /// Hands on what is known now.
    pub(super) fn report_new_groups(&self) {
        let file = self.input.table.name();
        let known = |group: &MissingGroup| MissingGroup {
            file: group.file.clone().or_else(|| Some(file.to_owned())),
            ..group.clone()
        };
        self.group_news.replace(self.groups.all_missing().map(known).collect());
    }
}
