//! Recognizes columns of new and of old addresses and usernames that do not have umbulk's own
//! names.

use super::action_words::{NEW, OLD};
use super::column_name::undecorated;
use super::column_words::{COUNTRY, EMAIL, FIRST, LAST, USERNAME};
use super::columns::ColumnMapping;
use super::error::TableError;
use super::field::{Field, plain};
use super::unexplained_columns::is_free;

/// The side of a rename that a column (in plain form) has: `New Email`, `Email (old)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RenameSide {
    Old,
    New,
}

/// Words for a person rather than for a username: `New user` is more often a mark than a name.
const PERSON: &[&str] =
    &["user", "utilisateur", "usuario", "usuário", "utente", "gebruiker", "benutzer"];

/// Whether a column of this name holds email addresses.
fn is_email(name: &str) -> bool {
    name == "email" || EMAIL.contains(&name)
}

/// Whether a column of this name holds usernames.
fn is_username(name: &str) -> bool {
    name == "username" || USERNAME.contains(&name) && !PERSON.contains(&name)
}

/// Returns the side of a rename that a column with this name (in plain form) has, and its field.
fn rename_side(plain: &str) -> Option<(RenameSide, Field)> {
    let name: String = plain.chars().filter(|c| c.is_alphanumeric()).collect();
    // This is an alternative address, and not `alte Mail`.
    if name == "altemail" {
        return None;
    }
    let has_side = |is_own: fn(&str) -> bool, sides: &[&str]| {
        sides.iter().any(|side| {
            let names = [name.strip_prefix(side), name.strip_suffix(side)];
            names.into_iter().flatten().any(is_own)
        })
    };
    [(Field::Email, is_email as fn(&str) -> bool), (Field::Username, is_username)]
        .into_iter()
        .find_map(|(field, is_own)| {
            if has_side(is_own, NEW) {
                Some((RenameSide::New, field))
            } else {
                has_side(is_own, OLD).then_some((RenameSide::Old, field))
            }
        })
}

/// Returns the field whose new value a column with this name (in plain form) gives: `New Last
/// Name`.
fn new_value(plain: &str) -> Option<Field> {
    let name: String = plain.chars().filter(|c| c.is_alphanumeric()).collect();
    let field_of = |own: &str| match own {
        "firstname" => Some(Field::Firstname),
        "lastname" => Some(Field::Lastname),
        "countrycode" => Some(Field::Country),
        _ => [(Field::Firstname, FIRST), (Field::Lastname, LAST), (Field::Country, COUNTRY)]
            .into_iter()
            .find_map(|(field, names)| names.contains(&own).then_some(field)),
    };
    NEW.iter().find_map(|new| {
        [name.strip_prefix(new), name.strip_suffix(new)].into_iter().flatten().find_map(field_of)
    })
}

impl ColumnMapping<'_> {
    /// Returns the columns of new addresses or usernames.
    pub(super) fn renames(
        &self,
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Vec<(String, Field)> {
        let mut columns: Vec<(String, Field)> = Vec::new();
        for &i in unknown {
            let name = plain(&undecorated(&self.names[i]));
            let new = match rename_side(&name) {
                Some((RenameSide::New, old)) => new_name(old),
                _ => match new_value(&name) {
                    Some(field) => field,
                    None => continue,
                },
            };
            if is_free(new, fields, &columns) {
                columns.push((self.shown(i), new));
            }
        }
        columns
    }

    /// Refuses a column of new names or countries beside one of those that they change.
    pub(super) fn check_new_names(
        &self,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Result<(), TableError> {
        for &i in unknown {
            if let Some(field) = new_value(&plain[i])
                && let Some(&(known, _)) = fields.iter().find(|(_, other)| *other == field)
            {
                return Err(TableError::NewNames {
                    file: self.file.to_owned(),
                    line: self.line,
                    new: self.shown(i),
                    known: self.shown(known),
                    field,
                });
            }
        }
        Ok(())
    }

    /// Refuses a column of old addresses or usernames if the column of new ones does not have such
    /// a name: the rows would create users under their new names.
    pub(super) fn check_old_names(
        &self,
        plain: &[String],
        fields: &[(usize, Field)],
        unknown: &[usize],
    ) -> Result<(), TableError> {
        let position = |of: Field| fields.iter().find(|(_, field)| *field == of);
        for &i in unknown {
            if let Some((RenameSide::Old, old)) = rename_side(&plain[i])
                && let (Some(&(known, _)), None) = (position(old), position(new_name(old)))
            {
                return Err(TableError::OldNames {
                    file: self.file.to_owned(),
                    line: self.line,
                    old: (self.shown(i), old),
                    new: (self.shown(known), new_name(old)),
                });
            }
        }
        Ok(())
    }
}

/// Returns the field of the new email or username.
fn new_name(old: Field) -> Field {
    if old == Field::Username { Field::NewUsername } else { Field::NewEmail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_addresses_are_two_sides_of_a_rename() {
        let tell = |name: &str| rename_side(&plain(name));
        for name in
            ["New E-Mail Address", "Email (new)", "Neue E-Mail", "email_new", "Updated mail"]
        {
            assert_eq!(tell(name), Some((RenameSide::New, Field::Email)), "{name}");
        }
        for name in ["Old Email", "Previous e-mail", "Alte E-Mail-Adresse", "Email (old)"] {
            assert_eq!(tell(name), Some((RenameSide::Old, Field::Email)), "{name}");
        }
        assert_eq!(tell("username new"), Some((RenameSide::New, Field::Username)));
        assert_eq!(tell("Old user name"), Some((RenameSide::Old, Field::Username)));
        assert_eq!(tell("Nuovo nome utente"), Some((RenameSide::New, Field::Username)));
        assert!(PERSON.iter().all(|word| USERNAME.contains(word)));
        for name in [
            "Email",
            "Newsletter email",
            "News",
            "Manager email",
            "Alt Email",
            "Old",
            "New user",
            "Neuer Benutzer",
        ] {
            assert_eq!(tell(name), None, "{name}");
        }
    }
}
