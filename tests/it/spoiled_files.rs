//! Names that may be right alone, in a file in which other names were read in a wrong encoding.

use crate::world::World;

const HEAD: &str = "email,firstname,lastname,country\n";

/// The outcomes of these last names, all of people in one country.
fn outcomes(country: &str, names: &[&str]) -> (World, Vec<String>) {
    let rows: String = (0..)
        .zip(names)
        .map(|(at, name)| format!("u{at}@example.com,Ann,{name},{country}\n"))
        .collect();
    let world = World::with_groups(&[]);
    world.import("a.csv", format!("{HEAD}{rows}"), &[]);
    let outcomes = world.outcomes("a.results.csv");
    (world, outcomes)
}

/// Each file has names that are certainly spoiled, then doubtful ones, then sound ones.
#[test]
fn doubtful_names_beside_spoiled_ones_are_refused() {
    let files: [(&[&str], &[&str], &[&str]); 4] = [
        (&["£ukasz", "Ma³gorzata", "W³adys³aw"], &["Mêdrek", "Kêdzior"], &["Wójcik", "Ray"]),
        (&["Kazlauskienë", "Eglë", "Ðimkutë"], &["Rûta"], &["Jonas"]),
        (&["ªtefan", "Cãtãlin"], &["Bãlan"], &["Ion", "Câmpean"]),
        (&["JosŽ", "MŸller", "Bjšrn"], &["Mu–oz"], &["Renée", "Anna-Maria", "Anna–Maria"]),
    ];
    for (spoiled, doubtful, sound) in files {
        let (world, found) = outcomes("US", &[spoiled, doubtful, sound].concat());
        let refused = spoiled.len() + doubtful.len();
        assert_eq!(found[..refused], vec!["invalid invalid.lastname.mojibake"; refused]);
        assert_eq!(found[refused..], vec!["ok"; sound.len()], "{sound:?}");
        let message = &world.rows("a.results.csv")[spoiled.len()]["umbulk_message"];
        let words = [doubtful[0], "may have been read in a wrong encoding", spoiled[0]];
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    }
}

/// The same names are taken where nothing else is wrong: as the message says, the certain ones are
/// corrected first.
#[test]
fn doubtful_names_are_taken_once_the_others_are_corrected() {
    let (_, found) = outcomes("US", &["Łukasz", "Małgorzata", "Mêdrek"]);
    assert_eq!(found, ["ok"; 3]);
    // One name may be a typing error.
    let (_, found) = outcomes("US", &["£ukasz", "Mêdrek"]);
    assert_eq!(found, ["invalid invalid.lastname.mojibake", "ok"]);
    let (world, found) = outcomes("US", &["£ukasz", "Ma³gorzata", "Mêdrek"]);
    assert_eq!(found, ["invalid invalid.lastname.mojibake"; 3]);
    let failed = std::fs::read_to_string(world.path("a.failed.csv")).unwrap();
    let fixed = failed.replace("£ukasz", "Łukasz").replace("Ma³gorzata", "Małgorzata");
    let run = world.import("b.csv", fixed, &[]);
    assert_eq!((run.status, world.outcomes("b.results.csv")), (0, vec!["ok".to_owned(); 3]));
}

/// `results` reads the file again, and says the same.
#[test]
fn doubtful_names_are_refused_in_every_command() {
    let (world, found) = outcomes("US", &["£ukasz", "Ma³gorzata", "Mêdrek", "Ray"]);
    let expected = [["invalid invalid.lastname.mojibake"; 3].as_slice(), &["ok"]].concat();
    assert_eq!(found, expected);
    assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
    assert_eq!(world.outcomes("a.results.csv"), expected);
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 1);
    let checked = world.outcomes("a.check.csv");
    assert_eq!(checked[..3], expected[..3]);
    assert!(world.umbulk(&["plan", "a.csv"]).stderr.contains("Mêdrek"));
}
