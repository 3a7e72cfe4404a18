//! The reports about missing users: before anything is sent, and at the end.

use super::decision::{EarlierMissing, MissingDecision};
use crate::import::baseline;
use crate::import::config::MissingAction;
use crate::import::error::ImportError;
use crate::import::exit::Exit;
use crate::import::note::Note;
use crate::import::reporter::{ImportEvent, ImportReporter};
use crate::number::{count, form};
use crate::reconcile::{ExemptReason, Likeness, MissingUsers, PerhapsMeant};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The most exempt users who are named one by one.
const SHOWN: usize = 20;

/// Says that a saved plan was applied to missing people before.
const APPLIED: &str = "the plan has been applied to them already";

impl MissingDecision {
    /// Whether the saved plan that is applied has done everything about missing people before.
    pub(super) fn is_applied(&self) -> bool {
        matches!(self.earlier, Some(EarlierMissing::Finished | EarlierMissing::NothingLeft))
    }

    /// Reports who is missing, who is exempt and why, and what happens.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        if self.is_applied() {
            reporter.inform(&format!("missing       {APPLIED}: nothing is sent about them now"));
            return;
        }
        let will = match self.what {
            _ if self.people == 0 => "",
            MissingAction::Report => ": they will be listed once every row is ok or unchanged",
            MissingAction::RemoveGroups => {
                ": they will lose their groups once every row is ok or unchanged"
            }
            MissingAction::Leave => {
                ": they will leave the organization once every row is ok or unchanged"
            }
        };
        reporter.inform(&format!("missing       {}{will}", self.counts()));
        reporter.inform(&format!("              by {}", baseline::describe(&self.organization)));
        self.stays()
            .iter()
            .take(SHOWN)
            .for_each(|line| reporter.inform(&format!("              {line}")));
        self.more_stay(reporter)
            .iter()
            .for_each(|line| reporter.inform(&format!("              {line}")));
        if let Some(EarlierMissing::Interrupted { since }) = self.earlier {
            let more = since_words(since);
            reporter.inform(&format!(
                "continues     {}, which was interrupted{more}",
                self.file.display()
            ));
        }
    }

    /// Describes the numbers: `3 of 120 people under management are missing (110 named in the file;
    /// exempt: 7 administrators or other holders of a role)`.
    pub(super) fn counts(&self) -> String {
        let exempt: Vec<String> = self
            .found
            .exempt_by_reason()
            .into_iter()
            .map(|(why, count)| why.words(count))
            .collect();
        let exempt = if exempt.is_empty() {
            String::new()
        } else {
            format!("; exempt: {}", exempt.join(", "))
        };
        let MissingUsers { managed, named, .. } = self.found;
        let missing = match self.people {
            0 => "nobody is missing".to_owned(),
            people => format!(
                "{people} of {} under management {} missing",
                count_people(managed),
                form(people, "is", "are")
            ),
        };
        format!("{missing} ({named} named in the file{exempt})")
    }

    /// Describes by name who is exempt because a row may mean this user.
    pub(super) fn stays(&self) -> Vec<String> {
        let perhaps = |(number, why): &(u32, ExemptReason)| {
            let one = self.perhaps_meant.get(number).filter(|_| {
                [ExemptReason::NearlyNamed, ExemptReason::PerhapsRenamed].contains(why)
            })?;
            let person = self.organization.person(*number);
            let old = if person.email().is_empty() { person.username() } else { person.email() };
            Some(stays_words(old, one))
        };
        self.found.exempt.iter().filter_map(perhaps).collect()
    }

    fn more_stay(&self, reporter: &dyn ImportReporter) -> Option<String> {
        let more = self.stays().len().saturating_sub(SHOWN);
        (more > 0).then(|| reporter.words(&Note::MoreStay { more }))
    }

    /// Reports the result, or why nothing was done.
    pub(super) fn say_end(
        &self,
        exit: Exit,
        why: Option<&str>,
        reporter: &dyn ImportReporter,
    ) -> Result<(), ImportError> {
        // If nobody is missing, a file with that name is from an earlier run.
        let written = why.is_none()
            && (self.people > 0 || self.earlier.is_some() || self.what == MissingAction::Report)
            && self.file.is_file();
        let end = self.end_words(exit, why);
        let counts = if self.is_applied() { APPLIED.to_owned() } else { self.counts() };
        let mut text = format!("Missing:  {counts}: {end}\n");
        let stays = if self.is_applied() { Vec::new() } else { self.stays() };
        for line in stays.into_iter().take(SHOWN).chain(self.more_stay(reporter)) {
            text += &format!("          {line}\n");
        }
        let facts = serde_json::to_value(MissingEnd {
            action: self.what.name(),
            managed: self.found.managed,
            named: self.found.named,
            missing: self.people,
            stays: self.stays(),
            left_alone: self
                .found
                .exempt_by_reason()
                .into_iter()
                .map(|(why, count)| (why.name(), count))
                .collect(),
            people_in_files: self.record.named,
            file: written.then(|| self.file.to_string_lossy()),
            done: why.is_none() && exit <= Exit::SomeRows,
            why,
        })?;
        reporter.event(ImportEvent::Missing { facts, words: &text })
    }

    fn end_words(&self, exit: Exit, why: Option<&str>) -> String {
        match (why, self.what, exit) {
            (Some(why), ..) => format!("nothing was done about them: {why}"),
            (None, MissingAction::Report, _) if self.people == 0 => {
                format!("{} lists nobody", self.file.display())
            }
            (None, MissingAction::Report, _) => {
                format!("they are listed in {}", self.file.display())
            }
            (None, _, Exit::Good)
                if self.people == 0
                    && matches!(self.earlier, None | Some(EarlierMissing::NothingLeft)) =>
            {
                "nothing to do".to_owned()
            }
            (None, MissingAction::RemoveGroups, Exit::Good) => {
                "they have lost their groups".to_owned()
            }
            (None, MissingAction::Leave, Exit::Good) => {
                "they have left the organization".to_owned()
            }
            (None, _, Exit::SomeRows) => "not all of them were changed: see the results".to_owned(),
            (None, _, Exit::NothingSent | Exit::Stopped) => {
                "interrupted. The same command continues".to_owned()
            }
        }
    }
}

/// Describes users who are missing since: `; 2 more are missing since: run the import again
/// afterwards`.
fn since_words(more: u64) -> String {
    if more == 0 {
        return String::new();
    }
    let are = form(more, "is", "are");
    format!("; {more} more {are} missing since: run the import again afterwards")
}

/// Describes why a user whom a row may mean is exempt, and what to do about it.
fn stays_words(old: &str, PerhapsMeant { called, likeness }: &PerhapsMeant) -> String {
    let named = called.escape_default();
    match likeness {
        Likeness::Looks => {
            format!("stays: {old}, because a row names {named}, which looks the same")
        }
        Likeness::OtherCell => format!(
            "stays: {old}, because the row that creates {named} has that address in another column"
        ),
        _ => format!(
            "stays: perhaps a new address: {old} -> {called} (write an update row with new_email)"
        ),
    }
}

/// The result, for programs.
#[derive(Serialize)]
struct MissingEnd<'a> {
    action: &'static str,
    managed: u64,
    named: u64,
    missing: u64,
    left_alone: BTreeMap<&'static str, u64>,
    stays: Vec<String>,
    people_in_files: u64,
    file: Option<Cow<'a, str>>,
    done: bool,
    why: Option<&'a str>,
}

/// Returns a number of people in words: `1 person`, `2 people`.
pub(super) fn count_people(number: u64) -> String {
    count(number, "person")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_who_are_missing_since_an_interrupted_run_are_told() {
        assert_eq!(since_words(0), "");
        assert!(since_words(1).starts_with("; 1 more is missing since: run the import again"));
        assert!(since_words(2).starts_with("; 2 more are missing since"));
    }

    #[test]
    fn person_whom_a_row_perhaps_means_stays_for_its_reason() {
        let meant = |likeness| PerhapsMeant { called: "new@x.com".to_owned(), likeness };
        let words = stays_words("old@x.com", &meant(Likeness::Looks));
        assert_eq!(words, "stays: old@x.com, because a row names new@x.com, which looks the same");
        let words = stays_words("old@x.com", &meant(Likeness::OtherCell));
        assert!(
            words.ends_with("the row that creates new@x.com has that address in another column")
        );
        let words = stays_words("old@x.com", &meant(Likeness::SameNames));
        assert!(words.starts_with("stays: perhaps a new address: old@x.com -> new@x.com ("));
    }
}
