//! Finds the likely meaning of an unknown column, by its name in many languages, and by its cells.
//!
//! Names are compared without punctuation: `Product Profile(s)` is `productprofiles`. Only exact
//! names count, so that a proposal is certain. But any name with a word for groups is about
//! memberships, because these must not be lost.

use super::action_words::{ACTION, OLD, ROLE};
use super::column_name::{bare, undecorated, unqualified, words};
use super::column_words::{
    ADMINISTERED, COUNTRY, DEPARTMENT, DOMAIN, EMAIL, FIRST, GROUP_ENDS, GROUP_STEMS, GROUP_WORDS,
    GROUPS, LAST, PRODUCT_STARTS, REMOVAL_STEMS, ROLE_STEMS, TYPE, USERNAME, WHOLE_NAMES,
};
use super::country::{self, CountryReading};
use super::dialect::InputDialect;
use super::field::{Field, plain};
use super::html_escape::without_html_escapes;
use super::leaver_marks::marks_leavers;
use super::mojibake::repaired;
use super::nothing_found::NothingFound;
use super::other_addresses::is_of_somebody_else;

/// Columns of umbulk's own files that are only for people.
const OWN: &[&str] = &["listedgroups"];

/// Returns the likely field of a column with this name, with what programs and people add to it,
/// and with letters that a program has spoiled (`PrÃ©nom`, `Pr&eacute;nom`).
///
/// It is also called for the cells of rows without an address, because such a row may repeat the
/// header. So texts that are no column are remembered.
pub(super) fn by_name(name: &str) -> Option<Field> {
    static NO_COLUMNS: NothingFound = NothingFound::new();
    let spoiled = !name.is_ascii() || name.contains('&');
    NO_COLUMNS.check(0, name, || {
        by_written_name(name).or_else(|| {
            let meant = spoiled.then(|| without_html_escapes(name).or_else(|| repaired(name)))?;
            by_written_name(&meant?)
        })
    })
}

/// Whether a column has the departments of people, by its name.
pub(super) fn is_department(name: &str) -> bool {
    let short = undecorated(name);
    [name, &short].iter().any(|name| DEPARTMENT.contains(&bare(&plain(name)).as_str()))
}

fn by_written_name(name: &str) -> Option<Field> {
    if READINGS.iter().any(|reading| name.contains(reading)) {
        return None;
    }
    if name.chars().nth(LONGEST_NAME).is_some() {
        return memberships_by_name(name, &bare(&plain(name)));
    }
    let describes = |field: &Field| {
        matches!(field, Field::Email | Field::Firstname | Field::Lastname | Field::Country)
    };
    let short = undecorated(name);
    let exact = by_whole_name(name);
    if exact.is_none() && WHOLE_NAMES.contains(&words(name).concat().as_str()) {
        return None;
    }
    exact
        .or_else(|| if short == name { None } else { by_whole_name(&short) })
        .or_else(|| unqualified(&short).and_then(|own| by_whole_name(&own)).filter(describes))
}

/// The most characters in the name of a column. Longer texts are sentences: they count only if they
/// seem to be about memberships.
const LONGEST_NAME: usize = 200;

/// Words for how a name is read or written in Latin letters, beside the name itself. They have no
/// small letters.
const READINGS: &[&str] =
    &["カナ", "かな", "ﾌﾘｶﾞﾅ", "フリガナ", "ふりがな", "ヨミ", "よみ", "ローマ字"];

fn by_whole_name(name: &str) -> Option<Field> {
    let bare = bare(&plain(name));
    let is = |names: &[&str]| names.contains(&bare.as_str());
    if is(OWN) {
        None
    } else if is(EMAIL) {
        Some(Field::Email)
    } else if is(USERNAME) {
        Some(Field::Username)
    } else if is(DOMAIN) {
        Some(Field::Domain)
    } else if is(FIRST) {
        Some(Field::Firstname)
    } else if is(LAST) {
        Some(Field::Lastname)
    } else if is(COUNTRY) {
        Some(Field::Country)
    } else if is(TYPE) {
        Some(Field::Type)
    } else {
        memberships_by_name(name, &bare).or_else(|| InputDialect::Native.field(&bare))
    }
}

/// Returns the field of memberships that a column seems to hold, those to remove included.
fn memberships_by_name(name: &str, bare: &str) -> Option<Field> {
    let field = memberships(name, bare)?;
    Some(if takes_away(name) { Field::RemoveGroups } else { field })
}

/// Returns the field of memberships or roles that a column seems to hold, by its name and its bare
/// form.
fn memberships(name: &str, bare: &str) -> Option<Field> {
    let has_groups = || is_about_groups(name, bare) || changes_groups(name);
    administered(name, bare).or_else(|| has_groups().then_some(Field::Groups))
}

/// Whether a column seems to hold memberships, by its name and the bare form of the name.
fn is_about_groups(name: &str, bare: &str) -> bool {
    // Products that the Admin Console assigns automatically, and the address of a group.
    if ["groupemail", "automat", "自動", "自动", "자동", "автомат"]
        .iter()
        .any(|stem| bare.contains(stem))
    {
        return false;
    }
    let numbered = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    begins_with_groups(name)
        || GROUPS.contains(&numbered)
        || GROUP_ENDS.iter().any(|end| numbered.ends_with(end))
        || GROUP_STEMS.iter().any(|stem| bare.contains(stem))
        || PRODUCT_STARTS.iter().any(|start| bare.starts_with(start))
}

/// Whether a column says by its name that users are to leave groups, or were in them once. Remarks
/// in parentheses count: `Groups (to remove)`.
fn takes_away(name: &str) -> bool {
    let words = words(name);
    let together = words.concat();
    let begins_with_old = |old: &str| {
        let rest = together.strip_prefix(old).unwrap_or_default();
        GROUP_WORDS.iter().any(|word| rest.starts_with(word))
    };
    REMOVAL_STEMS.iter().any(|stem| together.contains(stem))
        || words.iter().any(|word| OLD.contains(&word.as_str()))
        || OLD.iter().any(|old| begins_with_old(old))
}

/// Whether a column says what happens to memberships, or that they are Adobe's, with the words in
/// any order: `Group to add`, `removegroupsfrom`, `Adobe Team`.
fn changes_groups(name: &str) -> bool {
    const ADDED: [&str; 5] = ["add", "assign", "assigned", "grant", "adobe"];
    let words = words(name);
    let has_group = || {
        let together = words.concat();
        GROUP_WORDS.iter().any(|word| together.contains(&format!("{word}s")))
            || words.iter().any(|word| is_about_groups(word, word))
    };
    let adds = words.iter().any(|word| ADDED.contains(&word.as_str()))
        || ["toadd", "toassign"].iter().any(|end| words.concat().ends_with(end));
    (adds || takes_away(name)) && has_group()
}

/// Whether a name begins with the word for groups: `Groups all`, `groupsAll`, `Group's list`, but
/// not `Group Sync`, `Group Sponsor`, `Groupspace`.
fn begins_with_groups(name: &str) -> bool {
    let name = name.trim().replace(['\'', '’'], "");
    match (name.get(..6), name.get(6..).map(|rest| rest.chars().next())) {
        (Some(word), Some(next)) if word.eq_ignore_ascii_case("groups") => {
            let is_new_word = |c: char| c.is_uppercase() && word.ends_with('s');
            next.is_none_or(|c| !c.is_alphabetic() || is_new_word(c))
        }
        _ => false,
    }
}

/// Returns what a column seems to hold about administrators, by its name and its bare form: their
/// roles, or what they administer.
fn administered(name: &str, bare: &str) -> Option<Field> {
    let has = |stems: &[&str]| stems.iter().any(|stem| bare.contains(stem));
    if !has(ADMINISTERED) && !bare.starts_with("admin") {
        None
    } else if has(ROLE_STEMS) {
        Some(Field::AdminRoles)
    } else if !has(ADMINISTERED) {
        None
    } else if ["contract", "contrat", "vertr", "契約", "合同"]
        .iter()
        .any(|stem| bare.contains(stem))
    {
        // The API has no roles for contracts, and a row with one is refused.
        Some(Field::AdminRoles)
    } else if ["config", "konfig", "構成", "配置", "구성"].iter().any(|stem| bare.contains(stem))
    {
        Some(Field::ConfigurationsAdministered)
    } else if PRODUCT_STARTS.iter().any(|stem| bare.contains(stem)) {
        Some(Field::ProductsAdministered)
    } else if is_about_groups(name, bare) {
        Some(Field::UserGroupsAdministered)
    } else {
        None
    }
}

/// Words that are country codes, but at least as often mean something else: departments, answers.
const NOT_ALONE: &[&str] = &[
    "IT", "HR", "PR", "QA", "NO", "NA", "IS", "ID", "AM", "PM", "TV", "MD", "SA", "MA", "BA", "PA",
    "FIN", "MAR", "CAN", "AND", "ARM", "BEN", "LIE", "MAC", "COM", "PER", "GIN",
];

/// Columns whose two letters are not countries: states, languages.
const OTHER_CODES: &[&str] = &[
    "state",
    "province",
    "st",
    "language",
    "lang",
    "preferredlanguage",
    "locale",
    "sprache",
    "langue",
    "idioma",
    "initial",
    "initials",
    "initialen",
    "initiales",
    "iniciales",
    "iniziali",
    "abbreviation",
    "abbr",
    "kürzel",
    "kuerzel",
    "sigle",
    "sigla",
];

/// Returns the likely field of a column with this name (in plain form) and these cells: most are
/// addresses, identity types, actions or countries, or they say who leaves, or have roles.
pub(super) fn by_cells<'a>(
    name: &str,
    cells: impl Iterator<Item = &'a str> + Clone,
) -> Option<Field> {
    let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
    let all = cells.clone().count();
    let most = |is: fn(&str) -> bool| {
        all > 0 && cells.clone().filter(|cell| is(cell)).count() * 5 >= all * 4
    };
    let bare = bare(&plain(name));
    if most(is_address) {
        (!is_of_somebody_else(name)).then_some(Field::Email)
    } else if most(is_identity_type) {
        Some(Field::Type)
    } else if most(is_action)
        || ACTION.contains(&bare.as_str())
        || marks_leavers(name, cells.clone())
    {
        Some(Field::Action)
    } else if let Some(field) = roles(&bare, &cells) {
        Some(field)
    } else {
        let is_plain_word = cells.clone().all(|cell| NOT_ALONE.contains(&cell));
        (most(is_country) && !is_plain_word && !OTHER_CODES.contains(&plain(name).as_str()))
            .then_some(Field::Country)
    }
}

/// Returns what a column of roles (bare) holds.
fn roles<'a>(bare: &str, cells: &(impl Iterator<Item = &'a str> + Clone)) -> Option<Field> {
    if !ROLE.contains(&bare) {
        return None;
    }
    let is_admin = |cell: &str| {
        let cell = cell.to_lowercase();
        ADMINISTERED.iter().chain(&["admin"]).any(|stem| cell.contains(stem))
    };
    if cells.clone().any(is_admin) {
        return Some(Field::AdminRoles);
    }
    // A user without an administrator's role may have products through roles.
    bare.ends_with('s').then_some(Field::Groups)
}

/// Whether a cell is an email address and nothing else.
pub(super) fn is_address(cell: &str) -> bool {
    let is_of_domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | ':' | '"');
    cell.split_once('@').is_some_and(|(own, domain)| {
        !own.is_empty()
            && !own.contains(separates)
            && domain.contains('.')
            && domain.chars().all(is_of_domain)
    })
}

/// Whether a cell is an identity type: `Adobe ID`, `federatedID`, …. No column with another meaning
/// has such words.
fn is_identity_type(cell: &str) -> bool {
    let cell = plain(cell);
    ["adobeid", "enterpriseid", "federatedid"].contains(&cell.as_str())
}

/// Whether all cells of a column say what rows do.
pub(super) fn are_actions<'a>(mut cells: impl Iterator<Item = &'a str>) -> bool {
    cells.all(|cell| cell.trim().is_empty() || is_action(cell))
}

/// Whether a cell says what a row does: `delete`, `Update`, ….
fn is_action(cell: &str) -> bool {
    const ACTIONS: [&str; 7] =
        ["create", "update", "add", "remove", "removeall", "delete", "deleteaccount"];
    ACTIONS.contains(&plain(cell).as_str())
}

/// Whether it is a country code of two or three letters in upper case, or the name of a country in
/// some language. Numbers count as others.
fn is_country(cell: &str) -> bool {
    let is_code = cell.is_ascii() && cell.len() <= 3;
    let may_be_one = if is_code {
        cell.bytes().all(|byte| byte.is_ascii_uppercase())
    } else {
        cell.contains(char::is_alphabetic)
    };
    may_be_one && country::reading(cell) != CountryReading::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_are_known_in_many_languages() {
        for name in ["Abteilung", "Department*", "DEPT", "Afdeling", "部署", "business_unit"] {
            assert!(is_department(name), "{name}");
            assert_eq!(by_name(name), None, "{name}");
        }
        for name in ["Abteilungsleiter", "Room", "Team", "Department head"] {
            assert!(!is_department(name), "{name}");
        }
    }

    #[test]
    fn long_names_count_only_if_they_are_about_memberships() {
        let padded = |name: &str, blanks: usize| format!("{name}{}", " ".repeat(blanks));
        assert_eq!(by_name(&padded("Email", 195)), Some(Field::Email));
        assert_eq!(by_name(&padded("Email", 196)), None);
        assert_eq!(by_name(&padded("Groups", 1000)), Some(Field::Groups));
        assert_eq!(by_name(&padded("Groups to remove", 1000)), Some(Field::RemoveGroups));
    }

    #[test]
    fn columns_are_known_in_many_languages() {
        for (field, names) in [
            (
                Field::Country,
                "Country/Region|usageLocation|Ländercode|Laendercode|国コード|国/地域|Nazione|Staat|\
                 Land/Region|Código de país|Country (ISO)|Kod kraju",
            ),
            (
                Field::Groups,
                "Product Profile(s)|Groups \
                 (comma-separated)|Lizenzen|Benutzergruppe|Produktprofile|Apps|Gruppe|Gruppo|\
                 Group Names|Adobe Groups|用户组",
            ),
            (
                Field::Email,
                "E-Mail-Adresse|Posta elettronica|Work mail|correo electrónico|メールアドレス",
            ),
            (Field::Firstname, "Vorname|Nome|prénom|Given name"),
            (Field::Lastname, "Nachname|Cognome|Surname"),
            (
                Field::Username,
                "User|Login|userPrincipalName|Benutzername|ユーザー名|Имя пользователя",
            ),
            (
                Field::Groups,
                "Groupes d’utilisateurs|Grupos de usuarios|ユーザーグループ|GruppenName|Projektgruppe|\
                 Gruppe 1|Configurations de produits|Produktkonfigurationen|Prodotti|製品|Profile \
                 Name|License Type",
            ),
            (
                Field::Groups,
                "Group membership|Groups all|groups, all|Groups #1|Groups  two|Groups=all|Group's \
                 list|groups[0]|groupsAll|Teams 2|Profiles_1|GROUPS_ALL|Perfil|Perfiles",
            ),
            (Field::Firstname, "Christian name"),
            (Field::Type, "Identitätstyp|Type d’identité|Tipo de identidad|IDの種類|ID Type"),
            (
                Field::AdminRoles,
                "Admin Role|Rôles d’administrateur|管理者の役割|Administratorrollen",
            ),
            (
                Field::UserGroupsAdministered,
                "Verwaltete Benutzergruppen|Groupes d’utilisateurs administrés",
            ),
            (
                Field::ConfigurationsAdministered,
                "Configurations de produits administrées|Verwaltete Produktkonfigurationen",
            ),
            (Field::ProductsAdministered, "Verwaltete Produkte|Produits administrés"),
            (
                Field::Firstname,
                "이름|名字|İsim|Rufname|Meno|Nombres|Prénom usuel|名（漢字）|name.givenName",
            ),
            (
                Field::Firstname,
                "First name [givenName]|First Name [Required]|Legal First Name|profile.firstName|\
                 Preferred First Name|Student First Name|Legal Name - First Name",
            ),
            (Field::Lastname, "Zuname|sn|Primer apellido|Name - Last|Last Name [Required]"),
            (
                Field::Country,
                "Geschäftsland|Pays de travail|Work Country|Usage location [usageLocation]|\
                 Country or region [country]|Nutzungsstandort",
            ),
            (
                Field::Email,
                "Email Address [Required]|Primary Work Email|1. Email|user.email|primaryEmail|\
                 Adresse de messagerie|Correo institucional",
            ),
            (
                Field::Username,
                "User name [userPrincipalName] Required|Benutzerprinzipalname|profile.login",
            ),
        ] {
            for name in names.split('|') {
                assert_eq!(by_name(name), Some(field), "{name}");
            }
        }
        for name in [
            "Title 0",
            "US",
            "Foo",
            "Start date",
            "Room",
            "Cost centre",
            "listed_groups",
            "Abteilung",
            "Adobe ID",
            "Profile picture",
            "Role",
            "Administration",
            "Production site",
            "Group Sync",
            "Group Sponsor",
            "Group Sort",
            "Group Size",
            "group_source",
            "Groupspace",
            "Produits affectés automatiquement",
            "Automatisch zugewiesene Produkte",
            "Age",
            "Employee Type",
            "Work group",
            "Group Email [Required]",
            "姓（カナ）",
            "Manager Email",
            "Second email",
            "Recovery Email",
            "Company name",
        ] {
            assert_eq!(by_name(name), None, "{name}");
        }
    }

    #[test]
    fn no_word_for_groups_is_covered_by_another() {
        let is_covered = |name: &str, own: &[&str]| {
            let ends = GROUP_ENDS.iter().any(|end| name.ends_with(end) && !own.contains(end));
            let holds = GROUP_STEMS.iter().any(|stem| name.contains(stem) && !own.contains(stem));
            ends || holds || PRODUCT_STARTS.iter().any(|start| name.starts_with(start))
        };
        for name in GROUPS {
            assert!(!is_covered(name, &[]), "{name}");
        }
        for name in GROUP_ENDS.iter().chain(GROUP_STEMS) {
            assert!(!is_covered(name, &[name]), "{name}");
        }
    }

    #[test]
    fn cells_tell_addresses_and_countries() {
        let tell = |name: &str, cells: &[&'static str]| by_cells(name, cells.iter().copied());
        assert_eq!(tell("x", &["ann@example.com", "", "bob@example.com"]), Some(Field::Email));
        assert_eq!(tell("cc", &["DE", "FR", "US"]), Some(Field::Country));
        assert_eq!(tell("where", &["Germany", "France"]), Some(Field::Country));
        for cells in [
            ["Deutschland", "Österreich"],
            ["Allemagne", "États-Unis"],
            ["日本", "ドイツ"],
            ["DEU", "AUT"],
            ["GERMANY", "Korea, Republic of"],
            ["Polska", "Georgia"],
        ] {
            assert_eq!(tell("wo", &cells), Some(Field::Country), "{cells:?}");
        }
        for cells in [["276", "040"], ["deu", "aut"], ["FIN", "MAR"], ["Berlin", "Wien"]] {
            assert_eq!(tell("wo", &cells), None, "{cells:?}");
        }
        assert_eq!(tell("x", &["DE", "FR", "Room 1"]), None);
        assert_eq!(tell("Initials", &["AL", "BS", "CY"]), None);
        assert_eq!(tell("Manager Email", &["ann@example.com"]), None);
        assert_eq!(tell("Proxy addresses", &["SMTP:ann@example.com"]), None);
        assert_eq!(tell("x", &["ann@example.com~Ann~Lee"]), None);
        assert_eq!(tell("department", &["IT", "HR", "IT"]), None);
        assert_eq!(tell("answer", &["NO", "NO"]), None);
        assert_eq!(tell("state", &["CA", "DE"]), None);
        assert_eq!(tell("kind", &["Adobe ID", "Federated ID", ""]), Some(Field::Type));
        assert_eq!(tell("kind", &["Employee", "Guest"]), None);
        assert_eq!(tell("Operation", &["delete", "delete"]), Some(Field::Action));
        assert_eq!(tell("x", &[]), None);
    }

    #[test]
    fn columns_that_mark_leavers_are_actions() {
        let tell = |name: &str, cells: &[&'static str]| by_cells(name, cells.iter().copied());
        for (name, cells) in [
            ("delete", &["y", ""][..]),
            ("To remove", &["x"]),
            ("Löschen", &["ja", "nein"]),
            ("Leaver", &["2026-11-30"]),
            ("Vertragsende", &["", "31.10.2026"]),
            ("退職日", &["2026-10-31"]),
            ("Block credential", &["False", "True"]),
            ("Disabled", &["FALSE", "TRUE"]),
            ("Operation", &["inactive"]),
            ("Vorgang", &["Neuanlage"]),
            ("Task", &["löschen", "anlegen"]),
            ("Status", &["active", "Inactive", "", "left"]),
            ("HR", &["Gelöscht", "aktiv"]),
        ] {
            assert_eq!(tell(name, cells), Some(Field::Action), "{name} {cells:?}");
        }
        for (name, cells) in [
            ("Deleted", &["no", "FALSE"][..]),
            ("Remove", &[]),
            ("Status", &["active", "current"]),
            ("Status", &["Active", "LOCKED", "Removed"]),
            ("status", &["active", "disabled"]),
            ("Status", &["left", "right"]),
            ("Task", &["Design", "Print"]),
            ("Remarks", &["left in May"]),
        ] {
            assert_eq!(tell(name, cells), None, "{name} {cells:?}");
        }
        assert_eq!(tell("Ruolo", &["Support Admin"]), Some(Field::AdminRoles));
        assert_eq!(tell("Role Name", &["_deployment_admin", ""]), Some(Field::AdminRoles));
        assert_eq!(tell("Role", &["Teacher"]), None);
        assert_eq!(tell("Roles", &["Teacher"]), Some(Field::Groups));
        assert_eq!(by_name("Contracts Administered"), Some(Field::AdminRoles));
        for spoiled in ["PrÃ©nom", "Pr&eacute;nom", "Pr&#233;nom", "Pr├®nom"] {
            assert_eq!(by_name(spoiled), Some(Field::Firstname), "{spoiled}");
        }
    }
}
