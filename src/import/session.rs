//! What every step of an import needs after it is connected.

use crate::execute::Policy;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::groups::GroupServer;
use crate::import::questions::Questions;
use crate::import::reporter::ImportReporter;
use tokio::runtime::Runtime;

/// An import that is connected to an organization.
#[derive(Clone, Copy)]
pub(crate) struct ImportSession<'s> {
    pub(crate) config: &'s ImportConfig,
    pub(crate) connection: &'s Connection,
    pub(crate) runtime: &'s Runtime,
    pub(crate) reporter: &'s dyn ImportReporter,
}

impl<'s> ImportSession<'s> {
    /// Returns how to ask the server.
    pub(crate) fn questions(self) -> Questions<'s> {
        Questions {
            client: &self.connection.client,
            runtime: self.runtime,
            reporter: self.reporter,
        }
    }

    /// Returns how to ask the server about groups, and how to create them.
    pub(crate) fn group_server(self) -> GroupServer<'s> {
        GroupServer {
            connection: self.connection,
            runtime: self.runtime,
            connect: &self.config.connect,
            concurrency: self.config.concurrency,
        }
    }

    /// Whether a request that can change something was sent.
    pub(crate) fn has_sent(self) -> bool {
        self.requests_sent() > 0
    }

    /// Returns the number of requests with commands that were sent so far.
    pub(crate) fn requests_sent(self) -> u64 {
        self.connection.client.stats().action_requests
    }

    /// Returns the policy for sending rows. Each run has its own id.
    pub(crate) fn policy(self) -> Policy {
        let ImportConfig { connect, .. } = self.config;
        Policy {
            concurrency: self.config.concurrency,
            max_attempts: connect.max_attempts,
            retry_wait: connect.retry_wait,
            max_errors: self.config.max_errors,
            test_mode: self.config.test_mode,
            check_groups: !self.config.groups.is_unchecked,
            guard_administrators: !self.config.allow_admins,
            verify_deletes: self.config.verify_deletes,
            timeout: connect.timeout,
            effect_window: self.config.effect_window,
            run_id: format!("{:08x}", fastrand::u32(..)),
        }
    }
}
