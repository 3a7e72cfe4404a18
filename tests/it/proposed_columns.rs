//! What is proposed for the columns of other programs is complete, and works as it is typed.

use crate::found_headers::typed;
use crate::world::{Run, World};

/// The first options that an error proposes: `use A, with either B or C; else …` is `A B`.
fn advice(stderr: &str) -> String {
    let text = stderr.split_once("use --").map(|(_, text)| format!("--{text}"));
    let text = text.or_else(|| stderr.split_once("use either ").map(|(_, text)| text.to_owned()));
    let text = text.unwrap_or_else(|| panic!("no advice: {stderr}"));
    let text = ["; else", "; if not", "; for the others", "\n"]
        .iter()
        .fold(text.as_str(), |text, end| text.split(end).next().unwrap());
    let pieces = text.split(", with ").map(|piece| piece.trim_start_matches("either "));
    pieces.map(|piece| piece.split(" or --map").next().unwrap()).collect::<Vec<_>>().join(" ")
}

/// Types the import, and then again with what is proposed.
fn followed(world: &World, file: &str) -> (Run, Vec<String>) {
    world.write("a.csv", file);
    let mut options = Vec::new();
    loop {
        let run = typed(world, &format!("umbulk import a.csv {}", options.join(" ")));
        if run.status != 2 || options.len() == 3 {
            return (run, options);
        }
        options.push(advice(&run.stderr));
    }
}

/// Files of programs, each with the number of times that options are proposed.
const FILES: &[(&str, usize, &str)] = &[
    (
        "Entra, users to create",
        1,
        "version:v1.0\nName [displayName] Required,User name [userPrincipalName] Required,Initial \
         password [passwordProfile] Required,Block sign in (Yes/No) [accountEnabled] \
         Required,First name [givenName],Last name [surname],Job title [jobTitle],Usage location \
         [usageLocation]\nAnn Lee,ann@example.com,x,No,Ann,Lee,Boss,US\n",
    ),
    (
        "Entra, two countries",
        1,
        "Name [displayName] Required,User name [userPrincipalName] Required,First name \
         [givenName],Last name [surname],Usage location [usageLocation],Country or region \
         [country]\nAnn Lee,ann@example.com,Ann,Lee,US,US\n",
    ),
    (
        "Entra, exported",
        1,
        "userPrincipalName,displayName,surname,mail,givenName,objectId,userType,usageLocation\n\
         ann@example.com,Ann Lee,Lee,ann@example.com,Ann,0-1,Member,US\n",
    ),
    (
        "Google Workspace",
        1,
        "First Name [Required],Last Name [Required],Email Address [Required],Password \
         [Required],Org Unit Path [Required],New Primary Email [UPLOAD ONLY],Recovery \
         Email,Manager Email,Employee Type,Country\n\
         Ann,Lee,ann@example.com,x,/,,a@private.example,boss@example.com,Staff,US\n",
    ),
    (
        "Okta",
        1,
        "login,firstName,lastName,email,secondEmail,countryCode\n\
         alee@example.com,Ann,Lee,ann@example.com,a@private.example,US\n",
    ),
    (
        "Microsoft 365, exported",
        1,
        "Block credential,City,Country,Department,Display name,First name,Last name,License \
         assignment details,Licenses,Object Id,Proxy addresses,Usage location,User principal \
         name\nFalse,Rome,US,IT,Ann Lee,Ann,Lee,SPE_E3,Microsoft 365 \
         E3,0-1,SMTP:ann@example.com,US,ann@example.com\n",
    ),
    (
        "Microsoft 365, German",
        1,
        "Anzeigename;Benutzerprinzipalname;Lizenzen;Nachname;Objekt-ID;Vorname;\
         Verwendungsstandort\n\
         Ann Lee;ann@example.com;Microsoft 365 E3;Lee;0-1;Ann;US\n",
    ),
    (
        "Workday",
        1,
        "Employee ID,Legal First Name,Preferred First Name,Legal Last Name,Primary Work Email,\
         Work Country,Initials\n1,Ann,Ann,Lee,ann@example.com,US,AL\n2,Bob,Bob,Stone,\
         bob@example.com,US,BS\n",
    ),
    ("German", 1, "Vorname;Name;E-Mail dienstlich;Geschäftsland\nAnn;Lee;ann@example.com;US\n"),
    (
        "German, Zuname",
        1,
        "Zuname;Vorname;Mail;E-Mail privat;Land\nLee;Ann;ann@example.com;a@x.example;US\n",
    ),
    (
        "French",
        1,
        "Prénom usuel;Nom d'usage;Adresse de messagerie;Pays de travail\n\
         Ann;Lee;ann@example.com;US\n",
    ),
    (
        "Spanish",
        1,
        "Nombres;Primer apellido;Correo institucional;País\nAnn;Lee;ann@example.com;US\n",
    ),
    (
        "Japanese",
        1,
        "姓（漢字）,名（漢字）,姓（カナ）,名（カナ）,会社メールアドレス,国コード\nLee,Ann,リー,アン,ann@example.com,US\n",
    ),
    (
        "English, Name first",
        1,
        "Name,Surname,Work,Private,Country\nAnn,Lee,ann@example.com,a@x.example,US\n",
    ),
    (
        "school",
        1,
        "Student,Parent E-mail,Student First Name,Student Last Name,Country\n\
         ann@example.com,p@x.example,Ann,Lee,US\n",
    ),
    (
        "two addresses",
        1,
        "Office 1,Office 2,First,Last,Country\nann@example.com,a2@example.com,Ann,Lee,US\n",
    ),
    (
        "address beside usernames",
        1,
        "Username,First Name,Last Name,Country,Email Address\n\
         ann@example.com,Ann,Lee,US,ann@example.com\n",
    ),
    (
        "line break in a name",
        1,
        "\"Mail\nadresse\",Vorname,Nachname,Land\nann@example.com,Ann,Lee,US\n",
    ),
];

#[test]
fn proposed_columns_of_each_program_are_read_as_they_are_typed() {
    for &(what, times, file) in FILES {
        let world = World::with_groups(&[]);
        let (run, options) = followed(&world, file);
        assert_eq!((run.status, options.len()), (0, times), "{what}: {options:?} {run:?}");
        let directory = world.sandbox.directory();
        let ann = directory.user("ann@example.com");
        let ann = ann.unwrap_or_else(|| panic!("{what}: {options:?} {run:?}"));
        assert_eq!(
            (ann.firstname.as_str(), ann.lastname.as_str(), ann.country.as_str()),
            ("Ann", "Lee", "US"),
            "{what}: {options:?}"
        );
    }
}

/// Without its username, the row would create a second account.
#[test]
fn usernames_beside_addresses_are_not_ignored() {
    for column in ["login", "userPrincipalName", "Benutzername", "User ID", "Login", "upn"] {
        let world = World::with_groups(&[]);
        let file = |rows: &str| format!("{column},firstname,lastname,email,country\n{rows}");
        let other = file("alee@example.com,Ann,Lee,ann@example.com,US\n");
        let refused = world.import("a.csv", &other, &[]);
        assert_eq!((refused.status, world.action_requests()), (2, 0), "{column}: {refused:?}");
        assert!(refused.stderr.contains("seems to hold usernames"), "{column}: {refused:?}");
        let (run, options) = followed(&world, &other);
        assert_eq!((run.status, options.len()), (0, 1), "{column}: {options:?} {run:?}");
        let username = world.sandbox.directory().user("ann@example.com").unwrap().username.clone();
        assert_eq!(username, "alee@example.com", "{column}");
        let run = world.umbulk(&["validate", "a.csv", "--ignore", column]);
        assert_eq!(run.status, 0, "{column}: {run:?}");
        let same = file("Ann@example.com,Ann,Lee,ann@example.com,US\n,Bob,Ray,b@example.com,US\n");
        world.write("b.csv", &same);
        assert_eq!(world.umbulk(&["validate", "b.csv"]).status, 0, "{column}");
    }
}

/// The first rows show nothing.
#[test]
fn usernames_far_down_are_not_ignored() {
    let world = World::with_groups(&[]);
    let row = |user: &str, number: usize| format!("{user},Ann,Lee,u{number}@example.com,US\n");
    let mut file = "login,firstname,lastname,email,country\n".to_owned();
    file.extend((0..3000).map(|number| row(&format!("u{number}@example.com"), number)));
    world.write("a.csv", &file);
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 0);
    world.write("a.csv", file + &row("alee", 3000));
    let run = world.umbulk(&["validate", "a.csv"]);
    assert!(run.status == 2 && run.stderr.contains("--map \"username=login\""), "{run:?}");
}

#[test]
fn columns_that_are_another_thing_are_not_proposed() {
    for (file, column) in [
        ("Mail,Vorname,Nachname,Initials\na@x.com,Ann,Lee,AL\nb@x.com,Cyd,Yu,CY\n", "Initials"),
        ("Mail,Vorname,Nachname,Kurz\na@x.com,Ann,Lee,AL\nb@x.com,Cyd,Yu,CY\n", "Kurz"),
        ("Vorname,Nachname,Manager Email\nAnn,Lee,boss@x.com\n", "Manager Email"),
        ("\"Last name, First name\",Foo\n\"Lee, Ann\",x\n", "--delimiter comma"),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file, &[]);
        assert_eq!(run.status, 2, "{file}: {run:?}");
        assert!(!run.stderr.contains(&format!("={column}")), "{file}: {run:?}");
        assert!(!run.stderr.contains("use --delimiter"), "{file}: {run:?}");
    }
    let world = World::with_groups(&[]);
    let run = world.import("a.csv", "email~firstname~lastname\na@x.com~Ann~Lee\n", &[]);
    assert!(run.status == 2 && run.stderr.contains("'~' seems to separate its columns"), "{run:?}");
    assert!(!run.stderr.contains("--map"), "{run:?}");
}

/// The template of Microsoft 365 has no other column of addresses than the usernames.
#[test]
fn usernames_that_are_the_addresses_are_read_as_advised() {
    let world = World::with_groups(&[]);
    let file = "Username,First name,Last name,Display name,Alternate email address,Country or \
                region\nann@example.com,Ann,Lee,Ann Lee,a@private.example,US\n";
    let (run, options) = followed(&world, file);
    assert_eq!((run.status, world.action_requests()), (1, 0), "{run:?}");
    let message = &world.rows("a.results.csv")[0]["umbulk_message"];
    assert!(message.contains("use --map email=COLUMN with that column"), "{message}");
    let command = format!("umbulk import a.csv --fresh --map email=Username {}", options[0]);
    assert_eq!(typed(&world, &command).status, 0, "{command}");
    assert!(world.sandbox.directory().user("ann@example.com").is_some());
}
