//! The facts about the place of a journal, not about its run: every copy of it has its own.

/// Where the journal is written.
pub(super) const HOME: &str = "home";
/// Which files the journal needs besides the database.
pub(super) const SESSION: &str = "session";
/// The number of commits on disk.
pub(super) const COMMITS: &str = "commits";
/// The number of the last part of the shared journal that is in this one.
pub(super) const LAST_PART: &str = "last_part";
/// Which run of which store this is a copy of.
pub(super) const STORE: &str = "store";
/// When this computer took the run over, until it continues it: the times are of another one.
pub(super) const ELSEWHERE: &str = "elsewhere";

/// All of them.
pub(super) const LOCAL_FACTS: [&str; 6] = [HOME, SESSION, COMMITS, LAST_PART, STORE, ELSEWHERE];
