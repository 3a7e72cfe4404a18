//! A column of another dialect that would change what a row means is read, or the table is refused.

use crate::world::World;
use umbulk::sandbox::SandboxUser;

fn user(world: &World, email: &str) -> Option<SandboxUser> {
    world.sandbox.directory().user(email)
}

#[test]
fn identity_type_beside_an_action_is_read() {
    let world = World::with_groups(&["Design"]);
    let run = world.import(
        "a.csv",
        "Identity Type,Email,First Name,Last Name,Country Code,Admin Roles,User Groups \
         Administered,groups,action\n\
         Adobe ID,ada@example.com,Ada,Dob,US,,,,create\n\
         Federated ID,n1@example.com,N,One,US,Support Administrator,Design,Design,create\n\
         Federated ID,n1@example.com,,,,,,,remove-all\n",
        &[],
    );
    assert_eq!(run.status, 0, "{run:?} {:?}", world.rows("a.results.csv"));
    assert_eq!(user(&world, "ada@example.com").unwrap().identity.name(), "adobeID");
    assert_eq!(user(&world, "n1@example.com").unwrap().identity.name(), "federatedID");
    assert!(
        world.rows("a.results.csv")[1]["umbulk_effect"].contains("joined:3"),
        "{:?}",
        world.rows("a.results.csv")[1]
    );
    assert!(!run.stderr.contains("ignored columns"), "{run:?}");
}

#[test]
fn upn_and_mail_beside_an_action_are_read() {
    let world = World::with_groups(&[]);
    let file = "action,upn,mail,firstname,lastname,country_code\n\
                create,10045@corp.local,a@example.com,Ann,Lee,US\n";
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(user(&world, "a@example.com").unwrap().username, "10045@corp.local");
}

#[test]
fn hard_delete_beside_an_action_is_read() {
    let world = World::with_groups(&[]);
    world.write("a.csv", "action,email,hard_delete\ndelete,a@example.com,maybe\n");
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 1);
    assert_eq!(world.outcomes("a.check.csv"), ["invalid invalid.hard_delete.value"]);
}

#[test]
fn column_of_another_dialect_is_refused_with_the_way_to_do_it() {
    for (file, column, option) in [
        (
            "type,email,firstname,lastname,country,groups,Admin \
             Roles\n,a@example.com,A,B,US,,Support\n",
            "Admin Roles",
            "admin_roles=Admin Roles",
        ),
        (
            "action,email,Products Administered\nadd,a@example.com,Photoshop\n",
            "Products Administered",
            "products_administered=Products Administered",
        ),
        (
            "action,email,firstname,Developer Access\nupdate,a@example.com,A,X\n",
            "Developer Access",
            "developer_access=Developer Access",
        ),
    ] {
        let world = World::with_groups(&[]);
        world.write("a.csv", file);
        let run = world.umbulk(&["validate", "a.csv"]);
        assert_eq!(run.status, 2, "{file} {run:?}");
        assert!(run.stderr.contains(&format!("--map \"{option}\"")), "{run:?}");
        assert!(world.umbulk(&["validate", "a.csv", "--map", option]).status < 2, "{file}");
        assert!(world.umbulk(&["validate", "a.csv", "--ignore", column]).status < 2, "{file}");
    }
}

/// A list of people to delete says of no group what is to come of it.
#[test]
fn groups_beside_hard_delete_are_refused_by_row() {
    for column in ["groups", "User Groups"] {
        let world = World::with_groups(&["Design"]);
        let file = format!("email,hard_delete,{column}\na@example.com,no,Design\n");
        world.write("a.csv", file);
        assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 1, "{column}");
        assert!(world.outcomes("a.check.csv")[0].starts_with("invalid invalid."), "{column}");
    }
}
