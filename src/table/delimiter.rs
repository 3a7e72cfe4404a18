//! The delimiters of tables.

/// A delimiter, with its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delimiter {
    pub(super) byte: u8,
    /// Its name in options.
    pub(super) name: &'static str,
    /// The name of several.
    pub(super) plural: &'static str,
}

/// The delimiters to try, the most common first.
pub(super) const DELIMITERS: [Delimiter; 4] = [
    Delimiter { byte: b',', name: "comma", plural: "commas" },
    Delimiter { byte: b';', name: "semicolon", plural: "semicolons" },
    Delimiter { byte: b'\t', name: "tab", plural: "tabs" },
    Delimiter { byte: b'|', name: "pipe", plural: "pipes" },
];

impl Delimiter {
    /// Whether a byte is one of them.
    pub(super) fn is_one(byte: u8) -> bool {
        DELIMITERS.iter().any(|delimiter| delimiter.byte == byte)
    }
}
