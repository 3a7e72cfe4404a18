//! The kinds of fields, as far as they determine what cannot be a value.

use crate::table::Field;

/// The kind of a field, as far as it determines what cannot be its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    /// A first or last name.
    Person,
    /// An address, a username, a domain.
    Identity,
    /// The name of a group, or one name of a list.
    Name,
    /// The names of a list, which are checked one by one.
    List,
    /// One of a few words.
    Word,
    /// Any text.
    Text,
}

/// Returns what kind of value a field has.
pub(super) fn kind(field: Field) -> FieldKind {
    match field {
        Field::Firstname | Field::Lastname => FieldKind::Person,
        Field::Email | Field::Username | Field::Domain | Field::NewEmail | Field::NewUsername => {
            FieldKind::Identity
        }
        Field::Group | Field::NewName => FieldKind::Name,
        Field::Action
        | Field::Type
        | Field::Country
        | Field::IfExists
        | Field::HardDelete
        | Field::GroupType
        | Field::Umapi => FieldKind::Word,
        Field::Description => FieldKind::Text,
        _ => FieldKind::List,
    }
}
