//! The requests of a run that are being recorded or are in flight.

use crate::execute::completion::PreparedRequest;
use crate::journal::Moment;
use std::collections::{HashMap, VecDeque};

/// Requests without a response, by their numbers.
#[derive(Debug, Default)]
pub(super) struct OpenRequests {
    /// The number of the last request. Numbers start at 1.
    last: u32,
    open: HashMap<u32, RowsInFlight>,
    /// Requests that are being recorded in the journal before they are sent.
    booked: VecDeque<BookedRequest>,
}

/// A request that is being recorded.
#[derive(Debug)]
struct BookedRequest {
    /// The number of its entry in the journal.
    entry: u64,
    /// When it is sent, according to the entry.
    at: Moment,
    request: PreparedRequest,
}

/// What must be known about a request in flight when it is given up.
#[derive(Debug)]
struct RowsInFlight {
    /// The rows, with how often each was sent.
    rows: Vec<(u32, u32)>,
    follow_up: FollowUp,
    /// Whether it may have reached the server. Before, it is recorded, or waits for the limit.
    may_have_left: bool,
}

/// Whether other rows may be sent after the response to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FollowUp {
    /// Its rows need more commands, or other rows wait for them.
    More,
    /// Nothing.
    Nothing,
}

impl OpenRequests {
    /// Continues the numbers after this one, the last of an earlier part of the run.
    pub(super) fn count_from(&mut self, last: u32) {
        self.last = last;
    }

    /// Opens the next request with these rows, each with its number of attempts. Returns the number
    /// of the request.
    pub(super) fn open(&mut self, rows: Vec<(u32, u32)>, follow_up: FollowUp) -> u32 {
        self.last += 1;
        self.open.insert(self.last, RowsInFlight { rows, follow_up, may_have_left: false });
        self.last
    }

    /// Holds the request until this entry of the journal is on disk, which says that it is sent at
    /// that time.
    pub(super) fn book(&mut self, entry: u64, at: Moment, request: PreparedRequest) {
        self.booked.push_back(BookedRequest { entry, at, request });
    }

    /// Returns the next request that may be sent, if at most `most` are in flight and the journal
    /// is on disk up to this entry; with the time at which it is sent, according to the journal.
    pub(super) fn next_to_send(
        &mut self,
        most: usize,
        on_disk: u64,
    ) -> Option<(Moment, PreparedRequest)> {
        let in_flight = self.open.len() - self.booked.len();
        let is_due = self.booked.front().is_some_and(|booked| booked.entry <= on_disk);
        if in_flight >= most || !is_due {
            return None;
        }
        let BookedRequest { at, request, .. } = self.booked.pop_front()?;
        if let Some(in_flight) = self.open.get_mut(&request.number) {
            in_flight.may_have_left = true;
        }
        Some((at, request))
    }

    /// Records that nothing of a request was done, as a 429 proves: it waits to be sent again.
    pub(super) fn not_sent(&mut self, number: u32) {
        if let Some(in_flight) = self.open.get_mut(&number) {
            in_flight.may_have_left = false;
        }
    }

    /// Gives up the requests that were not sent. Returns their numbers.
    pub(super) fn cancel_booked(&mut self) -> Vec<u32> {
        let numbers = self.booked.drain(..).map(|booked| booked.request.number).collect::<Vec<_>>();
        numbers.iter().for_each(|number| self.close(*number));
        numbers
    }

    /// Closes a request: its response has come, or nothing waits for it any more.
    pub(super) fn close(&mut self, number: u32) {
        self.open.remove(&number);
    }

    /// Returns the number of all requests without a response.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether every request got its response.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether no request waits to be recorded.
    pub(super) fn has_none_booked(&self) -> bool {
        self.booked.is_empty()
    }

    /// Whether other rows may be sent after the response to one of them.
    pub(super) fn have_followers(&self) -> bool {
        self.open.values().any(|request| request.follow_up == FollowUp::More)
    }

    /// Returns the rows of all of them.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> {
        self.open.values().flat_map(|request| request.rows.iter().map(|(row, _)| *row))
    }

    /// Gives all of them up. Returns the number of each that may have reached the server, with its
    /// rows and their numbers of attempts.
    pub(super) fn give_up(&mut self) -> impl Iterator<Item = (u32, Vec<(u32, u32)>)> {
        let open = std::mem::take(&mut self.open).into_iter();
        open.filter(|(_, request)| request.may_have_left)
            .map(|(number, request)| (number, request.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(number: u32) -> PreparedRequest {
        let (items, group_commands) = (Vec::new(), Vec::new());
        PreparedRequest { number, items, group_commands, mark: None, permit: None, delay: 0 }
    }

    #[test]
    fn request_leaves_when_it_is_on_disk_and_there_is_room() {
        let mut requests = OpenRequests::default();
        requests.count_from(7);
        for entry in [3, 5] {
            let number = requests.open(vec![(0, 1)], FollowUp::Nothing);
            requests.book(entry, Moment::now(), request(number));
        }
        let next = |requests: &mut OpenRequests, most, on_disk| {
            requests.next_to_send(most, on_disk).map(|(_, request)| request.number)
        };
        assert_eq!(next(&mut requests, 2, 2), None, "it is not on disk");
        assert_eq!(next(&mut requests, 1, 5), Some(8));
        assert_eq!(next(&mut requests, 1, 5), None, "there is no room");
        assert!(!requests.have_followers() && requests.len() == 2);
        let waiting = requests.open(vec![(5, 1)], FollowUp::Nothing);
        assert_eq!((waiting, requests.len()), (10, 3), "it waits for the limit");
        assert_eq!(requests.cancel_booked(), [9]);
        assert_eq!(requests.give_up().collect::<Vec<_>>(), [(8, vec![(0, 1)])]);
    }

    #[test]
    fn request_that_was_throttled_has_done_nothing() {
        let mut requests = OpenRequests::default();
        let number = requests.open(vec![(0, 1)], FollowUp::Nothing);
        requests.book(0, Moment::now(), request(number));
        assert!(requests.next_to_send(1, 0).is_some());
        requests.not_sent(number);
        assert_eq!((requests.len(), requests.give_up().count()), (1, 0));
    }
}
