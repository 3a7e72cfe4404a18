//! Tables in archives, and archives without one.

use super::Screens;
use crate::containers::zip;
use crate::world::World;

const HEAD: &str = "email,firstname,lastname,country,groups\n";
const ANN: &str = "ann@example.com,Ann,Lee,US,Design\n";

/// Shows how an archive is validated, in a folder of its own.
fn show(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("archives", folder.path());
    screens.file("june.zip", bytes).show(name, "umbulk validate june.zip");
}

#[test]
fn table_in_an_archive() {
    let world = World::with_groups(&["Design"]);
    let screens = Screens::of("archives", &world);
    let table = format!("{HEAD}{ANN}bob@example.com,,Ray,US,\n");
    screens.file("june.zip", zip(&[("in/", b""), ("in/staff.csv", table.as_bytes())]));
    screens.show("validated", "umbulk validate june.zip");
    screens.show("imported", "umbulk import june.zip");
    screens.show_rows("imported_rows", "june.results.csv");
}

#[test]
fn archives_without_one_table() {
    let table = format!("{HEAD}{ANN}");
    let table = table.as_bytes();
    let one = zip(&[("staff.csv", table)]);
    show("without_a_table", &zip(&[("a.png", b"\x89PNG"), ("b.pdf", b"%PDF-1.7")]));
    show("empty", &zip(&[("in/", b"")]));
    show("several_tables", &zip(&[("a.csv", table), ("b.txt", table)]));
    show("archive_in_an_archive", &zip(&[("inner.zip", &one)]));
    show("other_kind_inside", &zip(&[("staff.csv", b"%PDF-1.7\n")]));
    show("cut_off", &one[..one.len() - 30]);
    show("unpacks_to_far_more", &zip(&[("bomb.csv", &vec![b'a'; 100 << 20])]));
    let mut locked = one.clone();
    let listed = locked.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    (locked[6], locked[listed + 8]) = (locked[6] | 1, locked[listed + 8] | 1);
    show("with_a_password", &locked);
    let mut otherwise = one;
    (otherwise[8], otherwise[listed + 10]) = (12, 12);
    show("packed_by_an_uncommon_method", &otherwise);
}
