//! The numbers of users and groups.

/// The number of a user. The numbers are scattered, so that a list sorted by number is in no order
/// that a client could rely on.
pub(super) type UserId = u32;
/// The number of a group.
pub(super) type GroupId = u32;
