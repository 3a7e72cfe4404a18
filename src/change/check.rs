//! The API's rules for single values.

use super::country;
use super::list::split;
use super::problem::Problems;
use crate::table::{Cells, Field};
use std::borrow::Cow;

/// Longest email address, in characters.
pub(super) const MAX_EMAIL: usize = 60;
/// Longest username, first or last name, in characters.
pub(super) const MAX_NAME: usize = 250;
/// Longest group name, in characters.
pub(super) const MAX_GROUP: usize = 255;

/// A cell's text without blanks around it; `None` when it says nothing.
pub(super) fn text<'a>(cells: &Cells<'a>, field: Field) -> Option<&'a str> {
    let cell = trimmed(cells.get(field));
    (!cell.is_empty()).then_some(cell)
}

/// Without blanks around it. Most cells have none: then one look at either end is enough.
pub(super) fn trimmed(cell: &str) -> &str {
    match cell.as_bytes() {
        [] => cell,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        _ => cell.trim(),
    }
}

/// Bytes are at least as many as characters: most texts need no counting.
fn longer_than(text: &str, most: usize) -> bool {
    text.len() > most && text.chars().count() > most
}

/// A text of limited length on one line.
pub(super) fn plain(field: &'static str, value: &str, most: usize, problems: &mut Problems) {
    if longer_than(value, most) {
        let length = value.chars().count();
        problems.add(field, "too_long", value, format!("has {length} characters, and {most} are the most"));
    }
    // Control characters are single bytes, or begin with C2: most texts have neither.
    let suspicious = value.bytes().any(|byte| byte < b' ' || byte == 0x7f || byte == 0xc2);
    if suspicious && value.chars().any(char::is_control) {
        problems.add(field, "control", value, "holds a line break or another control character: take it out");
    }
}

/// An email address: its form and its length.
pub(super) fn email(field: &'static str, value: &str, problems: &mut Problems) {
    if !is_email(value) {
        problems.add(field, "form", value, "is no email address: write name@example.com");
    } else if longer_than(value, MAX_EMAIL) {
        problems.add(field, "too_long", value, format!("has {} characters, and {MAX_EMAIL} are the most", value.chars().count()));
    }
}

/// `local@domain`: no blanks or control characters, one `@`, a domain with a dot and no empty parts. What else a mail server would refuse is left
/// to the API.
pub(super) fn is_email(value: &str) -> bool {
    if let Some(plain) = is_plain_email(value.as_bytes()) {
        return plain;
    }
    let Some((local, domain)) = value.split_once('@') else { return false };
    let bad =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"' | '(' | ')' | '[' | ']' | '\\' | ':');
    !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !value.chars().any(bad)
        && is_domain(domain)
}

/// The same for the letters, digits and few signs of which nearly all addresses are made, in one pass; `None` where there is anything else.
fn is_plain_email(value: &[u8]) -> Option<bool> {
    let (mut at, mut dot, mut before) = (false, false, b'.');
    for byte in value {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {}
            b'.' if matches!(before, b'.' | b'@') => return Some(false),
            b'.' => dot |= at,
            b'@' if at || before == b'.' => return Some(false),
            b'@' => at = true,
            _ => return None,
        }
        before = *byte;
    }
    // An underscore is fine before the @ and not behind it: leave that to the careful way.
    let underscore_behind = value.contains(&b'_') && value.iter().rposition(|b| *b == b'_') > value.iter().position(|b| *b == b'@');
    if underscore_behind { None } else { Some(at && dot && !matches!(before, b'.' | b'@')) }
}

/// A domain with a dot and no empty parts.
pub(super) fn is_domain(value: &str) -> bool {
    value.contains('.')
        && value.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || (!c.is_ascii() && c.is_alphanumeric()))
        })
}

/// A country's code in upper case.
pub(super) fn country<'a>(value: &'a str, problems: &mut Problems) -> Option<Cow<'a, str>> {
    let code = country::country(value);
    if code.is_none() {
        problems.add("country", "unknown", value, country::advice(value));
    }
    code
}

/// A list of names, or `None` when the cell says nothing.
pub(super) fn list<'a>(
    cells: &Cells<'a>,
    field: Field,
    name: &'static str,
    separator: char,
    problems: &mut Problems,
) -> Option<Vec<Cow<'a, str>>> {
    split(cells.get(field), separator).unwrap_or_else(|wrong| {
        problems.add(name, "list", cells.get(field).trim(), wrong);
        None
    })
}

/// Roles that a membership can be; others begin with `_` too, and the API does not take them.
const ROLE_PREFIXES: [&str; 3] = ["_admin_", "_product_admin_", "_developer_"];
const ROLES: [&str; 2] = ["_support_admin", "_deployment_admin"];

/// Memberships of a user: groups, profiles and the roles that the API can set.
pub(super) fn memberships(field: &'static str, names: &[Cow<'_, str>], problems: &mut Problems) {
    for name in names {
        plain(field, name, MAX_GROUP, problems);
        let named = |prefix: &&str| {
            name.len() > prefix.len() && name.is_char_boundary(prefix.len()) && name[..prefix.len()].eq_ignore_ascii_case(prefix)
        };
        if name.starts_with('_') && !ROLE_PREFIXES.iter().any(named) && !ROLES.iter().any(|role| role.eq_ignore_ascii_case(name)) {
            problems.add(
                field,
                "role",
                name,
                "cannot be set through the API: besides groups and profiles it takes _admin_NAME, _product_admin_NAME, _developer_NAME, _support_admin and _deployment_admin",
            );
        }
    }
}

/// The name of a user group that is to be made or changed.
pub(super) fn group_name(field: &'static str, name: &str, problems: &mut Problems) {
    plain(field, name, MAX_GROUP, problems);
    if name.starts_with('_') {
        problems.add(field, "form", name, "begins with _, which user groups' names must not");
    }
}
