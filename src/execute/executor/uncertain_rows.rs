//! Rows that may have been carried out, although no response says so.

use crate::execute::completion::{Instead, UncertainEffect};
use std::collections::HashMap;

/// The uncertain effect of each row.
#[derive(Debug, Default)]
pub(super) struct UncertainRows(HashMap<u32, UncertainEffect>);

impl UncertainRows {
    /// Marks rows that were sent with an unknown result. Uncertain effects of earlier requests
    /// stay.
    pub(super) fn mark(&mut self, rows: &[u32], effect: &UncertainEffect) {
        for row in rows {
            let instead = match self.0.get(row).map(|known| known.instead) {
                Some(Instead::Nothing) => Instead::Nothing,
                _ => effect.instead,
            };
            self.0.insert(*row, UncertainEffect { instead, ..effect.clone() });
        }
    }

    /// Forgets these rows, because their result is known.
    pub(super) fn forget(&mut self, rows: &[u32]) {
        rows.iter().for_each(|row| drop(self.0.remove(row)));
    }

    /// Returns the number of the request that a row was sent with.
    pub(super) fn request(&self, row: u32) -> Option<u32> {
        self.0.get(&row).map(|effect| effect.request)
    }

    /// Returns why the result of a row is unknown.
    pub(super) fn why(&self, row: u32) -> Option<&str> {
        self.0.get(&row).map(|effect| &*effect.why)
    }

    /// Whether the result of a row is unknown.
    pub(super) fn has(&self, row: u32) -> bool {
        self.0.contains_key(&row)
    }

    /// Returns all of them, in no order.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> {
        self.0.keys().copied()
    }

    /// Takes out the rows whose requests a gateway has all refused: no request has reached the API.
    pub(super) fn take_refused(&mut self) -> Vec<u32> {
        let is_refused =
            |_: &u32, effect: &mut UncertainEffect| effect.instead == Instead::Refusals;
        self.0.extract_if(is_refused).map(|(row, _)| row).collect()
    }

    /// Takes out all of them.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (u32, UncertainEffect)> {
        std::mem::take(&mut self.0).into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(request: u32, instead: Instead) -> UncertainEffect {
        UncertainEffect { request, sent: 1, why: "HTTP 504".into(), instead }
    }

    #[test]
    fn refusal_by_a_gateway_does_not_decide_an_earlier_sending() {
        let mut rows = UncertainRows::default();
        rows.mark(&[1], &effect(1, Instead::Nothing));
        rows.mark(&[1, 2], &effect(2, Instead::Refusals));
        assert_eq!((rows.request(1), rows.why(2)), (Some(2), Some("HTTP 504")));
        assert_eq!(rows.take_refused(), [2]);
        assert!(rows.has(1) && !rows.has(2));
        rows.forget(&[1]);
        assert_eq!(rows.rows().count(), 0);
    }
}
