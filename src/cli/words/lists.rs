//! Messages about lists of an organization that cannot be fetched or used, with the option that
//! names another.

use crate::clock::wall_clock;
use crate::export::AskedLately;
use crate::import::list_error::OrgListError;
use crate::number::minutes;
use jiff::Timestamp;
use std::time::Duration;

/// Describes why there is no list, with the options that help.
pub(super) fn error_words(error: &OrgListError) -> String {
    match error {
        OrgListError::NoStoredUsers { organization } => format!(
            "there is no snapshot of the users of {organization}: use --online to fetch it, use \
             --against FILE, or run `umbulk export users` first"
        ),
        OrgListError::OfRehearsal => "the organization of --sandbox is made for this run: use \
                                   --against FILE to say how it looks"
            .to_owned(),
        OrgListError::OfTwoOrganizations { .. } => {
            format!("{error} (`umbulk snapshots` shows how)")
        }
        OrgListError::NoLatest { what } => format!(
            "there is no snapshot of {what}: `umbulk export {what}` stores one. You can also name \
             an exported file"
        ),
        OrgListError::NotFound { what, .. } => format!(
            "{error}. `umbulk snapshots` shows the snapshots; `umbulk export {what} --snapshot` \
             stores one under its date"
        ),
        other => other.to_string(),
    }
}

/// Describes why a list is not fetched now, and what to do instead.
pub(crate) fn asked_lately_words(
    AskedLately { kind, asked, until, stored }: &AskedLately,
) -> String {
    let now = Timestamp::now();
    let ago = minutes(Duration::try_from(now.duration_since(*asked)).unwrap_or_default());
    let stored = match stored {
        Some(at) => format!("Use --cached to write the snapshot of {}, or wait", clock(*at)),
        None => "Wait".to_owned(),
    };
    format!(
        "the full list of {} was requested at {} ({ago} ago). Adobe blocks a client for up to an \
         hour if it requests the first page twice in two hours, so nothing was requested. \
         {stored} until {}. --force requests it anyway, and Adobe may then block this client",
        kind.noun(),
        clock(*asked),
        clock(*until)
    )
}

fn clock(at: Timestamp) -> String {
    wall_clock(at, "%a %d %b %H:%M")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A user without a folder of their own, and a list that is written at this moment.
    #[test]
    fn lists_that_no_command_can_meet_at_will_are_said_in_words() {
        let errors =
            [OrgListError::NoFolder, OrgListError::Changed { name: "users.csv".to_owned() }];
        insta::assert_snapshot!(errors.map(|error| error_words(&error)).join("\n"), @r"
        there is no folder for snapshots: set XDG_STATE_HOME
        users.csv: the list has changed while it was read: wait until it is complete, then run the same command again
        ");
    }
}
