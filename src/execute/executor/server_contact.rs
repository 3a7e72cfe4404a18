//! Whether requests reach the server, and whether it answers.

/// What is known of the server's answers to requests with rows.
#[derive(Debug, Default)]
pub(super) struct ServerContact {
    /// A request reached the server, or may have.
    is_reached: bool,
    /// The server has answered with outcomes.
    has_answered: bool,
    /// Requests left without an answer since the last one that got one.
    unanswered_in_a_row: u32,
}

impl ServerContact {
    /// The server has answered with outcomes.
    pub(super) fn answered(&mut self) {
        *self = Self { is_reached: true, has_answered: true, unanswered_in_a_row: 0 };
    }

    /// The server is there: what goes unanswered from here on is counted anew.
    pub(super) fn is_there(&mut self) {
        self.unanswered_in_a_row = 0;
    }

    /// A request got no answer.
    pub(super) fn unanswered(&mut self) {
        self.unanswered_in_a_row += 1;
    }

    /// A request may have reached the server.
    pub(super) fn may_be_reached(&mut self) {
        self.is_reached = true;
    }

    /// Whether a request reached the server, or may have.
    pub(super) fn is_reached(&self) -> bool {
        self.is_reached
    }

    /// Whether the server has ever answered with outcomes.
    pub(super) fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// Requests left without an answer since the last one that got one.
    pub(super) fn unanswered_in_a_row(&self) -> u32 {
        self.unanswered_in_a_row
    }
}
