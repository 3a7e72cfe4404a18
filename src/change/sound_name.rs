//! First and last names beyond ASCII in which no rule finds anything. A list has the same names
//! often, so each of them is judged once.

use super::cell::{no_margin, no_value};
use super::check::passes_if_plain;
use super::odd_name::no_new_name;
use super::text::{holds_control, nfc, trim};
use crate::table::{Field, NothingFound};

/// Whether a cell is a name beyond ASCII with which nothing is wrong, whatever its row does.
pub(super) fn is_sound_name(cell: &str) -> bool {
    static SOUND: NothingFound = NothingFound::new();
    !cell.is_ascii() && SOUND.check(0, cell, || (!passes_all_rules(cell)).then_some(())).is_none()
}

fn passes_all_rules(cell: &str) -> bool {
    // The rules are the same for both names.
    let field = Field::Lastname;
    trim(cell) == cell
        && passes_if_plain(field, cell)
        && !holds_control(cell)
        && nfc(cell) == cell
        && no_margin(field, cell).is_ok()
        && no_value(field, cell).is_ok()
        && no_new_name(cell).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sound_if_no_rule_finds_anything() {
        for name in ["Zoë", "Łukasz", "Müller-Lüdenscheidt", "山田", "Иван", "Núñez Peña", "Çağrı"]
        {
            assert!(is_sound_name(name) && is_sound_name(name), "{name}");
        }
        let too_long = "é".repeat(126);
        for name in [
            "Ann",
            " Zoë",
            "Zoë\u{a0}",
            "ZoÃ«",
            "JosŽ",
            "Zoe\u{308}",
            "Zoë\n",
            "Zoë\u{200b}Z",
            "不明",
            "Zoë 🎉",
            "Zoë (left 2026)",
            "«Zoë»",
            &too_long,
        ] {
            assert!(!is_sound_name(name) && !is_sound_name(name), "{name}");
        }
    }
}
