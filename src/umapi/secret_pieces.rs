//! The beginning and the end of a secret, which some servers show so that people recognize it.
//! Pure.

use memchr::memmem::Finder;
use std::ops::Range;

/// A secret whose pieces are searched for.
pub(super) struct SecretPieces {
    secret: Vec<u8>,
    begin: Finder<'static>,
    end: Finder<'static>,
}

/// A shorter secret has no pieces that certainly belong to it.
const SHORTEST: usize = 24;
const BEGIN: usize = 16;
const END: usize = 12;

impl SecretPieces {
    /// Returns the pieces; `None` for a secret that is too short, and for one beyond ASCII, whose
    /// letters could be cut.
    pub(super) fn of(secret: &str) -> Option<Self> {
        let secret = secret.as_bytes().to_vec();
        if secret.len() < SHORTEST || !secret.is_ascii() {
            return None;
        }
        let begin = Finder::new(&secret[..BEGIN]).into_owned();
        let end = Finder::new(&secret[secret.len() - END..]).into_owned();
        Some(Self { secret, begin, end })
    }

    /// Returns the ranges with at least the first 16 or the last 12 bytes of the secret, extended
    /// by as much of the secret as follows or precedes.
    pub(super) fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let begins = self.begin.find_iter(text).map(|at| {
            let more = text[at + BEGIN..].iter().zip(&self.secret[BEGIN..]);
            at..at + BEGIN + more.take_while(|(one, other)| one == other).count()
        });
        let ends = self.end.find_iter(text).map(|at| {
            let before = &self.secret[..self.secret.len() - END];
            let more = text[..at].iter().rev().zip(before.iter().rev());
            at - more.take_while(|(one, other)| one == other).count()..at + END
        });
        begins.chain(ends).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_as_far_as_they_go() {
        const SECRET: &str = "p8e-Zx9q47Kd0vXw31Lm-Trs6";
        let pieces = SecretPieces::of(SECRET).unwrap();
        let found = |text: &str| {
            let places = pieces.places(text.as_bytes());
            places.into_iter().map(|place| text[place].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("you said p8e-Zx9q47Kd0vXw..."), ["p8e-Zx9q47Kd0vXw"]);
        assert_eq!(found("p8e-Zx9q47Kd0vXw31?"), ["p8e-Zx9q47Kd0vXw31"]);
        assert_eq!(found("…vXw31Lm-Trs6"), ["vXw31Lm-Trs6"]);
        assert_eq!(found("…d0vXw31Lm-Trs6"), ["d0vXw31Lm-Trs6"]);
        assert_eq!(found("p8e-Zx9q and Trs6"), [""; 0]);
        assert!(SecretPieces::of("short").is_none());
    }
}
