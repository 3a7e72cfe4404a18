//! Names and words of the operating system, which need not be UTF-8, stored as text.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A name or word that can be restored exactly from its text. UTF-8 is stored as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OsText(pub OsString);

/// Marks bytes in hexadecimal that are not UTF-8. No name and no word begins with it.
const BYTES: char = '\0';

impl OsText {
    /// Returns the text as a path.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// Serializes a path for people and programs, with replacement characters for what is not
    /// UTF-8.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize_lossy<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&path.to_string_lossy())
    }
}

impl<T: Into<OsString>> From<T> for OsText {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl AsRef<OsStr> for OsText {
    fn as_ref(&self) -> &OsStr {
        &self.0
    }
}

impl Serialize for OsText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0.to_str() {
            Some(text) => to.serialize_str(text),
            None => {
                let hex: String =
                    self.0.as_encoded_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
                to.serialize_str(&format!("{BYTES}{hex}"))
            }
        }
    }
}

impl<'de> Deserialize<'de> for OsText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let Some(hex) = text.strip_prefix(BYTES) else { return Ok(Self(text.into())) };
        let byte =
            |at: usize| hex.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
        bytes.map(from_bytes).ok_or_else(|| serde::de::Error::custom("this is no name"))
    }
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> OsText {
    OsText(std::os::unix::ffi::OsStringExt::from_vec(bytes))
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> OsText {
    OsText(String::from_utf8_lossy(&bytes).into_owned().into())
}

/// For optional fields.
pub(crate) mod lossy_option {
    use super::{OsText, PathBuf};
    use serde::{Serialize, Serializer};

    struct Lossy<'p>(&'p PathBuf);

    impl Serialize for Lossy<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            OsText::serialize_lossy(self.0, to)
        }
    }

    /// Serializes an optional path.
    ///
    /// # Errors
    /// Those of the serializer.
    pub(crate) fn serialize<S: Serializer>(
        path: &Option<PathBuf>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        path.as_ref().map(Lossy).serialize(to)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were_whatever_their_bytes() {
        for bytes in [&b"staff.csv"[..], b"", b"\xffstaff \xe4.csv", "Zo\u{eb}".as_bytes()] {
            let name = from_bytes(bytes.to_vec());
            let text = serde_json::to_string(&name).unwrap();
            assert_eq!(serde_json::from_str::<OsText>(&text).unwrap(), name);
        }
        assert_eq!(serde_json::to_string(&OsText::from("a.csv")).unwrap(), "\"a.csv\"");
        for text in ["\"\\u0000f\"", "\"\\u0000zz\"", "\"\\u0000\u{eb}\""] {
            assert!(serde_json::from_str::<OsText>(text).is_err());
        }
    }
}
