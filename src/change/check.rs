//! Checks the form of single values.
//!
//! Lengths are counted in characters. Sources: Adobe's documentation, ActionsCmds ("User
//! Information Fields", "Add/Remove Attributes") and ErrorRef (`error.user.email.invalid`,
//! `error.command.string.too_long`); the length of group names from Adobe's client.

use super::list::separator_in;
use super::plain_address::is_plain_address;
use super::roles::{NOT_A_ROLE, is_role};
use super::text::{holds_control, seen_in};
use crate::table::{Field, described_char, invisible_inside};
use memchr::{memchr, memchr_iter};

/// Characters of an email address.
const EMAIL_MAX: usize = 60;
/// Characters of a `user`, a username or a domain.
const USER_MAX: usize = 250;
/// Characters of a first or last name.
const NAME_MAX: usize = 250;
/// Characters of the name of a group or profile.
const GROUP_MAX: usize = 255;

/// A value that is not valid.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ValueFault {
    pub(super) reason: &'static str,
    /// What is wrong, and what would be right.
    pub(super) advice: String,
}

type CheckedValue = Result<(), ValueFault>;

fn fault(reason: &'static str, advice: impl Into<String>) -> CheckedValue {
    Err(ValueFault { reason, advice: advice.into() })
}

/// Checks an email address. Letters outside ASCII are refused, because they are usually slips
/// (`ann@exаmple.com` with a Cyrillic letter) that nobody sees.
pub(super) fn email(text: &str) -> CheckedValue {
    // A text in the form of an address has no control character.
    if !is_email(text) {
        no_control(text)?;
        email_form(text)?;
    }
    no_longer_than(text, EMAIL_MAX)
}

/// Checks a username: an email address, or any other text without `@`.
pub(super) fn username(text: &str) -> CheckedValue {
    no_control(text)?;
    if text.contains('@') {
        email_form(text)?;
    } else if let Some(c) = invisible_inside(text) {
        return invisible(c);
    }
    no_longer_than(text, USER_MAX)
}

/// Checks the domain of a user that is not an email address.
pub(super) fn domain(text: &str) -> CheckedValue {
    no_control(text)?;
    if !is_domain(text) {
        return fault("form", "is not a domain; write it like example.com");
    }
    no_longer_than(text, USER_MAX)
}

/// Checks a first or last name.
pub(super) fn person(text: &str) -> CheckedValue {
    no_control(text)?;
    no_longer_than(text, NAME_MAX)
}

/// Checks the name of a user group that is created, changed or deleted.
pub(super) fn group(text: &str) -> CheckedValue {
    no_control(text)?;
    if text.starts_with('_') {
        return fault(
            "underscore",
            "begins with `_`, which is reserved for administrative groups; name a user group",
        );
    }
    no_longer_than(text, GROUP_MAX)
}

/// Checks the description of a user group, which may have several lines.
pub(super) fn description(text: &str) -> CheckedValue {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return fault("control", "contains a control character; remove it");
    }
    Ok(())
}

/// Checks a user's membership: a user group, a product profile, or one of the roles that the API
/// can add and remove.
pub(super) fn membership(text: &str) -> CheckedValue {
    no_control_in_list(text)?;
    if text.starts_with('_') && !is_role(text) {
        return fault("role", NOT_A_ROLE);
    }
    if is_of_directory(text) {
        return fault(
            "distinguished_name",
            "is a part of a name in a directory: write the names of the groups alone, as Adobe has \
             them",
        );
    }
    no_longer_than(text, GROUP_MAX)
}

/// Whether a text begins with an attribute of a name in a directory: `CN=Design` (RFC 4514).
fn is_of_directory(text: &str) -> bool {
    let attribute = text.split_once('=').map(|(attribute, _)| attribute.trim());
    let is_attribute = |attribute: &str| {
        ["cn", "ou", "dc", "uid"].iter().any(|known| attribute.eq_ignore_ascii_case(known))
    };
    attribute.is_some_and(is_attribute)
}

/// Checks a product profile of a user group.
pub(super) fn profile(text: &str) -> CheckedValue {
    no_control_in_list(text)?;
    if text.starts_with('_') {
        return fault(
            "role",
            "begins with `_`, so it is an administrative group; name a product profile",
        );
    }
    no_longer_than(text, GROUP_MAX)
}

/// Checks a user of a user group.
pub(super) fn member(text: &str) -> CheckedValue {
    no_control_in_list(text)?;
    if text.matches('@').count() > 1
        && let Some(separator) = separator_in(text)
    {
        return fault(
            "form",
            format!(
                "holds several addresses with {separator} between them; write the list separator \
                 there, which is a comma unless you choose another"
            ),
        );
    }
    username(text)
}

/// Whether a text passes the check of its field if it is
/// [plainly a value](super::plain_cell::is_plain): it has no control character, and does not begin
/// with `_`. Only addresses, names of users and domains have a form.
pub(super) fn passes_if_plain(field: Field, text: &str) -> bool {
    let has_form = matches!(
        field,
        Field::Email
            | Field::Username
            | Field::Domain
            | Field::NewEmail
            | Field::NewUsername
            | Field::Users
            | Field::RemoveUsers
    );
    !has_form && text.len() <= NAME_MAX
}

fn invisible(c: char) -> CheckedValue {
    fault(
        "invisible",
        format!(
            "contains {}, which is invisible; type it again instead of copying it",
            described_char(c)
        ),
    )
}

/// Whether it is a Latin letter beyond ASCII, or a mark on one. Domains may have them.
fn is_latin(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{300}'..='\u{36f}')
}

/// Refuses a letter of an email address that no mail program of its owner would have written.
fn beyond_ascii(c: char) -> CheckedValue {
    let (reason, what) = if is_latin(c) {
        ("non_ascii", "which email addresses cannot have")
    } else {
        ("script", "a letter of another script")
    };
    fault(
        reason,
        format!("contains `{c}` (U+{:04X}), {what}; write it like ann@example.com", u32::from(c)),
    )
}

fn no_control(text: &str) -> CheckedValue {
    if holds_control(text) {
        fault("control", "contains a line break or another control character; remove it")
    } else {
        Ok(())
    }
}

fn no_control_in_list(text: &str) -> CheckedValue {
    if holds_control(text) {
        return fault(
            "control",
            "contains a line break or another control character; write the names on one line, \
             with the list separator between them",
        );
    }
    Ok(())
}

fn no_longer_than(text: &str, max: usize) -> CheckedValue {
    if text.len() <= max {
        return Ok(());
    }
    match text.chars().count() {
        count if count > max => {
            fault("too_long", format!("has {count} characters; {max} are allowed"))
        }
        _ => Ok(()),
    }
}

/// Whether something stands in front of an address: programs and people switch a row off with it,
/// and spreadsheets mark text with an apostrophe. Before the begin of a formula, the apostrophe of
/// a spreadsheet is removed when a cell is read, so that one is part of the address.
fn has_mark_in_front(text: &str) -> bool {
    match text.as_bytes() {
        [b'\'', b'=' | b'+' | b'-' | b'@', ..] => false,
        [b'#' | b'\'' | b'*' | b'%', ..] | [b'-', b'-', ..] | [b'/', b'/', ..] => true,
        _ => false,
    }
}

fn is_email(text: &str) -> bool {
    is_plain_address(text) || is_email_by_its_parts(text)
}

fn is_email_by_its_parts(text: &str) -> bool {
    !has_mark_in_front(text)
        && memchr(b'@', text.as_bytes())
            .is_some_and(|at| is_local_part(&text[..at]) && is_domain(&text[at + 1..]))
}

fn email_form(text: &str) -> CheckedValue {
    const LIKE: &str = "write it like ann@example.com";
    // Such accounts exist, from before Adobe checked addresses.
    const ALL_THE_SAME: &str = "if an account has this address all the same, give its username and \
                                domain instead, or change it in the Admin Console";
    let Some((local, domain)) = text.split_once('@') else {
        return fault("form", format!("has no @; {LIKE}"));
    };
    let wrong = if is_email(text) {
        return Ok(());
    } else if local.starts_with('#') {
        "begins with #, which marks a row as switched off"
    } else if local.starts_with('\'') {
        "begins with an apostrophe, which spreadsheets put before text"
    } else if has_mark_in_front(local) {
        "begins with a mark that switches rows off"
    } else if domain.contains('@') {
        "has more than one @"
    } else if local.is_empty() {
        "has nothing before the @"
    } else if let Some(c) = invisible_inside(text) {
        return invisible(c);
    } else if text.contains(char::is_whitespace) {
        "contains a space"
    } else if let Some(c) =
        local.chars().chain(domain.chars().filter(|c| !is_latin(*c))).find(|c| !c.is_ascii())
    {
        return beyond_ascii(c);
    } else if !has_marks_of_a_local_part(local) {
        "contains a character that email addresses cannot have"
    } else if local.starts_with('.') {
        "begins with a dot"
    } else if local.ends_with('.') {
        "has a dot just before the @"
    } else if local.contains("..") {
        "has two dots in a row before the @"
    } else if !domain.contains('.') {
        "has no dot in its domain"
    } else {
        "has an invalid domain"
    };
    match is_address_of_some(local) {
        true => fault("form", format!("{wrong}; {LIKE}; {ALL_THE_SAME}")),
        false => fault("form", format!("{wrong}; {LIKE}")),
    }
}

/// Whether accounts may have an address with this part before the `@`, though it is hardly meant.
fn is_address_of_some(local: &str) -> bool {
    let name = local.strip_prefix('\'').unwrap_or(local);
    !is_local_part(local) && has_marks_of_a_local_part(name) || name.len() < local.len()
}

/// Whether it is the part before the `@`: words with single dots between them (RFC 5322).
fn is_local_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    has_marks_of_a_local_part(text)
        && !bytes.starts_with(b".")
        && !bytes.ends_with(b".")
        && memchr_iter(b'.', bytes).all(|at| bytes[at + 1] != b'.')
}

/// Whether it has only the unquoted characters of RFC 5322.
fn has_marks_of_a_local_part(text: &str) -> bool {
    static NOT_ALLOWED: [u8; 256] = all_but_letters_and(b"!#$%&'*+/=?^_`{|}~-.");
    !text.is_empty() && seen_in(text.as_bytes(), &NOT_ALLOWED) == 0
}

/// Returns 0 for each byte that is a letter or digit of ASCII, or one of these marks, and 1 for the
/// others.
const fn all_but_letters_and(marks: &[u8]) -> [u8; 256] {
    let mut others = [1; 256];
    let mut i = 0;
    while i < 256 {
        if (i as u8).is_ascii_alphanumeric() {
            others[i] = 0;
        }
        i += 1;
    }
    i = 0;
    while i < marks.len() {
        others[marks[i] as usize] = 0;
        i += 1;
    }
    others
}

/// Whether it has at least two labels with a dot between them, of letters, digits and inner
/// hyphens.
fn is_domain(text: &str) -> bool {
    if text.is_ascii() { is_ascii_domain(text.as_bytes()) } else { is_latin_domain(text) }
}

/// Whether it is a valid domain in ASCII, as most are.
fn is_ascii_domain(text: &[u8]) -> bool {
    const LABEL_MAX: usize = 63;
    static OUTSIDE: [u8; 256] = all_but_letters_and(b"-.");
    let is_label = |label: &[u8]| {
        (1..=LABEL_MAX).contains(&label.len()) && !label.starts_with(b"-") && !label.ends_with(b"-")
    };
    if seen_in(text, &OUTSIDE) != 0 {
        return false;
    }
    let mut begin = 0;
    for at in memchr_iter(b'.', text) {
        if !is_label(&text[begin..at]) {
            return false;
        }
        begin = at + 1;
    }
    begin > 0 && is_label(&text[begin..])
}

/// Checks a domain that may have Latin letters beyond ASCII.
fn is_latin_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.starts_with('-')
            && !label.ends_with('-')
            && (1..=63).contains(&label.len())
            && (label.bytes().all(is_inner)
                || label.chars().all(|c| is_inner(u8::try_from(c).unwrap_or(0)) || is_latin(c)))
    };
    text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(checked: CheckedValue) -> &'static str {
        checked.map_or_else(|fault| fault.reason, |()| "ok")
    }

    #[test]
    fn separator_of_other_programs_between_members_is_named() {
        for (text, separator) in [("ann@x.com;bob@x.com", "; between"), ("a@x.com | b@x.com", "| ")]
        {
            let fault = member(text).unwrap_err();
            assert!(fault.advice.contains(separator), "{text}: {}", fault.advice);
        }
        assert!(member("a@b@c.com").unwrap_err().advice.contains("more than one @"));
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        for (text, said) in [
            ("ann", "has no @"),
            ("@b.co", "has nothing before the @"),
            ("a@b@c.co", "has more than one @"),
            ("a b@c.co", "contains a space"),
            ("a,b@c.co", "contains a character that email addresses cannot have"),
            (".@b.co", "begins with a dot"),
            (".a@b.co", "begins with a dot"),
            ("ab.@b.co", "has a dot just before the @"),
            ("a..b@b.co", "has two dots in a row before the @"),
            ("a@b", "has no dot in its domain"),
            ("a@b..co", "has an invalid domain"),
        ] {
            let fault = email(text).unwrap_err();
            assert!(fault.advice.contains(said), "{text}: {}", fault.advice);
        }
    }

    proptest::proptest! {
        #[test]
        fn domains_in_ascii_follow_the_rules_of_all(text in "[a-b0.-]{0,12}|(a{60,64}\\.?){1,2}|[ \
            -~]{0,4}") {
            proptest::prop_assert_eq!(is_domain(&text), is_latin_domain(&text), "{}", text);
        }

        #[test]
        fn plain_addresses_are_addresses_by_their_parts(
            text in "[aZ9]{1,3}([._-]{0,2}[aZ9]{1,2}){0,2}@{1,2}[aZ9]{1,3}([._-]{1,2}[aZ9]{0,2}\
                     ){0,3}|[a@.é_-]{0,8}|a{50,56}@b{1,9}[.]c",
        ) {
            proptest::prop_assert!(!is_plain_address(&text) || is_email_by_its_parts(&text), "{}",
                text);
        }

        #[test]
        fn what_is_an_address_holds_no_control_character(text in "[a@.\t\n\u{85}\u{2028}é-]{0,8}") {
            proptest::prop_assert_eq!(
                email(&text),
                no_control(&text).and_then(|()| email_form(&text)),
                "{:?}", text
            );
        }
    }

    #[test]
    fn an_email_address_has_one_at_a_local_part_and_a_domain() {
        for text in [
            "a@b.co",
            "o'neill+x@sub.example-mail.com",
            "ann@münchen.de",
            &format!("{}@b.co", "x".repeat(55)),
        ] {
            assert_eq!(reason(email(text)), "ok", "{text}");
        }
        for text in [
            "#ann@b.co",
            "*ann@b.co",
            "%ann@b.co",
            "--ann@b.co",
            "//ann@b.co",
            "ann",
            "ann@",
            "@b.co",
            "a@b",
            "a@@b.co",
            "a@b@c.co",
            "a b@c.co",
            "a@b .co",
            "a@b..co",
            "a@.co",
            "a@b.co.",
            "a@-b.co",
            "a@b-.co",
            "a,b@c.co",
            "a;b@c.co",
            "<a@b.co>",
            "\"a\"@b.co",
            "a@b_c.co",
        ] {
            assert_eq!(reason(email(text)), "form", "{text}");
        }
        for (text, expected) in [
            ("a\u{200b}b@c.co", "invisible"),
            ("a\u{a0}b@c.co", "invisible"),
            ("josé@example.com", "non_ascii"),
            ("\u{430}nn@example.com", "script"),
            ("ann@ex\u{430}mple.com", "script"),
            ("ａnn@example.com", "script"),
        ] {
            assert_eq!(reason(email(text)), expected, "{text}");
        }
        assert_eq!(reason(email("a\n@b.co")), "control");
        assert_eq!(reason(email(&format!("{}@b.co", "x".repeat(56)))), "too_long");
    }

    #[test]
    fn a_username_is_an_email_address_or_has_no_at() {
        for text in ["jdoe", "j doe", "jdoe@corp.local", "Łukasz"] {
            assert_eq!(reason(username(text)), "ok", "{text}");
        }
        assert_eq!(reason(username("jdoe@corp")), "form");
        assert_eq!(reason(username("j\u{200b}doe")), "invisible");
        assert_eq!(reason(username("j\tdoe")), "control");
        assert_eq!(reason(username(&"x".repeat(250))), "ok");
        assert_eq!(reason(username(&"x".repeat(251))), "too_long");
    }

    #[test]
    fn lengths_count_characters_and_not_bytes() {
        assert_eq!(reason(person(&"Ł".repeat(250))), "ok");
        assert_eq!(reason(person(&"Ł".repeat(251))), "too_long");
        assert_eq!(reason(group(&"ß".repeat(255))), "ok");
        assert_eq!(reason(group(&"ß".repeat(256))), "too_long");
    }

    #[test]
    fn only_the_roles_that_the_api_gives_begin_with_an_underscore() {
        for text in [
            "Design",
            "a_b",
            "_admin_Design",
            "_product_admin_Photoshop",
            "_developer_API",
            "_support_admin",
            "_Deployment_Admin",
        ] {
            assert_eq!(reason(membership(text)), "ok", "{text}");
        }
        for text in [
            "_org_admin",
            "_compartment_admin",
            "_compartment_viewer",
            "_admin_",
            "_admin_ ",
            "_developer_",
            "_",
            "_x",
            "_ädmin_x",
        ] {
            assert_eq!(reason(membership(text)), "role", "{text}");
        }
        assert_eq!(reason(group("_admin_Design")), "underscore");
        assert_eq!(reason(profile("_admin_Design")), "role");
        assert_eq!(reason(membership("Design\nVideo")), "control");
        for text in ["CN=Design", "ou=Staff", "DC=example", "CN=Design,OU=Staff"] {
            assert_eq!(reason(membership(text)), "distinguished_name", "{text}");
        }
        assert_eq!(reason(membership("A=B")), "ok");
    }

    #[test]
    fn a_domain_has_a_dot_and_no_blank() {
        for text in ["example.com", "corp.local", "münchen.de"] {
            assert_eq!(reason(domain(text)), "ok", "{text}");
        }
        for text in ["example", "AdobeID", "exam ple.com", "http://example.com", ".com", "a@b.co"] {
            assert_eq!(reason(domain(text)), "form", "{text}");
        }
    }

    #[test]
    fn a_description_may_have_lines() {
        assert_eq!(reason(description("one\r\ntwo")), "ok");
        assert_eq!(reason(description("one\0")), "control");
    }

    /// An apostrophe before the begin of a formula is a spreadsheet's, and is gone from the cell
    /// before it is checked: one that is left is part of the address.
    #[test]
    fn apostrophe_before_a_sign_belongs_to_the_address() {
        for text in ["'+ann@b.co", "'-ann@b.co", "'=ann@b.co"] {
            assert_eq!(reason(email(text)), "ok", "{text}");
        }
        assert_eq!(reason(email("'ann@b.co")), "form");
    }

    #[test]
    fn dots_may_stand_between_words_with_other_marks() {
        for text in ["ann.o'neill@b.co", "a.b.c+d@b.co"] {
            assert_eq!(reason(email(text)), "ok", "{text}");
        }
        assert_eq!(reason(email("ann..o'neill@b.co")), "form");
    }

    /// Old accounts have such addresses. Nobody has one that mail programs do not accept.
    #[test]
    fn only_addresses_that_old_accounts_have_come_with_the_advice_for_them() {
        let tells = |text: &str| email(text).unwrap_err().advice.contains("all the same");
        for text in ["a..b@c.co", ".ann@c.co", "ann.@c.co", "'ann@c.co"] {
            assert!(tells(text), "{text}");
        }
        for text in ["a,b@c.co", "a b@c.co", "ann@c", "@c.co", "a@b@c.co"] {
            assert!(!tells(text), "{text}");
        }
    }

    #[test]
    fn member_with_one_address_is_not_taken_for_several() {
        let said = |text: &str| member(text).unwrap_err().advice;
        assert!(said("ann@b.co;bob@b.co").contains("several addresses"));
        assert!(!said("ann@b.co;bob").contains("several addresses"));
    }
}
