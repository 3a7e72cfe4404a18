//! What the README shows is what the program prints.

use crate::world::World;
use std::path::{Path, PathBuf};
use umbulk::sandbox::{Directory, SandboxOptions};

/// Runs the import of a sample, and compares how it ends with the text that a page shows behind
/// `words`.
#[track_caller]
fn ends_as_the_page_says(page: &str, sample: &str, words: &str, status: i32) {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(top.join(page)).unwrap();
    let path = format!("samples/{sample}");
    assert!(page.contains(&format!("import {path} --sandbox\n")));
    let (_, shown) = page.split_once(words).unwrap();
    let shown = shown.split("```").nth(1).unwrap().trim_start_matches("text\n");
    let world = World::new(Directory::default(), SandboxOptions::default());
    std::fs::create_dir(world.path("samples")).unwrap();
    world.write(&path, std::fs::read(top.join(&path)).unwrap());
    let run = world.umbulk(&["import", &path, "--sandbox"]);
    let timeless = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with("Finished:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!((run.status, timeless(&run.stdout)), (status, timeless(shown)), "{run:?}");
}

#[test]
fn first_command_of_the_readme_succeeds_as_it_says() {
    let words = "The first command ends like this, with exit status 0";
    ends_as_the_page_says("README.md", "onboarding.csv", words, 0);
}

#[test]
fn sample_with_errors_ends_as_the_page_of_outcomes_says() {
    let words = "It ends like this, with exit status 1";
    ends_as_the_page_says("docs/outcomes.md", "onboarding-with-errors.csv", words, 1);
}

/// The files that the links of a page lead to, with the page's folder.
fn linked_files(folder: &Path, page: &str) -> Vec<PathBuf> {
    page.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(|target| folder.join(target))
        .collect()
}

#[test]
fn links_of_readme_and_docs_lead_to_files() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(top.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| top.join(name));
    let mut linked = Vec::new();
    for page in pages.into_iter().chain(docs).filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(&page).unwrap();
        linked.extend(linked_files(page.parent().unwrap(), &text));
    }
    assert!(linked.len() > 20, "{linked:?}");
    let missing: Vec<_> = linked.iter().filter(|path| !path.exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
