//! Black-box tests: the binary, real files, an organization on loopback. They assert the final state of the organization and each row's verdict.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod administrators;
mod bad_input;
mod caps;
mod cli;
mod dialects;
mod diff;
mod differences;
mod effects;
mod export;
mod guards;
mod hostile;
mod journal_files;
mod jsonl;
mod limits;
mod lists;
mod misbehaviour;
mod missing;
mod one_file;
mod only_changes;
mod outputs;
mod overwritten;
mod probed;
mod protect;
mod resume;
mod row_actions;
mod row_cells;
mod row_conflicts;
mod row_encodings;
mod row_skips;
mod samples;
mod sandbox;
mod screens;
mod scripted;
mod snapshots;
mod state_folder;
mod strangers_journal;
mod transcripts;
mod troubles;
mod two_days;
mod uncertain;
mod unknown_groups;
mod usage;
mod verdicts;
mod world;
