//! Messages of an import at the terminal.

use super::{api_words, baseline, error_words, groups, guard, outdated, protect, table};
use crate::import::note::Note;
use crate::import::stop_words::stop_words;
use crate::number::count;
use crate::report::DeletedResults;
use crate::shell::shell_words;

/// Describes a note, with the option that helps.
pub(crate) fn note_words(note: &Note<'_>) -> String {
    match advice(note) {
        Some(advice) => format!("{note}{advice}"),
        None => own_words(note),
    }
}

/// Returns the advice after a note whose text is unchanged.
fn advice(note: &Note<'_>) -> Option<&'static str> {
    Some(match note {
        Note::PerhapsUnchanged { .. } => {
            ". `umbulk import --skip-unchanged` compares with the organization"
        }
        Note::EmptyGroups { .. } => {
            ". If an empty cell means no groups under management, use --empty-groups none"
        }
        Note::LargeList { .. } => " (`--against latest` in plan and import reads it)",
        Note::Shadowed { .. } => "; if both accounts are meant, use --allow-shadow",
        Note::HeldAddresses { .. } => "; for another person, use --allow-second-accounts",
        Note::MoreStay { .. } => "; --json has all",
        Note::Finished { .. } => " (--fresh sends all rows again)",
        Note::NoLimit => " (--rate off)",
        Note::NoPlaceOfGroups { .. } => ", or use --groups-file groups.csv",
        Note::OldListOfGroups { .. } => "; `umbulk export groups` fetches a new one",
        Note::NoListOfGroups => "; `umbulk export groups` stores one, --groups-file names one",
        _ => return None,
    })
}

/// Describes a note whose text contains the option.
fn own_words(note: &Note<'_>) -> String {
    match *note {
        Note::Error(error) => error_words(error),
        Note::Api(error) => api_words(error),
        Note::Stop(cause) => stop_words(cause),
        Note::Table(warning) => table::warning_words(warning),
        Note::Deletes(deletes) => guard::deletes_words(deletes),
        Note::NotRecorded => {
            "note: `umbulk undo` cannot take this back: nothing is recorded. --snapshot-before \
             records it; accounts deleted with their files never come back"
                .to_owned()
        }
        Note::Unanswered(why) => guard::unanswered_words(why),
        Note::PartlyKnown(partly) => guard::partly_words(partly),
        Note::Objection(objection) => baseline::objection_words(objection),
        Note::Unmatched(unmatched) => baseline::unmatched_words(unmatched),
        Note::Outdated(advice) => outdated::advice_words(advice),
        Note::AbsentGroups { words, creation, is_creatable } => {
            groups::absent_words(words, creation, is_creatable)
        }
        Note::NoHistory { why } => format!(
            "note: the next run with --missing cannot check whether its file is complete: {}",
            error_words(why)
        ),
        Note::ResultsIncomplete { error, file, by_status }
            if DeletedResults::is_cause_of(error) =>
        {
            format!(
                "the results are not complete: {error}. `{}` writes them again. All rows by \
                 status: {by_status}",
                shell_words(["umbulk", "results", file])
            )
        }
        Note::IndirectMemberships { file } => format!(
            "warning: {file}: this list was exported with --indirect: memberships that come \
             through a user group would be given to everybody directly"
        ),
        Note::AlsoIgnored { people } => format!(
            "note: {} may be meant by rows that are invalid, skipped or not sent, or whose groups \
             could not be checked: --exact-groups removes no groups from these people",
            count(people, "person")
        ),
        Note::SplitUsers { words } => format!(
            "note: --exact-groups removes no groups from people of whom only some rows are sent \
             now: {words}. An import of the whole file removes them (--fresh)"
        ),
        Note::IgnoredColumns { department: Some(name), .. } => {
            format!("{note} ({})", shell_words(["--map", &format!("groups={name}")]))
        }
        Note::IsRefused { risk } => {
            format!("{risk}: the import refuses that without --allow-admins")
        }
        Note::NotChosen => "skipped by --rows".to_owned(),
        Note::MembersUnchecked { about, instead } => format!(
            "note: --protect: {about} are not checked here; {}",
            protect::instead_words(instead)
        ),
        _ => note.to_string(),
    }
}
