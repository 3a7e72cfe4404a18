//! Colours: whether they are used, and what they mean.

use crate::cli::args::shared::ColorArg;
use console::{Style, set_colors_enabled, set_colors_enabled_stderr};
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;

/// Decides about colours for the whole process.
pub(crate) fn apply(wanted: ColorArg) {
    let no_color = std::env::var_os("NO_COLOR");
    let is_dumb = std::env::var_os("TERM").is_some_and(|name| name == "dumb");
    let place = |shows_colours| match shows_colours {
        true => WrittenTo::Terminal,
        false => WrittenTo::Elsewhere,
    };
    let decide =
        |is_terminal| is_coloured(wanted, place(is_terminal && !is_dumb), no_color.as_deref());
    set_colors_enabled(decide(std::io::stdout().is_terminal()));
    set_colors_enabled_stderr(decide(std::io::stderr().is_terminal()));
}

/// Where words are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WrittenTo {
    /// A terminal that shows colours.
    Terminal,
    /// A file, a pipe, or a terminal without colours.
    Elsewhere,
}

/// Whether colours are used. <https://no-color.org>: a value that is not empty switches them off,
/// and what is typed has priority.
fn is_coloured(wanted: ColorArg, written_to: WrittenTo, no_color: Option<&OsStr>) -> bool {
    match wanted {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => written_to == WrittenTo::Terminal && no_color.is_none_or(OsStr::is_empty),
    }
}

/// Returns what the words say about colours: for messages about the command line itself, which
/// come before it is understood.
pub(crate) fn of_words(typed: &[OsString]) -> ColorArg {
    let value = typed.iter().enumerate().find_map(|(at, word)| match word.to_str()? {
        "--color" => typed.get(at + 1)?.to_str(),
        word => word.strip_prefix("--color="),
    });
    match value {
        Some("always") => ColorArg::Always,
        Some("never") => ColorArg::Never,
        _ => ColorArg::Auto,
    }
}

/// Returns the colours of help.
pub(crate) fn of_help(wanted: ColorArg) -> clap::ColorChoice {
    match wanted {
        ColorArg::Auto => clap::ColorChoice::Auto,
        ColorArg::Always => clap::ColorChoice::Always,
        ColorArg::Never => clap::ColorChoice::Never,
    }
}

/// Returns a text for standard error in the colour of an error, if there are colours.
pub(crate) fn error(text: &str) -> String {
    Style::new().for_stderr().red().bold().apply_to(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        let no = Some(OsStr::new("1"));
        let decided = |wanted| {
            let (terminal, file) = (WrittenTo::Terminal, WrittenTo::Elsewhere);
            [(terminal, None), (file, None), (terminal, no), (terminal, Some(OsStr::new("")))]
                .map(|(written_to, no_color)| is_coloured(wanted, written_to, no_color))
        };
        assert_eq!(decided(ColorArg::Auto), [true, false, false, true]);
        assert_eq!(decided(ColorArg::Always), [true; 4]);
        assert_eq!(decided(ColorArg::Never), [false; 4]);
    }

    #[test]
    fn colours_of_help_are_those_that_were_typed() {
        let words = |typed: &str| typed.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(of_words(&words("umbulk -h --color=never")), ColorArg::Never);
        assert_eq!(of_words(&words("umbulk --color always -h")), ColorArg::Always);
        assert_eq!(of_words(&words("umbulk -h --color")), ColorArg::Auto);
    }
}
