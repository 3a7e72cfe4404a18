//! Lines of the list of protected names (`--protect`) that match no user and no group. They protect
//! nothing, and may have typing errors. They cause a warning, never a refusal.

use crate::execute::meet_names;
use crate::import::access::Access;
use crate::import::baseline::{age, describe_time};
use crate::import::connection::Connection;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::lists::groups_of;
use crate::import::reporter::ImportReporter;
use crate::organization::Organization;
use crate::reconcile::{NearBudget, nearest};
use crate::snapshot::SnapshotStore;
use crate::umapi::ListQuery;
use crate::visible::visible;
use std::time::Duration;

/// The most lines that the head names.
const SHOWN: usize = 5;

/// Lines that protect nothing, in words.
#[derive(Debug, Default)]
pub(crate) struct UnknownProtected {
    lines: Vec<String>,
    /// The list.
    list: String,
}

/// Finds them with a list of the organization, with the snapshot of groups, and with the names
/// in the rows.
pub(crate) fn find(
    inputs: &[&InputFile],
    organization: &Organization,
    access: &Access,
    max_age: Duration,
) -> Result<UnknownProtected, ImportError> {
    let Some(protected) =
        inputs.first().map(|input| &*input.protected).filter(|list| !list.is_empty())
    else {
        return Ok(UnknownProtected::default());
    };
    let groups = snapshot_of_groups(access, max_age);
    let mut open = protected.lines_not_in(organization, groups.as_ref());
    if !open.lines().is_empty() {
        let all_input_rows: Vec<_> = inputs.iter().map(|input| input.input_rows()).collect();
        meet_names(&all_input_rows, &mut open)?;
    }
    let budget = NearBudget::default();
    let lines = open.lines().iter().map(|number| {
        let line = protected.line_text(*number);
        let name = line
            .get(..MEMBERS.len())
            .filter(|word| word.eq_ignore_ascii_case(MEMBERS))
            .map_or(line, |_| line[MEMBERS.len()..].trim());
        let groups = organization
            .groups()
            .iter()
            .chain(groups.iter().flat_map(Organization::groups))
            .map(|group| group.name.as_str());
        let near = organization
            .near(name, &budget)
            .into_iter()
            .next()
            .or_else(|| nearest(groups, name).filter(|_| !name.contains('@')));
        near.map_or_else(
            || format!("`{line}`"),
            |near| format!("`{line}` (perhaps `{near}` is meant)"),
        )
    });
    Ok(UnknownProtected { lines: lines.collect(), list: describe_time(organization) })
}

/// Returns the snapshot of groups, if it is recent.
fn snapshot_of_groups(access: &Access, max_age: Duration) -> Option<Organization> {
    let (organization, host) = Connection::place(access).ok()?;
    let groups = groups_of(
        &SnapshotStore::open(access.state_dir()?, &organization, &host)
            .latest(&ListQuery::Groups)
            .ok()??,
    )
    .ok()?;
    (age(&groups) <= max_age).then_some(groups)
}

/// The prefix of a line for a group whose members are protected.
const MEMBERS: &str = "members:";

impl UnknownProtected {
    /// Prints the warning in the head.
    pub(crate) fn say_head(&self, reporter: &dyn ImportReporter) {
        if self.lines.is_empty() {
            return;
        }
        let more = if self.lines.len() > SHOWN {
            format!(" and {} more", self.lines.len() - SHOWN)
        } else {
            String::new()
        };
        let shown =
            self.lines.iter().take(SHOWN).map(|line| visible(line)).collect::<Vec<_>>().join(", ");
        reporter.inform(&format!(
            "protect       {shown}{more}: no such user or group in {} or in the rows. Check the \
             spelling",
            self.list
        ));
    }
}
