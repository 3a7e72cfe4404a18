//! A folder can be a stranger's: whatever it names, the user's secret and the ways that the secret
//! goes are not the folder's to choose.

use crate::hostile::Server;
use crate::world::{World, bare, run};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";

/// A folder of a stranger, who listens, beside a secret of the user.
struct Folder {
    above: tempfile::TempDir,
    listener: Server,
}

impl Folder {
    fn new() -> Self {
        let above = tempfile::tempdir().unwrap();
        std::fs::create_dir(above.path().join("work")).unwrap();
        let listener = Server::start(|stream| {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
        });
        let folder = Self { above, listener };
        std::fs::write(folder.secret(), "secret-of-the-user\n").unwrap();
        folder.write("a.csv", FILE);
        folder
    }

    fn path(&self) -> PathBuf {
        self.above.path().join("work")
    }

    fn secret(&self) -> PathBuf {
        self.above.path().join("secret")
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Credentials that send a secret file to the stranger.
    fn lines(&self, secret_file: &Path) -> String {
        let host = format!("http://127.0.0.1:{}", self.listener.port);
        format!(
            "UMAPI_CLIENT_ID=hers\nUMAPI_ORG_ID=1@AdobeOrg\nUMAPI_AUTH_HOST={host}\n\
             UMAPI_URL={host}\n\
UMAPI_CLIENT_SECRET_FILE={}\n",
            secret_file.display()
        )
    }

    fn refuses_to_send(&self, what: &str) {
        for args in [&["check"][..], &["plan", "a.csv", "--online"], &["import", "a.csv", "--yes"]]
        {
            let done = run(bare(&self.path(), args).env("UMBULK_RATE", "off"));
            assert!(
                done.status == 2 && done.stderr.contains("is outside this folder or a link"),
                "{what}, {args:?}: {done:?}"
            );
        }
        assert_eq!(self.listener.received.lock().unwrap().len(), 0, "{what}");
    }
}

#[test]
fn credentials_a_folder_names_take_no_secret_from_outside() {
    let by_files: [(&str, &[(&str, &str)]); 5] = [
        ("itself", &[(".env", "UMBULK_ENV_FILE=.env\n{lines}")]),
        ("dotenv", &[(".env", "UMBULK_ENV_FILE=sub.env"), ("sub.env", "{lines}")]),
        ("settings", &[("umbulk.toml", "env-file = \"sub.env\""), ("sub.env", "{lines}")]),
        (
            "named settings",
            &[
                (".env", "UMBULK_CONFIG=e.toml"),
                ("e.toml", "env_file = \"sub.env\""),
                ("sub.env", "{lines}"),
            ],
        ),
        ("dotenv alone", &[(".env", "{lines}")]),
    ];
    for (what, files) in by_files {
        for secret in ["absolute", "../secret"] {
            let folder = Folder::new();
            let secret = if secret == "absolute" { folder.secret() } else { secret.into() };
            files.iter().for_each(|(name, text)| {
                folder.write(name, text.replace("{lines}", &folder.lines(&secret)));
            });
            folder.refuses_to_send(what);
        }
    }
}

#[cfg(unix)]
#[test]
fn secret_file_of_a_folder_is_no_link() {
    for link in [
        |from, to| std::os::unix::fs::symlink(from, to),
        |from: PathBuf, to: PathBuf| std::fs::hard_link(from, to),
    ] {
        let folder = Folder::new();
        link(folder.secret(), folder.path().join("mine")).unwrap();
        folder.write(".env", folder.lines(Path::new("mine")));
        folder.refuses_to_send("link");
    }
}

#[test]
fn secret_file_inside_the_folder_is_taken() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    world.write("mine", secret(&world));
    let lines = lines(&world, "UMAPI_CLIENT_SECRET", "UMAPI_CLIENT_SECRET_FILE=mine");
    for name in [".env", "sub.env"] {
        world.write(name, &lines);
        if name == "sub.env" {
            world.write(".env", "UMBULK_ENV_FILE=sub.env");
        }
        let done = run(&mut stranger(&world, &["import", "a.csv", "--fresh"]));
        assert_eq!(done.status, 0, "{done:?}");
    }
}

#[test]
fn typed_env_file_takes_a_secret_from_anywhere() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elsewhere.path(), secret(&world)).unwrap();
    let file = format!("UMAPI_CLIENT_SECRET_FILE={}", elsewhere.path().display());
    world.write(".env", lines(&world, "UMAPI_CLIENT_SECRET", &file));
    let done = run(&mut stranger(&world, &["import", "a.csv", "--env-file", ".env"]));
    assert_eq!(done.status, 0, "{done:?}");
    let done =
        run(stranger(&world, &["import", "a.csv", "--fresh"]).env("UMBULK_ENV_FILE", ".env"));
    assert_eq!(done.status, 0, "{done:?}");
}

#[test]
fn certificates_of_a_folder_do_not_meet_others_secrets() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    world.write("evil.pem", "");
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elsewhere.path(), lines(&world, "", "")).unwrap();
    let outside = elsewhere.path().display();
    let refuses = |command: &mut Command, what: &str| {
        let done = run(command);
        assert!(
            done.status == 2 && done.stderr.contains("certificates to trust (ca-file)"),
            "{what}: {done:?}"
        );
        assert_eq!(world.sandbox.traffic().len(), 0, "{what}");
    };
    let cases = [
        ("dotenv", ".env", "UMBULK_CA_FILE=evil.pem"),
        ("settings", "umbulk.toml", "ca-file = \"evil.pem\""),
        ("settings with _", "umbulk.toml", "ca_file = \"evil.pem\""),
    ];
    for (what, name, text) in cases {
        world.write(name, text);
        refuses(&mut world.command(&["import", "a.csv"]), what);
        refuses(
            &mut stranger(&world, &["import", "a.csv", "--env-file", &outside.to_string()]),
            what,
        );
        std::fs::remove_file(world.path(name)).unwrap();
    }
    // The folder may choose the user's own file of credentials, but not who listens to them.
    world.write(".env", format!("UMBULK_ENV_FILE={outside}\nUMBULK_CA_FILE=evil.pem"));
    refuses(&mut stranger(&world, &["import", "a.csv"]), "file chosen by the folder");
}

#[test]
fn certificates_of_the_credentials_own_place_are_said() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    let certificate =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    world.write("own.pem", certificate);
    world.write(".env", lines(&world, "", "UMBULK_CA_FILE=own.pem"));
    let said = "certificates of own.pem are trusted";
    let done = run(&mut stranger(&world, &["import", "a.csv"]));
    assert!(done.status == 0 && done.stderr.contains(said), "{done:?}");
    std::fs::remove_file(world.path(".env")).unwrap();
    let done = run(&mut world.command(&["import", "a.csv", "--fresh", "--ca-file", "own.pem"]));
    assert!(done.status == 0 && done.stderr.contains(said), "{done:?}");
    let done = run(world.command(&["import", "a.csv", "--fresh"]).env("UMBULK_CA_FILE", "own.pem"));
    assert!(done.status == 0 && done.stderr.contains(said), "{done:?}");
}

/// Some editors add an ending to the name of every file that they save.
#[test]
fn file_that_is_nearly_named_env_is_named() {
    let world = World::with_groups(&[]);
    world.write(".env.txt", lines(&world, "", ""));
    let done = run(&mut stranger(&world, &["check"]));
    let advice = "The file .env.txt is not read: if it holds them, rename it to .env.";
    assert!(done.status == 2 && done.stderr.contains(advice), "{done:?}");
    std::fs::rename(world.path(".env.txt"), world.path(".env")).unwrap();
    let done = run(&mut stranger(&world, &["check"]));
    assert_eq!(done.status, 0, "{done:?}");
}

/// The world's credentials as the lines of a file, without one of them and with another line.
fn lines(world: &World, without: &str, line: &str) -> String {
    let command = world.command(&[]);
    let set =
        command.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
    let set = set.filter(|(name, _)| name.starts_with("UMAPI_") && *name != without);
    set.map(|(name, value)| format!("{name}={value}\n")).chain([line.to_owned()]).collect()
}

fn secret(world: &World) -> String {
    let command = world.command(&[]);
    let mut set = command.get_envs().filter(|(name, _)| *name == "UMAPI_CLIENT_SECRET");
    set.next().and_then(|(_, value)| value?.to_str().map(ToOwned::to_owned)).unwrap()
}

/// The binary in the world's folder, without any credentials.
fn stranger(world: &World, args: &[&str]) -> Command {
    let mut command = bare(world.folder.path(), args);
    command.env("UMBULK_RATE", "off").env("UMBULK_RETRY_WAIT", "5ms");
    command
}
