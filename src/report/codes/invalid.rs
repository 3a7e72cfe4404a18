//! The codes `invalid.FIELD.REASON`: words about a reason, put together with the name of the field.

use super::explanation::{CodeSection, Explanation, read};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The fields and the reasons.
#[derive(Debug, Default)]
pub(super) struct InvalidCodes {
    fields: BTreeMap<String, FieldWords>,
    reasons: BTreeMap<String, ReasonWords>,
}

/// How sentences call the value of a field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldWords {
    /// With its article.
    the: String,
    /// The kind of values, for reasons that all fields of a kind have.
    kind: String,
    /// A right value.
    right: String,
}

/// The words about a reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonWords {
    /// The kinds of fields that have the reason.
    #[serde(default)]
    kinds: Vec<String>,
    /// Further fields that have it.
    #[serde(default)]
    fields: Vec<String>,
    /// Fields of these kinds that do not have it.
    #[serde(default)]
    but: Vec<String>,
    means: String,
    cause: String,
    cure: String,
    #[serde(default)]
    example: Option<String>,
    /// A value that gets the code.
    #[serde(default)]
    wrong: Option<String>,
    /// A value that does not.
    #[serde(default)]
    right: Option<String>,
    /// Other words for a field, or for the fields of a kind.
    #[serde(default)]
    of: BTreeMap<String, OtherWords>,
}

/// Words that replace those of the reason.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OtherWords {
    means: Option<String>,
    cause: Option<String>,
    cure: Option<String>,
    example: Option<String>,
    wrong: Option<String>,
    right: Option<String>,
}

impl InvalidCodes {
    /// Reads the fields and reasons that are built into the program.
    pub(super) fn load() -> Self {
        Self {
            fields: read(include_str!("fields.toml")),
            reasons: read(include_str!("reasons.toml")),
        }
    }

    /// Explains the reason of a field; `None` if the field cannot have it.
    pub(super) fn explain(&self, name: &str, reason: &str) -> Option<Explanation> {
        let (field, words) = self.found(name, reason)?;
        // The words for the field come first, then those for its kind.
        let others = [name, &field.kind].map(|of| words.of.get(of));
        let chosen = |pick: fn(&OtherWords) -> Option<&String>, all: Option<&String>| {
            others.iter().copied().flatten().find_map(pick).or(all).cloned()
        };
        let fill = |text: Option<String>| fill(&text.unwrap_or_default(), name, field);
        let (wrong, right) = self.values(name, reason)?;
        let example = match (wrong, chosen(|other| other.example.as_ref(), words.example.as_ref()))
        {
            (Some(wrong), _) => {
                let wrong = crate::visible::visible(&wrong).into_owned();
                format!("{name}: {wrong} — right: {right}")
            }
            (None, example) => fill(example),
        };
        Some(Explanation {
            code: format!("invalid.{name}.{reason}"),
            means: fill(chosen(|other| other.means.as_ref(), Some(&words.means))),
            cause: fill(chosen(|other| other.cause.as_ref(), Some(&words.cause))),
            cure: fill(chosen(|other| other.cure.as_ref(), Some(&words.cure))),
            example,
        })
    }

    /// Returns a value that gets the code, if there is one, and a right one.
    fn values(&self, name: &str, reason: &str) -> Option<(Option<String>, String)> {
        let (field, words) = self.found(name, reason)?;
        let of_field = words.of.get(name);
        let of_kind = words.of.get(&field.kind);
        let says_otherwise = |other: Option<&OtherWords>| {
            other.is_some_and(|other| other.example.is_some() && other.wrong.is_none())
        };
        if says_otherwise(of_field) {
            return Some((None, field.right.clone()));
        }
        let pick = |pick: fn(&OtherWords) -> Option<&String>, all: Option<&String>| {
            of_field.and_then(pick).or_else(|| of_kind.and_then(pick)).or(all).cloned()
        };
        let wrong = pick(|other| other.wrong.as_ref(), words.wrong.as_ref());
        let right = pick(|other| other.right.as_ref(), words.right.as_ref());
        Some((wrong, right.unwrap_or_else(|| field.right.clone())))
    }

    fn found(&self, name: &str, reason: &str) -> Option<(&FieldWords, &ReasonWords)> {
        let (field, words) = (self.fields.get(name)?, self.reasons.get(reason)?);
        let holds = |list: &[String], what: &str| list.iter().any(|one| one == what);
        let has = holds(&words.fields, name)
            || holds(&words.kinds, &field.kind) && !holds(&words.but, name);
        has.then_some((field, words))
    }

    /// Returns the codes of each field, the row as a whole last.
    pub(super) fn sections(&self) -> Vec<CodeSection> {
        let mut names: Vec<&String> = self.fields.keys().collect();
        names.sort_by_key(|name| (*name == "row", name.as_str()));
        let sections = names.into_iter().map(|name| CodeSection {
            title: format!("Invalid rows: {}", self.fields[name].the),
            codes: self.reasons.keys().filter_map(|reason| self.explain(name, reason)).collect(),
        });
        sections.filter(|section| !section.codes.is_empty()).collect()
    }
}

/// Puts the name of a field into words about it.
fn fill(text: &str, name: &str, field: &FieldWords) -> String {
    let mut letters = field.the.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    let capital = first.unwrap_or_default() + letters.as_str();
    text.replace("{the}", &field.the)
        .replace("{The}", &capital)
        .replace("{column}", name)
        .replace("{right}", &field.right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Problem, Rules, read as read_row};
    use crate::table::{Cells, Field, InputDialect};

    /// Returns a right row in which one cell holds this value.
    fn row<'a>(name: &str, value: &'a str) -> (InputDialect, Vec<(Field, &'a str)>) {
        use Field::*;
        const ANN: [(Field, &str); 4] =
            [(Email, "ann@example.com"), (Firstname, "Ann"), (Lastname, "Lee"), (Country, "US")];
        let field = Field::from_name(name).unwrap();
        let mut cells = match field {
            NewName | Description | Users | RemoveUsers | Profiles | RemoveProfiles | Group => {
                vec![(Action, "update-group"), (Group, "Art"), (Users, "bob@example.com")]
            }
            NewEmail | NewUsername | AddGroups | RemoveGroups => {
                vec![(Action, "update"), (Email, "ann@example.com"), (Firstname, "Ann")]
            }
            HardDelete => vec![(Action, "delete"), (Email, "ann@example.com")],
            Domain => [&ANN[..], &[(Username, "ann.lee")]].concat(),
            // The address of an invalid username is not asked for.
            Username => [&ANN[..], &[(Domain, "example.com")]].concat(),
            _ => ANN.to_vec(),
        };
        cells.retain(|(of, _)| *of != field);
        cells.push((field, value));
        let dialect = match field {
            ProductConfigurations
            | AdminRoles
            | ConfigurationsAdministered
            | UserGroups
            | UserGroupsAdministered
            | ProductsAdministered
            | DeveloperAccess => InputDialect::AdminConsole,
            _ => InputDialect::Native,
        };
        (dialect, cells)
    }

    fn codes(name: &str, value: &str) -> Vec<String> {
        let (dialect, written) = row(name, value);
        let mut cells = Cells::default();
        written.into_iter().for_each(|(field, cell)| cells.set(field, cell));
        let read = read_row(&cells, &Rules::new(dialect));
        read.err().unwrap_or_default().iter().map(Problem::code).collect()
    }

    #[test]
    fn tables_are_read() {
        toml::from_str::<BTreeMap<String, FieldWords>>(include_str!("fields.toml")).unwrap();
        toml::from_str::<BTreeMap<String, ReasonWords>>(include_str!("reasons.toml")).unwrap();
        let all = InvalidCodes::load();
        let fields: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        assert_eq!(all.fields.len(), fields.len() + 1);
        assert!(fields.iter().all(|name| all.fields.contains_key(*name)));
        for (reason, words) in &all.reasons {
            for name in words.fields.iter().chain(&words.but) {
                assert!(all.fields.contains_key(name), "{reason}: {name}");
            }
            for of in words.of.keys() {
                let is_kind = all.fields.values().any(|field| field.kind == *of);
                assert!(is_kind || all.found(of, reason).is_some(), "{reason}: {of}");
            }
        }
    }

    /// What is explained is what happens.
    #[test]
    fn each_wrong_value_gets_its_code_and_each_right_one_does_not() {
        let all = InvalidCodes::load();
        let (mut tried, mut wrong_words) = (0, Vec::new());
        for name in all.fields.keys().filter(|name| *name != "row") {
            for reason in all.reasons.keys() {
                let code = format!("invalid.{name}.{reason}");
                let Some((Some(wrong), right)) = all.values(name, reason) else { continue };
                // Only a workbook shows that such a cell is merged.
                if reason == "merged" && ["action", "group_type"].contains(&&**name) {
                    continue;
                }
                tried += 1;
                let (of_wrong, of_right) = (codes(name, &wrong), codes(name, &right));
                if !of_wrong.contains(&code) || of_right.iter().any(|of| of.contains(name)) {
                    wrong_words.push(format!("{code}: {wrong} {of_wrong:?}, {right} {of_right:?}"));
                }
            }
        }
        assert!(wrong_words.is_empty(), "{wrong_words:#?}");
        assert!(tried > 200, "{tried}");
    }
}
