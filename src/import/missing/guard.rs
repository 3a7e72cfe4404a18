//! The guards of missing users: too many of them are a sign of a truncated file.

use super::history::RunRecord;
use crate::clock::wall_clock;
use crate::execute::Cap;
use crate::import::config::MissingAction;
use crate::number::{count, form};
use std::fmt;

/// The numbers that the guards check.
#[derive(Debug, Clone, Copy)]
pub(super) struct MissingTotal<'r> {
    /// The action for missing users.
    pub(super) action: MissingAction,
    /// Missing users for whom something is left to do.
    pub(super) people: u64,
    /// Users under management.
    pub(super) managed: u64,
    /// Rows of the files that do the same.
    pub(super) beside: u64,
    /// Users whom the files name.
    pub(super) named: u64,
    /// The last run about the same users under management.
    pub(super) last: Option<&'r RunRecord>,
    /// The limit on missing users.
    pub(super) max_missing: Option<Cap>,
    /// Whether that limit was set for these very files.
    pub(super) is_cap_of_these_files: bool,
    /// The limit on rows that remove memberships.
    pub(super) max_removals: Option<Cap>,
    /// The limit on rows that delete.
    pub(super) max_deletes: Option<Cap>,
}

/// Why so many missing users are refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Excess<'r> {
    /// More than a limit allows.
    Cap { flag: &'static str, cap: Cap },
    /// The files name far fewer users than those of an earlier run.
    Shrunk { last: &'r RunRecord },
    /// More than half of all users under management.
    MoreThanHalf,
}

/// Too many users are missing.
#[derive(Debug)]
pub(super) struct TooMany<'r> {
    total: MissingTotal<'r>,
    pub(super) reason: Excess<'r>,
}

impl<'r> MissingTotal<'r> {
    /// The first reason to refuse them: a limit, or files that look truncated.
    pub(super) fn refusal(self) -> Option<TooMany<'r>> {
        self.reason().map(|reason| TooMany { total: self, reason })
    }

    fn reason(self) -> Option<Excess<'r>> {
        let is_report = self.action == MissingAction::Report;
        if let Some((flag, cap)) = self.broken_cap().filter(|_| !is_report) {
            return Some(Excess::Cap { flag, cap });
        }
        // A typed number was set for this file. A number in the settings, or a share, says nothing
        // about a file that shrank.
        let is_meant = self.is_cap_of_these_files
            && matches!(self.max_missing, Some(Cap::Rows(_)))
            && self.broken_cap().is_none();
        if is_meant {
            return None;
        }
        if let Some(last) = self.last.filter(|last| self.named * 5 < last.named * 4) {
            return Some(Excess::Shrunk { last });
        }
        let is_half = self.people * 2 > self.managed;
        (!is_report && self.max_missing.is_none() && is_half).then_some(Excess::MoreThanHalf)
    }

    fn broken_cap(self) -> Option<(&'static str, Cap)> {
        let own = self.max_missing.filter(|cap| cap.is_exceeded(self.people, self.managed));
        if let Some(cap) = own {
            return Some(("--max-missing", cap));
        }
        let (flag, cap) = match self.action {
            MissingAction::Report => return None,
            MissingAction::RemoveGroups => ("--max-removals", self.max_removals?),
            MissingAction::Leave => ("--max-deletes", self.max_deletes?),
        };
        // A limit on the number of rows counts those of the files and those that are added here.
        let beside = if matches!(cap, Cap::Rows(_)) { self.beside } else { 0 };
        cap.is_exceeded(self.people + beside, self.managed).then_some((flag, cap))
    }
}

impl fmt::Display for TooMany<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MissingTotal { people, managed, named, .. } = self.total;
        let (managed, are) = (count(managed, "person"), form(people, "is", "are"));
        let remedy = format!("Check the file. If that is intended, use --max-missing {people}");
        match self.reason {
            Excess::Cap { flag, cap } => write!(
                f,
                "{people} of {managed} under management {are} missing, but {flag} allows {}: \
                 nothing was sent. `--missing report` lists them",
                allowed_words(cap)
            ),
            Excess::Shrunk { last } => write!(
                f,
                "the file names {}; {} in {} on {}. It looks truncated: nothing was sent. {remedy}",
                count(named, "person"),
                last.named,
                last.file_names(),
                wall_clock(last.at, "%a %d %b %Y")
            ),
            Excess::MoreThanHalf => write!(
                f,
                "{people} of {managed} under management {are} missing, more than half. The file \
                 looks truncated: nothing was sent. {remedy}"
            ),
        }
    }
}

/// How many users a limit allows.
fn allowed_words(cap: Cap) -> String {
    match cap {
        Cap::Rows(number) => count(number, "person"),
        Cap::Percent(percent) => format!("{percent} % of the people under management"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::MissingScope;
    use std::path::{Path, PathBuf};

    fn total(people: u64) -> MissingTotal<'static> {
        MissingTotal {
            action: MissingAction::Leave,
            people,
            managed: 100,
            beside: 0,
            named: 100 - people,
            last: None,
            max_missing: None,
            is_cap_of_these_files: false,
            max_removals: None,
            max_deletes: None,
        }
    }

    fn run_of(named: u64) -> RunRecord {
        let scope = MissingScope { domains: vec!["example.com".to_owned()], types: Vec::new() };
        RunRecord::new(&[PathBuf::from("staff.csv")], Path::new("r.csv"), &scope, named)
    }

    fn reason(total: MissingTotal<'_>) -> Option<Excess<'_>> {
        total.refusal().map(|too_many| too_many.reason)
    }

    #[test]
    fn broken_cap_is_said_with_what_it_allows() {
        let said = |cap| {
            let total = MissingTotal { max_missing: Some(cap), ..total(4) };
            total.refusal().unwrap().to_string()
        };
        assert!(said(Cap::Rows(3)).contains("--max-missing allows 3 people:"));
        let share = said(Cap::Percent(2.0));
        assert!(share.contains("--max-missing allows 2 % of the people under"), "{share}");
    }

    #[test]
    fn up_to_half_may_be_missing_without_a_cap() {
        assert_eq!(reason(total(0)), None);
        assert_eq!(reason(total(50)), None);
        assert_eq!(reason(total(51)), Some(Excess::MoreThanHalf));
    }

    #[test]
    fn own_cap_takes_the_place_of_the_half() {
        let capped = |cap, people| reason(MissingTotal { max_missing: Some(cap), ..total(people) });
        assert_eq!(capped(Cap::Percent(80.0), 80), None);
        assert_eq!(
            capped(Cap::Percent(80.0), 81),
            Some(Excess::Cap { flag: "--max-missing", cap: Cap::Percent(80.0) })
        );
        assert_eq!(
            capped(Cap::Rows(3), 4),
            Some(Excess::Cap { flag: "--max-missing", cap: Cap::Rows(3) })
        );
        assert_eq!(capped(Cap::Rows(0), 0), None);
    }

    #[test]
    fn cap_on_deletions_counts_those_of_the_rows_too() {
        let capped =
            |cap, beside| reason(MissingTotal { max_deletes: Some(cap), beside, ..total(4) });
        assert_eq!(capped(Cap::Rows(4), 0), None);
        let broken = Some(Excess::Cap { flag: "--max-deletes", cap: Cap::Rows(4) });
        assert_eq!(capped(Cap::Rows(4), 1), broken);
        // A share counts users under management, and not rows.
        assert_eq!(capped(Cap::Percent(4.0), 90), None);
    }

    #[test]
    fn each_action_has_its_own_cap() {
        let capped = |action| {
            reason(MissingTotal {
                action,
                max_removals: Some(Cap::Rows(1)),
                max_deletes: Some(Cap::Rows(2)),
                ..total(9)
            })
        };
        let cap = |flag, rows| Some(Excess::Cap { flag, cap: Cap::Rows(rows) });
        assert_eq!(capped(MissingAction::RemoveGroups), cap("--max-removals", 1));
        assert_eq!(capped(MissingAction::Leave), cap("--max-deletes", 2));
        assert_eq!(capped(MissingAction::Report), None);
    }

    #[test]
    fn report_touches_nobody_and_is_not_capped() {
        let report = |people| MissingTotal {
            action: MissingAction::Report,
            max_missing: Some(Cap::Rows(1)),
            ..total(people)
        };
        assert_eq!(reason(report(99)), None);
    }

    #[test]
    fn file_that_names_a_fifth_fewer_people_is_refused() {
        let last = run_of(100);
        let named = |named| reason(MissingTotal { named, last: Some(&last), ..total(10) });
        assert_eq!(named(80), None);
        assert_eq!(named(79), Some(Excess::Shrunk { last: &last }));
        assert_eq!(named(200), None);
        // A report about a truncated file is misleading as well.
        let report = MissingTotal {
            action: MissingAction::Report,
            named: 79,
            last: Some(&last),
            ..total(10)
        };
        assert_eq!(reason(report), Some(Excess::Shrunk { last: &last }));
    }

    #[test]
    fn typed_number_means_these_files_and_nothing_else_does() {
        let last = run_of(1000);
        let shrunk = |cap, is_typed| {
            reason(MissingTotal {
                max_missing: Some(cap),
                is_cap_of_these_files: is_typed,
                last: Some(&last),
                ..total(60)
            })
        };
        assert_eq!(shrunk(Cap::Rows(60), true), None);
        assert_eq!(shrunk(Cap::Rows(60), false), Some(Excess::Shrunk { last: &last }));
        assert_eq!(shrunk(Cap::Percent(60.0), true), Some(Excess::Shrunk { last: &last }));
        let broken = Some(Excess::Cap { flag: "--max-missing", cap: Cap::Rows(59) });
        assert_eq!(shrunk(Cap::Rows(59), true), broken);
    }

    #[test]
    fn refusal_says_how_to_mean_it() {
        let words = total(60).refusal().unwrap().to_string();
        assert!(words.starts_with("60 of 100 people under management are missing, more than half"));
        assert!(words.ends_with("use --max-missing 60"), "{words}");
        let last = run_of(100);
        let shrunk = MissingTotal { named: 1, last: Some(&last), ..total(10) };
        let words = shrunk.refusal().unwrap().to_string();
        assert!(words.starts_with("the file names 1 person; 100 in staff.csv on "), "{words}");
    }
}
