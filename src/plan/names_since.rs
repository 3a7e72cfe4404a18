//! What a name says about a row that was sent without a response, after other imports.

/// Whether a name still means what it meant when a row was sent, according to the record of what
/// other imports from this computer have done since. In order: each proves less than the one
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum NamesSince {
    /// No other import has changed which user or group has the name.
    #[default]
    Kept,
    /// Another import has renamed or deleted a user or group with the name: that nobody has the
    /// name proves nothing.
    Changed,
    /// Another import has given the name to a user or group by a rename or a creation, or may have:
    /// what is found under the name may be another one.
    Given,
}
