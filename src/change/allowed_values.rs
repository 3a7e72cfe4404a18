//! The values that columns of few values may have, as a dialect writes them.

use super::action::Action;
use crate::table::{Field, InputDialect, country};

/// Returns the values that cells of a field may have; `None` if there are too many to list.
pub(crate) fn allowed_values(field: Field, dialect: InputDialect) -> Option<Vec<&'static str>> {
    match field {
        Field::Action => Some(Action::ALL.map(Action::name).to_vec()),
        Field::Type if dialect == InputDialect::AdminConsole => {
            Some(vec!["Adobe ID", "Enterprise ID", "Federated ID"])
        }
        Field::Type => Some(vec!["adobeID", "enterpriseID", "federatedID"]),
        Field::IfExists => Some(vec!["ignore", "update", "error"]),
        Field::HardDelete => Some(vec!["y", "n"]),
        Field::Country => Some(country::codes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{IdentityType, IfExists};
    use super::*;

    /// What is offered is what a row may have.
    #[test]
    fn offered_values_are_read() {
        let of = |field, dialect| allowed_values(field, dialect).unwrap();
        for dialect in [InputDialect::Native, InputDialect::AdminConsole] {
            let types = of(Field::Type, dialect);
            assert!(types.iter().all(|name| IdentityType::from_name(name).is_some()), "{types:?}");
        }
        let native = InputDialect::Native;
        assert!(of(Field::IfExists, native).iter().all(|name| IfExists::from_name(name).is_some()));
        assert!(of(Field::Action, native).iter().all(|name| Action::from_name(name).is_some()));
        let countries = of(Field::Country, native);
        assert!(countries.len() > 240 && countries.is_sorted() && countries.contains(&"DE"));
        assert!(allowed_values(Field::Email, native).is_none());
    }
}
