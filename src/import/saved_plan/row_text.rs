//! The decisions about rows as a short text: one letter for a row that is not sent, and `s` with 16
//! hexadecimal digits for one that is.

use crate::execute::{OutcomeStatus, RowDigest};
use std::fmt::Write;

/// The letters of rows that are not sent, by their statuses.
const LETTERS: [(OutcomeStatus, u8); 7] = [
    (OutcomeStatus::Ok, b'o'),
    (OutcomeStatus::Unchanged, b'u'),
    (OutcomeStatus::Invalid, b'i'),
    (OutcomeStatus::Failed, b'f'),
    (OutcomeStatus::Unknown, b'q'),
    (OutcomeStatus::NotSent, b'n'),
    (OutcomeStatus::Skipped, b'k'),
];
const NOT_ASKED: u8 = b'-';
const SENT: u8 = b's';
/// The digits of a hash.
const DIGITS: usize = 16;

/// Writes the decisions.
pub(super) fn to_text(rows: &[RowDigest]) -> String {
    let mut text = String::with_capacity(rows.len());
    for row in rows {
        match row {
            RowDigest::NotAsked => text.push(char::from(NOT_ASKED)),
            RowDigest::Unsent(status) => {
                let letter = LETTERS.iter().find(|(known, _)| known == status);
                text.extend(letter.map(|(_, letter)| char::from(*letter)));
            }
            RowDigest::Sent(hash) => {
                let _ = write!(text, "{}{hash:016x}", char::from(SENT));
            }
        }
    }
    text
}

/// Reads the decisions; `None` if the text is damaged.
pub(super) fn from_text(text: &str) -> Option<Vec<RowDigest>> {
    let mut rows = Vec::new();
    let mut left = text.as_bytes();
    while let Some((letter, after)) = left.split_first() {
        left = after;
        rows.push(match *letter {
            NOT_ASKED => RowDigest::NotAsked,
            SENT => {
                let (digits, after) = left.split_at_checked(DIGITS)?;
                left = after;
                let is_hash = digits.iter().all(u8::is_ascii_hexdigit);
                let digits = str::from_utf8(digits).ok().filter(|_| is_hash)?;
                RowDigest::Sent(u64::from_str_radix(digits, 16).ok()?)
            }
            letter => {
                let (status, _) = LETTERS.iter().find(|(_, known)| *known == letter)?;
                RowDigest::Unsent(*status)
            }
        });
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_read_as_they_were_written() {
        let unsent = LETTERS.iter().map(|(status, _)| RowDigest::Unsent(*status));
        let sent = [0, 1, u64::MAX].map(RowDigest::Sent);
        let rows: Vec<_> = unsent.chain(sent).chain([RowDigest::NotAsked]).collect();
        assert_eq!(from_text(&to_text(&rows)), Some(rows));
        for damaged in ["x", "s", "s00", "s000000000000000g", "s+00000000000000f", "sé", "é"] {
            assert_eq!(from_text(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn every_status_has_a_letter_of_its_own() {
        for status in OutcomeStatus::ALL {
            assert_eq!(to_text(&[RowDigest::Unsent(status)]).len(), 1, "{status:?}");
        }
    }
}
