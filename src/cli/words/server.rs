//! Messages about what the server does, with the option that lets umbulk wait for it.

use crate::export::{FetchError, JobError};
pub(crate) use crate::import::stop_words::api_words;

/// Describes why a list was not fetched.
pub(crate) fn fetch_words(error: &FetchError) -> String {
    match error {
        FetchError::Api(error) | FetchError::Job(JobError::Api(error)) => api_words(error),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::umapi::ApiError;
    use std::time::Duration;

    #[test]
    fn fetch_that_must_wait_too_long_names_the_option_that_allows_it() {
        let error = ApiError::WaitTooLong { wait: Duration::from_secs(7200), why: "x".to_owned() };
        assert!(fetch_words(&FetchError::Api(error)).contains("longer than --max-wait allows (x)"));
    }
}
