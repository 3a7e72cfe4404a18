//! The guards for missing users: if too many are missing, the file may be truncated.

use super::run_record::RunRecord;
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
    /// The number of managed users.
    pub(super) managed: u64,
    /// Rows of the files that do the same.
    pub(super) beside: u64,
    /// Users whom the files name.
    pub(super) named: u64,
    /// The last run about the same managed users.
    pub(super) last: Option<&'r RunRecord>,
    /// The limit on missing users.
    pub(super) max_missing: Option<Cap>,
    /// Whether that limit was set for exactly these files.
    pub(super) is_cap_of_these_files: bool,
    /// The limit on rows that remove memberships.
    pub(super) max_removals: Option<Cap>,
    /// The limit on rows that delete.
    pub(super) max_deletes: Option<Cap>,
}

/// Why so many missing users are refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MissingExcess {
    /// More than a limit allows.
    Cap { by: CappedBy, cap: Cap },
    /// The files name far fewer users than those of an earlier run.
    Shrunk { last: RunRecord },
    /// More than half of all managed users.
    MoreThanHalf,
}

/// The kind of cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CappedBy {
    /// The one on missing users.
    Missing,
    /// The one on rows that remove memberships.
    Removals,
    /// The one on rows that delete.
    Deletes,
}

/// Too many users are missing.
#[derive(Debug, thiserror::Error)]
pub(crate) struct TooMany {
    /// Missing users to whom something is still to happen.
    pub(crate) people: u64,
    /// The number of managed users.
    pub(crate) managed: u64,
    /// Users whom the files name.
    pub(crate) named: u64,
    pub(crate) reason: MissingExcess,
}

impl MissingTotal<'_> {
    /// Returns the first reason to refuse them: a limit, or files that look truncated.
    pub(super) fn refusal(self) -> Option<TooMany> {
        let Self { people, managed, named, .. } = self;
        self.reason().map(|reason| TooMany { people, managed, named, reason })
    }

    fn reason(self) -> Option<MissingExcess> {
        let is_report = self.action == MissingAction::Report;
        if let Some((by, cap)) = self.broken_cap().filter(|_| !is_report) {
            return Some(MissingExcess::Cap { by, cap });
        }
        // A number that was typed is meant for this file. A number in the settings, or a share,
        // does not apply to a file that shrank.
        let is_meant = self.is_cap_of_these_files
            && matches!(self.max_missing, Some(Cap::Rows(_)))
            && self.broken_cap().is_none();
        if is_meant {
            return None;
        }
        if let Some(last) = self.last.filter(|last| self.named * 5 < last.named * 4) {
            return Some(MissingExcess::Shrunk { last: last.clone() });
        }
        let is_half = self.people * 2 > self.managed;
        (!is_report && self.max_missing.is_none() && is_half).then_some(MissingExcess::MoreThanHalf)
    }

    fn broken_cap(self) -> Option<(CappedBy, Cap)> {
        let own = self.max_missing.filter(|cap| cap.is_exceeded(self.people, self.managed));
        if let Some(cap) = own {
            return Some((CappedBy::Missing, cap));
        }
        let (by, cap) = match self.action {
            MissingAction::Report => return None,
            MissingAction::RemoveGroups => (CappedBy::Removals, self.max_removals?),
            MissingAction::Leave => (CappedBy::Deletes, self.max_deletes?),
        };
        // A limit on the number of rows counts those of the files and those that are added here.
        let beside = if matches!(cap, Cap::Rows(_)) { self.beside } else { 0 };
        cap.is_exceeded(self.people + beside, self.managed).then_some((by, cap))
    }
}

impl TooMany {
    /// Describes the numbers: `60 of 100 people under management are missing`.
    pub(crate) fn missing_words(&self) -> String {
        let Self { people, managed, .. } = *self;
        let (managed, are) = (count(managed, "person"), form(people, "is", "are"));
        format!("{people} of {managed} under management {are} missing")
    }
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            MissingExcess::Cap { cap, .. } => write!(
                f,
                "{}, but the limit is {}: nothing was sent",
                self.missing_words(),
                allowed_words(*cap)
            ),
            MissingExcess::Shrunk { last } => write!(
                f,
                "the file names {}, but {} named {} on {}. It looks truncated: nothing was sent. \
                 Check the file",
                count(self.named, "person"),
                last.file_names(),
                last.named,
                wall_clock(last.at, "%a %d %b %Y")
            ),
            MissingExcess::MoreThanHalf => write!(
                f,
                "{}, more than half. The file looks truncated: nothing was sent. Check the file",
                self.missing_words()
            ),
        }
    }
}

/// Describes how many users a limit allows.
pub(crate) fn allowed_words(cap: Cap) -> String {
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

    fn reason(total: MissingTotal<'_>) -> Option<MissingExcess> {
        total.refusal().map(|too_many| too_many.reason)
    }

    fn shrunk_since(last: &RunRecord) -> Option<MissingExcess> {
        Some(MissingExcess::Shrunk { last: last.clone() })
    }

    #[test]
    fn broken_cap_is_said_with_what_it_allows() {
        let said = |cap| {
            let total = MissingTotal { max_missing: Some(cap), ..total(4) };
            total.refusal().unwrap().to_string()
        };
        assert!(said(Cap::Rows(3)).contains("the limit is 3 people:"));
        let share = said(Cap::Percent(2.0));
        assert!(share.contains("the limit is 2 % of the people under"), "{share}");
    }

    #[test]
    fn up_to_half_may_be_missing_without_a_cap() {
        assert_eq!(reason(total(0)), None);
        assert_eq!(reason(total(50)), None);
        assert_eq!(reason(total(51)), Some(MissingExcess::MoreThanHalf));
    }

    #[test]
    fn own_cap_takes_the_place_of_the_half() {
        let capped = |cap, people| reason(MissingTotal { max_missing: Some(cap), ..total(people) });
        assert_eq!(capped(Cap::Percent(80.0), 80), None);
        assert_eq!(
            capped(Cap::Percent(80.0), 81),
            Some(MissingExcess::Cap { by: CappedBy::Missing, cap: Cap::Percent(80.0) })
        );
        assert_eq!(
            capped(Cap::Rows(3), 4),
            Some(MissingExcess::Cap { by: CappedBy::Missing, cap: Cap::Rows(3) })
        );
        assert_eq!(capped(Cap::Rows(0), 0), None);
    }

    #[test]
    fn cap_on_deletions_counts_those_of_the_rows_too() {
        let capped =
            |cap, beside| reason(MissingTotal { max_deletes: Some(cap), beside, ..total(4) });
        assert_eq!(capped(Cap::Rows(4), 0), None);
        let broken = Some(MissingExcess::Cap { by: CappedBy::Deletes, cap: Cap::Rows(4) });
        assert_eq!(capped(Cap::Rows(4), 1), broken);
        // A share counts managed users, not rows.
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
        let cap = |by, rows| Some(MissingExcess::Cap { by, cap: Cap::Rows(rows) });
        assert_eq!(capped(MissingAction::RemoveGroups), cap(CappedBy::Removals, 1));
        assert_eq!(capped(MissingAction::Leave), cap(CappedBy::Deletes, 2));
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
        assert_eq!(named(79), shrunk_since(&last));
        assert_eq!(named(200), None);
        // A report about a truncated file would be misleading as well.
        let report = MissingTotal {
            action: MissingAction::Report,
            named: 79,
            last: Some(&last),
            ..total(10)
        };
        assert_eq!(reason(report), shrunk_since(&last));
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
        assert_eq!(shrunk(Cap::Rows(60), false), shrunk_since(&last));
        assert_eq!(shrunk(Cap::Percent(60.0), true), shrunk_since(&last));
        let broken = Some(MissingExcess::Cap { by: CappedBy::Missing, cap: Cap::Rows(59) });
        assert_eq!(shrunk(Cap::Rows(59), true), broken);
    }

    #[test]
    fn refusal_says_how_to_mean_it() {
        let words = total(60).refusal().unwrap().to_string();
        assert!(words.starts_with("60 of 100 people under management are missing, more than half"));
        assert!(words.ends_with("nothing was sent. Check the file"), "{words}");
        let last = run_of(100);
        let shrunk = MissingTotal { named: 1, last: Some(&last), ..total(10) };
        let words = shrunk.refusal().unwrap().to_string();
        let named = "the file names 1 person, but staff.csv named 100 on ";
        assert!(words.starts_with(named), "{words}");
    }
}
