//! Usernames and addresses that nobody would give to a new user on purpose.
//!
//! An existing user may have such a name, so only rows that give one are checked.

use super::check::ValueFault;

/// Whether a cell is neither empty of meaning nor unusual, as most usernames and addresses are.
/// `false` proves nothing.
pub(super) fn is_usual(cell: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    cell.len() > 1
        && cell.as_bytes()[0].is_ascii_alphabetic()
        && cell.bytes().all(|byte| is_usual(byte) || byte == b'@')
}

/// Returns why nobody would give this username or address to a user.
pub(super) fn no_new_identity(cell: &str) -> Result<(), ValueFault> {
    if is_usual(cell) {
        return Ok(());
    }
    if let Some(guest) = cell.find("#EXT#") {
        return fault("guest", guest_words(&cell[..guest]));
    }
    if is_template(cell) {
        return fault("placeholder", "is a placeholder of a template: write what it stands for");
    }
    if cell.contains('@') {
        return Ok(());
    }
    if let Some((domain, own)) = cell.split_once(['\\', '/'])
        && !domain.contains('=')
        && !own.is_empty()
    {
        return fault(
            "domain_in_front",
            format!(
                "has a domain of Windows in front: write `{own}` and, in the column domain, its \
                 domain such as example.com, or write the email address"
            ),
        );
    }
    if cell.contains(['=', ',']) {
        return fault(
            "distinguished_name",
            "is a name in a directory: write the username, or the email address",
        );
    }
    if !cell.contains(char::is_alphanumeric) || matches!(cell, "0" | "x" | "X") {
        return fault(
            "placeholder",
            "is hardly a username: write the username, or empty the cell if it is the email \
             address",
        );
    }
    if has_lost_digits(cell) {
        return fault(
            "scientific",
            "has more digits than a spreadsheet keeps, so the last ones have become zeros: format \
             the column as text, and type the number again",
        );
    }
    Ok(())
}

/// Whether a cell is a placeholder that a program was to fill in: `{{lastname}}`, `${lastname}`,
/// `%LASTNAME%`, `{lastname}`.
pub(super) fn is_template(cell: &str) -> bool {
    let is_framed = |open: char, close: char| {
        let inside = cell.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inside.is_some_and(|inside| inside.contains(char::is_alphabetic))
    };
    is_framed('{', '}')
        || is_framed('%', '%')
        || ["{{", "}}", "${", "<%", "%>"].iter().any(|mark| cell.contains(mark))
}

/// Describes a guest of Entra, who has the name `OWN_DOMAIN#EXT#@TENANT`.
fn guest_words(name: &str) -> String {
    let own = match name.rsplit_once('_') {
        Some((own, domain)) if domain.contains('.') && !own.is_empty() => {
            format!(", probably `{own}@{domain}`")
        }
        _ => String::new(),
    };
    format!(
        "is the name of a guest in Microsoft Entra, not an address: write the guest's own \
         address{own}, or remove the row"
    )
}

/// Whether it is a whole number of which a spreadsheet has kept 15 digits.
fn has_lost_digits(cell: &str) -> bool {
    const KEPT: usize = 15;
    cell.len() > KEPT
        && cell.bytes().all(|byte| byte.is_ascii_digit())
        && cell[KEPT..].bytes().all(|byte| byte == b'0')
}

fn fault(reason: &'static str, advice: impl Into<String>) -> Result<(), ValueFault> {
    Err(ValueFault { reason, advice: advice.into() })
}

#[cfg(test)]
mod tests {
    use super::super::testing::codes;
    use super::*;
    use crate::table::Field::*;

    #[test]
    fn names_that_nobody_gives_on_purpose_are_refused() {
        for (cell, expected) in [
            ("EXAMPLE\\ann", "domain_in_front"),
            ("EXAMPLE/bob", "domain_in_front"),
            ("CN=cy,DC=x", "distinguished_name"),
            ("cn=Cy/OU=x", "distinguished_name"),
            ("uid=cy", "distinguished_name"),
            ("-", "placeholder"),
            ("…", "placeholder"),
            ("x", "placeholder"),
            ("0", "placeholder"),
            ("{email}", "placeholder"),
            ("{{user.login}}", "placeholder"),
            ("${login}", "placeholder"),
            ("%USERNAME%", "placeholder"),
            ("{{user}}@example.com", "placeholder"),
            ("12345678901234500000", "scientific"),
            ("ann_gmail.com#EXT#@example.onmicrosoft.com", "guest"),
        ] {
            let reason = no_new_identity(cell).err().map_or("", |fault| fault.reason);
            assert_eq!(reason, expected, "{cell}");
            assert!(!is_usual(cell), "{cell}");
        }
        let advice =
            no_new_identity("ann_lee_gmail.com#EXT#@x.onmicrosoft.com").unwrap_err().advice;
        assert!(advice.contains("probably `ann_lee@gmail.com`"), "{advice}");
    }

    #[test]
    fn usernames_of_all_kinds_are_accepted() {
        for cell in [
            "ann",
            "ann.lee@example.com",
            "00123",
            "1234567890123456",
            "a1",
            "7",
            "Ann Lee",
            "o'neil@example.com",
            "ann+adobe@example.com",
            "50%",
            "山田",
            "a#b",
            "j.d",
        ] {
            assert_eq!(no_new_identity(cell), Ok(()), "{cell}");
        }
    }

    /// An existing user may have such a name: a row can find the user by it, and remove the user.
    #[test]
    fn names_of_existing_users_are_not_checked() {
        let new = [(Email, "ann@example.com"), (Firstname, "Ann"), (Lastname, "Lee")];
        let create = |name| codes(&[new[0], new[1], new[2], (Country, "US"), (Username, name)]);
        assert_eq!(create("EXAMPLE\\ann"), ["invalid.username.domain_in_front"]);
        let change = |action, field, name| {
            codes(&[(Action, action), (Username, "a\\b"), (Domain, "example.com"), (field, name)])
        };
        assert_eq!(change("delete", Type, "federatedID"), Vec::<String>::new());
        assert_eq!(change("add", Groups, "Design"), Vec::<String>::new());
        assert_eq!(change("update", Firstname, "Ann"), Vec::<String>::new());
        assert_eq!(
            change("update", NewUsername, "EXAMPLE\\ann"),
            ["invalid.new_username.domain_in_front"]
        );
        assert_eq!(
            change("update", NewEmail, "a_x.com#EXT#@y.onmicrosoft.com"),
            ["invalid.new_email.guest"]
        );
    }
}
