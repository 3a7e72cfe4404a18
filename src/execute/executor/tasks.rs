//! The tasks of a run: requests, probes and waits. Each ends with a completion, which also says
//! what kind of task has ended, so that nothing else needs to count them.

use crate::execute::completion::Completion;
use std::collections::HashMap;
use std::future::Future;
use tokio::task::{Id, JoinError, JoinSet};

/// The tasks of a run, and how many of each kind there are.
#[derive(Default)]
pub(super) struct Tasks {
    set: JoinSet<Completion>,
    under_way: [usize; TaskKind::ALL.len()],
    kinds: HashMap<Id, TaskKind>,
    /// Requests whose task has panicked. The run does not wait for their responses.
    lost_requests: usize,
}

/// What a task is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskKind {
    /// A request with rows.
    Request,
    /// The wait of a request until the limiter permits it.
    Limit,
    /// The wait of a request for the end of a pause that the server asks for.
    Pause,
    /// A request that changes nothing, which shows whether the server responds.
    Control,
    /// A probe for what a command has done.
    Probe,
    /// A probe before its command: which user is renamed, and with `--verify-deletes` whether the
    /// user to remove exists.
    EarlyProbe,
    /// The wait before work items are sent, or sent again.
    Delay,
    /// The wait for requests of other files and other processes.
    OthersEffect,
    /// The wait until no late effect of completed rows can affect the rows after them.
    Release,
}

impl TaskKind {
    const ALL: [Self; 9] = [
        Self::Request,
        Self::Limit,
        Self::Pause,
        Self::Control,
        Self::Probe,
        Self::EarlyProbe,
        Self::Delay,
        Self::OthersEffect,
        Self::Release,
    ];

    /// Returns the kind of task that has ended with this completion.
    fn of(completion: &Completion) -> Self {
        match completion {
            Completion::Answer { .. } | Completion::Throttled(_) => Self::Request,
            Completion::Permitted { .. } => Self::Limit,
            Completion::PauseOver(_) => Self::Pause,
            Completion::Control(_) => Self::Control,
            Completion::Probed { .. } | Completion::Members { .. } => Self::Probe,
            Completion::Identified { .. } | Completion::Present { .. } => Self::EarlyProbe,
            Completion::Due(_) | Completion::DueTogether(_) | Completion::GroupSideDue => {
                Self::Delay
            }
            Completion::HeldBack(_) => Self::OthersEffect,
            Completion::Released(_) => Self::Release,
        }
    }
}

impl Tasks {
    /// Starts a task of this kind.
    pub(super) fn start(
        &mut self,
        kind: TaskKind,
        task: impl Future<Output = Completion> + Send + 'static,
    ) {
        self.under_way[kind as usize] += 1;
        let id = self.set.spawn(task).id();
        self.kinds.insert(id, kind);
    }

    /// Waits for the next completion. Returns it with all others that have arrived; none if there
    /// are no tasks.
    pub(super) async fn next(&mut self) -> Vec<Result<Completion, JoinError>> {
        let first = self.set.join_next_with_id().await;
        let others = std::iter::from_fn(|| self.set.try_join_next_with_id());
        let kinds = &mut self.kinds;
        let without_id = |ended: Result<(Id, Completion), JoinError>| {
            ended.map(|(id, completion)| {
                kinds.remove(&id);
                completion
            })
        };
        first.into_iter().chain(others).map(without_id).collect()
    }

    /// Removes a task that has ended with this completion.
    pub(super) fn end(&mut self, completion: &Completion) {
        self.under_way[TaskKind::of(completion) as usize] -= 1;
    }

    /// Removes a task that has panicked, which gives no completion.
    pub(super) fn fail(&mut self, error: &JoinError) {
        let Some(kind) = self.kinds.remove(&error.id()) else { return };
        self.under_way[kind as usize] -= 1;
        self.lost_requests +=
            usize::from(matches!(kind, TaskKind::Request | TaskKind::Limit | TaskKind::Pause));
    }

    /// Returns the number of requests whose task has panicked.
    pub(super) fn lost_requests(&self) -> usize {
        self.lost_requests
    }

    /// Whether there are no tasks.
    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    fn count(&self, kind: TaskKind) -> usize {
        self.under_way[kind as usize]
    }

    /// Returns the number of all probes.
    pub(super) fn probes(&self) -> usize {
        self.probes_of_effects() + self.early_probes()
    }

    /// Returns the number of probes for what a command has done.
    pub(super) fn probes_of_effects(&self) -> usize {
        self.count(TaskKind::Probe)
    }

    /// Returns the number of probes before their command.
    pub(super) fn early_probes(&self) -> usize {
        self.count(TaskKind::EarlyProbe)
    }

    /// Returns the number of work items that wait for requests of other files and processes.
    pub(super) fn waiting_for_others(&self) -> usize {
        self.count(TaskKind::OthersEffect)
    }

    /// Whether rows wait for a probe, or for a time.
    pub(super) fn hold_rows(&self) -> bool {
        use TaskKind::{Delay, OthersEffect, Release};
        self.probes() > 0 || [Delay, OthersEffect, Release].iter().any(|kind| self.count(*kind) > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn completion_says_which_kind_of_task_has_ended() {
        let mut tasks = Tasks::default();
        assert!(tasks.is_empty() && !tasks.hold_rows());
        tasks.start(TaskKind::Delay, async { Completion::Due(Vec::new()) });
        tasks.start(TaskKind::EarlyProbe, std::future::pending());
        tasks.start(TaskKind::Request, std::future::pending());
        assert_eq!((tasks.probes(), tasks.probes_of_effects(), tasks.early_probes()), (1, 0, 1));
        let ended = tasks.next().await;
        assert!(matches!(ended.as_slice(), [Ok(Completion::Due(_))]));
        tasks.end(ended[0].as_ref().unwrap());
        assert_eq!(tasks.count(TaskKind::Delay), 0);
        assert!(!tasks.is_empty() && tasks.hold_rows(), "a question is open");
    }

    #[tokio::test]
    async fn task_that_panics_is_waited_for_no_longer() {
        let mut tasks = Tasks::default();
        tasks.start(TaskKind::Probe, async { panic!("as intended") });
        tasks.start(TaskKind::Request, async { panic!("as intended") });
        for _ in 0..2 {
            for ended in tasks.next().await {
                tasks.fail(&ended.err().unwrap());
            }
        }
        assert_eq!((tasks.probes(), tasks.lost_requests()), (0, 1));
        assert!(tasks.is_empty() && !tasks.hold_rows());
    }

    #[test]
    fn kinds_are_counted_apart() {
        let places = TaskKind::ALL.map(|kind| kind as usize);
        assert_eq!(places, std::array::from_fn(|place| place));
    }
}
