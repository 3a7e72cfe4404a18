//! Parses the values of options. Errors say how to write them.

use crate::change::{Action, IdentityType, IfExists, country_advice, country_code};
use crate::cli::args::value_error::ValueError;
use crate::cli::pasted::pasted;
use crate::duration::{parse_age, parse_duration};
use crate::execute::Cap;
use crate::import::outputs::is_page;
use crate::table::{Charset, Field, InputDialect, JoinTemplate, UnwrittenEnding, WrittenForm};
use clap::builder::{OsStringValueParser, TypedValueParser};
use jiff::SignedDuration;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// `--encoding` as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodingArg {
    Named(Charset),
    /// What is detected.
    Auto,
}

/// `--max-errors` as typed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum MaxErrorsArg {
    Cap(Cap),
    Off,
}

/// Parses the path of a table that umbulk writes as text or as a workbook, which its ending
/// decides. A path need not be UTF-8.
pub(crate) fn table_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|text: OsString| {
        let path = PathBuf::from(text);
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let written = WrittenForm::of(&path).and_then(|_| match ending {
            Some(ending) if ["gz", "zst"].contains(&&*ending) => Err(UnwrittenEnding(ending)),
            _ => Ok(path),
        });
        written.map_err(|error| {
            ValueError::from(format!("{error}; name a file that ends in .csv or .xlsx"))
        })
    })
}

/// Parses the path of a table, or of a page of HTML.
pub(crate) fn table_or_page_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|text: OsString| -> Result<_, ValueError> {
        let path = PathBuf::from(text);
        match WrittenForm::of(&path) {
            Err(error) if !is_page(&path) => {
                Err(format!("{error}; name a file that ends in .csv, .xlsx or .html").into())
            }
            _ if path.extension().is_some_and(|ending| ending == "gz" || ending == "zst") => {
                Err("compressed files are not written here; name a file that ends in .csv, .xlsx \
                     or .html"
                    .into())
            }
            _ => Ok(path),
        }
    })
}

/// Parses the path of a page of HTML.
pub(crate) fn page_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|text: OsString| -> Result<_, ValueError> {
        let path = PathBuf::from(text);
        match is_page(&path) {
            true => Ok(path),
            false => Err("the report is a page: name a file that ends in .html".into()),
        }
    })
}

fn one_of<T: Copy>(
    text: &str,
    what: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
    from: impl Fn(&str) -> Option<T>,
) -> Result<T, ValueError> {
    from(text).ok_or_else(|| {
        let names = all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
        format!("{what} is one of {names}").into()
    })
}

/// Reads the name of a dialect.
pub(crate) fn dialect(text: &str) -> Result<InputDialect, ValueError> {
    one_of(text, "a dialect", &InputDialect::ALL, InputDialect::name, InputDialect::from_name)
}

/// Reads the name of an action.
pub(crate) fn action(text: &str) -> Result<Action, ValueError> {
    one_of(text, "an action", &Action::ALL, Action::name, Action::from_name)
}

/// Reads an identity type.
pub(crate) fn identity(text: &str) -> Result<IdentityType, ValueError> {
    IdentityType::from_name(text)
        .ok_or_else(|| "an identity type is adobeID, enterpriseID or federatedID".into())
}

/// Reads what happens to users who exist.
pub(crate) fn if_exists(text: &str) -> Result<IfExists, ValueError> {
    IfExists::from_name(text).ok_or_else(|| "write ignore, update or error".into())
}

/// Reads `FIELD=COLUMN`.
pub(crate) fn mapping(text: &str) -> Result<(Field, String), ValueError> {
    let (field, column) = text.split_once('=').ok_or("write FIELD=COLUMN, e.g. email=Mail")?;
    let field = Field::from_name(field.trim()).ok_or_else(|| {
        format!("`{}` is not a field; `umbulk template native` shows the fields", field.trim())
    })?;
    Ok((field, column.trim().to_owned()))
}

/// Reads `FIELD=VALUE`.
pub(crate) fn overriding(text: &str) -> Result<(Field, String), ValueError> {
    let (field, value) = text.split_once('=').ok_or("write FIELD=VALUE, e.g. action=delete")?;
    let field = Field::from_name(field.trim()).ok_or_else(|| {
        format!("`{}` is not a field; `umbulk template native` shows the fields", field.trim())
    })?;
    if field == Field::Action {
        action(value.trim())?;
    }
    if value.parse::<JoinTemplate>().is_ok() {
        let alone = value.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let column = alone.filter(|name| !name.contains(['{', '}'])).unwrap_or(value.trim());
        return Err(format!(
            "a value is the same in all rows; to read or join columns, use --map {}",
            pasted(&format!("{}={column}", field.name()))
        )
        .into());
    }
    Ok((field, value.trim().to_owned()))
}

/// Parses `FIELD=VALUE` for rows that have no value of the field.
pub(crate) fn setting(text: &str) -> Result<(Field, String), ValueError> {
    let (field, value) = overriding(text).map_err(|error| match text.contains('=') {
        true => error,
        false => "write FIELD=VALUE, e.g. groups=\"Students 26\"".into(),
    })?;
    if field.names_somebody() {
        return Err(
            format!("{} names a user or group, so rows cannot share it", field.name()).into()
        );
    }
    if value.is_empty() {
        return Err(format!("write a value after {}=", field.name()).into());
    }
    Ok((field, value))
}

/// Reads the name of an encoding, or `auto`.
pub(crate) fn encoding(text: &str) -> Result<EncodingArg, ValueError> {
    if text.trim().eq_ignore_ascii_case("auto") {
        return Ok(EncodingArg::Auto);
    }
    Charset::from_label(text).map(EncodingArg::Named).ok_or_else(|| {
        "no such encoding is known; try auto, utf-8, windows-1252, cp850 or utf-16le".into()
    })
}

/// Reads a delimiter: a character, or its name.
pub(crate) fn delimiter(text: &str) -> Result<u8, ValueError> {
    match (text.to_ascii_lowercase().as_str(), text.as_bytes()) {
        ("comma", _) => Ok(b','),
        ("semicolon", _) => Ok(b';'),
        ("tab" | "\\t", _) => Ok(b'\t'),
        ("pipe", _) => Ok(b'|'),
        (_, [one @ (b',' | b';' | b'\t' | b'|')]) => Ok(*one),
        _ => Err("write comma, semicolon, tab or pipe".into()),
    }
}

/// Reads the character between the names of a list.
pub(crate) fn separator(text: &str) -> Result<char, ValueError> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) if !one.is_alphanumeric() => Ok(one),
        _ => Err("write one character, e.g. ;".into()),
    }
}

/// Reads a number or share of rows, or `off`.
pub(crate) fn max_errors(text: &str) -> Result<MaxErrorsArg, ValueError> {
    if text.trim().eq_ignore_ascii_case("off") {
        Ok(MaxErrorsArg::Off)
    } else {
        text.parse::<Cap>()
            .map(MaxErrorsArg::Cap)
            .map_err(|error| ValueError::from(error.to_string()))
    }
}

/// Reads a country as its code.
pub(crate) fn country(text: &str) -> Result<String, ValueError> {
    let written = text.trim();
    country_code(written)
        .map(ToOwned::to_owned)
        .ok_or_else(|| format!("`{text}` {}", country_advice(written)).into())
}

/// Parses a duration such as `180`, `180s`, `1500ms`, `90m`, `1h 30m` or `0`.
pub(crate) fn seconds_or_none(text: &str) -> Result<Duration, ValueError> {
    parse_duration(text).ok_or_else(|| "write a time such as 180, 1500ms, 90m or 2h".into())
}

/// Parses a duration other than `0`.
pub(crate) fn seconds(text: &str) -> Result<Duration, ValueError> {
    seconds_or_none(text).and_then(|time| match time.is_zero() {
        true => Err("write a time such as 180, 1500ms, 90m or 2h".into()),
        false => Ok(time),
    })
}

/// Parses an age such as `90d`, `12w` or `36h`.
pub(crate) fn age(text: &str) -> Result<SignedDuration, ValueError> {
    parse_age(text).ok_or_else(|| "write an age such as 90d, 12w or 36h".into())
}

/// Parses an address to listen on; a port alone is on loopback.
pub(crate) fn listened(text: &str) -> Result<SocketAddr, ValueError> {
    let port = text.trim_start_matches(':').parse::<u16>().ok();
    let on_loopback = port.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let wrong =
        || format!("`{text}` is neither a port (9100) nor an address with one (10.0.0.5:9100)");
    on_loopback.or_else(|| text.parse().ok()).ok_or_else(|| wrong().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_alone_is_on_loopback() {
        let shown = |text: &str| listened(text).map(|address| address.to_string());
        assert_eq!(shown("9100"), Ok("127.0.0.1:9100".to_owned()));
        assert_eq!(shown(":9100"), Ok("127.0.0.1:9100".to_owned()));
        assert_eq!(shown("[::1]:0"), Ok("[::1]:0".to_owned()));
        assert!(shown("example.com").is_err());
    }
}
