//! Trial requests in test mode, for groups that neither a question nor a list shows.

use crate::change::same_name;
use crate::reconcile::NewMember;
use crate::umapi::retry::unknown_group;
use crate::umapi::wire::{ActionResponse, MAX_COMMANDS, Root, WireCommand, WireMembers, WireStep};
use crate::umapi::{ActionRequest, Client, WhenThrottled};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Tries to add each of these users to the group in test mode. Test mode changes nothing and
/// accepts unknown users (documentation, `testOnly`). Returns the groups that are refused as not
/// found. Stops without a response within `patience`, or after an unrecognized response.
///
/// A row creates each of these users in the same group. So even a server without test mode would do
/// nothing that the file does not ask for.
pub(crate) async fn try_groups(
    client: &Client,
    members: &[&NewMember],
    patience: Duration,
) -> Vec<String> {
    let until = Instant::now() + patience;
    let run = fastrand::u32(..);
    let mut refused = Vec::new();
    for (number, chunk) in (1..).zip(members.chunks(MAX_COMMANDS)) {
        let commands: Vec<WireCommand> = chunk.iter().map(|member| joins(member)).collect();
        let id = format!("umbulk-{run:08x}-trial-{number}");
        let request = ActionRequest {
            id: &id,
            test_mode: true,
            mark: None,
            is_trial: true,
            when_throttled: WhenThrottled::SendAgain,
        };
        let Ok(Ok(answer)) = timeout_at(until, client.submit(&commands, &request, None)).await
        else {
            break;
        };
        refused.extend(not_found(chunk, &answer));
    }
    refused
}

fn joins(NewMember { group, user, domain, adobe_id }: &NewMember) -> WireCommand {
    let root = Root::User { user: user.clone(), domain: domain.clone(), use_adobe_id: *adobe_id };
    WireCommand {
        root,
        request_id: None,
        steps: vec![WireStep::Add(WireMembers {
            group: vec![group.clone()],
            ..WireMembers::default()
        })],
    }
}

/// Returns the groups that a response refuses as not found, each by the command that names it.
fn not_found(members: &[&NewMember], answer: &ActionResponse) -> Vec<String> {
    let of_fault = |fault: &crate::umapi::wire::ResponseFault| {
        let member = members.get(fault.index? as usize)?;
        let is_hers = fault.user.as_ref().is_none_or(|user| same_name(user, &member.user));
        let is_unknown = fault.code.as_deref().is_some_and(unknown_group);
        (is_hers && is_unknown).then(|| member.group.clone())
    };
    answer.errors.iter().filter_map(of_fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_codes_of_missing_groups_refuse_a_group() {
        let member = |group: &str, user: &str| NewMember {
            group: group.into(),
            user: user.into(),
            domain: None,
            adobe_id: false,
        };
        let (a, b) = (member("A", "a@x.com"), member("B", "b@x.com"));
        let refused = |errors: &str| {
            let answer: ActionResponse = serde_json::from_str(&format!(
                r#"{{"result":"partial","completed":0,"errors":[{errors}]}}"#
            ))
            .unwrap();
            not_found(&[&a, &b], &answer)
        };
        let fault = |index: u32, user: &str, code: &str| {
            format!(r#"{{"index":{index},"user":"{user}","errorCode":"{code}","message":""}}"#)
        };
        assert_eq!(refused(&fault(1, "B@x.com", "error.group.not_found")), ["B"]);
        assert!(refused(&fault(1, "b@x.com", "error.user.nonexistent")).is_empty());
        assert!(
            refused(&fault(0, "b@x.com", "error.group.not_found")).is_empty(),
            "another user's"
        );
        assert!(refused(&fault(7, "b@x.com", "error.group.not_found")).is_empty());
        assert!(
            refused(r#"{"errorCode":"error.group.not_found"}"#).is_empty(),
            "it names no command"
        );
    }
}
