//! The part of an import's configuration that its journal keeps: how the rows were read. Later
//! commands read the same rows with it. It has no paths, because a journal may be forged.

use crate::change::{Action, IdentityType, IfExists};
use crate::execute::RowRange;
use crate::import::config::{ConflictRule, EncodingSource, ImportConfig, ReadConfig};
use crate::table::{Charset, Field, InputDialect, ValueMapping};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the form below. A new field needs a default, and no new version: an older umbulk
/// refuses a field that it does not know, because it would read the rows differently.
const VERSION: u32 = 1;

/// The form in a journal, with the names that users type.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredForm {
    version: u32,
    dialect: Option<String>,
    map: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "ValueMapping::is_empty")]
    values: ValueMapping,
    action: Option<String>,
    overrides: Vec<(String, String)>,
    ignore: Vec<String>,
    header_row: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
    last_counts: bool,
    encoding: Option<String>,
    repair_mojibake: bool,
    delimiter: Option<u8>,
    list_separator: char,
    rows: Option<RowRange>,
    default_type: Option<IdentityType>,
    default_country: Option<String>,
    if_exists: IfExists,
    compares: bool,
}

/// How the rows of a journal were read.
#[derive(Debug, PartialEq)]
pub(crate) struct StoredConfig {
    pub(crate) read: ReadConfig,
    /// Whether only changes were sent.
    pub(crate) compares: bool,
}

/// Returns what the journal of an import keeps.
pub(crate) fn to_store(config: &ImportConfig) -> Value {
    let named = |pairs: &[(Field, String)]| {
        pairs.iter().map(|(field, text)| (field.name().to_owned(), text.clone())).collect()
    };
    let read = &config.read;
    let form = StoredForm {
        version: VERSION,
        dialect: read.dialect.map(|dialect| dialect.name().to_owned()),
        map: named(&read.map),
        values: read.values.clone(),
        action: read.action.map(|action| action.name().to_owned()),
        overrides: named(&read.overrides),
        ignore: read.ignore.clone(),
        header_row: read.header_row,
        sheet: read.sheet.clone(),
        last_counts: read.conflicts == ConflictRule::LastCounts,
        encoding: read.encoding.named().map(|charset| charset.name().to_owned()),
        repair_mojibake: read.repair_mojibake,
        delimiter: read.delimiter,
        list_separator: read.list_separator,
        rows: read.rows.clone(),
        default_type: read.default_type,
        default_country: read.default_country.clone(),
        if_exists: read.if_exists,
        compares: config.compares(),
    };
    serde_json::to_value(form).unwrap_or_default()
}

/// Why the rows of a journal cannot be read as they were before.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoredConfigError {
    #[error(
        "the journal cannot be used: it stores how its rows were read in format {0}, and this \
         umbulk reads format {VERSION}. Use the umbulk that imported the file"
    )]
    OtherVersion(u64),
    #[error(
        "the journal cannot be used: this umbulk does not understand how its rows were read. Use \
         the umbulk that imported the file"
    )]
    Damaged,
    #[error(
        "the journal cannot be used: it does not say how its rows were read. Use the umbulk that \
         imported the file"
    )]
    Absent,
}

impl StoredConfig {
    /// Reads what [`to_store`] wrote.
    ///
    /// # Errors
    /// When another version of umbulk wrote it, or it is damaged.
    pub(crate) fn read(stored: &Value) -> Result<Self, StoredConfigError> {
        match stored.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {
                let form = serde_json::from_value(stored.clone()).ok();
                form.and_then(StoredForm::understood).ok_or(StoredConfigError::Damaged)
            }
            Some(version) => Err(StoredConfigError::OtherVersion(version)),
            None => Err(StoredConfigError::Absent),
        }
    }
}

impl StoredForm {
    /// Converts the form; returns `None` if a name is unknown.
    fn understood(self) -> Option<StoredConfig> {
        let fields = |pairs: Vec<(String, String)>| {
            pairs
                .into_iter()
                .map(|(field, text)| Some((Field::from_name(&field)?, text)))
                .collect::<Option<Vec<_>>>()
        };
        let dialect = match self.dialect {
            Some(name) => Some(InputDialect::from_name(&name)?),
            None => None,
        };
        let action = match self.action {
            Some(name) => Some(Action::from_name(&name)?),
            None => None,
        };
        let encoding = match self.encoding {
            Some(name) => EncodingSource::Named(Charset::from_label(&name)?),
            None => EncodingSource::Detected,
        };
        let conflicts =
            if self.last_counts { ConflictRule::LastCounts } else { ConflictRule::NoneCounts };
        let read = ReadConfig {
            dialect,
            map: fields(self.map)?,
            values: self.values,
            action,
            overrides: fields(self.overrides)?,
            ignore: self.ignore,
            header_row: self.header_row,
            sheet: self.sheet,
            conflicts,
            encoding,
            repair_mojibake: self.repair_mojibake,
            delimiter: self.delimiter,
            list_separator: self.list_separator,
            // Its rows were accepted as they were read.
            separator_is_known: true,
            rows: self.rows,
            default_type: self.default_type,
            default_country: self.default_country,
            if_exists: self.if_exists,
            protect: None,
        };
        Some(StoredConfig { read, compares: self.compares })
    }
}
