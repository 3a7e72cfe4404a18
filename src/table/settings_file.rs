//! Recognizes files of settings, such as `.env`, which are not tables, and removes values of
//! secrets from quoted text.

use std::borrow::Cow;

/// The number of lines that are checked.
const SEARCHED: usize = 20;

/// Whether most of the first lines of a text are `NAME=value`.
pub(super) fn is_settings_file(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).map(<[u8]>::trim_ascii);
    let has_content = |line: &&[u8]| !matches!(line.first(), None | Some(b'#' | b';' | b'['));
    let lines: Vec<&[u8]> = lines.filter(has_content).take(SEARCHED).collect();
    let names: Vec<&[u8]> = lines.iter().filter_map(|line| assigned(line)).collect();
    match (lines.as_slice(), names.as_slice()) {
        // A single line may be a header; variables are in upper case.
        ([_], [name]) => !name.iter().any(u8::is_ascii_lowercase),
        _ => names.len() * 2 > lines.len(),
    }
}

/// Returns the name in a line `NAME=value` or `export NAME=value`.
fn assigned(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let at = line.iter().position(|byte| *byte == b'=')?;
    let name = line[..at].trim_ascii();
    let is_name = name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte));
    is_name.then_some(name)
}

/// Returns a text of a file in a form that may be quoted: without what follows a word for a secret
/// and `=` or `:`.
pub(super) fn without_secret(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 8] =
        ["secret", "token", "password", "passwd", "passwort", "credential", "apikey", "api_key"];
    let lower = text.to_ascii_lowercase();
    let value_of = |word: &&str| {
        let behind = lower.find(*word)? + word.len();
        let sign = behind + lower[behind..].find(['=', ':', '\u{ff1d}', '\u{ff1a}'])?;
        Some(sign + lower[sign..].chars().next().map_or(0, char::len_utf8))
    };
    match WORDS.iter().filter_map(value_of).min() {
        Some(at) if !text[at..].trim().is_empty() => Cow::Owned(format!("{}***", &text[..at])),
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_settings_are_no_table() {
        for text in [
            "UMAPI_CLIENT_ID=id\nUMAPI_CLIENT_SECRET=p8e-x\n",
            "# mine\r\n\r\nexport UMAPI_CLIENT_ID='id'\r\nexport UMAPI_ORG_ID=1@AdobeOrg\r\n",
            "TOKEN=abc",
            "A=1\nB=2\n-----END KEY-----\n",
            "[map]\nemail = \"Work mail\"\nresults = \"a\"\n",
        ] {
            assert!(is_settings_file(text.as_bytes()), "{text}");
        }
        for text in [
            "email,firstname\nann@example.com,Ann\n",
            "sep=;\nemail;groups\nann@example.com;Design\n",
            "Groups=all,email\n",
            "Groups=all,email\nDesign,ann@example.com\n",
            "",
            "=A1,email\n",
        ] {
            assert!(!is_settings_file(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn values_of_secrets_are_not_quoted() {
        for (text, shown) in [
            ("UMAPI_CLIENT_SECRET=p8e-x", "UMAPI_CLIENT_SECRET=***"),
            ("client_secret: p8e-x", "client_secret:***"),
            ("Access-Token = ey, Password=x", "Access-Token =***"),
            ("Password reset:", "Password reset:"),
            ("Token", "Token"),
            ("E-Mail", "E-Mail"),
        ] {
            assert_eq!(without_secret(text), shown);
        }
    }
}
