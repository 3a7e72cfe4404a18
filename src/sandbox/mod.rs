//! An organization on loopback that speaks the User Management API, for rehearsals and tests.
//!
//! In: a [`Directory`] and [`Options`]. Out: an HTTP server on 127.0.0.1 with the token endpoint, all action steps, the reads, throttling and, for
//! tests, faults. It is written from Adobe's documentation alone and shares nothing with the client, so that a mistake of the one is not
//! mirrored in the other.

mod action;
mod command;
mod directory;
mod faults;
mod made_up;
mod reads;
mod server;
mod throttle;

pub use directory::{Directory, Group, GroupKind, User};
pub use faults::{Fault, Faults};
pub use server::{Limits, Options, Received, Sandbox};
