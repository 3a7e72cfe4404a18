//! Waits for earlier requests that may still change the users and groups that the server is about
//! to be asked about. Before they are carried out, a response proves nothing.

use crate::clock;
use crate::execute::{
    AskedUsers, InputRows, LateEffects, OpenName, OpenNames, ProbeAnswers, open_names,
    open_protected,
};
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::earlier_run;
use crate::import::error::ImportError;
use crate::import::input_file::InputFile;
use crate::import::outputs::output_paths;
use crate::import::questions::while_shown;
use crate::import::reporter::{ImportReporter, interruption};
use crate::import::session::ImportSession;
use crate::journal::Moment;
use crate::number::{about, count};
use crate::umapi::{Wait, WaitReason, millis};
use crate::visible::visible;
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// How often umbulk checks whether another process has found the result of its request.
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// Waits until no request of another run, or of an earlier start of this one, can change a user or
/// a group that the server is asked about. Returns what is known about these requests then: the
/// wait for them is over, and does not begin again; `None` if nothing is shared with other runs.
///
/// # Errors
/// When a file cannot be read, or the import is interrupted.
pub(crate) fn wait_for_earlier_effects(
    config: &ImportConfig,
    inputs: &[InputFile],
    runtime: &Runtime,
    reporter: &dyn ImportReporter,
) -> Result<Option<LateEffects>, ImportError> {
    let access = &config.connect.access;
    // Errors in the settings are reported where the settings are needed.
    let Ok(Some((organization, host))) = Connection::place_if_set(access) else { return Ok(None) };
    let Some(state) = access.state_dir().filter(|_| !config.sandbox) else { return Ok(None) };
    let effects = LateEffects::in_folder(state, &organization, &host);
    let mut files: Option<Vec<_>> = None;
    loop {
        let open = effects.open_names(config.effect_window);
        if open.is_empty() {
            return Ok(Some(effects));
        }
        let asked = files.get_or_insert_with(|| asked_about(config, inputs, &organization));
        let mut names = open_names(asked, &open)?;
        if let Some(input) = inputs.first().filter(|_| !asked.is_empty()) {
            names.extend(open_protected(&input.protected, &open));
        }
        let open_now = || effects.open_names(config.effect_window);
        if !wait_for(&names, open_now, runtime, reporter)? {
            return Ok(Some(effects));
        }
    }
}

/// Waits until no earlier request can change a user whom the server has found, by any name of this
/// user. Returns whether it has waited: if so, the answers prove nothing.
///
/// # Errors
/// When the import is interrupted.
pub(crate) fn wait_for_found_users(
    session: ImportSession<'_>,
    answers: &ProbeAnswers,
) -> Result<bool, ImportError> {
    let ImportSession { config, connection, runtime, reporter } = session;
    let open_now = || connection.late_effects.open_names(config.effect_window);
    wait_for(&answers.open_names(&open_now()), open_now, runtime, reporter)
}

/// Waits until nothing can still be carried out that another computer has sent before this one took
/// its run over.
///
/// # Errors
/// When the import is interrupted.
pub(crate) fn wait_for_other_computer(
    since: Moment,
    effect_window: Duration,
    runtime: &Runtime,
    reporter: &dyn ImportReporter,
) -> Result<(), ImportError> {
    let left = millis(effect_window).saturating_sub(Moment::now().since(since).max(0));
    let left = Duration::from_millis(u64::try_from(left).unwrap_or_default());
    if left.is_zero() {
        return Ok(());
    }
    reporter.inform(&format!(
        "waiting       {}: Adobe may still carry out requests that the other computer has sent",
        about(left)
    ));
    let until = clock::system_now() + left;
    let waiting = || Some(Wait { until, why: WaitReason::LateEffect });
    runtime.block_on(async {
        let over = tokio::time::sleep(left);
        tokio::select! {
            () = while_shown("waiting for an earlier request", waiting, reporter, over) => Ok(()),
            interruption = interruption(reporter) => Err(interruption),
        }
    })
}

/// Waits until no earlier request can change these names. Returns whether it had to wait.
fn wait_for(
    names: &[OpenName],
    open_now: impl Fn() -> OpenNames,
    runtime: &Runtime,
    reporter: &dyn ImportReporter,
) -> Result<bool, ImportError> {
    let latest = |open: &OpenNames| names.iter().filter_map(|name| name.until(open)).max();
    let Some(end) = latest(&open_now()) else { return Ok(false) };
    reporter.inform(&words(names, end));
    let closed = async {
        while let Some(end) = latest(&open_now()) {
            tokio::time::sleep_until(end.min(Instant::now() + ASK_AGAIN)).await;
        }
        Ok(true)
    };
    let until = clock::system_now() + end.saturating_duration_since(Instant::now());
    let waiting = || Some(Wait { until, why: WaitReason::LateEffect });
    runtime.block_on(async {
        tokio::select! {
            closed = while_shown("waiting for an earlier request", waiting, reporter, closed) => {
                closed
            }
            interruption = interruption(reporter) => Err(interruption),
        }
    })
}

/// Returns the rows of the files that may still send something, with the users whom the server is
/// asked about.
fn asked_about<'i>(
    config: &ImportConfig,
    inputs: &'i [InputFile],
    organization: &str,
) -> Vec<(InputRows<'i>, AskedUsers)> {
    let known = &config.known;
    let compares = known.online || known.against.is_none() && config.compares();
    let is_finished = |path: &PathBuf, input: &InputFile| {
        let results = output_paths(config, path).results;
        config.is_real()
            && !config.fresh
            && earlier_run::finished(path, input, config, &results, organization).is_some()
    };
    let users = |input: &InputFile| {
        let is_about_all = compares || config.missing.is_some() || input.has_ids;
        if is_about_all { AskedUsers::OfAllRows } else { AskedUsers::WhoLose }
    };
    let all = config.files.iter().zip(inputs).filter(|(path, input)| !is_finished(path, input));
    all.map(|(_, input)| (input.input_rows(), users(input))).collect()
}

/// Describes the wait: `waiting       about 3 min for an earlier request that may still change
/// ann@x.com and 2 more names: until then, the server's responses prove nothing`.
fn words(names: &[OpenName], latest: Instant) -> String {
    let more = match names.len() - 1 {
        0 => String::new(),
        more => format!(" and {}", count(more as u64, "more name")),
    };
    let first = names.first().map_or("", |first| &first.name);
    format!(
        "waiting       {} for an earlier request that may still change {}{more}: until then, the \
         server's responses prove nothing",
        about(latest.saturating_duration_since(Instant::now())),
        visible(first)
    )
}
