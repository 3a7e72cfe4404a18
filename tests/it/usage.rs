//! What an organization holds, from files, snapshots and the server.

use crate::world::{Run, World, bare, run, user};
use umbulk::sandbox::{Directory, Identity, SandboxGroup, SandboxOptions};

const USERS: &str = "id,type,email,username,domain,firstname,lastname,country,status,groups\n\
    1@x,federatedID,ann@example.com,,example.com,Ann,Lee,US,active,\"All Apps,Photo,Design\"\n\
    2@x,federatedID,bob@example.com,,example.com,Bob,Lee,US,active,\"All \
    Apps,_admin_Design,_org_admin\"\n\
    3@x,adobeID,carl@example.org,,AdobeID,Carl,Lee,,disabled,All Apps\n\
    4@x,enterpriseID,dora@example.com,,example.com,Dora,Lee,DE,active,Design\n\
    5@x,federatedID,emil@example.com,,example.com,Emil,Lee,DE,active,\n";
const GROUPS: &str = "groupId,groupName,type,memberCount,productName,licenseQuota\n\
    1,All Apps,PRODUCT_PROFILE,3,Creative Cloud,2\n2,Photo,PRODUCT_PROFILE,1,Creative Cloud,5\n\
    3,Sign,PRODUCT_PROFILE,0,Acrobat,UNLIMITED\n4,Design,USER_GROUP,2,,\n";

fn in_folder(args: &[&str]) -> (tempfile::TempDir, Run) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users.csv"), USERS).unwrap();
    std::fs::write(folder.path().join("groups.csv"), GROUPS).unwrap();
    let done = run(&mut bare(folder.path(), args));
    (folder, done)
}

/// Names come from the server or from a file, and people open the table in a spreadsheet.
#[test]
fn table_for_spreadsheets_holds_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let users = USERS.replace("All Apps,Photo,Design", "All Apps,=1+1");
    std::fs::write(folder.path().join("users.csv"), users).unwrap();
    let done = run(&mut bare(folder.path(), &["usage", "--from", "users.csv", "--format", "csv"]));
    assert_eq!(done.status, 0, "{done:?}");
    let rows: Vec<&str> = done.stdout.lines().filter(|line| line.contains("=1+1")).collect();
    assert_eq!(rows, ["group,'=1+1,,1,1,,,,"]);
}

#[test]
fn people_members_licences_and_administrators_are_counted() {
    let (_folder, done) = in_folder(&["usage", "--from", "users.csv", "--groups", "groups.csv"]);
    assert_eq!(done.status, 0, "{done:?}");
    insta::with_settings!({ filters => vec![(r"users.csv of .*", "users.csv of TIME")] }, { insta::assert_snapshot!(done.stdout, @r#"
    5 users: users.csv of TIME

    By identity type
              3  federatedID
              1  adobeID
              1  enterpriseID

    By domain
              4  example.com
              1  example.org

    By country
              2  DE
              2  US
              1  (unknown)

    By status
              4  active
              1  disabled

    By product
         people     active   licences    without
              3          2          7          1  Creative Cloud (2 profiles)
              0          0          -          -  Acrobat (1 profile)

    By product profile
        members     active   licences    without
              3          2          2          1  All Apps
              1          1          5          0  Photo
              0          0          -          -  Sign

    By user group
        members     active
              2          2  Design

    By role
              1  _admin_Design
              1  _org_admin

    Administrators: 1
      bob@example.com  _admin_Design, _org_admin

    Users without a product: 2 (1 of them in a user group, which may give a product)

    A list does not show who has no licence. To find out, use `umbulk usage --online`, or `umbulk export users --group 'All Apps' --status inactive`
    Profiles that come through a user group are not counted: the list has direct memberships only.
    "#); });
}

#[test]
fn usage_without_groups_says_products_are_unknown() {
    let (_folder, done) = in_folder(&["usage", "--from", "users.csv"]);
    assert_eq!(done.status, 0, "{done:?}");
    for words in ["Users without a group: 1", "umbulk export groups --snapshot", "By group"] {
        assert!(done.stdout.contains(words), "{words}: {}", done.stdout);
    }
    assert!(!done.stdout.contains("By product"), "{}", done.stdout);
}

#[test]
fn a_spreadsheet_and_a_program_get_every_count() {
    let (folder, done) = in_folder(&[
        "usage",
        "--from",
        "users.csv",
        "--groups",
        "groups.csv",
        "--csv",
        "--out",
        "usage.csv",
    ]);
    assert_eq!((done.status, done.stdout.as_str()), (0, ""), "{done:?}");
    insta::assert_snapshot!(std::fs::read_to_string(folder.path().join("usage.csv")).unwrap(), @r#"
    section,name,product,members,active,counted,licences,without_licence,roles
    total,,,5,,,,,
    identity_type,federatedID,,3,,,,,
    identity_type,adobeID,,1,,,,,
    identity_type,enterpriseID,,1,,,,,
    domain,example.com,,4,,,,,
    domain,example.org,,1,,,,,
    country,DE,,2,,,,,
    country,US,,2,,,,,
    country,,,1,,,,,
    status,active,,4,,,,,
    status,disabled,,1,,,,,
    product,Creative Cloud,Creative Cloud,3,2,,7,1,
    product,Acrobat,Acrobat,0,0,,,,
    profile,All Apps,Creative Cloud,3,2,3,2,1,
    profile,Photo,Creative Cloud,1,1,1,5,0,
    profile,Sign,Acrobat,0,0,0,,,
    user_group,Design,,2,2,2,,,
    role,_admin_Design,,1,,,,,
    role,_org_admin,,1,,,,,
    administrator,bob@example.com,,,,,,,"[""_admin_Design"",""_org_admin""]"
    without_product,,,2,,,,,
    "#);
    let (_folder, done) =
        in_folder(&["usage", "--from", "users.csv", "--groups", "groups.csv", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let all_apps = json["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["name"] == "All Apps")
        .unwrap();
    assert_eq!(
        (&json["users"], &json["without_product"], &all_apps["without_licence"], &all_apps["kind"]),
        (&5.into(), &2.into(), &1.into(), &"profile".into())
    );
    assert_eq!(
        json["administrators"][0],
        serde_json::json!({"user": "bob@example.com", "identity_type": "federatedID", "status":
            "active", "roles": ["_admin_Design", "_org_admin"]})
    );
    assert_eq!(
        (&json["products"][0]["users"], &json["products"][0]["memberships"]),
        (&3.into(), &4.into())
    );
}

#[test]
fn the_program_never_writes_over_the_list_that_it_reads() {
    let (folder, done) = in_folder(&["usage", "--from", "users.csv", "--out", "users.csv"]);
    assert_eq!(done.status, 2, "{done:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join("users.csv")).unwrap(), USERS);
}

fn organization() -> Directory {
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup { quota: Some(1), ..SandboxGroup::profile("All Apps") });
    directory.add_group(&SandboxGroup::user_group("Design"));
    for (email, groups) in [
        ("ann@example.com", &["All Apps"][..]),
        ("bob@example.com", &["All Apps", "_admin_Design"]),
        ("carl@example.com", &["Design"]),
    ] {
        directory.add_user(&user(email, groups));
    }
    let mut dora = user("dora@example.org", &[]);
    dora.identity = Identity::Adobe;
    directory.add_user(&dora);
    directory
}

#[test]
fn online_asks_once_and_takes_snapshots_within_two_hours() {
    let world = World::new(organization(), SandboxOptions::default());
    let nothing = world.umbulk(&["usage"]);
    assert!(nothing.status == 2 && nothing.stderr.contains("umbulk export users"), "{nothing:?}");
    let first = world.umbulk(&["usage", "--online", "--json"]);
    assert_eq!(first.status, 0, "{first:?}");
    let json: serde_json::Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!(
        (&json["users"], &json["without_product"], &json["without_product_in_user_group"]),
        (&4.into(), &2.into(), &1.into())
    );
    assert_eq!(
        json["products"][0],
        serde_json::json!({"name": "All Apps", "profiles": 1, "memberships": 2, "users": 2,
            "active": 2, "quota": 1, "without_licence": 1})
    );
    let reads = |world: &World| {
        world
            .sandbox
            .traffic()
            .iter()
            .filter(|received| received.class == "users" || received.class == "groups")
            .count()
    };
    let asked = reads(&world);
    assert_eq!(asked, 3, "users, groups, and who has no licence");
    let unlicensed = |json: &serde_json::Value| {
        json["groups"].as_array().unwrap().iter().find(|group| group["name"] == "All Apps").unwrap()
            ["unlicensed"]
            .clone()
    };
    assert_eq!(
        unlicensed(&json),
        serde_json::json!(["bob@example.com"]),
        "the first who came has it"
    );
    let again = world.umbulk(&["usage", "--online", "--json"]);
    assert!(again.status == 0 && again.stderr.contains("one fetch in two hours"), "{again:?}");
    assert_eq!(
        (&again.stdout, reads(&world)),
        (&first.stdout, asked + 1),
        "only who has no licence is asked for again"
    );
    let stored: serde_json::Value =
        serde_json::from_str(&world.umbulk(&["usage", "--json"]).stdout).unwrap();
    assert_eq!((&stored["products"], &stored["at"]), (&json["products"], &json["at"]));
    assert_eq!((unlicensed(&stored), reads(&world)), (serde_json::Value::Null, asked + 1));
    let online = world.umbulk(&["usage", "--online"]);
    assert!(
        online.stdout.contains("Without a licence\n  bob@example.com  All Apps\n"),
        "{}",
        online.stdout
    );
    let table = world.umbulk(&["usage"]);
    assert!(
        table.stdout.contains("umbulk export users --group 'All Apps' --status inactive"),
        "{}",
        table.stdout
    );
}

#[test]
fn file_is_written_as_its_ending_says_and_named() {
    for (name, begin) in
        [("us.csv", "section,"), ("us.CSV", "section,"), ("us.json", "{"), ("us.txt", "5 users")]
    {
        let (folder, done) = in_folder(&["usage", "--from", "users.csv", "--out", name]);
        assert_eq!(done.status, 0, "{done:?}");
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.starts_with(begin), "{name}: {text}");
        assert!(done.stderr.contains(&format!("written       {name}\n")), "{done:?}");
    }
}
