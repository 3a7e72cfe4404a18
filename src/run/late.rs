//! What the service may still carry out of the files of one command: a later file must not meet it.
//!
//! Inside one file, rows that could collide wait for one another anyway (see [`Schedule`](crate::plan::Schedule)); between files, names are compared.

use crate::plan::{Command, Key};
use crate::umapi::wire::{Members, Removal, Root, Step};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// Effects that may still come, shared by the runs of one command.
#[derive(Debug, Clone, Default)]
pub struct LateEffects(Arc<Mutex<Vec<LateEffect>>>);

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct LateEffect {
    footprint: Footprint,
    until: Instant,
}

impl LateEffects {
    /// The service may still carry this command out until then.
    pub(super) fn add(&self, command: &Command, until: Instant) {
        let mut effects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        effects.retain(|effect| effect.until > Instant::now());
        effects.push(LateEffect { footprint: Footprint::of(command), until });
    }

    /// Those of the runs so far.
    pub(super) fn so_far(&self) -> Vec<LateEffect> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Until when a command must wait for what other files may still have done; `None`: not at all.
pub(super) fn collision(effects: &[LateEffect], command: &Command) -> Option<Instant> {
    let now = Instant::now();
    let mine = Footprint::of(command);
    effects.iter().filter(|effect| effect.until > now && effect.footprint.collides(&mine)).map(|effect| effect.until).max()
}

/// Whom a command changes, and what it relies upon.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Footprint {
    /// Users and groups that are not what they were after it.
    changes: Vec<Key>,
    /// Groups that it only names.
    names: Vec<Key>,
}

impl Footprint {
    fn of(command: &Command) -> Self {
        let mut footprint = Self { changes: Vec::new(), names: Vec::new() };
        let domain = match &command.root {
            Root::User { user, domain, .. } => {
                footprint.changes.push(Key::user(user, domain.as_deref()));
                domain.as_deref()
            }
            Root::Group { usergroup } => {
                footprint.changes.push(Key::group(usergroup));
                None
            }
        };
        for traced in &command.steps {
            match &traced.step {
                Step::AddAdobeId(new) | Step::CreateEnterpriseId(new) | Step::CreateFederatedId(new) => {
                    footprint.changes.push(Key::user(&new.email, None));
                }
                Step::Update(update) => {
                    footprint.changes.extend(update.email.iter().map(|email| Key::user(email, None)));
                    footprint.changes.extend(update.username.iter().map(|name| Key::user(name, domain.filter(|_| !name.contains('@')))));
                }
                Step::UpdateUserGroup(update) => footprint.changes.extend(update.name.iter().map(|name| Key::group(name))),
                Step::Add(members) | Step::Remove(Removal::Members(members)) => footprint.take(members),
                Step::Remove(Removal::All(_)) | Step::RemoveFromOrg { .. } | Step::CreateUserGroup(_) | Step::DeleteUserGroup {} => {}
            }
        }
        footprint
    }

    fn take(&mut self, Members { group, user, .. }: &Members) {
        self.names.extend(group.iter().map(|name| Key::group(name)));
        self.changes.extend(user.iter().map(|name| Key::user(name, None)));
    }

    /// Two commands that only name one group do not meet.
    fn collides(&self, other: &Self) -> bool {
        let shares = |one: &[Key], two: &[Key]| one.iter().any(|key| two.contains(key));
        shares(&self.changes, &other.changes) || shares(&self.changes, &other.names) || shares(&self.names, &other.changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Traced;
    use crate::umapi::wire::UserUpdate;

    fn user(name: &str, step: Step) -> Footprint {
        let root = Root::User { user: name.to_owned(), domain: None, use_adobe_id: false };
        Footprint::of(&Command { root, steps: vec![Traced { step, rows: vec![0] }] })
    }

    fn add(group: &str) -> Step {
        Step::Add(Members { group: vec![group.to_owned()], ..Members::default() })
    }

    #[test]
    fn commands_collide_where_one_changes_what_the_other_names() {
        let leave = || Step::RemoveFromOrg { delete_account: false };
        let rename = Step::Update(UserUpdate { email: Some("new@x.com".to_owned()), ..UserUpdate::default() });
        assert!(user("ann@x.com", leave()).collides(&user("Ann@x.com", add("A"))));
        assert!(!user("ann@x.com", add("A")).collides(&user("bob@x.com", add("A"))));
        assert!(user("old@x.com", rename).collides(&user("new@x.com", leave())));
        let root = Root::Group { usergroup: "a".to_owned() };
        let deletion = Footprint::of(&Command { root, steps: vec![Traced { step: Step::DeleteUserGroup {}, rows: vec![0] }] });
        assert!(deletion.collides(&user("ann@x.com", add("A"))) && user("ann@x.com", add("A")).collides(&deletion));
    }
}
