//! What must be the same to resume a run: the options that decide what the rows mean, by name, as
//! the journal has them.

use crate::import::config::{ConflictRule, ImportConfig};
use crate::import::difference::Difference;
use crate::import::input_file::InputFile;
use crate::import::option_words::{CONTENT, option_words};
use crate::journal::RunIdentity;
use crate::organization::Organization;
use crate::reconcile::Managed;
use crate::table::{Charset, Field, ValueMapping};
use std::collections::BTreeMap;

/// The option for the list to compare with. In the journal it holds the list.
pub(crate) const LIST: &str = "--against";
/// The option that skips unchanged rows. In the journal it holds the list and its date; it is
/// empty if nothing is compared.
pub(crate) const COMPARED: &str = "--skip-unchanged";
/// The option for the managed groups. In the journal it holds them; it is empty if none are chosen.
pub(crate) const MANAGED: &str = "--manage-groups";
/// The option for empty cells of groups. In the journal it holds `none` if some of them mean no
/// groups, and is empty otherwise.
pub(crate) const EMPTY_GROUPS: &str = "--empty-groups";
/// The plan that is applied. The journal has its id, and nothing if there is none.
pub(crate) const PLAN: &str = "--plan";
pub(crate) const PROTECT: &str = "--protect";
/// Not an option: what was found out about groups when the run began. A resumed run uses it.
pub(crate) const ABSENT_GROUPS: &str = "absent groups";

/// Not an option: rows that are not sent, because they may mean a user who seems to be missing.
pub(crate) const HELD: &str = "held rows";
/// Not an option: rows that are not sent, because an invalid row before them renames a user or
/// group.
pub(crate) const BEHIND: &str = "rows behind invalid renames";
/// Entries that are no options. A difference in them does not make another run.
pub(crate) const FOUND: [&str; 3] = [ABSENT_GROUPS, HELD, BEHIND];

/// The sheet of a workbook that is read, by whatever name it was chosen.
const SHEET: &str = "--sheet";

/// The options whose values are kept as the texts that were typed.
const TEXTS: [&str; 6] =
    ["--dialect", "--encoding", "--ignore", "--list-separator", "--override", SHEET];

/// Not an option: what becomes of cells.
const MAPPING: &str = "mapping of values";

/// Describes what becomes of cells, as in the journal; empty if they are read as they are.
fn stored_mapping(values: &ValueMapping) -> String {
    if values.is_empty() {
        return String::new();
    }
    serde_json::to_string(values).unwrap_or_default()
}

/// Options that decide what the rows mean.
pub(crate) fn options(import: &ImportConfig, input: &InputFile) -> BTreeMap<String, String> {
    let config = &import.read;
    let known = input.baseline.as_ref().filter(|known| known.reduces);
    let options = [
        ("--dialect", input.table.dialect().name().to_owned()),
        ("--map", format!("{:?}", config.map)),
        (MAPPING, stored_mapping(&config.values)),
        ("--action", format!("{:?}", config.action)),
        (
            "--override",
            words(
                &config
                    .overrides
                    .iter()
                    .map(|(field, value)| format!("{}={value}", field.name()))
                    .collect::<Vec<_>>(),
            ),
        ),
        ("--ignore", words(&config.ignore)),
        ("--header-row", config.header_row.map_or_else(String::new, |row| row.to_string())),
        (
            "--conflicts",
            if config.conflicts == ConflictRule::LastCounts {
                "last".to_owned()
            } else {
                String::new()
            },
        ),
        ("--encoding", config.encoding.named().map_or("found", Charset::name).to_owned()),
        (
            "--repair-mojibake",
            if config.repair_mojibake { "yes".to_owned() } else { String::new() },
        ),
        ("--delimiter", format!("{:?}", config.delimiter)),
        ("--list-separator", config.list_separator.to_string()),
        ("--default-type", format!("{:?}", config.default_type)),
        ("--default-country", format!("{:?}", config.default_country)),
        ("--if-exists", format!("{:?}", config.if_exists)),
        (PROTECT, input.protect_list.clone().unwrap_or_default()),
        (LIST, listed_content(input)),
        (COMPARED, known.map_or_else(String::new, |known| compared_words(&known.organization))),
        (MANAGED, managed_words(known.and_then(|known| known.managed.as_ref()))),
        (EMPTY_GROUPS, empty_groups_words(&input.rules.no_groups)),
        (ABSENT_GROUPS, serde_json::to_string(&input.absent_groups).unwrap_or_default()),
        (HELD, serde_json::to_string(&input.held).unwrap_or_default()),
        (BEHIND, serde_json::to_string(&input.behind).unwrap_or_default()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let sheet = input.table.sheet().map(|(sheet, _)| (SHEET.to_owned(), sheet.to_owned()));
    let plan = import.saved_plan.as_ref().map(|plan| (PLAN.to_owned(), plan.id.clone()));
    options.into_iter().chain(sheet).chain(plan).collect()
}

/// Returns the options of a file that is not compared yet: those that need no list, without what is
/// found out about rows.
pub(crate) fn options_without_list(
    import: &ImportConfig,
    input: &InputFile,
) -> impl Iterator<Item = (String, String)> {
    const BY_LIST: [&str; 4] = [LIST, COMPARED, MANAGED, EMPTY_GROUPS];
    let is_known = |name: &str| !BY_LIST.contains(&name) && !FOUND.contains(&name);
    options(import, input).into_iter().filter(move |(name, _)| is_known(name))
}

/// Returns the id of the saved plan that a run applies, from its options in the journal.
pub(crate) fn plan_of(options: &BTreeMap<String, String>) -> Option<&str> {
    options.get(PLAN).map(String::as_str)
}

/// Gives a saved plan that was applied the list of then: nothing more is sent, whatever a newer one
/// shows.
pub(crate) fn take_list_of_same_plan(
    options: &mut BTreeMap<String, String>,
    then: &BTreeMap<String, String>,
) {
    if plan_of(options).is_some() && plan_of(options) == plan_of(then) {
        for name in [COMPARED, LIST] {
            options.insert(name.to_owned(), then.get(name).cloned().unwrap_or_default());
        }
    }
}

/// Describes the content of the list that `--against` names, if rows are sent whatever it shows.
/// Guards and `--missing` use the list nevertheless.
pub(crate) fn listed_content(input: &InputFile) -> String {
    let list = input.baseline.as_ref().filter(|known| !known.reduces);
    list.map_or_else(String::new, |known| listed_words(&known.organization))
}

/// Describes the content of a list that is used without a comparison, as in the journal; empty if
/// it is no file.
pub(crate) fn listed_words(organization: &Organization) -> String {
    let content = organization.content;
    content.map_or_else(String::new, |hash| format!("a list of content {:016x}", hash as u64))
}

/// Joins the values of a repeatable option; empty if it was not given.
pub(crate) fn words(all: &[String]) -> String {
    all.join("; ")
}

/// Describes the list that an import compares with, as in the journal.
pub(crate) fn compared_words(organization: &Organization) -> String {
    let content = organization
        .content
        .map_or_else(String::new, |hash| format!("{CONTENT}{:016x}", hash as u64));
    format!("by {} of {}{content}", organization.identity, organization.at)
}

/// Describes the managed groups, for the identity of a run.
pub(crate) fn managed_words(managed: Option<&Managed>) -> String {
    managed.map_or_else(String::new, |managed| format!("{managed:?}"))
}

/// Describes the columns of groups in which an empty cell means no groups, as in the journal.
pub(crate) fn empty_groups_words(no_groups: &[Field]) -> String {
    if no_groups.is_empty() { String::new() } else { "none".to_owned() }
}

/// Returns what has changed.
pub(crate) fn differences(old: &RunIdentity, new: &RunIdentity) -> Vec<Difference> {
    let mut all = Vec::new();
    if old.input != new.input {
        all.push(Difference::File { then: old.rows, now: new.rows });
    }
    if (&old.organization, &old.host) != (&new.organization, &new.host) {
        let place = |one: &RunIdentity| (one.organization.clone(), one.host.clone());
        all.push(Difference::Organization { then: place(old), now: place(new) });
    }
    if plan_of(&old.options) != plan_of(&new.options) {
        all.push(Difference::Plan);
    }
    let is_apart = |name: &str| name == PLAN || FOUND.contains(&name);
    for (name, now) in new.options.iter().filter(|(name, _)| !is_apart(name)) {
        let then = old.options.get(name).map_or("", String::as_str);
        if then != now {
            all.push(match name.as_str() {
                PROTECT | MANAGED if then.is_empty() || now.is_empty() => Difference::Option {
                    name: name.to_owned(),
                    then: given_words(then),
                    now: given_words(now),
                },
                PROTECT => Difference::Protected,
                MAPPING => Difference::Mapping,
                COMPARED if !then.is_empty() && !now.is_empty() => {
                    let name = |words: &str| undated(words).map(|(named, _)| named.to_owned());
                    match (name(then), name(now)) {
                        (Some(then), Some(now)) if then == now => {
                            Difference::ContentOfList { list: now }
                        }
                        (then, now) => Difference::List {
                            then: then.unwrap_or_default(),
                            now: now.unwrap_or_default(),
                        },
                    }
                }
                name => Difference::Option {
                    name: name.to_owned(),
                    then: typed_value(name, then),
                    now: typed_value(name, now),
                },
            });
        }
    }
    all
}

/// Returns the value of an option as it is typed, from the form that journals keep.
pub(crate) fn typed_value(option: &str, value: &str) -> String {
    match TEXTS.contains(&option) && !value.is_empty() {
        true => value.to_owned(),
        false => option_words(value),
    }
}

/// Returns the name of the list that rows are compared with, and its content, without its date.
fn undated(words: &str) -> Option<(&str, &str)> {
    let (named, content) = words.rsplit_once(CONTENT)?;
    Some((named.rsplit_once(" of ")?.0.trim_start_matches("by "), content))
}

/// Says whether an option was given whose value in the journal cannot be typed.
fn given_words(value: &str) -> String {
    if value.is_empty() { "not given" } else { "given" }.to_owned()
}

/// Gives a list the date in the journal, if it is the same list: a user may have restored it to
/// resume an interrupted run.
pub(crate) fn take_date_of_same_list(
    options: &mut BTreeMap<String, String>,
    then: &BTreeMap<String, String>,
) {
    if let Some((then, now)) = then.get(COMPARED).zip(options.get_mut(COMPARED))
        && undated(then).is_some_and(|list| undated(now) == Some(list))
    {
        now.clone_from(then);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Action, IdentityType, IfExists};

    /// A journal keeps these words. If one of them changes, every unfinished run with it would be
    /// another run.
    #[test]
    fn words_of_options_in_a_journal_stay_as_they_are() {
        use Action::{
            Add, Create, CreateGroup, Delete, DeleteAccount, DeleteGroup, Remove, RemoveAll,
            Update, UpdateGroup,
        };
        for (action, words) in [
            (None, "None"),
            (Some(Create), "Some(Create)"),
            (Some(Update), "Some(Update)"),
            (Some(Add), "Some(Add)"),
            (Some(Remove), "Some(Remove)"),
            (Some(RemoveAll), "Some(RemoveAll)"),
            (Some(Delete), "Some(Delete)"),
            (Some(DeleteAccount), "Some(DeleteAccount)"),
            (Some(CreateGroup), "Some(CreateGroup)"),
            (Some(UpdateGroup), "Some(UpdateGroup)"),
            (Some(DeleteGroup), "Some(DeleteGroup)"),
        ] {
            assert_eq!(format!("{action:?}"), words);
        }
        use IdentityType::{Adobe, Enterprise, Federated};
        for (identity, words) in [
            (Some(Adobe), "Some(Adobe)"),
            (Some(Enterprise), "Some(Enterprise)"),
            (Some(Federated), "Some(Federated)"),
        ] {
            assert_eq!(format!("{identity:?}"), words);
        }
        for (rule, words) in
            [(IfExists::Ignore, "Ignore"), (IfExists::Update, "Update"), (IfExists::Error, "Error")]
        {
            assert_eq!(format!("{rule:?}"), words);
        }
        let map = vec![
            (Field::Email, "Work \"mail\"".to_owned()),
            (Field::RemoveGroups, "Out".to_owned()),
        ];
        assert_eq!(format!("{map:?}"), r#"[(Email, "Work \"mail\""), (RemoveGroups, "Out")]"#);
        assert_eq!(
            format!("{:?} {:?}", Some("US".to_owned()), Some(b';')),
            r#"Some("US") Some(59)"#
        );
        let managed =
            "Managed([WildMatchPattern { pattern: ['a', ' ', '*'], case_insensitive: false }])";
        assert_eq!(managed_words(Some(&Managed::new(&["A *"]))), managed);
    }

    #[test]
    fn words_about_a_list_in_a_journal_stay_whatever_a_screen_calls_it() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let mut snapshot = Organization::new("the snapshot of 1@AdobeOrg", at);
        snapshot.identity = "1@AdobeOrg".to_owned();
        assert_eq!(compared_words(&snapshot), "by 1@AdobeOrg of 1970-01-01T00:00:00Z");
        let mut file = Organization::new("users.csv", at);
        file.content = Some(0xab);
        let words = "by users.csv of 1970-01-01T00:00:00Z, content 00000000000000ab";
        assert_eq!(compared_words(&file), words);
    }

    #[test]
    fn typed_texts_stay_as_they_are() {
        for (option, text) in [
            ("--ignore", "HireDate"),
            ("--ignore", "None"),
            ("--sheet", "LeaversMay"),
            ("--encoding", "GBK"),
        ] {
            assert_eq!(typed_value(option, text), text);
        }
        assert_eq!(typed_value("--ignore", ""), "not given");
    }
}
