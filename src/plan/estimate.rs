//! The cost of a plan.

use super::planner::Plan;
use crate::umapi::wire::MAX_COMMANDS;
use crate::umapi::{Pace, Rate};
use std::time::Duration;

/// Commands and requests, if every command succeeds at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Commands to send.
    pub commands: u64,
    /// Requests with these commands.
    pub requests: u64,
}

impl Estimate {
    /// Assumes full requests, unless one user has more commands than there would be requests, or
    /// groups are deleted (one per request).
    pub fn of(plan: &Plan) -> Self {
        let deletions =
            (0..plan.rows()).filter(|row| plan.footprint(*row).deletes_group()).count() as u64;
        Self::new(plan.commands(), plan.longest_chain(), deletions)
    }

    /// Returns a number of requests that no order of these rows goes below, whichever memberships
    /// go as commands of their groups.
    pub(crate) fn fewest_requests(plan: &Plan) -> u64 {
        let deletions =
            (0..plan.rows()).filter(|row| plan.footprint(*row).deletes_group()).count() as u64;
        plan.fewest_commands().div_ceil(MAX_COMMANDS as u64).max(deletions)
    }

    /// Estimates the cost of the rows that are left.
    pub fn of_rest(plan: &Plan, is_left: impl Fn(u32) -> bool) -> Self {
        let deletions = (0..plan.rows())
            .filter(|row| plan.footprint(*row).deletes_group() && is_left(*row))
            .count() as u64;
        let (commands, longest_chain) = plan.commands_left(is_left);
        Self::new(commands, longest_chain, deletions)
    }

    fn new(commands: u64, longest_chain: u64, deletions: u64) -> Self {
        Self {
            commands,
            requests: commands.div_ceil(MAX_COMMANDS as u64).max(longest_chain).max(deletions),
        }
    }

    /// Returns the time if `limit` requests may be sent in each `window`. The first ones are sent
    /// at once.
    pub fn duration(&self, limit: u32, window: Duration) -> Duration {
        Pace::unused(Some(Rate { requests: limit, window }))
            .time_for(self.requests)
            .unwrap_or_default()
    }

    /// Returns the number of requests that are not sent yet, if `rows_left` of `rows` are left and
    /// `in_flight` requests are in flight. Requests for rows that are sent again count, because
    /// their rows are left.
    pub fn requests_left(&self, rows: u64, rows_left: u64, in_flight: u64) -> u64 {
        let product = u128::from(self.requests) * u128::from(rows_left);
        let needed = product.div_ceil(u128::from(rows.max(1)));
        u64::try_from(needed).unwrap_or(u64::MAX).saturating_sub(in_flight)
    }
}

#[cfg(test)]
mod tests {
    use super::super::GroupSidePlan;
    use super::super::tests::{group_deleted, joining, plan};
    use super::*;

    const ESTIMATE: Estimate = Estimate { commands: 1000, requests: 100 };

    #[test]
    fn requests_left_follow_the_rows_left_and_not_the_answers() {
        assert_eq!(ESTIMATE.requests_left(1000, 1000, 0), 100);
        assert_eq!(
            ESTIMATE.requests_left(1000, 991, 0),
            100,
            "nine rows less are no full request less"
        );
        assert_eq!(ESTIMATE.requests_left(1000, 500, 4), 46);
        assert_eq!(ESTIMATE.requests_left(1000, 5, 1), 0);
        assert_eq!(ESTIMATE.requests_left(0, 0, 0), 0);
    }

    /// No plan is told to be worse than it is: the bound counts what commands of groups may save,
    /// and that groups are deleted one per request.
    #[test]
    fn fewest_requests_are_a_bound_of_every_choice() {
        let joins: Vec<_> =
            (0..35).map(|number| joining(&format!("u{number}@x.com"), &["G"])).collect();
        let mut joining_plan = plan(&joins);
        assert_eq!(Estimate::fewest_requests(&joining_plan), 4);
        let group_side = GroupSidePlan { replaceable: 7, ..GroupSidePlan::default() };
        joining_plan.set_group_side(group_side);
        assert_eq!(Estimate::fewest_requests(&joining_plan), 3);
        let deletions = ["G", "H", "I"].map(group_deleted);
        assert_eq!(Estimate::fewest_requests(&plan(&deletions)), 3);
    }

    #[test]
    fn commands_of_groups_take_the_place_of_those_of_their_users() {
        let joins = (0..35).map(|number| joining(&format!("u{number}@x.com"), &["G"]));
        let same_user = joining("u10@x.com", &["H"]);
        let mut plan = plan(&joins.chain([same_user]).collect::<Vec<_>>());
        assert_eq!(Estimate::of(&plan), Estimate { commands: 35, requests: 4 });
        let firsts = (0..30).collect();
        plan.set_group_side(GroupSidePlan { firsts, commands: 3, ..GroupSidePlan::default() });
        assert_eq!(Estimate::of(&plan), Estimate { commands: 8, requests: 1 });
        assert!(plan.is_group_side(29) && !plan.is_group_side(30));
        assert_eq!(plan.group_side().commands, 3);
        // Two thirds of the commands of groups are left, and those of five users.
        let rest = |plan: &Plan| Estimate::of_rest(plan, |row| row >= 10).commands;
        assert_eq!(rest(&plan), 7);
        let firsts = (0..30).collect();
        plan.set_group_side(GroupSidePlan { firsts, commands: 1, ..GroupSidePlan::default() });
        assert_eq!(rest(&plan), 6, "two rows of one user share a command");
    }
}
