//! Whether requests reach the server, and whether it responds.

/// What is known about the server's responses to requests with rows.
#[derive(Debug, Default)]
pub(super) struct ServerContact {
    /// Whether a request reached the server, or may have.
    is_reached: bool,
    /// Whether the server has responded with outcomes.
    has_answered: bool,
    /// The number of consecutive requests without a response.
    unanswered_in_a_row: u32,
}

impl ServerContact {
    /// Records a response with outcomes.
    pub(super) fn answered(&mut self) {
        *self = Self { is_reached: true, has_answered: true, unanswered_in_a_row: 0 };
    }

    /// Records that the server responds, and restarts the count of requests without a response.
    pub(super) fn is_there(&mut self) {
        self.unanswered_in_a_row = 0;
    }

    /// Records a request without a response.
    pub(super) fn unanswered(&mut self) {
        self.unanswered_in_a_row += 1;
    }

    /// Records that a request may have reached the server.
    pub(super) fn may_be_reached(&mut self) {
        self.is_reached = true;
    }

    /// Whether a request reached the server, or may have.
    pub(super) fn is_reached(&self) -> bool {
        self.is_reached
    }

    /// Whether the server has ever responded with outcomes.
    pub(super) fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// Returns the number of consecutive requests without a response.
    pub(super) fn unanswered_in_a_row(&self) -> u32 {
        self.unanswered_in_a_row
    }
}
