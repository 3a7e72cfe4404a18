//! Names that another import has given since the start of the run. The guards of the start do not
//! know who has them now: it may be a protected person or an administrator.

use super::Executor;
use crate::change::{Problem, is_administrative};
use crate::execute::reporter::Reporter;
use crate::execute::request::ReadyCommand;
use crate::plan::{Key, PlannedCommand, TracedStep};
use crate::umapi::wire::{Removal, Root, WireMembers, WireStep};

/// What guards protect during a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ActiveGuards {
    /// Whether there is a list of protected names.
    pub(super) protected: bool,
    /// Whether no row may take a role from an administrator.
    pub(super) administrators: bool,
}

/// What a step takes from somebody, or from a group, whom a guard may protect.
#[derive(Debug, PartialEq, Eq)]
struct GuardedLoss<'c> {
    name: &'c str,
    domain: Option<&'c str>,
    is_group: bool,
    rows: &'c [u32],
}

impl<W: Reporter> Executor<'_, W> {
    /// Returns the rows of a command that would take something from the person or group of a
    /// name that another import has given since the start, if guards are active.
    pub(super) fn loss_under_a_given_name(
        &self,
        prepared: &ReadyCommand,
    ) -> Option<(Vec<u32>, Problem)> {
        let guards = ActiveGuards {
            protected: !self.input.protected.is_empty(),
            administrators: self.policy.guard_administrators,
        };
        let is_given = |key: &Key| self.late_effects.is_given_by_others(*key);
        let losses = guarded_losses(&prepared.command, guards);
        let loss = losses.into_iter().find(|loss| loss.keys().iter().any(is_given))?;
        Some((loss.rows.to_vec(), loss.problem()))
    }
}

impl GuardedLoss<'_> {
    /// Returns the names that another import may have given. The domain of a username that it has
    /// given may be unknown.
    fn keys(&self) -> Vec<Key> {
        if self.is_group {
            return vec![Key::group(self.name)];
        }
        let address = self.domain.map(|domain| format!("{}@{domain}", self.name));
        let own = [Key::user(self.name, self.domain), Key::user(self.name, None)];
        own.into_iter().chain(address.map(|address| Key::user(&address, None))).collect()
    }

    fn problem(&self) -> Problem {
        let whose = match self.is_group {
            true => "a group that is protected or whose administrator would lose a role",
            false => "somebody who is protected or an administrator",
        };
        let advice = format!(
            "is a name that another import has given since this run began, perhaps to {whose}. The \
             row was not sent: import it again, and umbulk checks whose name it is now"
        );
        let (reason, value) = ("renamed_since", self.name.to_owned());
        match self.is_group {
            true => Problem { field: "group", reason, value, advice, waivable: None },
            false => Problem::of_user(self.name, reason, advice),
        }
    }
}

/// Returns what a command takes that these guards may protect.
fn guarded_losses(command: &PlannedCommand, guards: ActiveGuards) -> Vec<GuardedLoss<'_>> {
    command.steps.iter().flat_map(|step| losses_of(&command.root, step, guards)).collect()
}

fn losses_of<'c>(
    root: &'c Root,
    TracedStep { step, rows }: &'c TracedStep,
    guards: ActiveGuards,
) -> Vec<GuardedLoss<'c>> {
    let ActiveGuards { protected, administrators } = guards;
    let takes_role = |names: &[String]| names.iter().any(|name| is_administrative(name));
    let loss = |name, domain, is_group| GuardedLoss { name, domain, is_group, rows };
    match (root, step) {
        (Root::User { user, domain, .. }, WireStep::RemoveFromOrg { .. })
        | (Root::User { user, domain, .. }, WireStep::Remove(Removal::All(_)))
            if protected || administrators =>
        {
            vec![loss(user, domain.as_deref(), false)]
        }
        (Root::User { user, domain, .. }, WireStep::Remove(Removal::Members(members)))
            if protected || administrators && takes_role(&members.group) =>
        {
            vec![loss(user, domain.as_deref(), false)]
        }
        (
            Root::Group { usergroup },
            WireStep::Remove(Removal::Members(WireMembers { user, .. })),
        ) if protected || administrators && is_administrative(usergroup) => {
            user.iter().map(|user| loss(user, None, false)).collect()
        }
        (Root::Group { usergroup }, WireStep::DeleteUserGroup {})
            if protected || administrators =>
        {
            vec![loss(usergroup, None, true)]
        }
        (Root::Group { usergroup }, WireStep::UpdateUserGroup(update))
            if protected && update.name.is_some() =>
        {
            vec![loss(usergroup, None, true)]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::wire::{All, GroupUpdate};

    const PROTECTED: ActiveGuards = ActiveGuards { protected: true, administrators: false };
    const ADMINISTRATORS: ActiveGuards = ActiveGuards { protected: false, administrators: true };
    const NONE: ActiveGuards = ActiveGuards { protected: false, administrators: false };

    fn members(group: &str, user: &str) -> WireMembers {
        let names = |name: &str| {
            let names = Some(name.to_owned()).filter(|name| !name.is_empty());
            names.into_iter().collect()
        };
        WireMembers { group: names(group), user: names(user), ..WireMembers::default() }
    }

    #[test]
    fn guards_are_about_removals_deletions_and_protected_groups() {
        let user =
            Root::User { user: "u".into(), domain: Some("x.com".into()), use_adobe_id: false };
        let of_group = |name: &str| Root::Group { usergroup: name.to_owned() };
        let removes =
            |group: &str, user: &str| WireStep::Remove(Removal::Members(members(group, user)));
        let renames = WireStep::UpdateUserGroup(GroupUpdate {
            name: Some("H".to_owned()),
            ..GroupUpdate::default()
        });
        let (group, role) = (of_group("G"), of_group("_admin_G"));
        for (root, step, by_list, by_role) in [
            (&user, WireStep::RemoveFromOrg { delete_account: true }, true, true),
            (&user, WireStep::Remove(Removal::All(All::All)), true, true),
            (&user, removes("G", ""), true, false),
            (&user, removes("_admin_G", ""), true, true),
            (&user, WireStep::Add(members("G", "")), false, false),
            (&group, removes("", "ann@x.com"), true, false),
            (&role, removes("", "ann@x.com"), true, true),
            (&group, WireStep::DeleteUserGroup {}, true, true),
            (&group, renames, true, false),
        ] {
            let step = TracedStep { step, rows: vec![3] };
            let command = PlannedCommand { root: root.clone(), steps: vec![step] };
            for (guards, expected) in
                [(PROTECTED, by_list), (ADMINISTRATORS, by_role), (NONE, false)]
            {
                let rows: Vec<&[u32]> =
                    guarded_losses(&command, guards).iter().map(|loss| loss.rows).collect();
                assert_eq!(rows, vec![&[3][..]; usize::from(expected)], "{command:?} {guards:?}");
            }
        }
    }

    #[test]
    fn username_is_compared_with_its_domain_and_as_an_address() {
        let loss = GuardedLoss { name: "u", domain: Some("x.com"), is_group: false, rows: &[] };
        let keys = [("u", Some("x.com")), ("u", None), ("u@x.com", None)];
        assert_eq!(loss.keys(), keys.map(|(name, domain)| Key::user(name, domain)));
        let group = GuardedLoss { name: "u", domain: None, is_group: true, rows: &[] };
        assert_eq!(group.keys(), [Key::group("u")]);
    }
}
