//! Who was in the organization at some time, by an exported list.

use crate::table::{Field, RowBuffer, Table};
use jiff::Timestamp;
use std::collections::HashSet;
use std::io;

/// The names, emails and usernames, of everybody in an exported list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The list, as it was named.
    pub name: String,
    /// When it was written.
    pub at: Timestamp,
    names: HashSet<Box<str>>,
}

impl Roster {
    /// Reads an exported list, in any dialect of users; `at` is when it was written.
    ///
    /// # Errors
    /// When it cannot be read, names nobody, or has a row that cannot be understood: from half a list nobody is known to be absent.
    pub fn read(table: &Table, at: Timestamp) -> io::Result<Self> {
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", table.name()));
        if !table.has(Field::Email) {
            return Err(wrong("there is no column of email addresses: that is no exported list of users".to_owned()));
        }
        let mut names = HashSet::new();
        let mut buffer = RowBuffer::default();
        for block in table.blocks() {
            let block = block?;
            for index in 0..block.len() {
                let line = block.frame(index).line;
                let cells = block.cells(index, &mut buffer).map_err(|fault| wrong(format!("line {line}: {fault}")))?;
                let known = [Field::Email, Field::Username].map(|field| cells.get(field).trim().to_lowercase());
                names.extend(known.into_iter().filter(|name| !name.is_empty()).map(String::into_boxed_str));
            }
        }
        if names.is_empty() {
            return Err(wrong("nobody is in it".to_owned()));
        }
        Ok(Self { name: table.name().to_owned(), at, names })
    }

    /// Was somebody of this name there?
    pub fn holds(&self, name: &str) -> bool {
        self.names.contains(name.trim().to_lowercase().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ReadOptions;

    fn read(text: &str) -> io::Result<Roster> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.csv");
        std::fs::write(&path, text).unwrap();
        Roster::read(&Table::open(&path, &ReadOptions::new(folder.path())).unwrap(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn everybody_is_known_by_both_names_in_any_letters_and_the_nameless_too() {
        let roster = read("type,email,username,domain,firstname,groups\nfederatedID,Ann@Example.com,ALee,example.com,,\n").unwrap();
        assert!(roster.holds("ann@example.com") && roster.holds("alee") && !roster.holds("bob@example.com"));
    }

    #[test]
    fn half_a_list_is_none() {
        assert!(read("type,email,groups\nfederatedID\n").unwrap_err().to_string().contains("line 2"));
        assert!(read("type,email,groups\n").is_err());
        assert!(read("name,description\na,b\n").is_err());
    }
}
