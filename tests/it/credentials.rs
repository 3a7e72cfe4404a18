//! Credentials and endpoints come from one place, and a secret goes nowhere else.

use crate::hostile::Server;
use crate::world::{Run, World, bare, run};
use std::io::Write;
use std::path::Path;
use std::process::Command;

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";

/// A set of credentials as the lines of a file.
fn lines(world: &World, more: &[(&str, &str)]) -> String {
    let mut all = String::new();
    for (name, value) in world
        .command(&[])
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)))
    {
        if name.starts_with("UMAPI_") && !more.iter().any(|(other, _)| *other == name) {
            all += &format!("{name}={value}\n");
        }
    }
    more.iter().for_each(|(name, value)| all += &format!("{name}={value}\n"));
    all
}

/// The binary in the world's folder, without any credentials.
fn stranger(world: &World, args: &[&str]) -> Command {
    let mut command = bare(world.folder.path(), args);
    command.env("UMBULK_RATE", "off").env("UMBULK_RETRY_WAIT", "5ms");
    command
}

/// Somebody who listens, and what it has received.
fn listener() -> (Server, String) {
    let server = Server::start(|stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
    });
    let address = format!("http://127.0.0.1:{}", server.port);
    (server, address)
}

#[test]
fn a_dotenv_never_redirects_the_secret_of_the_environment() {
    let world = World::with_groups(&[]);
    let (evil, address) = listener();
    world.write("a.csv", FILE);
    for line in [
        format!("UMAPI_AUTH_HOST={address}"),
        format!("UMAPI_URL={address}"),
        format!("UMAPI_AUTH_ENDPOINT={address}/token"),
        format!("UMAPI_AUTH_HOST={address}\nUMAPI_URL={address}\nUMAPI_CLIENT_ID=other"),
        format!("UMAPI_ORG_ID=1@AdobeOrg\nUMAPI_AUTH_ENDPOINT={address}"),
    ] {
        world.write(".env", &line);
        // The whole set without hosts of its own: Adobe's would be meant.
        let mut command = world.command(&["import", "a.csv"]);
        command.env_remove("UMAPI_AUTH_HOST").env_remove("UMAPI_URL").env("HTTPS_PROXY", &address);
        let done = run(&mut command);
        assert_eq!(done.status, 2, "{line}: {done:?}");
        assert!(
            done.stderr.contains("in the environment") && done.stderr.contains("in ./.env"),
            "{}",
            done.stderr
        );
    }
    assert_eq!(evil.received.lock().unwrap().len(), 0);
    assert_eq!(world.sandbox.traffic().len(), 0);
}

#[test]
fn a_set_in_two_places_is_refused_and_both_are_named() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    for name in ["UMAPI_CLIENT_ID", "UMAPI_CLIENT_SECRET", "UMAPI_ORG_ID", "UMAPI_URL"] {
        let all = lines(&world, &[]);
        let one = all.lines().find(|line| line.starts_with(name)).unwrap();
        world.write(".env", one);
        let done = run(world.command(&["import", "a.csv"]).env_remove(name));
        assert_eq!(done.status, 2, "{done:?}");
        assert!(
            done.stderr.contains("UMAPI_AUTH_HOST")
                && done.stderr.contains(&format!("{name} is in ./.env")),
            "{}",
            done.stderr
        );
        // The other way round.
        world.write(
            ".env",
            all.lines().filter(|line| !line.starts_with(name)).collect::<Vec<_>>().join("\n"),
        );
        let done =
            run(stranger(&world, &["import", "a.csv"]).env(name, one.split_once('=').unwrap().1));
        assert_eq!(done.status, 2, "{done:?}");
        assert!(
            done.stderr.contains(&format!("{name} is in the environment"))
                && done.stderr.contains("./.env"),
            "{}",
            done.stderr
        );
    }
    assert_eq!(world.sandbox.traffic().len(), 0);
}

#[test]
fn a_whole_set_in_the_environment_goes_before_dotenv() {
    let world = World::with_groups(&[]);
    let (evil, address) = listener();
    world.write(
        ".env",
        lines(
            &world,
            &[
                ("UMAPI_AUTH_HOST", &address),
                ("UMAPI_URL", &address),
                ("UMAPI_ORG_ID", "1@AdobeOrg"),
            ],
        ),
    );
    let done = world.import("a.csv", FILE, &[]);
    assert_eq!(done.status, 0, "{done:?}");
    assert!(
        done.stderr
            .contains("credentials   from the environment (./.env has others, which are not used)"),
        "{}",
        done.stderr
    );
    assert_eq!(evil.received.lock().unwrap().len(), 0);
}

#[test]
fn the_head_names_the_place_and_both_hosts() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    world.write(".env", lines(&world, &[]));
    let hosts = format!(
        "token host {0}, API host {0}",
        world.sandbox.auth_host().trim_start_matches("http://")
    );
    let done = run(&mut stranger(&world, &["import", "a.csv"]));
    assert!(
        done.status == 0 && done.stderr.contains(&format!("credentials   from ./.env; {hosts}")),
        "{done:?}"
    );
    std::fs::rename(world.path(".env"), world.path("mine.env")).unwrap();
    let done =
        run(&mut stranger(&world, &["import", "a.csv", "--fresh", "--env-file", "mine.env"]));
    assert!(
        done.status == 0 && done.stderr.contains(&format!("credentials   from mine.env; {hosts}")),
        "{done:?}"
    );
    let done = run(&mut stranger(&world, &["export", "users", "--env-file", "mine.env"]));
    assert!(
        done.status == 0 && done.stderr.contains(&format!("credentials   from mine.env; {hosts}")),
        "{done:?}"
    );
}

#[test]
fn an_env_file_is_the_only_place() {
    let world = World::with_groups(&[]);
    let (evil, address) = listener();
    world.write("a.csv", FILE);
    world.write(".env", lines(&world, &[("UMAPI_AUTH_HOST", &address), ("UMAPI_URL", &address)]));
    world.write("mine.env", lines(&world, &[]));
    let with = |command: &mut Command| {
        command
            .env("UMAPI_URL", &address)
            .env("UMAPI_AUTH_HOST", &address)
            .env("UMAPI_CLIENT_SECRET", "other-secret");
        run(command)
    };
    let done = with(&mut stranger(&world, &["import", "a.csv", "--env-file", "mine.env"]));
    assert_eq!(done.status, 0, "{done:?}");
    let done =
        with(stranger(&world, &["import", "a.csv", "--fresh"]).env("UMBULK_ENV_FILE", "mine.env"));
    assert_eq!(done.status, 0, "{done:?}");
    // Nothing is filled in from elsewhere.
    world.write("half.env", lines(&world, &[("UMAPI_ORG_ID", "")]));
    let done = with(
        stranger(&world, &["import", "a.csv", "--env-file", "half.env"])
            .env("UMAPI_ORG_ID", "1@AdobeOrg"),
    );
    assert!(
        done.status == 2 && done.stderr.contains("half.env does not set UMAPI_ORG_ID"),
        "{done:?}"
    );
    let done = with(&mut stranger(&world, &["import", "a.csv", "--env-file", "none.env"]));
    assert!(done.status == 2 && done.stderr.contains("none.env"), "{done:?}");
    assert_eq!(evil.received.lock().unwrap().len(), 0);
}

/// A stranger's folder can hold settings, and a setting can name a file of credentials.
#[test]
fn a_folder_does_not_replace_the_environments_set() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    world.write("mine.env", lines(&world, &[]));
    for (name, text) in
        [(".env", "UMBULK_ENV_FILE=mine.env"), ("umbulk.toml", "env-file = \"mine.env\"")]
    {
        world.write(name, text);
        let done = world.umbulk(&["import", "a.csv"]);
        assert!(
            done.status == 2
                && done.stderr.contains("mine.env")
                && done.stderr.contains("the environment has some"),
            "{done:?}"
        );
        let done = run(&mut stranger(&world, &["import", "a.csv", "--fresh"]));
        assert_eq!(done.status, 0, "{done:?}");
        std::fs::remove_file(world.path(name)).unwrap();
    }
}

/// `$NAME` in a `.env` would send a secret from the environment, whatever its name, to the host
/// that the file names.
#[test]
fn a_dotenv_takes_nothing_out_of_the_environment() {
    let world = World::with_groups(&[]);
    let (evil, address) = listener();
    world.write("a.csv", FILE);
    let hosts = [("UMAPI_AUTH_HOST", address.as_str()), ("UMAPI_URL", &address)];
    world.write(
        ".env",
        lines(&world, &[&hosts[..], &[("UMAPI_CLIENT_SECRET", "${DEPLOY_KEY}")]].concat()),
    );
    let done = run(stranger(&world, &["import", "a.csv"]).env("DEPLOY_KEY", "key-of-somebody"));
    assert!(done.status == 2 && done.stderr.contains("UMAPI_CLIENT_SECRET"), "{done:?}");
    // Nor out of a file elsewhere on this computer.
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elsewhere.path(), "key-of-somebody").unwrap();
    let path = elsewhere.path().to_str().unwrap();
    world.write(
        ".env",
        lines(
            &world,
            &[&hosts[..], &[("UMAPI_CLIENT_SECRET", ""), ("UMAPI_CLIENT_SECRET_FILE", path)]]
                .concat(),
        ),
    );
    let done = run(&mut stranger(&world, &["import", "a.csv"]));
    assert!(done.status == 2 && done.stderr.contains("outside this folder"), "{done:?}");
    assert_eq!(evil.received.lock().unwrap().len(), 0);
}

#[test]
fn the_token_path_cannot_change_the_host() {
    let world = World::with_groups(&[]);
    let (evil, address) = listener();
    world.write("a.csv", FILE);
    let bare_address = address.trim_start_matches("http:");
    for endpoint in
        [&address, bare_address, &format!("/\\{}", bare_address.trim_start_matches("//"))]
    {
        let done = run(world
            .command(&["import", "a.csv"])
            .env("UMAPI_AUTH_ENDPOINT", format!("{endpoint}/ims/token/v2")));
        assert!(
            done.status == 2
                && done.stderr.contains("UMAPI_AUTH_ENDPOINT")
                && done.stderr.contains("is not on"),
            "{done:?}"
        );
    }
    assert_eq!(evil.received.lock().unwrap().len(), 0);
    let done = run(world
        .command(&["import", "a.csv"])
        .env("UMAPI_AUTH_ENDPOINT", format!("{}/ims/token/v2", world.sandbox.auth_host())));
    assert_eq!(done.status, 0, "{done:?}");
}

#[test]
fn a_refused_address_is_shown_without_its_password() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    for name in ["UMAPI_URL", "UMAPI_AUTH_HOST", "UMAPI_AUTH_ENDPOINT"] {
        for address in [
            "http://ann:hunter2@api.example.com",
            "https://ann:hunter2@api.example.com/x",
            "https:/ann:hunter2@api example",
        ] {
            let done = run(world.command(&["import", "a.csv"]).env(name, address));
            assert!(done.status == 2 && done.stderr.contains(name), "{done:?}");
            assert!(!format!("{done:?}").contains("hunter2"), "{done:?}");
        }
    }
}

#[test]
fn a_secret_is_blotted_out_however_it_is_echoed() {
    let secret = "p8e-Zx/9+qA=secret";
    let escaped: String = secret.bytes().map(|byte| format!("\\u{byte:04X}")).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let hex: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
    let entities: String = secret.bytes().map(|byte| format!("&#x{byte:x};")).collect();
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(format!("id:{secret}"));
    for form in [secret.to_owned(), escaped, percent, hex, entities, base64] {
        for status in ["400 Bad Request", "403 Forbidden", "200 OK"] {
            let world = World::with_groups(&[]);
            let said = form.clone();
            let server = Server::start(move |stream| {
                let errors = format!(
                    r#"[{{"index":0,"step":0,"errorCode":"error.x.{said}","message":"you said {said}."}}]"#
                );
                let body = format!(
                    r#"{{"result":"error","completed":0,"notCompleted":1,"error_code":"error.x.{said}","message":"you said {said}.","errors":{errors}}}"#
                );
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
            });
            let here = format!("http://127.0.0.1:{}", server.port);
            world.write("a.csv", FILE);
            let mut command = stranger(&world, &["import", "a.csv", "-v"]);
            command
                .env("UMAPI_URL", &here)
                .env("UMAPI_AUTH_HOST", &here)
                .env("UMAPI_CLIENT_ID", "id");
            let done =
                run(command.env("UMAPI_CLIENT_SECRET", secret).env("UMAPI_ORG_ID", "1@AdobeOrg"));
            let written = format!("{done:?}{}", all_files(world.folder.path()));
            assert!(
                written.contains("you said") && written.contains("***"),
                "{status} {form}: {written}"
            );
            let meant = written.replace("\\\\", "\\");
            for text in [secret, &form] {
                assert!(!meant.contains(text), "{status} {form}: {written}");
            }
        }
    }
}

/// What all files below a folder hold.
fn all_files(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &all_files(&path);
        } else {
            text += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
        }
    }
    text
}

fn validate(world: &World, environment: &[(&str, &str)]) -> Run {
    world.write("a.csv", FILE);
    run(bare(world.folder.path(), &["validate", "a.csv"]).envs(environment.iter().copied()))
}

#[test]
fn an_unknown_setting_is_an_error_wherever_it_stands() {
    let world = World::with_groups(&[]);
    let done = validate(&world, &[("UMBULK_MAX_DELETS", "5")]);
    assert!(
        done.status == 2 && done.stderr.contains("UMBULK_MAX_DELETS in the environment"),
        "{done:?}"
    );
    assert!(done.stderr.contains("UMBULK_MAX_DELETES?"), "{}", done.stderr);
    let done = validate(&world, &[("UMBULK_max_deletes", "5")]);
    assert!(done.status == 2 && done.stderr.contains("UMBULK_MAX_DELETES"), "{done:?}");
    world.write(".env", "UMBULK_STRIKT=true");
    let done = validate(&world, &[]);
    assert!(done.status == 2 && done.stderr.contains("UMBULK_STRIKT in .env"), "{done:?}");
    std::fs::remove_file(world.path(".env")).unwrap();
    world.write("umbulk.toml", "max-delets = 5");
    let done = validate(&world, &[]);
    assert!(
        done.status == 2
            && done.stderr.contains("`max-delets` in umbulk.toml")
            && done.stderr.contains("max-deletes?"),
        "{done:?}"
    );
    world.write("umbulk.toml", "config = \"other.toml\"");
    let done = validate(&world, &[]);
    assert!(done.status == 2 && done.stderr.contains("`config` in umbulk.toml"), "{done:?}");
}

#[test]
fn what_lifts_a_protection_must_be_typed() {
    let world = World::with_groups(&[]);
    for long in ["yes", "fresh", "force", "missing", "allow-admins", "override", "check-groups"] {
        let name = format!("UMBULK_{}", long.replace('-', "_").to_uppercase());
        let words = format!("--{long} must be typed each time");
        let done = validate(&world, &[(&name, "true")]);
        assert!(
            done.status == 2
                && done.stderr.contains(&words)
                && done.stderr.contains("the environment"),
            "{done:?}"
        );
        world.write(".env", format!("{name}=true"));
        let done = validate(&world, &[]);
        assert!(
            done.status == 2 && done.stderr.contains(&words) && done.stderr.contains(".env"),
            "{done:?}"
        );
        std::fs::remove_file(world.path(".env")).unwrap();
        world.write("umbulk.toml", format!("{long} = true"));
        let done = validate(&world, &[]);
        assert!(
            done.status == 2 && done.stderr.contains(&words) && done.stderr.contains("umbulk.toml"),
            "{done:?}"
        );
        std::fs::remove_file(world.path("umbulk.toml")).unwrap();
    }
}

/// `UMBULK_STRICT=ja` would leave a guard off without a word.
#[test]
fn a_switch_that_is_neither_on_nor_off_is_an_error() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    let done = run(world.command(&["import", "a.csv"]).env("UMBULK_STRICT", "ja"));
    assert!(
        done.status == 2
            && done.stderr.contains("UMBULK_STRICT")
            && done.stderr.contains("write true or false"),
        "{done:?}"
    );
    assert_eq!(
        run(world
            .command(&["import", "a.csv"])
            .env("UMBULK_STRICT", "off")
            .env("UMBULK_VERBOSE", "2"))
        .status,
        0
    );
}

/// It could never work, and nothing is sent for it.
#[test]
fn client_id_that_no_header_can_hold_is_refused_at_once() {
    let world = World::with_groups(&[]);
    world.write("staff.csv", FILE);
    let mut command = world.command(&["import", "staff.csv"]);
    let refused = run(command.env("UMAPI_CLIENT_ID", "id\u{7f}"));
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    assert!(format!("{refused:?}").contains("UMAPI_CLIENT_ID"), "{refused:?}");
}

/// A file of settings in place of a table: nothing of its lines is quoted.
#[test]
fn settings_file_as_an_input_is_refused_without_its_content() {
    const SECRET: &str = "p8e-hunter2";
    let world = World::with_groups(&[]);
    let variables = format!("UMAPI_CLIENT_ID=my-id\nUMAPI_CLIENT_SECRET={SECRET}\n");
    world.write("a.csv", FILE);
    for (name, text) in [
        (".env", variables.clone()),
        ("mine.txt", format!("# credentials\n\nexport {variables}")),
        ("secret.csv", format!("UMAPI_CLIENT_SECRET={SECRET}\n")),
        ("yaml.csv", format!("client_secret: {SECRET}\nid: x\n")),
        ("mixed.csv", format!("token={SECRET},password={SECRET}\n1,2\n3,4\n5,6\n")),
        ("row.csv", format!("email,Password: {SECRET},gruops\nann@example.com,1,2\n")),
    ] {
        world.write("b.csv", &text);
        for args in [
            &["validate", "b.csv"][..],
            &["import", "b.csv"],
            &["plan", "a.csv", "--against", "b.csv"],
            &["validate", "b.csv", "--map", "email=Mail"],
            &["validate", "b.csv", "--header-row", "1"],
        ] {
            let run = run(&mut world.command(args));
            assert_ne!(run.status, 0, "{name}, {args:?}: {run:?}");
            assert!(!format!("{run:?}").contains("hunter2"), "{name}, {args:?}: {run:?}");
            if name == ".env" {
                assert!(run.stderr.contains("looks like a settings file"), "{args:?}: {run:?}");
            }
        }
    }
    assert_eq!(world.action_requests(), 0);
}

/// The API would answer that these credentials are for another organization.
#[test]
fn values_of_examples_and_half_copied_ids_are_named() {
    let world = World::with_groups(&[]);
    let short = "00000000000000000000AAAA";
    for (name, value, said) in [
        ("UMAPI_ORG_ID", "…@AdobeOrg", "UMAPI_ORG_ID in some.env is still the value of an example"),
        ("UMAPI_ORG_ID", "<org id>@AdobeOrg", "UMAPI_ORG_ID in some.env is still the value of an"),
        ("UMAPI_CLIENT_ID", "…", "UMAPI_CLIENT_ID in some.env is still the value of an example"),
        ("UMAPI_CLIENT_ID", "YOUR_CLIENT_ID", "UMAPI_CLIENT_ID in some.env is still the value of"),
        ("UMAPI_CLIENT_SECRET", "p8e-half…", "UMAPI_CLIENT_SECRET in some.env is still the value"),
        (
            "UMAPI_ORG_ID",
            short,
            "without @AdobeOrg at its end: if this is the id of your organization, write \
             00000000000000000000AAAA@AdobeOrg",
        ),
    ] {
        world.write("some.env", lines(&world, &[(name, value)]));
        let done = run(&mut stranger(&world, &["check", "--env-file", "some.env"]));
        assert_eq!(done.status, 2, "{value}: {done:?}");
        assert!(done.stderr.contains(said), "{value}: {done:?}");
        assert!(!done.stderr.contains("p8e"), "{done:?}");
    }
    assert!(world.sandbox.traffic().is_empty(), "nothing is asked");
}
