//! Turns JSON values into cells.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::fault::JsonFault;

/// Returns a value as a cell.
pub(super) fn cell(json: &str) -> Result<Cow<'_, str>, JsonFault> {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json)
            .map(|JsonWords(text)| text)
            .map_err(|_| JsonFault::NotAnObject),
        Some(b'n') => Ok(Cow::Borrowed("")),
        Some(b'{') | None => Err(JsonFault::Nested),
        Some(b'[') => {
            let list: Vec<&RawValue> =
                serde_json::from_str(json).map_err(|_| JsonFault::NotAnObject)?;
            let entry = |value: &'_ RawValue| match value.get().as_bytes().first() {
                Some(b'n' | b'[' | b'{') => Err(JsonFault::Nested),
                _ => cell(value.get()).map(Cow::into_owned),
            };
            let entries: Vec<String> = list.into_iter().map(entry).collect::<Result<_, _>>()?;
            serde_json::to_string(&entries).map(Cow::Owned).map_err(|_| JsonFault::Nested)
        }
        Some(b't' | b'f') => Ok(Cow::Borrowed(json)),
        Some(_) => Ok(number(json)),
    }
}

/// Returns a number as a cell. An exponent is written out, as spreadsheets do, because the text
/// `1e5` may be a username.
fn number(json: &str) -> Cow<'_, str> {
    match json.split_once(['e', 'E']) {
        Some((number, exponent)) if exponent.starts_with(|c: char| c.is_ascii_digit()) => {
            Cow::Owned(format!("{number}E+{exponent}"))
        }
        _ => Cow::Borrowed(json),
    }
}

/// A text of JSON.
#[derive(Deserialize)]
pub(super) struct JsonWords<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);
