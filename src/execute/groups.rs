//! Asks the server about groups by their names, and creates groups.

use crate::umapi::wire::{ExistsOption, MAX_COMMANDS, NewGroup, Root, WireCommand, WireStep};
use crate::umapi::{ApiError, CallClass, Client, WaitReason};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// What the server says about groups.
#[derive(Debug, Default)]
pub(crate) struct GroupAnswers {
    /// Groups that exist.
    pub there: Vec<String>,
    /// Groups that do not exist.
    pub absent: Vec<String>,
    /// Groups about which nothing is known.
    pub unknown: Vec<String>,
    /// Why nothing is known about them.
    pub why: Option<ApiError>,
}

/// Asks the server about each group by its name, a few at a time. Waits no longer than `patience`,
/// and does not ask while the server asks for a longer pause. After a refusal it asks no further
/// question, because that would be refused as well.
pub(crate) async fn ask_groups(
    client: &Client,
    names: Vec<String>,
    concurrency: usize,
    patience: Duration,
) -> GroupAnswers {
    let until = Instant::now() + patience;
    let mut answers = GroupAnswers::default();
    let mut rest: BTreeSet<String> = names.iter().cloned().collect();
    let mut names = names.into_iter();
    let mut asking = JoinSet::new();
    loop {
        while asking.len() < concurrency.max(1) && answers.why.is_none() {
            let Some(name) = names.next() else { break };
            let client = client.clone();
            asking.spawn(async move {
                let answer = client.group_exists(&name).await;
                (name, answer)
            });
        }
        let answered = tokio::select! {
            answered = asking.join_next() => answered,
            () = out_of_patience(client, until) => {
                answers.why.get_or_insert_with(|| ApiError::NoAnswer(waiting(client)));
                break;
            }
        };
        match answered {
            None => break,
            Some(Err(_)) => {}
            Some(Ok((name, answer))) => match answer {
                Ok(there) => {
                    rest.remove(&name);
                    if there { answers.there.push(name) } else { answers.absent.push(name) }
                }
                Err(error) => drop(answers.why.get_or_insert(error)),
            },
        }
    }
    answers.unknown.extend(rest);
    answers
}

/// Completes when no response can come before that time any more.
async fn out_of_patience(client: &Client, until: Instant) {
    while Instant::now() + client.pace(CallClass::Users).held < until {
        sleep_until(until.min(Instant::now() + LOOK)).await;
    }
}

/// How often to check whether the server asks for a pause.
const LOOK: Duration = Duration::from_millis(100);

/// Returns why no response has come yet.
fn waiting(client: &Client) -> String {
    match client.stats().waiting.map(|wait| wait.why) {
        Some(WaitReason::ServerPause { why } | WaitReason::ReadPause { why }) => why,
        _ => "no answer came in time".to_owned(),
    }
}

/// Returns the requests that create these user groups.
pub(crate) fn creation_requests(names: &[String]) -> Vec<Vec<WireCommand>> {
    let create = |name: &String| {
        let step = WireStep::CreateUserGroup(NewGroup {
            description: None,
            option: Some(ExistsOption::Ignore),
        });
        WireCommand {
            root: Root::Group { usergroup: name.clone() },
            request_id: None,
            steps: vec![step],
        }
    };
    names.chunks(MAX_COMMANDS).map(|names| names.iter().map(create).collect()).collect()
}
