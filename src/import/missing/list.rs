//! The list that shows which users are missing.

use super::config::{own_config, place};
use super::error::MissingRefusal;
use crate::execute::{HeldRows, perhaps_meant, referenced_users};
use crate::import::baseline::{self, BaselineSource, FRESH, LoadedBaseline};
use crate::import::config::{ImportConfig, KnownConfig, MissingConfig};
use crate::import::connection::Connection;
use crate::import::earlier_run;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::outputs::output_paths;
use crate::import::reporter::ImportReporter;
use crate::number::minutes;
use crate::organization::{Coverage, Organization};
use crate::reconcile::{MissingScope, PerhapsMeant, UnreferencedUsers};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// The list that shows which users are missing.
pub(crate) struct MissingList {
    pub(crate) organization: Arc<Organization>,
    /// The numbers of users whom imports from this computer have changed since the list was
    /// fetched.
    pub(super) recently_changed: HashSet<u32>,
    scope: MissingScope,
}

/// Loads the list: that of the rows, unless an interrupted run is resumed with an older one.
pub(crate) fn load_list(
    config: &ImportConfig,
    reporter: &dyn ImportReporter,
    loaded_baseline: Option<&LoadedBaseline>,
) -> Result<Option<MissingList>, ImportError> {
    let Some(MissingConfig { scope, .. }) = &config.missing else { return Ok(None) };
    let baseline_source = BaselineSource {
        connect: &config.connect,
        reporter,
        list_separator: config.read.list_separator,
        earlier_run: None,
    };
    let own;
    let loaded_baseline = match loaded_baseline {
        Some(loaded_baseline)
            if serves(&config.known, baseline::age(&loaded_baseline.organization)) =>
        {
            loaded_baseline
        }
        _ => {
            own = baseline_source.load_baseline(&config.known)?;
            &own
        }
    };
    // What an interrupted run has done to missing users counts as its own.
    let file = place(config);
    let results = output_paths(&own_config(config, &file), &file).results;
    let place = Connection::place_if_set(&config.connect.access)?.filter(|_| config.is_real());
    let earlier_run =
        place.and_then(|(place, _)| earlier_run::earlier_run(&file, &results, &place));
    let names = baseline_source.named_since(loaded_baseline, earlier_run.as_ref())?;
    let organization = loaded_baseline.organization.clone();
    Ok(Some(MissingList {
        recently_changed: organization.numbers_of(&names).collect(),
        organization,
        scope: scope.clone(),
    }))
}

/// Whether the list of the rows, which is so old, shows who is missing as well: a named one is
/// taken as it is.
fn serves(known: &KnownConfig, age: Duration) -> bool {
    known.against.is_some() || age < FRESH
}

/// Finds the users who may be meant by a row that names another user, and the rows of each input
/// that would create such a user a second time.
pub(crate) fn perhaps_meant_by(
    inputs: &[InputFile],
    listed: &MissingList,
) -> Result<(BTreeMap<u32, PerhapsMeant>, Vec<HeldRows>), ImportError> {
    let organization = &*listed.organization;
    let all_input_rows: Vec<_> = inputs.iter().map(InputFile::input_rows).collect();
    let unnamed = UnreferencedUsers::new(
        organization,
        &listed.scope,
        &referenced_users(&all_input_rows, organization)?,
    );
    Ok(perhaps_meant(&all_input_rows, &unnamed)?)
}

/// Refuses a list that does not reliably show who exists, and with which rights.
pub(super) fn check_list(organization: &Organization) -> Result<(), MissingRefusal> {
    let list = || organization.name.clone();
    if let Some(old) = too_old(organization) {
        return Err(MissingRefusal::TooOld { old });
    }
    if !(organization.shows(Coverage::DIRECT | Coverage::MEMBERSHIPS)) {
        return Err(MissingRefusal::NotDirect { list: list() });
    }
    if !organization.coverage.shows_all_memberships() {
        return Err(MissingRefusal::LacksColumns { list: list() });
    }
    Ok(())
}

/// Refuses a list that does not show who is exempt: accounts that are not active, and the caller's
/// own.
pub(super) fn check_exemptions(
    organization: &Organization,
    own_id: Option<&str>,
) -> Result<(), MissingRefusal> {
    let list = || organization.name.clone();
    if !organization.shows(Coverage::STATUS) {
        return Err(MissingRefusal::NoStatus { list: list() });
    }
    if own_id.is_some() && organization.people().all(|person| person.id().is_empty()) {
        return Err(MissingRefusal::NoId { list: list() });
    }
    Ok(())
}

/// Returns why a list is too old: since then, a user may have become an administrator, or have
/// joined again.
pub(super) fn too_old(organization: &Organization) -> Option<String> {
    let age = baseline::age(organization);
    (age >= FRESH).then(|| {
        format!("{} is {} old, but must be younger than two hours", organization.name, minutes(age))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::access::Access;
    use crate::import::config::{ConnectConfig, MissingAction};
    use crate::import::reporter::Silent;
    use crate::umapi::ListedUser;
    use jiff::Timestamp;

    /// Returns a list of one user, without some of its columns.
    fn list(at: Timestamp, hidden: Coverage) -> Organization {
        let mut all = Organization::new("users.csv", at);
        let id = if hidden.is_empty() { "1" } else { "" };
        all.add(&ListedUser { email: "ann@x.com".into(), id: id.into(), ..ListedUser::default() });
        all.coverage -= hidden;
        all
    }

    fn checked(hidden: Coverage) -> Result<(), String> {
        check_list(&list(Timestamp::now(), hidden)).map_err(|error| error.to_string())
    }

    #[test]
    fn list_of_direct_memberships_of_every_kind_is_relied_upon() {
        assert_eq!(checked(Coverage::empty()), Ok(()));
        for hidden in [Coverage::DIRECT, Coverage::MEMBERSHIPS] {
            let why = checked(hidden).unwrap_err();
            assert!(why.contains("users.csv does not show which memberships are direct"), "{why}");
        }
        for hidden in [Coverage::DEVELOPERS, Coverage::OTHER_ROLES, Coverage::PLAIN] {
            let why = checked(hidden).unwrap_err();
            assert!(why.contains("users.csv lacks columns"), "{why}");
        }
    }

    #[test]
    fn list_is_too_old_from_two_hours_on() {
        let ago = |minutes: i64| {
            let at = Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
            check_list(&list(at, Coverage::empty())).map_err(|error| error.to_string())
        };
        assert_eq!(ago(119), Ok(()));
        let why = ago(120).unwrap_err();
        assert!(why.contains("users.csv is 2 h old, but must be younger"), "{why}");
    }

    #[test]
    fn list_without_status_or_id_exempts_nobody() {
        let all = list(Timestamp::now(), Coverage::empty());
        assert!(check_exemptions(&all, Some("1")).is_ok());
        let no_status = list(Timestamp::now(), Coverage::STATUS);
        let why = check_exemptions(&no_status, None).unwrap_err().to_string();
        assert!(why.contains("no column `status`"), "{why}");
        let mut no_id = no_status;
        no_id.coverage |= Coverage::STATUS;
        let why = check_exemptions(&no_id, Some("1")).unwrap_err().to_string();
        assert!(why.contains("no column `id`"), "{why}");
        // The token does not show its owner, so no id is needed.
        assert!(check_exemptions(&no_id, None).is_ok());
    }

    #[test]
    fn list_of_the_rows_serves_while_it_is_fresh_or_named() {
        let (stored, named) = (
            KnownConfig::default(),
            KnownConfig { against: Some("users.csv".into()), ..KnownConfig::default() },
        );
        let second = Duration::from_secs(1);
        assert!(serves(&stored, Duration::ZERO) && serves(&stored, FRESH - second));
        assert!(!serves(&stored, FRESH));
        assert!(serves(&named, FRESH) && serves(&named, FRESH - second));
    }

    #[test]
    fn missing_people_are_sought_by_the_list_of_the_rows_unless_it_is_old() {
        let access = Access::made_up("12345@AdobeOrg", None);
        let mut config = ImportConfig::new(vec!["staff.csv".into()], ConnectConfig::new(access));
        let of_rows = |at| LoadedBaseline {
            organization: Arc::new(list(at, Coverage::empty())),
            list: None,
            groups: None,
            recently_changed: Vec::new(),
            changed_since: Vec::new(),
            tells_absence: true,
            notes: None,
        };
        let [fresh, old] = [Timestamp::now(), Timestamp::UNIX_EPOCH].map(of_rows);
        let found = load_list(&config, &Silent, Some(&fresh)).unwrap();
        assert!(found.is_none(), "nobody is looked for");
        config.missing = Some(MissingConfig {
            action: MissingAction::Leave,
            scope: MissingScope { domains: vec!["x.com".to_owned()], types: vec![] },
            max_missing: None,
            is_cap_of_these_files: false,
        });
        let found = load_list(&config, &Silent, Some(&fresh)).unwrap().unwrap();
        assert!(Arc::ptr_eq(&found.organization, &fresh.organization));
        assert!(load_list(&config, &Silent, Some(&old)).is_err(), "there is no newer one");
        config.known.against = Some("users.csv".into());
        let found = load_list(&config, &Silent, Some(&old)).unwrap().unwrap();
        assert!(Arc::ptr_eq(&found.organization, &old.organization));
    }
}
