//! Why an import is refused before anything is sent: too many deletions, administrators, or no
//! confirmation.

use crate::execute::{Broken, CapKind};
use crate::import::known_roles::RolesUnanswered;
use crate::import::shrunk::Shrunk;
use crate::number::{count, form};
use crate::plan::Deletes;
use std::fmt;
use std::path::PathBuf;

/// Why a guard refuses an import.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GuardError {
    #[error(
        "{excess}, but the limit is {cap}: nothing was sent. Check the rows",
        excess = .0,
        cap = .0.broken.cap
    )]
    TooMany(CapExcess),
    #[error("{risk}: nothing was sent. Remove these rows")]
    Administrators {
        /// Which rows, and what they would lose.
        risk: String,
    },
    #[error(
        "{}, and the server did not say who is one ({why}): nothing was sent. Try again later, or \
         compare with a fresh list of users",
        unknown_words(*rows)
    )]
    AdministratorsUnknown { rows: u64, why: RolesUnanswered },
    #[error("{0}: nothing was sent")]
    NotConfirmed(DeletesToConfirm),
    #[error(
        "the profile {profile} is that of a production organization, and nobody confirmed that \
         it is to be changed: nothing was sent"
    )]
    ProductionNotConfirmed { profile: String },
    #[error("{0}")]
    Shrunk(Shrunk),
    #[error(
        "{}: the rows of the last run cannot be read ({why}), so umbulk cannot check that the list \
         is complete: nothing was sent. Check the list",
        path.display()
    )]
    ShrinkUnknown { path: PathBuf, why: String },
}

/// More rows that remove something than a cap allows.
#[derive(Debug)]
pub(crate) struct CapExcess {
    pub(crate) broken: Broken,
    /// The number of files that count together.
    pub(crate) files: usize,
    /// Whether only some rows of the files are sent, although all count.
    pub(crate) is_part: bool,
}

impl CapExcess {
    /// Describes the rows: `12 of 40 rows to send delete`.
    pub(crate) fn rows_words(&self) -> String {
        let Broken { guard, count: rows, sendable, .. } = self.broken;
        let what = match guard {
            CapKind::Deletes => form(rows, "deletes", "delete"),
            CapKind::Removals => form(rows, "takes memberships away", "take memberships away"),
        };
        format!("{rows} of {} to send {what}", count(sendable, "row"))
    }
}

impl fmt::Display for CapExcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rows_words())?;
        match (self.files, self.is_part) {
            (1, false) => Ok(()),
            (1, true) => f.write_str(" (all rows of the file count)"),
            (files, false) => write!(f, " in {files} files together"),
            (files, true) => write!(f, " in {files} files together (all their rows count)"),
        }
    }
}

/// Deletions that the user must confirm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeletesToConfirm {
    /// The deletions of all rows.
    pub(crate) all: Deletes,
    /// The number of rows that delete now.
    pub(crate) now: u64,
    /// Whether only some rows of the files are sent. Otherwise the others were sent before.
    pub(crate) is_part: bool,
}

impl fmt::Display for DeletesToConfirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, now, is_part } = *self;
        f.write_str(&deletion_words(all))?;
        if now == all.rows {
            return Ok(());
        }
        let which = if is_part { "are sent now" } else { "are left" };
        write!(f, " ({now} of them {which}; all rows of the file count)")
    }
}

/// Describes deletions: `12 rows remove users from the organization or from all groups, or delete
/// groups; 3 of them delete accounts with all their files, which cannot be restored`.
pub(crate) fn deletion_words(Deletes { rows: deletes, accounts }: Deletes) -> String {
    let what = match deletes {
        1 => "removes a user from the organization or from all groups, or deletes a group",
        _ => "remove users from the organization or from all groups, or delete groups",
    };
    let with_files = match accounts {
        0 => String::new(),
        1 => "; 1 of them deletes an account with all its files, which cannot be restored".into(),
        _ => format!(
            "; {accounts} of them delete accounts with all their files, which cannot be restored"
        ),
    };
    format!("{} {what}{with_files}", count(deletes, "row"))
}

/// Describes rows about unknown roles: `3 rows take access away from people who may be
/// administrators`.
pub(crate) fn unknown_words(rows: u64) -> String {
    let takes = if rows == 1 { "takes" } else { "take" };
    format!("{} {takes} access away from people who may be administrators", count(rows, "row"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Cap;

    fn deletes(rows: u64, accounts: u64) -> Deletes {
        Deletes { rows, accounts }
    }

    #[test]
    fn broken_cap_says_what_counts_and_what_is_allowed() {
        let excess = |guard, count, files, is_part| CapExcess {
            broken: Broken { guard, count, sendable: 40, cap: Cap::Rows(1) },
            files,
            is_part,
        };
        let said = |files, is_part| excess(CapKind::Deletes, 12, files, is_part).to_string();
        let rows = "12 of 40 rows to send delete";
        assert_eq!(said(1, false), rows);
        assert_eq!(said(1, true), format!("{rows} (all rows of the file count)"));
        assert_eq!(said(3, false), format!("{rows} in 3 files together"));
        assert_eq!(said(3, true), format!("{rows} in 3 files together (all their rows count)"));
        let words = |guard, count| excess(guard, count, 1, false).rows_words();
        assert_eq!(words(CapKind::Deletes, 1), "1 of 40 rows to send deletes");
        assert_eq!(words(CapKind::Removals, 1), "1 of 40 rows to send takes memberships away");
        assert_eq!(words(CapKind::Removals, 2), "2 of 40 rows to send take memberships away");
        let refusal = GuardError::TooMany(excess(CapKind::Deletes, 12, 1, false)).to_string();
        assert_eq!(
            refusal,
            format!("{rows}, but the limit is {}: nothing was sent. Check the rows", Cap::Rows(1))
        );
    }

    #[test]
    fn deletions_are_counted_with_the_accounts_among_them() {
        let all = "remove users from the organization or from all groups, or delete groups";
        assert_eq!(deletion_words(deletes(12, 0)), format!("12 rows {all}"));
        assert_eq!(
            deletion_words(deletes(12, 3)),
            format!(
                "12 rows {all}; 3 of them delete accounts with all their files, which cannot be \
                 restored"
            )
        );
        let one = deletion_words(deletes(1, 1));
        assert_eq!(
            one,
            "1 row removes a user from the organization or from all groups, or deletes a group; 1 \
             of them deletes an account with all its files, which cannot be restored"
        );
    }

    #[test]
    fn deletions_to_confirm_say_how_many_rows_delete_now() {
        let said =
            |now, is_part| DeletesToConfirm { all: deletes(12, 0), now, is_part }.to_string();
        let all = deletion_words(deletes(12, 0));
        assert_eq!([said(12, false), said(12, true)], [all.clone(), all.clone()]);
        let left = format!("{all} (5 of them are left; all rows of the file count)");
        assert_eq!(said(5, false), left);
        let part = format!("{all} (5 of them are sent now; all rows of the file count)");
        assert_eq!(said(5, true), part);
    }

    #[test]
    fn rows_about_unknown_administrators_are_counted() {
        let may = "access away from people who may be administrators";
        assert_eq!(unknown_words(1), format!("1 row takes {may}"));
        assert_eq!(unknown_words(3), format!("3 rows take {may}"));
    }
}
