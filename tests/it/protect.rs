//! `--protect` is not walked around: a protected person or group is one under every name.

use crate::world::{World, user};
use umbulk::sandbox::{Directory, InjectedFault, SandboxGroup, SandboxOptions, SandboxUser};

const HEAD: &str = "action,type,email,username,domain,firstname,lastname,country,groups,new_email,\
                    new_username,group,new_name,remove_users\n";

/// `boss@x.com`, whose username is `bigboss`; `ann@x.com`; both in `Design`.
fn world() -> World {
    let mut directory = Directory::default();
    for group in ["Design", "Video", "Empty"] {
        directory.add_group(&SandboxGroup::user_group(group));
    }
    directory.add_user(&SandboxUser {
        username: "bigboss".into(),
        domain: "x.com".into(),
        ..user("boss@x.com", &["Design"])
    });
    directory.add_user(&user("ann@x.com", &["Design"]));
    World::new(directory, SandboxOptions::default())
}

/// A row with these cells, by column.
fn row(cells: &[(&str, &str)]) -> String {
    let value =
        |column| cells.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| *value);
    HEAD.trim_end()
        .split(',')
        .map(|column| format!("\"{}\"", value(column)))
        .collect::<Vec<_>>()
        .join(",")
        + "\n"
}

fn protect(world: &World, list: &str, rows: &[&[(&str, &str)]], more: &[&str]) -> Vec<String> {
    world.write("protect.txt", list);
    let file = HEAD.to_owned() + &rows.iter().map(|cells| row(cells)).collect::<String>();
    let run =
        world.import("a.csv", file, &[&["--protect", "protect.txt", "--fresh"], more].concat());
    assert!(run.status <= 1, "{run:?}");
    world.outcomes("a.results.csv")
}

#[test]
fn rename_then_delete_by_email_is_refused() {
    let world = world();
    let rename = [("action", "update"), ("email", "boss@x.com"), ("new_email", "b@x.com")];
    for (action, code) in
        [("delete", "invalid.email.protected"), ("remove-all", "invalid.email.protected")]
    {
        let outcomes = protect(
            &world,
            "boss@x.com\n",
            &[&rename, &[("action", action), ("email", "B@x.com")]],
            &["--rows", "2"],
        );
        assert_eq!(outcomes[1], format!("invalid {code}"), "{action}");
    }
    let outcomes = protect(
        &world,
        "boss@x.com\n",
        &[&rename, &[("action", "delete-account"), ("email", "b@x.com")]],
        &[],
    );
    assert_eq!(outcomes, ["ok", "invalid invalid.email.protected"]);
    assert_eq!(world.groups_of("b@x.com").unwrap(), ["Design"]);
}

#[test]
fn rename_then_delete_by_username_is_refused() {
    let world = world();
    let rename = [
        ("action", "update"),
        ("username", "bigboss"),
        ("domain", "x.com"),
        ("new_username", "small"),
    ];
    for (list, action) in [
        ("bigboss\n", "delete"),
        ("bigboss@x.com\n", "remove-all"),
        ("boss@x.com\n", "delete-account"),
    ] {
        let delete = [("action", action), ("username", "small"), ("domain", "x.com")];
        let outcomes = protect(&world, list, &[&rename, &delete], &[]);
        assert_eq!(outcomes[1], "invalid invalid.username.protected", "{list} {action}");
        assert_eq!(world.groups_of("boss@x.com").unwrap(), ["Design"]);
    }
}

/// The list may name her as she was called before: an import from this computer has renamed her
/// since.
#[test]
fn rename_of_an_earlier_command_leads_to_the_protected_person() {
    let world = world();
    let rename = [("action", "update"), ("email", "boss@x.com"), ("new_email", "b@x.com")];
    let renamed = world.import("rename.csv", HEAD.to_owned() + &row(&rename), &[]);
    assert_eq!(renamed.status, 0, "{renamed:?}");
    let group = [("action", "update-group"), ("group", "Empty"), ("new_name", "Gone")];
    let renamed = world.import("group.csv", HEAD.to_owned() + &row(&group), &[]);
    assert_eq!(renamed.status, 0, "{renamed:?}");
    let delete = [("action", "delete"), ("email", "b@x.com")];
    let delete_group = [("action", "delete-group"), ("group", "Gone")];
    let outcomes = protect(&world, "boss@x.com\nEmpty\n", &[&delete, &delete_group], &[]);
    assert_eq!(outcomes, ["invalid invalid.email.protected", "invalid invalid.group.protected"]);
    assert!(world.groups_of("b@x.com").is_some());
    // Another user who gets the old name afterwards is not the one whom the new name protects.
    let create = [
        ("action", "create"),
        ("email", "boss@x.com"),
        ("firstname", "Ann"),
        ("lastname", "Lee"),
        ("country", "US"),
    ];
    let delete = [("action", "delete"), ("email", "boss@x.com")];
    let created = world.import("new.csv", HEAD.to_owned() + &row(&create), &[]);
    assert_eq!(created.status, 0, "{created:?}");
    assert_eq!(protect(&world, "b@x.com\n", &[&delete], &[]), ["ok"]);
}

#[test]
fn chain_of_renames_through_files_protects_its_end() {
    let world = world();
    world.write("protect.txt", "boss@x.com\n");
    let rename = |from, to| row(&[("action", "update"), ("email", from), ("new_email", to)]);
    world.write("one.csv", HEAD.to_owned() + &rename("boss@x.com", "b@x.com"));
    world.write(
        "two.csv",
        HEAD.to_owned() + &rename("b@x.com", "c@x.com") + &rename("c@x.com", "d@x.com"),
    );
    world.write("three.csv", HEAD.to_owned() + &row(&[("action", "delete"), ("email", "d@x.com")]));
    let run =
        world.umbulk(&["import", "one.csv", "two.csv", "three.csv", "--protect", "protect.txt"]);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("three.results.csv"), ["invalid invalid.email.protected"]);
    assert!(
        world.rows("three.results.csv")[0]["umbulk_message"].contains("protected by `boss@x.com`")
    );
    assert_eq!(world.groups_of("d@x.com").unwrap(), ["Design"]);
}

#[test]
fn username_and_domain_are_the_email_in_the_list() {
    let world = world();
    let delete = [("action", "delete"), ("username", "boss"), ("domain", "X.com")];
    assert_eq!(
        protect(&world, "boss@x.com\n", &[&delete], &[]),
        ["invalid invalid.username.protected"]
    );
    let delete = [("action", "delete"), ("email", "bigboss@x.com")];
    assert_eq!(
        protect(&world, "bigboss@x.com\n", &[&delete], &[]),
        ["invalid invalid.email.protected"]
    );
}

/// A row that creates tells under which names somebody is known, wherever it stands.
#[test]
fn row_that_names_email_and_username_protects_both() {
    let world = world();
    let create = [
        ("action", "create"),
        ("type", "federatedID"),
        ("email", "boss@x.com"),
        ("username", "bigboss"),
        ("domain", "x.com"),
        ("firstname", "B"),
        ("lastname", "O"),
        ("country", "US"),
    ];
    let delete = [("action", "delete"), ("username", "bigboss"), ("domain", "x.com")];
    let outcomes = protect(&world, "boss@x.com\n", &[&delete, &create], &[]);
    assert_eq!(outcomes[0], "invalid invalid.username.protected");
    assert!(world.groups_of("boss@x.com").is_some());
}

#[test]
fn other_spellings_of_a_protected_name_are_refused() {
    let mut directory = Directory::default();
    for email in ["zoe\u{308}@x.com", "zo\u{eb}@x.com", "ann@xn--bcher-kva.de", "ann@bücher.de"] {
        directory.add_user(&user(email, &[]));
    }
    let world = World::new(directory, SandboxOptions::default());
    let list = "ZOE\u{308}@X.com\nann@Bücher.de\n";
    for email in [
        "zo\u{eb}@x.com",
        "Zoe\u{308}@x.com",
        "ann@xn--bcher-kva.de",
        "ANN@bücher.de",
        "ａnn@bücher.de",
        "a\u{ad}nn@bücher.de",
        "аnn@bücher.de",
    ] {
        let outcomes = protect(&world, list, &[&[("action", "delete"), ("email", email)]], &[]);
        assert!(outcomes[0].starts_with("invalid "), "{email:?}: {outcomes:?}");
    }
    assert_eq!(world.action_requests(), 0);
}

#[test]
fn adobe_id_of_a_protected_email_is_protected_too() {
    let world = world();
    let delete = [("action", "delete"), ("type", "adobeID"), ("email", "boss@x.com")];
    assert_eq!(
        protect(&world, "boss@x.com\n", &[&delete], &[]),
        ["invalid invalid.email.protected"]
    );
}

#[test]
fn protected_group_is_neither_deleted_nor_renamed_away() {
    let world = world();
    let rename = [("action", "update-group"), ("group", "Empty"), ("new_name", "Gone")];
    let delete = [("action", "delete-group"), ("group", "GONE")];
    let other = [("action", "update-group"), ("group", "Video"), ("new_name", "Film")];
    let outcomes = protect(&world, "empty\n", &[&rename, &delete, &other], &[]);
    assert_eq!(
        outcomes,
        ["invalid invalid.group.protected", "invalid invalid.group.protected", "ok"]
    );
    assert!(world.sandbox.directory().group("Empty").is_some());
}

/// Both names are on the list: neither group may become the other, and no third one either.
/// Whatever a row calls a protected name is protected as well.
#[test]
fn protected_group_does_not_get_the_name_of_another() {
    let world = world();
    let rename = |old, new| [("action", "update-group"), ("group", old), ("new_name", new)];
    let rows = [rename("Empty", "Video"), rename("Design", "video"), rename("Design", "Drafts")];
    let rows: Vec<&[_]> = rows.iter().map(|row| &row[..]).collect();
    let outcomes = protect(&world, "Empty\nVideo\n", &rows, &[]);
    assert_eq!(
        outcomes,
        [
            "invalid invalid.group.protected",
            "invalid invalid.new_name.protected",
            "invalid invalid.group.protected"
        ]
    );
    assert!(world.sandbox.directory().group("Design").is_some());
}

/// The membership of somebody protected would go with the group.
#[test]
fn group_of_a_protected_person_is_not_deleted() {
    let world = world();
    let delete = |group| [("action", "delete-group"), ("group", group)];
    let rename = [("action", "update-group"), ("group", "Design"), ("new_name", "Old")];
    let outcomes =
        protect(&world, "boss@x.com\n", &[&delete("Video"), &rename, &delete("Old")], &[]);
    assert_eq!(outcomes, ["ok", "ok", "invalid invalid.group.protected"]);
    assert!(world.rows("a.results.csv")[2]["umbulk_message"].contains("boss@x.com"));
}

/// The role goes with the group too, whether a list or the server tells who holds it.
#[test]
fn group_of_a_protected_administrator_is_not_deleted() {
    for list in ["boss@x.com\n", "members:_admin_Video\n"] {
        for more in [&["--allow-admins"][..], &["--allow-admins", "--online"]] {
            let mut directory = Directory::default();
            directory.add_group(&SandboxGroup::user_group("Video"));
            directory.add_user(&user("boss@x.com", &["_admin_Video"]));
            let world = World::new(directory, SandboxOptions::default());
            let delete = [("action", "delete-group"), ("group", "Video")];
            let outcomes = protect(&world, list, &[&delete], more);
            assert_eq!(outcomes, ["invalid invalid.group.protected"], "{list} {more:?}");
            let message = &world.rows("a.results.csv")[0]["umbulk_message"];
            assert!(message.contains("a protected administrator, boss@x.com"), "{message}");
            assert!(world.sandbox.directory().group("Video").is_some());
        }
    }
}

/// The list shows no roles, so the server is asked who administers the group.
#[test]
fn group_of_an_administrator_whom_no_list_shows_is_not_deleted() {
    for columns in ["User Groups", "User Groups,Product Configurations"] {
        let mut directory = Directory::default();
        directory.add_group(&SandboxGroup::user_group("Video"));
        directory.add_user(&user("boss@x.com", &["_admin_Video"]));
        let world = World::new(directory, SandboxOptions::default());
        let cells = columns.replace(|letter| letter != ',', "");
        let list =
            format!("Email,Username,Domain,{columns}\nboss@x.com,boss@x.com,x.com,{cells}\n");
        world.write("list.csv", list);
        let delete = [("action", "delete-group"), ("group", "Video")];
        let more = ["--allow-admins", "--against", "list.csv"];
        let outcomes = protect(&world, "boss@x.com\n", &[&delete], &more);
        assert_eq!(outcomes, ["invalid invalid.group.protected"], "{columns}");
        assert!(world.sandbox.directory().group("Video").is_some());
    }
}

#[test]
fn users_taken_out_of_a_group_count_by_all_their_names() {
    let world = world();
    let rename = [("action", "update"), ("email", "boss@x.com"), ("new_email", "b@x.com")];
    let out = [("action", "update-group"), ("group", "Design"), ("remove_users", "b@x.com")];
    let outcomes = protect(&world, "boss@x.com\n", &[&rename, &out], &[]);
    assert_eq!(outcomes, ["ok", "invalid invalid.remove_users.protected"]);
}

#[test]
fn members_of_a_group_are_protected_by_the_servers_list() {
    let world = world();
    let delete = |email| [("action", "delete"), ("email", email)];
    let by_username = [("action", "remove-all"), ("username", "bigboss"), ("domain", "x.com")];
    let outcomes = protect(&world, "members:Design\n", &[&delete("ann@x.com"), &by_username], &[]);
    assert_eq!(outcomes, ["invalid invalid.email.protected", "invalid invalid.username.protected"]);
    assert!(world.rows("a.results.csv")[0]["umbulk_message"].contains("members:Design"));
    // The group itself is not protected by that.
    let outcomes = protect(
        &world,
        "members:Empty\n",
        &[&[("action", "delete-group"), ("group", "Empty")]],
        &[],
    );
    assert_eq!(outcomes, ["ok"]);
}

#[test]
fn members_of_a_role_are_protected() {
    let mut directory = Directory::default();
    directory.add_user(&user("root@x.com", &["_org_admin"]));
    directory.add_user(&user("ann@x.com", &[]));
    let world = World::new(directory, SandboxOptions::default());
    let delete = |email| [("action", "delete"), ("email", email)];
    let outcomes = protect(
        &world,
        "members:_org_admin\n",
        &[&delete("root@x.com"), &delete("ann@x.com")],
        &[],
    );
    assert_eq!(outcomes, ["invalid invalid.email.protected", "ok"]);
}

/// A mistyped group protects nobody: nothing may be sent by such a list.
#[test]
fn members_of_an_unknown_group_send_nothing() {
    let world = world();
    world.write("protect.txt", "members:Dezign\n");
    let run =
        world.import("a.csv", "action,email\ndelete,ann@x.com\n", &["--protect", "protect.txt"]);
    assert!(run.status == 2 && run.stderr.contains("Dezign"), "{run:?}");
    assert_eq!(world.action_requests(), 0);
}

/// A gateway's page is no word of the API that the group is not there, and says nothing about its
/// members.
#[test]
fn members_that_cannot_be_known_send_nothing() {
    for (status, body) in [(404, "<html>Not Found</html>"), (403, "{}"), (500, "")] {
        let world = world();
        let faults = (0..9).map(|_| {
            Some(InjectedFault::Answer { status, headers: Vec::new(), body: body.to_owned() })
        });
        world.sandbox.faults().next_reads(faults);
        world.write("protect.txt", "members:Video\n");
        let run = world.import(
            "a.csv",
            "action,email\ndelete,ann@x.com\n",
            &["--protect", "protect.txt", "--max-attempts", "2"],
        );
        assert!(
            run.status == 2 && run.stderr.contains("the members of `Video` could not be fetched"),
            "{run:?}"
        );
        assert_eq!(world.action_requests(), 0);
    }
}

#[test]
fn list_of_the_organization_tells_members_and_other_names() {
    let world = world();
    assert_eq!(world.umbulk(&["export", "users"]).status, 0);
    let reads = world.sandbox.traffic().len();
    let file = |rows: &str| format!("action,email,username,domain\n{rows}");
    world.write("protect.txt", "members:Design\n");
    let against = ["--protect", "protect.txt", "--against", "users.csv", "--fresh"];
    let run = world.import("a.csv", file("delete,ann@x.com,,\ndelete,,bigboss,x.com\n"), &against);
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(
        world.outcomes("a.results.csv"),
        ["invalid invalid.email.protected", "invalid invalid.username.protected"]
    );
    assert_eq!(world.sandbox.traffic().len(), reads, "nobody is asked");
    // The list links a name that the rows give with another.
    world.write("protect.txt", "boss@x.com\n");
    let rows = "update,,bigboss,x.com,b2\ndelete,,b2,x.com,\n";
    let run = world.import(
        "a.csv",
        format!("action,email,username,domain,new_username\n{rows}"),
        &against,
    );
    assert_eq!(run.status, 1, "{run:?}");
    assert_eq!(world.outcomes("a.results.csv")[1], "invalid invalid.username.protected");
}

#[test]
fn plan_and_validate_judge_by_the_same_names() {
    let world = world();
    world.write("protect.txt", "boss@x.com\n");
    world.write("a.csv", "action,email,new_email\nupdate,boss@x.com,b@x.com\ndelete,b@x.com,\n");
    for command in ["plan", "validate"] {
        let run = world.umbulk(&[command, "a.csv", "--protect", "protect.txt"]);
        assert!(run.status == 1 && run.stderr.contains("invalid.email.protected"), "{run:?}");
    }
    world.write("protect.txt", "members:Design\n");
    let run = world.umbulk(&["plan", "a.csv", "--protect", "protect.txt"]);
    assert!(run.status == 0 && run.stderr.contains("are not checked here"), "{run:?}");
}

#[test]
fn names_are_read_as_people_write_them_or_refused_by_line() {
    let world = world();
    for list in ["\"boss@x.com\"\n", "Boss of all <boss@x.com>\n", "'Boss@x.com'\n"] {
        let outcomes =
            protect(&world, list, &[&[("action", "delete"), ("email", "boss@x.com")]], &[]);
        assert_eq!(outcomes, ["invalid invalid.email.protected"], "{list}");
    }
    for line in [
        "boss@x.com;Boss",
        "boss@x.com,Boss",
        "boss@x.com\tBoss",
        "Boss boss@x.com",
        "“boss@x.com”",
        "(boss@x.com)",
        "mailto:boss@x.com",
    ] {
        world.write("protect.txt", format!("# bosses\nDesign, Video & Co\n{line}\n"));
        let file = HEAD.to_owned() + &row(&[("action", "delete"), ("email", "boss@x.com")]);
        let run = world.import("a.csv", file, &["--protect", "protect.txt", "--fresh"]);
        assert_eq!(
            (run.status, world.groups_of("boss@x.com").is_some()),
            (2, true),
            "{line}: {run:?}"
        );
        assert!(run.stderr.contains("protect.txt, line 3"), "{}", run.stderr);
    }
}

/// Nothing but the server knows that `boss@x.com` and the username `bigboss` are one person.
#[test]
fn names_that_only_the_server_knows_are_protected() {
    let people = |world: &World| {
        assert_eq!(world.groups_of("boss@x.com").unwrap(), ["Design"]);
    };
    let by_username = |action, more: (&'static str, &'static str)| {
        vec![("action", action), ("username", "bigboss"), ("domain", "x.com"), more]
    };
    let group = ("groups", "Design");
    for cells in [
        by_username("remove", group),
        by_username("remove-all", ("groups", "")),
        by_username("delete", ("groups", "")),
        vec![("action", "update-group"), ("group", "Design"), ("remove_users", "bigboss")],
    ] {
        let world = world();
        let outcomes = protect(&world, "boss@x.com\n", &[&cells], &["--check-groups", "never"]);
        assert!(outcomes[0].ends_with(".protected"), "{cells:?}: {outcomes:?}");
        people(&world);
    }
    for cells in [
        vec![("action", "remove"), ("email", "boss@x.com"), group],
        vec![("action", "update-group"), ("group", "Design"), ("remove_users", "boss@x.com")],
    ] {
        let world = world();
        let outcomes = protect(&world, "bigboss\n", &[&cells], &["--check-groups", "never"]);
        assert!(outcomes[0].ends_with(".protected"), "{cells:?}: {outcomes:?}");
        people(&world);
    }
}

/// More leavers than are asked about one by one.
#[test]
fn other_name_among_many_leavers_is_protected() {
    let world = world();
    let emails: Vec<String> = (0..101).map(|number| format!("z{number}@x.com")).collect();
    let mut rows: Vec<Vec<(&str, &str)>> =
        emails.iter().map(|email| vec![("action", "delete"), ("email", &**email)]).collect();
    rows.push(vec![("action", "delete"), ("username", "bigboss"), ("domain", "x.com")]);
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
    let outcomes = protect(&world, "boss@x.com\n", &rows, &["--yes"]);
    assert_eq!(outcomes[101], "invalid invalid.username.protected");
    assert!(world.groups_of("boss@x.com").is_some());
}

#[test]
fn nothing_is_sent_where_other_names_cannot_be_known() {
    let world = world();
    world.write("protect.txt", "boss@x.com\n");
    let cells =
        [("action", "remove"), ("username", "ann"), ("domain", "x.com"), ("groups", "Design")];
    world.write("a.csv", HEAD.to_owned() + &row(&cells));
    world.sandbox.faults().next_reads((0..20).map(|_| Some(InjectedFault::DoneBut(400))));
    let run =
        world.umbulk(&["import", "a.csv", "--protect", "protect.txt", "--check-groups", "never"]);
    assert!(
        run.status == 2 && run.stderr.contains("the user `boss@x.com` could not be"),
        "{run:?}"
    );
    assert_eq!(world.action_requests(), 0);
    // `plan` asks nobody, counts the question, and says so.
    let plan =
        world.umbulk(&["plan", "a.csv", "--protect", "protect.txt", "--check-groups", "never"]);
    assert!(plan.status == 0, "{plan:?}");
    assert!(
        plan.stderr.contains("other names of 1 protected name are not checked here"),
        "{plan:?}"
    );
}
