//! The facts about the place of a journal, not about its run: every copy of it has its own.

/// Where the journal is written.
pub(super) const HOME: &str = "home";
/// Which files the journal needs besides the database.
pub(super) const SESSION: &str = "session";
/// The number of commits on disk.
pub(super) const COMMITS: &str = "commits";
/// The number of the last part of the shared journal that is in this one.
pub(super) const LAST_PART: &str = "last_part";

/// All of them.
pub(super) const LOCAL_FACTS: [&str; 4] = [HOME, SESSION, COMMITS, LAST_PART];
