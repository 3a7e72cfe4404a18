//! The encodings that umbulk reads: those of browsers, and the code pages 437 and 850 of MS-DOS,
//! which browsers do not have.

use super::pieces::{PIECE, in_pieces};
use encoding_rs::{CoderResult, Encoding, MACINTOSH, SHIFT_JIS, UTF_16BE, UTF_16LE};
use std::borrow::Cow;
use std::io::{self, Read, Write};

/// An encoding other than UTF-32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// An encoding of browsers.
    Standard(&'static Encoding),
    /// Code page 437, of MS-DOS in the United States.
    Ibm437,
    /// Code page 850, of MS-DOS in Western Europe.
    Ibm850,
}

/// How the bytes of a file are decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EncodingChoice {
    /// UTF-8, after a byte order mark of this length.
    Utf8 { mark: usize },
    /// From this encoding.
    Decode(Charset),
    /// From UTF-32.
    Utf32 { big_endian: bool },
}

impl EncodingChoice {
    /// Returns the size of a code unit in bytes.
    pub(super) fn unit(&self) -> u64 {
        match self {
            Self::Utf32 { .. } => 4,
            Self::Decode(Charset::Standard(encoding))
                if [UTF_16LE, UTF_16BE].contains(encoding) =>
            {
                2
            }
            Self::Utf8 { .. } | Self::Decode(_) => 1,
        }
    }
}

/// The characters of the bytes from 0x80 on, in the code pages of MS-DOS.
pub(super) const IBM437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
     áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
     αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
pub(super) const IBM850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
     áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
     └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
     ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

impl Charset {
    /// Returns the encoding with this name, in any letter case.
    pub fn from_label(label: &str) -> Option<Self> {
        let plain: String =
            label.trim().to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.as_str() {
            "cp437" | "ibm437" | "437" | "dos437" => Some(Self::Ibm437),
            "cp850" | "ibm850" | "850" | "dos850" => Some(Self::Ibm850),
            "macroman" => Some(Self::Standard(MACINTOSH)),
            "cp932" | "ms932" => Some(Self::Standard(SHIFT_JIS)),
            _ => Encoding::for_label(label.trim().as_bytes()).map(Self::Standard),
        }
    }

    /// Returns the name, for [`from_label`](Self::from_label).
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard(encoding) => encoding.name(),
            Self::Ibm437 => "IBM437",
            Self::Ibm850 => "IBM850",
        }
    }

    /// Decodes a line. Invalid bytes become U+FFFD.
    pub(super) fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        match self.page() {
            Ok(page) => bytes.iter().map(|byte| character(&page, *byte)).collect(),
            Err(encoding) => encoding.decode_without_bom_handling(bytes).0,
        }
    }

    /// Decodes bytes to UTF-8. Invalid bytes become U+FFFD. Returns whether there were any.
    pub(super) fn decode(self, bytes: impl Read, into: impl Write) -> io::Result<bool> {
        match self.page() {
            Ok(page) => decode_page(bytes, &page, into).map(|()| false),
            Err(encoding) => decode_standard(bytes, encoding, into),
        }
    }

    /// Returns the characters of a code page from 0x80 on, or the encoding that is not a code page.
    fn page(self) -> Result<Vec<char>, &'static Encoding> {
        match self {
            Self::Standard(encoding) => Err(encoding),
            Self::Ibm437 => Ok(IBM437.chars().collect()),
            Self::Ibm850 => Ok(IBM850.chars().collect()),
        }
    }
}

fn character(page: &[char], byte: u8) -> char {
    match byte.checked_sub(0x80) {
        None => char::from(byte),
        Some(at) => page.get(usize::from(at)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

fn decode_page(mut bytes: impl Read, page: &[char], mut into: impl Write) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match bytes.read(&mut piece) {
            Ok(0) => return into.flush(),
            Ok(read) => {
                let text: String =
                    piece[..read].iter().map(|byte| character(page, *byte)).collect();
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
    let mut lossy = false;
    let mut failed = Ok(());
    in_pieces(bytes, |mut piece, last| {
        let len = piece.len();
        loop {
            let (result, read, written, errors) = decoder.decode_to_utf8(piece, &mut text, last);
            lossy |= errors;
            failed = into.write_all(&text[..written]);
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

    #[test]
    fn code_pages_of_dos_have_their_characters() {
        assert_eq!((IBM437.chars().count(), IBM850.chars().count()), (128, 128));
        let bytes = b"Zo\x89 M\x81ller, Gro\xE1, Se\xA0n";
        assert_eq!(Charset::Ibm850.text(bytes), "Zoë Müller, Groß, Seán");
        assert_eq!(Charset::Ibm437.text(bytes), "Zoë Müller, Groß, Seán");
        assert_eq!(
            (Charset::Ibm850.text(b"\xB5\xF5"), Charset::Ibm437.text(b"\xE8\xFB")),
            ("Á§".into(), "Φ√".into())
        );
        let mut decoded = Vec::new();
        assert!(!Charset::Ibm850.decode(&bytes[..], &mut decoded).unwrap());
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
