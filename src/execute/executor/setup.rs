//! A run before it begins: what it is about, and what is known already.

use super::Executor;
use crate::clock;
use crate::execute::earlier_files::{EarlierFiles, FoundOut};
use crate::execute::found_groups::FoundGroups;
use crate::execute::input_rows::InputRows;
use crate::execute::late::{LateEffects, RunEffects};
use crate::execute::outcomes::{OutcomeStatus, Outcomes};
use crate::execute::policy::Policy;
use crate::execute::probe_answers::ProbeAnswers;
use crate::execute::reporter::Reporter;
use crate::execute::suspects::GatewayRefusals;
use crate::execute::unconfirmed_renames::UnconfirmedRenames;
use crate::execute::users_before::UsersBefore;
use crate::organization::Organization;
use crate::plan::{Estimate, Plan, Schedule};
use crate::umapi::Client;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::Instant;

impl<'r, W: Reporter> Executor<'r, W> {
    /// Everything is still to do.
    pub(crate) fn new(
        input_rows: InputRows<'r>,
        plan: &'r Plan,
        client: Client,
        policy: Policy,
        reporter: W,
    ) -> Self {
        let client_sent_before = client.stats().action_requests;
        let spares_people = policy.check_groups;
        // In test mode nothing is carried out, and nothing late.
        let effect_window = policy.effect_window * u32::from(!policy.test_mode);
        let policy = Policy { effect_window, ..policy };
        let late_effects = RunEffects::new(&LateEffects::default(), &policy);
        Self {
            input: input_rows,
            plan,
            client,
            policy,
            schedule: Schedule::new(plan),
            outcomes: Outcomes::new(plan.rows(), clock::now()),
            reporter,
            groups: FoundGroups::new(spares_people),
            earlier_files: EarlierFiles::default(),
            buffers: Vec::new(),
            fixed: VecDeque::new(),
            in_flight_tasks: JoinSet::new(),
            in_flight: HashMap::new(),
            requests: 0,
            answered: 0,
            response: false,
            no_responses_in_a_row: 0,
            gateway: GatewayRefusals::default(),
            uncertain_rows: HashMap::new(),
            probes: 0,
            repeats: 0,
            held: 0,
            late_rows: HashMap::new(),
            late_effects,
            changed_by_others: HashSet::new(),
            unconfirmed_renames: UnconfirmedRenames::default(),
            shared_rows: HashSet::new(),
            users_before: UsersBefore::default(),
            found_protected: HashMap::new(),
            held_back: Vec::new(),
            held_by_others: 0,
            anything_sent: false,
            streak: (String::new(), 0),
            stop: None,
            is_interrupted: false,
            began: Instant::now(),
            rows: (0..plan.rows()).filter(|row| plan.footprint(*row).is_sent()).count() as u64,
            estimate: Estimate::of(plan),
            counts_before: [0; OutcomeStatus::ALL.len()],
            sent_before: 0,
            client_sent_before,
            sent_noted: 0,
            retry: None,
            late_wait: None,
            journal: None,
            probes_first: 0,
            before_all: None,
            list_file: None,
            watched_files: Vec::new(),
            probe_answers: ProbeAnswers::default(),
            presence_known: HashSet::new(),
            booked: VecDeque::new(),
            on_disk: 0,
            progress: HashMap::new(),
            before: (0, 0),
            pause: None,
        }
    }

    /// Knows from here on who was in the organization before anything was sent.
    #[must_use]
    pub(crate) fn with_organization(mut self, organization: Arc<Organization>) -> Self {
        self.before_all = Some(organization);
        self
    }

    /// Keeps clear of what the service may still carry out of other files, and tells the runs of
    /// others what it may of this one. In test mode nothing is carried out.
    #[must_use]
    pub(crate) fn with_late_effects(mut self, effects: &LateEffects) -> Self {
        if !self.policy.test_mode {
            self.late_effects = RunEffects::new(effects, &self.policy);
        }
        self
    }

    /// Begins with what the files before this one have found out. `shared_rows` are about users
    /// whom other files name too.
    #[must_use]
    pub(crate) fn with_earlier_files(
        mut self,
        news: &EarlierFiles,
        shared_rows: HashSet<u32>,
    ) -> Self {
        let FoundOut { missing_groups, uncertain_groups, unconfirmed_renames, users, .. } =
            news.all();
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

    /// Counts requests that were sent for this file before its rows: those that create its groups.
    #[must_use]
    pub(crate) fn with_requests_sent(mut self, requests: u64) -> Self {
        self.client_sent_before = self.client_sent_before.saturating_sub(requests);
        self
    }
}
