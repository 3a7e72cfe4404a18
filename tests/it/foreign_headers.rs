//! Headers in other languages: what would be lost is named, and the proposed options work.

use crate::world::World;

#[test]
fn memberships_in_whatever_language_are_not_dropped() {
    for column in [
        "Groupes d'utilisateurs",
        "Grupos de usuarios",
        "ユーザーグループ",
        "GruppenName",
        "Projektgruppe",
        "Gruppe 1",
        "Produktkonfigurationen",
        "Prodotti",
        "製品",
        "Profile Name",
        "License Type",
        "Группы пользователей",
        "사용자 그룹",
        "Kullanıcı grupları",
        "Käyttäjäryhmät",
    ] {
        let world = World::with_groups(&["Design"]);
        let file =
            format!("email,firstname,lastname,country,{column}\na@example.com,Ann,Lee,US,Design\n");
        let run = world.import("a.csv", &file, &[]);
        assert_eq!(run.status, 2, "{column}: {run:?}");
        let map = format!("groups={column}");
        assert!(run.stderr.contains(&format!("\"{map}\"")), "{column}: {run:?}");
        let run = world.umbulk(&["import", "a.csv", "--map", &map]);
        assert_eq!(run.status, 0, "{column}: {run:?}");
        let ann = world.sandbox.directory().user("a@example.com").unwrap();
        assert!(ann.groups.contains("Design"), "{column}: {ann:?}");
    }
}

#[test]
fn types_and_actions_are_known_by_their_cells() {
    for (file, option) in [
        ("Email,Konto,firstname,lastname,country\na@example.com,Adobe ID,A,B,DE\n", "type=Konto"),
        (
            "Email,Identitätstyp,firstname,lastname,country\na@example.com,,A,B,DE\n",
            "type=Identitätstyp",
        ),
        (
            "Email,Operation,firstname,lastname,country\na@example.com,delete,A,B,DE\n",
            "action=Operation",
        ),
    ] {
        let world = World::with_groups(&[]);
        let run = world.import("a.csv", file, &[]);
        assert_eq!(run.status, 2, "{run:?}");
        assert!(run.stderr.contains(option), "{option}: {run:?}");
        assert_eq!(world.sandbox.directory().users().count(), 0);
    }
}

/// The whole line that is proposed imports an export of the Admin Console in another language.
#[test]
fn proposed_mapping_of_a_foreign_export_works_as_it_is() {
    for head in [
        "Identitätstyp,Benutzername,Domäne,E-Mail,Vorname,Nachname,Ländercode,ID,\
         Produktkonfigurationen,Administratorrollen,Verwaltete Produktkonfigurationen,\
         Benutzergruppen,Verwaltete Benutzergruppen,Verwaltete Produkte",
        "Type d’identité,Nom d’utilisateur,Domaine,E-mail,Prénom,Nom,Code pays,ID,Configurations \
         de produits,Rôles d’administrateur,Configurations de produits administrées,Groupes \
         d’utilisateurs,Groupes d’utilisateurs administrés,Produits administrés",
        "IDの種類,ユーザー名,ドメイン,電子メール,名,姓,国コード,ID,製品構成,管理者の役割,\
         管理対象の製品構成,ユーザーグループ,管理対象のユーザーグループ,管理対象の製品",
    ] {
        let world = World::with_groups(&["Design", "Photo Users"]);
        let file = format!(
            "{head}\nAdobe ID,aa@example.com,AdobeID,aa@example.com,Ann,Lee,US,,Photo \
             Users,,,Design,,\nFederated ID,bb,example.com,bb@example.com,Bob,Ray,DE,,,,,Design,\
             Design,\n"
        );
        let mut options: Vec<String> = Vec::new();
        let run = world.import("a.csv", &file, &[]);
        assert_eq!(run.status, 2, "{run:?}");
        let mut rest = run.stderr.as_str();
        while let Some(at) = rest.find("--map ") {
            rest = &rest[at + 6..];
            let (value, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap(),
                None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
            };
            if value.contains('=') && !value.starts_with("FIELD") {
                options.extend(["--map".to_owned(), value.trim_end_matches(';').to_owned()]);
            }
            rest = after;
        }
        let mut words = vec!["import", "a.csv"];
        words.extend(options.iter().map(String::as_str));
        let run = world.umbulk(&words);
        assert_eq!(run.status, 0, "{options:?} {run:?}");
        let directory = world.sandbox.directory();
        let ann = directory.user("aa@example.com").unwrap();
        assert_eq!(ann.identity.name(), "adobeID", "{head}");
        let groups: Vec<&str> = ann.groups.iter().map(String::as_str).collect();
        assert_eq!(groups, ["Design", "Photo Users"]);
        let bob = directory.user("bb@example.com").unwrap();
        assert_eq!((bob.identity.name(), bob.username.as_str()), ("federatedID", "bb"));
        assert!(bob.groups.contains("_admin_Design"), "{bob:?}");
    }
}

#[test]
fn id_of_an_exported_list_is_known_however_its_name_is_written() {
    for id in ["id", "\u{200b}id", "i-d", "_id", "ID "] {
        let world = World::with_groups(&[]);
        world.import(
            "in.csv",
            "email,firstname,lastname,country\nann@example.com,Ann,Lee,US\n",
            &[],
        );
        let run = world.umbulk(&["export", "users", "--out", "list.csv", "--force"]);
        assert_eq!(run.status, 0, "{run:?}");
        let list = std::fs::read_to_string(world.path("list.csv")).unwrap();
        let list = list.replacen(",id,status", &format!(",{id},status"), 1);
        assert!(list.contains(&format!(",{id},")), "{list}");
        let list = list.replace("ann@example.com", "anne@example.com");
        world.write("list.csv", &list);
        let run = world.umbulk(&["import", "list.csv"]);
        assert_ne!(run.status, 0, "{id:?} {run:?}");
        assert_eq!(world.sandbox.directory().users().count(), 1, "{id:?}");
    }
}

#[test]
fn indirect_memberships_are_warned_of_in_any_spelling() {
    for indirect in ["indirect", "in\u{200b}direct", "_indirect", "Indirect "] {
        let world = World::with_groups(&[]);
        let file = format!("email,firstname,lastname,country,{indirect}\na@example.com,A,B,US,\n");
        let run = world.import("a.csv", file, &[]);
        assert!(run.stderr.contains("--indirect"), "{indirect:?}: {run:?}");
    }
}
