//! An export never takes the place of what belongs to a run.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, Options};

#[test]
fn export_into_a_journal_is_refused() {
    let mut directory = Directory::default();
    directory.add_user(&user("ann@example.com", &[]));
    let world = World::new(directory, Options::default());
    for name in ["x.12345AdobeOrg.journal", "x.12345AdobeOrg.journal-wal", "x.12345AdobeOrg.journal-mark"] {
        world.write(name, "what a run has written");
        let run = world.umbulk(&["export", "users", "--out", name]);
        assert_eq!((run.status, std::fs::read_to_string(world.path(name)).unwrap()), (2, "what a run has written".to_owned()), "{run:?}");
        assert!(run.stderr.contains("umbulk's own"), "{}", run.stderr);
    }
}
