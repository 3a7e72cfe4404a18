//! The disturbances of a history, chosen by a seed before it begins. Every event can be removed
//! from it separately.

use fastrand::Rng;
use std::collections::BTreeMap;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// 429 with `Retry-After` in seconds.
    TooMany(u32),
    /// 503 with `Retry-After` in seconds.
    Unavailable(u32),
    /// This status from a gateway, before or after the request was carried out.
    Gateway { status: u16, is_done: bool },
    /// The connection is cut, before or after the request was carried out.
    Cut { is_done: bool },
    /// A gateway gives up (status 0: the connection is cut), and the request is carried out this
    /// number of seconds later.
    Late { status: u16, after: u32 },
    /// No response ever comes, whether or not the request was carried out.
    Silence { is_done: bool },
    /// The request is carried out, and the response is not the API's.
    Unrecognized,
    /// The request is carried out, and the response says `{}`.
    Empty,
    /// The token is refused.
    Token,
    /// One command gets a transient error.
    Transient { place: usize, code: &'static str, effect: Effect },
}

/// Whether a command with an error is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Never,
    Before,
    /// This number of seconds after the response.
    Late(u32),
}

/// A process that ends early, counted in polls of its run, and the change of the clock before the
/// next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProcessEnd {
    pub(super) polls: u32,
    pub(super) by: Cause,
    /// Seconds until the next process is started.
    pub(super) pause: u32,
    /// Seconds by which the clock is set, forward or back.
    pub(super) clock_jump: i32,
    /// Whether the next process is on another computer, whose clock differs by that time.
    pub(super) is_elsewhere: bool,
}

/// Why a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Kill,
    /// Ctrl-C
    Interrupt,
    /// The input is overwritten in place, and put back before the next process.
    Overwrite,
    /// Another worker takes over the run, and this one learns of it.
    TakenOver,
}

/// What refuses a request because of one of its commands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refuser {
    Api,
    Gateway,
    /// Nothing refuses it: the client panics once when it sends the request.
    Panic,
}

/// All disturbances of a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// By the number of the action request, from 0.
    pub(super) actions: BTreeMap<u32, Event>,
    /// By the number of the read, from 0.
    pub(super) reads: BTreeMap<u32, Event>,
    /// The ends of processes, in order.
    pub(super) ends: Vec<ProcessEnd>,
    /// Seconds by which the clock is set during a run, by the number of the action request that
    /// arrives at that moment.
    pub(super) clock_jumps: BTreeMap<u32, i32>,
    /// Seconds for which the shared store falls silent, by the number of the action request that
    /// arrives at that moment.
    pub(super) silences: BTreeMap<u32, u32>,
}

/// The most requests that may be disturbed.
const SPAN: u32 = 40;

impl Script {
    /// Makes a script with random events, ends of processes and changes of the clock.
    pub(super) fn random(random: &mut Rng) -> Self {
        let mut script = Self::default();
        // The probability of an event, from calm to wild.
        let chance = [0.0, 0.05, 0.15, 0.3][random.usize(..4)];
        for number in 0..SPAN {
            if random.f64() < chance {
                script.actions.insert(number, action_event(random));
            }
            if random.f64() < chance {
                script.reads.insert(number, read_event(random));
            }
        }
        for _ in 0..random.usize(..5) {
            script.ends.push(ProcessEnd {
                polls: 1 << random.u32(..9),
                by: [Cause::Kill, Cause::Kill, Cause::Kill, Cause::Interrupt, Cause::Overwrite]
                    [random.usize(..5)],
                pause: [0, 1, 30, 200][random.usize(..4)],
                clock_jump: if random.u8(..4) == 0 { clock_jump(random) } else { 0 },
                is_elsewhere: false,
            });
        }
        for end in &mut script.ends {
            end.polls += random.u32(..end.polls);
        }
        if random.u8(..4) == 0 {
            let number = random.u32(..8);
            script.clock_jumps.insert(number, clock_jump(random));
        }
        script
    }

    /// Lets the computers share a store: processes are taken over, also by other computers, and the
    /// store falls silent now and then.
    pub(super) fn share(&mut self, random: &mut Rng) {
        for end in &mut self.ends {
            end.is_elsewhere = random.bool();
            if random.u8(..4) == 0 {
                end.by = Cause::TakenOver;
            }
        }
        for _ in 0..random.usize(..3) {
            let seconds = [3, 30, 300, 1_500][random.usize(..4)] + random.u32(..100);
            self.silences.insert(random.u32(..12), seconds);
        }
    }

    /// Returns the script with one event less, in every possible way.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for number in self.actions.keys() {
            let mut one = self.clone();
            one.actions.remove(number);
            all.push(one);
        }
        for number in self.reads.keys() {
            let mut one = self.clone();
            one.reads.remove(number);
            all.push(one);
        }
        for place in 0..self.ends.len() {
            let mut one = self.clone();
            one.ends.remove(place);
            all.push(one);
        }
        for number in self.clock_jumps.keys() {
            let mut one = self.clone();
            one.clock_jumps.remove(number);
            all.push(one);
        }
        for number in self.silences.keys() {
            let mut one = self.clone();
            one.silences.remove(number);
            all.push(one);
        }
        all
    }
}

/// Returns some seconds, some minutes, or more than a day.
fn clock_jump(random: &mut Rng) -> i32 {
    let most = [10, 300, 100_000][random.usize(..3)];
    random.i32(-most..most)
}

fn action_event(random: &mut Rng) -> Event {
    match random.u8(..12) {
        0 => Event::TooMany(random.u32(..70)),
        1 => Event::Unavailable(random.u32(..70)),
        2 => Event::Gateway { status: [500, 502, 504][random.usize(..3)], is_done: random.bool() },
        3 | 4 => Event::Cut { is_done: random.bool() },
        5 | 6 => {
            Event::Late { status: [0, 504, 502][random.usize(..3)], after: random.u32(1..170) }
        }
        7 => Event::Silence { is_done: random.bool() },
        8 => Event::Unrecognized,
        9 => Event::Empty,
        10 => Event::Token,
        _ => Event::Transient {
            place: random.usize(..10),
            code: match random.bool() {
                true => "error.internal.update_failed",
                false => "error.throttled_by_external_service",
            },
            effect: [Effect::Never, Effect::Before, Effect::Late(random.u32(1..170))]
                [random.usize(..3)],
        },
    }
}

fn read_event(random: &mut Rng) -> Event {
    match random.u8(..6) {
        0 => Event::TooMany(random.u32(..70)),
        1 => Event::Unavailable(random.u32(..20)),
        2 => Event::Gateway { status: [500, 502, 504][random.usize(..3)], is_done: true },
        3 => Event::Cut { is_done: true },
        4 => Event::Unrecognized,
        _ => Event::Token,
    }
}
