//! Command lines that are wrong.

use super::Screens;

#[test]
fn words_that_are_no_command_line() {
    let folder = tempfile::tempdir().unwrap();
    Screens::offline("usage", folder.path()).show_all(&[
        ("unknown_command", "umbulk imprt staff.csv"),
        ("unknown_command_far", "umbulk banana staff.csv"),
        ("unknown_command_german", "umbulk hilfe"),
        ("unknown_command_action", "umbulk delete leavers.csv"),
        ("file_as_command", "umbulk -q 'new staff.csv' --sandbox"),
        ("dry_run_of_import", "umbulk import staff.csv --map 'email=E Mail' --dry-run"),
        ("dry_run_with_other_options", "umbulk import --dry-run=true staff.csv --max-deletes 5"),
        ("dry_run_of_plan", "umbulk plan staff.csv --dry-run"),
        ("dry_run_alone", "umbulk --dry-run staff.csv"),
        ("dry_run_as_json", "umbulk import staff.csv --json --dry-run"),
        ("unknown_option_far", "umbulk import staff.csv --verbosity"),
        ("unknown_option", "umbulk import staff.csv --stricter"),
        ("option_of_another_command", "umbulk validate staff.csv --max-deletes 5"),
        ("option_without_value", "umbulk import staff.csv --map"),
        ("option_twice", "umbulk import staff.csv --strict --strict"),
        ("flag_with_a_value", "umbulk import staff.csv --strict=maybe"),
        ("import_without_file", "umbulk import"),
        ("validate_without_file", "umbulk validate"),
        ("plan_without_file", "umbulk plan"),
        ("results_without_file", "umbulk results"),
        ("export_without_kind", "umbulk export"),
        ("export_of_something_else", "umbulk export people"),
        ("diff_of_one_list", "umbulk diff users.csv"),
        ("template_of_an_unknown_dialect", "umbulk template excel"),
        ("snapshots_prune_without_rule", "umbulk snapshots prune"),
        ("snapshots_unknown_command", "umbulk snapshots clean"),
        ("misuse_as_json", "umbulk import staff.csv --json --stricter"),
        ("check_with_a_file", "umbulk check staff.csv"),
        ("status_of_two_files", "umbulk status a.csv b.csv"),
    ]);
}

#[test]
fn values_that_an_option_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("usage", folder.path());
    for (name, options) in [
        ("value_dialect", "--dialect excel"),
        ("value_map_form", "--map Mail"),
        ("value_map_field", "--map mail=Mail"),
        ("value_action", "--action erase"),
        ("value_override_form", "--override delete"),
        ("value_override_field", "--override what=delete"),
        ("value_override_action", "--override action=erase"),
        ("value_header_row", "--header-row 0"),
        ("value_conflicts", "--conflicts first"),
        ("value_encoding", "--encoding klingon"),
        ("value_delimiter", "--delimiter colon"),
        ("value_list_separator", "--list-separator and"),
        ("value_rows", "--rows 20-1"),
        ("value_rows_words", "--rows first"),
        ("value_default_type", "--default-type guest"),
        ("value_default_country", "--default-country England"),
        ("value_if_exists", "--if-exists skip"),
        ("value_timeout", "--timeout soon"),
        ("value_rate", "--rate fast"),
        ("value_rate_of_a_class", "--rate people=10/60s"),
        ("value_max_attempts", "--max-attempts 0"),
        ("value_effect_window", "--effect-window long"),
        ("value_concurrency", "--concurrency 65"),
        ("value_max_errors", "--max-errors many"),
        ("value_max_deletes", "--max-deletes few"),
        ("value_max_deletes_share", "--max-deletes 101%"),
        ("value_max_age", "--max-age old"),
        ("value_missing", "--missing delete"),
        ("value_managed_domain", "--managed-domain ann@example.com"),
        ("value_managed_type", "--managed-type guest"),
        ("value_max_missing", "--max-missing few"),
        ("value_check_groups", "--check-groups always"),
        ("value_empty_groups", "--empty-groups all"),
        ("value_progress", "--progress bar"),
        ("value_color", "--color sometimes"),
        ("conflict_against_online", "--against users.csv --online"),
        ("requires_manage_groups", "--exact-groups"),
        ("requires_exact_groups", "--empty-groups none"),
    ] {
        screens.show(name, &format!("umbulk import staff.csv {options}"));
    }
}

#[test]
fn values_that_options_of_other_commands_do_not_take() {
    let folder = tempfile::tempdir().unwrap();
    Screens::offline("usage", folder.path()).show_all(&[
        ("value_export_format", "umbulk export users --format xlsx"),
        ("value_export_dialect", "umbulk export users --dialect umapi"),
        ("value_export_status", "umbulk export users --status gone"),
        ("conflict_export_cached_force", "umbulk export users --cached --force"),
        ("conflict_usage_from_online", "umbulk usage --from users.csv --online"),
        ("value_usage_format", "umbulk usage --format html"),
        ("value_diff_format", "umbulk diff a.csv b.csv --format html"),
        ("value_prune_age", "umbulk snapshots prune --older-than old"),
        ("value_prune_keep", "umbulk snapshots prune --keep few"),
        ("value_sandbox_host", "umbulk sandbox --host example.com"),
        ("value_sandbox_host_outside", "umbulk sandbox --host 192.0.2.1"),
        ("value_sandbox_port", "umbulk sandbox --port 99999"),
        ("value_sandbox_limit", "umbulk sandbox --limit-action fast"),
        ("value_sandbox_fault_form", "umbulk sandbox --fault 429"),
        ("value_sandbox_fault_name", "umbulk sandbox --fault fire=0.1"),
        ("value_sandbox_fault_chance", "umbulk sandbox --fault 429=2"),
        ("value_sandbox_claimed", "umbulk sandbox --claimed-domain example.com=guest"),
        ("value_sandbox_page_size", "umbulk sandbox --page-size 0"),
        ("value_sandbox_retry_after", "umbulk sandbox --retry-after words"),
    ]);
}
