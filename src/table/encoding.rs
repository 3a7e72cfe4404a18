//! Finds the encoding of a file.

use std::io::{self, Read};

use encoding_rs::{Encoding, GB18030, ISO_2022_JP, UTF_8, WINDOWS_1252};
use memchr::memchr_iter;

use super::census::{Census, RawCell, TextPlace};
use super::charset::{Charset, EncodingChoice};
use super::fit::fits_in_utf8;
use super::pieces::{PIECE, in_pieces};
use super::readings::{Misfit, Reading, closest, readings};
use super::regions::{Region, region_of};
use super::seven_bit::SevenBitEncoding;
use super::text::Utf8Text;
use super::wide::wide;

/// The byte order mark of UTF-8, as a program has written it that has read it as Windows-1252.
const MISREAD_MARK: &[u8] = "ï»¿".as_bytes();

/// Returns the encoding according to the first bytes and the user; `None` if neither shows it.
pub(super) fn declared(first: &[u8], asked: Option<Charset>) -> Option<EncodingChoice> {
    if let Some(reading) = wide(first).filter(|_| asked.is_none()) {
        return Some(reading);
    }
    if let Some(encoding) = by_rare_mark(first) {
        return Some(EncodingChoice::decode(encoding));
    }
    if first.starts_with(MISREAD_MARK) {
        return Some(EncodingChoice::Utf8 { mark: MISREAD_MARK.len() });
    }
    match (Encoding::for_bom(first), asked) {
        (Some((encoding, mark)), _) if encoding == UTF_8 => Some(EncodingChoice::Utf8 { mark }),
        (Some((encoding, _)), _) => Some(EncodingChoice::decode(Charset::Standard(encoding))),
        (None, Some(Charset::Standard(encoding))) if encoding == UTF_8 => {
            Some(EncodingChoice::Utf8 { mark: 0 })
        }
        (None, Some(encoding)) => Some(EncodingChoice::decode(encoding)),
        (None, None) => None,
    }
}

/// Returns the encoding of a byte order mark that browsers do not know: GB18030 and UTF-7.
fn by_rare_mark(first: &[u8]) -> Option<Charset> {
    match first {
        [0x84, 0x31, 0x95, 0x33, ..] => Some(Charset::Standard(GB18030)),
        [b'+', b'/', b'v', b'8' | b'9' | b'+' | b'/', ..] => {
            Some(Charset::SevenBit(SevenBitEncoding::Utf7))
        }
        _ => None,
    }
}

/// A guessed encoding, which the user should confirm: the names in the file show whether it is
/// right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnconfirmedEncoding {
    /// The name of the encoding, for `--encoding`.
    pub encoding: &'static str,
    /// Two or three cells in this encoding: those that another one reads differently, if any.
    pub samples: Vec<String>,
    /// Another encoding in which the cells look like names, with the same cells.
    pub or: Option<(&'static str, Vec<String>)>,
    /// Whether no other encoding can be right, so that only the user's consent is missing.
    pub is_certain: bool,
    /// The first place that is not UTF-8, if the file claims to be UTF-8 by a byte order mark.
    pub broken_claim: Option<TextPlace>,
}

/// What the bytes of a file show about its encoding, whatever a byte order mark says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Guess {
    Utf8,
    /// Windows-1252, with names that look right.
    Western {
        /// The first line that is not UTF-8.
        line: u64,
        samples: Vec<String>,
    },
    Other(Charset, UnconfirmedEncoding),
    /// Some lines are UTF-8 beyond ASCII, and some are not UTF-8.
    Mixed {
        utf8: Vec<u64>,
        others: Vec<u64>,
    },
    /// No encoding reads all cells like names.
    None(Misfit),
}

/// Guesses the encoding of bytes without a byte order mark, from all of them.
pub(super) fn detect(text: &Utf8Text) -> io::Result<Guess> {
    let mut escaped = None;
    let find_escape = |piece: &[u8]| escaped = escaped.or_else(|| escape_in(piece));
    if each_piece_of_utf8(text.reader_from(0), find_escape)? {
        return escaped.map_or(Ok(Guess::Utf8), |charset| guess_of_escaped(text, charset));
    }
    let census = Census::of(text.reader_from(0))?;
    Ok(match guess_of(&census, text)? {
        Guess::Other(charset, guess)
            if guess.is_certain && charset.name() == WINDOWS_1252.name() =>
        {
            let line = census.bad_lines.first().copied().unwrap_or(1);
            Guess::Western { line, samples: guess.samples }
        }
        guess => guess,
    })
}

/// Guesses the encoding of bytes that have the byte order mark of UTF-8, `mark` bytes long. If they
/// are not UTF-8, the user must confirm another encoding: the mark speaks against it.
pub(super) fn detect_marked(text: &Utf8Text, mark: usize) -> io::Result<Guess> {
    if is_utf8_behind(mark, text)? {
        return Ok(Guess::Utf8);
    }
    let census = Census::of(text.reader_from(mark as u64))?;
    let broken_claim = census.first_bad;
    Ok(match guess_of(&census, text)? {
        Guess::Other(charset, guess) => {
            Guess::Other(charset, UnconfirmedEncoding { is_certain: false, broken_claim, ..guess })
        }
        guess => guess,
    })
}

/// Whether bytes behind a byte order mark, `mark` bytes long, are UTF-8.
pub(super) fn is_utf8_behind(mark: usize, text: &Utf8Text) -> io::Result<bool> {
    each_piece_of_utf8(text.reader_from(mark as u64), |_| {})
}

/// Guesses the encoding of a text that is not UTF-8. Windows-1252 is one among others here.
fn guess_of(census: &Census, text: &Utf8Text) -> io::Result<Guess> {
    let western = Charset::Standard(WINDOWS_1252);
    let region = region_of(census.samples.iter().map(|line| western.text(line)));
    let readings = readings(&census.cells, region);
    if census.good > 0 && !is_utf8_by_chance(census, readings.first(), region) {
        let (utf8, others) = (census.good_lines.clone(), census.bad_lines.clone());
        return Ok(Guess::Mixed { utf8, others });
    }
    let Some((best, others)) = readings.split_first() else {
        return Ok(Guess::None(closest(&census.cells, region)));
    };
    if best.is_mostly_strange() {
        return Ok(Guess::None(closest(&census.cells, region)));
    }
    let rival = best.rival(others, &census.cells, region);
    let is_certain =
        rival.is_none() && best.is_likely_right(region) && is_confirmed(best.charset, text)?;
    let unconfirmed = UnconfirmedEncoding {
        encoding: best.charset.name(),
        samples: samples(&census.cells, best, rival),
        or: rival.map(|rival| {
            (rival.charset.name(), samples_of(&census.cells, best, Some(rival), rival.charset))
        }),
        is_certain,
        broken_claim: None,
    };
    Ok(Guess::Other(best.charset, unconfirmed))
}

/// Whether the frequency of characters confirms an encoding of two bytes per character: short names
/// in one of them may be names in another one.
fn is_confirmed(charset: Charset, text: &Utf8Text) -> io::Result<bool> {
    let Charset::Standard(encoding) = charset else { return Ok(true) };
    if encoding.is_single_byte() {
        return Ok(true);
    }
    let mut detector = chardetng::EncodingDetector::new();
    in_pieces(text.reader_from(0), |piece, last| {
        detector.feed(piece, last);
        Some(piece.len())
    })?;
    Ok(detector.guess(None, false) == encoding)
}

/// Returns the encoding of the first escape sequence in a piece of valid UTF-8. Mail programs write
/// Japanese and Korean in ASCII, with escape sequences.
fn escape_in(piece: &[u8]) -> Option<Charset> {
    memchr_iter(ESCAPE, piece).find_map(|at| by_escape(&piece[at + 1..]))
}

/// Guesses the encoding of a text with such escape sequences.
fn guess_of_escaped(text: &Utf8Text, charset: Charset) -> io::Result<Guess> {
    let mut first = vec![0; PIECE];
    let len = text.read_at(&mut first, 0)?;
    let mut samples: Vec<String> = Vec::new();
    for line in first[..len].split(|byte| *byte == b'\n').filter(|line| line.contains(&b'@')) {
        let line = charset.text(line);
        let cells = line.split([',', ';', '\t']).map(str::trim);
        samples.extend(cells.filter(|cell| !cell.is_ascii()).map(sample));
    }
    samples.truncate(SAMPLES);
    let is_certain = !samples.is_empty();
    let encoding = charset.name();
    let unconfirmed =
        UnconfirmedEncoding { encoding, samples, or: None, is_certain, broken_claim: None };
    Ok(Guess::Other(charset, unconfirmed))
}

const ESCAPE: u8 = 0x1b;

/// Returns the encoding of an escape sequence.
fn by_escape(sequence: &[u8]) -> Option<Charset> {
    match sequence {
        [b'$', b')', b'C', ..] => Some(Charset::SevenBit(SevenBitEncoding::Iso2022Kr)),
        [b'$', b'B' | b'@', ..] | [b'(', b'J' | b'I', ..] => Some(Charset::Standard(ISO_2022_JP)),
        _ => None,
    }
}

/// Whether the lines that are valid UTF-8 are so by chance: another encoding reads all cells well,
/// and as UTF-8 these lines do not, or they are too short for a sign of UTF-8.
fn is_utf8_by_chance(census: &Census, best: Option<&Reading>, region: Option<Region>) -> bool {
    let in_utf8 = census.cells.iter().filter_map(|cell| std::str::from_utf8(&cell.bytes).ok());
    best.is_some_and(|best| best.is_likely(region))
        && (census.may_be_chance() || in_utf8.map(fits_in_utf8).any(|fits| !fits))
}

/// The most cells that are shown.
const SAMPLES: usize = 3;

/// Returns two or three cells that show whether a reading is right.
fn samples(cells: &[RawCell], best: &Reading, rival: Option<&Reading>) -> Vec<String> {
    samples_of(cells, best, rival, best.charset)
}

/// Returns these cells as an encoding reads them.
fn samples_of(
    cells: &[RawCell],
    best: &Reading,
    rival: Option<&Reading>,
    charset: Charset,
) -> Vec<String> {
    let telling = best.telling_cells(rival, cells);
    telling.into_iter().take(SAMPLES).map(|at| sample(&charset.text(&cells[at].bytes))).collect()
}

/// Returns the part of a cell to show: not more than a short one, and only what is visible.
fn sample(cell: &str) -> String {
    const LONGEST: usize = 40;
    let cell = cell.split('|').map(str::trim).find(|part| !part.is_ascii()).unwrap_or(cell);
    let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    cell.chars().take(LONGEST).map(visible).collect()
}

/// Passes bytes to `look` piece by piece, as long as they are valid UTF-8. Returns whether all are.
fn each_piece_of_utf8(bytes: impl Read, mut look: impl FnMut(&[u8])) -> io::Result<bool> {
    let mut good = true;
    in_pieces(bytes, |piece, last| match simdutf8::compat::from_utf8(piece) {
        Ok(_) => {
            look(piece);
            Some(piece.len())
        }
        Err(error) if error.error_len().is_none() && !last => {
            look(&piece[..error.valid_up_to()]);
            Some(error.valid_up_to())
        }
        Err(_) => {
            good = false;
            None
        }
    })?;
    Ok(good)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use encoding_rs::MACINTOSH;

    use super::*;
    use crate::table::single_byte::IBM850;

    fn guessed(bytes: &[u8]) -> Guess {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        detect(&Utf8Text::new(file).unwrap()).unwrap()
    }

    fn guessed_in(encoding: &'static Encoding, text: &str) -> Guess {
        guessed(&encoding.encode(text).0)
    }

    #[test]
    fn western_names_are_windows_1252() {
        for text in [
            "email\r\na\r\n\r\nZoë\r\n",
            "email,firstname,lastname\nj@x.com,José,Peña\nr@x.com,Renée,Noël\n\
             j@x.com,Jürgen,Groß\n",
            "email;name\na@x.com;Åsa Öberg\nb@x.com;Søren Bjørn\nc@x.com;FRANÇOIS \
             LEFÈVRE\nd@x.com;Seán Ó Briain\n",
            "email;name\na@x.com;Muñoz\nb@x.com;Conceição\nc@x.com;O’Brien\nd@x.com;Håkon\n",
        ] {
            let guess = guessed_in(WINDOWS_1252, text);
            assert!(matches!(guess, Guess::Western { .. }), "{text}: {guess:?}");
        }
        assert_eq!(
            guessed(b"email\r\na\r\n\r\nZo\xEB\r\n"),
            Guess::Western { line: 4, samples: vec!["Zoë".to_owned()] }
        );
    }

    #[test]
    fn western_lines_beside_one_of_two_bytes_disagree() {
        for label in ["gbk", "euc-kr", "euc-jp"] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let other = if label == "euc-kr" { "민수,김" } else { "健一,佐藤" };
            let mut bytes =
                "email,name\na@x.com,Zoë,Åberg\nb@x.com,Siân,Lee\nc@x.com,".as_bytes().to_vec();
            bytes.extend_from_slice(&encoding.encode(other).0);
            let Guess::Mixed { utf8, others } = guessed(&bytes) else { panic!("{label}") };
            assert_eq!((utf8, others), (vec![2, 3], vec![4]), "{label}");
        }
    }

    #[test]
    fn other_encodings_are_named_and_shown() {
        for (label, text, sample) in [
            (
                "windows-1251",
                "email;firstname;lastname\r\nc1@example.com;Иван;Петров\r\n\
                 c2@example.com;Анна;Орлова\r\n",
                "Иван",
            ),
            (
                "shift_jis",
                "email,firstname,lastname\r\ns1@example.com,太郎,山田\r\ns2@example.com,花子,鈴木\r\n\
                 s3@example.com,健一,佐藤\r\n",
                "太郎",
            ),
            (
                "gbk",
                "email,firstname,lastname\r\ns1@example.com,伟,王\r\ns2@example.com,秀英,李娜\r\n\
                 s3@example.com,建国,张敏\r\n",
                "伟",
            ),
            (
                "windows-1253",
                "email,firstname,lastname\r\ns1@example.com,Ελένη,Παπαδοπούλου\r\n\
                 s2@example.com,Γιώργος,Νικολάου\r\n",
                "Ελένη",
            ),
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let Guess::Other(found, unconfirmed) = guessed_in(encoding, text) else {
                panic!("{label}: {:?}", guessed_in(encoding, text))
            };
            assert_eq!(
                (found.name(), unconfirmed.samples[0].as_str()),
                (encoding.name(), sample),
                "{label}"
            );
        }
        for label in ["windows-1250", "macintosh", "iso-8859-2"] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let text = if label == "macintosh" {
                "email,name\na@x.com,Renée Müller\nb@x.com,José Núñez\n"
            } else {
                "email,name\na@x.com,Łukasz Wójcik\nb@x.com,Jiří Dvořák\nc@x.com,Małgorzata \
                 Gąsior\n"
            };
            let guess = guessed_in(encoding, text);
            assert!(matches!(guess, Guess::Other(..)), "{label}: {guess:?}");
        }
    }

    #[test]
    fn code_pages_of_dos_are_told_from_macintoshes() {
        let ibm850 = Charset::Page(&IBM850);
        let dos = |text: &str| {
            let byte =
                |c: char| (0..=255).find(|byte| *ibm850.text(&[*byte]) == *c.to_string()).unwrap();
            text.chars().map(byte).collect::<Vec<u8>>()
        };
        for text in [
            "email;name\na@x.com;Zoë Müller\nb@x.com;José Núñez\n",
            "email,name\na@x.com,Jürgen Groß\n",
            "email,name\na@x.com,Zoë\n",
            "email,name\na@x.com,Björn Åberg\nb@x.com,Søren\n",
            "email,name\na@x.com,Renée Noël\nb@x.com,François Lefèvre\n",
        ] {
            let guess = guessed(&dos(text));
            let Guess::Other(charset, unconfirmed) = &guess else { panic!("{text}: {guess:?}") };
            assert_eq!(*charset, ibm850, "{text}: {unconfirmed:?}");
            assert!(text.contains(&unconfirmed.samples[0]), "{text}: {unconfirmed:?}");
        }
        for (encoding, text) in [
            (MACINTOSH, "email,name\na@x.com,Zoë Müller\nb@x.com,José Núñez\n"),
            (encoding_rs::WINDOWS_1250, "a,Šimůnek\nb,Žižka\n"),
        ] {
            let guess = guessed_in(encoding, text);
            assert!(
                matches!(&guess, Guess::Other(Charset::Standard(found), _) if *found == encoding),
                "{text}: {guess:?}"
            );
        }
    }

    #[test]
    fn lines_of_two_encodings_are_named() {
        assert_eq!(guessed("Zoë\rÅsa\rSiân\r".as_bytes()), Guess::Utf8);
        assert_eq!(
            guessed(b"a\rZo\xC3\xAB\rZo\xC3\xAB\rZo\xEB\r"),
            Guess::Mixed { utf8: vec![2, 3], others: vec![4] }
        );
    }

    #[test]
    fn text_across_pieces_is_whole() {
        for shift in 0..4 {
            let mut bytes = vec![b'x'; PIECE - 2 - shift];
            bytes.extend("\r\n€€\n".as_bytes());
            assert!(each_piece_of_utf8(&bytes[..], |_| {}).unwrap());
        }
    }
}
