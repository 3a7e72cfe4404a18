//! The numbers of users and groups.

/// A user's number. The numbers are scattered, so that a listing by number is in no order that
/// anybody could rely on.
pub(super) type UserId = u32;
/// A group's number.
pub(super) type GroupId = u32;
