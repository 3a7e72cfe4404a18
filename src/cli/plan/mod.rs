//! `umbulk plan`: what would be sent, and how long it would take.

mod changes;
mod file_preview;
mod listing;
mod look_at;
mod missing;
mod outputs;
mod planned;
mod questions;
mod save;
mod section;
mod words;
mod work;

use crate::cli::args::commands::PlanArgs;
use crate::cli::error::CliError;
use crate::cli::output::written_words;
use crate::cli::say::{print_out, print_painted_words};
use crate::cli::store_access::share_quota_and_lists;
use crate::cli::terminal::Terminal;
use crate::cli::typed_words::typed_words;
use crate::execute::{
    GroupSidePolicy, Scan, count_memberships_once, creation_requests, estimate,
    renames_to_ask_about,
};
use crate::export::ListReporter;
use crate::import::Exit;
use crate::import::access::Access;
use crate::import::config::ImportConfig;
use crate::import::connection::learned_width;
use crate::import::error::ImportError;
use crate::import::groups::{Creation, GroupsOfFile};
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::input_files::{check_inputs, confirm_encoding, say_problems};
use crate::import::known_lists::KnownLists;
use crate::import::missing::{PlannedMissing, ScannedFile, check_config};
use crate::import::reconciliation::{AskedServer, Reconciled, Reconciliation, scan_files};
use crate::import::saved_plan::SavedPlan;
use crate::import::warnings::Warnings;
use crate::plan::Estimate;
use crate::table::{Check, MapFile};
use crate::umapi::wire::WireCommand;
use file_preview::FilePreview;
use look_at::{LookAt, LookAtFacts};
use outputs::PlanOutputs;
use planned::{Differences, PlanFindings, Planned};
use questions::{PlanQuestions, asked_words};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::runtime::Builder;
use work::PlannedWork;

/// Plans every file and prints the plans. Nothing is sent.
pub(crate) fn run(
    args: &PlanArgs,
    mapping: MapFile,
    access: Access,
    terminal: &Terminal,
) -> Result<Exit, CliError> {
    let mut config = args.config(access, mapping, &typed_words().collect::<Vec<_>>());
    check_config(&config).map_err(ImportError::from)?;
    if args.known.online {
        share_quota_and_lists(args.quota.store.as_deref(), &mut config.connect, terminal)?;
    }
    let command = PlanCommand { args, config, terminal };
    PlanOutputs::check(args)?;
    let config = &command.config;
    let saved = args.save.clone().map(|place| SavedPlan::begin(place, config));
    let mut saved = saved.transpose()?;
    let mut inputs = command.open_inputs()?;
    let (mut known, scans) = command.gather(&mut inputs)?;
    let previews = FilePreview::find(&inputs, &scans)?;
    let mut outputs = PlanOutputs::begin(args)?;
    saved.iter_mut().for_each(|saved| saved.creates.clone_from(&known.created_groups));
    let mut exit = Exit::Good;
    let found = scans.into_iter().zip(previews);
    let inputs = config.files.iter().zip(&inputs);
    for (place, ((path, input), found)) in inputs.zip(found).enumerate() {
        let file = command.plan_file(input, place, found, &mut known, &mut outputs)?;
        let rates = &command.config.connect.rates;
        outputs.add_to_page(|| words::page_file(input, &file.planned, &file.work, rates));
        command.print(input, &file)?;
        let missing = file.planned.found.missing.as_ref();
        saved.as_mut().map_or(Ok(()), |saved| saved.add(path, input, missing))?;
        let is_refused =
            file.planned.found.missing.as_ref().is_some_and(|missing| missing.refused.is_some());
        if is_refused || file.scanned.counts.invalid + file.scanned.counts.behind > 0 {
            exit = Exit::SomeRows;
        }
    }
    outputs.end()?;
    PlanOutputs::files(args).for_each(|path| terminal.inform(&written_words(path)));
    saved.map_or(Ok(()), |saved| save::write(saved, config, terminal))?;
    Ok(exit)
}

/// The command with its resolved settings.
struct PlanCommand<'a> {
    args: &'a PlanArgs,
    /// The import that is planned.
    config: ImportConfig,
    terminal: &'a Terminal,
}

/// What is known before the files are planned, one after the other.
struct KnownBefore {
    lists: KnownLists,
    warnings: Warnings,
    questions: PlanQuestions,
    /// The groups to look at, by the index of the file that needs them.
    groups: BTreeMap<u32, GroupsOfFile>,
    /// People who are missing in all files. They are shown with the last one.
    missing: Option<PlannedMissing>,
    /// The requests that create groups, which are sent before the rows of the first file, and the
    /// requests that try groups.
    creations: Vec<Vec<WireCommand>>,
    created_groups: Vec<String>,
    trials: u64,
}

/// The plan of a file, with its sources.
struct FilePlan {
    scanned: Scan,
    planned: Planned,
    work: PlannedWork,
}

impl PlanCommand<'_> {
    /// Opens all files. A plan that is saved asks about a guessed encoding, as the import does.
    fn open_inputs(&self) -> Result<Vec<InputFile>, CliError> {
        let folder = std::env::temp_dir();
        let folder = FileAccess::InPlace(&folder);
        let ImportConfig { files, read, connect, group_side: wanted, .. } = &self.config;
        let width = learned_width(&connect.access);
        let open = |path: &PathBuf| {
            let mut input = InputFile::open(path, read, folder, self.terminal)?;
            input.group_side = Some(GroupSidePolicy { wanted: *wanted, width });
            if self.args.save.is_some() {
                confirm_encoding(&input.table, read, self.terminal)?;
            }
            Ok(input)
        };
        let inputs = files.iter().map(open).collect::<Result<Vec<_>, ImportError>>()?;
        check_inputs(&inputs).map_err(ImportError::from)?;
        Ok(inputs)
    }

    /// Compares the inputs with lists, finds what an import would warn about and ask first, and
    /// prints the head. Also returns the scan of each file.
    fn gather(&self, inputs: &mut [InputFile]) -> Result<(KnownBefore, Vec<Scan>), CliError> {
        let Self { config, terminal, .. } = self;
        let (access, unlisted) = (&config.connect.access, config.known.unlisted_groups());
        let mut lists = KnownLists::load(config, inputs, *terminal, || Ok(None))?;
        let is_as_planned = self.args.skip_unchanged || self.args.save.is_some();
        if lists.loaded.is_some() && !(is_as_planned || config.known.exact_groups) {
            terminal.inform(
                "note: `umbulk import` sends only these differences with --skip-unchanged; \
                 without it, it sends every valid row",
            );
        }
        // A plan that is saved asks what the import asks: then nothing but a change refuses it.
        let runtime = match self.args.save {
            Some(_) => Some(Builder::new_current_thread().enable_all().build()?),
            None => None,
        };
        let server = runtime.as_ref().map(|runtime| AskedServer { runtime, late_effects: None });
        let (creation, reporter) = (Creation::of_plan(config), *terminal);
        let reconciliation = Reconciliation { config, reporter, creation, server };
        let Reconciled { connection, mut found, early_scan } =
            reconciliation.reconcile(inputs, &mut lists)?;
        let connection = connection.transpose()?;
        if connection.is_some() {
            found.groups.refused.take().map_or(Ok(()), |error| Err(ImportError::from(error)))?;
            reconciliation.count_questions_about_groups(inputs, &lists, &mut found.groups)?;
        }
        let scans = scan_files(inputs, early_scan, *terminal)?;
        let perhaps_meant = std::mem::take(&mut found.findings.perhaps_meant);
        let listed = lists.missing.take().map(|list| (list, perhaps_meant));
        let files: Vec<ScannedFile<'_>> = inputs.iter().zip(&scans).collect();
        // A plan that has a token knows the caller.
        let connect = connection.as_ref().map(|_| &config.connect);
        let connect = connect.or(config.known.online.then_some(&config.connect));
        let missing = missing::find(config, listed, &files, connect, *terminal)?;
        let asked = connection.and_then(|connection| asked_words(&connection.client.stats()));
        asked.iter().for_each(|words| terminal.inform(&format!("asked         {words}")));
        found.say_head(*terminal);
        let sources = (&*inputs, scans.as_slice());
        let questions = PlanQuestions::find(sources, &lists, &found.groups, access, unlisted)?;
        let known = KnownBefore {
            lists,
            warnings: found.findings.warnings,
            questions,
            groups: std::mem::take(&mut found.groups.by_file),
            missing,
            creations: creation_requests(&found.groups.create),
            created_groups: found.groups.create,
            trials: found.groups.trials,
        };
        Ok((known, scans))
    }

    /// Plans one file and writes its requests.
    fn plan_file(
        &self,
        input: &InputFile,
        place: usize,
        (mut scanned, preview): (Scan, FilePreview),
        known: &mut KnownBefore,
        outputs: &mut PlanOutputs,
    ) -> Result<FilePlan, CliError> {
        let rates = &self.config.connect.rates;
        let without = cost_without_comparison(input)?;
        let Scan { plan, counts, .. } = &mut scanned;
        count_memberships_once(&mut counts.effects, &input.input_rows(), plan)?;
        say_problems(&scanned.counts, input, self.terminal);
        let (estimate, work) = self.cost(input, &scanned, place, known, outputs)?;
        outputs.list_skipped(input)?;
        input.check_unchanged(Check::Quick)?;
        let mut missing = None;
        if place + 1 == self.args.files.len() {
            missing = known.missing.take();
            missing.iter().try_for_each(|missing| outputs.list_missing(missing))?;
        }
        let name = input.table.name();
        let administrators = &known.questions.administrators;
        let (perhaps_new_addresses, addresses) = known.warnings.new_addresses_of(name);
        let facts = LookAtFacts {
            file: name,
            groups: u32::try_from(place).ok().and_then(|place| known.groups.get(&place)),
            administrators: Some(administrators).filter(|_| scanned.counts.takes_something()),
            new_addresses: (&perhaps_new_addresses, addresses),
            lone_domains: preview.lone_domains(),
            licences: &preview.licences,
        };
        let look_at = LookAt::find(&facts, self.terminal);
        let FilePreview { differences, asked_for, licences } = preview;
        let found = PlanFindings {
            administrators: administrators.of_file(name),
            perhaps_new_addresses,
            licences,
            differences: without.zip(differences).map(|(without, differences)| {
                Differences::new(input, &without, rates, differences)
            }),
            asked_for,
            look_at,
            missing,
        };
        let max_age = self.config.known.max_age;
        let planned = Planned::new(input, &scanned, (&estimate, &work), found, rates, max_age);
        Ok(FilePlan { scanned, planned, work })
    }

    /// Returns the commands and requests of a file, and its questions. The requests that create
    /// groups and try groups are counted with the first file.
    fn cost(
        &self,
        input: &InputFile,
        scanned: &Scan,
        place: usize,
        known: &mut KnownBefore,
        outputs: &mut PlanOutputs,
    ) -> Result<(Estimate, PlannedWork), CliError> {
        let mut estimate = estimate(&input.input_rows(), &scanned.plan)?;
        let creations = std::mem::take(&mut known.creations);
        let organization = known.lists.organization();
        let renames = renames_to_ask_about(&input.input_rows(), organization)?;
        let mut work = PlannedWork::of(
            &scanned.plan,
            self.args,
            known.questions.about_administrators,
            (known.questions.of_file(place), renames),
        );
        if let Some(requests) = outputs.write_requests(input, scanned, &creations)? {
            estimate.requests = requests;
        }
        work.trials = std::mem::take(&mut known.trials);
        work.goes_behind(creations.len() as u64 + work.trials, estimate.requests);
        estimate.requests += creations.len() as u64;
        estimate.commands += creations.iter().map(|request| request.len() as u64).sum::<u64>();
        Ok((estimate, work))
    }

    /// Prints the plan of a file, as words or as one line of JSON.
    fn print(
        &self,
        input: &InputFile,
        FilePlan { planned, work, .. }: &FilePlan,
    ) -> Result<(), CliError> {
        if self.args.json {
            return print_out(&format!("{}\n", serde_json::to_string(planned)?));
        }
        print_painted_words(&words::describe(input, planned, work, &self.config.connect.rates))
    }
}

/// Returns the cost of sending every row, if the rows are compared with a list.
fn cost_without_comparison(input: &InputFile) -> Result<Option<Estimate>, ImportError> {
    let is_compared = input.baseline.as_ref().is_some_and(|known| known.reduces);
    is_compared.then(|| input.cost_uncompared()).transpose()
}
