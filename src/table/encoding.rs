//! Finds the encoding of a file, and decodes it to UTF-8.

use std::io::{self, Read};

use encoding_rs::{Encoding, MACINTOSH, UTF_8, WINDOWS_1252};
use memchr::memchr2;

use super::charset::{Charset, EncodingChoice};
use super::error::TableWarning;
use super::pieces::in_pieces;
use super::text::Utf8Text;
use super::western::{expected, reads_as_western};
use super::wide::wide;

/// Returns the encoding according to the first bytes and the user; `None` if neither shows it.
pub(super) fn declared(first: &[u8], asked: Option<Charset>) -> Option<EncodingChoice> {
    if let Some(reading) = wide(first).filter(|_| asked.is_none()) {
        return Some(reading);
    }
    match (Encoding::for_bom(first), asked) {
        (Some((encoding, mark)), _) if encoding == UTF_8 => Some(EncodingChoice::Utf8 { mark }),
        (Some((encoding, _)), _) => Some(EncodingChoice::Decode(Charset::Standard(encoding))),
        (None, Some(Charset::Standard(encoding))) if encoding == UTF_8 => {
            Some(EncodingChoice::Utf8 { mark: 0 })
        }
        (None, Some(encoding)) => Some(EncodingChoice::Decode(encoding)),
        (None, None) => None,
    }
}

/// A guessed encoding, which the user should confirm: the names in the file show whether it is
/// right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodingDoubt {
    /// The name of the encoding, for `--encoding`.
    pub encoding: &'static str,
    /// Two or three cells in this encoding.
    pub samples: Vec<String>,
    /// Another encoding in which the cells look like names, with these cells.
    pub or: Option<(&'static str, Vec<String>)>,
}

/// The encoding of bytes without a byte order mark.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Guess {
    Utf8,
    /// Windows-1252, with names that look right.
    Western {
        warning: TableWarning,
    },
    Other(Charset, EncodingDoubt),
    /// Some lines are UTF-8 beyond ASCII, and some are not UTF-8.
    Mixed {
        utf8: Vec<u64>,
        others: Vec<u64>,
    },
}

/// Guesses the encoding of bytes without a byte order mark, from all of them.
pub(super) fn detect(text: &Utf8Text) -> io::Result<Guess> {
    if is_utf8(text.reader_from(0))? {
        return Ok(Guess::Utf8);
    }
    let census = Utf8Statistics::of(text.reader_from(0))?;
    let mut detector = chardetng::EncodingDetector::new();
    in_pieces(text.reader_from(0), |piece, last| {
        detector.feed(piece, last);
        Some(piece.len())
    })?;
    let detected = detector.guess(None, false);
    let is_of_two_bytes = !detected.is_single_byte() && detected != UTF_8;
    if census.good > 0 {
        // In an encoding of two bytes per character, a line may be valid UTF-8 by chance.
        let may_be_chance = is_of_two_bytes && census.may_be_chance();
        if !(may_be_chance && decodes(text, detected)?) {
            return Ok(Guess::Mixed { utf8: census.good_lines, others: census.bad_lines });
        }
    }
    let lines = census.samples;
    let reads_well =
        |charset: Charset| reads_as_western(lines.iter().map(|line| charset.text(line)));
    let western = Charset::Standard(WINDOWS_1252);
    // If most lines name a country that usually has another encoding, and their letters differ in
    // that encoding, the guess is uncertain.
    let other = expected(lines.iter().map(|line| western.text(line))).map(Charset::Standard);
    let other =
        other.filter(|other| lines.iter().any(|line| other.text(line) != western.text(line)));
    if let Some(other) = other.filter(|_| detected == WINDOWS_1252) {
        return Ok(Guess::Other(
            other,
            EncodingDoubt { encoding: other.name(), samples: samples(&lines, other), or: None },
        ));
    }
    if detected == WINDOWS_1252 && reads_well(western) {
        let first = census.bad_lines.first().copied().unwrap_or(1);
        let samples = samples(&lines, western).join(", ");
        return Ok(Guess::Western { warning: TableWarning::Western { line: first, samples } });
    }
    let mut likely: Vec<Charset> = Vec::new();
    // The code pages of MS-DOS have letters mostly where those of Windows have symbols.
    if detected.is_single_byte() && lines.iter().flatten().any(|byte| matches!(byte, 0x80..=0x9F)) {
        likely
            .extend([Charset::Ibm850, Charset::Ibm437].into_iter().find(|page| reads_well(*page)));
    }
    if detected == WINDOWS_1252 {
        likely.extend(Some(Charset::Standard(MACINTOSH)).filter(|charset| reads_well(*charset)));
    } else {
        likely.push(Charset::Standard(detected));
    }
    likely.sort_by_key(|charset| std::cmp::Reverse(common_letters(&lines, *charset)));
    let charset = likely.first().copied().unwrap_or(Charset::Standard(detected));
    let or = likely.get(1).map(|charset| (charset.name(), samples(&lines, *charset)));
    Ok(Guess::Other(
        charset,
        EncodingDoubt { encoding: charset.name(), samples: samples(&lines, charset), or },
    ))
}

/// Returns lines that disagree in a text that claims to be UTF-8: some that are UTF-8 beyond ASCII,
/// and some that are not UTF-8; `None` if all of it is UTF-8.
pub(super) fn lines_that_disagree(text: &Utf8Text) -> io::Result<Option<(Vec<u64>, Vec<u64>)>> {
    if is_utf8(text.reader_from(0))? {
        return Ok(None);
    }
    let census = Utf8Statistics::of(text.reader_from(0))?;
    Ok(Some((census.good_lines, census.bad_lines)))
}

/// Returns the number of letters beyond ASCII that are frequent in names of Western Europe, minus
/// those that are not.
fn common_letters(lines: &[Vec<u8>], charset: Charset) -> i64 {
    const COMMON: &str = "äöüßéèáíóúñçåøæÄÖÜÉÅØ";
    let of_line = |line: &Vec<u8>| -> i64 {
        charset
            .text(line)
            .chars()
            .filter(|c| !c.is_ascii())
            .map(|c| if COMMON.contains(c) { 1 } else { -1 })
            .sum()
    };
    lines.iter().map(of_line).sum()
}

/// Whether all of the text can be decoded.
fn decodes(text: &Utf8Text, encoding: &'static Encoding) -> io::Result<bool> {
    Charset::Standard(encoding).decode(text.reader_from(0), io::sink()).map(|lossy| !lossy)
}

/// Returns the first cells with letters beyond ASCII, decoded.
fn samples(lines: &[Vec<u8>], charset: Charset) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in lines {
        let line = charset.text(line);
        for cell in line.split([',', ';', '\t', '|']).map(|cell| cell.trim().trim_matches('"')) {
            if !cell.is_ascii() && found.len() < 3 && !found.iter().any(|known| known == cell) {
                found.push(
                    cell.chars()
                        .take(40)
                        .flat_map(|c| {
                            if c.is_control() { '\u{fffd}' } else { c }
                                .to_string()
                                .chars()
                                .collect::<Vec<_>>()
                        })
                        .collect(),
                );
            }
        }
    }
    found
}

fn is_utf8(bytes: impl Read) -> io::Result<bool> {
    let mut good = true;
    in_pieces(bytes, |piece, last| match simdutf8::compat::from_utf8(piece) {
        Ok(_) => Some(piece.len()),
        Err(error) if error.error_len().is_none() && !last => Some(error.valid_up_to()),
        Err(_) => {
            good = false;
            None
        }
    })?;
    Ok(good)
}

/// Counts the lines with bytes beyond ASCII.
#[derive(Debug, Default)]
struct Utf8Statistics {
    /// Lines with valid UTF-8 and no invalid bytes.
    good: u64,
    /// Lines with bytes that are not UTF-8.
    bad: u64,
    /// The first lines of each kind, from 1.
    good_lines: Vec<u64>,
    bad_lines: Vec<u64>,
    /// The first lines that are not UTF-8.
    samples: Vec<Vec<u8>>,
    /// The current line so far, up to a limit.
    bytes: Vec<u8>,
    line: DoubtfulLine,
    /// The strongest evidence for UTF-8 in one valid line, in bits.
    evidence: u32,
    /// The number of lines so far, and whether the last one ended in a CR that an LF may follow.
    lines: u64,
    after_cr: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct DoubtfulLine {
    beyond_ascii: bool,
    bad: bool,
    /// See [`Utf8Statistics::evidence`].
    evidence: u32,
}

/// Returns the evidence for UTF-8 in a text, in bits. In an encoding with two bytes per character,
/// about one pair in five looks like a letter of two bytes, one in sixty like a Western letter,
/// whose first byte is always the same, and one group in fifty like a letter of three bytes.
fn evidence(text: &str) -> u32 {
    let bits = |c: char| match c {
        '\0'..='\x7f' => 0,
        'À'..='ÿ' => 6,
        'Ā'..='ſ' => 5,
        _ if c.len_utf8() == 2 => 2,
        _ => 5,
    };
    text.chars().map(bits).sum()
}

impl Utf8Statistics {
    fn of(bytes: impl Read) -> io::Result<Self> {
        let mut census = Self::default();
        in_pieces(bytes, |piece, last| {
            let mut used = 0;
            for chunk in piece.utf8_chunks() {
                census.text(chunk.valid());
                used += chunk.valid().len();
                let bad = chunk.invalid();
                let cut_off = !last
                    && used + bad.len() == piece.len()
                    && std::str::from_utf8(bad).is_err_and(|error| error.error_len().is_none());
                if cut_off {
                    break;
                }
                census.line.bad |= !bad.is_empty();
                census.keep(bad);
                used += bad.len();
            }
            Some(used)
        })?;
        census.end_line();
        Ok(census)
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        if self.after_cr && !rest.is_empty() {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
            self.after_cr = false;
        }
        while let Some(end) = memchr2(b'\n', b'\r', rest.as_bytes()) {
            let (line, tail) = rest.split_at(end);
            self.see(line);
            self.end_line();
            self.after_cr = tail == "\r";
            rest = tail.strip_prefix("\r\n").unwrap_or(&tail[1..]);
        }
        self.see(rest);
    }

    fn see(&mut self, text: &str) {
        if !text.is_ascii() {
            self.line.beyond_ascii = true;
            self.line.evidence += evidence(text);
        }
        self.keep(text.as_bytes());
    }

    /// Whether all valid lines may be valid by chance.
    fn may_be_chance(&self) -> bool {
        // A line is valid by chance with a probability of one in 2^evidence. This requires less
        // than one chance line in a hundred such files.
        let lines = self.good + self.bad;
        self.evidence < 64 - lines.leading_zeros() + 7
    }

    /// Keeps the bytes of the line, while samples are collected.
    fn keep(&mut self, bytes: &[u8]) {
        const LINES: usize = 1000;
        const BYTES: usize = 500;
        if self.samples.len() < LINES {
            self.bytes.extend_from_slice(
                &bytes[..bytes.len().min(BYTES.saturating_sub(self.bytes.len()))],
            );
        }
    }

    fn end_line(&mut self) {
        const NAMED: usize = 5;
        self.lines += 1;
        let bytes = std::mem::take(&mut self.bytes);
        match std::mem::take(&mut self.line) {
            DoubtfulLine { bad: true, .. } => {
                self.bad += 1;
                if self.bad_lines.len() < NAMED {
                    self.bad_lines.push(self.lines);
                }
                if !bytes.is_empty() {
                    self.samples.push(bytes);
                }
            }
            DoubtfulLine { beyond_ascii: true, evidence, .. } => {
                self.good += 1;
                self.evidence = self.evidence.max(evidence);
                if self.good_lines.len() < NAMED {
                    self.good_lines.push(self.lines);
                }
            }
            DoubtfulLine { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::table::pieces::PIECE;

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
            "email,firstname,lastname\nj@x.com,José,Peña\nr@x.com,Renée,Noël\nj@x.com,Jürgen,Groß\n",
            "email;name\na@x.com;Åsa Öberg\nb@x.com;Søren Bjørn\nc@x.com;FRANÇOIS \
             LEFÈVRE\nd@x.com;Seán Ó Briain\n",
            "email;name\na@x.com;Muñoz\nb@x.com;Conceição\nc@x.com;O’Brien\nd@x.com;Håkon\n",
        ] {
            let guess = guessed_in(WINDOWS_1252, text);
            assert!(matches!(guess, Guess::Western { .. }), "{text}: {guess:?}");
        }
        let Guess::Western { warning } = guessed(b"email\r\na\r\n\r\nZo\xEB\r\n") else {
            panic!("not Western")
        };
        let said = warning.to_string();
        assert!(said.contains("first at line 4") && said.contains("Zoë"), "{said}");
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
                "email;firstname;lastname\r\nc1@example.com;Иван;Петров\r\nc2@example.com;Анна;Орлова\r\n",
                "Иван",
            ),
            (
                "shift_jis",
                "email,firstname,lastname\r\ns1@example.com,太郎,山田\r\ns2@example.com,花子,鈴木\r\ns3@example.com,健一,佐藤\r\n",
                "太郎",
            ),
            (
                "gbk",
                "email,firstname,lastname\r\ns1@example.com,伟,王\r\ns2@example.com,秀英,李娜\r\ns3@example.com,建国,张敏\r\n",
                "伟",
            ),
            (
                "windows-1253",
                "email,firstname,lastname\r\ns1@example.com,Ελένη,Παπαδοπούλου\r\ns2@example.com,Γιώργος,Νικολάου\r\n",
                "Ελένη",
            ),
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let Guess::Other(found, doubt) = guessed_in(encoding, text) else {
                panic!("{label}: {:?}", guessed_in(encoding, text))
            };
            assert_eq!(
                (found.name(), doubt.samples[0].as_str()),
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
        let dos = |text: &str| {
            let byte = |c: char| {
                (0..=255).find(|byte| *Charset::Ibm850.text(&[*byte]) == *c.to_string()).unwrap()
            };
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
            let Guess::Other(Charset::Ibm850, doubt) = &guess else { panic!("{text}: {guess:?}") };
            assert!(text.contains(&doubt.samples[0]), "{text}: {doubt:?}");
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
    fn characters_and_line_ends_across_pieces_are_whole() {
        for shift in 0..4 {
            let mut bytes = vec![b'x'; PIECE - 2 - shift];
            bytes.extend("\r\n€€\n".as_bytes());
            assert!(is_utf8(&bytes[..]).unwrap());
            let census = Utf8Statistics::of(&bytes[..]).unwrap();
            assert_eq!((census.good, census.bad, census.lines), (1, 0, 3), "{shift}");
        }
    }
}
