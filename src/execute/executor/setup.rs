//! Sets a run up: its input, and what is already known.

use super::Executor;
use super::open_requests::OpenRequests;
use super::out_of_turn::OutOfTurn;
use super::recovered_rows::RecoveredRows;
use super::refusal_streak::RefusalStreak;
use super::run_counts::RunCounts;
use super::run_journal::RunJournal;
use super::server_contact::ServerContact;
use super::suspects::GatewayRefusals;
use super::tasks::Tasks;
use super::uncertain_rows::UncertainRows;
use super::user_knowledge::UserKnowledge;
use super::wait_log::WaitLog;
use super::waits::Waits;
use crate::clock;
use crate::execute::earlier_files::{EarlierFiles, FoundOut};
use crate::execute::found_groups::FoundGroups;
use crate::execute::group_side::{GroupSide, GroupSideForm};
use crate::execute::input_rows::InputRows;
use crate::execute::late::{LateEffects, RunEffects};
use crate::execute::outcomes::Outcomes;
use crate::execute::policy::Policy;
use crate::execute::reporter::Reporter;
use crate::execute::unconfirmed_renames::UnconfirmedRenames;
use crate::execute::users_before::UsersBefore;
use crate::organization::Organization;
use crate::plan::sides::CommandWidth;
use crate::plan::{Plan, Schedule};
use crate::umapi::Client;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::time::Instant;

impl<'r, W: Reporter> Executor<'r, W> {
    /// Creates a run in which no row has been sent.
    pub(crate) fn new(
        input_rows: InputRows<'r>,
        plan: &'r Plan,
        client: Client,
        policy: Policy,
        reporter: W,
    ) -> Self {
        let client_sent_before = client.stats().action_requests;
        let groups = match policy.check_groups {
            true => FoundGroups::that_hold_creations(),
            false => FoundGroups::default(),
        };
        // In test mode nothing is carried out, so there are no late effects.
        let effect_window = policy.effect_window * u32::from(!policy.test_mode);
        let policy = Policy { effect_window, ..policy };
        let late_effects = RunEffects::new(&LateEffects::default(), &policy);
        Self {
            input: input_rows,
            plan,
            client,
            policy,
            reporter,
            began: Instant::now(),
            schedule: Schedule::new(plan),
            out_of_turn: OutOfTurn::default(),
            buffers: Vec::new(),
            requests: OpenRequests::default(),
            tasks: Tasks::default(),
            waits: Waits::default(),
            wait_log: WaitLog::default(),
            journal: RunJournal::default(),
            outcomes: Outcomes::new(plan.rows(), clock::now()),
            counts: RunCounts::new(plan, client_sent_before),
            streak: RefusalStreak::default(),
            contact: ServerContact::default(),
            gateway: GatewayRefusals::default(),
            uncertain_rows: UncertainRows::default(),
            recovered: RecoveredRows::default(),
            late_effects,
            groups,
            group_side: GroupSide::new(GroupSideForm::untested(CommandWidth::Wide)),
            users: UserKnowledge::default(),
            unconfirmed_renames: UnconfirmedRenames::default(),
            earlier_files: EarlierFiles::default(),
            shared_rows: HashSet::new(),
            users_before: UsersBefore::default(),
            list_file: None,
            watched_files: Vec::new(),
            stop: None,
            is_interrupted: false,
        }
    }

    /// Takes a list of the organization before anything was sent.
    #[must_use]
    pub(crate) fn with_organization(mut self, organization: Arc<Organization>) -> Self {
        self.users.add_list(organization);
        self
    }

    /// Shares late effects with other runs: this run waits for those of other files and processes,
    /// and they wait for those of this run. In test mode nothing is carried out.
    #[must_use]
    pub(crate) fn with_late_effects(mut self, effects: &LateEffects) -> Self {
        if !self.policy.test_mode {
            self.late_effects = RunEffects::new(effects, &self.policy);
        }
        self
    }

    /// Starts with what the files before this one have found out. `shared_rows` are the rows about
    /// users whom other files name as well.
    #[must_use]
    pub(crate) fn with_earlier_files(
        mut self,
        news: &EarlierFiles,
        shared_rows: HashSet<u32>,
    ) -> Self {
        let found_out = news.all();
        let FoundOut { missing_groups, uncertain_groups, unconfirmed_renames, users, .. } =
            found_out;
        self.groups.add_there(found_out.groups_there);
        for group in missing_groups {
            self.groups.miss(group);
        }
        self.groups.add_uncertain(uncertain_groups);
        self.unconfirmed_renames = unconfirmed_renames;
        self.users_before = users;
        self.shared_rows = shared_rows;
        self.earlier_files = news.clone();
        self
    }

    /// Begins with this form of group-side commands, which earlier imports have found out.
    #[must_use]
    pub(crate) fn with_group_side(mut self, form: GroupSideForm) -> Self {
        self.group_side = GroupSide::new(form);
        self
    }

    /// Counts requests that were sent for this file before its rows: those that create its groups.
    #[must_use]
    pub(crate) fn with_requests_sent(mut self, requests: u64) -> Self {
        self.counts.add_requests(requests);
        self
    }
}
