//! What holds after a row with this outcome: which names are free, and who exists. Pure.

use super::outcomes::OutcomeStatus;
use crate::change::{EffectPart, RowEffect};
use crate::plan::{Made, RowEnd, RowFootprint};

/// Returns how a row ended, for the names that it frees.
pub(super) fn row_end(footprint: RowFootprint, status: OutcomeStatus, effect: RowEffect) -> RowEnd {
    let is_renamed = effect.has(EffectPart::Updated);
    match status {
        OutcomeStatus::Ok => RowEnd::Done,
        OutcomeStatus::Unchanged if footprint.leaves() => RowEnd::NobodyThere,
        _ if is_renamed && !footprint.leaves() => RowEnd::Done,
        _ => RowEnd::Other,
    }
}

/// Whether the user or group of a row is known to exist after this outcome. `before` is what was
/// known before the row. After a row that may have taken the name away, nothing is known.
pub(super) fn is_there_after(
    footprint: RowFootprint,
    status: OutcomeStatus,
    effect: RowEffect,
    before: Made,
) -> bool {
    let is_refused = status == OutcomeStatus::Failed && !effect.has(EffectPart::Updated);
    let may_be_gone = footprint.ends_name() && !is_refused;
    let is_created = footprint.creates() && status == OutcomeStatus::Ok;
    (before.has(footprint) || is_created) && !may_be_gone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{
        Change, CreateUser, IdentityType, IfExists, Leave, UpdateUser, UserChange,
    };

    fn footprint(user: UserChange<'_>) -> RowFootprint {
        RowFootprint::of(&Change::User(UserChange { user: "a@x.com".into(), ..user }))
    }

    fn rename() -> RowFootprint {
        let update = UpdateUser { email: Some("b@x.com".into()), ..UpdateUser::default() };
        footprint(UserChange { update: Some(update), ..UserChange::default() })
    }

    fn removal() -> RowFootprint {
        footprint(UserChange { leave: Some(Leave::KeepAccount), ..UserChange::default() })
    }

    fn creation() -> RowFootprint {
        let create = CreateUser {
            identity: IdentityType::Federated,
            email: "a@x.com".into(),
            firstname: None,
            lastname: None,
            country: None,
            if_exists: IfExists::Ignore,
        };
        footprint(UserChange { create: Some(create), ..UserChange::default() })
    }

    fn made(footprint: RowFootprint) -> Made {
        let mut made = Made::default();
        made.note(footprint);
        made
    }

    fn is_there(footprint: RowFootprint, status: OutcomeStatus) -> bool {
        is_there_after(footprint, status, RowEffect::NONE, made(footprint))
    }

    #[test]
    fn created_user_is_there_until_a_row_may_have_taken_the_name_away() {
        use OutcomeStatus::{Failed, Ok, Unchanged, Unknown};
        assert!(is_there_after(creation(), Ok, RowEffect::NONE, Made::default()));
        assert!(!is_there_after(creation(), Unknown, RowEffect::NONE, Made::default()));
        for end in [Ok, Unknown, Unchanged] {
            assert!(!is_there(rename(), end), "{end:?}");
            assert!(!is_there(removal(), end), "{end:?}");
        }
        assert!(is_there(rename(), Failed) && is_there(removal(), Failed));
        // Its memberships failed, but the rename before them was carried out.
        let renamed = RowEffect::NONE.with(EffectPart::Updated);
        assert!(!is_there_after(rename(), Failed, renamed, made(rename())));
    }
}
