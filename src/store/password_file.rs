//! A file with passwords, in the format of libpq: `host:port:database:user:password`, a line each.

use std::io;
use std::path::Path;

/// Returns the password in this file for a host, port, database and user; `None` if no line is for
/// them.
///
/// # Errors
/// When the file cannot be read, or others can read it.
pub(super) fn password_in(file: &Path, wanted: [&str; 4]) -> io::Result<Option<String>> {
    check_readers(file)?;
    let text = std::fs::read_to_string(file)?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    Ok(lines.map(fields).find_map(|fields| {
        let [wanted_fields @ .., password] = fields.as_slice() else { return None };
        let is_for = wanted_fields.len() == wanted.len()
            && wanted_fields
                .iter()
                .zip(wanted)
                .all(|(field, value)| field == "*" || field == value);
        is_for.then(|| password.clone())
    }))
}

/// Splits a line. A backslash stands before a colon or a backslash that belongs to a field. The
/// password is the last of five fields.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        let (c, splits) = match c {
            '\\' => (characters.next().unwrap_or('\\'), false),
            ':' => (c, fields.len() < 5),
            _ => (c, false),
        };
        match fields.last_mut() {
            Some(last) if !splits => last.push(c),
            _ => fields.push(String::new()),
        }
    }
    fields
}

/// Refuses a file that others can read, as libpq does.
#[cfg(unix)]
fn check_readers(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    const OTHERS: u32 = 0o077;
    match file.metadata()?.mode() & OTHERS {
        0 => Ok(()),
        _ => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others can read it. Let only its owner do that (chmod 600)",
        )),
    }
}

/// Other systems have other rights, which are not read.
#[cfg(not(unix))]
fn check_readers(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_line_for_the_connection_has_the_password() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pgpass");
        std::fs::write(
            &file,
            "# host:port:database:user:password\ndb:5433:x:ann:no\ndb:*:x:ann:a\\:b\\\\c\n\
             *:*:*:*:last:one\n",
        )
        .unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let password = |user| password_in(&file, ["db", "5432", "x", user]).unwrap();
        assert_eq!(password("ann").as_deref(), Some("a:b\\c"));
        assert_eq!(password("bob").as_deref(), Some("last:one"));
        std::fs::write(&file, "db:5432:x:ann\n\n").unwrap();
        assert_eq!(password("ann"), None);
    }
}
