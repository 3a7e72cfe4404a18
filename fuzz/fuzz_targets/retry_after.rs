//! Any `Retry-After`, with any `Date`, is a wait or none, never a panic, and a wait never ends
//! before it began.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::time::{Duration, SystemTime};
use umbulk::internals::retry::{backoff, retry_after};

fuzz_target!(|given: (String, Option<String>, u64)| {
    let (header, date, seconds) = given;
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds % 10_000_000_000);
    if let Some(wait) = retry_after(Some(&header), date.as_deref(), now) {
        // It can be added to a time, as the limiter does.
        assert!(now.checked_add(wait).is_some(), "{wait:?}");
        assert!(tokio::time::Instant::now().checked_add(wait).is_some(), "{wait:?}");
    }
    let _ = backoff(seconds as u32, Duration::from_secs(2), 0.5);
});
