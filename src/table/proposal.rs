//! Proposes the meaning of the columns of a header that names nobody.

use super::column_name::bare;
use super::column_words::USERNAME;
use super::columns::{ColumnMapping, list};
use super::delimiter::DELIMITERS;
use super::dialect::{InputDialect, native_fields};
use super::error::TableError;
use super::field::{Field, plain};
use super::header_hint::HeaderHint;
use super::lookalike::{are_actions, by_cells, by_name, is_address};
use super::past_date::is_date;
use super::unexplained_columns::{is_near, spread_memberships};

/// Columns that only exports and templates of Microsoft have, in plain form.
const OF_MICROSOFT: &[&str] = &[
    "objectid",
    "objektid",
    "iddobjet",
    "iddeobjeto",
    "blockcredential",
    "whencreated",
    "strongpasswordrequired",
    "proxyaddresses",
    "licenseassignmentdetails",
    "usagelocation",
];

impl ColumnMapping<'_> {
    /// Returns the error for a header without a column that names users or groups.
    pub(super) fn unknown_header(
        &self,
        dialect: InputDialect,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> TableError {
        let needed = match dialect {
            InputDialect::UmapiCliGroups
            | InputDialect::UmapiCliGroupsUpdate
            | InputDialect::UmapiCliGroupsExport => "group",
            InputDialect::Native => "email, username, group",
            _ => "email, username",
        };
        let hint = match self.other_delimiter() {
            _ if self.names.iter().any(|name| is_address(name.trim())) => HeaderHint::Row,
            _ if self.are_mail_addresses() => HeaderHint::Mail,
            Some(delimiter) => HeaderHint::Delimiter(delimiter),
            None if self.is_in_quotes() => HeaderHint::Quoted,
            None if self.is_one_value() => HeaderHint::OneValue,
            None => match (self.quote_of_each(), self.unusual_delimiter()) {
                (Some(quote), _) => HeaderHint::EachQuoted(quote),
                (None, Some(sign)) => HeaderHint::Unusual(sign),
                (None, None) => self.proposal(dialect, plain, fields, unknown),
            },
        };
        TableError::UnknownHeader {
            file: self.file.to_owned(),
            line: self.line,
            columns: list(self.names),
            needed,
            hint,
        }
    }

    /// Returns the delimiter that splits one name into several known ones: a line `sep=;` or an
    /// option may be wrong.
    fn other_delimiter(&self) -> Option<&'static str> {
        let divides = |sign: char| self.whole_names_of_columns().any(|name| known(name, sign) > 1);
        let mut usual = DELIMITERS.iter().filter(|delimiter| delimiter.byte != self.delimiter);
        usual.find(|delimiter| divides(char::from(delimiter.byte))).map(|delimiter| delimiter.name)
    }

    /// Whether the only name is known names with the delimiter between them: the line is in quotes.
    fn is_in_quotes(&self) -> bool {
        let mut names = self.names.iter().filter(|name| !name.is_empty());
        let first = names.next().filter(|_| names.next().is_none());
        first.is_some_and(|name| known(name, char::from(self.delimiter)) > 1)
    }

    /// Whether the cells are addresses as mail programs write them: `Ann Lee <ann@example.com>`.
    fn are_mail_addresses(&self) -> bool {
        let mut filled = self.names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        let is_of_mail = |cell: &str| {
            let address = cell.strip_suffix('>').and_then(|cell| cell.rsplit_once('<'));
            address.is_some_and(|(_, address)| is_address(address))
        };
        filled.clone().next().is_some() && filled.all(is_of_mail)
    }

    /// Whether the line has a name and its value, as other lines have the other values of a person:
    /// `email : ann@example.com`, `- country: US`.
    fn is_one_value(&self) -> bool {
        let line = self.names.iter().find(|name| !name.trim().is_empty());
        line.and_then(|line| line.split_once(':')).is_some_and(|(name, value)| {
            let name =
                name.trim_start_matches(['-', ' ', '\t', '{', '"']).trim_end_matches(['"', ' ']);
            let is_other_name = value.split(':').any(|part| by_name(part.trim()).is_some());
            by_name(name).is_some() && !value.trim().is_empty() && !is_other_name
        })
    }

    /// Returns the quote that stands around most names, several of which are known.
    fn quote_of_each(&self) -> Option<char> {
        ['\'', '"', '`'].into_iter().find(|quote| {
            let inside = |name: &String| {
                let inside = name.trim().strip_prefix(*quote)?.strip_suffix(*quote)?;
                Some(inside.trim_matches(*quote).to_owned())
            };
            let quoted: Vec<String> = self.names.iter().filter_map(inside).collect();
            let known = quoted.iter().filter(|name| by_name(name).is_some()).count();
            known > 1 && quoted.len() * 2 > self.names.len()
        })
    }

    /// Returns a delimiter that is never tried and splits one name into several, most of which are
    /// known.
    fn unusual_delimiter(&self) -> Option<char> {
        let divides = |name: &String, sign: char| {
            let known = known(name, sign);
            known > 1 && known * 2 > name.split(sign).count()
        };
        let unusual = ['~', '^', ':', '!', '$', '*', '§', '¦'];
        if self.whole_names_of_columns().any(|name| is_padded(name)) {
            return Some(' ');
        }
        unusual
            .into_iter()
            .find(|sign| self.whole_names_of_columns().any(|name| divides(name, *sign)))
    }

    /// Returns the names of columns without a quote: if a quote is not closed, another delimiter
    /// reads no further.
    fn whole_names_of_columns(&self) -> impl Iterator<Item = &String> {
        self.names.iter().filter(|name| !name.contains('"'))
    }

    /// Returns the likely meanings of all columns. Of several columns with one meaning, the person
    /// chooses.
    fn proposal(
        &self,
        dialect: InputDialect,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> HeaderHint {
        let mut meanings = self.meanings(plain, fields, unknown);
        self.use_usernames_as_addresses(&mut meanings);
        spread_memberships(&mut meanings, fields);
        let (mut sure, mut choices) = (Vec::new(), Vec::<(Field, Vec<String>)>::new());
        for &(i, field) in &meanings {
            let same = meanings.iter().filter(|(_, other)| *other == field).count();
            if same == 1 {
                sure.push((self.shown(i), field));
            } else if let Some((_, columns)) = choices.iter_mut().find(|(other, _)| *other == field)
            {
                columns.push(self.shown(i));
            } else {
                choices.push((field, vec![self.shown(i)]));
            }
        }
        // What would be asked for as soon as these are known.
        let mut known = fields.to_vec();
        known.extend(&meanings);
        let rest: Vec<usize> = unknown
            .iter()
            .copied()
            .filter(|i| !meanings.iter().any(|(position, _)| position == i))
            .collect();
        for (column, field) in self.lookalikes(dialect, plain, &known, &rest) {
            let is_proposed = sure.iter().any(|(_, other)| *other == field)
                || choices.iter().any(|(other, _)| *other == field);
            let is_unique = self.named(&column).len() == 1;
            if !is_proposed && is_unique && field != Field::Action {
                sure.push((column, field));
            }
        }
        HeaderHint::Meant { sure, choices }
    }

    /// Returns the likely fields of unknown columns: by their names, and for fields that no name
    /// has, by their cells.
    fn meanings(
        &self,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Vec<(usize, Field)> {
        let near = |i: usize| native_fields().find(|field| is_near(&plain[i], *field));
        let is_open = |i: usize, field: Field| {
            let is_known = fields.iter().any(|(_, other)| *other == field);
            let is_unique = self.named(&self.names[i]).len() == 1;
            let is_usable = field != Field::Action || are_actions(self.cells(i));
            (!is_known || field == Field::Groups) && is_unique && is_usable
        };
        let has_name = |i: usize| by_name(&self.names[i]).or_else(|| near(i)).is_some();
        let meaning = |i: usize| {
            let name = by_name(&self.names[i]).is_none().then(|| near(i)).flatten();
            let field = name.or_else(|| self.seems(i))?;
            is_open(i, field).then_some((i, field))
        };
        let (named, seen): (Vec<_>, Vec<_>) =
            unknown.iter().filter_map(|&i| meaning(i)).partition(|(i, _)| has_name(*i));
        let is_named =
            |field: Field| field != Field::Groups && named.iter().any(|(_, other)| *other == field);
        let mut all = named.clone();
        all.extend(seen.into_iter().filter(|(_, field)| !is_named(*field)));
        let proposed: Vec<(String, Field)> =
            all.iter().map(|&(i, field)| (self.shown(i), field)).collect();
        let halves = self.other_half_of_names(fields, unknown, &proposed);
        all.extend(halves.into_iter().filter_map(|(column, field)| {
            let i = unknown.iter().find(|i| self.shown(**i) == column)?;
            Some((*i, field))
        }));
        all.sort_by_key(|(i, _)| *i);
        all
    }

    /// Takes usernames that are addresses as the addresses, in a table without a column of them.
    /// Beside a column of the same addresses, they say nothing.
    fn use_usernames_as_addresses(&self, meanings: &mut Vec<(usize, Field)>) {
        let position = |meanings: &[(usize, Field)], wanted: Field| {
            meanings.iter().find(|(_, field)| *field == wanted).map(|(i, _)| *i)
        };
        let Some(username) = position(meanings, Field::Username) else { return };
        match position(meanings, Field::Email) {
            Some(email) => {
                if !self.differ(username, email) {
                    meanings.retain(|(i, _)| *i != username);
                }
            }
            None => {
                let are_addresses = by_cells("", self.cells(username)) == Some(Field::Email);
                let found = meanings.iter_mut().find(|(i, _)| *i == username && are_addresses);
                if let Some((_, field)) = found {
                    *field = Field::Email;
                }
            }
        }
    }

    /// Whether a column has licences of Microsoft, and no groups of Adobe: a table that only
    /// Microsoft writes names users by their principal names.
    pub(super) fn has_licences_of_microsoft(&self, i: usize) -> bool {
        let is_licence = |name: &str| ["licen", "lizenz"].iter().any(|stem| name.starts_with(stem));
        let has = |is: &dyn Fn(&str) -> bool| self.names.iter().any(|name| is(&bare(&plain(name))));
        let is_principal = |name: &str| {
            USERNAME.contains(&name) && name.contains("principal")
                || name == "benutzerprinzipalname"
        };
        is_licence(&bare(&plain(&self.names[i])))
            && has(&is_principal)
            && has(&|name| OF_MICROSOFT.contains(&name))
    }

    /// Whether all filled cells of a column are dates: `Licence end`.
    pub(super) fn has_dates(&self, i: usize) -> bool {
        let mut filled = self.cells(i).map(str::trim).filter(|cell| !cell.is_empty()).peekable();
        filled.peek().is_some() && filled.all(is_date)
    }

    /// Whether most cells of a column are the first letters of two other cells of their rows.
    pub(super) fn has_initials(&self, i: usize) -> bool {
        let first =
            |cell: &String| cell.trim().chars().next().map(|c| c.to_uppercase().to_string());
        let are_initials = |row: &&Vec<String>| {
            let cell = row.get(i).map(|cell| cell.trim().to_uppercase()).unwrap_or_default();
            let letters: Vec<String> = row
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != i)
                .filter_map(|(_, cell)| first(cell))
                .collect();
            letters.windows(2).any(|pair| pair.concat() == cell)
        };
        let filled =
            self.rows.iter().filter(|row| row.get(i).is_some_and(|cell| !cell.trim().is_empty()));
        let all = filled.clone().count();
        all > 1 && filled.filter(are_initials).count() * 5 >= all * 4
    }
}

/// Whether a line has known names in columns of fixed width.
fn is_padded(line: &str) -> bool {
    const FEWEST_WORDS: usize = 3;
    let words = line.split_whitespace();
    let known = words.clone().filter(|word| by_name(word).is_some()).count();
    if known >= FEWEST_WORDS && known * 2 > words.count() {
        return true;
    }
    let names = line.split("  ").filter(|name| !name.trim().is_empty());
    names.filter(|name| by_name(name.trim()).is_some()).count() > 1
}

/// Returns the number of known names that a delimiter divides a name into.
fn known(name: &str, delimiter: char) -> usize {
    name.split(delimiter).filter(|part| by_name(part).is_some()).count()
}
