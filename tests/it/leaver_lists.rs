//! A list that only names people says nothing of what is to become of them.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, SandboxOptions};

#[test]
fn list_that_only_names_people_is_refused_whatever_else_stands_in_it() {
    for (name, file) in [
        ("umapi_first.csv", "umapi,type,email\n,adobeID,leaver@example.com\n"),
        ("comment.csv", "type,email,domain,umapi,comment\nadobeID,leaver@example.com,,,x\n"),
        ("org.csv", "type,email,domain,umapi,org\nadobeID,leaver@example.com,,,\n"),
        ("new_email.csv", "email,type,new_email\nleaver@example.com,adobeID,\n"),
        ("description.csv", "email,description\nleaver@example.com,left\n"),
        ("users.csv", "email,type,users\nleaver@example.com,adobeID,\n"),
        ("lines.jsonl", "{\"umapi\":\"\",\"type\":\"adobeID\",\"email\":\"leaver@example.com\"}\n"),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import(name, file, &[]);
        assert_eq!(run.status, 2, "{name}: {run:?}");
        assert!(run.stderr.contains("--action delete"), "{name}: {run:?}");
        assert_eq!(world.sandbox.directory().users().count(), 0, "{name}");
    }
}

#[test]
fn groups_of_whatever_list_are_made_only_when_that_is_said() {
    for file in [
        "Group Name\nNew1\n",
        "groupName,description\nNew1,Of the North\n",
        // Exports: umbulk's own, and umapi-cli's in any order and spelling.
        "type;groupName;memberCount\nUSER_GROUP;New1;3\n",
        "groupId,groupName,type,memberCount,productName,licenseQuota\n1,New1,USER_GROUP,3,,\n",
        "groupName,type,adminGroupName,memberCount\nNew1,USER_GROUP,_admin_New1,3\n",
        "Group Name;Type;Members\nNew1;USER_GROUP;3\n",
        "group_name\ttype\nNew1\tUSER_GROUP\n",
        "id,name,tags\n1,New1,\n",
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file, &[]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains("--action create-group"), "{run:?}");
        assert!(world.sandbox.directory().group("New1").is_none());
        let run = world.umbulk(&["import", "a.csv", "--action", "create-group"]);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(world.sandbox.directory().group("New1").is_some());
    }
}

#[test]
fn name_beside_an_address_is_a_persons() {
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", "Name,Surname,Mail,Country\nAnn,Lee,a@example.com,US\n", &[]);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(
        run.stderr.contains("--map \"lastname=Surname\"") && !run.stderr.contains("its groups"),
        "{run:?}"
    );
}

/// Only user-sync's own header makes a file a list of people to remove. What the advice maps is not
/// that header, and says nothing of what is to become of these people.
#[test]
fn proposed_mapping_typed_as_printed_removes_nobody() {
    for (name, file) in [
        ("mail.csv", "type,mail,domain\nfederatedID,ann@example.com,example.com\n"),
        ("address.csv", "Type,Email address,Domain\nfederatedID,ann@example.com,example.com\n"),
        ("login.csv", "Type,Login,Domain\nfederatedID,ann,example.com\n"),
        ("kind.csv", "Kind,Email,Domain\nfederatedID,ann@example.com,example.com\n"),
        ("typ.csv", "Typ;E-Mail;Domäne\nfederatedID;ann@example.com;example.com\n"),
        ("order.csv", "email,type,domain\nann@example.com,federatedID,example.com\n"),
        (
            "keys.jsonl",
            "{\"type\":\"federatedID\",\"mail\":\"ann@example.com\",\"domain\":\"example.com\"}\n",
        ),
    ] {
        let world = one_person();
        let mut run = world.import(name, file, &[]);
        assert_eq!(run.status, 2, "{name}: {run:?}");
        let advised = maps_advised(&run.stderr);
        if !advised.is_empty() {
            let mut typed = vec!["import", name];
            typed.extend(advised.iter().map(String::as_str));
            run = world.umbulk(&typed);
        }
        assert_eq!(run.status, 2, "{name}: {run:?}");
        assert!(run.stderr.contains("--action delete"), "{name}: {run:?}");
        assert!(world.sandbox.directory().user("ann@example.com").is_some(), "{name}");
    }
}

/// The options `--map "FIELD=COLUMN"` of the advice, as a shell hands them over.
fn maps_advised(screen: &str) -> Vec<String> {
    let quoted = screen.split("--map \"").skip(1).filter_map(|rest| rest.split('"').next());
    quoted.flat_map(|map| ["--map".to_owned(), map.to_owned()]).collect()
}

fn one_person() -> World {
    let mut directory = Directory::default();
    let mut ann = user("ann@example.com", &[]);
    ann.username = "ann".to_owned();
    directory.add_user(&ann);
    World::new(directory, SandboxOptions::default())
}
