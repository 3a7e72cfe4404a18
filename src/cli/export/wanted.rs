//! Converts the options of an export: the lists, the filter and the columns.

use crate::cli::args::export::ExportArgs;
use crate::cli::error::CliError;
use crate::export::{
    ExportFilter, LayoutError, ListKind, OutputFormat, OutputLayout, StatusFilter,
};
use crate::umapi::ListQuery;

/// Refuses options for users with a list of groups.
pub(super) fn check_arguments(args: &ExportArgs) -> Result<(), CliError> {
    if args.kind() == ListKind::Groups {
        let of_users = [
            ("--group", !args.group.is_empty()),
            ("--domain", args.domain.is_some()),
            ("--status", !args.status.is_empty()),
            ("--indirect", args.indirect),
        ];
        if let Some((option, _)) = of_users.iter().find(|(_, said)| *said) {
            return Err(CliError(format!(
                "{option} applies to users only: umbulk export users {option} …"
            )));
        }
    }
    Ok(())
}

/// Returns the columns of the file.
pub(super) fn layout(args: &ExportArgs, format: OutputFormat) -> Result<OutputLayout, CliError> {
    let mut layout = OutputLayout::new(args.kind(), format, args.dialect())
        .map_err(|error| layout_words(&error))?;
    if args.indirect {
        layout.mark_indirect();
    }
    if args.excel {
        if format == OutputFormat::JsonLines {
            return Err(CliError("--excel does not apply to JSON Lines".to_owned()));
        }
        layout.excel = true;
    }
    if !args.columns.is_empty() {
        layout.pick(&args.columns).map_err(|error| layout_words(&error))?;
    } else if leaves_out(args) {
        layout.mark_part();
    }
    Ok(layout)
}

/// Describes why the file cannot have these columns, with the option that asks for them.
fn layout_words(error: &LayoutError) -> CliError {
    CliError(match error {
        LayoutError::DialectOfJsonLines(dialect) => format!(
            "--dialect {dialect} does not apply to JSON Lines, which have the API's own names"
        ),
        LayoutError::DialectWithoutGroups(dialect) => {
            format!("--dialect {dialect} has no columns for groups; use native or umapi-cli")
        }
        LayoutError::NoColumn { .. } => format!("--columns: {error}"),
        LayoutError::ColumnTwice(name) => format!("--columns: `{name}` is named twice"),
    })
}

/// Whether the list leaves out users of the organization.
fn leaves_out(args: &ExportArgs) -> bool {
    let is_full = args.domain.is_none()
        && args.group.is_empty()
        && args.status.is_empty()
        && args.types.is_empty();
    args.kind() == ListKind::Users && !is_full
}

/// Returns the lists to fetch, and the filter for what the server does not filter.
pub(super) fn ask_for(args: &ExportArgs) -> Result<(Vec<ListQuery>, ExportFilter), CliError> {
    let mut filter = ExportFilter {
        statuses: args.status.clone(),
        types: args.api_types()?,
        ..ExportFilter::default()
    };
    let domain = args.domain.as_ref().map(|domain| domain.trim().to_owned());
    if domain.as_ref().is_some_and(String::is_empty) {
        return Err(CliError("--domain is empty: name a domain".to_owned()));
    }
    let direct = !args.indirect;
    if args.kind() == ListKind::Groups {
        return Ok((vec![ListQuery::Groups], filter));
    }
    let mut groups: Vec<&str> = Vec::new();
    for group in args.group.iter().map(|group| group.trim()) {
        if group.is_empty() {
            return Err(CliError("--group names no group".to_owned()));
        }
        if !groups.iter().any(|known| known.to_lowercase() == group.to_lowercase()) {
            groups.push(group);
        }
    }
    if groups.is_empty() {
        return Ok((vec![ListQuery::Users { domain, direct }], filter));
    }
    filter.statuses.dedup();
    // The server can filter the members of a group by status.
    let active = match filter.statuses[..] {
        [StatusFilter::Active] => Some(true),
        [StatusFilter::Inactive] => Some(false),
        _ => None,
    };
    if active.is_some() {
        filter.statuses.clear();
    }
    let members = |group: &str| ListQuery::Members {
        group: group.to_owned(),
        domain: domain.clone(),
        direct,
        active,
    };
    Ok((groups.into_iter().map(members).collect(), filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_named_twice_is_fetched_once() {
        let (queries, filter) = ask_for(&ExportArgs::typed(&[
            "users", "--group", "A", "--group", " a ", "--group", "B", "--status", "active",
            "--domain", "x",
        ]))
        .unwrap();
        let member = |group: &str| ListQuery::Members {
            group: group.to_owned(),
            domain: Some("x".to_owned()),
            direct: true,
            active: Some(true),
        };
        assert_eq!((queries, filter), (vec![member("A"), member("B")], ExportFilter::default()));
        let (queries, filter) =
            ask_for(&ExportArgs::typed(&["users", "--status", "active", "--indirect"])).unwrap();
        assert_eq!(queries, [ListQuery::Users { domain: None, direct: false }]);
        assert_eq!(filter.statuses, [StatusFilter::Active]);
    }
}
