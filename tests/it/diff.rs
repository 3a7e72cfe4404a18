//! What has changed between two lists; and the rows that turn one into the other do so.

use crate::world::{World, bare, run};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use umbulk::sandbox::{Directory, Identity, SandboxGroup, SandboxOptions, SandboxUser};

const GROUPS: [&str; 5] = ["Design", "Print, Large", "All Apps", "_admin_Design", "_support_admin"];
const PEOPLE: usize = 8;

/// Somebody before and after, as numbers that choose.
#[derive(Debug, Clone)]
struct Choice {
    before: bool,
    after: bool,
    names: (usize, usize),
    usernames: (usize, usize),
    groups: (usize, usize),
    email: Option<usize>,
}

fn choice() -> impl Strategy<Value = Choice> {
    let two = |most| (0..most, 0..most);
    (
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.8),
        two(2_usize),
        two(4_usize),
        two(1 << GROUPS.len()),
        prop::option::weighted(0.4, 0..PEOPLE + 2),
    )
        .prop_map(|(before, after, names, usernames, groups, email)| Choice {
            before,
            after,
            names,
            usernames,
            groups,
            email,
        })
}

/// Who is there, by a number of their own.
type People = BTreeMap<usize, SandboxUser>;

fn person(
    number: usize,
    email: String,
    name: usize,
    username: usize,
    groups: usize,
) -> SandboxUser {
    let identity =
        [Identity::Federated, Identity::Enterprise, Identity::Federated, Identity::Adobe]
            [number % 4];
    // What nobody can change of an Adobe ID does not.
    let name = if identity == Identity::Adobe { 0 } else { name };
    let username = match (identity, username) {
        (Identity::Federated, 1) => format!("user{number}"),
        (Identity::Federated, 2) => format!("other{number}"),
        (Identity::Federated, 3) => format!("user{number}@corp.example.com"),
        _ => email.clone(),
    };
    SandboxUser {
        email,
        username,
        domain: "example.com".to_owned(),
        firstname: ["Ann", "Zoë"][name].to_owned(),
        lastname: "Lee, the \"first\"".to_owned(),
        country: "US".to_owned(),
        identity,
        groups: GROUPS
            .iter()
            .enumerate()
            .filter(|(bit, _)| groups & (1 << bit) != 0)
            .map(|(_, group)| (*group).to_owned())
            .collect(),
        ..SandboxUser::default()
    }
}

/// The people before and after. Names move from one to the other, but nobody has another's at the
/// same time.
fn people(choices: &[Choice]) -> (People, People) {
    let own = |number: usize| format!("p{number}@example.com");
    let (mut before, mut after) = (People::new(), People::new());
    let mut taken: BTreeSet<(bool, String)> = BTreeSet::new();
    let moves =
        |number: usize, choice: &Choice| choice.email.is_some() && number % 4 != 3 && choice.before;
    let later: Vec<usize> =
        (0..choices.len()).filter(|number| moves(*number, &choices[*number])).collect();
    let order =
        (0..choices.len()).filter(|number| !later.contains(number)).chain(later.iter().copied());
    for number in order {
        let choice = &choices[number];
        if choice.before {
            before.insert(
                number,
                person(number, own(number), choice.names.0, choice.usernames.0, choice.groups.0),
            );
        }
        if choice.after {
            let adobe = number % 4 == 3;
            let wanted =
                choice.email.filter(|_| moves(number, choice)).map_or_else(|| own(number), own);
            let email = if taken.contains(&(adobe, wanted.clone())) {
                format!("x{number}@example.com")
            } else {
                wanted
            };
            taken.insert((adobe, email.clone()));
            after.insert(
                number,
                person(number, email, choice.names.1, choice.usernames.1, choice.groups.1),
            );
        }
    }
    (before, after)
}

fn directory(people: &People) -> Directory {
    let mut directory = Directory::default();
    for group in ["Design", "Print, Large"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_group(&SandboxGroup::profile("All Apps"));
    people.values().for_each(|user| directory.add_user(user));
    directory
}

fn list(people: &People, with_ids: bool) -> String {
    let mut text =
        "id,type,email,username,domain,firstname,lastname,country,status,groups\n".to_owned();
    for (number, user) in people {
        let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let id = if with_ids { format!("{number}@x") } else { String::new() };
        let groups = serde_json::to_string(&user.groups).unwrap();
        let cells = [
            &*id,
            user.identity.name(),
            &user.email,
            &user.username,
            &user.domain,
            &user.firstname,
            &user.lastname,
            &user.country,
            "active",
            &groups,
        ];
        writeln!(text, "{}", cells.map(cell).join(",")).unwrap();
    }
    text
}

fn dump(directory: &Directory) -> String {
    let mut bytes = Vec::new();
    directory.dump(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 60,
        ..ProptestConfig::default() })]

    #[test]
    fn importing_the_rows_into_one_organization_makes_it_the_other(choices in
        prop::collection::vec(choice(), PEOPLE), with_ids: bool) {
        let (before, after) = people(&choices);
        // A list of nobody is no list.
        prop_assume!(!before.is_empty() && !after.is_empty());
        let world = World::new(directory(&before), SandboxOptions::default());
        world.write("a.csv", list(&before, with_ids));
        world.write("b.csv", list(&after, with_ids));
        let diff = world.umbulk(&["diff", "a.csv", "b.csv", "--json"]);
        prop_assert_eq!(diff.status, 0, "{:?}", diff);
        let diff: serde_json::Value = serde_json::from_str(&diff.stdout).unwrap();
        // Names may go round in a circle.
        prop_assume!(diff["not_possible"].as_array().unwrap().is_empty());
        let rows = world.umbulk(&["diff", "a.csv", "b.csv", "--format", "csv", "--out",
            "turn.csv"]);
        prop_assert_eq!(rows.status, 0, "{:?}", rows);
        let done = world.umbulk(&["import", "turn.csv", "--yes", "--allow-admins"]);
        let turn = std::fs::read_to_string(world.path("turn.csv")).unwrap();
        prop_assert_eq!(done.status, 0, "{:?}\n{}", done, turn);
        prop_assert_eq!(dump(&world.sandbox.directory()), dump(&directory(&after)), "{}", turn);
    }
}

const BEFORE: &str = "id,type,email,username,domain,firstname,lastname,country,status,groups\n\
    1@x,federatedID,ann@example.com,ann@example.com,example.com,Ann,Lee,US,active,\"[\"\"Print, \
    Large\"\",\"\"Design\"\"]\"\n\
    2@x,adobeID,bob@example.com,bob@example.com,AdobeID,Bob,Lee,US,active,Design\n\
    3@x,federatedID,carl@example.com,carl@example.com,example.com,Carl,Lee,US,active,_org_admin\n\
    4@x,federatedID,dora@example.com,dora@example.com,example.com,Dora,Lee,US,active,Design\n\
    5@x,federatedID,emil@example.com,emil@example.com,example.com,Emil,Lee,US,active,Design\n";
const AFTER: &str = "Identity Type,Username,Domain,Email,First Name,Last Name,Country \
     Code,ID,Product Configurations,Admin Roles,User Groups\n\
    Federated ID,ann.l@example.com,example.com,ann.l@example.com,Ann,Li,US,1@x,All Apps,,Design\n\
    Adobe ID,bob@example.com,AdobeID,bob@example.com,Robert,Lee,US,2@x,All Apps,,\n\
    Federated ID,carl@example.com,example.com,carl@example.com,Carl,Lee,DE,3@x,,,\n\
    Federated ID,emil@example.com,example.com,emil@example.com,Emil,Lee,US,5@x,,,Design\n\
    Federated ID,fred@example.com,example.com,fred@example.com,Fred,Lee,US,6@x,All Apps,Support \
    Administrator,Design\n";

/// Two lists in a folder, in two dialects.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), BEFORE).unwrap();
    std::fs::write(folder.path().join("b.csv"), AFTER).unwrap();
    folder
}

#[test]
fn a_summary_says_who_came_and_went_and_what_no_import_can_do() {
    let folder = folder();
    let done = run(&mut bare(folder.path(), &["diff", "a.csv", "b.csv"]));
    assert_eq!(done.status, 0, "{done:?}");
    insta::with_settings!({ filters => vec![(r"csv of .*", "csv of TIME")] }, { insta::assert_snapshot!(done.stdout, @r#"
    From  a.csv of TIME
    To    b.csv of TIME
              1  joined
              1  left
              3  changed
              1  as before

    Joined
      fred@example.com (Federated ID) in All Apps, Design, _support_admin

    Left
      dora@example.com (federatedID) in Design

    Changed
      ann@example.com: email ann@example.com -> ann.l@example.com; lastname Lee -> Li; + All Apps; - Print, Large
      bob@example.com: firstname Bob -> Robert; + All Apps; - Design
      carl@example.com: country US -> DE; - _org_admin

    Memberships gained and lost
             +0         -1  _org_admin
             +1         -0  _support_admin  (it had no members)
             +3         -0  All Apps  (it had no members)
             +1         -2  Design
             +0         -1  Print, Large

    Not changed by an import
      bob@example.com: firstname `Bob` -> `Robert`: belongs to the user of an Adobe ID and cannot be changed by the organization
      carl@example.com: _org_admin: is a role that the API does not give or take: set it in the Admin Console
      carl@example.com: country `US` -> `DE`: cannot be changed through the API
    "#); });
}

#[test]
fn the_rows_are_umbulks_own_columns_and_are_all_valid() {
    let folder = folder();
    let done = run(&mut bare(
        folder.path(),
        &["diff", "a.csv", "b.csv", "--format", "csv", "--out", "turn.csv"],
    ));
    assert_eq!((done.status, done.stdout.as_str()), (0, ""), "{done:?}");
    assert!(
        done.stderr.contains("rows          1 create, 1 delete, 2 update\n"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("not in the file: carl@example.com: country `US` -> `DE`"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("some groups have no members in the first list"),
        "{}",
        done.stderr
    );
    insta::assert_snapshot!(std::fs::read_to_string(folder.path().join("turn.csv")).unwrap(), @r#"
    action,type,email,username,domain,firstname,lastname,country,groups,new_email,new_username,add_groups,remove_groups
    delete,federatedID,dora@example.com,,,,,,,,,,
    update,adobeID,bob@example.com,,,,,,,,,All Apps,Design
    update,federatedID,ann@example.com,,,,Li,,,ann.l@example.com,,All Apps,"[""Print, Large""]"
    create,federatedID,fred@example.com,,,Fred,Lee,US,"All Apps,Design,_support_admin",,,,
    "#);
    assert_eq!(run(&mut bare(folder.path(), &["validate", "turn.csv"])).status, 0);
}

#[test]
fn lists_may_be_compressed_and_rows_may_go_on_through_a_pipe() {
    let folder = folder();
    let mut packed = flate2::write::GzEncoder::new(
        std::fs::File::create(folder.path().join("b.csv.gz")).unwrap(),
        flate2::Compression::fast(),
    );
    std::io::Write::write_all(&mut packed, AFTER.as_bytes()).unwrap();
    packed.finish().unwrap();
    let plain = run(&mut bare(folder.path(), &["diff", "a.csv", "b.csv", "--format", "csv"]));
    let done = run(&mut bare(
        folder.path(),
        &["diff", "a.csv", "b.csv.gz", "--format", "csv", "--out", "-", "-q"],
    ));
    assert_eq!((done.status, done.stderr.as_str()), (0, ""), "{done:?}");
    assert_eq!(done.stdout, plain.stdout);
    assert_eq!(done.stdout.lines().count(), 5);
}

#[test]
fn a_program_gets_everything() {
    let folder = folder();
    let done = run(&mut bare(folder.path(), &["diff", "a.csv", "b.csv", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(
        (&json["before"]["users"], &json["after"]["users"], &json["alike"]),
        (&5.into(), &5.into(), &1.into())
    );
    assert_eq!(
        (&json["joined"][0]["email"], &json["left"][0]["email"]),
        (&"fred@example.com".into(), &"dora@example.com".into())
    );
    assert_eq!(
        json["changed"][0]["values"][0],
        serde_json::json!({"name": "email", "before": "ann@example.com", "after": "ann.l@example.\
            com"})
    );
    assert_eq!(json["changed"][0]["lost"], serde_json::json!(["Print, Large"]));
    let same = run(&mut bare(folder.path(), &["diff", "a.csv", "a.csv", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&same.stdout).unwrap();
    assert_eq!((&json["alike"], &json["changed"]), (&5.into(), &serde_json::json!([])));
}

#[test]
fn a_list_that_is_nowhere_is_said_to_be_nowhere() {
    let folder = folder();
    for (args, words) in [
        (["diff", "a.csv", "c.csv"], "neither a file nor a snapshot"),
        (["diff", "2026-01-01", "a.csv"], "neither a file nor a snapshot"),
        (["diff", "a.csv", "latest"], "there is no snapshot of users"),
    ] {
        let done = run(&mut bare(folder.path(), &args));
        assert!(done.status == 2 && done.stderr.contains(words), "{done:?}");
    }
}

#[test]
fn a_list_of_a_part_makes_no_rows_that_delete_the_others() {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for (email, groups) in
        [("ann@example.com", &["Design"][..]), ("bob@example.com", &[]), ("carl@example.org", &[])]
    {
        directory.add_user(&crate::world::user(email, groups));
    }
    let world = World::new(directory, SandboxOptions::default());
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    for (name, filter) in
        [("part.csv", ["--domain", "example.com"]), ("group.csv", ["--group", "Design"])]
    {
        let args = [&["export", "users", "--cached", "--out", name], &filter[..]].concat();
        assert_eq!(world.umbulk(&args).status, 0);
        let run =
            world.umbulk(&["diff", "users.csv", name, "--format", "csv", "--out", "turn.csv"]);
        assert!(
            run.status == 2
                && run.stderr.contains("could delete somebody")
                && !world.path("turn.csv").exists(),
            "{run:?}"
        );
        let run = world.umbulk(&["diff", "users.csv", name]);
        assert!(
            run.status == 0 && run.stderr.contains("may still be in the organization"),
            "{run:?}"
        );
    }
}

#[test]
fn what_a_row_cannot_do_is_said_and_the_rest_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let head = "type,email,username,domain,firstname,lastname,country,status,id\n";
    let write = |name: &str, rows: &str| {
        std::fs::write(folder.path().join(name), format!("{head}{rows}")).unwrap();
    };
    write("a.csv", "enterpriseID,c1@example.com,c1@example.com,example.com,Carl,L,US,active,1\n");
    write(
        "b.csv",
        "enterpriseID,c1@example.com,c2@example.com,example.com,Karl,L,US,active,1\n\
         federatedID,off@example.com,off@example.com,example.com,O,F,US,disabled,2\n\
         federatedID,far@example.com,far@example.com,other.com,F,A,US,active,3\n",
    );
    let json = run(&mut bare(folder.path(), &["diff", "a.csv", "b.csv", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let told = json["not_possible"].to_string();
    for words in ["c2@example.com", "disabled", "other.com"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let rows = run(&mut bare(folder.path(), &["diff", "a.csv", "b.csv", "--format", "csv"])).stdout;
    assert!(rows.contains("Karl") && !rows.contains("c2@example.com"), "{rows}");
}
