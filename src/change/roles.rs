//! The names of administrators' roles, which the API writes like names of groups (Adobe's
//! documentation, ActionsRef, `add`).

use super::text::same_word;

/// Why a name that begins with an underscore is refused.
pub(super) const NOT_A_ROLE: &str = "cannot be given or taken through the API; roles are \
     _admin_GROUP, _product_admin_PRODUCT, _developer_PROFILE, _support_admin and \
     _deployment_admin, others are set in the Admin Console";

/// The prefixes of roles on a group or a profile, whose name follows.
pub(crate) const ROLES_ON: [&str; 3] = ["_admin_", "_product_admin_", "_developer_"];
/// The roles that are about nothing else.
const ROLES: [&str; 2] = ["_support_admin", "_deployment_admin"];

/// Whether a name is that of a role that the API gives.
pub(super) fn is_role(text: &str) -> bool {
    let is_on_something = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            && !text[prefix.len()..].trim().is_empty()
    };
    ROLES.iter().any(|role| text.eq_ignore_ascii_case(role))
        || ROLES_ON.iter().any(|prefix| is_on_something(prefix))
}

/// Returns what a role is about: `_admin_Design` is about `Design`. Any other name is about itself.
pub(crate) fn role_subject(name: &str) -> &str {
    let after = |prefix: &&str| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    ROLES_ON.iter().find(|prefix| after(prefix)).map_or(name, |prefix| &name[prefix.len()..])
}

/// Returns the API's role for an administrator's role as the Admin Console and people write it;
/// `None` if the API cannot add it.
pub(super) fn admin_role(text: &str) -> Option<&'static str> {
    let is = |words: [&str; 3]| words.iter().any(|word| same_word(text, word));
    if is(["support admin", "support administrator", "support"]) {
        Some("_support_admin")
    } else if is(["deployment admin", "deployment administrator", "deployment"]) {
        Some("_deployment_admin")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_roles_are_known_in_the_consoles_words() {
        for (text, role) in [
            ("Support Administrator", Some("_support_admin")),
            ("_support_admin", Some("_support_admin")),
            ("SUPPORT_ADMIN", Some("_support_admin")),
            ("Deployment Administrator", Some("_deployment_admin")),
            ("deployment admin", Some("_deployment_admin")),
            ("System Administrator", None),
            ("_org_admin", None),
        ] {
            assert_eq!(admin_role(text), role, "{text}");
        }
    }
}
