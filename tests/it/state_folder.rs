//! The state folder: nobody else enters it, no link in it is followed, and no lock in it holds a
//! run up for ever.

use crate::resume::{ended, signal};
use crate::world::{World, run};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FILE: &str = "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";

/// An import with a limit, so that the quota is shared.
const IMPORT: [&str; 5] = ["import", "a.csv", "--rate", "1000/100ms", "--fresh"];

fn quota_file(world: &World) -> PathBuf {
    let state = world.path("state/umbulk");
    let files = std::fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.to_string_lossy().contains("sends-")).unwrap()
}

fn imported() -> World {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    assert_eq!(world.umbulk(&IMPORT).status, 0);
    world
}

#[test]
fn state_folder_is_closed_to_others_whatever_the_umask() {
    for umask in ["000", "022", "777"] {
        let world = World::with_groups(&[]);
        world.write("a.csv", FILE);
        let import = world.command(&IMPORT);
        // The results' folder is the user's own business; the umask must leave that much.
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
            .arg(import.get_program())
            .args(import.get_args());
        shell.current_dir(world.folder.path()).env_clear();
        shell.envs(import.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let import = run(&mut shell);
        assert!(umask == "777" || import.status == 0, "{import:?}");
        for folder in ["state/umbulk", "state/umbulk/locks", "state/umbulk/lists"] {
            let mode = std::fs::metadata(world.path(folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "umask {umask}: {folder}");
        }
    }
}

#[test]
fn state_folder_that_was_open_is_closed() {
    let world = imported();
    let state = world.path("state/umbulk");
    std::fs::set_permissions(&state, PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(world.umbulk(&IMPORT).status, 0);
    assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn quota_file_that_is_a_link_is_not_written_through() {
    let world = imported();
    let quota = quota_file(&world);
    let victim = world.write("victim.txt", "untouched");
    for is_there in [true, false] {
        std::fs::remove_file(&quota).unwrap();
        let target = if is_there { victim.clone() } else { world.path("made.txt") };
        symlink(target, &quota).unwrap();
        assert_eq!(world.umbulk(&IMPORT).status, 0);
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
        assert!(!world.path("made.txt").exists());
    }
}

#[test]
fn lock_of_a_journal_that_is_a_link_is_refused() {
    let world = World::with_groups(&[]);
    world.write("a.csv", FILE);
    let victim = world.write("victim.txt", "untouched");
    symlink(&victim, world.path("a.00000000000000000000AAAAAdobeOrg.journal.lock")).unwrap();
    let import = world.umbulk(&IMPORT);
    assert!(import.status == 2 && import.stderr.contains("is a link"), "{import:?}");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
}

#[test]
fn quota_lock_of_a_stopped_process_holds_nobody_up() {
    let world = imported();
    // This test holds the lock and never lets it go: as good as a stopped process.
    let quota = std::fs::File::open(quota_file(&world)).unwrap();
    quota.lock().unwrap();
    let began = Instant::now();
    assert_eq!(world.umbulk(&IMPORT).status, 0);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn quota_lock_of_a_stopped_process_leaves_ctrl_c_heard() {
    let world = imported();
    let rows: String =
        (0..200).map(|number| format!("u{number}@example.com,Ann,Lee,US\n")).collect();
    world.write("a.csv", FILE.to_owned() + &rows);
    let quota = std::fs::File::open(quota_file(&world)).unwrap();
    quota.lock().unwrap();
    let sent = world.action_requests();
    let args = ["import", "a.csv", "--rate", "1/2s", "--fresh"];
    let child = world.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while world.action_requests() == sent {
        assert!(Instant::now() < until, "nothing is sent");
        std::thread::yield_now();
    }
    let began = Instant::now();
    signal(&child, "-INT");
    let import = ended(child);
    assert_eq!(import.status, 3, "{import:?}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn what_was_sent_cannot_be_written_down_is_said() {
    let world = imported();
    let lists = world.path("state/umbulk/lists");
    let lists = std::fs::read_dir(lists).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(lists.join("changes.sqlite")).unwrap();
    std::fs::create_dir(lists.join("changes.sqlite")).unwrap();
    let import = world.umbulk(&IMPORT);
    assert!(
        import.status == 0
            && import.stderr.contains("note: what this import changes is not recorded"),
        "{import:?}"
    );
}

/// Where other imports find no record, a renamed user is not protected under the new name.
#[test]
fn record_that_other_imports_do_not_find_is_said() {
    let world = World::with_groups(&[]);
    world.write("p.txt", "boss@example.com\n");
    world.write("a.csv", "action,email,new_email\nupdate,ann@example.com,anna@example.com\n");
    let import = |state: Option<&str>, more: &[&str]| {
        let mut command = world.command(&[&["import", "a.csv", "--fresh"], more].concat());
        command.env("HOME", world.path("home"));
        if let Some(state) = state {
            command.env("XDG_STATE_HOME", state);
        }
        run(&mut command).stderr
    };
    let later = "know the renames of this import";
    let earlier = "renames by earlier imports that are not recorded there are not known";
    let protect = ["--protect", "p.txt"];
    for state in ["state2", "/proc/nope"] {
        let said = import(Some(state), &[]);
        assert!(said.matches(later).count() == 1 && !said.contains(earlier), "{said}");
        let said = import(Some(state), &protect);
        assert!(
            said.contains(earlier) && said.contains("set XDG_STATE_HOME to the full"),
            "{said}"
        );
    }
    let said = import(None, &protect);
    assert!(!said.contains(later) && !said.contains(earlier), "{said}");
}

/// Other processes of the account may have these variables, and another folder by them. The note is
/// about a rehearsal of nothing: the folder of the account itself is not touched.
#[test]
fn folder_of_the_account_is_named_where_no_variable_names_one() {
    let world = World::with_groups(&[]);
    world.write("p.txt", "boss@example.com\n");
    world.write("a.csv", "action,email,new_email\nupdate,ann@example.com,anna@example.com\n");
    for home in [None, Some(""), Some("home")] {
        let mut command = world.command(&["plan", "a.csv", "--protect", "p.txt"]);
        command.env_remove("XDG_STATE_HOME").env_remove("HOME");
        if let Some(home) = home {
            command.env("HOME", home);
        }
        let said = run(&mut command).stderr;
        let named = "neither XDG_STATE_HOME nor HOME is the full path of a folder";
        let has_none = said.contains("there is no record of imports");
        assert!(said.contains(named) || has_none, "{home:?}: {said}");
    }
}

#[test]
fn damaged_record_is_not_removed_silently_with_protected_names() {
    let world = imported();
    let lists = world.path("state/umbulk/lists");
    let lists = std::fs::read_dir(lists).unwrap().next().unwrap().unwrap().path();
    std::fs::write(lists.join("changes.sqlite"), "no database, but as long as a header of one is")
        .unwrap();
    world.write("p.txt", "boss@example.com\n");
    let import = world.umbulk(&[&IMPORT[..], &["--protect", "p.txt"]].concat());
    let said = "Renames by earlier imports are then not known: add the new names";
    assert!(import.status == 2 && import.stderr.contains(said), "{import:?}");
}

/// A pipe in place of a snapshot would be waited for until somebody writes into it.
#[test]
fn pipe_in_place_of_a_stored_file_is_not_waited_for() {
    let world = imported();
    for what in ["users", "groups"] {
        let run = world.umbulk(&["export", what, "--snapshot"]);
        assert_eq!(run.status, 0, "{run:?}");
    }
    let mut pipes = 0;
    let mut folders = vec![world.path("state/umbulk")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            std::fs::remove_file(&path).unwrap();
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            pipes += 1;
        }
    }
    assert!(pipes > 3, "{pipes}");
    for args in [
        &["usage"][..],
        &["snapshots"],
        &["snapshots", "--json"],
        &["status"],
        &["export", "users", "--cached"],
        &["export", "users"],
        &["plan", "a.csv", "--skip-unchanged"],
        &["import", "a.csv", "--fresh", "--skip-unchanged"],
        &["import", "a.csv", "--fresh"],
    ] {
        let mut command = world.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while child.try_wait().unwrap().is_none() {
            if Instant::now() >= until {
                child.kill().unwrap();
                panic!("{args:?} waits");
            }
            std::thread::yield_now();
        }
        let status = child.wait().unwrap().code();
        assert!(matches!(status, Some(0..=3)), "{args:?}: {status:?}");
    }
}
