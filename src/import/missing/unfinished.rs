//! Resumes a run that was interrupted while it carried out its decision about missing users: its
//! file is carried out, as far as it is still right. A saved plan that has been applied is shown.

use super::config::own_config;
use super::decision::{EarlierMissing, MissingDecision};
use super::error::{MissingError, UnfinishedProblem};
use super::file::{self, Called};
use crate::change::same_name;
use crate::import::config::{ImportConfig, MissingAction, ReadConfig};
use crate::import::connection::Connection;
use crate::import::earlier_run::{self, BegunImport};
use crate::import::error::ImportError;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::outputs::output_paths;
use crate::import::reporter::Silent;
use crate::organization::Organization;
use crate::reconcile::{ExemptReason, MissingUsers, RemovableGroups};

impl MissingDecision {
    /// Resumes an interrupted run, if there is one.
    pub(super) fn find_unfinished(
        &mut self,
        config: &ImportConfig,
        connection: &Connection,
    ) -> Result<(), ImportError> {
        let Some(called) = self.unfinished_people(config, connection)? else { return Ok(()) };
        let rest = still_missing(&called, &self.organization, &self.found, &self.taken)
            .map_err(|problem| self.unfinished(problem))?;
        self.earlier =
            Some(EarlierMissing::Interrupted { since: self.people.saturating_sub(rest) });
        self.people = rest;
        Ok(())
    }

    /// Finds out whether a saved plan whose rows are all done has been applied to missing people,
    /// too. Who is missing only now is not in the plan.
    pub(super) fn find_applied(
        &mut self,
        config: &ImportConfig,
        connection: &Connection,
    ) -> Result<(), ImportError> {
        let Some(plan) = config.saved_plan.as_ref().filter(|_| self.earlier.is_none()) else {
            return Ok(());
        };
        let is_nobody = plan.missing.as_ref().is_none_or(Vec::is_empty);
        let earlier = match self.what {
            _ if is_nobody => EarlierMissing::NothingLeft,
            // An import that was stopped at its end has not listed them.
            MissingAction::Report if !self.file.is_file() => return Ok(()),
            MissingAction::Report => EarlierMissing::NothingLeft,
            _ if self.is_carried_out(config, connection, &plan.id)? => EarlierMissing::Finished,
            _ => return Ok(()),
        };
        self.earlier = Some(earlier);
        self.people = 0;
        Ok(())
    }

    /// Whether the file of this plan was carried out, and is as it was.
    fn is_carried_out(
        &self,
        config: &ImportConfig,
        connection: &Connection,
        plan: &str,
    ) -> Result<bool, ImportError> {
        let own = own_config(config, &self.file);
        let results = output_paths(&own, &self.file).results;
        let begun = earlier_run::begun_import(&self.file, &results, &connection.organization)?;
        let Some(BegunImport { input, .. }) = begun
            .filter(|begun| begun.is_finished && begun.plan.as_deref() == Some(plan))
            .filter(|_| self.file.is_file())
        else {
            return Ok(false);
        };
        let folder = tempfile::tempdir()?;
        let access = FileAccess::PrivateCopy(folder.path());
        let read = ReadConfig { protect: None, ..own.read };
        let file = InputFile::open(&self.file, &read, access, &Silent)?;
        Ok(file.table.fingerprint()? == input)
    }

    /// Returns the people in the file of an interrupted run, which must be as that run wrote it.
    fn unfinished_people(
        &self,
        config: &ImportConfig,
        connection: &Connection,
    ) -> Result<Option<Vec<Called>>, ImportError> {
        let own = own_config(config, &self.file);
        let results = output_paths(&own, &self.file).results;
        let begun = earlier_run::begun_import(&self.file, &results, &connection.organization)?;
        let Some(BegunImport { input, plan, is_finished: false }) = begun else {
            return Ok(None);
        };
        if plan.as_deref() != config.saved_plan.as_ref().map(|plan| plan.id.as_str()) {
            return Err(self.unfinished(UnfinishedProblem::OtherPlan));
        }
        if !self.file.is_file() {
            return Err(self.unfinished(UnfinishedProblem::FileGone));
        }
        let folder = tempfile::tempdir()?;
        let access = FileAccess::PrivateCopy(folder.path());
        // A protected person is in that file nevertheless, and is named in the refusal.
        let read = ReadConfig { protect: None, ..own.read };
        let file = InputFile::open(&self.file, &read, access, &Silent)?;
        if file.table.fingerprint()? != input {
            return Err(self.unfinished(UnfinishedProblem::FileChanged));
        }
        let (what, called) = file::read(&file)?;
        if what != self.what {
            return Err(self.unfinished(UnfinishedProblem::OtherAction(what)));
        }
        Ok(Some(called))
    }

    fn unfinished(&self, problem: UnfinishedProblem) -> ImportError {
        MissingError::Unfinished { file: self.file.clone(), problem }.into()
    }
}

/// Returns how many of the people of an interrupted run are still missing. A user who left
/// meanwhile is no longer in the list, and a user who was to lose groups has none left.
fn still_missing(
    called: &[Called],
    organization: &Organization,
    found: &MissingUsers,
    taken: &RemovableGroups,
) -> Result<u64, UnfinishedProblem> {
    let mut rest = 0;
    for one in called {
        let Some(person) = one.find(organization) else { continue };
        let is_taken = |name: &str| taken.of(person).iter().any(|taken| same_name(taken, name));
        let other = one.removed.iter().find(|name| person.is_in(name) && !is_taken(name));
        if let Some(group) = other {
            let (group, user) = (group.clone(), one.user.clone());
            return Err(UnfinishedProblem::NotManaged { group, user });
        }
        if found.people.binary_search(&person.number()).is_ok() {
            rest += 1;
        } else if found.why(person.number()) != Some(ExemptReason::NoGroups) {
            return Err(UnfinishedProblem::IsExempt { user: one.user.clone() });
        }
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::Managed;
    use crate::umapi::{AccountKind, ListedUser};
    use jiff::Timestamp;
    use std::borrow::Cow;

    /// Ann (0), who is in Design and Video, and Bob (1), who is in no group.
    fn organization() -> Organization {
        let mut all = Organization::new("a list", Timestamp::UNIX_EPOCH);
        for (email, groups) in [("ann@x.com", &["Design", "Video"][..]), ("bob@x.com", &[])] {
            all.add(&ListedUser {
                email: email.into(),
                identity: "federatedID".into(),
                groups: groups.iter().map(|group| Cow::from(*group)).collect(),
                ..ListedUser::default()
            });
        }
        all
    }

    fn called(email: &str, removed: &[&str]) -> Called {
        Called {
            user: email.to_owned(),
            domain: None,
            account: AccountKind::Own,
            removed: removed.iter().map(|group| (*group).to_owned()).collect(),
        }
    }

    fn rest(
        called: &[Called],
        people: &[u32],
        exempt: &[(u32, ExemptReason)],
        managed: Option<&[&str]>,
    ) -> Result<u64, String> {
        let found = MissingUsers {
            people: people.to_vec(),
            exempt: exempt.to_vec(),
            ..MissingUsers::default()
        };
        let taken = RemovableGroups(managed.map(Managed::new));
        still_missing(called, &organization(), &found, &taken).map_err(|error| error.to_string())
    }

    #[test]
    fn people_who_are_still_missing_are_counted() {
        let both = [called("ann@x.com", &[]), called("bob@x.com", &[])];
        assert_eq!(rest(&both, &[0, 1], &[], None), Ok(2));
        let gone = [called("gone@x.com", &[]), called("bob@x.com", &[])];
        assert_eq!(rest(&gone, &[0, 1], &[], None), Ok(1), "who left is done with");
        assert_eq!(rest(&both, &[0], &[(1, ExemptReason::NoGroups)], None), Ok(1));
    }

    #[test]
    fn somebody_who_is_exempt_now_ends_the_run() {
        let both = [called("ann@x.com", &[]), called("bob@x.com", &[])];
        let exempt = Err(", but bob@x.com, who is in it, is exempt now".to_owned());
        assert_eq!(rest(&both, &[0], &[(1, ExemptReason::Administrator)], None), exempt);
        assert_eq!(rest(&both, &[0], &[], None), exempt, "named in a row by now");
    }

    #[test]
    fn group_that_is_no_longer_under_management_ends_the_run() {
        let ann = [called("ann@x.com", &["design", "Video"])];
        assert_eq!(rest(&ann, &[0], &[], None), Ok(1));
        assert_eq!(rest(&ann, &[0], &[], Some(&["Design", "V*"])), Ok(1));
        let problem = rest(&ann, &[0], &[], Some(&["Design"])).unwrap_err();
        assert!(problem.starts_with(", which removes `Video` from ann@x.com, but"), "{problem}");
        // A removal from a group that the user has left is not needed.
        let ann = [called("ann@x.com", &["Empty"])];
        assert_eq!(rest(&ann, &[0], &[], Some(&["Design"])), Ok(1));
    }
}
