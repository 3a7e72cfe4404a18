//! The text of an imported file, if corrected rows can be written into it: UTF-8 or Windows-1252,
//! which spreadsheet programs write as "CSV".

use crate::table::Table;
use encoding_rs::WINDOWS_1252;
use std::io;
use xxhash_rust::xxh3::xxh3_128;

/// The text in UTF-8, as the table was read from it.
pub(crate) enum SourceText {
    /// Of a file in UTF-8.
    Utf8(String),
    /// Of a file in Windows-1252.
    Windows1252(String),
}

impl SourceText {
    /// Returns the text of these bytes; `None` if the table was read from another text, because the
    /// file is compressed, a workbook, or in another encoding.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(crate) fn of(bytes: &[u8], table: &Table) -> io::Result<Option<Self>> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Self::Utf8(text.to_owned()),
            Err(_) => {
                let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
                Self::Windows1252(text.into_owned())
            }
        };
        let shown = text.as_str().as_bytes();
        let is_same = shown.len() as u64 == table.len_bytes()
            && xxh3_128(shown) == table.fingerprint()?.1
            && text.bytes_of(text.as_str().to_owned()).is_some_and(|again| again == bytes);
        Ok(is_same.then_some(text))
    }

    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Utf8(text) | Self::Windows1252(text) => text,
        }
    }

    /// Returns the bytes of a changed text; `None` if the encoding of the file lacks a character.
    pub(crate) fn bytes_of(&self, text: String) -> Option<Vec<u8>> {
        match self {
            Self::Utf8(_) => Some(text.into_bytes()),
            Self::Windows1252(_) => {
                let (bytes, _, lacks) = WINDOWS_1252.encode(&text);
                (!lacks).then(|| bytes.into_owned())
            }
        }
    }
}
