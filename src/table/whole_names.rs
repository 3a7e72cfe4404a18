//! Recognizes columns of whole names, which cannot be divided into first and last names with
//! certainty.

use super::column_name::bare;
use super::column_words::{PERSONS, WHOLE_NAMES};
use super::columns::{ColumnMapping, is_about_users};
use super::dialect::InputDialect;
use super::field::{Field, plain};
use super::lookalike::by_name;

/// Words for a name that are also used for a last name beside a first one, and the reverse.
const NAMES: &[&str] = &["name", "naam", "navn", "namn", "nomdelemployé", "ad"];

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
        let is_whole = |i: &&usize| {
            let name = bare(&plain[**i]);
            WHOLE_NAMES.contains(&name.as_str())
                || PERSONS.contains(&name.as_str()) && self.has_whole_names(**i)
        };
        unknown.iter().find(is_whole).map(|&i| self.shown(i))
    }

    /// Whether most cells of a column are several words: `Ann Lee`, `Lee, Ann`.
    fn has_whole_names(&self, i: usize) -> bool {
        let filled = self.cells(i).map(str::trim).filter(|cell| !cell.is_empty());
        let all = filled.clone().count();
        all > 0 && filled.filter(|cell| is_whole_name(cell)).count() * 5 >= all * 4
    }
}

/// Whether a cell is several words of letters, as a whole name is.
fn is_whole_name(cell: &str) -> bool {
    let is_inner = |c: char| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '’');
    let words = cell.split([' ', ',', '\u{3000}']).filter(|word| !word.is_empty());
    words.clone().count() > 1 && words.clone().all(|word| word.chars().all(is_inner))
}

#[cfg(test)]
mod tests {
    use super::super::mapping::ValueMapping;
    use super::super::table_purpose::TablePurpose;
    use super::*;

    fn whole_names(header: &str, map: &[(Field, String)], ignore: &[String]) -> Option<String> {
        whole_names_of(header, &[], map, ignore)
    }

    fn whole_names_of(
        header: &str,
        rows: &[&[&str]],
        map: &[(Field, String)],
        ignore: &[String],
    ) -> Option<String> {
        let mut header =
            csv::ReaderBuilder::new().has_headers(false).from_reader(header.as_bytes());
        let names: Vec<String> = header.records().next()?.ok()?.iter().map(str::to_owned).collect();
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
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
            rows: &rows,
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
        let found = whole_names("email,\"Name, Vorname\",country", &[], &[]);
        assert_eq!(found.as_deref(), Some("Name, Vorname"));
        for header in [
            "email,firstname,lastname,country,Display Name",
            "action,group,name",
            "email,add_groups,Name",
            "email,groups,Company name",
        ] {
            assert_eq!(whole_names(header, &[], &[]), None, "{header}");
        }
        assert!(WHOLE_NAMES.iter().chain(PERSONS).all(|name| bare(&plain(name)) == *name));
    }

    #[test]
    fn columns_of_persons_are_whole_names_by_their_cells() {
        let found = |name: &str, cell: &str| {
            let rows: [&[&str]; 2] = [&["a@example.com", cell], &["b@example.com", cell]];
            whole_names_of(&format!("email,{name}"), &rows, &[], &[]).is_some()
        };
        for cell in ["Ann Lee", "Lee, Ann", "Dr. Ann O'Neil-Lee", "山田　太郎"] {
            assert!(found("Person", cell) && found("Mitarbeiter", cell), "{cell}");
            assert!(!found("Department", cell), "{cell}");
        }
        for cell in ["yes", "10045", "Room 7", ""] {
            assert!(!found("Student", cell), "{cell}");
        }
    }
}
