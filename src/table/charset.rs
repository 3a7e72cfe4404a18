//! The encodings that umbulk reads: those of browsers, and the code pages of MS-DOS and of old
//! Macintoshes, which browsers do not have.

use super::pieces::{PIECE, in_pieces};
use super::seven_bit::SevenBitEncoding;
use super::single_byte::{CODE_PAGES, CodePage, MAC_CE, MAC_ICELANDIC};
use encoding_rs::{
    BIG5, CoderResult, EUC_KR, Encoding, GBK, ISO_8859_15, MACINTOSH, SHIFT_JIS, UTF_8, UTF_16BE,
    UTF_16LE,
};
use std::borrow::Cow;
use std::io::{self, Read, Write};

/// An encoding other than UTF-32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// An encoding of browsers.
    Standard(&'static Encoding),
    /// A code page.
    Page(&'static CodePage),
    /// An encoding of ASCII bytes.
    SevenBit(SevenBitEncoding),
}

/// How the bytes of a file are decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EncodingChoice {
    /// UTF-8, after a byte order mark of this length.
    Utf8 { mark: usize },
    /// From this encoding. `mark` is the length of a wrong byte order mark of UTF-8 to skip,
    /// usually 0.
    Decode { charset: Charset, mark: usize },
    /// From UTF-32.
    Utf32 { big_endian: bool },
}

impl EncodingChoice {
    /// Decodes a whole file from this encoding.
    pub(super) fn decode(charset: Charset) -> Self {
        Self::Decode { charset, mark: 0 }
    }

    /// Returns the size of a code unit in bytes.
    pub(super) fn unit(&self) -> u64 {
        match self {
            Self::Utf32 { .. } => 4,
            Self::Decode { charset: Charset::Standard(encoding), .. }
                if [UTF_16LE, UTF_16BE].contains(encoding) =>
            {
                2
            }
            Self::Utf8 { .. } | Self::Decode { .. } => 1,
        }
    }
}

impl Charset {
    /// Returns the encoding with this name, in any letter case. Other programs name code pages in
    /// many ways: `cp850`, `850`, `ibm850`, `dos-850`; `mac_latin2`, `x-mac-ce`.
    pub fn from_label(label: &str) -> Option<Self> {
        let plain: String =
            label.trim().to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.as_str() {
            "macroman" | "mac" => return Some(Self::Standard(MACINTOSH)),
            "cp932" | "ms932" => return Some(Self::Standard(SHIFT_JIS)),
            "cp949" | "ms949" | "uhc" => return Some(Self::Standard(EUC_KR)),
            "cp936" => return Some(Self::Standard(GBK)),
            "cp950" => return Some(Self::Standard(BIG5)),
            "latin9" => return Some(Self::Standard(ISO_8859_15)),
            "utf8sig" | "cp65001" => return Some(Self::Standard(UTF_8)),
            "maccentraleurope" | "maclatin2" => return Some(Self::Page(&MAC_CE)),
            "maciceland" => return Some(Self::Page(&MAC_ICELANDIC)),
            _ => {}
        }
        let number = ["cp", "ibm", "dos", ""].iter().find_map(|prefix| plain.strip_prefix(prefix));
        let page = CODE_PAGES.into_iter().find(|page| {
            let own: String =
                page.name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
            own == plain
                || own.strip_prefix('x') == Some(&plain)
                || own.strip_prefix("ibm").is_some_and(|own| number == Some(own))
        });
        page.map(Self::Page)
            .or_else(|| SevenBitEncoding::from_plain_label(&plain).map(Self::SevenBit))
            .or_else(|| Encoding::for_label(label.trim().as_bytes()).map(Self::Standard))
    }

    /// Returns the name, for [`from_label`](Self::from_label).
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard(encoding) => encoding.name(),
            Self::Page(page) => page.name,
            Self::SevenBit(encoding) => encoding.name(),
        }
    }

    /// Whether Windows uses it in some countries.
    pub(super) fn is_of_windows(self) -> bool {
        self.name().starts_with("windows-")
    }

    /// Decodes a line. Invalid bytes become U+FFFD.
    pub(super) fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Standard(encoding) => encoding.decode_without_bom_handling(bytes).0,
            Self::Page(page) => bytes.iter().map(|byte| page.character(*byte)).collect(),
            Self::SevenBit(encoding) => encoding.line(bytes).into(),
        }
    }

    /// Decodes bytes to UTF-8, without a byte order mark. Invalid bytes become U+FFFD. Returns
    /// whether there were any.
    pub(super) fn decode(self, bytes: impl Read, into: impl Write) -> io::Result<bool> {
        match self {
            Self::Standard(encoding) => decode_standard(bytes, encoding, into),
            Self::Page(page) => decode_page(bytes, page, into),
            Self::SevenBit(encoding) => encoding.decode(bytes, into),
        }
    }
}

fn decode_page(mut bytes: impl Read, page: &CodePage, mut into: impl Write) -> io::Result<bool> {
    let characters: Vec<char> = (0..=u8::MAX).map(|byte| page.character(byte)).collect();
    let mut piece = vec![0; PIECE];
    let mut lossy = false;
    loop {
        match bytes.read(&mut piece) {
            Ok(0) => return into.flush().map(|()| lossy),
            Ok(read) => {
                let text: String =
                    piece[..read].iter().map(|byte| characters[usize::from(*byte)]).collect();
                lossy |= text.contains(char::REPLACEMENT_CHARACTER);
                into.write_all(text.as_bytes())?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Decodes bytes to UTF-8. Invalid bytes become U+FFFD. Returns whether there were any.
fn decode_standard(
    bytes: impl Read,
    encoding: &'static Encoding,
    mut into: impl Write,
) -> io::Result<bool> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut text = vec![0; PIECE];
    let (mut lossy, mut begins) = (false, true);
    let mut failed = Ok(());
    in_pieces(bytes, |mut piece, last| {
        let len = piece.len();
        loop {
            let (result, read, written, errors) = decoder.decode_to_utf8(piece, &mut text, last);
            lossy |= errors;
            let marked = text[..written].strip_prefix("\u{feff}".as_bytes()).filter(|_| begins);
            begins &= written == 0;
            failed = into.write_all(marked.unwrap_or(&text[..written]));
            piece = &piece[read..];
            if failed.is_err() {
                return None;
            }
            if result == CoderResult::InputEmpty {
                return Some(len);
            }
        }
    })?;
    failed.and_then(|()| into.flush()).map(|()| lossy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::single_byte::{IBM437, IBM850};

    #[test]
    fn code_pages_of_dos_have_their_characters() {
        for page in CODE_PAGES {
            assert_eq!(page.upper.chars().count(), 128, "{}", page.name);
        }
        let (ibm437, ibm850) = (Charset::Page(&IBM437), Charset::Page(&IBM850));
        let bytes = b"Zo\x89 M\x81ller, Gro\xE1, Se\xA0n";
        assert_eq!(ibm850.text(bytes), "Zoë Müller, Groß, Seán");
        assert_eq!(ibm437.text(bytes), "Zoë Müller, Groß, Seán");
        assert_eq!(
            (ibm850.text(b"\xB5\xF5"), ibm437.text(b"\xE8\xFB")),
            ("Á§".into(), "Φ√".into())
        );
        let mut decoded = Vec::new();
        assert!(!ibm850.decode(&bytes[..], &mut decoded).unwrap());
        assert_eq!(decoded, "Zoë Müller, Groß, Seán".as_bytes());
    }

    #[test]
    fn every_name_is_known_again() {
        for label in [
            "cp437",
            "IBM850",
            "CP-850",
            "850",
            "windows-1251",
            "macintosh",
            "shift_jis",
            " utf-8 ",
            "cp852",
            "cp857",
            "mac_latin2",
            "mac-turkish",
            "x-mac-croatian",
            "latin9",
            "cp949",
            "utf-7",
            "hz-gb-2312",
            "iso-2022-kr",
            "iso-2022-jp",
        ] {
            let charset = Charset::from_label(label).unwrap();
            assert_eq!(
                Charset::from_label(&charset.name().to_lowercase()),
                Some(charset),
                "{label}"
            );
        }
        assert_eq!(Charset::from_label("cp851"), None);
    }
}
