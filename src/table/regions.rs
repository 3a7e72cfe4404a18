//! Tells which encodings are usual in the countries that the rows of a file name.

use std::borrow::Cow;

/// A part of the world whose languages share encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    Western,
    Central,
    Baltic,
    Turkish,
    Cyrillic,
    Greek,
    Hebrew,
    Arabic,
    Thai,
    Vietnamese,
    Japanese,
    /// Simplified Chinese.
    Chinese,
    /// Traditional Chinese.
    Taiwanese,
    Korean,
}

/// Returns the region of the countries that most lines name, by a code in a cell or at the end of
/// an address.
pub(super) fn region_of<'a>(lines: impl Iterator<Item = Cow<'a, str>>) -> Option<Region> {
    let mut found: Vec<(Region, usize)> = Vec::new();
    let mut all = 0;
    for line in lines {
        all += 1;
        let Some(region) = of_line(&line) else { continue };
        match found.iter_mut().find(|(other, _)| *other == region) {
            Some((_, count)) => *count += 1,
            None => found.push((region, 1)),
        }
    }
    found.into_iter().find(|(_, count)| count * 2 > all).map(|(region, _)| region)
}

fn of_line(line: &str) -> Option<Region> {
    let cells = line.split([',', ';', '\t', '|']).map(|cell| cell.trim().trim_matches('"'));
    cells.filter(|cell| cell.is_ascii()).find_map(|cell| {
        let code = if cell.contains('@') {
            cell.rsplit_once('.').map_or("", |(_, end)| end)
        } else {
            cell
        };
        of_country(&code.to_ascii_uppercase())
    })
}

/// Returns the region of a country.
pub(super) fn of_country(country: &str) -> Option<Region> {
    Some(match country.as_bytes() {
        b"LV" | b"LT" | b"EE" => Region::Baltic,
        b"PL" | b"CZ" | b"SK" | b"HU" | b"RO" | b"HR" | b"SI" | b"BA" | b"ME" => Region::Central,
        b"TR" | b"AZ" => Region::Turkish,
        b"GR" | b"CY" => Region::Greek,
        b"RU" | b"UA" | b"BY" | b"BG" | b"MK" | b"RS" | b"KZ" => Region::Cyrillic,
        b"IL" => Region::Hebrew,
        b"SA" | b"AE" | b"EG" | b"JO" | b"KW" | b"QA" | b"OM" | b"BH" | b"IQ" | b"SY" | b"YE"
        | b"LY" | b"IR" => Region::Arabic,
        b"TH" => Region::Thai,
        b"VN" => Region::Vietnamese,
        b"JP" => Region::Japanese,
        b"CN" => Region::Chinese,
        b"TW" | b"HK" => Region::Taiwanese,
        b"KR" => Region::Korean,
        b"AT" | b"AR" | b"BE" | b"BR" | b"CH" | b"CL" | b"CO" | b"DE" | b"DK" | b"ES" | b"FI"
        | b"FR" | b"GB" | b"IE" | b"IS" | b"IT" | b"LU" | b"MX" | b"NL" | b"NO" | b"PE" | b"PT"
        | b"SE" => Region::Western,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn country_of_a_row_tells_the_region() {
        let of = |line: &str| region_of(std::iter::once(Cow::Borrowed(line)));
        assert_eq!(of("a@example.com,Jânis,Ozols,LV"), Some(Region::Baltic));
        assert_eq!(of("a@example.hu;Lászl;Nagy;"), Some(Region::Central));
        assert_eq!(of("a@example.com,José,Peña,ES"), Some(Region::Western));
        assert_eq!(of("a@example.com,José,Peña,US"), None);
        let lines = ["a,Zoë,PL", "b,Renée,DE"].map(Cow::Borrowed);
        assert_eq!(region_of(lines.into_iter()), None);
    }
}
