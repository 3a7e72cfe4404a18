//! Composes requests: which commands share one. A run and a dry run use the same code, so that a
//! plan counts exactly the requests that an import sends. Sends nothing.

use super::group_side::{GroupCommand, GroupSide};
use super::request::ReadyCommand;
use crate::plan::WorkItem;
use crate::umapi::wire::MAX_COMMANDS;
use std::io;

/// Where the commands of a request come from.
pub(super) trait CommandSource {
    /// Takes the next work item that may share a request with these commands; `None` if there is
    /// none now.
    fn take(&mut self, request: &[ReadyCommand]) -> Option<WorkItem>;

    /// Builds the next command of a work item; `None` if it cannot go now, or has nothing to send.
    ///
    /// # Errors
    /// When its rows cannot be read again.
    fn ready(&mut self, item: WorkItem) -> io::Result<Option<ReadyCommand>>;

    /// Whether a work item deletes a group.
    fn deletes_group(&self, item: &WorkItem) -> bool;

    /// Keeps a work item for a request of its own.
    fn send_alone(&mut self, item: WorkItem);

    /// Keeps a work item for a later request.
    fn put_back(&mut self, item: WorkItem);

    /// Returns the work items whose memberships go as commands of their groups.
    fn group_side(&mut self) -> &mut GroupSide;
}

/// The commands of a request.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// Commands of users and groups, each with its work item.
    pub(super) commands: Vec<ReadyCommand>,
    /// Commands of groups in place of those of users, after them.
    pub(super) group_commands: Vec<GroupCommand>,
}

impl Request {
    /// Returns the number of commands.
    pub(super) fn len(&self) -> usize {
        self.commands.len() + self.group_commands.len()
    }

    /// Whether it has no commands.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Composes the next request: full, unless the order of rows forbids it or no rows are left. Empty
/// if nothing can be sent now.
///
/// # Errors
/// When rows cannot be read again.
pub(super) fn compose(source: &mut impl CommandSource) -> io::Result<Request> {
    if let Some(group_commands) = source.group_side().full_request() {
        return Ok(Request { group_commands, ..Request::default() });
    }
    let commands = compose_commands(source)?;
    let is_alone = commands.first().is_some_and(|command| command.item.alone);
    let room = MAX_COMMANDS - commands.len();
    let group_commands = match is_alone || room == 0 {
        true => Vec::new(),
        // Reading ahead may have filled a request meanwhile.
        false if commands.is_empty() => match source.group_side().full_request() {
            Some(full) => full,
            None => source.group_side().rest(room),
        },
        false => source.group_side().rest(room),
    };
    Ok(Request { commands, group_commands })
}

/// Composes the commands of the next request that have a work item of their own.
fn compose_commands(source: &mut impl CommandSource) -> io::Result<Vec<ReadyCommand>> {
    let mut request = Vec::with_capacity(MAX_COMMANDS);
    let mut kept = Vec::new();
    while request.len() < MAX_COMMANDS
        && let Some(item) = source.take(&request)
    {
        if item.alone && !request.is_empty() {
            source.send_alone(item);
            continue;
        }
        // Several deletions of groups in one request fail (observed, not documented).
        if source.deletes_group(&item)
            && request.iter().any(|other: &ReadyCommand| source.deletes_group(&other.item))
        {
            kept.push(item);
            continue;
        }
        let Some(command) = source.ready(item)? else { continue };
        if command.item.alone {
            return Ok(vec![command]);
        }
        // Commands of one request run in any order.
        if request.iter().any(|other| other.footprint.meets_unplanned(&command.footprint)) {
            kept.push(command.item.behind_another());
        } else {
            request.push(command);
        }
    }
    kept.into_iter().for_each(|item| source.put_back(item));
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlannedCommand;
    use crate::umapi::wire::Root;
    use std::collections::VecDeque;

    /// Rows by their numbers: what they are about, and how they are special.
    #[derive(Default)]
    struct Rows {
        next: VecDeque<WorkItem>,
        users: Vec<&'static str>,
        deletions: Vec<u32>,
        waiting: Vec<u32>,
        put_back: Vec<u32>,
        alone: Vec<u32>,
        group_side: GroupSide,
    }

    impl Rows {
        fn of(users: &[&'static str]) -> Self {
            let next = (0..).take(users.len());
            let next = next.map(|row| WorkItem { rows: vec![row], ..WorkItem::default() });
            Self { next: next.collect(), users: users.to_vec(), ..Self::default() }
        }

        fn compose(&mut self) -> Vec<u32> {
            let request = compose(self).unwrap().commands;
            request.iter().map(|command| command.item.first()).collect()
        }
    }

    impl CommandSource for Rows {
        fn take(&mut self, _: &[ReadyCommand]) -> Option<WorkItem> {
            self.next.pop_front()
        }

        fn ready(&mut self, item: WorkItem) -> io::Result<Option<ReadyCommand>> {
            if self.waiting.contains(&item.first()) {
                return Ok(None);
            }
            let user = self.users[item.first() as usize].to_owned();
            let root = Root::User { user, domain: None, use_adobe_id: false };
            let command = PlannedCommand { root, steps: Vec::new() };
            let mut ready = ReadyCommand::only(item, command);
            // Names that the plan did not connect.
            ready.footprint.learns(&ready.item.statement);
            Ok(Some(ready))
        }

        fn deletes_group(&self, item: &WorkItem) -> bool {
            self.deletions.contains(&item.first())
        }

        fn send_alone(&mut self, item: WorkItem) {
            self.alone.push(item.first());
        }

        fn put_back(&mut self, item: WorkItem) {
            self.put_back.push(item.first());
        }

        fn group_side(&mut self) -> &mut GroupSide {
            &mut self.group_side
        }
    }

    const USERS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

    #[test]
    fn request_is_full_and_the_rest_stays_where_it_is() {
        let mut rows = Rows::of(&USERS);
        rows.waiting = vec![3];
        assert_eq!(rows.compose(), [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!((rows.compose(), rows.compose()), (vec![11], vec![]));
    }

    #[test]
    fn second_deletion_of_a_group_waits_for_a_later_request() {
        let mut rows = Rows::of(&USERS[..4]);
        rows.deletions = vec![1, 2];
        assert_eq!(rows.compose(), [0, 1, 3]);
        assert_eq!(rows.put_back, [2]);
    }

    #[test]
    fn user_of_a_command_is_in_no_other_command_of_the_request() {
        let mut rows = Rows::of(&["a", "b", "c"]);
        // The server has said that the first and the third are the same user.
        let name = crate::plan::Key::user("c", None);
        rows.next[0].statement = vec![name];
        assert_eq!(rows.compose(), [0, 1]);
        assert_eq!(rows.put_back, [2]);
    }

    #[test]
    fn row_that_goes_alone_shares_no_request() {
        let mut rows = Rows::of(&["a", "b"]);
        rows.next[0].alone = true;
        assert_eq!((rows.compose(), rows.compose()), (vec![0], vec![1]));
        let mut rows = Rows::of(&["a", "b", "c"]);
        rows.next[1].alone = true;
        assert_eq!((rows.compose(), rows.alone), (vec![0, 2], vec![1]));
    }
}
