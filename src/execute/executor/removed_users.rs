//! What the server says about a user right before the user is removed: it may be another person
//! than the list shows under that name, or an administrator by now.

use super::Executor;
use crate::change::{Problem, is_administrative, same_name};
use crate::execute::identity::{is_by_id, told_identity};
use crate::execute::probe::ProbeStatement;
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::plan::{PlannedCommand, TracedStep};
use crate::umapi::wire::{Removal, Root, WireStep};

/// What is known about the user of a command, and what is guarded.
#[derive(Debug, Clone, Copy)]
struct Expectation<'e> {
    /// The identity of the user whom the list shows under the name; `None` if that is unknown.
    identity: Option<&'e str>,
    /// Whether no row may take a role from an administrator.
    guards_administrators: bool,
}

impl<W: Reporter> Executor<'_, W> {
    /// Returns the rows of a command that would remove something from another person than the list
    /// shows, or a role from an administrator, according to an answer about its user.
    pub(super) fn loss_of_another(
        &self,
        prepared: &ReadyCommand,
        statement: &ProbeStatement,
    ) -> Option<(Vec<u32>, Problem)> {
        let Root::User { user, domain, .. } = &prepared.command.root else { return None };
        let listed = self
            .list_of(&prepared.item, &[(user, domain.as_deref())])
            .and_then(|list| told_identity(list, user, domain.as_deref()));
        let expected = Expectation {
            identity: listed.as_deref(),
            guards_administrators: self.policy.guard_administrators,
        };
        objection(&prepared.command, statement, expected)
    }
}

/// Returns the rows that remove something they should not, and why.
fn objection(
    command: &PlannedCommand,
    statement: &ProbeStatement,
    expected: Expectation<'_>,
) -> Option<(Vec<u32>, Problem)> {
    let Root::User { user, .. } = &command.root else { return None };
    let mut removals = command.steps.iter().filter(|step| removes(&step.step));
    if is_another(statement, expected.identity) {
        let rows = removals.flat_map(|step| step.rows.clone()).collect::<Vec<_>>();
        return (!rows.is_empty()).then(|| (rows, another_person(user)));
    }
    let loses = |step: &&TracedStep| !lost_roles(&step.step, &statement.roles).is_empty();
    let step = removals.find(|step| expected.guards_administrators && loses(step))?;
    let roles = lost_roles(&step.step, &statement.roles);
    Some((step.rows.clone(), administrator(user, &roles)))
}

fn removes(step: &WireStep) -> bool {
    matches!(step, WireStep::RemoveFromOrg { .. } | WireStep::Remove(_))
}

/// Whether the server shows another id than the list. Names are no evidence: they change.
fn is_another(statement: &ProbeStatement, expected: Option<&str>) -> bool {
    let told = statement.identity.as_deref().filter(|told| is_by_id(told));
    matches!((told, expected), (Some(told), Some(listed)) if !same_name(told, listed))
}

/// Returns the administrator's roles that a step takes.
fn lost_roles<'r>(step: &WireStep, roles: &'r [String]) -> Vec<&'r str> {
    let is_lost = |role: &&str| match step {
        WireStep::RemoveFromOrg { .. } | WireStep::Remove(Removal::All(_)) => true,
        WireStep::Remove(Removal::Members(members)) => {
            members.group.iter().any(|group| same_name(group, role))
        }
        _ => false,
    };
    roles
        .iter()
        .map(String::as_str)
        .filter(|role| is_administrative(role))
        .filter(is_lost)
        .collect()
}

fn another_person(user: &str) -> Problem {
    let advice = "is another person's name by now: the id on the server is not the one in the \
                  list. The row was not sent. Fetch the list again, and look at the row"
        .to_owned();
    Problem::of_user(user, "other_person", advice)
}

fn administrator(user: &str, roles: &[&str]) -> Problem {
    let advice = format!(
        "is an administrator by now ({}), and would lose that role. The row was not sent: import \
         it again, and umbulk asks about administrators first",
        roles.join(", ")
    );
    Problem::of_user(user, "administrator", advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::wire::{All, WireMembers};

    fn command(steps: Vec<(WireStep, u32)>) -> PlannedCommand {
        let steps = steps.into_iter().map(|(step, row)| TracedStep { step, rows: vec![row] });
        PlannedCommand {
            root: Root::User { user: "ann@x.com".into(), domain: None, use_adobe_id: false },
            steps: steps.collect(),
        }
    }

    fn told(id: &str, roles: &[&str]) -> ProbeStatement {
        ProbeStatement {
            identity: Some(format!("id {id}")),
            names: Vec::new(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        }
    }

    fn from_groups(names: &[&str]) -> WireStep {
        let group = names.iter().map(|name| (*name).to_owned()).collect();
        WireStep::Remove(Removal::Members(WireMembers { group, ..WireMembers::default() }))
    }

    const LEAVES: WireStep = WireStep::RemoveFromOrg { delete_account: true };
    const LISTED: Expectation<'_> =
        Expectation { identity: Some("id 1@X"), guards_administrators: true };

    fn found(
        steps: Vec<(WireStep, u32)>,
        statement: &ProbeStatement,
    ) -> Option<(Vec<u32>, String)> {
        let (rows, problem) = objection(&command(steps), statement, LISTED)?;
        Some((rows, problem.code()))
    }

    #[test]
    fn nothing_is_taken_from_another_person() {
        let other = "invalid.email.other_person".to_owned();
        let add = WireStep::Add(WireMembers::default());
        assert_eq!(found(vec![(LEAVES, 4)], &told("1@x", &[])), None, "letter case");
        assert_eq!(found(vec![(LEAVES, 4)], &told("2@x", &[])), Some((vec![4], other.clone())));
        let several = vec![(add.clone(), 3), (from_groups(&["G"]), 4), (LEAVES, 5)];
        assert_eq!(found(several, &told("2@x", &[])), Some((vec![4, 5], other)));
        assert_eq!(found(vec![(add, 4)], &told("2@x", &[])), None);
        let named = ProbeStatement { identity: Some("named Ann Lee".into()), ..told("", &[]) };
        assert_eq!(found(vec![(LEAVES, 4)], &named), None, "names are no evidence");
    }

    #[test]
    fn no_role_is_taken_from_an_administrator_unless_that_is_allowed() {
        let admin = told("1@X", &["_org_admin", "_developer_A"]);
        let code = "invalid.email.administrator".to_owned();
        let all = WireStep::Remove(Removal::All(All::All));
        for step in [LEAVES, all, from_groups(&["G", "_ORG_admin"])] {
            assert_eq!(found(vec![(step.clone(), 4)], &admin), Some((vec![4], code.clone())));
            let allowed = Expectation { guards_administrators: false, ..LISTED };
            assert_eq!(objection(&command(vec![(step, 4)]), &admin, allowed), None);
        }
        assert_eq!(found(vec![(from_groups(&["G", "_support_admin"]), 4)], &admin), None);
        assert_eq!(found(vec![(LEAVES, 4)], &told("1@X", &["_developer_A", "G"])), None);
    }
}
