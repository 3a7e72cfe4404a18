//! Profiles: credentials by name, from the settings of the folder or of the user, never split over
//! two places, and never a way to lead the user's secret to a stranger.

use crate::hostile::Server;
use crate::world::{World, bare, run};
use std::io::Write;
use std::process::Command;

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
const CONFIG: &str = ".config/umbulk/config.toml";

/// An organization, and a folder without any credentials in its environment.
fn world() -> World {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    std::fs::create_dir_all(world.path(".config/umbulk")).unwrap();
    world.write("secret.txt", &world.options.client_secret);
    world
}

/// The table of a profile of the world's organization, with these keys as well.
fn table(world: &World, name: &str, keys: &str) -> String {
    format!(
        "[profiles.{name}]\nclient-id = \"{}\"\norg-id = \"{}\"\nauth-host = \"{}\"\nurl = \"{}\"\n\
         {keys}\n",
        world.options.client_id,
        world.options.org_id,
        world.sandbox.auth_host(),
        world.sandbox.url(),
    )
}

fn command(world: &World, args: &[&str]) -> Command {
    let mut command = bare(world.folder.path(), args);
    command.env("UMBULK_RATE", "off").env("UMBULK_RETRY_WAIT", "5ms");
    command
}

#[test]
fn profile_of_the_user_is_named_by_option_variable_settings_or_default() {
    let world = world();
    let profile = table(&world, "acme", "client-secret-env = \"ACME_SECRET\"");
    world.write(CONFIG, &profile);
    let with_secret = |args: &[&str]| {
        let mut command = command(&world, args);
        command.env("ACME_SECRET", &world.options.client_secret);
        command
    };
    let good = |command: &mut Command, what: &str| {
        let done = run(command);
        let place = "from profile acme in";
        assert!(done.status == 0 && done.stdout.contains(place), "{what}: {done:?}");
    };
    good(&mut with_secret(&["check", "--profile", "acme"]), "option");
    good(with_secret(&["check"]).env("UMBULK_PROFILE", "acme"), "variable");
    world.write("umbulk.toml", "profile = \"acme\"\n");
    good(&mut with_secret(&["check"]), "settings");
    std::fs::remove_file(world.path("umbulk.toml")).unwrap();
    world.write(".env", "UMBULK_PROFILE=acme\n");
    good(&mut with_secret(&["check"]), "dotenv");
    std::fs::remove_file(world.path(".env")).unwrap();
    assert_eq!(run(&mut with_secret(&["check"])).status, 2);
    world.write(CONFIG, format!("profile = \"acme\"\n{profile}"));
    good(&mut with_secret(&["check"]), "default");
}

/// Somebody has described two organizations, and types a command as before.
#[test]
fn command_without_a_profile_names_those_that_there_are() {
    let world = world();
    let secret = "client-secret-file = \"secret.txt\"";
    let two = ["acme", "test"].map(|name| table(&world, name, secret));
    world.write("umbulk.toml", two.concat());
    for args in [&["check"][..], &["import", "a.csv"]] {
        let done = run(&mut command(&world, args));
        assert_eq!(done.status, 2, "{done:?}");
        let choice = "Choose one: --profile acme or --profile test.";
        assert!(done.stderr.contains(choice), "{done:?}");
    }
    let done = run(&mut command(&world, &["check", "--profile", "test"]));
    assert_eq!(done.status, 0, "{done:?}");
}

#[test]
fn profile_is_the_only_place_and_the_head_names_the_others() {
    let world = world();
    world.write("umbulk.toml", table(&world, "acme", "client-secret-file = \"secret.txt\""));
    // The environment has credentials of somebody else.
    let mut other = command(&world, &["import", "a.csv", "--profile", "acme"]);
    other.env("UMAPI_CLIENT_ID", "x").env("UMAPI_CLIENT_SECRET", "y").env("UMAPI_ORG_ID", "z");
    let done = run(&mut other);
    let said = "from profile acme in umbulk.toml (the environment has others, which are not used)";
    assert!(done.status == 0 && done.stderr.contains(said), "{done:?}");
    // A file of variables that the command names comes first.
    let lines = format!(
        "UMAPI_CLIENT_ID={}\nUMAPI_CLIENT_SECRET={}\nUMAPI_ORG_ID={}\nUMAPI_AUTH_HOST={}\n\
         UMAPI_URL={}\n",
        world.options.client_id,
        world.options.client_secret,
        world.options.org_id,
        world.sandbox.auth_host(),
        world.sandbox.url()
    );
    world.write("org.env", lines);
    let both = ["check", "--env-file", "org.env", "--profile", "acme"];
    let done = run(&mut command(&world, &both));
    let said = "from org.env (profile acme in umbulk.toml has others, which are not used)";
    assert!(done.status == 0 && done.stdout.contains(said), "{done:?}");
    let done = run(command(&world, &["check", "--env-file", "org.env"]).env("UMBULK_PROFILE", "x"));
    assert!(done.status == 0 && done.stdout.contains("from org.env;"), "{done:?}");
    let typed = ["check", "--profile", "acme"];
    let done = run(command(&world, &typed).env("UMBULK_ENV_FILE", "none.env"));
    assert!(done.status == 0 && done.stdout.contains("profile acme"), "{done:?}");
}

#[test]
fn folder_does_not_choose_a_profile_over_the_environment() {
    let world = world();
    world.write("umbulk.toml", "profile = \"acme\"\n");
    world.write(CONFIG, table(&world, "acme", "client-secret-file = \"../../secret.txt\""));
    let done = run(&mut world.command(&["import", "a.csv"]));
    assert!(
        done.status == 2 && done.stderr.contains("If that is intended, type --profile acme"),
        "{done:?}"
    );
    let done = run(&mut world.command(&["import", "a.csv", "--profile", "acme"]));
    assert_eq!(done.status, 0, "{done:?}");
    assert_eq!(run(&mut command(&world, &["import", "a.csv"])).status, 0);
}

#[test]
fn named_settings_file_is_the_users_own_as_advised() {
    let world = world();
    world.write("umbulk.toml", table(&world, "acme", "client-secret-env = \"ACME_SECRET\""));
    let check = |args: &[&str]| {
        let mut command = command(&world, &[&["check", "--profile", "acme"], args].concat());
        run(command.env("ACME_SECRET", &world.options.client_secret))
    };
    let done = check(&[]);
    assert!(done.stderr.contains("type --config umbulk.toml"), "{done:?}");
    assert_eq!(check(&["--config", "umbulk.toml"]).status, 0);
}

#[test]
fn profile_with_a_fault_is_refused_before_anything_is_sent() {
    let world = world();
    let secret = format!("client-secret = \"{}\"", world.options.client_secret);
    for (keys, words) in [
        (&*secret, "`client-secret` does not belong in this file, which others may read"),
        (
            "client-secret-file = \"none.txt\"",
            "the secret is not in the file none.txt: there is no such file",
        ),
        ("client-secret-env = \"X\"\ncolour = \"red\"", "`colour` is not a key of a profile"),
    ] {
        world.write("umbulk.toml", table(&world, "acme", keys));
        let done = run(&mut command(&world, &["import", "a.csv", "--profile", "acme"]));
        assert!(done.status == 2 && done.stderr.contains(words), "{keys}: {done:?}");
        assert!(!done.stderr.contains(&world.options.client_secret), "{done:?}");
    }
    world.write("umbulk.toml", "");
    world.write(CONFIG, table(&world, "acme", "client-secret-env = \"X\""));
    let done = run(&mut command(&world, &["import", "a.csv", "--profile", "acme"]));
    let words = "the secret is not in the variable X: it is not set";
    assert!(done.status == 2 && done.stderr.contains(words), "{done:?}");
    assert_eq!(world.sandbox.traffic().len(), 0);
    let done = run(&mut command(&world, &["import", "a.csv", "--profile", "acm"]));
    assert!(done.stderr.contains("there is no profile `acm`. Did you mean `acme`?"), "{done:?}");
}

#[test]
fn profile_in_two_files_is_refused_and_both_are_named() {
    let world = world();
    let profile = table(&world, "acme", "client-secret-env = \"X\"");
    world.write("umbulk.toml", &profile);
    world.write(CONFIG, &profile);
    let done = run(&mut command(&world, &["import", "a.csv", "--profile", "acme"]));
    assert!(
        done.status == 2
            && done.stderr.contains("is both in umbulk.toml and in")
            && done.stderr.contains("config.toml: rename one of the two"),
        "{done:?}"
    );
}

/// The folder is a stranger's, who listens: no secret of the user reaches the hosts that it names.
#[test]
fn profile_of_a_folder_takes_no_secret_of_the_user() {
    let listener = Server::start(|stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
    });
    let host = format!("http://127.0.0.1:{}", listener.port);
    let above = tempfile::tempdir().unwrap();
    let work = above.path().join("work");
    std::fs::create_dir(&work).unwrap();
    std::fs::write(above.path().join("secret"), "secret-of-the-user\n").unwrap();
    std::fs::write(work.join("a.csv"), FILE).unwrap();
    for (secret, words) in [
        ("client-secret-file = \"../secret\"", "outside this folder or a link"),
        ("client-secret-env = \"SECRET_OF_THE_USER\"", "which is yours, and names a host"),
        ("client-secret-keyring = \"umbulk\"", "which is yours, and names a host"),
    ] {
        for naming in ["profile = \"acme\"\n", ""] {
            let text = format!(
                "{naming}[profiles.acme]\nclient-id = \"hers\"\norg-id = \"1@AdobeOrg\"\n\
                 auth-host = \"{host}\"\nurl = \"{host}\"\n{secret}\n"
            );
            std::fs::write(work.join("umbulk.toml"), text).unwrap();
            for args in [&["check"][..], &["import", "a.csv", "--yes"]] {
                let mut all = args.to_vec();
                if naming.is_empty() {
                    all.extend(["--profile", "acme"]);
                }
                let mut command = bare(&work, &all);
                command.env("UMBULK_RATE", "off").env("SECRET_OF_THE_USER", "s3cret");
                let done = run(&mut command);
                assert!(done.status == 2 && done.stderr.contains(words), "{secret}: {done:?}");
            }
        }
    }
    assert_eq!(listener.received.lock().unwrap().len(), 0);
}

#[test]
fn production_is_shown_and_asked_once() {
    let world = world();
    let keys = "client-secret-file = \"secret.txt\"\nproduction = true";
    world.write("umbulk.toml", table(&world, "acme", keys));
    let args = ["import", "a.csv", "--profile", "acme"];
    let done = run(&mut command(&world, &args));
    assert!(
        done.status == 2
            && done.stderr.contains("production    yes, as profile acme says")
            && done.stderr.contains("acme is that of a production organization")
            && done.stderr.contains("use --yes"),
        "{done:?}"
    );
    assert!(world.groups_of("ann@example.com").is_none() && world.action_requests() == 0);
    // Where nothing is changed, nobody is asked.
    for more in ["--test-mode", "--sandbox"] {
        let done = run(&mut command(&world, &[&args[..], &[more]].concat()));
        assert_eq!(done.status, 0, "{more}: {done:?}");
    }
    let done = run(&mut command(&world, &[&args[..], &["--yes"]].concat()));
    assert!(done.status == 0 && world.groups_of("ann@example.com").is_some(), "{done:?}");
    // A finished run sends nothing again.
    assert_eq!(run(&mut command(&world, &args)).status, 0);
}

#[cfg(unix)]
#[test]
fn configuration_that_others_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let world = world();
    world.write(CONFIG, table(&world, "acme", "client-secret-file = \"../../secret.txt\""));
    let mode = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(world.path(CONFIG), mode(0o666)).unwrap();
    let done = run(&mut command(&world, &["check", "--profile", "acme"]));
    assert!(done.status == 2 && done.stderr.contains("other users can write it"), "{done:?}");
    std::fs::set_permissions(world.path(CONFIG), mode(0o644)).unwrap();
    std::fs::set_permissions(world.path(".config/umbulk"), mode(0o777)).unwrap();
    let done = run(&mut command(&world, &["check", "--profile", "acme"]));
    assert!(done.status == 2 && done.stderr.contains("can replace it in its folder"), "{done:?}");
}

/// Commands about snapshots use the organization of the profile as well.
#[test]
fn every_command_takes_the_profile() {
    let world = world();
    world.write("umbulk.toml", table(&world, "acme", "client-secret-file = \"secret.txt\""));
    let import = ["import", "a.csv", "--profile", "acme"];
    assert_eq!(run(&mut command(&world, &import)).status, 0);
    for args in [
        &["export", "users", "--out", "users.csv", "--snapshot"][..],
        &["usage"],
        &["snapshots"],
        &["diff", "latest", "users.csv"],
        &["validate", "a.csv"],
        &["plan", "a.csv", "--online"],
    ] {
        let done = run(&mut command(&world, &[args, &["--profile", "acme"]].concat()));
        assert_eq!(done.status, 0, "{args:?}: {done:?}");
    }
}

/// There is no keyring that umbulk reads on Linux: the refusal says what to use instead.
#[cfg(not(any(target_os = "macos", windows)))]
#[test]
fn keyring_is_refused_where_none_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), FILE).unwrap();
    let text = "profile = \"acme\"\n[profiles.acme]\nclient-id = \"mine\"\n\
                org-id = \"1@AdobeOrg\"\nclient-secret-keyring = \"acme\"\n";
    std::fs::write(folder.path().join("umbulk.toml"), text).unwrap();
    for args in [&["check"][..], &["import", "a.csv"]] {
        let done = run(&mut bare(folder.path(), args));
        let said = "error: profile acme in umbulk.toml: the secret is not in the keyring (umbulk, \
                    acme): it is read on macOS and Windows only. Use client-secret-file or \
                    client-secret-env";
        assert!(done.status == 2 && done.stderr.contains(said), "{done:?}");
    }
}
