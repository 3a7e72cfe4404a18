//! An organization on loopback that speaks the User Management API, for rehearsals and tests.
//!
//! In: a [`Directory`] and [`SandboxOptions`]. Out: an HTTP server (and HTTPS) on loopback with the
//! token endpoint, all action steps, the reads, throttling, random and injected faults, and calls
//! to read and change it while it runs. It is written from Adobe's documentation alone and shares
//! nothing with the client, so that a mistake in one is not repeated in the other.
//! `docs/sandbox.md` lists its rules and the tests that show them.
//!
//! A call goes through `serve` (connection), `route` (path), `organizations` (whose client calls),
//! `api` (admission, faults, response), `throttle` and `faults`, `act` and `command` (form),
//! `action` (effect) to the `directory`. There is no framework: every response is written here.

mod act;
mod action;
mod api;
mod certificate;
mod command;
mod control;
mod directory;
mod domain;
mod dump;
mod faults;
mod group;
mod group_steps;
mod ids;
mod late;
mod lock;
mod log;
mod made_up;
mod numbers;
mod old_reads;
mod options;
mod organizations;
mod reads;
mod reply;
mod route;
mod serve;
mod server;
mod state;
mod step;
mod throttle;
mod token;
mod user;

pub use directory::Directory;
pub use faults::{FaultError, Faults, InjectedFault, Mix, RandomFault};
pub use group::{AdminRole, SandboxGroup, SandboxGroupKind};
pub use log::Received;
pub use options::SandboxOptions;
#[cfg(test)]
pub(crate) use server::InMemory;
pub use server::Sandbox;
pub use throttle::{Limit, Limits};
pub use user::{Identity, IdentityError, SandboxUser, UserStatus};
