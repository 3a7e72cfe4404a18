//! Lines that are wrapped between words, on screens.

use textwrap::{Options, WordSplitter};

/// Returns the options for lines of this width. No word is divided by a hyphen.
pub(crate) fn between_words<'a>(columns: usize) -> Options<'a> {
    Options::new(columns).word_splitter(WordSplitter::NoHyphenation)
}
