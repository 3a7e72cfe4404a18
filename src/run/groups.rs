//! The groups that the rows of a command need: collected from the files, and asked for.

use super::survey::{Reading, SurveyError};
use crate::change::{Change, GroupUse, Problem, asked_group, each_needed_group, group_column, group_events, group_hash, is_user_group};
use crate::organization::{GroupEvent, GroupPresence, GroupUses, NewMember};
use crate::table::{Block, Cells, Field, RowBuffer, each_block};
use crate::umapi::wire::{Command, ExistsOption, MAX_COMMANDS, NewGroup, Root, Step};
use crate::umapi::{ApiError, Class, Client, WaitReason};
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What one row says about groups.
enum Said {
    Need { name: String, creatable: bool, new_member: Option<NewMember> },
    Event(GroupEvent),
}

/// Collects the groups that the rows of these files need, and the rows that create, rename and delete groups, in order.
///
/// # Errors
/// When a file cannot be read.
pub fn group_uses(files: &[Reading<'_>]) -> Result<GroupUses, SurveyError> {
    let mut uses = GroupUses::default();
    for (file, reading) in (0..).zip(files) {
        // Whether a group is there is what is to be found out.
        let reading = &Reading { presence: None, ..*reading };
        each_block(
            reading.table,
            |block| said(reading, &block, file),
            |all: Vec<Said>| {
                for said in all {
                    match said {
                        Said::Need { name, creatable, new_member } => {
                            uses.need(&name, creatable);
                            new_member.into_iter().for_each(|member| uses.create_in(&name, member));
                        }
                        Said::Event(event) => uses.event(event),
                    }
                }
                Ok::<_, SurveyError>(())
            },
        )?;
    }
    Ok(uses)
}

fn said(reading: &Reading<'_>, block: &Block, file: u32) -> Vec<Said> {
    let (mut buffer, mut cells_buffer) = (RowBuffer::default(), RowBuffer::default());
    let mut all = Vec::new();
    let mut seen: HashSet<(u64, GroupUse, bool)> = HashSet::new();
    // Rows that name the same groups in the same cells need the same, unless a list tells what somebody has.
    let mut taken: HashSet<u64> = HashSet::new();
    for index in 0..block.len() {
        let Ok(cells) = block.cells(index, &mut cells_buffer) else { continue };
        let same = named_groups(&cells);
        if reading.known.is_none() && (same == NO_GROUPS || taken.contains(&same)) {
            continue;
        }
        let Some(Ok(change)) = reading.examine(block, index, &mut buffer) else { continue };
        let sets: Vec<(String, bool)> = group_events(&change).into_iter().map(|(name, there)| (name.to_owned(), there)).collect();
        if !sets.is_empty() {
            let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
            let mut needs = Vec::new();
            each_needed_group(&change, |name, _| needs.extend(asked_group(name).map(ToOwned::to_owned)));
            all.push(Said::Event(GroupEvent { file, row, needs, sets }));
            continue;
        }
        taken.insert(same);
        each_needed_group(&change, |name, how| {
            let Some(asked) = asked_group(name) else { return };
            // One name may be in a column of user groups here and in one of product profiles elsewhere.
            let new_member = new_member(&change, name).filter(|_| how == GroupUse::Joins);
            if !seen.insert((group_hash(asked), how, new_member.is_some())) {
                return;
            }
            let cells = block.cells(index, &mut cells_buffer).ok();
            let column = cells.map(|cells| group_column(&cells, reading.rules, name, how));
            let creatable = how == GroupUse::Joins && column.is_none_or(holds_user_groups) && is_user_group(name);
            all.push(Said::Need { name: asked.to_owned(), creatable, new_member });
        });
    }
    all
}

/// The user whom a change creates in this group.
fn new_member(change: &Change<'_>, group: &str) -> Option<NewMember> {
    let Change::User(user) = change else { return None };
    user.create.as_ref()?;
    let domain = user.domain.as_ref().map(ToString::to_string);
    Some(NewMember { group: group.to_owned(), user: user.user.to_string(), domain, adobe_id: user.adobe_id })
}

/// A row that names no group.
const NO_GROUPS: u64 = 0;

/// A hash of every cell that decides which groups a row needs; [`NO_GROUPS`] where it names none.
fn named_groups(cells: &Cells<'_>) -> u64 {
    let (mut hash, mut names_any) = (1, false);
    for field in cells.filled() {
        match field {
            // Whom the row is about makes no difference.
            Field::Email | Field::Username | Field::Domain | Field::Firstname | Field::Lastname | Field::Country => {}
            Field::NewEmail | Field::NewUsername | Field::Description | Field::Users | Field::RemoveUsers => {}
            Field::Action | Field::Type | Field::IfExists | Field::HardDelete | Field::GroupType | Field::Umapi => {
                hash = xxh3_64_with_seed(cells.get(field).as_bytes(), hash ^ field as u64);
            }
            _ => {
                hash = xxh3_64_with_seed(cells.get(field).as_bytes(), hash ^ field as u64);
                names_any = true;
            }
        }
    }
    if names_any { hash.max(1) } else { NO_GROUPS }
}

/// Are the names in a column those of user groups, or may they be?
fn holds_user_groups(column: Field) -> bool {
    matches!(column, Field::Groups | Field::AddGroups | Field::UserGroups | Field::UserGroupsAdministered)
}

/// What the server says about groups.
#[derive(Debug, Default)]
pub struct GroupAnswers {
    /// Groups that are there.
    pub there: Vec<String>,
    /// Groups that are not.
    pub absent: Vec<String>,
    /// Groups of which nothing is known.
    pub unknown: Vec<String>,
    /// Why.
    pub why: Option<ApiError>,
}

/// Asks for each group by its name, a few at once, no longer than `patience`, and not at all while the server asks for a
/// longer pause. After a refusal nobody is asked any more: the other questions would be refused, too.
pub async fn ask_groups(client: &Client, names: Vec<String>, concurrency: usize, patience: Duration) -> GroupAnswers {
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

/// Comes true when no answer can come until then any more.
async fn out_of_patience(client: &Client, until: Instant) {
    while Instant::now() + client.pace(Class::Users).held < until {
        sleep_until(until.min(Instant::now() + LOOK)).await;
    }
}

/// How often it is looked whether the server asks for a pause.
const LOOK: Duration = Duration::from_millis(100);

/// Why no answer has come yet.
fn waiting(client: &Client) -> String {
    match client.traffic().waiting.map(|wait| wait.why) {
        Some(WaitReason::ServerPause { why } | WaitReason::ReadPause { why }) => why,
        _ => "no answer came in time".to_owned(),
    }
}

/// Returns what is wrong with row `index` of a block, where it needs a group that is not there.
pub(super) fn group_problem(
    presence: &GroupPresence,
    reading: &Reading<'_>,
    (block, index): (&Block, usize),
    change: &Change<'_>,
) -> Option<Problem> {
    let row = u32::try_from(block.first_row + index as u64).unwrap_or(u32::MAX);
    presence.problem(row, change, |name, how| {
        let mut buffer = RowBuffer::default();
        block.cells(index, &mut buffer).map_or(Field::Groups, |cells| group_column(&cells, reading.rules, name, how)).name()
    })
}

/// The requests that create these user groups.
pub fn creation_requests(names: &[String]) -> Vec<Vec<Command>> {
    let create = |name: &String| {
        let step = Step::CreateUserGroup(NewGroup { description: None, option: Some(ExistsOption::Ignore) });
        Command { root: Root::Group { usergroup: name.clone() }, request_id: None, steps: vec![step] }
    };
    names.chunks(MAX_COMMANDS).map(|names| names.iter().map(create).collect()).collect()
}
