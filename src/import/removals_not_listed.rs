//! Reports removals from users whom a list does not show, in the head.

use crate::import::baseline::describe_time;
use crate::import::file_run::FileRun;
use crate::plan::Headcount;
use crate::visible::visible;
use std::collections::BTreeSet;

/// The most users that the head names.
const SHOWN: usize = 5;

/// Returns the line of the head about users who do not exist and from whom something is still to be
/// removed; `None` if the list shows all of them, or if there is no list.
pub(crate) fn words(file: &FileRun) -> Option<String> {
    let (plan, counts) = (&file.scan.plan, &file.scan.counts);
    let people = file
        .unfinished()
        .map_or_else(|| Headcount::of(plan), |left| left.headcount(plan))
        .not_there;
    let known = file.input.baseline.as_ref().filter(|_| people > 0)?;
    let names: BTreeSet<&String> = counts.not_listed.iter().collect();
    let named = |name: &&String| {
        known.near_name(name).map_or_else(|| (*name).clone(), |near| near.to_string())
    };
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| visible(&named(name)).into_owned()).collect();
    let more = people.saturating_sub(shown.len() as u64);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let list = describe_time(&known.organization);
    Some(format!(
        "{}{more}: not in {list}. The removal is sent in case the account is disabled: lists do \
         not show disabled accounts",
        shown.join(", ")
    ))
}
