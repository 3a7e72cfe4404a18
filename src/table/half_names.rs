//! Recognizes columns that have a part of last names beside the column of the rest: particles
//! (`Tussenvoegsel`), second last names (`apellido 2`). Without them, users would get half a name.

use super::column_name::bare;
use super::columns::{ColumnMapping, is_about_users};
use super::dialect::InputDialect;
use super::error::TableError;
use super::field::{Field, plain};
use super::leaver_columns::has_action;
use super::lookalike::by_name;
use super::table_purpose::TablePurpose;

/// Columns of what stands before a last name, bare.
const PARTICLES: &[&str] = &[
    "tussenvoegsel",
    "tussenvoegsels",
    "voorvoegsel",
    "voorvoegsels",
    "tussenvoegselachternaam",
    "particle",
    "nameparticle",
    "nobiliaryparticle",
    "lastnameparticle",
    "particule",
    "particuledunom",
    "lastnameprefix",
    "surnameprefix",
    "familynameprefix",
    "prefixlastname",
    "namensvorsatz",
    "vorsatzwort",
    "nachnamevorsatz",
    "adelsprädikat",
    "partícula",
    "particella",
    "mellannamn",
    "mellemnavn",
    "mellomnavn",
];

/// Columns that may have it, or titles.
const PREFIXES: &[&str] =
    &["prefix", "nameprefix", "namenszusatz", "namezusatz", "préfixe", "prefijo"];

/// Columns of second last names, bare.
const SECONDS: &[&str] = &[
    "lastname2",
    "surname2",
    "familyname2",
    "2ndlastname",
    "secondlastname",
    "secondsurname",
    "secondfamilyname",
    "lastnametwo",
    "maternalsurname",
    "maternallastname",
    "maternalfamilyname",
    "motherslastname",
    "motherssurname",
    "apellido2",
    "2apellido",
    "2doapellido",
    "2ºapellido",
    "segundoapellido",
    "apellidomaterno",
    "materno",
    "sobrenome2",
    "segundosobrenome",
    "últimosobrenome",
    "nom2",
    "secondnom",
    "deuxièmenom",
    "cognome2",
    "secondocognome",
    "nachname2",
    "zweiternachname",
    "achternaam2",
    "efternamn2",
    "efternavn2",
    "cognom2",
    "segoncognom",
];

/// Columns of first ones beside second ones that are no words for last names alone, bare.
const FIRSTS: &[&str] = &[
    "lastname1",
    "surname1",
    "familyname1",
    "1stlastname",
    "paternalsurname",
    "paternallastname",
    "paternalfamilyname",
    "fatherslastname",
    "1apellido",
    "1erapellido",
    "1ºapellido",
    "paterno",
    "primersobrenome",
    "primeirosobrenome",
    "sobrenome1",
    "nom1",
    "cognome1",
    "primocognome",
    "nachname1",
    "achternaam1",
    "efternamn1",
    "efternavn1",
    "cognom1",
    "primercognom",
];

/// Particles of last names, in lower case.
const PARTICLE_WORDS: &[&str] = &[
    "van", "von", "de", "der", "den", "ter", "ten", "te", "het", "la", "le", "du", "des", "da",
    "do", "dos", "das", "di", "del", "della", "dello", "dal", "dei", "zu", "zum", "zur", "vom",
    "af", "av", "el", "al", "bin", "ibn", "ben", "bint", "mac", "mc", "st", "san", "santa", "'t",
    "’t", "d'", "d’", "y", "e", "und", "op", "in",
];

/// The part of a last name that a column holds, by where it stands in the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NamePart {
    Before,
    Main,
    After,
}

impl ColumnMapping<'_> {
    /// Refuses a table whose last names are divided into columns of which one would be ignored.
    pub(super) fn check_half_names(
        &self,
        dialect: InputDialect,
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Result<(), TableError> {
        let is_joined = self.values.joins.iter().any(|(field, _)| *field == Field::Lastname);
        let gives_no_names = self.purpose == TablePurpose::OrganizationList
            || self.purpose.deletes_all(has_action(fields));
        if is_joined || gives_no_names || !is_about_users(dialect, fields) {
            return Ok(());
        }
        let of_part = |part: NamePart| {
            unknown.iter().copied().filter(move |i| self.name_part(*i) == Some(part))
        };
        let known = fields.iter().find(|(_, field)| *field == Field::Lastname).map(|(at, _)| *at);
        let Some(main) = known.or_else(|| of_part(NamePart::Main).next()) else { return Ok(()) };
        let (before, after): (Vec<usize>, Vec<usize>) =
            (of_part(NamePart::Before).collect(), of_part(NamePart::After).collect());
        let parts: Vec<String> = before.iter().chain(&after).map(|i| self.shown(*i)).collect();
        if parts.is_empty() {
            return Ok(());
        }
        let optional = |i: &usize| format!("{{{}?}}", self.shown(*i));
        let mut names: Vec<String> = before.iter().map(optional).collect();
        names.push(format!("{{{}}}", self.shown(main)));
        names.extend(after.iter().map(optional));
        let is_sure = |i: &usize| {
            self.named(&self.names[*i]).len() == 1 && !self.names[*i].contains(['{', '}'])
        };
        let can_be_joined = before.iter().chain(&after).chain([&main]).all(is_sure);
        Err(TableError::HalfNames {
            file: self.file.to_owned(),
            line: self.line,
            main: self.shown(main),
            parts,
            template: can_be_joined.then(|| names.join(" ")),
        })
    }

    fn name_part(&self, i: usize) -> Option<NamePart> {
        let name = &self.names[i];
        let bare = bare(&plain(name));
        let is = |names: &[&str]| names.contains(&bare.as_str());
        if is(PARTICLES) || is(PREFIXES) && self.cells(i).any(is_particle) {
            Some(NamePart::Before)
        } else if is(SECONDS) {
            Some(NamePart::After)
        } else {
            (is(FIRSTS) || by_name(name) == Some(Field::Lastname)).then_some(NamePart::Main)
        }
    }
}

/// Whether a cell is a particle of a last name: `van der`.
fn is_particle(cell: &str) -> bool {
    let mut words = cell.split_whitespace().peekable();
    words.peek().is_some()
        && words.all(|word| PARTICLE_WORDS.contains(&word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::mapping::ValueMapping;
    use super::*;

    /// Returns the template for a header and one row.
    fn template(header: &[&str], row: &[&str], purpose: TablePurpose) -> Option<String> {
        let owned =
            |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let mapping = ColumnMapping {
            file: "people.csv",
            line: 1,
            names: &owned(header),
            delimiter: b',',
            dialect: None,
            map: &[],
            values: &ValueMapping::default(),
            list_separator: ',',
            ignore: &[],
            purpose,
            rows: &[owned(row)],
        };
        match mapping.resolve() {
            Err(TableError::HalfNames { template, .. }) => template,
            _ => None,
        }
    }

    #[test]
    fn parts_of_last_names_are_joined_in_their_order() {
        for (header, expected) in [
            (&["email", "nombre", "apellido 1", "apellido 2"][..], "{apellido 1} {apellido 2?}"),
            (
                &["Email", "First name", "Last name 1", "Last name 2"],
                "{Last name 1} {Last name 2?}",
            ),
            (
                &["Voornaam", "Tussenvoegsel", "Achternaam", "E-mail"],
                "{Tussenvoegsel?} {Achternaam}",
            ),
            (&["email", "Last Name Prefix", "Last Name"], "{Last Name Prefix?} {Last Name}"),
            (&["email", "Last Name", "Last Name 2"], "{Last Name} {Last Name 2?}"),
            (&["email", "Last Name", "Second Last Name"], "{Last Name} {Second Last Name?}"),
            (&["email", "Last Name", "Maternal Surname"], "{Last Name} {Maternal Surname?}"),
            (&["email", "Particle", "Last Name"], "{Particle?} {Last Name}"),
            (
                &["email", "Apellido Paterno", "Apellido Materno"],
                "{Apellido Paterno} {Apellido Materno?}",
            ),
        ] {
            let found = template(header, &[], TablePurpose::Rows);
            assert_eq!(found.as_deref(), Some(expected), "{header:?}");
            assert_eq!(template(header, &[], TablePurpose::Deletions), None, "{header:?}");
        }
        let prefix = ["email", "Name Prefix", "Last Name"];
        let found = |cell| template(&prefix, &["a@x.com", cell, "Lee"], TablePurpose::Rows);
        assert_eq!(found("van der").as_deref(), Some("{Name Prefix?} {Last Name}"));
        for title in ["Dr.", "Mr", "", "Prof. Dr."] {
            assert_eq!(found(title), None, "{title}");
        }
        for header in [
            &["email", "lastname"][..],
            &["email", "lastname", "Middle Name"],
            &["email", "lastname", "Suffix"],
            &["email", "Second Last Name"],
            &["email", "lastname", "Maiden name"],
        ] {
            assert_eq!(template(header, &[], TablePurpose::Rows), None, "{header:?}");
        }
    }

    #[test]
    fn names_of_columns_are_bare() {
        for name in PARTICLES.iter().chain(PREFIXES).chain(SECONDS).chain(FIRSTS) {
            assert_eq!(bare(&plain(name)), **name);
        }
    }
}
