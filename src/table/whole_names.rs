//! Recognizes columns of whole names, which cannot be divided into first and last names with
//! certainty.

use super::column_name::bare;
use super::columns::{ColumnMapping, is_about_users};
use super::dialect::InputDialect;
use super::field::{Field, plain};
use super::lookalike::by_name;

/// The names of columns of whole names, in plain form and without punctuation.
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

/// Words for a name that are also used for a last name beside a first one, and the reverse.
const NAMES: &[&str] = &["name", "naam", "navn", "namn", "nomdelemployé"];

impl ColumnMapping<'_> {
    /// Returns the column `Name` with its meaning beside a column that has only first names or only
    /// last names.
    pub(super) fn other_half_of_names(
        &self,
        fields: &[(usize, Field)],
        unknown: &[usize],
        proposed: &[(String, Field)],
    ) -> Option<(String, Field)> {
        let position = |wanted: Field| {
            let known = fields.iter().find(|(_, field)| *field == wanted).map(|(at, _)| *at);
            known.or_else(|| {
                let (column, _) = proposed.iter().find(|(_, field)| *field == wanted)?;
                (0..self.names.len()).find(|i| self.shown(*i) == *column)
            })
        };
        let (half, missing) = match (position(Field::Firstname), position(Field::Lastname)) {
            (Some(first), None) => (first, Field::Lastname),
            (None, Some(last)) => (last, Field::Firstname),
            _ => return None,
        };
        let is_name = |i: &&usize| {
            NAMES.contains(&bare(&plain(&self.names[**i])).as_str()) && !self.holds(**i, half)
        };
        unknown.iter().find(is_name).map(|i| (self.shown(*i), missing))
    }

    /// Whether a column repeats what is in another one, in most of the first rows.
    fn holds(&self, i: usize, other: usize) -> bool {
        let cell = |row: &Vec<String>, at: usize| {
            row.get(at).map(|cell| cell.trim().to_lowercase()).unwrap_or_default()
        };
        let filled = self.rows.iter().filter(|row| !cell(row, other).is_empty());
        let all = filled.clone().count();
        all > 0 && filled.filter(|row| cell(row, i).contains(&cell(row, other))).count() * 2 > all
    }

    /// Returns a column of whole names in a table that may create users, if no other column has
    /// names: the users would have no names.
    pub(super) fn whole_names(
        &self,
        dialect: InputDialect,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Option<String> {
        let may_create = is_about_users(dialect, fields)
            && !matches!(dialect, InputDialect::UmapiCliUsersUpdate | InputDialect::AdminConsole);
        let is_name = |field: Field| matches!(field, Field::Firstname | Field::Lastname);
        let has_names = self.with_given(fields).iter().any(|&(_, field)| is_name(field))
            || unknown.iter().any(|&i| by_name(&self.names[i]).is_some_and(is_name));
        if !may_create || has_names {
            return None;
        }
        let is_whole = |i: &&usize| WHOLE_NAMES.contains(&bare(&plain[**i]).as_str());
        unknown.iter().find(is_whole).map(|&i| self.shown(i))
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::TablePurpose;
    use super::super::mapping::ValueMapping;
    use super::*;

    fn whole_names(header: &str, map: &[(Field, String)], ignore: &[String]) -> Option<String> {
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        let mapping = ColumnMapping {
            file: "people.csv",
            line: 1,
            names: &names,
            delimiter: b',',
            dialect: None,
            map,
            values: &ValueMapping::default(),
            list_separator: ',',
            ignore,
            purpose: TablePurpose::Rows,
            rows: &[],
        };
        mapping.resolve().unwrap().whole_names
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
            let found = Some(name.to_owned());
            let header = format!("email,{name},country,groups");
            assert_eq!(whole_names(&header, &[], &[]), found);
            let header = format!("type,email,{name},country,groups");
            assert_eq!(whole_names(&header, &[], &[]), found);
            let map = [(Field::Lastname, name.to_owned())];
            assert_eq!(whole_names(&header, &map, &[]), None, "{name}");
            assert_eq!(whole_names(&header, &[], &[name.to_owned()]), None, "{name}");
        }
        for header in [
            "email,firstname,lastname,country,Display Name",
            "action,group,name",
            "email,add_groups,Name",
            "email,groups,Company name",
        ] {
            assert_eq!(whole_names(header, &[], &[]), None, "{header}");
        }
        assert!(WHOLE_NAMES.iter().all(|name| bare(&plain(name)) == *name));
    }
}
