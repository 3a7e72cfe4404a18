//! How much a command prints.

use crate::cli::args::command_line::Cli;

/// How much a command prints, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Verbosity {
    /// Only what needs attention.
    Quiet,
    /// Progress and results.
    #[default]
    Normal,
    /// The response to each request as well.
    Responses,
    /// The log as well, which also says why requests and rows wait.
    Log,
}

impl Verbosity {
    /// Returns what the command line asks for.
    pub(crate) fn of(cli: &Cli) -> Self {
        match cli.verbose {
            _ if cli.quiet => Self::Quiet,
            0 => Self::Normal,
            1 => Self::Responses,
            _ => Self::Log,
        }
    }

    /// Whether only what needs attention is printed.
    pub(crate) fn is_quiet(self) -> bool {
        self == Self::Quiet
    }
}
