//! Columns of addresses that are not the address of the person of the row, or not the main one.

use super::column_name::words;

/// Beginnings of words for somebody else, for a further address of the same person, and for lists
/// of addresses.
const OTHERS: &[&str] = &[
    "parent",
    "guardian",
    "mother",
    "father",
    "spouse",
    "manager",
    "supervisor",
    "boss",
    "approver",
    "sponsor",
    "assistant",
    "owner",
    "creator",
    "created",
    "modified",
    "emergency",
    "referr",
    "recovery",
    "alternat",
    "second",
    "backup",
    "other",
    "personal",
    "privat",
    "home",
    "proxy",
    "billing",
    "group",
    "alias",
    "eltern",
    "mutter",
    "vater",
    "vorgesetzt",
    "leiter",
    "notfall",
    "alternativ",
    "zweit",
    "responsable",
    "supérieur",
    "récupération",
    "secondaire",
    "padre",
    "madre",
    "jefe",
    "supervisora",
    "recuperación",
    "secundari",
    "上司",
    "保護者",
    "予備",
    "個人",
];

/// Whether the address in a column of this name is somebody else's, or not the main one.
pub(super) fn is_of_somebody_else(name: &str) -> bool {
    words(name).iter().any(|word| OTHERS.iter().any(|other| word.starts_with(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_others_are_known_by_their_columns() {
        for name in [
            "Manager Email",
            "Parent E-mail",
            "secondEmail",
            "Recovery Email",
            "E-Mail privat",
            "Proxy addresses",
            "Alternate email address",
            "Private",
            "上司メール",
        ] {
            assert!(is_of_somebody_else(name), "{name}");
        }
        for name in ["Email", "Work", "Contact", "Student", "Mail"] {
            assert!(!is_of_somebody_else(name), "{name}");
        }
    }
}
