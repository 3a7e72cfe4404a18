//! Lines of `--protect` that can name nobody: refused by their number, with what to write instead.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxOptions};

#[test]
fn line_that_can_name_nobody_is_refused() {
    let mut directory = Directory::default();
    directory.add_user(&user("boss@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    for (line, advice) in [
        ("*@example.com", "Write each name on a line"),
        ("boss*", "Write each name on a line"),
        ("members:Team *", "Write each name on a line"),
        ("@example.com", "Write each address on a line"),
        ("example.com\\boss", "Write the username alone"),
        ("boss@example", "Write the whole address"),
        ("boss@example.", "Write the whole address"),
        ("boss (at) example.com", "Write the whole address"),
        ("boss[at]example.com", "Write the whole address"),
        ("boss at example.com", "Write the whole address"),
        ("member:Team A", "Write members:NAME"),
        ("group:Design", "Write members:NAME"),
        ("User: boss@example.com", "Write members:NAME"),
        ("members:", "Write members:NAME"),
    ] {
        world.write("protect.txt", format!("# bosses\nann@example.com\n{line}\n"));
        let run = world.import(
            "a.csv",
            "action,email\ndelete,boss@example.com\n",
            &["--protect", "protect.txt", "--allow-admins"],
        );
        assert_eq!((run.status, world.action_requests()), (2, 0), "{line}: {run:?}");
        assert!(
            run.stderr.contains(&format!("protect.txt, line 3: `{line}`"))
                && run.stderr.contains(advice),
            "{}",
            run.stderr
        );
    }
    for empty in ["", "\n\n", "# nobody yet\n"] {
        world.write("protect.txt", empty);
        let run = world.import(
            "a.csv",
            "action,email\ndelete,boss@example.com\n",
            &["--protect", "protect.txt", "--allow-admins"],
        );
        assert_eq!((run.status, world.action_requests()), (2, 0), "{empty:?}: {run:?}");
        assert!(run.stderr.contains("protect.txt names nobody"), "{}", run.stderr);
    }
}

#[test]
fn names_of_groups_and_usernames_are_read() {
    let mut directory = Directory::default();
    directory.add_user(&user("boss@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    world.write(
        "protect.txt",
        "Look at me\nWho? What?\nTeam: Blue\n_admin_Video\nzoe\nb.oss@mail.example.com\n",
    );
    let run = world.import(
        "a.csv",
        "action,email\ndelete,boss@example.com\n",
        &["--protect", "protect.txt", "--allow-admins"],
    );
    assert_eq!(run.status, 0, "{run:?}");
}

/// Notepad's and PowerShell's Unicode is UTF-16.
#[test]
fn utf_16_list_protects_and_other_encodings_are_refused() {
    let mut directory = Directory::default();
    directory.add_user(&user("zoe@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let utf16 = "\u{feff}# les \u{e9}lus\r\nzoe@example.com\r\n".encode_utf16();
    world.write("protect.txt", utf16.flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    let file = "action,email\ndelete,zoe@example.com\n";
    let flags = ["--protect", "protect.txt", "--allow-admins", "--yes"];
    let run = world.import("a.csv", file, &flags);
    assert_eq!(world.outcomes("a.results.csv"), ["invalid invalid.email.protected"], "{run:?}");
    world.write("protect.txt", b"# bosses\nzo\xeb@example.com\n");
    let run = world.import("a.csv", file, &flags);
    assert_eq!((run.status, world.action_requests()), (2, 0), "{run:?}");
    assert!(run.stderr.contains("protect.txt: line 2 is not in UTF-8: save"), "{}", run.stderr);
}
