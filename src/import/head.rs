//! Prints the head of an import: what is about to be sent, where, and how long it takes. For a
//! resumed run, it describes what is left.

use crate::clock::local_time;
use crate::clock::wall_clock;
use crate::execute::RowCounts;
use crate::import::baseline;
use crate::import::config::ImportConfig;
use crate::import::connection::Connection;
use crate::import::file_run::FileRun;
use crate::import::guard_error::deletion_words;
use crate::import::input_files::ignored_note;
use crate::import::note::Note;
use crate::import::opened_run::OpenedRun;
use crate::import::reporter::ImportReporter;
use crate::import::undo::earlier_undo::was_undone;
use crate::import::undo::prepare::undo_path;
use crate::import::unfinished::Unfinished;
use crate::number::about;
use crate::number::{count, count_thousands, thousands};
use crate::plan::Workload;
use crate::report::uncertain_words;
use crate::umapi::{CallClass, Pace, Rate, Rates};
use std::time::{Duration, SystemTime};

/// Prints the head of each file of an import, in order.
pub(crate) struct RunHeads<'h> {
    pub(crate) config: &'h ImportConfig,
    pub(crate) reporter: &'h dyn ImportReporter,
    pub(crate) connection: &'h Connection,
    /// The number of questions that were sent before, if there is no limit.
    pub(crate) asked: u64,
    /// The work of the files before.
    pub(crate) before: Workload,
}

impl RunHeads<'_> {
    /// Prints the organization, the host, the file, the plan and the expected end.
    pub(crate) fn say(&mut self, one: &FileRun) {
        let Self { config, connection, reporter, .. } = *self;
        let plan = &one.scan.plan;
        let goes_on = one.work.as_ref().filter(|work| work.goes_on);
        let whole = Unfinished::whole(plan, one.estimate);
        let left = goes_on.map_or(&whole, |work| &work.left);
        let mode =
            if config.test_mode { " (test mode: the API checks and changes nothing)" } else { "" };
        reporter.inform(&format!(
            "organization  {} at {}{mode}",
            connection.organization, connection.host
        ));
        if let Some(profile) = &connection.production {
            reporter.inform(&format!("production    yes, as profile {profile} says"));
        }
        reporter.inform(&format!("credentials   {}", connection.describe()));
        reporter.inform(&format!(
            "file          {}: {}",
            one.input.describe(),
            counts(&one.scan.counts, goes_on, reporter)
        ));
        if let Some(known) = &one.input.baseline {
            let how = if known.reduces { "compared with" } else { "checked with" };
            let list = baseline::describe(&known.organization);
            reporter.inform(&format!("list          {how} {list}"));
        }
        if let Some(work) = goes_on {
            let when = wall_clock(work.run_info.began, "%a %d %b %H:%M");
            if left.rows > 0 || work.decisions.is_some() {
                let done = count_thousands(work.recovered.judged, "row");
                reporter.inform(&format!(
                    "continues     the run of {when}: {done} done, {} left",
                    thousands(left.rows)
                ));
            } else {
                let words = reporter.words(&Note::Finished { when: &when });
                reporter.inform(&format!("finished      {words}"));
            }
            // If that cannot be read, the undo itself says so.
            if was_undone((&work.place, &work.run_info), &undo_path(&one.path)).unwrap_or(false) {
                reporter.inform(
                    "undone        rows of this import were taken back later, all or some of them. \
                     The outcomes below are those before that",
                );
            }
            if left.uncertain > 0 {
                reporter.inform(&format!("uncertain     {}", uncertain_words(left.uncertain)));
            }
        }
        self.say_plan(one, left, &whole);
    }

    /// Prints what the remaining rows do, and how long they take.
    fn say_plan(&mut self, one: &FileRun, left: &Unfinished, whole: &Unfinished) {
        let Self { config, reporter, .. } = *self;
        let (plan, known) = (&one.scan.plan, &one.rows_known);
        let headcount = left.headcount(plan);
        let words = if config.test_mode { headcount.words_of_a_test() } else { headcount.words() };
        if !words.is_empty() && left.rows > 0 {
            reporter.inform(&format!("effect        {words}"));
        }
        if left.rows > 0 {
            let own = left.workload(plan, |row| config.verify_deletes && !known.contains(&row));
            self.before.then(&own);
            reporter.inform(&format!(
                "plan          {}",
                self.plan_words(left.estimate.commands, &own)
            ));
        }
        if let Some(note) = ignored_note(&one.input.table) {
            reporter.inform(&reporter.words(&note));
        }
        if let Some(countries) = one.scan.counts.countries.words() {
            reporter.inform(&countries);
        }
        let (deletes, all) = (left.deletes(plan), whole.deletes(plan));
        if deletes.rows > 0 && left.rows > 0 {
            let before = if deletes == all {
                String::new()
            } else {
                format!(" ({} in the whole file)", all.rows)
            };
            let real = if config.test_mode { "in a real run, " } else { "" };
            reporter.inform(&format!("deletions     {real}{}{before}", deletion_words(deletes)));
        }
    }

    /// Describes the work: `1,000 commands in 100 requests, about 9 min at 10/60s, expected end
    /// 14:05`.
    fn plan_words(&self, commands: u64, own: &Workload) -> String {
        let mut amount = format!(
            "{} in {}",
            count_thousands(commands, "command"),
            count_thousands(own.requests(), "request")
        );
        let Rates { action, users, .. } = self.connection.rates;
        if own.questions() > 0 {
            amount += &format!(" and {}", count_thousands(own.questions(), "probe"));
        }
        match self.time() {
            None if self.config.sandbox => {
                let Rates { action, users, .. } = Rates::default();
                let all = own.clone().behind(self.asked);
                let (time, rates) = (
                    all.time(&Pace::unused(action), &Pace::unused(users)),
                    rates_words(action, users, &all),
                );
                let time =
                    time.map_or_else(String::new, |time| format!("{} at {rates}", about(time)));
                format!("{amount}, without a limit here; with Adobe's, {time}")
            }
            None => format!("{amount}, {}", self.reporter.words(&Note::NoLimit)),
            Some(time) => {
                let form = if time.as_secs() > 72_000 { "%a %d %b %H:%M" } else { "%H:%M" };
                let end = local_time(SystemTime::now() + time, form);
                format!(
                    "{amount}, {} at {}, expected end {end}",
                    about(time),
                    rates_words(action, users, own)
                )
            }
        }
    }

    /// Returns the time until the last request of the files so far may be sent. It includes the
    /// used part of the limits, and a pause that the server asked an earlier part of the run for.
    fn time(&self) -> Option<Duration> {
        let [requests, questions] =
            [CallClass::Action, CallClass::Users].map(|class| self.connection.client.pace(class));
        self.before.time(&requests, &questions)
    }
}

/// Describes the limits: `10/60s`, or `10/60s and 25/60s` if there are questions as well.
pub(crate) fn rates_words(
    requests: Option<Rate>,
    questions: Option<Rate>,
    work: &Workload,
) -> String {
    let rates =
        [requests.filter(|_| work.requests() > 0), questions.filter(|_| work.questions() > 0)];
    rates.iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// Describes the rows: `40 rows to send, 3 unchanged, 2 invalid`.
fn counts(
    counts: &RowCounts,
    goes_on: Option<&OpenedRun>,
    reporter: &dyn ImportReporter,
) -> String {
    let RowCounts { rows, sendable, invalid, behind, unchanged, skipped, .. } = counts;
    let not_asked = rows - counts.asked_for();
    let all = if goes_on.is_some() { " in all" } else { "" };
    let retries = goes_on.is_some_and(|run| run.run_info.retried.is_some());
    let not_asked_words = match retries {
        true => "that had not failed".to_owned(),
        false => reporter.words(&Note::NotChosen),
    };
    let mut counts = format!("{} to send{all}", count(*sendable, "row"));
    for (number, what) in [
        (*unchanged, "unchanged"),
        (*invalid, "invalid"),
        (*behind, "not sent after an invalid rename"),
        (*skipped, "skipped"),
        (not_asked, &*not_asked_words),
    ] {
        if number > 0 {
            counts += &format!(", {number} {what}");
        }
    }
    counts
}
