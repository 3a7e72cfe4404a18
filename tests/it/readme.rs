//! What the README shows is what the program prints.

use crate::world::World;
use std::path::{Path, PathBuf};
use umbulk::sandbox::{Directory, SandboxOptions};

#[test]
fn first_command_of_the_readme_ends_as_it_says() {
    let readme = include_str!("../../README.md");
    let (_, shown) = readme.split_once("The first command ends like this").unwrap();
    let shown = shown.split("```").nth(1).unwrap().trim_start_matches("text\n");
    let world = World::new(Directory::default(), SandboxOptions::default());
    std::fs::create_dir(world.path("samples")).unwrap();
    world.write("samples/onboarding.csv", include_str!("../../samples/onboarding.csv"));
    let run = world.umbulk(&["import", "samples/onboarding.csv", "--sandbox"]);
    let timeless = |text: &str| {
        text.lines()
            .filter(|line| !line.starts_with("Finished:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(timeless(&run.stdout), timeless(shown), "{run:?}");
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
