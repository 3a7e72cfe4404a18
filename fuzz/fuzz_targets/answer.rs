//! Any answer at all is understood or refused, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use umbulk::Rates;
use umbulk::internals::{ActionResponse, WireCommand, retry};

fuzz_target!(|text: &str| {
    let _ = serde_json::from_str::<ActionResponse>(text);
    let _ = serde_json::from_str::<Vec<WireCommand>>(text);
    let _ = text.parse::<Rates>();
    let _ = retry::retry_after(Some(text), Some(text), std::time::SystemTime::now());
});
