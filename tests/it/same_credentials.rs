//! Whatever command reads a file takes the credentials from the same place as the import of it.

use crate::world::{World, bare, run};

/// `validate` reads the snapshots of the organization, so it must know which one is meant.
#[test]
fn env_file_is_taken_by_every_command() {
    let world = World::with_groups(&["Design"]);
    let options = &world.options;
    let settings = [
        ("UMAPI_URL", world.sandbox.url()),
        ("UMAPI_AUTH_HOST", world.sandbox.auth_host()),
        ("UMAPI_CLIENT_ID", options.client_id.clone()),
        ("UMAPI_CLIENT_SECRET", options.client_secret.clone()),
        ("UMAPI_ORG_ID", options.org_id.clone()),
    ];
    world.write("org.env", settings.map(|(name, value)| format!("{name}={value}\n")).concat());
    world.write(
        "a.csv",
        "email,firstname,lastname,country,groups\nann@example.com,Ann,Lee,US,Desing\n",
    );
    let folder = world.folder.path();
    let of_file =
        |args: &[&str]| run(&mut bare(folder, &[args, &["--env-file", "org.env"]].concat()));
    assert_eq!(of_file(&["export", "groups", "--rate", "off"]).status, 0);
    let import = of_file(&["import", "a.csv", "--rate", "off"]);
    assert!(import.stderr.contains("Desing"), "{import:?}");
    for command in ["validate", "plan"] {
        let done = of_file(&[command, "a.csv"]);
        assert!(
            done.status == 1 && done.stderr.contains("invalid.groups.unknown"),
            "{command}: {done:?}"
        );
    }
    // Without it, nobody knows whose groups are meant.
    assert_eq!(run(&mut bare(folder, &["validate", "a.csv"])).status, 0);
}
