//! The questions that an import asks before its first request.

use crate::cli::error::CliError;
use crate::execute::{InputRows, Scan};
use crate::import::access::Access;
use crate::import::administrators::{Administrators, Sources};
use crate::import::config::UnlistedGroups;
use crate::import::first_questions::{FirstQuestions, Inquiry};
use crate::import::groups::CheckedGroups;
use crate::import::input_file::InputFile;
use crate::import::known_lists::KnownLists;
use crate::import::question_count::QuestionCount;
use crate::import::{existing_users, outdated, protect};
use crate::number::count as count_of;
use crate::umapi::ClientStats;

/// Describes what a plan has asked the server, apart from lists; `None` if nothing.
pub(super) fn asked_words(stats: &ClientStats) -> Option<String> {
    let ClientStats { read_requests, trials, .. } = *stats;
    let asked = (read_requests > 0).then(|| count_of(read_requests, "question"));
    let tried = (trials > 0)
        .then(|| format!("{} in test mode, which changes nothing", count_of(trials, "request")));
    let all: Vec<String> = [asked, tried].into_iter().flatten().collect();
    (!all.is_empty())
        .then(|| format!("{}, as the import will before it sends anything", all.join(" and ")))
}

/// What an import would ask, and what lists already show.
pub(super) struct PlanQuestions {
    /// The administrators who would lose a role, according to a list.
    pub(super) administrators: Administrators,
    /// The questions about administrators.
    pub(super) about_administrators: FirstQuestions,
    /// The number of questions by file. A question about all files is counted once.
    by_file: Vec<QuestionCount>,
}

impl PlanQuestions {
    /// Finds the questions that an import would ask the server first.
    pub(super) fn find(
        (inputs, scans): (&[InputFile], &[Scan]),
        lists: &KnownLists,
        groups: &CheckedGroups,
        access: &Access,
        unlisted: UnlistedGroups,
    ) -> Result<Self, CliError> {
        let all_input_rows: Vec<InputRows<'_>> = inputs.iter().map(InputFile::input_rows).collect();
        let recently_changed =
            lists.any().map(|list| list.recently_changed.as_slice()).unwrap_or_default();
        let inquiry = match scans.iter().any(|scan| scan.counts.takes_something()) {
            true => Inquiry::about(&all_input_rows, recently_changed, &|_, _| true)?,
            false => Inquiry::default(),
        };
        let administrators = find_administrators(&inquiry, inputs, lists)?;
        let about_administrators =
            FirstQuestions::of(&inquiry, &all_input_rows, lists.organization())?;
        let mut by_file = count(inputs, lists, groups, access, unlisted)?;
        if let Some(questions) = by_file.get_mut(about_administrators.file) {
            *questions += QuestionCount::exactly(about_administrators.number);
        }
        Ok(Self { administrators, about_administrators, by_file })
    }

    /// Returns the questions that are counted with the file at this index.
    pub(super) fn of_file(&self, place: usize) -> QuestionCount {
        self.by_file.get(place).copied().unwrap_or_default()
    }
}

/// Finds administrators who would lose roles, according to a list.
fn find_administrators(
    inquiry: &Inquiry,
    inputs: &[InputFile],
    lists: &KnownLists,
) -> Result<Administrators, CliError> {
    let sources = Sources {
        files: inputs
            .iter()
            .map(|input| (input.input_rows(), input.table.name().to_owned()))
            .collect(),
        organization: lists.any().map(|list| &*list.organization),
        stored: None,
        server: None,
        is_left: &|_, _| true,
        is_rehearsal: false,
    };
    match inputs.first() {
        Some(first) => Ok(Administrators::find(inquiry, &sources, &first.protected)?),
        None => Ok(Administrators::default()),
    }
}

/// Counts the questions by file, without those about administrators.
fn count(
    inputs: &[InputFile],
    lists: &KnownLists,
    groups: &CheckedGroups,
    access: &Access,
    unlisted: UnlistedGroups,
) -> Result<Vec<QuestionCount>, CliError> {
    let mut by_file = vec![QuestionCount::default(); inputs.len()];
    if lists.any().is_none() {
        for (input, questions) in inputs.iter().zip(&mut by_file) {
            *questions += existing_users::questions(input, access)?;
        }
    }
    if let Some(questions) = by_file.first_mut() {
        *questions += groups.questions;
        *questions += QuestionCount::exactly(protect::questions(
            inputs,
            lists.organization(),
            unlisted,
            access,
        )?);
        if lists.stored.is_some() {
            *questions += QuestionCount::exactly(outdated::questions(inputs)?);
        }
    }
    Ok(by_file)
}
