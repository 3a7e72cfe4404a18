//! What the README shows is what the program prints.

use crate::world::World;
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
