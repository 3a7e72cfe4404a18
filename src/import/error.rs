//! Why an import cannot be done.

/// Why nothing could be done, in words for the person who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportError(pub(crate) String);

impl<E: std::fmt::Display> From<E> for ImportError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}
