//! Advice about a file that cannot be read as it is works when it is followed.

use crate::world::{Run, World, user};
use umbulk::sandbox::{Directory, SandboxOptions};

/// Types the command again with the options that the error proposes, as a shell reads them.
fn follow(world: &World, run: &Run, command: &str) -> Run {
    let advice =
        run.stderr.split_once("use --map ").unwrap_or_else(|| panic!("no mapping: {run:?}")).1;
    let advice = advice.split(['\n', ';']).next().unwrap().trim_end_matches("else rename it");
    typed(world, &format!("{command} --map {advice}"))
}

fn typed(world: &World, command: &str) -> Run {
    let mut shell = std::process::Command::new("sh");
    shell.args([
        "-c",
        &format!("umbulk() {{ '{}' \"$@\"; }}; {command}", env!("CARGO_BIN_EXE_umbulk")),
    ]);
    let bare = world.command(&[]);
    shell
        .current_dir(world.folder.path())
        .env_clear()
        .envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
    crate::world::run(&mut shell)
}

#[test]
fn proposed_mapping_of_a_header_in_another_language_works() {
    for header in [
        "Vorname;Nachname;E-Mail-Adresse;Land;Gruppen",
        "Prénom;Nom;Courriel;Pays;Groupes",
        "Nombre;Apellidos;Correo electrónico;País;Grupos",
        "Given name;Surname;Work mail;Land;Team",
        "First name;Last name;emial;Country region;My $teams",
    ] {
        let world = World::with_groups(&["Design"]);
        let file = format!("{header}\nAnn;Lee;ann@example.com;DE;Design\n");
        let refused = world.import("a.csv", &file, &[]);
        assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
        let run = follow(&world, &refused, "umbulk import a.csv");
        assert_eq!(run.status, 0, "{header}: {run:?}");
        let ann = world.sandbox.directory().user("ann@example.com").unwrap();
        assert_eq!(
            (ann.firstname.as_str(), ann.lastname.as_str(), ann.country.as_str()),
            ("Ann", "Lee", "DE"),
            "{header}"
        );
        assert_eq!(world.groups_of("ann@example.com"), Some(vec!["Design".to_owned()]), "{header}");
    }
}

#[test]
fn header_without_a_known_name_proposes_nothing_that_fails() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", "Foo,Bar\n1,2\n", &[]);
    assert!(
        run.status == 2
            && run.stderr.contains("--map FIELD=COLUMN")
            && !run.stderr.contains("--map \""),
        "{run:?}"
    );
}

#[test]
fn columns_that_would_be_lost_are_ignored_as_proposed() {
    let world = World::with_groups(&["Design"]);
    let refused = world.import(
        "a.csv",
        "email,firstname,lastname,country,Team,Produkte\nann@example.com,Ann,Lee,US,Design,X\n",
        &[],
    );
    assert_eq!(refused.status, 2, "{refused:?}");
    let ignore = refused.stderr.split_once("use --ignore ").unwrap().1;
    let ignore = ignore.split(". To write").next().unwrap();
    let run = typed(&world, &format!("umbulk import a.csv --ignore {ignore}"));
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com"), Some(vec![]));
}

/// User Sync writes whom it would remove, and nothing says so.
#[test]
fn list_of_names_alone_is_refused_with_whole_commands() {
    for header in ["type,username,email,domain", "email", "username,domain"] {
        let mut directory = Directory::default();
        directory.add_user(&user("ann@example.com", &[]));
        let world = World::new(directory, SandboxOptions::default());
        let row = match header {
            "email" => "ann@example.com",
            "username,domain" => "ann@example.com,example.com",
            _ => "federatedID,ann@example.com,ann@example.com,example.com",
        };
        let refused =
            world.import("my list.csv", format!("{header}\n{row}\n"), &["--progress", "none"]);
        assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
        let command = refused
            .stderr
            .split_once("To delete them, use: ")
            .unwrap()
            .1
            .split_once(". To create")
            .unwrap()
            .0;
        let run = typed(&world, command);
        assert_eq!(run.status, 0, "{command}: {run:?}");
        assert_eq!(world.groups_of("ann@example.com"), None, "{command}");
    }
}

/// A list of new addresses. To delete these people, or to create them, is never meant.
#[test]
fn list_of_new_addresses_is_only_proposed_to_be_an_update() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let list = "email,new_email\nann@example.com,ann.lee@example.com\n";
    let refused = world.import("moves.csv", list, &[]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    let advice = refused.stderr.split_once("addresses or usernames, use: ").unwrap();
    assert!(!refused.stderr.contains("--action delete"), "{refused:?}");
    let run = typed(&world, advice.1.trim());
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.groups_of("ann.lee@example.com").is_some());
}

/// Bytes of code page 850, of MS-DOS.
const DOS: &[u8] = b"email,firstname,lastname,country\na@example.com,Zo\x89,M\x81ller,DE\n\
                    b@example.com,Jos\x82,N\xA3\xA4ez,ES\n";

#[test]
fn code_page_of_dos_is_named_and_read_as_proposed() {
    let world = World::with_groups(&[]);
    let refused = world.import("a.csv", DOS, &[]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    assert!(
        refused.stderr.contains("Read as IBM850, its cells are: Zoë, Müller, José"),
        "{refused:?}"
    );
    assert_eq!(refused.stderr.matches("its cells are").count(), 1, "it is said once: {refused:?}");
    let name =
        refused.stderr.split_once("--encoding ").unwrap().1.split([';', ' ']).next().unwrap();
    let run = world.umbulk(&["import", "a.csv", "--encoding", name]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox.directory().user("b@example.com").unwrap().lastname, "Núñez");
    for name in ["cp850", "CP437", "auto"] {
        let run = world.umbulk(&["validate", "a.csv", "--encoding", name]);
        assert_eq!(run.status, 0, "{name}: {run:?}");
    }
    // Other commands say it as a warning.
    let plan = world.umbulk(&["plan", "a.csv"]);
    assert!(
        plan.status == 0 && plan.stderr.matches("Read as IBM850, its cells are").count() == 1,
        "{plan:?}"
    );
}

/// In the one reading the names are as frequent as in the other.
#[test]
fn encoding_that_may_be_another_is_shown_both_ways() {
    let world = World::with_groups(&[]);
    let file = b"email,firstname,lastname,country\na@example.com,Lill\xfd,Berg,US\n";
    let run = world.import("a.csv", file, &[]);
    let cells = "Read as windows-1252, its cells are: Lillý; or as windows-1254: Lillı";
    assert!(run.status == 2 && run.stderr.contains(cells), "{run:?}");
    assert!(
        run.stderr.contains("use --encoding windows-1252; if not, use --encoding windows-1254,"),
        "{run:?}"
    );
}

/// Excel's `sep=;` above a file that was saved with commas.
#[test]
fn wrong_line_of_the_delimiter_proposes_the_right_one() {
    let world = World::with_groups(&[]);
    let file = "sep=;\nemail,firstname,lastname,country\nann@example.com,Ann,Lee,US\n";
    let refused = world.import("a.csv", file, &[]);
    assert_eq!((refused.status, world.action_requests()), (2, 0), "{refused:?}");
    assert!(
        refused.stderr.contains("use --delimiter comma") && !refused.stderr.contains("--map"),
        "{refused:?}"
    );
    let run = world.umbulk(&["import", "a.csv", "--delimiter", "comma"]);
    assert_eq!(
        (run.status, world.statuses("a.results.csv")),
        (0, vec!["ok".to_owned()]),
        "{run:?}"
    );
}

#[test]
fn rows_that_only_add_groups_are_told_the_action_that_works() {
    let mut directory = Directory::default();
    directory.add_group(&umbulk::sandbox::SandboxGroup::user_group("Design"));
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let refused = world.import("a.csv", "email,groups\nann@example.com,Design\n", &[]);
    assert_eq!((refused.status, world.action_requests()), (1, 0), "{refused:?}");
    let message = &world.rows("a.results.csv")[0]["umbulk_message"];
    assert!(message.contains("import such rows with --action add"), "{message}");
    let run = typed(&world, "umbulk import a.failed.csv --action add");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.groups_of("ann@example.com"), Some(vec!["Design".to_owned()]));
}
