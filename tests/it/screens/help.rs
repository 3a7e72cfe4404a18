//! The help of every command, short and long.

use super::Screens;
use crate::world::{bare, run};
use std::path::Path;

fn screens(folder: &Path) -> Screens<'_> {
    Screens::offline("help", folder)
}

/// The commands that `umbulk --help` lists, and those below them.
fn commands(folder: &Path) -> Vec<String> {
    let help = run(&mut bare(folder, &["--help"])).stdout;
    let listed = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names = listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    names
        .map(ToOwned::to_owned)
        .chain(["snapshots prune".to_owned(), "runs prune".to_owned()])
        .filter(|name| name != "help")
        .collect()
}

#[test]
fn help_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let screens = screens(folder.path());
    let commands = commands(folder.path());
    assert!(commands.len() >= 13, "{commands:?}");
    for command in commands {
        let name = command.replace(' ', "_");
        screens.show(&format!("{name}_short"), &format!("umbulk {command} -h"));
        screens.show(&format!("{name}_long"), &format!("umbulk {command} --help"));
    }
}

#[test]
fn help_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    screens(folder.path()).show_all(&[
        ("program_without_words", "umbulk"),
        ("program_short", "umbulk -h"),
        ("program_long", "umbulk --help"),
        ("program_help_command", "umbulk help"),
        ("program_help_of_a_command", "umbulk help template"),
        ("program_help_of_no_command", "umbulk help imports"),
        ("program_version", "umbulk --version"),
        ("program_version_short", "umbulk -V"),
    ]);
}

#[test]
fn templates_of_every_dialect() {
    let folder = tempfile::tempdir().unwrap();
    let screens = screens(folder.path());
    screens.show("template_default", "umbulk template");
    for dialect in [
        "native",
        "umapi-cli-users-create",
        "umapi-cli-users-update",
        "umapi-cli-users-delete",
        "umapi-cli-groups",
        "umapi-cli-groups-update",
        "umapi-cli-groups-export",
        "user-sync-remove",
        "admin-console",
        "umapi-samples",
    ] {
        screens.show(
            &format!("template_{}", dialect.replace('-', "_")),
            &format!("umbulk template {dialect}"),
        );
    }
}
