//! Every option that a message advises has a test in which somebody follows the advice.

use std::collections::BTreeSet;
use std::path::Path;

/// Each advised option with a test that types it after the message, and shows that it helps.
const FOLLOWED: &[(&str, &str)] = &[
    ("action", "advice::list_of_names_alone_is_refused_with_whole_commands"),
    ("against", "advice_of_rows::list_that_is_not_stored_is_given_as_advised"),
    ("allow-admins", "administrators::allow_admins_sends_and_must_be_typed"),
    (
        "allow-second-accounts",
        "refused_again::finished_import_typed_again_with_the_flag_sends_the_held_row",
    ),
    ("allow-shadow", "differences::a_federated_id_over_an_adobe_id_is_warned_of"),
    ("ca-file", "credentials_of_folders::certificates_of_the_credentials_own_place_are_said"),
    ("cached", "export::full_list_twice_in_two_hours_needs_force"),
    ("check-groups", "unknown_groups::check_groups_never_asks_nothing"),
    ("config", "profiles::named_settings_file_is_the_users_own_as_advised"),
    ("create-groups", "advice_of_rows::groups_that_do_not_exist_are_created_as_advised"),
    ("default-country", "advice_of_rows::country_of_all_rows_is_set_as_advised"),
    ("default-type", "advice_of_rows::users_without_names_are_created_as_advised"),
    ("delimiter", "advice::wrong_line_of_the_delimiter_proposes_the_right_one"),
    ("empty-groups", "handed_back_groups::advice_for_a_group_that_stays_takes_it_away"),
    ("encoding", "advice::code_page_of_dos_is_named_and_read_as_proposed"),
    ("env-file", "credentials_of_folders::typed_env_file_takes_a_secret_from_anywhere"),
    ("exact-groups", "handed_back_groups::advice_for_a_group_that_stays_takes_it_away"),
    ("force", "export::full_list_twice_in_two_hours_needs_force"),
    ("fresh", "outdated_list::new_list_beside_an_outdated_one_is_advised"),
    (
        "groups-file",
        "plan_without_credentials::plan_without_organization_says_why_groups_are_unchecked",
    ),
    ("header-row", "found_headers::rows_above_the_header_are_named_and_nothing_is_sent"),
    ("if-exists", "advice_of_rows::names_that_differ_are_changed_as_advised"),
    ("ignore", "advice::columns_that_would_be_lost_are_ignored_as_proposed"),
    ("indirect", "foreign_headers::indirect_memberships_are_warned_of_in_any_spelling"),
    (
        "list-separator",
        "list_separators::a_list_with_another_separator_is_refused_and_the_proposal_works",
    ),
    ("manage-groups", "handed_back_groups::advice_for_a_group_that_stays_takes_it_away"),
    ("managed-domain", "missing::missing_needs_management_and_a_fresh_full_list"),
    ("managed-type", "missing::missing_needs_management_and_a_fresh_full_list"),
    ("map", "proposed_columns::proposed_columns_of_each_program_are_read_as_they_are_typed"),
    ("max-missing", "missing::a_file_that_looks_truncated_is_refused"),
    ("max-shrink", "sync::list_that_shrank_is_refused_until_somebody_says_that_it_is_complete"),
    ("missing", "missing::an_interrupted_leave_goes_on_with_the_same_people"),
    ("online", "advice_of_rows::list_that_is_not_stored_is_given_as_advised"),
    ("out", "outdated_list::new_list_beside_an_outdated_one_is_advised"),
    ("override", "advice_of_rows::actions_of_a_file_are_replaced_as_advised"),
    ("profile", "profiles::folder_does_not_choose_a_profile_over_the_environment"),
    ("protect", "advice_of_rows::file_that_protects_nobody_is_omitted_as_advised"),
    ("repair-mojibake", "advice_of_rows::names_decoded_twice_are_repaired_as_advised"),
    ("retry-failed", "retried_rows::proposed_command_sends_what_was_fixed_in_either_file"),
    ("results", "dialects::compressed_files_and_standard_input_import"),
    ("rows", "rows_in_portions::row_outside_the_portion_is_not_sent_after_a_later_row_about_it"),
    ("sandbox", "bad_input::missing_credentials_are_named_and_a_wrong_secret_is_said"),
    ("save", "saved_plans::changed_file_is_not_sent_and_its_rows_are_named"),
    ("sheet", "workbooks::several_known_sheets_are_chosen_as_proposed"),
    ("save-map", "mapping_files::proposed_mapping_is_written_as_the_error_says"),
    ("skip-unchanged", "advice_of_rows::leaver_whom_no_list_shows_is_removed_as_advised"),
    ("snapshot-before", "undo::import_without_baseline_is_refused_with_the_option"),
    ("store", "shared_store::killed_run_goes_on_at_once_on_its_own_computer"),
    ("yes", "guards::more_than_ten_deletions_need_a_yes"),
];

/// Returns the options that the text literals of a source file advise.
fn advised(source: &str) -> BTreeSet<String> {
    const BEFORE: [&str; 12] = [
        "use",
        "Use",
        "type",
        "with",
        "or",
        "add",
        "omit",
        "Omit",
        "without",
        "FILE",
        "users",
        "snapshots",
    ];
    let code = source.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let text: String = lines
        .map(|line| match line.strip_suffix('\\') {
            Some(open) => open.to_owned(),
            None => format!("{line}\n"),
        })
        .collect();
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("--") {
        let name: String =
            text[at + 2..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        let before = text[..at].trim_end_matches('`').strip_suffix(' ').unwrap_or_default();
        let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap();
        if name.len() > 1 && BEFORE.contains(&word) {
            found.insert(name);
        }
    }
    found
}

#[test]
fn every_advised_option_has_a_test_that_types_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in ["src/cli/words", "src/change", "src/execute"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    let advised: BTreeSet<String> =
        sources.iter().flat_map(|path| advised(&std::fs::read_to_string(path).unwrap())).collect();
    let followed: BTreeSet<String> =
        FOLLOWED.iter().map(|(option, _)| (*option).to_owned()).collect();
    let missing: Vec<&String> = advised.difference(&followed).collect();
    assert!(missing.is_empty(), "no test follows the advice to use {missing:?}");
    assert!(advised.len() > 30, "{advised:?}");
    for (option, test) in FOLLOWED {
        let (file, name) = test.split_once("::").unwrap();
        let text = std::fs::read_to_string(root.join(format!("tests/it/{file}.rs")))
            .unwrap_or_else(|error| panic!("{test}: {error}"));
        assert!(text.contains(&format!("\nfn {name}()")), "{option}: there is no test {test}");
    }
}
