//! Columns that mark people who leave, have left, or are not to be created, by their names and
//! cells.

use super::action_words::ACTION;
use super::column_name::{bare, words};
use super::field::plain;
use super::leaver_words::LEAVER_WORDS;
use super::past_date::may_be_over;
use crate::clock::now;
use jiff::tz::TimeZone;

/// What a column says of people by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnSubject {
    /// Who leaves: `Leaver`, `Termination date`.
    Leaving,
    /// Until when they may have an account: `Valid until`.
    Until,
    /// Who stays: `Active`, `Still employed`.
    Staying,
    /// Who is to get an account: `Approved`, `Needs Adobe`.
    Wanted,
    /// What is to become of them, or their state: `Action`, `Employment status`.
    State,
    /// Anything: `Comment`.
    Remarks,
    /// The flags of an account in Active Directory.
    AccountFlags,
}

/// `ADS_UF_ACCOUNTDISABLE`
/// (<https://learn.microsoft.com/windows/win32/adschema/a-useraccountcontrol>).
const ACCOUNT_DISABLED: u32 = 2;

impl ColumnSubject {
    /// Returns what a column with this name says about leavers, if it does.
    pub(super) fn of(name: &str) -> Option<Self> {
        let lists = &*LEAVER_WORDS;
        let bare = bare(&plain(name));
        let is_about_person = || !lists.other_things.iter().any(|thing| bare.contains(thing));
        let begins = |stems: &[&str]| words_from(name).any(|words| begins_with(&words, stems));
        if is_leaving(&bare) || begins(&lists.stems) {
            return Some(Self::Leaving);
        }
        let is_until = begins(&lists.until) || lists.until_names.contains(&bare.as_str());
        if is_until && is_about_person() {
            return Some(Self::Until);
        }
        if bare == "useraccountcontrol" {
            return Some(Self::AccountFlags);
        }
        let short = without_fillers(&bare);
        if lists.staying.contains(&short) {
            Some(Self::Staying)
        } else if lists.wanted.contains(&short) || begins(&lists.wanted_stems) {
            Some(Self::Wanted)
        } else if is_of_states(&bare) || is_plus_or_minus(name) {
            Some(Self::State)
        } else {
            lists.remarks.contains(&bare.as_str()).then_some(Self::Remarks)
        }
    }

    /// Whether a cell of the column marks somebody who leaves.
    fn is_mark(self, cell: &str) -> bool {
        let plain = plain(cell);
        match self {
            Self::Leaving => !is_no(&plain) && !is_there(&plain) && !is_nothing(&plain),
            Self::Until => {
                let today = now().to_zoned_datetime(TimeZone::system()).date();
                LEAVER_WORDS.gone.contains(&plain.as_str()) || may_be_over(cell, today)
            }
            Self::Staying => {
                is_no(&plain) || is_gone(cell) || is_gone_by_state(cell) || is_negated(cell)
            }
            Self::Wanted => {
                let is_pending = LEAVER_WORDS.pending.contains(&plain.as_str());
                is_pending || Self::Staying.is_mark(cell)
            }
            // `left` may be a side.
            Self::State => is_gone_by_state(cell),
            Self::Remarks => begins_with(&plain, &LEAVER_WORDS.remark_stems) || has_part(&plain),
            Self::AccountFlags => {
                plain.parse::<u32>().is_ok_and(|flags| flags & ACCOUNT_DISABLED != 0)
            }
        }
    }
}

/// Whether a column of this name may mark people who leave.
pub(super) fn may_mark_leavers(name: &str) -> bool {
    ColumnSubject::of(name).is_some()
}

/// Whether a cell of the column with this subject and name marks somebody who leaves.
pub(super) fn is_mark_of(subject: Option<ColumnSubject>, name: &str, cell: &str) -> bool {
    let cell = cell.trim();
    !cell.is_empty()
        && !is_of_account(name, cell)
        && subject.is_some_and(|subject| subject.is_mark(cell))
}

/// Whether a cell leaves open that somebody leaves, in a column that marks leavers.
pub(super) fn is_mark_of_stayer(subject: Option<ColumnSubject>, name: &str, cell: &str) -> bool {
    let cell = cell.trim();
    !is_of_account(name, cell)
        && match subject {
            Some(ColumnSubject::State | ColumnSubject::Remarks) | None => {
                !cell.is_empty() && is_there(&plain(cell))
            }
            Some(subject) => !subject.is_mark(cell),
        }
}

/// Whether a cell marks somebody who leaves, by the name of its column or by itself.
pub(super) fn is_any_leaver_mark(subject: Option<ColumnSubject>, name: &str, cell: &str) -> bool {
    let speaks_alone = matches!(subject, None | Some(ColumnSubject::Remarks));
    is_mark_of(subject, name, cell)
        || speaks_alone && !cell.trim().is_empty() && is_gone(cell.trim())
}

/// Whether a column marks somebody who leaves, by its name, or because all its cells say who stays
/// and who leaves.
pub(super) fn marks_leavers<'a>(name: &str, cells: impl Iterator<Item = &'a str> + Clone) -> bool {
    let subject = ColumnSubject::of(name);
    let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
    let is_state = |cell: &str| is_gone(cell) || is_there(&plain(cell));
    let may_say_by_cells =
        matches!(subject, None | Some(ColumnSubject::State | ColumnSubject::Remarks));
    cells.clone().any(|cell| is_mark_of(subject, name, cell))
        || may_say_by_cells
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
    LEAVER_WORDS.leaving.contains(&plain.as_str()) || is_one_word(cell) && speaks_of_leaving(&plain)
}

/// Whether a cell says so in a column of states.
fn is_gone_by_state(cell: &str) -> bool {
    const WORDS: usize = 3;
    let plain = plain(cell);
    LEAVER_WORDS.gone.contains(&plain.as_str())
        || cell.split_whitespace().count() <= WORDS && speaks_of_leaving(&plain)
}

/// Whether a cell denies with a word before another one: `not enrolled`.
fn is_negated(cell: &str) -> bool {
    const WORDS: [&str; 9] = ["not", "no", "nicht", "non", "pas", "niet", "inte", "ikke", "не"];
    let mut words = cell.split_whitespace();
    let first = words.next().map(str::to_lowercase).unwrap_or_default();
    WORDS.contains(&first.as_str()) && words.next().is_some()
}

fn is_one_word(text: &str) -> bool {
    !text.contains(char::is_whitespace)
}

fn is_no(plain: &str) -> bool {
    LEAVER_WORDS.no.contains(&plain)
}

/// Whether a cell (plain) is a tick, or says that somebody stays or comes.
pub(super) fn affirms(plain: &str) -> bool {
    LEAVER_WORDS.yes.contains(&plain) || is_there(plain)
}

/// Whether a cell is a tick, or says yes or no.
pub(super) fn says_yes_or_no(cell: &str) -> bool {
    let plain = plain(cell);
    LEAVER_WORDS.yes.contains(&plain.as_str()) || is_no(&plain)
}

fn is_there(plain: &str) -> bool {
    LEAVER_WORDS.there.contains(&plain) || LEAVER_WORDS.staying.contains(&plain)
}

/// Whether it is what programs and people write where there is nothing, or a date that means it.
fn is_nothing(plain: &str) -> bool {
    let mut digits = plain.chars().filter(char::is_ascii_digit).peekable();
    plain.is_empty()
        || LEAVER_WORDS.nothing.contains(&plain)
        || plain.contains("9999")
        || digits.peek().is_some() && digits.all(|digit| digit == '0')
}

fn is_leaving(bare: &str) -> bool {
    let name = bare.strip_prefix("is").unwrap_or(bare);
    LEAVER_WORDS.leaving.contains(&name) || speaks_of_leaving(name)
}

fn speaks_of_leaving(plain: &str) -> bool {
    begins_with(plain, &LEAVER_WORDS.stems) || has_part(plain)
}

fn has_part(plain: &str) -> bool {
    !plain.is_ascii() && LEAVER_WORDS.parts.iter().any(|part| plain.contains(part))
}

fn begins_with(text: &str, stems: &[&str]) -> bool {
    stems.iter().any(|stem| text.starts_with(stem))
}

/// Whether a name is `+/-`, as above a column of these signs.
fn is_plus_or_minus(name: &str) -> bool {
    let signs: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    ["+/-", "+/−", "+/–", "-/+", "+-", "±"].contains(&signs.as_str())
}

/// Whether a column with this name (bare) has actions, requests or states.
fn is_of_states(bare: &str) -> bool {
    ACTION.contains(&bare)
        || LEAVER_WORDS.state.contains(&bare)
        || LEAVER_WORDS.state_parts.iter().any(|part| bare.contains(part))
}

/// Returns the words of a name together, from each word on.
fn words_from(name: &str) -> impl Iterator<Item = String> {
    let words = words(name);
    (0..words.len()).map(move |first| words[first..].concat())
}

/// Returns a name (bare) without the words that say nothing of a state: `accountenabled` is
/// `enabled`.
fn without_fillers(bare: &str) -> &str {
    const FILLERS: [&str; 14] = [
        "is",
        "still",
        "currently",
        "account",
        "user",
        "employee",
        "employment",
        "member",
        "status",
        "student",
        "konto",
        "noch",
        "encore",
        "compte",
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

    /// The first cell is of somebody who stays, the second of somebody who leaves.
    #[test]
    fn columns_of_leavers_are_known_in_many_languages() {
        for (name, stays, leaves) in [
            ("Status", "current", "former"),
            ("Estado", "activo", "baja"),
            ("Statut", "actif", "parti"),
            ("Situação", "ativo", "desligado"),
            ("Stato", "attivo", "cessato"),
            ("Status", "in dienst", "uit dienst"),
            ("Status", "anställd", "slutat"),
            ("Status", "pracuje", "zwolniony"),
            ("状態", "在職", "退職"),
            ("在籍状況", "在籍中", "退職済"),
            ("状态", "在职", "离职"),
            ("Статус", "работает", "уволен"),
            ("status", "active", "tobedeleted"),
            ("Record status", "Active", "Duplicate"),
            ("Enrollment Status", "Enrolled", "No longer enrolled"),
            ("Request", "New", "Cancel"),
            ("Request type", "Joiner", "Leaver"),
            ("Movement", "Hire", "Termination"),
            ("Event", "Hire", "Termination"),
            ("Antragsart", "Neuanlage", "Löschung"),
            ("申請区分", "新規", "削除"),
            ("Person type", "Staff", "Ex-staff"),
            ("Employee type", "Regular", "Terminated"),
            ("Deceased", "N", "Y"),
            ("Withdrawn", "", "Y"),
            ("Graduated", "", "Y"),
            ("Cancel", "", "x"),
            ("Term Date", "", "10/31/2026"),
            ("TermDate", "31.12.9999", "10/31/2026"),
            ("Date out", "", "31.10.2026"),
            ("Data cessazione", "", "31/10/2026"),
            ("Data de demissão", "", "31/10/2026"),
            ("Data de desligamento", "", "31/10/2026"),
            ("Fecha de baja", "", "31/10/2026"),
            ("Date de fin", "", "31/10/2026"),
            ("Uit dienst", "", "31-10-2026"),
            ("Datum uit dienst", "", "31-10-2026"),
            ("Slutdatum", "", "2026-10-31"),
            ("Fratrædelsesdato", "", "31-10-2026"),
            ("Sluttdato", "", "31.10.2026"),
            ("Data zwolnienia", "", "2026-10-31"),
            ("Дата увольнения", "", "31.10.2026"),
            ("Exmatrikulation", "", "31.10.2026"),
            ("Enrolled", "Y", "N"),
            ("Immatrikuliert", "ja", "nein"),
            ("Inscrit", "oui", "non"),
            ("In dienst", "ja", "nee"),
            ("Keep", "yes", "no"),
            ("Behalten", "ja", "nein"),
            ("Still active", "yes", "not any more"),
            ("Adobe", "yes", "no"),
            ("Needs Adobe", "yes", "no"),
            ("Needs account", "Y", "N"),
            ("Create account?", "Y", "N"),
            ("Approved", "Yes", "No"),
            ("Approval", "Approved", "Rejected"),
            ("Genehmigt", "ja", "ausstehend"),
            ("承認", "済", "未"),
            ("Include", "Y", "N"),
            ("Import", "Y", "N"),
            ("Valid until", "", "2020-01-31"),
            ("Valid to", "2099-01-31", "2020-01-31"),
            ("Expiry", "", "2020-01-31"),
            ("Account expires", "never", "2020-01-31"),
            ("Gültig bis", "31.12.2099", "31.01.2020"),
            ("Fecha de caducidad", "", "31/01/2020"),
            ("有効期限", "2099/03/31", "2020/03/31"),
            ("Graduation date", "2099-06-30", "2020-06-30"),
            ("Comment", "", "left company"),
            ("Bemerkung", "", "ausgeschieden zum 31.10."),
            ("備考", "", "2026年10月退職"),
        ] {
            assert!(marks_leavers(name, [stays, leaves].into_iter()), "{name} {leaves}");
            assert!(!marks_leavers(name, [stays].into_iter()), "{name} {stays}");
        }
    }

    #[test]
    fn harmless_columns_are_no_marks() {
        for (name, cells) in [
            ("Status", &["Active", "Active"][..]),
            ("Status", &["Full-time", "Part-time"]),
            ("Employment status", &["Permanent", "Fixed-term"]),
            ("Estado", &["Jalisco", "Baja California"]),
            ("Statut", &["Cadre", "Non cadre"]),
            ("Department", &["Exit Design", "Retirement Services", "Disability Office"]),
            ("Department", &["Design", "Print"]),
            ("Département", &["Sortie", "Vente"]),
            ("Departamento", &["Ventas"]),
            ("Class", &["A", "D"]),
            ("Class", &["2026", "2027"]),
            ("Term", &["2026FA"]),
            ("Alumno", &["Ana"]),
            ("Last login", &["2026-11-01", "never"]),
            ("Start date", &["2020-01-31"]),
            ("Password expires", &["2020-01-31"]),
            ("Valid until", &["2099-01-31", "never"]),
            ("Has account", &["No", "Yes"]),
            ("Registered", &["No"]),
            ("Approved by", &["Nora Ray"]),
            ("Former name", &["Ray"]),
            ("Удаленная работа", &["да"]),
            ("Event", &["Open day", "Hire"]),
            ("Comment", &["left in May", "leave on Fridays", "deleted mails"]),
            ("Notes", &["new", "works in Exeter"]),
            ("Type", &["Staff", "Student"]),
            ("Employee type", &["Regular", "Contractor"]),
            ("Title", &["Exit Manager"]),
        ] {
            assert!(!marks_leavers(name, cells.iter().copied()), "{name} {cells:?}");
        }
    }

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
            assert!(is_mark_of_stayer(ColumnSubject::of(name), name, cell), "{name} {cell}");
        }
        for (name, cell) in [
            ("Last day", "30.11.2026"),
            ("Still employed", "No"),
            ("Reason", "retired"),
            ("Employment status", "terminated"),
            ("status", "active"),
        ] {
            assert!(!is_mark_of_stayer(ColumnSubject::of(name), name, cell), "{name} {cell}");
        }
    }
}
