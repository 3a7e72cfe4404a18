//! Finds patterns of `--manage-groups` that match no group. With a typing error in a pattern,
//! memberships would silently stay.

use crate::execute::{InputRows, group_uses};
use crate::import::error::ImportError;
use crate::organization::Organization;
use crate::reconcile::{Managed, nearest};
use crate::visible::visible;
use std::fmt;

/// Returns the patterns that match no group of the list and none in the rows.
pub(crate) fn unmatched_patterns(
    patterns: &[String],
    organization: &Organization,
    all_input_rows: &[InputRows<'_>],
) -> Result<Vec<UnmatchedPattern>, ImportError> {
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
    let unmatched = open.into_iter().map(|(pattern, _)| {
        let names = || organization.groups().iter().map(|group| group.name.as_str());
        let advice = if pattern.contains(',')
            && pattern.split(',').any(|part| is_there(&Managed::new(&[part])))
        {
            PatternAdvice::EachByItself
        } else if pattern.contains(['[', ']', '{', '}', '|']) {
            PatternAdvice::OnlyWildcards
        } else {
            nearest(names(), pattern)
                .map_or(PatternAdvice::CheckName, |near| PatternAdvice::Perhaps(near.to_owned()))
        };
        let (pattern, list) = (visible(pattern).into_owned(), organization.as_of().to_string());
        UnmatchedPattern { pattern, list, advice }
    });
    Ok(unmatched.collect())
}

/// A pattern that no group matches.
#[derive(Debug)]
pub(crate) struct UnmatchedPattern {
    pub(crate) pattern: String,
    /// The list of groups, with its time.
    pub(crate) list: String,
    pub(crate) advice: PatternAdvice,
}

/// What to do about it.
#[derive(Debug)]
pub(crate) enum PatternAdvice {
    /// It is a list of names, which need separate patterns.
    EachByItself,
    /// It has wildcards of another kind.
    OnlyWildcards,
    /// This group may be meant.
    Perhaps(String),
    CheckName,
}

impl fmt::Display for UnmatchedPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pattern, list, advice } = self;
        write!(
            f,
            "the pattern `{pattern}` of groups under management matches no group in {list} or in \
             the rows, so it removes nobody from a group; {advice}"
        )
    }
}

impl fmt::Display for PatternAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EachByItself => f.write_str("give each name a pattern of its own"),
            Self::OnlyWildcards => {
                f.write_str("the only wildcards are * and ?: give each name a pattern of its own")
            }
            Self::Perhaps(near) => write!(f, "perhaps `{near}` is meant"),
            Self::CheckName => f.write_str("check the name"),
        }
    }
}
