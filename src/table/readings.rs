//! Chooses the encoding in which the cells of a file read like names.
//!
//! Each cell with bytes beyond ASCII is read in each encoding. A cell that cannot be a name rules
//! an encoding out, whatever the other cells are. Among the rest, the one whose cells fit best is
//! the most likely. It is certain if no other one reads a cell better, or reads cells differently
//! and as well.

use encoding_rs as rs;

use super::census::RawCell;
use super::charset::Charset;
use super::fit::{fit_of_cell, is_name_of};
use super::letters::Fit;
use super::regions::Region;
use super::single_byte as page;

/// An encoding that a file may be in without a mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct EncodingCandidate {
    pub(super) charset: Charset,
    pub(super) region: Region,
}

/// How an encoding reads the cells of a file.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) charset: Charset,
    region: Region,
    /// How well each cell fits.
    pub(super) fits: Vec<Fit>,
}

/// The encodings of browsers, the most frequent first.
static STANDARD: [(&rs::Encoding, Region); 31] = [
    (rs::WINDOWS_1252, Region::Western),
    (rs::WINDOWS_1250, Region::Central),
    (rs::WINDOWS_1251, Region::Cyrillic),
    (rs::WINDOWS_1254, Region::Turkish),
    (rs::WINDOWS_1257, Region::Baltic),
    (rs::WINDOWS_1253, Region::Greek),
    (rs::SHIFT_JIS, Region::Japanese),
    (rs::GBK, Region::Chinese),
    (rs::BIG5, Region::Taiwanese),
    (rs::EUC_KR, Region::Korean),
    (rs::EUC_JP, Region::Japanese),
    (rs::WINDOWS_1255, Region::Hebrew),
    (rs::WINDOWS_1256, Region::Arabic),
    (rs::WINDOWS_874, Region::Thai),
    (rs::WINDOWS_1258, Region::Vietnamese),
    (rs::ISO_8859_2, Region::Central),
    (rs::ISO_8859_15, Region::Western),
    (rs::MACINTOSH, Region::Western),
    (rs::KOI8_U, Region::Cyrillic),
    (rs::IBM866, Region::Cyrillic),
    (rs::ISO_8859_5, Region::Cyrillic),
    (rs::ISO_8859_7, Region::Greek),
    (rs::X_MAC_CYRILLIC, Region::Cyrillic),
    (rs::ISO_8859_13, Region::Baltic),
    (rs::ISO_8859_4, Region::Baltic),
    (rs::ISO_8859_8, Region::Hebrew),
    (rs::ISO_8859_6, Region::Arabic),
    (rs::ISO_8859_3, Region::Turkish),
    (rs::ISO_8859_10, Region::Baltic),
    (rs::ISO_8859_14, Region::Western),
    (rs::ISO_8859_16, Region::Central),
];

/// The code pages, the most frequent first.
static PAGES: [(&page::CodePage, Region); 19] = [
    (&page::IBM850, Region::Western),
    (&page::IBM437, Region::Western),
    (&page::IBM852, Region::Central),
    (&page::IBM857, Region::Turkish),
    (&page::IBM858, Region::Western),
    (&page::IBM855, Region::Cyrillic),
    (&page::IBM737, Region::Greek),
    (&page::IBM775, Region::Baltic),
    (&page::IBM862, Region::Hebrew),
    (&page::IBM860, Region::Western),
    (&page::IBM861, Region::Western),
    (&page::IBM863, Region::Western),
    (&page::IBM865, Region::Western),
    (&page::MAC_CE, Region::Central),
    (&page::MAC_TURKISH, Region::Turkish),
    (&page::MAC_GREEK, Region::Greek),
    (&page::MAC_ICELANDIC, Region::Western),
    (&page::MAC_CROATIAN, Region::Central),
    (&page::MAC_ROMANIAN, Region::Central),
];

/// Returns the encodings, the most frequent first.
pub(super) fn candidates() -> impl Iterator<Item = EncodingCandidate> {
    let standard = STANDARD.iter().map(|(encoding, region)| (Charset::Standard(encoding), *region));
    let pages = PAGES.iter().map(|(page, region)| (Charset::Page(page), *region));
    standard.chain(pages).map(|(charset, region)| EncodingCandidate { charset, region })
}

/// Reads cells in all encodings. Returns those that no cell rules out, the best first. Of equal
/// ones, one that is usual in the region of the rows comes first, then the more frequent one.
pub(super) fn readings(cells: &[RawCell], region: Option<Region>) -> Vec<Reading> {
    let mut readings: Vec<Reading> =
        candidates().filter_map(|candidate| Reading::of(cells, candidate)).collect();
    readings.sort_by_key(|reading| {
        let is_foreign = region.is_some_and(|region| region != reading.region);
        (std::cmp::Reverse(reading.worth()), is_foreign)
    });
    readings
}

impl EncodingCandidate {
    /// Returns the text that some bytes are in this encoding, and how well it fits, if it is
    /// plainly a name in a language that is usual in this encoding.
    pub(super) fn name(&self, bytes: &[u8]) -> Option<(String, Fit)> {
        let text = self.charset.text(bytes).into_owned();
        is_name_of(&text, self.region).then(|| {
            let fit = fit_of_cell(&text, self.region);
            (text, fit)
        })
    }
}

/// The encoding that comes closest, if none reads all cells like names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) encoding: &'static str,
    /// The first lines with a cell that does not fit, from 1, and the cell that fits least.
    pub(super) lines: Vec<u64>,
    pub(super) cell: String,
}

/// Returns the encoding that reads most cells like names.
pub(super) fn closest(cells: &[RawCell], region: Option<Region>) -> Misfit {
    const LOOKED_AT: usize = 1000;
    const NAMED: usize = 5;
    let cells = &cells[..cells.len().min(LOOKED_AT)];
    let fit = |candidate: &EncodingCandidate, cell: &RawCell| {
        fit_of_cell(&candidate.charset.text(&cell.bytes), candidate.region)
    };
    let misfits = |candidate: &EncodingCandidate| {
        let is_foreign = region.is_some_and(|region| region != candidate.region);
        (cells.iter().filter(|cell| fit(candidate, cell) <= Fit::Strange).count(), is_foreign)
    };
    let fallback =
        EncodingCandidate { charset: Charset::Standard(rs::WINDOWS_1252), region: Region::Western };
    let best = candidates().min_by_key(misfits).unwrap_or(fallback);
    let mut lines: Vec<u64> = cells
        .iter()
        .filter(|cell| fit(&best, cell) <= Fit::Strange)
        .map(|cell| cell.line)
        .collect();
    lines.dedup();
    lines.truncate(NAMED);
    let worst = cells.iter().min_by_key(|cell| fit(&best, cell));
    let text = |cell: &RawCell| best.charset.text(&cell.bytes).into_owned();
    Misfit { encoding: best.charset.name(), lines, cell: worst.map_or_else(String::new, text) }
}

impl Reading {
    /// Reads cells in an encoding; `None` if one of them cannot be a name, or if most of the first
    /// ones have letters in places where no known language has them.
    fn of(cells: &[RawCell], candidate: EncodingCandidate) -> Option<Self> {
        const FIRST: usize = 1000;
        let EncodingCandidate { charset, region } = candidate;
        let mut reading = Self { charset, region, fits: Vec::with_capacity(cells.len()) };
        for cell in cells {
            let fit = fit_of_cell(&charset.text(&cell.bytes), region);
            reading.fits.push(fit);
            let is_hopeless = reading.fits.len() == FIRST && reading.is_mostly_strange();
            if fit == Fit::Impossible || is_hopeless {
                return None;
            }
        }
        Some(reading)
    }

    /// Whether most cells have letters in places where no known language has them.
    pub(super) fn is_mostly_strange(&self) -> bool {
        self.count(Fit::Strange) * 2 > self.fits.len()
    }

    /// Whether each cell fits, in an encoding that is usual where the people live.
    pub(super) fn is_likely(&self, region: Option<Region>) -> bool {
        self.count(Fit::Strange) == 0 && region.is_none_or(|region| region == self.region)
    }

    /// Returns the places of the cells that show best whether this reading is right: those of rows
    /// that another one reads differently, and that fit least.
    pub(super) fn telling_cells(&self, rival: Option<&Self>, cells: &[RawCell]) -> Vec<usize> {
        let mut places: Vec<usize> = match rival {
            Some(rival) => self.differing(rival, cells),
            None => (0..cells.len()).collect(),
        };
        let misfit =
            |at: usize| rival.map_or(self.fits[at], |rival| rival.fits[at].min(self.fits[at]));
        let is_better = |at: usize| rival.is_some_and(|rival| rival.fits[at] > self.fits[at]);
        places.sort_by_key(|at| (!cells[*at].is_in_row, !is_better(*at), misfit(*at)));
        places
    }

    fn worth(&self) -> usize {
        let of = |fit: &Fit| match fit {
            Fit::Known => 3,
            Fit::Likely => 2,
            Fit::Strange | Fit::Impossible => 0,
        };
        self.fits.iter().map(of).sum()
    }

    /// Returns the number of cells that fit so.
    fn count(&self, fit: Fit) -> usize {
        self.fits.iter().filter(|other| **other == fit).count()
    }

    /// Whether each cell fits, most of them well. For an encoding other than that of Western
    /// Europe, one or two short names are not enough.
    fn is_well_founded(&self, region: Option<Region>) -> bool {
        const LEAST: usize = 3;
        let known = self.count(Fit::Known);
        let is_usual =
            self.charset == Charset::Standard(rs::WINDOWS_1252) || region == Some(self.region);
        self.count(Fit::Strange) == 0
            && known > 0
            && known >= 2 * self.count(Fit::Likely)
            && (is_usual || known >= LEAST)
    }

    /// Returns the first other reading that may be right instead.
    pub(super) fn rival<'a>(
        &self,
        others: &'a [Self],
        cells: &[RawCell],
        region: Option<Region>,
    ) -> Option<&'a Self> {
        let may_be_right = |other: &&Self| !other.is_mostly_strange();
        others.iter().filter(may_be_right).find(|other| self.is_open_to(other, cells, region))
    }

    /// Whether this reading, the best one, is certain if it has no [rival](Self::rival).
    pub(super) fn is_likely_right(&self, region: Option<Region>) -> bool {
        self.is_well_founded(region) && region.is_none_or(|region| region == self.region)
    }

    /// Whether another reading may be right instead: it reads some cells differently and none of
    /// them worse, or one in ten of them better.
    fn is_open_to(&self, other: &Self, cells: &[RawCell], region: Option<Region>) -> bool {
        let (mut better, mut worse, mut equal) = (0, 0, Vec::new());
        for at in self.differing(other, cells) {
            match other.fits[at].cmp(&self.fits[at]) {
                std::cmp::Ordering::Greater => better += 1,
                std::cmp::Ordering::Equal => equal.push(at),
                std::cmp::Ordering::Less => worse += 1,
            }
        }
        // The countries of the rows decide between encodings that fit as well, but not against a
        // plain name in the encoding of another region's Windows: an Eglė or an Aydın may live in
        // any country.
        let is_foreign = region == Some(self.region) && other.region != self.region;
        let is_name = |at: &usize| {
            let text = other.charset.text(&cells[*at].bytes);
            other.charset.is_of_windows() && is_name_of(&text, other.region)
        };
        let is_decided_by_country = || is_foreign && !equal.iter().any(is_name);
        better * 10 > worse
            || better == 0 && worse == 0 && !equal.is_empty() && !is_decided_by_country()
    }

    /// Returns the places of the cells that two encodings read differently.
    pub(super) fn differing(&self, other: &Self, cells: &[RawCell]) -> Vec<usize> {
        let differ = |at: &usize| {
            let bytes = &cells[*at].bytes;
            self.charset.text(bytes) != other.charset.text(bytes)
        };
        (0..cells.len()).filter(differ).collect()
    }
}
