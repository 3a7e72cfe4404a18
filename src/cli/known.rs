//! How the organization looks before anything is sent: by an exported list, by the stored one, or by asking.

use super::args::KnownArgs;
use super::ask::ask;
use super::exit::Failure;
use super::files::{Input, count};
use super::{say, wall_clock};
use crate::organization::{Known, Managed, Organization, read_table};
use crate::report::minutes;
use crate::run::contested;
use crate::table::{ReadOptions, Table};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A list that is older is not relied upon for removals without somebody saying so.
const FRESH: Duration = Duration::from_secs(2 * 60 * 60);

/// The exported list that is named, as of when it was written.
pub(crate) fn read_list(path: &Path, list_separator: char) -> Result<Organization, Failure> {
    let spool = tempfile::tempdir()?;
    let table = Table::open(path, &ReadOptions::new(spool.path()))?;
    let written = path.metadata()?.modified()?;
    Ok(read_table(&table, list_separator, Timestamp::try_from(written).unwrap_or(Timestamp::UNIX_EPOCH))?)
}

/// Tells the inputs of a run how the organization looks, so that only differences are left of their rows.
pub(crate) fn compare(inputs: &mut [&mut Input], organization: &Arc<Organization>, args: &KnownArgs) -> Result<(), Failure> {
    if args.exact_groups && !(organization.direct && organization.has_groups) {
        return Err(Failure(format!(
            "{}: --exact-groups needs a list that says which memberships are the users' own: export it without --indirect and with the column groups",
            organization.name
        )));
    }
    let managed = args.exact_groups.then(|| Managed::new(&args.manage_groups));
    let contested = Arc::new(contested(&inputs.iter().map(|input| input.reading()).collect::<Vec<_>>(), organization)?);
    for input in inputs {
        input.known = Some(Known { organization: organization.clone(), contested: contested.clone(), managed: managed.clone() });
    }
    Ok(())
}

/// How old a list is.
pub(crate) fn age(organization: &Organization) -> Duration {
    Duration::try_from(Timestamp::now().duration_since(organization.at).max(SignedDuration::ZERO)).unwrap_or_default()
}

/// `users.csv of Tue 24 Nov 07:05, 26 min old: 12 people`
pub(crate) fn describe(organization: &Organization) -> String {
    let people = u64::from(organization.len());
    let people = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    format!("{} of {}, {} old: {people}", organization.name, wall_clock(organization.at, "%a %d %b %H:%M"), minutes(age(organization)))
}

/// An old list is relied upon only by whoever says so: above the age that is allowed at all, and above two hours for what it says of absence. `yes` says so.
pub(crate) fn guard_age(organization: &Organization, relies_on_absence: u64, args: &KnownArgs, yes: bool) -> Result<(), Failure> {
    let age = age(organization);
    let old = minutes(age);
    let mut objections = Vec::new();
    if age > args.max_age {
        objections.push(format!("the list {} is {old} old, and --max-age allows {}", organization.name, minutes(args.max_age)));
    }
    if relies_on_absence > 0 && age >= FRESH {
        objections.push(format!(
            "{} would take nothing away because somebody is no member or not there by the list {}, which is {old} old: after two hours that may have changed",
            count(relies_on_absence, "row"),
            organization.name
        ));
    }
    for objection in objections {
        if yes {
            say(&format!("note: {objection}"));
            continue;
        }
        let refusal = format!("{objection}: nothing was sent. Take a newer list (umbulk export users, or --online), or say --yes");
        ask(&format!("{objection}."), "yes", refusal)?;
    }
    Ok(())
}
