//! Columns that mark people who leave or have left, by their names and cells.

use super::action_words::{ACTION, LEAVE_STEMS, LEAVES, NO, STAYS, THERE};
use super::column_name::{bare, words};
use super::field::plain;

/// What a column says of people by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnSubject {
    /// Who leaves: `Leaver`, `Termination date`.
    Leaving,
    /// Who stays: `Active`, `Still employed`.
    Staying,
    /// What is to become of them, or their state: `Action`, `Employment status`.
    State,
}

impl ColumnSubject {
    fn of(name: &str) -> Option<Self> {
        let bare = bare(&plain(name));
        if is_leaving(&bare) || words_from(name).any(|words| begins_as_leaving(&words)) {
            Some(Self::Leaving)
        } else if STAYS.contains(&without_fillers(&bare)) {
            Some(Self::Staying)
        } else {
            (ACTION.contains(&bare.as_str()) || bare.contains("status")).then_some(Self::State)
        }
    }

    /// Whether a cell of the column marks somebody who leaves.
    fn is_mark(self, cell: &str) -> bool {
        let plain = plain(cell);
        let is_no = NO.contains(&plain.as_str());
        match self {
            Self::Leaving => !is_no && !is_there(&plain) && !is_nothing(&plain),
            Self::Staying => is_no || is_gone(cell),
            // `left` may be a side.
            Self::State => is_one_word(cell) && begins_as_leaving(&plain),
        }
    }
}

/// Whether a column of this name may mark people who leave.
pub(super) fn may_mark_leavers(name: &str) -> bool {
    ColumnSubject::of(name).is_some()
}

/// Whether a cell of the column of this name marks somebody who leaves.
pub(super) fn is_leaver_mark(name: &str, cell: &str) -> bool {
    let cell = cell.trim();
    !cell.is_empty()
        && !is_of_account(name, cell)
        && ColumnSubject::of(name).is_some_and(|subject| subject.is_mark(cell))
}

/// Whether a cell of the column of this name leaves open that somebody leaves, in a column that marks
/// leavers.
pub(super) fn is_mark_of_stayer(name: &str, cell: &str) -> bool {
    let cell = cell.trim();
    !is_of_account(name, cell)
        && match ColumnSubject::of(name) {
            Some(subject @ (ColumnSubject::Leaving | ColumnSubject::Staying)) => {
                !subject.is_mark(cell)
            }
            Some(ColumnSubject::State) | None => !cell.is_empty() && is_there(&plain(cell)),
        }
}

/// Whether a cell marks somebody who leaves, by the name of its column or by itself.
pub(super) fn is_any_leaver_mark(name: &str, cell: &str) -> bool {
    let has_subject = ColumnSubject::of(name).is_some();
    is_leaver_mark(name, cell) || !has_subject && !cell.trim().is_empty() && is_gone(cell.trim())
}

/// Whether a column marks somebody who leaves, by its name, or because all its cells say who stays
/// and who leaves.
pub(super) fn marks_leavers<'a>(name: &str, cells: impl Iterator<Item = &'a str> + Clone) -> bool {
    let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
    let is_state = |cell: &str| is_gone(cell) || is_there(&plain(cell));
    let has_other_subject =
        matches!(ColumnSubject::of(name), Some(ColumnSubject::Leaving | ColumnSubject::Staying));
    cells.clone().any(|cell| is_leaver_mark(name, cell))
        || !has_other_subject
            && cells.clone().any(is_gone)
            && cells.clone().all(is_state)
            && !cells.clone().all(|cell| is_of_account(name, cell))
}

/// Whether it is the status of an account, which an exported list has and nobody edits.
fn is_of_account(name: &str, cell: &str) -> bool {
    const STATES: [&str; 4] = ["active", "disabled", "locked", "removed"];
    plain(name) == "status" && STATES.contains(&plain(cell).as_str())
}

/// Whether a cell says that somebody leaves. Longer texts say something else.
fn is_gone(cell: &str) -> bool {
    let plain = plain(cell);
    LEAVES.contains(&plain.as_str()) || is_one_word(cell) && begins_as_leaving(&plain)
}

fn is_one_word(text: &str) -> bool {
    !text.contains(char::is_whitespace)
}

fn is_there(plain: &str) -> bool {
    THERE.contains(&plain) || STAYS.contains(&plain)
}

/// What programs and people write where there is nothing.
fn is_nothing(plain: &str) -> bool {
    ["–", "—", ".", "n/a", "na", "null", "never"].contains(&plain) || plain.is_empty()
}

fn is_leaving(bare: &str) -> bool {
    let name = bare.strip_prefix("is").unwrap_or(bare);
    LEAVES.contains(&name) || begins_as_leaving(name)
}

fn begins_as_leaving(text: &str) -> bool {
    LEAVE_STEMS.iter().any(|stem| text.starts_with(stem))
}

/// The words of a name together, from each word on.
fn words_from(name: &str) -> impl Iterator<Item = String> {
    let words = words(name);
    (0..words.len()).map(move |first| words[first..].concat())
}

/// A name (bare) without the words that say nothing of a state: `accountenabled` is `enabled`.
fn without_fillers(bare: &str) -> &str {
    const FILLERS: [&str; 9] = [
        "is",
        "still",
        "currently",
        "account",
        "user",
        "employee",
        "employment",
        "member",
        "status",
    ];
    let mut rest = bare;
    while let Some(shorter) = FILLERS
        .iter()
        .find_map(|filler| rest.strip_prefix(filler).or_else(|| rest.strip_suffix(filler)))
    {
        rest = shorter;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_leavers_are_known_by_a_word_of_their_names() {
        for (name, cell) in [
            ("Leaver", "2026-11-30"),
            ("Date of leaving", "30/11/2026"),
            ("leaveDate", "30.11.2026"),
            ("employment_end_date", "2026-11-30"),
            ("Exit", "x"),
            ("isTerminated", "1"),
            ("Austritt", "30.11.2026"),
            ("Former employee", "yes"),
            ("Offboarding (HR)", "✓"),
            ("Delete (X)", "x"),
            ("To be removed", "X"),
            ("Zu löschen", "ja"),
            ("Last working day", "Friday"),
            ("Still employed", "No"),
            ("Enabled", "False"),
            ("accountEnabled", "FALSE"),
            ("Active", "0"),
            ("Active?", "inactive"),
            ("Aktiv", "nein"),
            ("status", "DEPROVISIONED"),
            ("Status", "suspended"),
            ("employmentStatus", "Terminated"),
            ("Operation", "deactivate"),
        ] {
            assert!(marks_leavers(name, ["", cell].into_iter()), "{name} {cell}");
        }
    }

    #[test]
    fn columns_that_mark_nobody_are_no_marks() {
        for (name, cells) in [
            ("Leaver", &["no", "", "-", "FALSE", "0"][..]),
            ("End date", &["", "n/a"]),
            ("Active", &["TRUE", "yes", "1", ""]),
            ("Still employed", &["Yes", "active"]),
            ("MFA enabled", &["FALSE"]),
            ("Active Directory name", &["no"]),
            ("status", &["active", "disabled", "locked", "REMOVED"]),
            ("Employment status", &["full-time", "part-time"]),
            ("Flexitime", &["yes"]),
            ("Remarks", &["left in May", "new"]),
            ("Remote", &["yes"]),
            ("Disability", &["yes"]),
            ("Exchange student", &["yes"]),
            ("Determination", &["x"]),
        ] {
            assert!(!marks_leavers(name, cells.iter().copied()), "{name} {cells:?}");
        }
    }

    #[test]
    fn people_who_stay_are_told_beside_those_who_leave() {
        for (name, cell) in [
            ("Last day", ""),
            ("Leaver", "no"),
            ("Still employed", "Yes"),
            ("Employment status", "active"),
            ("Remarks", "active"),
        ] {
            assert!(is_mark_of_stayer(name, cell), "{name} {cell}");
        }
        for (name, cell) in [
            ("Last day", "30.11.2026"),
            ("Still employed", "No"),
            ("Reason", "retired"),
            ("Employment status", "terminated"),
            ("status", "active"),
        ] {
            assert!(!is_mark_of_stayer(name, cell), "{name} {cell}");
        }
    }

    #[test]
    fn no_word_for_leaving_is_covered_by_a_stem() {
        for word in LEAVES {
            assert!(!begins_as_leaving(word), "{word}");
        }
        for stem in LEAVE_STEMS {
            let others = LEAVE_STEMS.iter().filter(|other| *other != stem);
            assert!(others.clone().all(|other| !stem.starts_with(other)), "{stem}");
        }
    }
}
