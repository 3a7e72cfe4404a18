//! What the page about a run says beside its rows: from the end of an import, or from its journal.

use crate::clock::{self, with_wall_clock};
use crate::import::run_options::{FOUND, LIST, PLAN, typed_value};
use crate::journal::{Journal, RecoveredState, RunIdentity, RunInfo};
use crate::number::thousands;
use crate::report::{RunPage, Summary, times};
use crate::shell::shell_words;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;

/// Completes the page of an import that has ended now. `journal` has its pauses and options.
pub(crate) fn of_summary(
    page: RunPage,
    summary: &Summary,
    began: Timestamp,
    (journal, typed): (Option<&Path>, String),
) -> RunPage {
    let journal = journal.and_then(|place| Journal::open_read_only(place).ok().flatten());
    let mut remarks = Vec::new();
    if summary.test_mode {
        remarks.push("A test: Adobe checked the rows and changed nothing.".to_owned());
    }
    remarks.extend(summary.stopped.as_ref().map(|why| format!("Not finished: {why}")));
    remarks.extend(summary.left.as_ref().map(|left| format!("Left: {left}")));
    remarks.extend(summary.next.as_ref().map(ToString::to_string));
    let mut facts = vec![
        ("Organization", summary.organization.clone()),
        ("Host", summary.host.clone()),
        ("Requests", thousands(summary.requests_in_run)),
    ];
    // A finished run that is shown again has ended before.
    let finished = journal.as_ref().and_then(|journal| journal.finished_on().ok().flatten());
    facts.extend(times(began, Some(finished.unwrap_or_else(clock::now))));
    let about = journal.as_ref().and_then(|journal| journal.about().ok());
    let mut settings = vec![("Command".to_owned(), typed)];
    settings.extend(about.iter().flat_map(|about| shown_options(&about.options)));
    RunPage {
        file: summary.file.clone(),
        facts,
        remarks,
        settings,
        pauses: journal.and_then(|journal| journal.pauses().ok()).unwrap_or_default(),
        ..page
    }
}

/// Completes the page of a run as its journal has it.
pub(crate) fn of_journal(
    page: RunPage,
    journal: &Journal,
    (about, run_info, recovered): (&RunIdentity, &RunInfo, &RecoveredState),
) -> RunPage {
    let mut remarks = Vec::new();
    match (&recovered.finished, &recovered.stopped) {
        (Some(_), _) => {}
        (None, Some(why)) => remarks.push(format!("Not finished: {why}")),
        (None, None) => remarks.push(
            "Not finished: the run is running, or was interrupted. The same command continues it."
                .to_owned(),
        ),
    }
    let mut facts =
        vec![("Organization", about.organization.clone()), ("Host", about.host.clone())];
    facts.extend(recovered.requests_sent().map(|sent| ("Requests", thousands(sent))));
    facts.extend(times(run_info.began, recovered.finished));
    let typed = shell_words(run_info.typed.iter().map(|word| word.as_path().as_os_str()));
    let mut settings = vec![("Command".to_owned(), typed)];
    settings.extend(shown_options(&about.options));
    let name = run_info.file.as_path().file_name().unwrap_or_default();
    RunPage {
        file: name.to_string_lossy().into_owned(),
        facts,
        remarks,
        settings,
        pauses: journal.pauses().unwrap_or_default(),
        ..page
    }
}

/// Returns the options that say something, as they are typed and as far as they are short.
fn shown_options(options: &BTreeMap<String, String>) -> impl Iterator<Item = (String, String)> {
    const LONGEST: usize = 200;
    // The journal has numbers of the plan and of the content of the list; the command names both.
    let is_shown = |name: &str| name != PLAN && name != LIST && !FOUND.contains(&name);
    let says_something =
        |value: &str| !matches!(value, "" | "None" | "found" | "[]" | "{}" | "null");
    options.iter().filter(move |(name, value)| is_shown(name) && says_something(value)).map(
        |(name, value)| {
            let value = with_wall_clock(&typed_value(name, value));
            let shown = match value.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}…", &value[..end]),
                None => value,
            };
            (name.clone(), shown)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_shown_as_they_are_typed() {
        let stored = [
            ("--action", "Some(RemoveAll)"),
            ("--against", "a list of content 00000000000000ff"),
            ("--ignore", ""),
            ("--manage-groups", "Managed([WildMatchPattern { pattern: ['t', '*'], max: 1 }])"),
            ("--map", r#"[(Firstname, "Vorname")]"#),
            ("--plan", "694c0de46aafbb164e532f13035a3ba5"),
        ];
        let stored = stored.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let shown: Vec<_> = shown_options(&stored).collect();
        let expected =
            [("--action", "remove-all"), ("--manage-groups", "t*"), ("--map", "firstname=Vorname")];
        assert_eq!(shown, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
