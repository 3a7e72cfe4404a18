//! Reads a mapping from a TOML file: which column gives which field, and what becomes of its cells.
//!
//! ```toml
//! [map]
//! email = "{first}.{last}@example.com"                                # joined columns
//! lastname = "Nachname"                                               # a column
//! country = { column = "Land", values = { "Deutschland" = "DE" }, default = "DE" }
//! groups = { set = "Students 26" }
//! where = "Status != 'left'"
//! ignore = ["Exit date"]                                              # columns without a meaning
//! ```

use super::cell_text::folded;
use super::field::{Field, plain};
use super::join_template::JoinTemplate;
use super::mapping::{OtherValues, Translation, ValueMapping};
use super::mapping_columns::WHERE;
use super::settings_file::without_secret;
use super::toml_fault::{line_of, toml_fault};
use std::collections::HashMap;
use std::fmt::Display;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The content of a mapping file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MapFile {
    /// Fields with the name of their column.
    pub(crate) map: Vec<(Field, String)>,
    /// What becomes of cells.
    pub(crate) values: ValueMapping,
    /// Columns to ignore.
    pub(crate) ignore: Vec<String>,
}

/// Why a mapping file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}")]
pub struct MapFileError {
    file: String,
    line: usize,
    what: String,
    /// Whether an entry has a name that resembles no field.
    pub(crate) names_unknown_field: bool,
}

/// The table of the mapping in a file that has other content as well.
pub(super) const TABLE: &str = "map";

/// The key of the columns to ignore.
pub(super) const IGNORE: &str = "ignore";

const KEYS: [&str; 6] = ["column", "join", "set", "default", "values", "others"];

type Entry<'k, 't> = (&'k str, Range<usize>, &'k DeValue<'t>);

/// A mapping file while it is read.
struct MapReader<'f> {
    file: &'f str,
    text: &'f str,
    found: MapFile,
}

impl MapFile {
    /// Reads the text of a file: the mapping is its table `map`, or all of it. Beside that table,
    /// there may only be keys that `is_setting` accepts.
    ///
    /// # Errors
    /// When it is not TOML, has no entry, or has one that is not understood. The error names the
    /// line.
    pub fn read(
        file: &str,
        text: &str,
        is_setting: impl Fn(&str) -> bool,
    ) -> Result<Self, MapFileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = MapReader { file, text, found: Self::default() };
        let (root, errors) = DeTable::parse_recoverable(text);
        // An open quote in one line is an error in the next one as well.
        let start = |error: &&toml::de::Error| error.span().unwrap_or_default().start;
        if let Some(error) = errors.iter().min_by_key(start) {
            let words = toml_fault(text, error);
            return Err(reader.error(error.span().unwrap_or_default(), words));
        }
        let root = root.get_ref();
        if root.is_empty() {
            let what = "there is no entry: write FIELD = \"COLUMN\" on a line of its own";
            return Err(reader.error(0..0, what));
        }
        let table = match root.get(TABLE).map(|table| (table.span(), table.get_ref())) {
            None => root,
            Some((_, DeValue::Table(table))) => {
                let mut others = root.keys().filter(|key| key.get_ref() != TABLE);
                if let Some(key) = others.find(|key| !is_setting(key.get_ref())) {
                    let what =
                        format!("`{}` stands outside [map]: move it there", shown(key.get_ref()));
                    return Err(reader.error(key.span(), what));
                }
                table
            }
            Some((span, _)) => return Err(reader.error(span, "`map` must be a table: [map]")),
        };
        for entry in entries(table) {
            reader.entry(entry)?;
        }
        Ok(reader.found)
    }
}

/// Returns the entries of a table in the order of the file.
fn entries<'k, 't>(table: &'k DeTable<'t>) -> Vec<Entry<'k, 't>> {
    let entry = |(key, value): (&'k Spanned<_>, &'k Spanned<DeValue<'t>>)| {
        let key: &'k Spanned<std::borrow::Cow<'t, str>> = key;
        (key.get_ref().as_ref(), key.span(), value.get_ref())
    };
    let mut all: Vec<Entry<'k, 't>> = table.iter().map(entry).collect();
    all.sort_by_key(|(_, span, _)| span.start);
    all
}

impl MapReader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        line_of(self.text, span.start)
    }

    fn error(&self, span: Range<usize>, what: impl Display) -> MapFileError {
        MapFileError {
            file: self.file.to_owned(),
            line: self.line(&span),
            what: what.to_string(),
            names_unknown_field: false,
        }
    }

    /// Reads an entry: a field, the columns to ignore, or the condition of rows.
    fn entry(&mut self, (key, span, value): Entry<'_, '_>) -> Result<(), MapFileError> {
        if key == IGNORE {
            return self.ignored_columns(&span, value);
        }
        if key == WHERE {
            let DeValue::String(text) = value else {
                let what = "where must be a condition in quotes, such as \"Status != 'left'\"";
                return Err(self.error(span, what));
            };
            let filter = text.parse().map_err(|error| {
                self.error(span.clone(), format!("where = {:?}: {error}", shown(text)))
            })?;
            self.found.values.filter = Some(filter);
            self.note_place(WHERE, &span);
            return Ok(());
        }
        let Some(field) = Field::from_name(key) else {
            let near = near_field(key);
            let question = near.map_or_else(String::new, |near| format!(". Did you mean {near}?"));
            let what = format!("`{}` is not a field{question}", shown(key));
            let names_unknown_field = near.is_none();
            return Err(MapFileError { names_unknown_field, ..self.error(span, what) });
        };
        if self.found.values.place(field.name()).is_some() {
            return Err(self.error(span, format!("{} is mapped a second time", field.name())));
        }
        self.note_place(field.name(), &span);
        match value {
            DeValue::String(text) if JoinTemplate::is_meant(text) => self.join(field, span, text),
            DeValue::String(text) => self.column(field, span, text),
            DeValue::Table(rule) => self.rule(field, &span, rule),
            _ => Err(self.error(
                span,
                format!(
                    "{} must be the name of a column in quotes, or a table such as {{ column = \
                     \"Land\" }}",
                    field.name()
                ),
            )),
        }
    }

    fn ignored_columns(
        &mut self,
        span: &Range<usize>,
        value: &DeValue<'_>,
    ) -> Result<(), MapFileError> {
        let what = "ignore must be a list of columns in quotes, such as [\"Exit date\"]";
        let DeValue::Array(columns) = value else { return Err(self.error(span.clone(), what)) };
        for column in columns.iter().map(Spanned::get_ref) {
            let DeValue::String(column) = column else {
                return Err(self.error(span.clone(), what));
            };
            self.found.ignore.push(column.trim().to_owned());
        }
        Ok(())
    }

    fn note_place(&mut self, key: &str, span: &Range<usize>) {
        let place = format!("{}, line {}", self.file, self.line(span));
        self.found.values.places.push((key.to_owned(), place));
    }

    fn column(&mut self, field: Field, span: Range<usize>, name: &str) -> Result<(), MapFileError> {
        if plain(name).is_empty() {
            return Err(self.error(span, format!("{} names no column", field.name())));
        }
        self.found.map.push((field, name.trim().to_owned()));
        Ok(())
    }

    fn join(&mut self, field: Field, span: Range<usize>, text: &str) -> Result<(), MapFileError> {
        let template = text.parse().map_err(|error| {
            self.error(span, format!("{} = {:?}: {error}", field.name(), shown(text)))
        })?;
        self.found.values.joins.push((field, template));
        Ok(())
    }

    /// Reads what becomes of a field: `{ column = "Land", values = { … }, default = "DE" }`.
    fn rule(
        &mut self,
        field: Field,
        place: &Range<usize>,
        rule: &DeTable<'_>,
    ) -> Result<(), MapFileError> {
        let mut translation: Option<Translation> = None;
        let mut others = None;
        if let Some((one, other)) = excluding_keys(rule) {
            let what = format!("{}: `{one}` and `{other}` exclude each other", field.name());
            return Err(self.error(place.clone(), what));
        }
        for (key, span, value) in entries(rule) {
            match (key, value) {
                ("values", DeValue::Table(values)) => {
                    translation = Some(self.translation(field, values)?);
                }
                ("column", DeValue::String(text)) => self.column(field, span, text)?,
                ("join", DeValue::String(text)) => self.join(field, span, text)?,
                ("set" | "default", _) if field.names_somebody() => {
                    let what = format!(
                        "{}: `{key}` is not allowed, because the value names a user or group, so \
                         rows cannot share it",
                        field.name()
                    );
                    return Err(self.error(span, what));
                }
                ("set" | "default", DeValue::String(text)) if !text.trim().is_empty() => {
                    self.found.values.defaults.push((field, text.trim().to_owned()));
                }
                ("others", DeValue::String(text)) if text == "keep" => {
                    others = Some((span, OtherValues::Kept));
                }
                ("others", DeValue::String(text)) if text == "refuse" => {
                    others = Some((span, OtherValues::Refused));
                }
                _ => return Err(self.error(span, wrong_key(field, key))),
            }
        }
        match (translation, others) {
            (Some(translation), others) => {
                let others = others.map_or_else(OtherValues::default, |(_, others)| others);
                let translation = Translation { others, ..translation };
                self.found.values.translations.push((field, translation));
            }
            (None, Some((span, _))) => {
                let what = format!("{}: `others` needs `values`", field.name());
                return Err(self.error(span, what));
            }
            (None, None) => {}
        }
        if rule.is_empty() {
            return Err(self.error(place.clone(), format!("{}: the table is empty", field.name())));
        }
        Ok(())
    }

    fn translation(&self, field: Field, values: &DeTable<'_>) -> Result<Translation, MapFileError> {
        let mut translation = Translation::default();
        let mut first_keys = HashMap::new();
        for (key, span, value) in entries(values) {
            let DeValue::String(meaning) = value else {
                let what = format!(
                    "{}: the translation of `{}` must be in quotes",
                    field.name(),
                    shown(key)
                );
                return Err(self.error(span, what));
            };
            if folded(key).is_empty() {
                let what =
                    format!("{}: an empty cell has no translation: use `default`", field.name());
                return Err(self.error(span, what));
            }
            if let Some(other) = first_keys.insert(folded(key), key) {
                let what = format!(
                    "{}: `{}` and `{}` are the same value, because letter case and blanks do not \
                     count: remove one",
                    field.name(),
                    shown(other),
                    shown(key)
                );
                return Err(self.error(span, what));
            }
            translation.values.push((key.trim().to_owned(), meaning.trim().to_owned()));
        }
        Ok(translation)
    }
}

/// Returns the field that a key probably means.
fn near_field(key: &str) -> Option<&'static str> {
    let wanted = plain(key);
    let near = Field::ALL
        .into_iter()
        .map(|field| (strsim::osa_distance(&plain(field.name()), &wanted), field.name()))
        .chain([(strsim::osa_distance(WHERE, &wanted), WHERE)])
        .min();
    near.filter(|(slips, _)| *slips <= 2).map(|(_, near)| near)
}

/// Describes a key of a rule that is unknown, or that has a value of a wrong kind.
fn wrong_key(field: Field, key: &str) -> String {
    let field = field.name();
    let what = match key {
        "column" => "must be the name of a column in quotes",
        "join" => "must be a text in quotes, with columns in braces",
        "set" | "default" => "must be a value in quotes",
        "values" => "must be a table such as { \"Deutschland\" = \"DE\" }",
        "others" => "must be \"keep\" or \"refuse\"",
        _ => {
            let near =
                KEYS.into_iter().map(|known| (strsim::osa_distance(known, key), known)).min();
            return match near.filter(|(slips, _)| *slips <= 2) {
                Some((_, near)) => {
                    format!("{field}: `{}` is not known. Did you mean {near}?", shown(key))
                }
                None => {
                    format!(
                        "{field}: `{}` is not known; write one of {}",
                        shown(key),
                        KEYS.join(", ")
                    )
                }
            };
        }
    };
    format!("{field}: `{key}` {what}")
}

/// Returns a text of the file as it may be quoted.
fn shown(text: &str) -> String {
    without_secret(text).chars().take(80).collect()
}

/// Returns two keys of a rule that exclude each other.
fn excluding_keys(rule: &DeTable<'_>) -> Option<(&'static str, &'static str)> {
    let has = |key: &str| rule.keys().any(|other| other.get_ref() == key);
    [("column", "join"), ("set", "column"), ("set", "join"), ("set", "values"), ("set", "default")]
        .into_iter()
        .find(|(one, other)| has(one) && has(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<MapFile, MapFileError> {
        MapFile::read("hr.toml", text, |key| key == "rate")
    }

    fn error(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn mapping_is_the_file_or_its_table() {
        let whole = read("email = \"Mail\"\nwhere = \"Mail is not empty\"\n").unwrap();
        let table =
            read("rate = \"off\"\n[map]\nemail = \"Mail\"\nwhere = \"Mail is not empty\"\n");
        let table = table.unwrap();
        assert_eq!((&whole.map, &whole.values.filter), (&table.map, &table.values.filter));
        assert_eq!(table.values.place("where"), Some("hr.toml, line 4"));
        assert_eq!(read("\u{feff}email = \"Mail\"").unwrap().map.len(), 1);
    }

    #[test]
    fn rules_are_read() {
        let found = read(
            "email = \"{first}@a.com\"\nfirst_name = { column = \"we{ird}\" }\n\
             [country]\ncolumn = \"Land\"\ndefault = \"DE\"\nothers = \"keep\"\n\
             [country.values]\n\"Österreich\" = \"AT\"\n",
        )
        .unwrap();
        assert_eq!(
            found.map,
            [(Field::Firstname, "we{ird}".to_owned()), (Field::Country, "Land".to_owned())]
        );
        assert_eq!(found.values.joins.len(), 1);
        assert_eq!(found.values.defaults, [(Field::Country, "DE".to_owned())]);
        assert_eq!(found.values.translations[0].1.others, OtherValues::Kept);
    }

    #[test]
    fn errors_name_line_key_and_advice() {
        for (text, words) in [
            (
                "email = \"a\"\ncontry = \"b\"",
                "line 2: `contry` is not a field. Did you mean country?",
            ),
            ("", "line 1: there is no entry"),
            ("# email = \"Mail\"\n", "line 1: there is no entry"),
            ("shoe = \"b\"", "line 1: `shoe` is not a field"),
            ("\nemail = 3", "line 2: email must be the name of a column in quotes"),
            ("email = \"\"", "line 1: email names no column"),
            ("email = \"{a\"", "line 1: email = \"{a\": a { or } stands alone"),
            ("where = \"a > 'b'\"", "line 1: where = \"a > 'b'\": write =, !="),
            ("where = 1", "where must be a condition in quotes"),
            ("[map]\nemail = \"a\"\n[maps]\n", "line 3: `maps` stands outside [map]"),
            ("map = 1", "`map` must be a table"),
            ("email = \"a\"\nE-mail = \"b\"", "line 2: email is mapped a second time"),
            ("country = { colum = \"a\" }", "country: `colum` is not known. Did you mean column?"),
            ("country = { xyz = \"a\" }", "write one of column, join, set, default"),
            ("country = { set = \"a\", column = \"b\" }", "`set` and `column` exclude each other"),
            ("country = { column = \"a\", others = \"keep\" }", "`others` needs `values`"),
            ("country = { values = { \"a\" = 1 } }", "the translation of `a` must be in quotes"),
            ("country = { values = { \"A\" = \"x\", \"a \" = \"y\" } }", "are the same value"),
            ("country = { values = { \" \" = \"x\" } }", "use `default`"),
            ("country = { values = \"x\" }", "`values` must be a table such as"),
            ("email = { column = \"a\", default = \"b\" }", "email: `default` is not allowed"),
            ("country = {}", "the table is empty"),
            ("email = \"a\nb", "line 1: "),
        ] {
            let said = error(text);
            assert!(said.starts_with("hr.toml, line ") && said.contains(words), "{text}: {said}");
        }
    }

    #[test]
    fn byte_order_mark_moves_no_line() {
        for end in ["", "# Menü\r\n", "\n"] {
            let text = format!("\u{feff}{end}\nemail = 1\n");
            let line = text.matches('\n').count();
            assert!(error(&text).starts_with(&format!("hr.toml, line {line}: ")), "{text:?}");
            read(&format!("\u{feff}{end}email = \"Mail\"\n")).unwrap();
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\u{feff}?(email|country|where|map|\
            [\\[\\]{}=\"'., \n\raü-])*") {
            let _ = read(&text);
        }
    }
}
