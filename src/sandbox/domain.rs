//! Domains: their owner decides who may be created and changed.

use super::user::Identity;
use std::collections::BTreeMap;

/// How a domain belongs to the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ownership {
    /// The organization's own, with users of this type.
    Claimed(Identity),
    /// Another organization owns it and lets this one use it.
    Trusted,
    /// No domain is claimed, so all domains are allowed.
    Unasked,
    /// Another organization's.
    Foreign,
}

/// The domains of an organization.
#[derive(Debug, Clone, Default)]
pub(super) struct Domains(BTreeMap<String, Ownership>);

impl Domains {
    /// Adds a domain of the organization, whose users have this type.
    pub(super) fn claim(&mut self, domain: &str, identity: Identity) {
        self.0.insert(domain.to_lowercase(), Ownership::Claimed(identity));
    }

    /// Adds a domain that another organization owns and lets this one use.
    pub(super) fn trust(&mut self, domain: &str) {
        self.0.insert(domain.to_lowercase(), Ownership::Trusted);
    }

    /// Returns the ownership of a domain, which is foreign only if any domain is claimed.
    pub(super) fn of(&self, domain: &str) -> Ownership {
        match self.0.get(&domain.to_lowercase()) {
            Some(ownership) => *ownership,
            None if self.0.values().any(|ownership| matches!(ownership, Ownership::Claimed(_))) => {
                Ownership::Foreign
            }
            None => Ownership::Unasked,
        }
    }

    /// Returns all domains with their owners.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Ownership)> {
        self.0.iter().map(|(domain, ownership)| (domain.as_str(), *ownership))
    }
}
