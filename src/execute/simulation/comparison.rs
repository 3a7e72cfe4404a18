//! Whether a disturbed history ends as the undisturbed one, and where it may end otherwise.

use super::rows::organization;
use super::script::{Refuser, Script};
use crate::execute::unconfirmed_renames::{DELETION_UNKNOWN, RENAME_FAILED};
use crate::execute::{GroupSideUse, NOT_THERE, OutcomeStatus};
use crate::sandbox::Directory;
use std::collections::BTreeSet;

/// How a row ends.
#[derive(Debug, Clone)]
pub(super) struct EndedRow {
    pub(super) status: OutcomeStatus,
    pub(super) code: String,
    pub(super) words: String,
}

/// The results of a history.
pub(super) struct ScriptOutcome {
    /// The ends of every row of both files.
    pub(super) rows: Vec<EndedRow>,
    /// The organization, with one line for each user and group.
    pub(super) organization: Vec<String>,
    /// The requests to the service, with their times.
    pub(super) trace: Vec<String>,
}

/// The results of a history beside those without disturbances.
pub(super) struct Comparison<'h> {
    rows: Vec<&'h str>,
    calm: &'h ScriptOutcome,
    wild: &'h ScriptOutcome,
    /// The people of whom it is unknown what was done.
    uncertain: BTreeSet<&'h str>,
    /// The groups of which it is unknown what was done.
    groups: BTreeSet<&'h str>,
    /// Whether reads are limited, or got no response.
    is_blind: bool,
    /// Whether the questions may differ: a process forgets when it ends, and from the groups' side,
    /// other commands meet the disturbances.
    asks_others: bool,
    refused: Option<&'h (String, Refuser)>,
}

/// A row with both of its ends.
#[derive(Clone, Copy)]
struct RowPair<'c> {
    place: usize,
    row: &'c str,
    calm: &'c EndedRow,
    wild: &'c EndedRow,
}

impl EndedRow {
    /// Whether the row is not sent, because the rename of its group has failed.
    fn is_held(&self) -> bool {
        self.code == RENAME_FAILED
    }

    /// Whether it is known that nobody had the name who was to leave.
    fn knows_nobody(&self) -> bool {
        self.code == NOT_THERE && self.words.contains("The removal was sent anyway")
    }

    fn is_by_probe(&self) -> bool {
        self.words.contains("a probe shows")
    }

    fn is_behind_a_row(&self) -> bool {
        self.words.starts_with("not sent: after ")
    }

    fn lacks_a_group(&self) -> bool {
        self.words.contains("not sent: the group")
    }
}

impl<'c> RowPair<'c> {
    /// Returns the user whom the row is about.
    fn person(&self) -> &'c str {
        self.row.split(',').nth(1).unwrap_or_default()
    }

    fn has_failed_twice(&self) -> bool {
        [self.calm.status, self.wild.status] == [OutcomeStatus::Failed; 2]
    }

    /// Whether this holds of one end, and that of the other one.
    fn are(&self, this: impl Fn(&EndedRow) -> bool, that: impl Fn(&EndedRow) -> bool) -> bool {
        this(self.calm) && that(self.wild) || this(self.wild) && that(self.calm)
    }
}

impl<'h> Comparison<'h> {
    /// Compares the results of a history with those without disturbances.
    pub(super) fn new(
        rows: Vec<&'h str>,
        [calm, wild]: [&'h ScriptOutcome; 2],
        script: &Script,
        refused: Option<&'h (String, Refuser)>,
    ) -> Self {
        let uncertain = people_of_unknown_rows(&rows, wild);
        let groups = uncertain_groups(&rows, wild);
        let (is_blind, asks_others) = (!script.reads.is_empty(), !script.ends.is_empty());
        Self { rows, calm, wild, uncertain, groups, is_blind, asks_others, refused }
    }

    /// The same, if the service limits the calls.
    pub(super) fn with_limits(self, is_limited: bool) -> Self {
        Self { is_blind: self.is_blind || is_limited, ..self }
    }

    /// The same, with this use of group-side commands.
    pub(super) fn with_group_side(self, used: GroupSideUse) -> Self {
        Self { asks_others: self.asks_others || used == GroupSideUse::Always, ..self }
    }

    /// Checks that every row, and the organization, ends as without disturbances.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut given_up: Vec<&str> = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            let pair =
                RowPair { place, row, calm: &self.calm.rows[place], wild: &self.wild.rows[place] };
            if self.is_uncertain(pair)
                || self.is_known_otherwise(pair)
                || fails_for_another_reason(pair)
                || self.is_refused(pair)
            {
                continue;
            }
            if self.is_given_up(pair) {
                given_up.push(pair.person());
                continue;
            }
            let (calm, wild) = (pair.calm, pair.wild);
            if (calm.status, &calm.code) != (wild.status, &wild.code) {
                return Err(format!(
                    "row {}: {row}\n  in peace: {:?} {} {}\n  here:     {:?} {} {}",
                    place + 1,
                    calm.status,
                    calm.code,
                    calm.words,
                    wild.status,
                    wild.code,
                    wild.words
                ));
            }
        }
        self.check_given_up(&given_up)?;
        self.check_organization(&given_up)
    }

    /// Whether the row depends on something of which it is unknown whether it was done.
    fn is_uncertain(&self, RowPair { place, row, calm, wild }: RowPair<'_>) -> bool {
        // Without a response, it is unknown whether a row created the user or found an existing
        // one.
        if [wild.status, calm.status].contains(&OutcomeStatus::Unknown) && row.contains(",error,") {
            return true;
        }
        // If an earlier row that may have freed the name is `unknown`, the removal is sent, and the
        // API confirms it.
        let person = row.split(',').nth(1).unwrap_or_default();
        let is_behind_unknown = self.rows[..place].iter().zip(&self.wild.rows).any(|(row, end)| {
            end.status == OutcomeStatus::Unknown && row.split(',').nth(1) == Some(person)
        });
        if is_behind_unknown
            && calm.is_behind_a_row()
            && wild.status == OutcomeStatus::Ok
            && !wild.words.contains("existed before")
        {
            return true;
        }
        // Rows behind a deletion of their group with an unknown result are not sent.
        if wild.code == DELETION_UNKNOWN && self.groups.iter().any(|group| row.contains(group)) {
            return true;
        }
        // Rows behind a rename with an unknown result are not sent either. Of a row that fails for
        // want of its user, the row that would have created the user is uncertain, and stands
        // earlier in the file.
        let lacks_user =
            wild.status == OutcomeStatus::Failed && wild.code == "error.user.nonexistent";
        (wild.is_held() || lacks_user) && self.uncertain.iter().any(|email| row.contains(email))
    }

    /// Whether the row is done either way, and only what is known of it differs.
    fn is_known_otherwise(&self, pair: RowPair<'_>) -> bool {
        let RowPair { row, calm, wild, .. } = pair;
        // The user of the rename could not be identified.
        if self.is_blind
            && wild.status == OutcomeStatus::Unknown
            && wild.words.contains("check in the Admin Console that it is the same person")
        {
            return true;
        }
        // When a process ends, it forgets that the server knew nobody of the name; and about an
        // interrupted row, the next process asks. Either way the removal is sent, and who does not
        // know says what the confirmation means. From the groups' side, other people are asked
        // about.
        let knows_not = |end: &EndedRow| end.words.contains("the API also confirms removals");
        if self.asks_others && pair.are(EndedRow::knows_nobody, knows_not) {
            return true;
        }
        // After a request without a clear response, nobody knows whether those who joined were
        // members before. Who had to leave was nobody either way.
        let is_sure = |end: &EndedRow| end.code == NOT_THERE && row.starts_with("update-group,");
        let is_unsure = |end: &EndedRow| {
            end.status == OutcomeStatus::Ok && end.words.contains("the server has no user")
        };
        let is_by_gateway = matches!(self.refused, Some((_, Refuser::Gateway)));
        if is_sure(calm) && is_unsure(wild) || is_by_gateway && is_sure(wild) && is_unsure(calm) {
            return true;
        }
        // A group that is gone after a deletion without a response may never have existed: the
        // effect of the row holds.
        row.starts_with("delete-group,") && (wild.is_by_probe() || calm.is_by_probe())
    }

    /// Whether the row is refused. It may already fail for another reason, and its effect may hold
    /// nevertheless: then a second removal has nothing to do.
    fn is_refused(&self, pair: RowPair<'_>) -> bool {
        let wild = pair.wild;
        self.refused.is_some_and(|(name, _)| pair.row.contains(name))
            && (wild.is_by_probe()
                || wild.knows_nobody()
                || wild.is_behind_a_row()
                || pair.has_failed_twice())
    }

    /// Whether the import has given up the row. If a gateway refuses the other rows, or nothing
    /// else is left to send, it gives up soon, and a probe shows that nothing was done: the row
    /// fails either way, here without the steps that succeed in peace.
    fn is_given_up(&self, RowPair { calm, wild, .. }: RowPair<'_>) -> bool {
        wild.code == "error.no_answer"
            && (self.refused.is_some() || wild.is_by_probe())
            && calm.status == OutcomeStatus::Failed
    }

    /// Checks that rows that say that nothing was done have done nothing.
    fn check_given_up(&self, given_up: &[&str]) -> Result<(), String> {
        let before = lines_of(&organization());
        for person in given_up {
            let is_about = |row: &&&str| row.contains(*person);
            let differs = |line: &&String| line.contains(*person) && !before.contains(line);
            if self.rows.iter().filter(is_about).count() == 1
                && let Some(line) = self.wild.organization.iter().find(differs)
            {
                return Err(format!("a row about {person} has failed, and was done: {line}"));
            }
        }
        Ok(())
    }

    /// Checks that the organizations are the same, except for those of whom it is uncertain.
    fn check_organization(&self, given_up: &[&str]) -> Result<(), String> {
        let beside_refused = self.people_beside_refused();
        let open: Vec<&str> = self
            .uncertain
            .iter()
            .chain(&self.groups)
            .chain(given_up)
            .chain(&beside_refused)
            .copied()
            .collect();
        let is_certain =
            |line: &&String| !open.iter().any(|name| line.contains(&format!("\"{name}\"")));
        let only = |one: &ScriptOutcome, other: &ScriptOutcome| {
            one.organization
                .iter()
                .filter(is_certain)
                .filter(|line| !other.organization.contains(line))
                .cloned()
                .collect::<Vec<_>>()
                .join("\n    ")
        };
        let (missing, surplus) = (only(self.calm, self.wild), only(self.wild, self.calm));
        if missing.is_empty() && surplus.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the organizations differ:\n  in peace:\n    {missing}\n  here:\n    {surplus}"
        ))
    }

    /// Returns the people in rows of groups that name the refused user. This user keeps the others
    /// from joining and leaving only if all of them go in one command.
    fn people_beside_refused(&self) -> Vec<&'h str> {
        let Some((name, _)) = self.refused else { return Vec::new() };
        let of_groups = self.rows.iter().filter(|row| row.starts_with("update-group,"));
        of_groups.filter(|row| row.contains(name)).flat_map(|row| people_of(row)).collect()
    }
}

/// Whether the row fails either way, and either of two reasons may be found first.
fn fails_for_another_reason(pair: RowPair<'_>) -> bool {
    // Because of the rename before it, or because a group does not exist.
    if pair.has_failed_twice() && pair.are(EndedRow::is_held, EndedRow::lacks_a_group) {
        return true;
    }
    // Neither the user nor the group exists: the code may name either.
    let codes = BTreeSet::from([&*pair.calm.code, &*pair.wild.code]);
    codes == BTreeSet::from(["error.group.not_found", "error.user.nonexistent"])
        && (pair.calm.lacks_a_group() || pair.wild.lacks_a_group())
}

/// Returns the people of `unknown` rows. It is unknown how much of such a row was carried out, and
/// its user may get another name later. The rows behind an unknown deletion of a group are not
/// sent.
fn people_of_unknown_rows<'r>(rows: &[&'r str], wild: &ScriptOutcome) -> BTreeSet<&'r str> {
    let mut people = BTreeSet::new();
    for (row, end) in rows.iter().zip(&wild.rows) {
        let names = people_of(row);
        let is_open = end.status == OutcomeStatus::Unknown || end.code == DELETION_UNKNOWN;
        if is_open || names.iter().any(|name| people.contains(name)) {
            people.extend(names);
        }
    }
    people
}

/// Returns the people in the cells of a row.
fn people_of(row: &str) -> Vec<&str> {
    let cells = row.split(',').map(|cell| cell.trim_matches('"'));
    cells.filter(|cell| cell.ends_with("@example.com")).collect()
}

/// Returns the groups for which it is unknown whether they are deleted, and those that are not
/// created because their row comes after a rename with an unknown result.
fn uncertain_groups<'r>(rows: &[&'r str], wild: &ScriptOutcome) -> BTreeSet<&'r str> {
    rows.iter()
        .zip(&wild.rows)
        .filter(|(row, end)| {
            row.starts_with("delete-group,") && end.status == OutcomeStatus::Unknown
                || row.starts_with("create-group,") && end.is_held()
        })
        .flat_map(|(row, _)| row.split(',').filter(|cell| cell.starts_with("Team ")))
        .collect()
}

/// Returns an organization, with one line for each user and group.
pub(super) fn lines_of(directory: &Directory) -> Vec<String> {
    let mut dump = Vec::new();
    directory.dump(&mut dump).unwrap();
    String::from_utf8(dump).unwrap().lines().map(ToOwned::to_owned).collect()
}
