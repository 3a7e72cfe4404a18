//! Advice if rows are held back because of a list that may be older than they are.

use crate::import::outdated_advice::{NewList, OutdatedAdvice};
use crate::shell::shell_words;

/// Describes how to get a new list.
pub(super) fn advice_words(advice: &OutdatedAdvice) -> String {
    let again = match &advice.fetch {
        NewList::Over(file) => {
            format!("umbulk export users --out {}", shell_words([file]))
        }
        NewList::Named | NewList::Stored | NewList::StoredAnew => "umbulk export users".to_owned(),
    };
    let by = match &advice.fetch {
        NewList::Over(_) | NewList::StoredAnew => "the same command with --fresh",
        NewList::Named => "the same command with --fresh and the new list",
        NewList::Stored => "the same command",
    };
    let asks = if advice.is_asked_by_import { "`umbulk import` asks the server, or " } else { "" };
    format!(
        "{}. If an address was changed elsewhere since then, the list is too old: {asks}type \
         {again}, then {by}",
        advice.held
    )
}
