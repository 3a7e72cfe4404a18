//! Troubles to rehearse: what the next action requests meet.

use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What an action request meets instead of being answered at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This answer; nothing is carried out.
    Answer {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body.
        body: String,
    },
    /// The connection is cut; nothing is carried out.
    CutBefore,
    /// Everything is carried out, and the connection is cut before the answer.
    CutAfter,
    /// The answer comes that much later.
    Delay(Duration),
    /// Everything is carried out, and this status is answered all the same.
    DoneBut(u16),
}

/// The troubles ahead.
#[derive(Debug, Default)]
pub struct Faults {
    next: Mutex<VecDeque<Option<Fault>>>,
    commands: Mutex<HashMap<String, (String, u32)>>,
    poison: Mutex<HashMap<String, String>>,
}

impl Faults {
    /// The next action requests meet these, one each; `None` lets one through.
    pub fn next_actions(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        lock(&self.next).extend(faults);
    }

    /// The next `times` commands on this user or group are refused with that code at their first step.
    pub fn refuse_commands(&self, name: &str, code: &str, times: u32) {
        lock(&self.commands).insert(name.to_lowercase(), (code.to_owned(), times));
    }

    /// A command on this user or group sinks its whole request with that code (HTTP 400).
    pub fn poison(&self, name: &str, code: &str) {
        lock(&self.poison).insert(name.to_lowercase(), code.to_owned());
    }

    pub(super) fn take(&self) -> Option<Fault> {
        lock(&self.next).pop_front().flatten()
    }

    pub(super) fn refusal(&self, command: &Value) -> Option<String> {
        let mut commands = lock(&self.commands);
        if commands.is_empty() {
            return None;
        }
        let (code, left) = commands.get_mut(&name(command))?;
        *left = left.checked_sub(1)?;
        Some(code.clone())
    }

    pub(super) fn poisoned(&self, command: &Value) -> Option<String> {
        let poison = lock(&self.poison);
        if poison.is_empty() { None } else { poison.get(&name(command)).cloned() }
    }
}

fn name(command: &Value) -> String {
    command["user"].as_str().or(command["usergroup"].as_str()).unwrap_or_default().to_lowercase()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
