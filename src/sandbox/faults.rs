//! Faults: random ones, seeded and repeatable, and those that a test injects.

use serde_json::Value;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A kind of random fault. Each has a name for the command line and the control calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RandomFault {
    /// `429`: too many requests, wait a second.
    TooMany,
    /// `500`, `502`, `503`, `504`: nothing is carried out.
    Status(u16),
    /// `refuse`: the connection is cut, and for a moment no new one is accepted.
    Refuse,
    /// `cut-before`: the connection is cut, nothing is carried out.
    CutBefore,
    /// `cut-after`: everything is carried out, then the connection is cut.
    CutAfter,
    /// `hang`: everything is carried out, and no response ever comes.
    Hang,
    /// `slow`: the response comes up to two seconds late.
    Slow,
    /// `garbage`: everything is carried out, and the response is unreadable.
    Garbage,
    /// `truncated`: everything is carried out, and the response breaks off.
    Truncated,
    /// `html`: nothing is carried out, and the response is a gateway's page.
    Html,
    /// `token`: the token is no longer valid.
    Token,
    /// `external`: a command is refused inside a 200 because another service is busy.
    External,
    /// `internal`: a command is refused inside a 200 for an internal error, half of the times after
    /// it was carried out.
    Internal,
    /// `company`: a command makes the server refuse every request in which it is not alone. Always
    /// the same commands.
    Company,
    /// `migrating`: for three seconds the organization accepts no changes.
    Migrating,
    /// `late`: the response is a 504 at once, and an action is carried out 50 to 300 ms later.
    Late,
}

/// The names of all random faults.
const NAMES: [(&str, RandomFault); 18] = [
    ("429", RandomFault::TooMany),
    ("500", RandomFault::Status(500)),
    ("502", RandomFault::Status(502)),
    ("503", RandomFault::Status(503)),
    ("504", RandomFault::Status(504)),
    ("refuse", RandomFault::Refuse),
    ("cut-before", RandomFault::CutBefore),
    ("cut-after", RandomFault::CutAfter),
    ("hang", RandomFault::Hang),
    ("slow", RandomFault::Slow),
    ("garbage", RandomFault::Garbage),
    ("truncated", RandomFault::Truncated),
    ("html", RandomFault::Html),
    ("token", RandomFault::Token),
    ("external", RandomFault::External),
    ("internal", RandomFault::Internal),
    ("company", RandomFault::Company),
    ("late", RandomFault::Late),
];
const MIGRATING: &str = "migrating";
const MIGRATES_FOR: Duration = Duration::from_secs(3);
const LATE_FROM: Duration = Duration::from_millis(50);
const LATE_SPAN: Duration = Duration::from_millis(250);

/// A text or JSON that does not describe faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// The fault does not exist.
    #[error("`{name}` is not a fault; faults are {}", fault_names().join(", "))]
    Unknown {
        /// The name that was given.
        name: String,
    },
    /// The JSON is not an object.
    #[error("write an object with the probability of each fault")]
    NoObject,
    /// The value for this fault is not a probability.
    #[error("{0}: the probability must be between 0 and 1")]
    Probability(String),
}

fn fault_names() -> Vec<&'static str> {
    NAMES.iter().map(|(name, _)| *name).chain([MIGRATING]).collect()
}

impl FromStr for RandomFault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        if text == MIGRATING {
            return Ok(Self::Migrating);
        }
        let found = NAMES.iter().find(|(name, _)| *name == text).map(|(_, trouble)| *trouble);
        found.ok_or_else(|| FaultError::Unknown { name: text.to_owned() })
    }
}

impl RandomFault {
    /// Returns the fault's name.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, trouble)| *trouble == self).map_or(MIGRATING, |(name, _)| name)
    }
}

/// The probability of each random fault, from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mix(BTreeMap<RandomFault, f64>);

impl Mix {
    /// Sets the probability of a fault, from 0 to 1.
    pub fn set(&mut self, trouble: RandomFault, chance: f64) {
        self.0.insert(trouble, chance.clamp(0.0, 1.0));
    }

    /// Parses `{"429": 0.1, "cut-after": 0.02}`.
    pub(super) fn parse(json: &Value) -> Result<Self, FaultError> {
        let object = json.as_object().ok_or(FaultError::NoObject)?;
        let mut mix = Self::default();
        for (name, chance) in object {
            let chance = chance.as_f64().filter(|chance| (0.0..=1.0).contains(chance));
            mix.set(name.parse()?, chance.ok_or_else(|| FaultError::Probability(name.clone()))?);
        }
        Ok(mix)
    }

    /// Returns the chances by the names of the faults.
    pub(super) fn json(&self) -> Value {
        self.0
            .iter()
            .map(|(trouble, chance)| (trouble.name().to_owned(), Value::from(*chance)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    fn chance(&self, trouble: RandomFault) -> f64 {
        self.0.get(&trouble).copied().unwrap_or(0.0)
    }
}

/// A fault that a test injects into a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InjectedFault {
    /// This response. Nothing is carried out.
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
    /// The response comes this much later.
    Delay(Duration),
    /// Everything is carried out, and the response has this status.
    DoneBut(u16),
    /// Everything is carried out, and the response is this one: an [`Answer`](Self::Answer).
    DoneWith(Box<InjectedFault>),
    /// The response comes at once, and the request is carried out later, as by a service behind a
    /// gateway that has given up.
    Late {
        /// HTTP status; 0 cuts the connection.
        status: u16,
        /// The time from the answer to the effect.
        after: Duration,
    },
    /// The same with this response: an [`Answer`](Self::Answer).
    LateWith {
        /// The response.
        answer: Box<InjectedFault>,
        /// The time from the answer to the effect.
        after: Duration,
    },
}

/// The faults to come.
#[derive(Debug, Default)]
pub struct Faults {
    chances: Mutex<Chances>,
    next: Mutex<VecDeque<Option<InjectedFault>>>,
    next_reads: Mutex<VecDeque<Option<InjectedFault>>>,
    next_tokens: Mutex<VecDeque<u16>>,
    commands: Mutex<HashMap<String, (String, u32)>>,
    poison: Mutex<HashMap<String, String>>,
    disliked: Mutex<HashMap<String, (u16, String)>>,
}

#[derive(Debug, Default)]
struct Chances {
    mix: Mix,
    seed: u64,
    random: fastrand::Rng,
    migrating_until: Option<Instant>,
}

/// A random fault of one command.
pub(super) struct TransientFault {
    pub(super) code: &'static str,
    /// Whether the command is carried out nevertheless.
    pub(super) done: bool,
}

impl Faults {
    /// Creates faults that are drawn by these chances, the same for the same seed.
    pub(super) fn new(mix: Mix, seed: u64) -> Self {
        let chances =
            Chances { mix, seed, random: fastrand::Rng::with_seed(seed), migrating_until: None };
        Self { chances: Mutex::new(chances), ..Self::default() }
    }

    /// Sets the probabilities. The same seed gives the same faults again.
    pub fn set_mix(&self, mix: Mix) {
        let mut chances = lock(&self.chances);
        let seed = chances.seed;
        *chances =
            Chances { mix, seed, random: fastrand::Rng::with_seed(seed), migrating_until: None };
    }

    /// Returns the chances of the faults.
    pub(super) fn mix(&self) -> Mix {
        lock(&self.chances).mix.clone()
    }

    /// Injects faults into the next action requests, one each; `None` lets one through.
    pub fn next_actions(&self, faults: impl IntoIterator<Item = Option<InjectedFault>>) {
        lock(&self.next).extend(faults);
    }

    /// Injects faults into the next reads of one user or of one group's members, one each; `None`
    /// lets one through. Lists of all users and all groups are not affected. A read has no late
    /// effect: it is answered with the fault's status.
    pub fn next_reads(&self, faults: impl IntoIterator<Item = Option<InjectedFault>>) {
        lock(&self.next_reads).extend(faults);
    }

    /// Answers the next token requests with these statuses, one each, and without a token.
    pub fn next_tokens(&self, statuses: impl IntoIterator<Item = u16>) {
        lock(&self.next_tokens).extend(statuses);
    }

    /// Takes the status of the next refused token request.
    pub(super) fn take_token(&self) -> Option<u16> {
        lock(&self.next_tokens).pop_front()
    }

    /// Refuses the next `times` commands for this user or group with that code at their first step.
    pub fn refuse_commands(&self, name: &str, code: &str, times: u32) {
        lock(&self.commands).insert(name.to_lowercase(), (code.to_owned(), times));
    }

    /// Refuses every request with a command for this user or group as a whole, with that code (HTTP
    /// 400).
    pub fn poison(&self, name: &str, code: &str) {
        lock(&self.poison).insert(name.to_lowercase(), code.to_owned());
    }

    /// Answers every request with a command for this user or group with this status and page, as a
    /// gateway before the API would. None of them is carried out.
    pub fn dislike(&self, name: &str, status: u16, page: &str) {
        lock(&self.disliked).insert(name.to_lowercase(), (status, page.to_owned()));
    }

    /// Returns the page that a gateway sends instead of the API's response, if any.
    pub(super) fn page_before_the_api(&self, request: &[Value]) -> Option<InjectedFault> {
        let disliked = lock(&self.disliked);
        let found = if disliked.is_empty() {
            None
        } else {
            let names = |command| std::iter::once(name(command)).chain(members(command));
            request.iter().flat_map(names).find_map(|name| disliked.get(&name))
        };
        found.map(|(status, page)| InjectedFault::Answer {
            status: *status,
            headers: Vec::new(),
            body: page.clone(),
        })
    }

    /// Takes the fault of the next action request.
    pub(super) fn take(&self) -> Option<InjectedFault> {
        lock(&self.next).pop_front().flatten()
    }

    /// Takes the fault of the next read.
    pub(super) fn take_read(&self) -> Option<InjectedFault> {
        lock(&self.next_reads).pop_front().flatten()
    }

    /// Draws the fault of the next request, if any.
    pub(super) fn chance(&self, action: bool, now: Instant) -> Option<RandomFault> {
        let mut chances = lock(&self.chances);
        if chances.mix.0.is_empty() {
            return None;
        }
        if action && chances.migrating_until.is_some_and(|until| now < until) {
            return Some(RandomFault::Migrating);
        }
        let whole = NAMES.iter().map(|(_, trouble)| *trouble).chain([RandomFault::Migrating]);
        for trouble in whole.filter(|trouble| {
            !matches!(trouble, RandomFault::External | RandomFault::Internal | RandomFault::Company)
        }) {
            if (action || trouble != RandomFault::Migrating) && chances.mix.chance(trouble) > 0.0 {
                let chance = chances.mix.chance(trouble);
                if chances.random.f64() < chance {
                    if trouble == RandomFault::Migrating {
                        chances.migrating_until = Some(now + MIGRATES_FOR);
                    }
                    return Some(trouble);
                }
            }
        }
        None
    }

    /// Draws the time from a response to its late effect.
    pub(super) fn lateness(&self) -> Duration {
        LATE_FROM + LATE_SPAN.mul_f64(self.luck())
    }

    /// Draws a number between 0 and 1.
    pub(super) fn luck(&self) -> f64 {
        lock(&self.chances).random.f64()
    }

    /// Draws whether this command is refused inside a 200.
    pub(super) fn transient(&self, step: &str) -> Option<TransientFault> {
        let mut chances = lock(&self.chances);
        for trouble in [RandomFault::External, RandomFault::Internal] {
            let chance = chances.mix.chance(trouble);
            if chance > 0.0 && chances.random.f64() < chance {
                let internal = trouble == RandomFault::Internal;
                let code = match step {
                    _ if !internal => "error.throttled_by_external_service",
                    "addAdobeID" | "createEnterpriseID" | "createFederatedID" => {
                        "error.internal.create_failed"
                    }
                    "update" => "error.internal.update_failed",
                    "add" => "error.internal.add",
                    "removeFromOrg" => "error.internal.removefromorg",
                    _ => "error.internal.exceptionflys",
                };
                return Some(TransientFault { code, done: internal && chances.random.bool() });
            }
        }
        None
    }

    /// Whether this command makes the server refuse every request in which it is not alone.
    pub(super) fn shuns_company(&self, command: &Value) -> bool {
        let chances = lock(&self.chances);
        let chance = chances.mix.chance(RandomFault::Company);
        chance > 0.0
            && (xxh3_64_with_seed(name(command).as_bytes(), chances.seed) >> 11) as f64
                / (1_u64 << 53) as f64
                <= chance
    }

    /// Returns the code with which a command is refused, and counts the refusal.
    pub(super) fn refusal(&self, command: &Value) -> Option<String> {
        let mut commands = lock(&self.commands);
        if commands.is_empty() {
            return None;
        }
        let (code, left) = commands.get_mut(&name(command))?;
        *left = left.checked_sub(1)?;
        Some(code.clone())
    }

    /// Returns the text of a command for which its request is refused, if there is one.
    pub(super) fn poisoned(&self, command: &Value) -> Option<String> {
        let poison = lock(&self.poison);
        if poison.is_empty() {
            return None;
        }
        let mut names = std::iter::once(name(command)).chain(members(command));
        names.find_map(|name| poison.get(&name).cloned())
    }
}

fn name(command: &Value) -> String {
    command["user"].as_str().or(command["usergroup"].as_str()).unwrap_or_default().to_lowercase()
}

/// Returns the users in the lists of a group's command.
fn members(command: &Value) -> impl Iterator<Item = String> {
    let steps = command["do"].as_array().into_iter().flatten();
    let lists = steps.flat_map(|step| [&step["add"]["user"], &step["remove"]["user"]]);
    lists.filter_map(Value::as_array).flatten().filter_map(Value::as_str).map(str::to_lowercase)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
