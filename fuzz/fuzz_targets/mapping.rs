//! Any text at all as a mapping file: it is refused, or reads again as it is written. Only the
//! table `[map]` may be empty.
#![no_main]

use libfuzzer_sys::fuzz_target;
use umbulk::internals::MapFile;

fuzz_target!(|text: &str| {
    if let Ok(file) = MapFile::read("a.toml", text, |_| true) {
        let written = file.entries_text();
        let text = format!("[map]\n{written}");
        let again = MapFile::read("a.toml", &text, |_| true).map(|file| file.entries_text());
        assert_eq!(again.ok(), Some(written));
    }
});
