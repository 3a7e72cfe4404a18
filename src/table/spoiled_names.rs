//! How the names of a table were spoiled, so that a name that may be right alone is refused where
//! other names are certainly spoiled: `Mêdrek` beside `£ukasz` and `Ma³gorzata` was `Mędrek`.

use super::byte_places::first_beyond_ascii;
use super::misread_readers::Conversion;

/// How names of a table were spoiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpoiledNames {
    conversions: Vec<Conversion>,
    /// The first spoiled name, and its line.
    example: String,
    line: u64,
}

/// A name that is doubtful beside the other names of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DoubtfulName<'a> {
    /// What it was if it was spoiled as well.
    pub(crate) meant: String,
    /// A name of the file that is certainly spoiled, and its line.
    pub(crate) example: &'a str,
    pub(crate) line: u64,
}

/// A name that is certainly spoiled.
pub(super) struct SpoiledName {
    pub(super) text: String,
    pub(super) line: u64,
    /// How it may have been spoiled.
    pub(super) conversions: Vec<Conversion>,
}

impl SpoiledNames {
    /// Returns the conversions that have spoiled two different names or more.
    pub(super) fn of(names: &[SpoiledName]) -> Option<Self> {
        let mut counts: Vec<(Conversion, usize, usize)> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            for conversion in &name.conversions {
                match counts.iter_mut().find(|(other, ..)| other == conversion) {
                    Some((_, count, _)) => *count += 1,
                    None => counts.push((*conversion, 1, at)),
                }
            }
        }
        counts.retain(|(_, count, _)| *count > 1);
        counts.sort_by_key(|(conversion, count, _)| (std::cmp::Reverse(*count), *conversion));
        let &(_, _, first) = counts.first()?;
        Some(Self {
            conversions: counts.into_iter().map(|(conversion, ..)| conversion).collect(),
            example: names[first].text.clone(),
            line: names[first].line,
        })
    }

    /// Returns what a name may have been, if it may be spoiled as the other names are.
    pub(super) fn doubt(&self, name: &str) -> Option<DoubtfulName<'_>> {
        let meant = self.conversions.iter().find_map(|conversion| conversion.meant(name))?;
        Some(DoubtfulName { meant, example: &self.example, line: self.line })
    }
}

/// Whether a text has characters that a spoiled name may have.
pub(super) fn may_be_spoiled(text: &[u8]) -> bool {
    first_spoiled(text).is_some()
}

/// Returns where the first character of a text stands that a spoiled name may have. Encodings of
/// one byte have no others, and the most frequent letters of the West are the same in those of
/// Windows.
pub(super) fn first_spoiled(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += first_beyond_ascii(&text[at..])?;
        at += match (text[at], text.get(at + 1)) {
            // Ä É Ó Ö Ü ß ä é ó ö ü
            (
                0xc3,
                Some(0x84 | 0x89 | 0x93 | 0x96 | 0x9c | 0x9f | 0xa4 | 0xa9 | 0xb3 | 0xb6 | 0xbc),
            ) => 2,
            (0xc2..=0xd1 | 0xe2, _) => return Some(at),
            _ => 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_be_spoiled_are_told_by_their_letters() {
        for name in ["Ann", "José", "Müller", "Groß", "山田", "김"] {
            assert!(!may_be_spoiled(name.as_bytes()), "{name}");
            let long = format!("{}{name}", " ".repeat(63));
            assert!(!may_be_spoiled(long.as_bytes()), "{name}");
        }
        for name in ["£ukasz", "Mêdrek", "JosŽ", "Èâàí", "Mu–oz", "Zoë", "Иван"] {
            let long = format!("{}é{name}", " ".repeat(61));
            assert!(may_be_spoiled(long.as_bytes()), "{name}");
        }
    }
}
