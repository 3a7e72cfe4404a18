//! The likely meaning of an unknown column, by its name in many languages, and by its cells.
//!
//! Only exact names count, so that a proposal is certain. Names are compared without punctuation:
//! `Product Profile(s)` is `productprofiles`.

use super::dialect::InputDialect;
use super::field::Field;

const EMAIL: &[&str] = &[
    "mail",
    "mailaddress",
    "mailadresse",
    "workmail",
    "workemail",
    "emailaddress",
    "emailadresse",
    "adresseemail",
    "adressemail",
    "adresseélectronique",
    "courriel",
    "emailadres",
    "postaelettronica",
    "indirizzoemail",
    "correo",
    "correoelectrónico",
    "correoelectronico",
    "endereçodeemail",
    "epost",
    "epostadress",
    "epostadresse",
    "eposta",
    "sähköposti",
    "sähköpostiosoite",
    "adresemail",
    "почта",
    "электроннаяпочта",
    "メール",
    "メールアドレス",
    "邮箱",
    "电子邮件",
    "이메일",
];

const USERNAME: &[&str] = &[
    "user",
    "userid",
    "login",
    "loginname",
    "loginid",
    "accountname",
    "samaccountname",
    "userprincipalname",
    "upn",
    "utilisateur",
    "usuario",
    "usuário",
    "utente",
    "gebruiker",
    "benutzer",
    "benutzerkennung",
    "benutzername",
    "nomeutente",
    "nomdutilisateur",
    "nombredeusuario",
    "gebruikersnaam",
    "användarnamn",
];

const DOMAIN: &[&str] = &["domäne", "dominio", "domínio", "domaine", "domein"];

const FIRST: &[&str] = &[
    "first",
    "given",
    "givenname",
    "forename",
    "forenames",
    "givennames",
    "firstnames",
    "fname",
    "vorname",
    "vornamen",
    "prenom",
    "prénom",
    "nome",
    "nombre",
    "voornaam",
    "fornamn",
    "förnamn",
    "fornavn",
    "imie",
    "imię",
    "jméno",
    "keresztnév",
    "etunimi",
    "имя",
    "名",
];

const LAST: &[&str] = &[
    "last",
    "surname",
    "familyname",
    "lname",
    "nachname",
    "familienname",
    "nom",
    "nomdefamille",
    "cognome",
    "apellido",
    "apellidos",
    "sobrenome",
    "achternaam",
    "efternamn",
    "etternavn",
    "efternavn",
    "nazwisko",
    "příjmení",
    "vezetéknév",
    "soyadı",
    "sukunimi",
    "фамилия",
    "姓",
];

const COUNTRY: &[&str] = &[
    "country",
    "countryname",
    "countryregion",
    "countryorregion",
    "countrycodeiso",
    "countryiso",
    "countryisocode",
    "countryofresidence",
    "isocountry",
    "isocountrycode",
    "iso",
    "isocode",
    "iso2",
    "iso2code",
    "nation",
    "usagelocation",
    "land",
    "landregion",
    "ländercode",
    "laendercode",
    "länderkennung",
    "laenderkennung",
    "länderkürzel",
    "laenderkuerzel",
    "landeskennung",
    "landeskürzel",
    "landeskuerzel",
    "staat",
    "landcode",
    "landkod",
    "landkode",
    "pays",
    "codepays",
    "pais",
    "país",
    "codigopais",
    "códigopaís",
    "codigodepais",
    "códigodepaís",
    "paese",
    "codicepaese",
    "nazione",
    "kraj",
    "kodkraju",
    "země",
    "stát",
    "kódzemě",
    "ország",
    "országkód",
    "ülke",
    "ülkekodu",
    "maa",
    "maakoodi",
    "страна",
    "кодстраны",
    "国",
    "国名",
    "国コード",
    "国地域",
    "国家",
    "国家代码",
    "국가",
    "국가코드",
];

const GROUPS: &[&str] = &[
    "group",
    "groupname",
    "groupnames",
    "groupstoadd",
    "groupstoremove",
    "removegroupsfrom",
    "usergroupname",
    "team",
    "teams",
    "profile",
    "profiles",
    "profilestoassign",
    "product",
    "products",
    "assignedproducts",
    "teamproducts",
    "adobeproducts",
    "adobegroup",
    "membership",
    "memberships",
    "memberof",
    "license",
    "licenses",
    "licence",
    "licences",
    "entitlement",
    "entitlements",
    "subscription",
    "subscriptions",
    "software",
    "app",
    "apps",
    "allapps",
    "application",
    "applications",
    "creativecloud",
    "package",
    "packages",
    "paket",
    "pakete",
    "gruppe",
    "gruppen",
    "neuegruppe",
    "gruppenneu",
    "benutzergruppe",
    "benutzergruppen",
    "produktprofil",
    "produktprofile",
    "lizenz",
    "lizenzen",
    "groupe",
    "groupes",
    "équipe",
    "équipes",
    "licencia",
    "licencias",
    "licenza",
    "licenze",
    "grupo",
    "grupos",
    "gruppo",
    "gruppi",
    "groep",
    "groepen",
    "grupp",
    "grupper",
    "grupa",
    "grupy",
    "skupina",
    "skupiny",
    "csoport",
    "csoportok",
    "grup",
    "gruplar",
    "ryhmä",
    "ryhmät",
    "группа",
    "группы",
    "produkt",
    "produkte",
    "produit",
    "produits",
    "producto",
    "productos",
    "グループ",
    "所属グループ",
    "组",
    "用户组",
    "그룹",
];

const GROUP_ENDS: &[&str] = &[
    "groups",
    "teams",
    "profiles",
    "memberships",
    "licenses",
    "licences",
    "entitlements",
    "gruppen",
    "configurations",
];

/// Columns of umbulk's own files that are only for people.
const OWN: &[&str] = &["listedgroups"];

/// The name of a column in plain form, without punctuation and without remarks in parentheses,
/// except that `(s)` is read as the plural.
fn bare(plain: &str) -> String {
    let plural =
        plain.replace("(s)", "s").replace("(en)", "en").replace("(e)", "e").replace("(n)", "n");
    let without_remark = match (plural.find('('), plural.rfind(')')) {
        (Some(open), Some(close)) if open > 0 && open < close => {
            format!("{}{}", &plural[..open], &plural[close + 1..])
        }
        _ => plural,
    };
    without_remark.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The likely field of a column with this name (in plain form).
pub(super) fn by_name(plain: &str) -> Option<Field> {
    let bare = bare(plain);
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
    } else if is(GROUPS) || GROUP_ENDS.iter().any(|end| bare.ends_with(end)) {
        Some(Field::Groups)
    } else {
        InputDialect::Native.field(&bare)
    }
}

/// Words that are country codes, but at least as often mean something else: departments, answers.
const NOT_ALONE: &[&str] = &[
    "IT", "HR", "PR", "QA", "NO", "NA", "IS", "ID", "AM", "PM", "TV", "MD", "SA", "MA", "BA", "PA",
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
];

/// The likely field of a column by its cells, most of which must be addresses or countries.
pub(super) fn by_cells<'a>(
    plain: &str,
    cells: impl Iterator<Item = &'a str> + Clone,
) -> Option<Field> {
    let cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
    let all = cells.clone().count();
    let most = |found: usize| all > 0 && found * 5 >= all * 4;
    let is_address = |cell: &&str| {
        cell.split_once('@').is_some_and(|(own, domain)| !own.is_empty() && domain.contains('.'))
    };
    if most(cells.clone().filter(is_address).count()) {
        return Some(Field::Email);
    }
    let countries = cells.clone().filter(|cell| is_country(cell)).count();
    let is_plain_word = cells.clone().all(|cell| NOT_ALONE.contains(&cell));
    (most(countries) && !is_plain_word && !OTHER_CODES.contains(&plain)).then_some(Field::Country)
}

/// Whether it is a country code in upper case, or the English name of a country.
fn is_country(cell: &str) -> bool {
    let mut all = rust_iso3166::ALL.iter();
    match cell.len() {
        2 => all.any(|country| country.alpha2 == cell),
        _ => all.any(|country| country.name.eq_ignore_ascii_case(cell)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::plain;
    use super::*;

    #[test]
    fn columns_are_known_in_many_languages() {
        for (field, names) in [
            (
                Field::Country,
                "Country/Region|usageLocation|Ländercode|Laendercode|国コード|国/地域|Nazione|Staat|Land/Region|Código de país|Country (ISO)|Kod kraju",
            ),
            (
                Field::Groups,
                "Product Profile(s)|Groups \
                 (comma-separated)|Lizenzen|Benutzergruppe|Produktprofile|Apps|Gruppe|Gruppo|Group Names|Adobe Groups|用户组",
            ),
            (
                Field::Email,
                "E-Mail-Adresse|Posta elettronica|Work mail|correo electrónico|メールアドレス",
            ),
            (Field::Firstname, "Vorname|Nome|prénom|Given name"),
            (Field::Lastname, "Nachname|Cognome|Surname"),
            (Field::Username, "User|Login|userPrincipalName|Benutzername"),
        ] {
            for name in names.split('|') {
                assert_eq!(by_name(&plain(name)), Some(field), "{name}");
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
        ] {
            assert_eq!(by_name(&plain(name)), None, "{name}");
        }
    }

    #[test]
    fn cells_tell_addresses_and_countries() {
        let tell =
            |name: &str, cells: &[&'static str]| by_cells(&plain(name), cells.iter().copied());
        assert_eq!(tell("x", &["ann@example.com", "", "bob@example.com"]), Some(Field::Email));
        assert_eq!(tell("cc", &["DE", "FR", "US"]), Some(Field::Country));
        assert_eq!(tell("where", &["Germany", "France"]), Some(Field::Country));
        assert_eq!(tell("x", &["DE", "FR", "Room 1"]), None);
        assert_eq!(tell("department", &["IT", "HR", "IT"]), None);
        assert_eq!(tell("active", &["NO", "NO"]), None);
        assert_eq!(tell("state", &["CA", "DE"]), None);
        assert_eq!(tell("x", &[]), None);
    }
}
