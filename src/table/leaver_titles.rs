//! Titles and headings that say that the people below them leave: `Users to be removed`.

use super::column_name::words;
use super::leaver_words::LEAVER_WORDS;

/// Whether a short text says that people leave. What is excluded (`without leavers`) does not
/// count.
pub(crate) fn speaks_of_leavers(text: &str) -> bool {
    const MOST_WORDS: usize = 8;
    const WITHOUT: [&str; 14] = [
        "no",
        "not",
        "without",
        "excluding",
        "except",
        "ohne",
        "nicht",
        "keine",
        "sans",
        "sin",
        "senza",
        "sem",
        "zonder",
        "без",
    ];
    // They may be a side, or another name.
    const UNCLEAR: [&str; 6] = ["left", "blocked", "gone", "former", "sil", "dead"];
    let words = without_absences(&words(text));
    if words.len() > MOST_WORDS || words.iter().any(|word| WITHOUT.contains(&word.as_str())) {
        return false;
    }
    let lists = &*LEAVER_WORDS;
    let is_title = |word: &str| {
        let of_list = |list: &[&'static str]| list.contains(&word) && !UNCLEAR.contains(&word);
        of_list(&lists.leaving)
            || of_list(&lists.titles)
            || !word.is_ascii() && lists.parts.iter().any(|part| word.contains(part))
    };
    words.iter().any(|word| is_title(word))
        || (0..words.len()).any(|first| {
            let rest = words[first..].concat();
            lists.stems.iter().any(|stem| rest.starts_with(stem))
        })
}

/// Returns the words without a `leave` after which somebody comes back: `on leave`, `leave of
/// absence`.
fn without_absences(words: &[String]) -> Vec<String> {
    const BEFORE: [&str; 9] = [
        "on",
        "sick",
        "parental",
        "maternity",
        "paternity",
        "medical",
        "annual",
        "family",
        "study",
    ];
    let is_absence = |at: usize| {
        let is_before = at > 0 && BEFORE.contains(&words[at - 1].as_str());
        words[at] == "leave" && (is_before || words.get(at + 1).is_some_and(|next| next == "of"))
    };
    (0..words.len()).filter(|at| !is_absence(*at)).map(|at| words[at].clone()).collect()
}

/// Whether a remark is a heading for people who leave: `# Leavers`, but not `# Ann is on leave`.
pub(super) fn begins_with_leavers(remark: &str) -> bool {
    const MOST_WORDS: usize = 4;
    const PEOPLE: [&str; 8] =
        ["users", "people", "persons", "accounts", "staff", "benutzer", "personen", "mitarbeiter"];
    let words = words(remark);
    let without_people = words.iter().skip_while(|word| PEOPLE.contains(&word.as_str()));
    let first = without_people.clone().next();
    let is_preposition = first.is_some_and(|word| ["to", "zu"].contains(&word.as_str()));
    let first =
        if is_preposition { without_people.clone().find(|word| word.len() > 2) } else { first };
    words.len() <= MOST_WORDS && first.is_some_and(|word| speaks_of_leavers(word))
}

/// Whether a short text says that people come: `Total joiners: 3`.
pub(super) fn speaks_of_joiners(text: &str) -> bool {
    let words = words(text);
    let begins = |word: &String| LEAVER_WORDS.joiners.iter().any(|stem| word.starts_with(stem));
    words.iter().any(begins) || words.concat().contains("newstarter")
}

/// Whether a cell that is alone in its row is a heading, not a name in which something is wrong.
pub(super) fn is_heading(cell: &str) -> bool {
    const LEAST_LETTERS: usize = 2;
    let inside = cell.trim().trim_end_matches(['.', ':', '-', '–', '—']);
    let is_one_word = !inside.contains(char::is_whitespace);
    let is_like_an_address = is_one_word && inside.contains(['.', '@']);
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    letters >= LEAST_LETTERS && !is_like_an_address || speaks_of_leavers(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_leavers_are_known_in_many_languages() {
        for title in [
            "Users to be removed 31 October",
            "Austritte Oktober 2026",
            "Leavers",
            "--- Leavers ---",
            "# Leavers",
            "Total leavers: 1",
            "To remove:",
            "Joiners and leavers",
            "Abgänge:",
            "Départs",
            "Bajas de octubre",
            "Saídas",
            "Uscite",
            "Uit dienst",
            "Uitdiensttredingen",
            "Zwolnieni",
            "Уволенные",
            "退職者",
            "10月退職者一覧",
            "离职人员",
            "Terminations Q4",
            "Accounts to delete",
            "Zu löschen",
        ] {
            assert!(speaks_of_leavers(title), "{title}");
        }
        for title in [
            "Staff list",
            "# Zoë Müller on leave",
            "Leave of absence",
            "Parental leave until May",
            "New starters",
            "Active users without leavers",
            "Report: not terminated",
            "Department of Design",
            "Left wing",
            "Exported 2026-11-27 from HR",
            "Personalliste Stand 31.10.2026",
            "在職者",
            "Departamento de ventas",
            "This is a list of all people who work here or who will leave at some time",
        ] {
            assert!(!speaks_of_leavers(title), "{title}");
        }
    }

    #[test]
    fn titles_of_joiners_are_known() {
        for title in ["Total joiners: 1", "Summe Eintritte: 3", "Total new starters", "入社合計"]
        {
            assert!(speaks_of_joiners(title), "{title}");
        }
        for title in ["Total: 3", "Total users: 3", "Subtotal Sales: 3", "Summe", "3 rows"] {
            assert!(!speaks_of_joiners(title) && !speaks_of_leavers(title), "{title}");
        }
    }

    #[test]
    fn remarks_about_a_person_are_no_headings() {
        for remark in
            ["# Leavers", "# Leavers October 2026", "# to remove", "# Users to delete", "# 退職者"]
        {
            assert!(begins_with_leavers(remark), "{remark}");
        }
        for remark in [
            "# Zoë Müller on leave",
            "# left",
            "# ann has resigned",
            "# exported on Monday",
            "# deleted people are not in this list",
            "#",
        ] {
            assert!(!begins_with_leavers(remark), "{remark}");
        }
    }

    #[test]
    fn headings_are_no_mistyped_addresses() {
        for heading in ["Sales", "Class 5b", "Leavers:", "--- Leavers ---", "退職者", "Sales Dept."]
        {
            assert!(is_heading(heading), "{heading}");
        }
        for cell in ["ann.lee", "annexample.com", "12345", "-", "x", "ann@example"] {
            assert!(!is_heading(cell), "{cell}");
        }
    }
}
