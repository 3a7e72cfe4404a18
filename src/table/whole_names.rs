//! Columns of whole names, which nobody can divide into first and last names for sure.

use super::columns::ColumnMapping;
use super::dialect::InputDialect;
use super::error::TableError;
use super::field::Field;
use super::lookalike::{bare, by_name};

/// What columns of whole names are called, in plain form and without punctuation.
const WHOLE_NAMES: &[&str] = &[
    "name",
    "names",
    "fullname",
    "wholename",
    "completename",
    "displayname",
    "commonname",
    "cn",
    "personname",
    "employeename",
    "studentname",
    "firstandlastname",
    "firstlastname",
    "lastfirstname",
    "lastnamefirstname",
    "anzeigename",
    "vollername",
    "vollständigername",
    "vorundnachname",
    "vornamenachname",
    "vornamename",
    "namevorname",
    "nachnamevorname",
    "nomcomplet",
    "nometprénom",
    "nometprenom",
    "nomprénom",
    "nomprenom",
    "prénometnom",
    "nombrecompleto",
    "nombreyapellidos",
    "nombreapellidos",
    "apellidosynombre",
    "nomecompleto",
    "nomecognome",
    "nomeecognome",
    "cognomeenome",
    "volledigenaam",
    "naam",
    "namn",
    "fullständigtnamn",
    "navn",
    "fuldenavn",
    "fulltnavn",
    "imięinazwisko",
    "imieinazwisko",
    "celéjméno",
    "teljesnév",
    "kokonimi",
    "nimi",
    "adsoyad",
    "adısoyadı",
    "фио",
    "полноеимя",
    "имяифамилия",
    "ονοματεπώνυμο",
    "氏名",
    "お名前",
    "フルネーム",
    "表示名",
    "姓名",
    "全名",
    "성명",
    "전체이름",
];

impl ColumnMapping<'_> {
    /// A column of whole names in a table that may create users, where no other column has names:
    /// the users would have none.
    pub(super) fn check_whole_names(
        &self,
        dialect: InputDialect,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Result<(), TableError> {
        let creates = matches!(
            dialect,
            InputDialect::Native | InputDialect::UmapiCliUsersCreate | InputDialect::UmapiSamples
        );
        let is_name = |field: Field| matches!(field, Field::Firstname | Field::Lastname);
        let is_about_others = fields.iter().any(|&(_, field)| field == Field::Group);
        let has_names = fields.iter().any(|&(_, field)| is_name(field))
            || unknown.iter().any(|&i| by_name(&plain[i]).is_some_and(is_name));
        if !creates || is_about_others || has_names {
            return Ok(());
        }
        let is_whole = |i: &&usize| WHOLE_NAMES.contains(&bare(&plain[**i]).as_str());
        match unknown.iter().find(is_whole) {
            None => Ok(()),
            Some(&i) => Err(TableError::WholeNames {
                file: self.file.to_owned(),
                line: self.line,
                column: self.shown(i),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::plain;
    use super::*;

    fn check(header: &str, map: &[(Field, String)], ignore: &[String]) -> Result<(), String> {
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        let mapping = ColumnMapping {
            file: "people.csv",
            line: 1,
            names: &names,
            dialect: None,
            map,
            ignore,
            rows: &[],
        };
        mapping.resolve().map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn whole_names_are_not_lost_where_there_are_no_others() {
        for name in [
            "Full name",
            "Name",
            "Display Name",
            "Nom complet",
            "氏名",
            "cn",
            "full_name",
            "Vor- und Nachname",
            "Name (full)",
        ] {
            let error = check(&format!("email,{name},country,groups"), &[], &[]).unwrap_err();
            assert!(error.contains(name) && error.contains("whole names"), "{error}");
            let header = format!("type,email,{name},country,groups");
            assert!(check(&header, &[], &[]).is_err(), "{name}");
            assert!(check(&header, &[(Field::Lastname, name.to_owned())], &[]).is_ok(), "{name}");
            assert!(check(&header, &[], &[name.to_owned()]).is_ok(), "{name}");
        }
        for header in [
            "email,firstname,lastname,country,Display Name",
            "email,lastname,Name",
            "action,group,name",
            "email,add_groups,Name",
            "email,groups,Company name",
        ] {
            assert_eq!(check(header, &[], &[]), Ok(()), "{header}");
        }
        assert!(WHOLE_NAMES.iter().all(|name| bare(&plain(name)) == *name));
    }
}
