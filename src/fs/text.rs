//! Text files that people write: lists of names, mappings, settings.

use super::file_error::named;
use encoding_rs::Encoding;
use std::io;
use std::path::Path;

/// Reads a text file in UTF-8, or in what Windows calls Unicode (UTF-16 with a byte order mark,
/// which PowerShell writes with `>`).
///
/// # Errors
/// When it cannot be read, or is in another encoding: names the line.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    std::fs::read(path).and_then(decode).map_err(named(path))
}

fn decode(bytes: Vec<u8>) -> io::Result<String> {
    let wrong = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
        let Some(text) = text else {
            return Err(wrong(format!(
                "it is no text in {}, as its first bytes say",
                encoding.name()
            )));
        };
        return Ok(text.into_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = read.iter().filter(|byte| **byte == b'\n').count() + 1;
        wrong(format!("line {line} is not in UTF-8: save the file as UTF-8"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, mark: [u8; 2], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn text_of_any_editor_is_read() {
        let text = "# bosses\r\nzo\u{eb}@x.com\r\n";
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(text, [0xff, 0xfe], u16::to_le_bytes),
            utf16(text, [0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(decode(bytes).unwrap(), text);
        }
    }

    #[test]
    fn other_encodings_are_refused_with_the_line() {
        let error = decode(b"ann@x.com\nzo\xeb@x.com\n".to_vec()).unwrap_err().to_string();
        assert_eq!(error, "line 2 is not in UTF-8: save the file as UTF-8");
        assert!(decode(vec![0xff, 0xfe, 0x00, 0xd8, b'a', 0]).is_err(), "half a character");
    }
}
