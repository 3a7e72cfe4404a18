//! Words in many languages for people who leave, who stay, and who are not to be created, in plain
//! form and without punctuation.

use std::sync::LazyLock;

/// The lists of the file `leaver_words.txt`, which says what each of them holds.
#[derive(Debug)]
pub(super) struct LeaverWords {
    pub(super) leaving: Vec<&'static str>,
    pub(super) titles: Vec<&'static str>,
    pub(super) joiners: Vec<&'static str>,
    pub(super) stems: Vec<&'static str>,
    pub(super) parts: Vec<&'static str>,
    pub(super) gone: Vec<&'static str>,
    pub(super) until: Vec<&'static str>,
    pub(super) until_names: Vec<&'static str>,
    pub(super) other_things: Vec<&'static str>,
    pub(super) staying: Vec<&'static str>,
    pub(super) wanted: Vec<&'static str>,
    pub(super) wanted_stems: Vec<&'static str>,
    pub(super) state: Vec<&'static str>,
    pub(super) state_parts: Vec<&'static str>,
    pub(super) there: Vec<&'static str>,
    pub(super) no: Vec<&'static str>,
    pub(super) pending: Vec<&'static str>,
    pub(super) yes: Vec<&'static str>,
    pub(super) nothing: Vec<&'static str>,
    pub(super) remarks: Vec<&'static str>,
    pub(super) remark_stems: Vec<&'static str>,
}

/// The words, read once.
pub(super) static LEAVER_WORDS: LazyLock<LeaverWords> = LazyLock::new(|| LeaverWords {
    leaving: list("leaving"),
    titles: list("titles"),
    joiners: list("joiners"),
    stems: list("stems"),
    parts: list("parts"),
    gone: list("gone"),
    until: list("until"),
    until_names: list("untilnames"),
    other_things: list("otherthings"),
    staying: list("staying"),
    wanted: list("wanted"),
    wanted_stems: list("wantedstems"),
    state: list("state"),
    state_parts: list("statusparts"),
    there: list("there"),
    no: list("no"),
    pending: list("pending"),
    yes: list("yes"),
    nothing: list("nothing"),
    remarks: list("remarks"),
    remark_stems: list("remarkstems"),
});

/// Returns the words of one list of the file.
fn list(name: &str) -> Vec<&'static str> {
    let lines = include_str!("leaver_words.txt").lines();
    let mut below = lines.skip_while(|line| line.strip_suffix(':') != Some(name)).skip(1);
    let rows = std::iter::from_fn(|| below.next().filter(|line| line.starts_with(' ')));
    rows.flat_map(str::split_whitespace).collect()
}

#[cfg(test)]
mod tests {
    use super::super::column_name::bare;
    use super::super::field::plain;
    use super::*;

    #[test]
    fn no_word_for_leaving_is_covered_by_a_stem() {
        let words = &*LEAVER_WORDS;
        for word in words.leaving.iter().chain(&words.gone) {
            assert!(!words.stems.iter().any(|stem| word.starts_with(stem)), "{word}");
        }
        for stem in &words.stems {
            let others = words.stems.iter().filter(|other| *other != stem);
            assert!(others.clone().all(|other| !stem.starts_with(other)), "{stem}");
        }
    }

    #[test]
    fn lists_hold_names_and_cells_as_they_are_compared() {
        let words = &*LEAVER_WORDS;
        for names in [
            &words.leaving,
            &words.stems,
            &words.until,
            &words.until_names,
            &words.staying,
            &words.wanted,
            &words.wanted_stems,
            &words.state,
            &words.remarks,
        ] {
            assert!(!names.is_empty());
            for name in names {
                assert_eq!(bare(&plain(name)), **name);
            }
        }
        for cells in [&words.gone, &words.there, &words.no, &words.yes, &words.pending] {
            assert!(cells.iter().all(|cell| plain(cell) == **cell), "{cells:?}");
        }
    }
}
