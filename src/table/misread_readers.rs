//! Programs that read bytes of one encoding as another, and what they made of names.

use super::charset::Charset;
use super::fit::{fit_of_cell, is_name_of};
use super::letters::Fit;
use super::misread_sign::is_plain;
use super::readings::{EncodingCandidate, candidates};
use super::regions::Region;
use super::single_byte::{IBM437, IBM850};
use encoding_rs::{MACINTOSH, WINDOWS_1251, WINDOWS_1252};
use nohash_hasher::IntMap;
use std::sync::LazyLock;

/// The most bytes of a name that is checked. No user and no group has a longer name, so that such a
/// cell is refused anyway.
pub(super) const LONGEST_NAME: usize = 1024;

/// An encoding that programs read foreign bytes in.
struct Reader {
    /// The byte of each character by its number.
    bytes: IntMap<u32, u8>,
    /// The encodings that the bytes may be in.
    originals: Vec<EncodingCandidate>,
}

/// The readers, the most frequent first. Windows in the West has read files of all countries;
/// others have mostly read those of Windows in the West.
static READERS: LazyLock<Vec<Reader>> = LazyLock::new(|| {
    let western = Charset::Standard(WINDOWS_1252);
    let others = [
        Charset::Standard(MACINTOSH),
        Charset::Standard(WINDOWS_1251),
        Charset::Page(&IBM850),
        Charset::Page(&IBM437),
    ];
    let bytes = |charset: Charset| {
        let byte_of = |byte| Some((u32::from(charset.text(&[byte]).chars().next()?), byte));
        (0x80..=0xff).filter_map(byte_of).collect()
    };
    let reader = |charset: Charset, originals: Vec<EncodingCandidate>| Reader {
        bytes: bytes(charset),
        originals,
    };
    let (windows, rest) = candidates().partition(|original| original.charset.is_of_windows());
    let others = others.into_iter().map(|charset| {
        let of_west = candidates().filter(|original| original.charset == western).collect();
        reader(charset, of_west)
    });
    [reader(western, windows), reader(western, rest)].into_iter().chain(others).collect()
});

/// Returns the only name that the bytes of a text are in another encoding, if it is plainly one.
pub(super) fn original(text: &str) -> Option<String> {
    let found =
        READERS.iter().map(|reader| reader.originals(text)).find(|found| !found.is_empty())?;
    let best = found.iter().map(|(_, fit)| *fit).max()?;
    let mut names = found.into_iter().filter(|(_, fit)| *fit == best).map(|(name, _)| name);
    names.next().filter(|_| names.next().is_none())
}

/// A program that reads bytes of one encoding as another: positions in [`READERS`] and of the
/// original encoding there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Conversion {
    reader: usize,
    original: usize,
}

/// Returns the conversions that make a spoiled name of another one.
pub(super) fn conversions(spoiled: &str, meant: &str) -> Vec<Conversion> {
    let all = READERS.iter().enumerate().flat_map(|(reader, conversion)| {
        (0..conversion.originals.len()).map(move |original| Conversion { reader, original })
    });
    all.filter(|conversion| conversion.read(spoiled).is_some_and(|(name, _)| name == meant))
        .collect()
}

/// Returns the bytes that Windows in the West has read as a text.
pub(super) fn western_bytes_of(text: &str) -> Option<Vec<u8>> {
    READERS.first()?.bytes_of(text)
}

impl Conversion {
    /// Returns the name that this conversion has spoiled, if a text may be such a name.
    pub(super) fn meant(self, text: &str) -> Option<String> {
        if text.is_ascii() || text.len() > LONGEST_NAME {
            return None;
        }
        let reader = READERS.get(self.reader)?;
        let original = reader.originals.get(self.original)?;
        let name = original.charset.text(&reader.bytes_of(text)?).into_owned();
        // Dashes and apostrophes occur in names.
        let has_letters = || text.chars().all(char::is_alphabetic);
        let is_name = || is_name_of(&name, original.region);
        let is_likely = match fit_of_cell(&name, original.region) {
            Fit::Known => is_name(),
            fit @ (Fit::Likely | Fit::Strange) => {
                let is_odd = || fit_of_cell(text, Region::Western) < Fit::Known;
                has_letters() && (fit == Fit::Likely && is_name() || is_odd())
            }
            Fit::Impossible => false,
        };
        (is_likely && name != text && is_plain(&name)).then_some(name)
    }

    fn read(self, text: &str) -> Option<(String, Fit)> {
        let reader = READERS.get(self.reader)?;
        reader.originals.get(self.original)?.name(&reader.bytes_of(text)?)
    }
}

impl Reader {
    /// Returns the bytes that this program has read as a text.
    fn bytes_of(&self, text: &str) -> Option<Vec<u8>> {
        let byte = |c: char| match c.is_ascii() {
            true => u8::try_from(c).ok(),
            false => self.bytes.get(&u32::from(c)).copied(),
        };
        text.chars().map(byte).collect()
    }

    /// Returns the names that the bytes of a text are, if this program has read them, each with how
    /// well it fits.
    fn originals(&self, text: &str) -> Vec<(String, Fit)> {
        let Some(bytes) = self.bytes_of(text) else { return Vec::new() };
        let mut found: Vec<(String, Fit)> = Vec::new();
        for (name, fit) in self.originals.iter().filter_map(|original| original.name(&bytes)) {
            if name != text && is_plain(&name) && found.iter().all(|(other, _)| *other != name) {
                found.push((name, fit));
            }
        }
        found
    }
}
