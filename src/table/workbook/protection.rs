//! Recognizes workbooks that are protected by a password, by their bytes. They must be opened with
//! the program that made them.

use std::io::{self, Read};

use memchr::memmem;

use crate::table::text::Utf8Text;

/// The first bytes of an archive's entry, and so of an unprotected new workbook.
pub(super) const ZIP: &[u8] = b"PK\x03\x04";
/// The container of old workbooks, and of protected new ones.
pub(super) const OLE: &[u8] = b"\xD0\xCF\x11\xE0";
/// The number of bytes of a file that are searched.
const SEARCHED: u64 = 32 << 20;
/// The length of a zip entry's header, without its name.
const ENTRY: usize = 30;

/// Whether a workbook is protected.
pub(super) fn is_protected(text: &Utf8Text) -> io::Result<bool> {
    let mut bytes = Vec::new();
    text.reader_from(0).take(SEARCHED).read_to_end(&mut bytes)?;
    Ok(match bytes.starts_with(ZIP) {
        true => is_protected_archive(&bytes),
        false => is_protected_container(&bytes),
    })
}

/// Whether an archive is an encrypted workbook of LibreOffice.
fn is_protected_archive(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"encrypted-package").is_some()
        || manifest(bytes)
            .is_some_and(|manifest| memmem::find(&manifest, b"encryption-data").is_some())
}

/// Returns the list of the parts of a workbook of LibreOffice.
fn manifest(bytes: &[u8]) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"META-INF/manifest.xml";
    const DEFLATED: u16 = 8;
    const MOST: u64 = 1 << 20;
    let name = memmem::find(bytes, NAME)?;
    let entry = bytes.get(name.checked_sub(ENTRY)?..name).filter(|entry| entry.starts_with(ZIP))?;
    let number = |at: usize| u16::from_le_bytes([entry[at], entry[at + 1]]);
    let content = bytes.get(name + NAME.len() + usize::from(number(28))..)?;
    let mut manifest = Vec::new();
    if number(8) == DEFLATED {
        // The bytes that were read before an error are enough.
        let _ = flate2::read::DeflateDecoder::new(content).take(MOST).read_to_end(&mut manifest);
    } else {
        content.take(MOST).read_to_end(&mut manifest).ok()?;
    }
    Some(manifest)
}

/// Whether a container holds an encrypted workbook: a new one as a stream, or an old one whose
/// second record says so ([MS-XLS], `FilePass`).
fn is_protected_container(bytes: &[u8]) -> bool {
    const SECTOR: usize = 512;
    const BEGIN: &[u8] = b"\x09\x08";
    const PASSWORD: &[u8] = b"\x2F\x00";
    let stream: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    memmem::find(bytes, &stream).is_some()
        || bytes.chunks(SECTOR).any(|sector| {
            let [_, _, low, high, rest @ ..] = sector else { return false };
            let len = usize::from(u16::from_le_bytes([*low, *high]));
            sector.starts_with(BEGIN)
                && rest.get(len..).is_some_and(|next| next.starts_with(PASSWORD))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn tell(bytes: &[u8]) -> bool {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        is_protected(&Utf8Text::new(file).unwrap()).unwrap()
    }

    fn container(at: usize, content: &[u8]) -> Vec<u8> {
        let mut bytes = OLE.to_vec();
        bytes.resize(at, 0);
        bytes.extend_from_slice(content);
        bytes
    }

    /// Returns one entry of a zip file.
    fn entry(method: u8, name: &str, content: &[u8]) -> Vec<u8> {
        let mut bytes = ZIP.to_vec();
        bytes.resize(ENTRY, 0);
        (bytes[8], bytes[26]) = (method, u8::try_from(name.len()).unwrap());
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(content);
        bytes
    }

    #[test]
    fn workbooks_that_need_a_password_are_told_apart() {
        let stream: Vec<u8> =
            "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut old = b"\x09\x08\x10\x00".to_vec();
        old.resize(20, 1);
        let plain_old = [&old[..], b"\x42\x00"].concat();
        old.extend_from_slice(b"\x2F\x00\x36\x00");
        let list = b"<manifest:file-entry><manifest:encryption-data/>";
        let mut deflated =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflated.write_all(list).unwrap();
        let name = "META-INF/manifest.xml";
        for (bytes, expected) in [
            (container(1024, &stream), true),
            (container(512, &old), true),
            (container(512, &plain_old), false),
            (container(8, b""), false),
            (entry(8, "xl/workbook.xml", b""), false),
            (entry(0, name, list), true),
            (entry(8, name, &deflated.finish().unwrap()), true),
            (entry(0, name, b"<manifest:file-entry/>"), false),
            (entry(0, "encrypted-package", b""), true),
        ] {
            assert_eq!(tell(&bytes), expected, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }
}
