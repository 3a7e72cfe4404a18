//! Decides about a group's row whose step has changed nobody, after a probe of the members. Pure.

use crate::execute::command_result::StepRefusal;
use crate::execute::outcomes::Reason;
use crate::execute::probe::ProbeResult;
use crate::umapi::ApiError;

/// What is known about the command when the probe ends.
#[derive(Debug, Clone, Copy)]
pub(in crate::execute) struct MembersFacts {
    /// The number of rows that share the command.
    pub(in crate::execute) rows: usize,
    /// Whether the run is being stopped.
    pub(in crate::execute) is_stopping: bool,
}

/// What to do with the command.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::execute) enum MembersNext {
    /// The members were as the step wants: send the remaining steps.
    SkipStep {
        /// The users of the step whom the server does not know.
        nobody: Vec<String>,
        /// The place of the step among those that are not sent yet.
        place: usize,
    },
    /// It is refused.
    Refuse,
    /// Leave it uncertain, for the reason: the resumed run sends it again.
    LeaveUncertain(String),
    /// Send nothing more; the reason.
    StopRun(String),
    /// Whether the members are as the row wants cannot be found out.
    GiveUp(Reason),
}

/// Returns what to do with a command whose refused step has changed nobody.
pub(in crate::execute) fn after_members(
    refusal: &StepRefusal,
    result: &Result<ProbeResult, ApiError>,
    MembersFacts { rows, is_stopping }: MembersFacts,
) -> MembersNext {
    let is_alone = rows == 1;
    // The steps before it are no longer among those of a row alone.
    let place = if is_alone { 0 } else { refusal.step.unwrap_or(0) };
    match result {
        Ok(ProbeResult::Done) => MembersNext::SkipStep { nobody: Vec::new(), place },
        // Rows together are sent again separately, so that each shows which members it names.
        Ok(ProbeResult::NobodyLeft(names)) if is_alone => {
            MembersNext::SkipStep { nobody: names.clone(), place }
        }
        Err(error) if is_stopping => MembersNext::LeaveUncertain(error.to_string()),
        Ok(_) => MembersNext::Refuse,
        Err(ApiError::Credentials(message)) => {
            MembersNext::StopRun(format!("the server refuses this run: {message}"))
        }
        Err(error) => {
            let message = format!(
                "{}; umbulk could not ask whether the members are as the row wants ({error}): \
                 check the group in the Admin Console",
                refusal.words()
            );
            MembersNext::GiveUp(Reason { code: "unknown.answer".to_owned(), message })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(result: &Result<ProbeResult, ApiError>, facts: MembersFacts) -> MembersNext {
        let refusal = StepRefusal { step: Some(2), code: "c".into(), message: "m".into() };
        after_members(&refusal, result, facts)
    }

    const ALONE: MembersFacts = MembersFacts { rows: 1, is_stopping: false };
    const TOGETHER: MembersFacts = MembersFacts { rows: 2, is_stopping: false };
    const STOPPING: MembersFacts = MembersFacts { rows: 1, is_stopping: true };

    #[test]
    fn step_whose_members_are_so_already_is_skipped() {
        let skip = |nobody, place| MembersNext::SkipStep { nobody, place };
        assert_eq!(after(&Ok(ProbeResult::Done), ALONE), skip(Vec::new(), 0));
        assert_eq!(after(&Ok(ProbeResult::Done), TOGETHER), skip(Vec::new(), 2));
        let nobody = || vec!["ann@x.com".to_owned()];
        let left = || Ok(ProbeResult::NobodyLeft(nobody()));
        assert_eq!(after(&left(), ALONE), skip(nobody(), 0));
        assert_eq!(after(&left(), TOGETHER), MembersNext::Refuse, "each row shows its members");
        assert_eq!(after(&left(), STOPPING), skip(nobody(), 0));
    }

    #[test]
    fn step_whose_members_are_not_so_is_refused() {
        for result in [ProbeResult::NotDone, ProbeResult::NobodyThere, ProbeResult::OnlyThere] {
            assert_eq!(after(&Ok(result), STOPPING), MembersNext::Refuse);
        }
    }

    #[test]
    fn failed_probe_leaves_the_row_unknown_or_stops_the_run() {
        let denied = || Err(ApiError::Denied("no".to_owned()));
        let credentials = || Err(ApiError::Credentials("bad key".to_owned()));
        let message = "c: m; umbulk could not ask whether the members are as the row wants (no): \
                       check the group in the Admin Console";
        let reason = Reason { code: "unknown.answer".to_owned(), message: message.to_owned() };
        assert_eq!(after(&denied(), ALONE), MembersNext::GiveUp(reason));
        let stop = "the server refuses this run: bad key".to_owned();
        assert_eq!(after(&credentials(), ALONE), MembersNext::StopRun(stop));
        assert_eq!(after(&denied(), STOPPING), MembersNext::LeaveUncertain("no".to_owned()));
        let uncertain = MembersNext::LeaveUncertain("bad key".to_owned());
        assert_eq!(after(&credentials(), STOPPING), uncertain);
    }
}
