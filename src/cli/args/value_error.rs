//! What is wrong with the value of an option, in words.

/// An error in the value of an option. clap adds the option and the value to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ValueError(String);

impl From<String> for ValueError {
    fn from(words: String) -> Self {
        Self(words)
    }
}

impl From<&str> for ValueError {
    fn from(words: &str) -> Self {
        Self(words.to_owned())
    }
}
