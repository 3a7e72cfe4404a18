//! Completions of shells and manual pages, which packages install, and the reference in `docs/`.

use crate::world::{bare, run};

#[test]
fn completions_of_every_shell_name_commands_and_options() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let printed = run(&mut bare(folder.path(), &["completions", shell]));
        assert_eq!(printed.status, 0, "{shell}: {printed:?}");
        for word in ["import", "skip-unchanged", "snapshots"] {
            assert!(printed.stdout.contains(word), "{shell} lacks {word}");
        }
    }
}

#[test]
fn bash_reads_its_completions() {
    let folder = tempfile::tempdir().unwrap();
    let script = run(&mut bare(folder.path(), &["completions", "bash"])).stdout;
    std::fs::write(folder.path().join("umbulk.bash"), script).unwrap();
    let proposed = "source ./umbulk.bash
        COMP_WORDS=(umbulk imp) COMP_CWORD=1
        _umbulk umbulk imp umbulk
        echo ${COMPREPLY[*]}";
    let mut bash = std::process::Command::new("bash");
    let Ok(output) = bash.args(["-c", proposed]).current_dir(folder.path()).output() else {
        return; // There is no bash on this computer.
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "import", "{output:?}");
}

#[test]
fn man_writes_a_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let written = run(&mut bare(folder.path(), &["man", "--out", "pages/man1"]));
    assert_eq!(written.status, 0, "{written:?}");
    let page =
        |name: &str| std::fs::read_to_string(folder.path().join("pages/man1").join(name)).unwrap();
    assert!(page("umbulk.1").contains("umbulk\\-import(1)"), "{}", page("umbulk.1"));
    assert!(page("umbulk-import.1").contains("skip\\-unchanged"));
    assert!(page("umbulk-snapshots-prune.1").contains("older\\-than"));
    assert!(!folder.path().join("pages/man1/umbulk-help.1").exists());
    for page in std::fs::read_dir(folder.path().join("pages/man1")).unwrap() {
        let page = page.unwrap().path();
        let text = std::fs::read_to_string(&page).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[0].starts_with("\\fB\\-")) {
            assert!(!pair[1].is_empty(), "{page:?} does not explain {}", pair[0]);
        }
    }
}

#[test]
fn man_prints_the_page_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(&mut bare(folder.path(), &["man"]));
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(printed.stdout.contains(".TH umbulk 1"), "{printed:?}");
}

/// The reference has the help of each command. `INSTA_UPDATE=always` renews it, as it does the
/// screens.
#[test]
fn reference_is_the_help_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&mut bare(folder.path(), &["man", "--out", "pages"])).status, 0);
    let mut pages: Vec<String> = std::fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .map(|page| page.trim_end_matches(".1").replace('-', " "))
        .collect();
    pages.sort();
    assert!(pages.len() > 20, "{pages:?}");
    let mut reference = "# Commands and options\n\nWhat `--help` says of each command. \
                         `umbulk man --out FOLDER` writes the same as manual pages.\n"
        .to_owned();
    for command in pages {
        let words: Vec<&str> = command.split(' ').skip(1).chain(["--help"]).collect();
        let help = run(&mut bare(folder.path(), &words));
        assert_eq!(help.status, 0, "{help:?}");
        reference += &format!("\n## {command}\n\n```text\n{}\n```\n", help.stdout.trim_end());
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &reference).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == reference, "docs/reference.md is of another version: INSTA_UPDATE=always");
}
