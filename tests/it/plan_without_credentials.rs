//! `plan` and `validate` without credentials: the snapshots belong to an organization that
//! nobody has named.

use crate::world::{World, bare, run};

#[test]
fn plan_without_organization_says_why_groups_are_unchecked() {
    let world = World::with_groups(&["Design"]);
    world.write(
        "a.csv",
        "action,email,firstname,lastname,country,groups\ncreate,ann@x.com,Ann,Lee,US,Design\n",
    );
    assert_eq!(world.umbulk(&["export", "groups"]).status, 0);
    for command in ["plan", "validate"] {
        let plan = run(&mut bare(world.folder.path(), &[command, "a.csv"]));
        assert_eq!(plan.status, 0, "{plan:?}");
        let line = plan
            .stderr
            .lines()
            .find(|line| line.contains("groups        not checked: `Design`"))
            .unwrap_or_default();
        assert!(
            line.contains("set UMAPI_ORG_ID to use the snapshot")
                && line.contains("--groups-file groups.csv"),
            "{plan:?}"
        );
        assert!(!line.contains("there is no list"), "{plan:?}");
        // What it advises helps.
        let named =
            run(&mut bare(world.folder.path(), &[command, "a.csv", "--groups-file", "groups.csv"]));
        assert!(named.stderr.contains("groups        1 named, it exists"), "{named:?}");
        let place = bare(world.folder.path(), &[command, "a.csv"])
            .env("UMAPI_ORG_ID", "12345@AdobeOrg")
            .output()
            .unwrap();
        assert!(
            String::from_utf8_lossy(&place.stderr).contains("there is no list of groups"),
            "{place:?}"
        );
    }
}

#[test]
fn plan_with_split_credentials_says_so() {
    let world = World::with_groups(&["Design"]);
    world.write(
        "a.csv",
        "action,email,firstname,lastname,country,groups\ncreate,ann@x.com,Ann,Lee,US,Design\n",
    );
    world.write(".env", "UMAPI_CLIENT_SECRET=s\n");
    let plan =
        run(bare(world.folder.path(), &["plan", "a.csv"]).env("UMAPI_ORG_ID", "12345@AdobeOrg"));
    assert!(
        plan.stderr.contains("not checked: `Design`")
            && plan.stderr.contains("credentials and endpoints must be in one place"),
        "{plan:?}"
    );
}
