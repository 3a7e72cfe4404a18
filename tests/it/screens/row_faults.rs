//! Rows that are refused before sending: every code, and the same problem in many rows.

use super::Screens;

/// Validates each table in a folder of its own.
fn show(tables: &[(&str, &str, &str)]) {
    for (name, options, rows) in tables {
        let folder = tempfile::tempdir().unwrap();
        let screens = Screens::offline("row_faults", folder.path());
        screens
            .file("staff.csv", rows)
            .show(name, format!("umbulk validate staff.csv {options}").trim());
    }
}

#[test]
fn problems_of_many_rows() {
    const HEAD: &str = "email,firstname,lastname,country\n";
    let rows =
        |row: &dyn Fn(usize) -> String| HEAD.to_owned() + &(0..40).map(row).collect::<String>();
    let one = rows(&|i| format!("p{i}@example.com,Ann,M?ller{i},US\n"));
    let several = rows(&|i| {
        let name = if i % 2 == 0 { "#N/A" } else { "Lee" };
        let country = if i == 7 { "England" } else { "Nowhere" };
        format!("p{i},Ann,{name},{country}\n")
    });
    let own = rows(&|i| {
        let hidden = ["\u{200b}", "\u{200c}", "\u{ad}"][i % 3];
        format!("p{i}@example.com,Ann,Le{hidden}e,US\n")
    });
    show(&[
        ("many_rows_one_problem", "", &one),
        ("many_rows_one_problem_as_json", "--json", &one),
        ("many_rows_several_problems", "", &several),
        ("many_rows_other_characters", "", &own),
    ]);
}

#[test]
fn people_who_cannot_be_told() {
    show(&[
        ("email_missing", "", "email,firstname,lastname,country\n,Ann,Lee,US\n"),
        (
            "email_form",
            "",
            "email,firstname,lastname,country\nann,Ann,Lee,US\nann@b@example.com,Ann,Lee,US\n\
             @example.com,Ann,Lee,US\n\
             ann lee@example.com,Ann,Lee,US\nann@example,Ann,Lee,US\n",
        ),
        (
            "email_characters",
            "",
            "email,firstname,lastname,country\na(n)n@example.com,Ann,Lee,US\n\
             zoë@example.com,Zoë,Lee,US\nаnn@example.com,Ann,Lee,US\n\
             a\u{200b}nn@example.com,Ann,Lee,US\nann@exa_mple..com,Ann,Lee,US\n",
        ),
        (
            "email_too_long",
            "",
            "email,firstname,lastname,\
             country\na234567890123456789012345678901234567890123456789@example-example.com,Ann,\
             Lee,US\n",
        ),
        (
            "username_and_domain",
            "",
            "action,username,domain,groups\nadd,alee,,Design\nadd,alee,exam \
             ple,Design\ndelete,,,\nadd,ann@b@example.com,,Design\n",
        ),
        (
            "username_that_differs",
            "",
            "type,email,username,firstname,lastname,country\n\
             adobeID,ann@example.com,alee,Ann,Lee,US\nenterpriseID,bob@example.com,bob,Bob,Ray,\
             US\n",
        ),
        (
            "identity_type",
            "",
            "type,email,firstname,lastname,country\nguest,ann@example.com,Ann,Lee,US\n",
        ),
        (
            "user_sync_without_person",
            "--action delete",
            "type,username,domain\nfederatedID,,example.com\n",
        ),
        (
            "user_sync_other_organization",
            "--action delete",
            "type,username,domain,umapi\nfederatedID,ann@example.com,example.com,emea\n",
        ),
    ]);
}

#[test]
fn people_who_cannot_be_created() {
    show(&[
        (
            "names_missing",
            "",
            "email,firstname,lastname,country\nann@example.com,,Lee,US\nbob@example.com,Bob,,US\n",
        ),
        (
            "country",
            "",
            "type,email,firstname,lastname,country\n,ann@example.com,Ann,Lee,\n\
             ,bob@example.com,Bob,Lee,England\n,carl@example.com,Carl,Lee,Sweeden\n\
             ,dora@example.com,Dora,Lee,UD\nadobeID,emil@example.com,Emil,Lee,UD\n",
        ),
        (
            "if_exists",
            "",
            "email,firstname,lastname,country,if_exists\nann@example.com,Ann,Lee,US,skip\n",
        ),
    ]);
}

#[test]
fn cells_that_hold_no_value() {
    let head = "email,firstname,lastname,country\n";
    let tables = [
        (
            "cell_excel_error",
            "ann@example.com,#N/A,Lee,US\nbob@example.com,Bob,#REF!,US\n#NAME?,Carl,Lee,US\n",
        ),
        ("cell_formula", "ann@example.com,\"=VLOOKUP(A2,B:C,2)\",Lee,US\n"),
        (
            "cell_placeholder",
            "ann@example.com,NULL,Lee,US\nbob@example.com,Bob,n/a,US\nnan,Carl,Lee,US\n\
             dora@example.com,Dora,Lee,undefined\n",
        ),
        ("cell_scientific", "1.00E+05,Ann,Lee,US\n"),
        ("cell_lost_letters", "ann@example.com,Zo?,Lee,US\nbob@example.com,Bob,M\u{fffd}ller,US\n"),
        ("cell_quoted", "ann@example.com,\"\"\"Ann\"\"\",Lee,US\nbob@example.com,Bob,„Ray“,US\n"),
        ("cell_mojibake", "ann@example.com,ZoÃ«,Lee,US\n"),
        ("cell_invisible", "ann@example.com,An\u{200b}n,Lee,US\n"),
        ("cell_control", "ann@example.com,\"Ann\nMary\",Lee,US\n"),
    ];
    let tables = tables.map(|(name, rows)| (name, format!("{head}{rows}")));
    show(&tables.iter().map(|(name, rows)| (*name, "", rows.as_str())).collect::<Vec<_>>());
    let long = format!("{head}ann@example.com,{},Lee,US\n", "x".repeat(251));
    show(&[("cell_too_long", "", &long)]);
}

#[test]
fn rows_that_cannot_be_read() {
    show(&[
        (
            "row_extra_cells",
            "",
            "email,firstname,lastname,country\nann@example.com,Ann,Lee,US,more\n\
             bob@example.com,Bob,Ray,US\n",
        ),
        (
            "row_extra_cells_nameless",
            "",
            "email,firstname,lastname,country,\nann@example.com,Ann,Lee,US,more\n\
             bob@example.com,Bob,Ray,US,\n",
        ),
        (
            "row_nul",
            "",
            "email,firstname,lastname,country\nann@example.com,An\0n,Lee,US\n\
             bob@example.com,Bob,Ray,US\n",
        ),
        (
            "row_open_quote",
            "",
            "email,firstname,lastname,country\nbob@example.com,Bob,Ray,US\n\
             ann@example.com,\"Ann,Lee,US\n",
        ),
        (
            "row_text_behind_a_quote",
            "",
            "email,firstname,lastname,country\nann@example.com,\"Ann\" \
             Mary,Lee,US\nbob@example.com,Bob,Ray,US\n",
        ),
        (
            "row_switched_off_and_total",
            "",
            "email,firstname,lastname,country\n#ann@example.com,Ann,Lee,US\n\
             bob@example.com,Bob,Ray,US\nTotal,2,,\n",
        ),
        (
            "row_without_known_cells",
            "",
            "action,email,firstname,room\n,,,12\nadd,ann@example.com,Ann,13\n",
        ),
        (
            "row_that_does_nothing",
            "",
            "action,email,groups\nupdate,ann@example.com,\nadd,bob@example.com,\n\
             remove,carl@example.com,\n",
        ),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let screens = Screens::offline("row_faults", folder.path());
    screens.file(
        "staff.csv",
        b"email,firstname,lastname,country\nann@example.com,Zo\xEB,Lee,US\n\
                               bob@example.com,Bob,Ray,US\n",
    );
    screens.show("row_encoding", "umbulk validate staff.csv --encoding utf-8");
    screens.file(
        "staff.jsonl",
        "{\"email\":\"ann@example.com\",\
         \"firstname\":\"Ann\",\"lastname\":\"Lee\",\"country\":\"US\"}\nno object\n\
         {\"email\":{\"work\":\"bob@example.com\"}}\n{\"email\":\
         \"c@example.com\",\"E-Mail\":\"d@example.com\"}\n",
    );
    screens.show("row_json", "umbulk validate staff.jsonl");
    let long = format!(
        "email,firstname,lastname,country\nann@example.com,{},Lee,US\nbob@example.com,Bob,Ray,US\n",
        "x".repeat(2 << 20)
    );
    screens.file("long.csv", long).show("row_too_long", "umbulk validate long.csv");
}

#[test]
fn actions_and_lists_that_cannot_be() {
    show(&[
        (
            "action_unknown",
            "",
            "action,email,groups\nerase,ann@example.com,\nadd,bob@example.com,Design\n",
        ),
        ("action_missing", "", "action,email\ndelete,ann@example.com\n,bob@example.com\n"),
        (
            "not_for_this_action",
            "",
            "action,email,groups,remove_groups,new_email,group\ndelete,ann@example.com,Design,,,\n\
             remove-all,bob@example.com,,Design,,\n\
             add,carl@example.com,Design,,,Video\ndelete-account,dora@example.com,,,d@example.com,\
             \ncreate-group,emil@example.com,,,,Video\n",
        ),
        ("contradiction", "", "email,add_groups,remove_groups\nann@example.com,Design,design\n"),
        (
            "list",
            "",
            "action,email,groups\nadd,ann@example.com,\"[Design, \
             Video]\"\nadd,bob@example.com,\"[1]\"\nadd,carl@example.com,\"Design\nVideo\"\n",
        ),
        (
            "roles",
            "",
            "action,email,groups\nadd,ann@example.com,_org_admin\nadd,bob@example.com,_admin_\n\
             add,carl@example.com,_compartment_admin\n",
        ),
        (
            "names_in_a_list",
            "",
            "action,email,groups\nadd,ann@example.com,\"Design,#REF!\"\n\
             add,bob@example.com,\"Design,NULL\"\nadd,carl@example.com,\"Des?gn\"\n",
        ),
        (
            "adobe_id_update",
            "",
            "action,type,email,firstname,new_email\nupdate,adobeID,ann@example.com,Anna,\n\
             update,adobeID,bob@example.com,,b@example.com\n",
        ),
        (
            "new_email",
            "",
            "action,email,new_email,new_username\nupdate,ann@example.com,ANN@example.com,\n\
             update,bob@example.com,bob,\nupdate,carl@example.com,,c@d@e.com\n",
        ),
        (
            "new_username_that_differs",
            "",
            "action,type,email,new_username\nupdate,enterpriseID,ann@example.com,\
             other@example.com\n",
        ),
        ("hard_delete", "", "email,hard_delete\nann@example.com,perhaps\nbob@example.com,y\n"),
        (
            "hard_delete_not_for_this_action",
            "",
            "action,email,groups,hard_delete\nadd,ann@example.com,Design,y\n\
             remove-all,bob@example.com,,y\ndelete,carl@example.com,,y\n",
        ),
        (
            "hard_delete_contradiction",
            "",
            "action,email,hard_delete\ndelete-account,ann@example.com,n\n",
        ),
    ]);
}

#[test]
fn groups_that_cannot_be() {
    show(&[
        (
            "group",
            "",
            "action,group,new_name,users,profiles\ncreate-group,,,,\ncreate-group,_admins,,,\n\
             update-group,Design,_x,,\nupdate-group,Design,,ann@b@c.com,\n\
             update-group,Design,,,_admin_Video\n",
        ),
        (
            "group_not_for_this_action",
            "",
            "action,group,new_name,description,users\ncreate-group,Design,Video,,\n\
             delete-group,Design,Video,,\ndelete-group,Video,,old,\n\
             delete-group,Photo,,,ann@example.com\nupdate-group,Sign,,,\n",
        ),
        (
            "group_contradiction",
            "",
            "action,group,users,remove_users,profiles,remove_profiles\n\
             update-group,Design,ann@example.com,ANN@example.com,,\n\
             update-group,Video,,,Photo,photo\n",
        ),
        (
            "group_type",
            "--action delete-group",
            "groupId,groupName,type,memberCount\n1,Design,USER_GROUP,3\n2,All \
             Apps,PRODUCT_PROFILE,5\n",
        ),
        (
            "admin_console_roles",
            "",
            "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,Admin \
             Roles\nFederated ID,ann@example.com,example.com,ann@example.com,Ann,Lee,US,System \
             Admin\n",
        ),
    ]);
}

#[test]
fn groups_that_hold_what_nobody_sees() {
    show(&[
        (
            "description_control",
            "",
            "action,group,description\ncreate-group,Design,\"The\u{7}designers\"\n",
        ),
        (
            "administered_role",
            "",
            "Identity Type,Username,Domain,Email,First Name,Last Name,Country Code,User Groups \
             Administered\nFederated \
             ID,ann@example.com,example.com,ann@example.com,Ann,Lee,US,_org_admin\n",
        ),
    ]);
}

#[test]
fn rows_that_contradict_each_other() {
    let head = "type,username,domain,email,firstname,lastname,country,groups\n";
    let two_emails = format!(
        "{head}federatedID,10045,example.com,su1@example.com,Ann,Lee,US,Design\n\
         federatedID,10045,example.com,su2@example.com,Ann,Lee,US,Video\n"
    );
    let two_people =
        format!("{head},,,ann@example.com,Ann,Lee,US,\n,,,ANN@example.com,Bob,Ray,GB,\n");
    show(&[
        ("conflict_two_emails", "", &two_emails),
        ("conflict_two_people", "", &two_people),
        ("conflict_last", "--conflicts last", &two_people),
        (
            "conflict_address_of_somebody_else",
            "",
            "email,email_new,firstname,lastname,username,add_groups,remove_groups\n\
             lee@example.com,,Lee,Lee,,,\nann@example.com,lee@example.com,Ann,Lee,,,\n",
        ),
        (
            "conflict_creates",
            "",
            "action,username,domain,email,firstname,lastname,country\n\
             create,alee,example.com,a1@example.com,Ann,Lee,US\n\
             create,alee,example.com,a2@example.com,Ann,Lee,US\n",
        ),
    ]);
}

#[test]
fn many_rows_of_one_fault() {
    let mut rows = "email,firstname,lastname,country\n".to_owned();
    (0..9).for_each(|number| rows += &format!("u{number}example.com,Ann,Lee,US\n"));
    show(&[("many_rows", "", &rows)]);
}

#[test]
fn rows_of_a_second_table() {
    let head = "email,firstname,lastname,country\n";
    let ann = "ann@example.com,Ann,Lee,US\n";
    let bob = "bob@example.com,Bob,Ray,US\n";
    show(&[
        ("header_again", "", &format!("{head}{ann}{head}{bob}")),
        ("another_header", "", &format!("{head}{ann}email,lastname,firstname,country\n{bob}")),
        ("title_of_another_table", "", &format!("{head}{ann}\nLeavers June,,,\n{head}{bob}")),
        ("heading", "", &format!("{head}{ann}Leavers,,,\n{bob}")),
        (
            "quote_that_swallows_rows",
            "",
            &format!("{head}{ann}bob@example.com,\"Bob,Ray,US\ncarl@example.com,Carl\",Day,US\n"),
        ),
    ]);
}
