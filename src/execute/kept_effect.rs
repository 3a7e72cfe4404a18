//! Which rows need not be sent for their effect.

use super::conflicts::GIVES_WAY;
use super::input_rows::NOT_THERE;
use super::outcomes::OutcomeStatus;
use super::skip::Skip;

/// Whether a row that is not sent keeps its effect: what it asks for holds already, or a later row
/// asks for it.
pub(super) fn keeps_effect(skip: &Skip) -> bool {
    match skip {
        Skip::Unchanged { who, .. } => who.is_empty(),
        Skip::Decided(decision) => {
            let code = &*decision.reason.code;
            decision.status == OutcomeStatus::Unchanged && code != NOT_THERE || code == GIVES_WAY
        }
        skip => gives_way(skip),
    }
}

/// Whether a row gives way to a later one, which counts in its place.
pub(super) fn gives_way(skip: &Skip) -> bool {
    matches!(skip, Skip::Skipped { code: GIVES_WAY, .. })
}
