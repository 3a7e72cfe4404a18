//! Finds patterns of `--manage-groups` that match no group: with a typing error in a pattern,
//! memberships would silently stay.

use crate::execute::{InputRows, group_uses};
use crate::import::error::ImportError;
use crate::organization::Organization;
use crate::reconcile::{Managed, nearest};
use crate::visible::visible;

/// Returns the patterns that match no group of the list and none in the rows, in words.
pub(crate) fn unmatched_patterns(
    patterns: &[String],
    organization: &Organization,
    all_input_rows: &[InputRows<'_>],
) -> Result<Vec<String>, ImportError> {
    let is_there =
        |managed: &Managed| organization.groups().iter().any(|group| managed.takes(&group.name));
    let mut open: Vec<(&String, Managed)> =
        patterns.iter().map(|pattern| (pattern, Managed::new(&[pattern]))).collect();
    open.retain(|(_, managed)| !is_there(managed));
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let uses = group_uses(all_input_rows)?;
    open.retain(|(_, managed)| !uses.needed().any(|group| managed.takes(&group.name)));
    let words = open.into_iter().map(|(pattern, _)| {
        let names = || organization.groups().iter().map(|group| group.name.as_str());
        let advice = if pattern.contains(',')
            && pattern.split(',').any(|part| is_there(&Managed::new(&[part])))
        {
            "give each name a --manage-groups of its own".to_owned()
        } else if pattern.contains(['[', ']', '{', '}', '|']) {
            "a pattern has only * and ?: give each name a --manage-groups of its own".to_owned()
        } else {
            nearest(names(), pattern).map_or_else(
                || "check the name".to_owned(),
                |near| format!("perhaps `{near}` is meant"),
            )
        };
        format!(
            "--manage-groups `{}`: no group in {} or in the rows has such a name, so nobody \
             leaves a group by it; {advice}",
            visible(pattern),
            organization.as_of()
        )
    });
    Ok(words.collect())
}
