//! The sandbox judged by itself: its rules, one by one. `docs/sandbox.md` says which test shows
//! which rule.

mod actions;
mod control;
mod faults;
mod form;
mod groups;
mod guest;
mod late;
mod old_reads;
mod organizations;
mod probes;
mod program;
mod reads;
mod throttling;
mod tokens;
mod user_sync;
mod wire;
