//! Settings outside the command line: the environment, `.env`, `umbulk.toml` and `--config`.

use super::Screens;
use tempfile::TempDir;

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("staff.csv"), FILE).unwrap();
    folder
}

#[test]
fn settings_in_the_environment() {
    let folder = folder();
    Screens::offline("settings", folder.path()).show_all(&[
        ("environment_unknown", "UMBULK_STRICTER=1 umbulk validate staff.csv"),
        ("environment_nearly", "UMBULK_MAX_DELETE=5 umbulk validate staff.csv"),
        ("environment_lower_case", "umbulk_rate=off umbulk validate staff.csv"),
        ("environment_to_be_typed", "UMBULK_YES=1 umbulk import staff.csv"),
        ("environment_unknown_as_json", "UMBULK_STRICTER=1 umbulk import staff.csv --json"),
        ("environment_wrong_value", "UMBULK_CONCURRENCY=many umbulk import staff.csv --sandbox"),
        ("environment_wrong_flag", "UMBULK_STRICT=perhaps umbulk import staff.csv --sandbox"),
        (
            "environment_of_a_config_that_is_not_there",
            "UMBULK_CONFIG=my.toml umbulk validate staff.csv",
        ),
    ]);
}

#[test]
fn settings_in_a_file() {
    for (name, settings, typed) in [
        ("file_broken", "strict = \n", "umbulk validate staff.csv"),
        ("file_unknown_key", "stricter = true\n", "umbulk validate staff.csv"),
        ("file_nearly_a_key", "max-delete = 5\n", "umbulk validate staff.csv"),
        ("file_key_to_be_typed", "fresh = true\n", "umbulk validate staff.csv"),
        ("file_wrong_kind", "concurrency = [1, 2]\n", "umbulk import staff.csv --sandbox"),
        ("file_wrong_value", "concurrency = \"many\"\n", "umbulk import staff.csv --sandbox"),
        ("file_env_file_that_is_no_path", "env-file = 5\n", "umbulk check"),
        ("file_map_with_unknown_field", "[map]\nmail = \"Mail\"\n", "umbulk validate staff.csv"),
        ("file_good", "default-country = \"DE\"\n", "umbulk validate staff.csv"),
    ] {
        let folder = folder();
        Screens::offline("settings", folder.path()).file("umbulk.toml", settings).show(name, typed);
    }
    let folder = folder();
    Screens::offline("settings", folder.path())
        .show("file_that_is_not_there", "umbulk validate staff.csv --config my.toml");
}

#[test]
fn settings_in_the_env_file_of_the_folder() {
    for (name, text) in [
        ("dotenv_no_assignment", "UMBULK_RATE\n"),
        ("dotenv_open_quote", "UMAPI_ORG_ID='12@AdobeOrg\n"),
        ("dotenv_text_behind_a_quote", "UMAPI_ORG_ID='12@AdobeOrg' x\n"),
        ("dotenv_value_of_another", "UMAPI_ORG_ID=$ORG\n"),
        ("dotenv_unknown_setting", "UMBULK_STRICTER=1\n"),
        ("dotenv_to_be_typed", "UMBULK_FORCE=1\n"),
    ] {
        let folder = folder();
        Screens::offline("settings", folder.path())
            .file(".env", text)
            .show(name, "umbulk validate staff.csv");
    }
}

#[test]
fn settings_that_are_no_text() {
    for (name, settings) in [
        ("file_value_that_is_a_date", "concurrency = 2026-11-27\n"),
        ("file_map_with_lists", "[map]\nemail = [\"Mail\"]\n"),
        ("file_output_in_another_folder", "results = \"../results.csv\"\n"),
        ("file_output_from_the_root", "results = \"/tmp/results.csv\"\n"),
    ] {
        let folder = folder();
        Screens::offline("settings", folder.path())
            .file("umbulk.toml", settings)
            .show(name, "umbulk import staff.csv --sandbox");
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let folder = folder();
        let screens = Screens::offline("settings", folder.path());
        let typed = "umbulk import staff.csv --sandbox";
        let mut command = screens.command(typed);
        command.env("UMBULK_RESULTS", std::ffi::OsStr::from_bytes(b"Zo\xEB.csv"));
        screens.compare("environment_not_utf_8", typed, &crate::world::run(&mut command));
    }
}

#[test]
#[cfg(unix)]
fn settings_that_lead_out_of_the_folder() {
    let folder = folder();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("out")).unwrap();
    Screens::offline("settings", folder.path())
        .file("umbulk.toml", "results = \"out/results.csv\"\n")
        .show("file_output_behind_a_link", "umbulk import staff.csv --sandbox");
}
