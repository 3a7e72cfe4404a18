//! The lines of the head about the groups that rows need.

use super::checked::{CheckedGroups, Creation};
use crate::import::note::Note;
use crate::import::reporter::ImportReporter;
use crate::number::count_thousands;
use crate::number::form;
use crate::umapi::wire::MAX_COMMANDS;

/// The most names in one line. The results have all names.
const SHOWN: usize = 8;

impl CheckedGroups {
    /// Prints what is known, in the head of a run or plan.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        let lines = self.words(reporter);
        lines.iter().for_each(|words| reporter.inform(&format!("groups        {words}")));
    }

    /// Returns the number of requests that create groups before the rows.
    pub(crate) fn requests(&self) -> u64 {
        match self.creation {
            Creation::First | Creation::Planned => self.create.len().div_ceil(MAX_COMMANDS) as u64,
            Creation::Off | Creation::TestMode => 0,
        }
    }

    fn words(&self, reporter: &dyn ImportReporter) -> Vec<String> {
        let mut lines = Vec::new();
        let there = self.named - self.made;
        if there > 0 && self.shown.is_empty() && self.unknown.is_empty() && self.create.is_empty() {
            let exist = form(there as u64, "it exists", "all exist");
            lines.push(format!("{there} named, {exist} (checked with {})", self.by));
        }
        if !self.shown.is_empty() {
            lines.push(reporter.words(&Note::AbsentGroups {
                words: &self.absent_words(),
                creation: self.creation,
                is_creatable: self.is_creatable,
            }));
        }
        if !self.create.is_empty() {
            let names = shortened(self.shown_created.iter().cloned());
            let requests = count_thousands(self.requests(), "request");
            lines.push(match self.creation {
                Creation::TestMode => format!(
                    "a real run would first create {names}. Test mode creates nothing, so the API \
                     may refuse the rows that need these groups"
                ),
                Creation::Planned => format!("would be created first, in {requests}: {names}"),
                Creation::Off | Creation::First => format!("created first, in {requests}: {names}"),
            });
        }
        if !self.unknown.is_empty() && self.refused.is_none() {
            let names = shortened(self.unknown.iter().map(|name| format!("`{name}`")));
            lines.push(format!(
                "not checked: {names} ({}){}",
                self.why,
                if self.is_offline {
                    ""
                } else {
                    ": the server decides about their rows. Rows that create users wait until \
                     one row shows that the group exists"
                }
            ));
        }
        lines
    }

    /// Describes the missing groups.
    fn absent_words(&self) -> String {
        let exist = form(self.shown.len() as u64, "does not exist", "do not exist");
        let groups = form(self.named as u64, "group", "groups");
        let by = if self.absent.source.is_empty() {
            String::new()
        } else {
            format!(" ({})", self.absent.source)
        };
        let no_names = match self.absent.no_names.as_str() {
            "" => String::new(),
            why => format!(" (similar names are unknown: {why})"),
        };
        let left = if self.is_continued { " left" } else { "" };
        let them = form(self.shown.len() as u64, "it", "them");
        let (absent, named, names) =
            (self.shown.len(), self.named, shortened(self.shown.iter().cloned()));
        format!(
            "{absent} of {named} {groups} {exist}{by}: {names}{no_names}. Rows{left} that need \
             {them} are invalid"
        )
    }
}

/// Returns the first names, and the number of the others.
pub(crate) fn shortened(names: impl ExactSizeIterator<Item = String>) -> String {
    let all = names.len();
    let mut text = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    if all > SHOWN {
        text += &format!(" and {} more", all - SHOWN);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::reporter::Silent;

    #[test]
    fn absent_groups_are_named_with_what_follows() {
        let checked = CheckedGroups {
            named: 3,
            shown: vec!["`Desing, Video`".to_owned()],
            is_creatable: true,
            ..CheckedGroups::default()
        };
        let words = "1 of 3 groups does not exist: `Desing, Video`. Rows that need it are invalid";
        assert_eq!(checked.words(&Silent), [words]);
        let checked = CheckedGroups { is_continued: true, ..checked };
        assert_eq!(checked.words(&Silent), [words.replace("Rows", "Rows left")]);
    }

    #[test]
    fn creation_is_said_as_it_will_be() {
        let names: Vec<String> = (0..12).map(|n| format!("G{n}")).collect();
        let words = |creation| {
            let checked = CheckedGroups {
                named: 12,
                create: names.clone(),
                shown_created: names.clone(),
                creation,
                ..CheckedGroups::default()
            };
            (checked.requests(), checked.words(&Silent).join("\n"))
        };
        let (requests, first) = words(Creation::First);
        assert!(
            requests == 2 && first.starts_with("created first, in 2 requests: G0, G1"),
            "{first}"
        );
        assert!(words(Creation::Planned).1.starts_with("would be created first, in 2 requests"));
        let (requests, test) = words(Creation::TestMode);
        assert!(requests == 0 && test.starts_with("a real run would first create G0"), "{test}");
    }
}
