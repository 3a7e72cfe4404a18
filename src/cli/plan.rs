//! `umbulk plan`: what would be sent, and how long it would take.

use super::administrators::{Administrators, AtRisk, Sources};
use super::args::{PlanArgs, ProgressArg};
use super::config::Environment;
use super::existing;
use super::exit::{Exit, Failure};
use super::files::{Access, Input, about as about_time, check_outputs, find_conflicts, ignored_words, is_device, minutes_of, say_problems};
use super::groups::{Creation, GroupCheck, Offline};
use super::inquiry::{FirstQuestions, Inquiry};
use super::known::{Asking, Looked};
use super::new_addresses::NewAddress;
use super::planned_work::{Work, first_questions};
use super::warnings::Warnings;
use super::{Voice, give, known, protect};
use crate::change::{Change, Effects};
use crate::disk::{private_file, put_aside};
use crate::number::{count, form, noun};
use crate::organization::{Exceeded, Known, Moves, NearName, Organization, Preview, Step, steps};
use crate::plan::{Estimate, Headcount};
use crate::report::{differences_in_words, effect_in_words, kept_in_words, near_in_words};
use crate::run::{Asked, Reading, Surveyed, Unsent, creation_requests, edited_rows, estimate, preview, rehearse};
use crate::table::{Block, Check, Field, RowBuffer};
use crate::umapi::Rates;
use crate::umapi::wire::Command;
use crate::visible::visible;
use jiff::Timestamp;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// A file's plan; with `--json` it is printed as it stands here.
#[derive(Serialize)]
struct Planned {
    file: String,
    dialect: &'static str,
    rows: u64,
    sendable: u64,
    unchanged: u64,
    /// Those of them that take something away from somebody who is not there.
    not_there: u64,
    /// Rows that are sent and take something away from somebody who is not there.
    sent_not_there: u64,
    /// The first of their names for which others may be meant.
    near_names: Vec<NearName>,
    /// What would be done, and what would not be applied: rows by word; of `joined` and `left`, memberships.
    effects: Effects,
    /// What of that is not applied to Adobe IDs.
    #[serde(skip)]
    of_adobe_ids: Effects,
    invalid: u64,
    skipped: u64,
    /// What the rows do, in words and in numbers.
    does: String,
    headcount: Headcount,
    ignored_columns: Vec<String>,
    deletes: u64,
    removals: u64,
    commands: u64,
    requests: u64,
    /// People of whom is asked whether they are there before they are removed (`--verify-deletes`).
    probes: u64,
    /// Questions in all, also those that come before anything is sent: one answer may serve for several things.
    questions: u64,
    /// Minutes at the limits; `null` without a limit.
    minutes: Option<f64>,
    /// Administrators who would lose a role; `null` where that cannot be known without the server.
    administrators: Option<Vec<AtRisk>>,
    /// Rows that create somebody who is perhaps there under another address, as far as a list tells; the first thousand.
    perhaps_new_addresses: Vec<NewAddress>,
    /// Profiles that would have more members than licences, where lists tell.
    licences: Vec<Exceeded>,
    /// What an import would ask about first, for the list is old.
    asks: Option<String>,
    /// What would change, where the organization is known.
    differences: Option<Differences>,
}

/// What would change beside a list of the organization.
#[derive(Serialize)]
struct Differences {
    /// The list, and when it was so.
    list: String,
    at: Timestamp,
    /// What everything would take, if nothing was left out.
    requests_without: u64,
    minutes_without: Option<f64>,
    #[serde(flatten)]
    preview: Preview,
}

pub(crate) fn run(args: &PlanArgs, environment: &Environment, voice: &Voice) -> Result<Exit, Failure> {
    let quiet = voice.quiet;
    let rates = args.connect.rates();
    let outputs = [("--out", &args.out), ("--requests", &args.requests)];
    check_outputs(
        &args.files,
        &outputs.map(|(what, path)| path.clone().map(|path| (what, path))).into_iter().flatten().collect::<Vec<_>>(),
    )?;
    let mut inputs = args
        .files
        .iter()
        .map(|path| Input::open(path, &args.read, Access::InPlace(&std::env::temp_dir()), quiet))
        .collect::<Result<Vec<_>, _>>()?;
    let mut looked = None;
    let mut keepers = known::Keepers::default();
    if args.known.against.is_some() || args.known.online || args.known.exact_groups || args.skip_unchanged {
        let asking = Asking {
            connect: &args.connect,
            environment,
            voice,
            progress: ProgressArg::Auto,
            list_separator: args.read.list_separator,
            begun: None,
        };
        let found = asking.look(&args.known)?;
        keepers = known::compare(&mut inputs.iter_mut().collect::<Vec<_>>(), &found, &args.known, known::Sends::OnlyChanges)?;
        looked = Some(found);
    }
    // Where nobody asks for a comparison, a young list tells all the same who is there.
    let told = if looked.is_none() { existing::stored(environment, args.known.max_age, &inputs) } else { None };
    if let Some(told) = &told {
        known::compare(&mut inputs.iter_mut().collect::<Vec<_>>(), told, &args.known, known::Sends::Everything)?;
    }
    let list = looked.as_ref().or(told.as_ref());
    let organization = list.map(|list| &*list.organization);
    protect::complete(&mut inputs.iter_mut().collect::<Vec<_>>(), organization, args.known.exact_groups, || {
        Ok(protect::Server::Nobody(protect::NAME_A_LIST))
    })?;
    let check = GroupCheck {
        args: &args.groups,
        create: if args.create_groups { Creation::Planned } else { Creation::Off },
        max_age: args.known.max_age,
        environment,
        voice,
        organization: looked.as_ref().map(|looked| looked.organization.clone()),
        touched: looked.as_ref().map(|looked| looked.touched.clone()).unwrap_or_default(),
        rate: rates.users,
    };
    let mut early = None;
    let groups = match inputs.as_mut_slice() {
        // Nothing else decides what the rows are to do: one reading tells all.
        [input] if list.is_none() => {
            let (groups, surveyed) = check.while_read(input, Input::survey)?;
            if input.presence.is_none() {
                early = Some(surveyed);
            } else {
                input.conflicts = None;
            }
            groups
        }
        _ => check.offline(&mut inputs.iter_mut().collect::<Vec<_>>(), Offline::Plan)?,
    };
    for input in inputs.iter_mut().filter(|_| looked.is_some()) {
        input.held = edited_rows(&input.reading())?;
    }
    let warnings = Warnings::find(&mut inputs.iter_mut().collect::<Vec<_>>(), list, &args.known, environment)?;
    if early.is_some() && inputs.iter().any(|input| !input.held.is_empty()) {
        early = None;
        inputs.iter_mut().for_each(|input| input.conflicts = None);
    }
    if !quiet {
        groups.say_head();
        keepers.say_head();
        warnings.say_head();
    }
    let mut creations = creation_requests(&groups.create);
    let readings: Vec<Reading<'_>> = inputs.iter().map(Input::reading).collect();
    let inquiry = Inquiry::about(&readings, list.map(|list| list.touched.as_slice()).unwrap_or_default(), &|_, _| true)?;
    let administrators = find_administrators(&inquiry, &inputs, list)?;
    let first = FirstQuestions::of(&inquiry, &readings, looked.as_ref().map(|looked| &*looked.organization))?;
    drop(readings);
    let asked = first_questions(&inputs, (looked.as_ref(), told.as_ref()), (first, &groups), args.known.exact_groups)?;
    let mut bodies = args.requests.as_deref().map(create).transpose()?;
    let mut listing = args.out.as_deref().map(create).transpose()?.map(csv::Writer::from_writer);
    if let Some(listing) = &mut listing {
        listing.write_record(["file", "row", "request", "command", "steps", "status", "user", "changes"])?;
    }
    let mut exit = Exit::Good;
    // Licences are reckoned over the files before, too.
    let mut all = (inputs.len() > 1).then(Preview::default);
    find_conflicts(&mut inputs)?;
    for (place, input) in inputs.iter_mut().enumerate() {
        let compared = input.known.take_if(|known| known.reduces);
        let without = compared.map(|known| Ok::<_, Failure>((whole_cost(input)?, known))).transpose()?;
        let without = without.map(|(estimate, known)| {
            input.known = Some(known);
            estimate
        });
        let surveyed = match early.take() {
            Some(surveyed) => surveyed,
            None => input.survey(None)?,
        };
        if !quiet {
            say_problems(&surveyed.tally, input);
        }
        let mut estimate = estimate(&input.reading(), &surveyed.plan)?;
        // They go before the rows of the first file.
        let creations = std::mem::take(&mut creations);
        let mut work = Work::of(&surveyed.plan, args, first, asked.get(place).copied().unwrap_or_default());
        if bodies.is_some() || listing.is_some() {
            estimate.requests = write_requests(input, &surveyed, &creations, bodies.as_mut(), listing.as_mut())?;
        }
        work.goes_behind(creations.len() as u64, estimate.requests);
        estimate.requests += creations.len() as u64;
        estimate.commands += creations.iter().map(|request| request.len() as u64).sum::<u64>();
        if let Some(listing) = &mut listing {
            list_unsent(input, listing)?;
        }
        let differences = without.map(|without| differences(input, &surveyed, &without, &rates, all.as_mut())).transpose()?;
        let licences = match &differences {
            Some(differences) => differences.preview.exceeded.clone(),
            None => licences(input, &surveyed, all.as_mut())?,
        };
        input.check_unchanged(Check::Quick)?;
        let mut planned = planned(input, &surveyed, (&estimate, &work), differences, &rates, args.known.max_age);
        planned.licences = licences;
        planned.perhaps_new_addresses = warnings.new_addresses_of(input.table.name());
        planned.administrators = administrators.of_file(input.table.name());
        if args.json {
            give(&format!("{}\n", serde_json::to_string(&planned)?))?;
        } else {
            give(&describe(input, &planned, &work, &rates))?;
            if surveyed.tally.deletes + surveyed.tally.removals > 0 {
                give(&administrators.lines_of(input.table.name()).iter().map(|line| format!("     admins  {line}\n")).collect::<String>())?;
            }
        }
        if surveyed.tally.invalid > 0 {
            exit = Exit::SomeRows;
        }
    }
    if let Some(bodies) = &mut bodies {
        bodies.flush()?;
    }
    if let Some(listing) = &mut listing {
        listing.flush()?;
    }
    Ok(exit)
}

/// Profiles that would have more members than licences, by a list that nobody has asked to compare with.
fn licences(input: &Input, surveyed: &Surveyed, all: Option<&mut Preview>) -> Result<Vec<Exceeded>, Failure> {
    let Some(known) = &input.known else { return Ok(Vec::new()) };
    // Who is a member already takes no other licence.
    let known = Known { reduces: true, ..known.clone() };
    Ok(preview(&Reading { known: Some(&known), ..input.reading() }, &surveyed.plan, all)?.exceeded)
}

/// Administrators from whom rows take roles away, by a list.
fn find_administrators(inquiry: &Inquiry, inputs: &[Input], list: Option<&Looked>) -> Result<Administrators, Failure> {
    let sources = Sources {
        files: inputs.iter().map(|input| (input.reading(), input.table.name().to_owned())).collect(),
        organization: list.map(|list| &*list.organization),
        stored: None,
        server: None,
        is_left: &|_, _| true,
        is_rehearsal: false,
        quiet: true,
    };
    match inputs.first() {
        Some(first) => Administrators::find(inquiry, &sources, &first.protected),
        None => Ok(Administrators::default()),
    }
}

/// What all rows would take, if nothing was compared.
fn whole_cost(input: &mut Input) -> Result<Estimate, Failure> {
    let surveyed = input.survey(None)?;
    Ok(estimate(&input.reading(), &surveyed.plan)?)
}

fn differences(
    input: &Input,
    surveyed: &Surveyed,
    without: &Estimate,
    rates: &Rates,
    all: Option<&mut Preview>,
) -> Result<Differences, Failure> {
    let organization = input.known.as_ref().map(|known| &known.organization);
    Ok(Differences {
        list: organization.map(|all| all.name.clone()).unwrap_or_default(),
        at: organization.map(|all| all.at).unwrap_or_default(),
        requests_without: without.requests,
        minutes_without: minutes_at(without, rates),
        preview: preview(&input.reading(), &surveyed.plan, all)?,
    })
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    if is_device(path) {
        let named = |error: std::io::Error| Failure(format!("{}: {error}", path.display()));
        return Ok(BufWriter::new(File::options().write(true).open(path).map_err(named)?));
    }
    put_aside(path)?;
    Ok(BufWriter::new(private_file(path)?))
}

fn write_requests(
    input: &Input,
    surveyed: &Surveyed,
    creations: &[Vec<Command>],
    mut bodies: Option<&mut BufWriter<File>>,
    mut listing: Option<&mut csv::Writer<BufWriter<File>>>,
) -> Result<u64, Failure> {
    let mut number = creations.len() as u64;
    let mut buffer = RowBuffer::default();
    let reading = input.reading();
    if let Some(bodies) = &mut bodies {
        creations.iter().try_for_each(|request| write_body(bodies, request))?;
    }
    let organization = input.known.as_ref().map(|known| &*known.organization);
    let requests = rehearse(&reading, &surveyed.plan, |commands| {
        number += 1;
        if let Some(bodies) = &mut bodies {
            write_body(bodies, &commands.iter().map(|(command, _)| command.to_wire()).collect::<Vec<_>>())?;
        }
        if let Some(listing) = &mut listing {
            for (place, (command, rows)) in commands.iter().enumerate() {
                for row in rows {
                    let Asked { change, remark, .. } = reading.asked(surveyed.plan.place(*row), &mut buffer)?;
                    let remark = reading.remark_of(*row, remark);
                    let changes = changes(&change, organization);
                    let between = if changes.is_empty() || remark.is_empty() { "" } else { "; " };
                    let cells = [
                        input.table.name().to_owned(),
                        (u64::from(*row) + 1).to_string(),
                        number.to_string(),
                        (place + 1).to_string(),
                        command.describe(),
                        "send".to_owned(),
                        about(&change),
                        format!("{changes}{between}{remark}"),
                    ];
                    listing.write_record(cells)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(requests)
}

fn write_body(bodies: &mut BufWriter<File>, commands: &[Command]) -> std::io::Result<()> {
    serde_json::to_writer(&mut *bodies, commands)?;
    bodies.write_all(b"\n")
}

/// Whom or what a row is about.
fn about(change: &Change<'_>) -> String {
    match change {
        Change::User(user) => user.user.to_string(),
        Change::Group(group) => group.group.to_string(),
    }
}

/// What a row changes, one by one.
fn changes(change: &Change<'_>, organization: Option<&Organization>) -> String {
    steps(change, organization).iter().map(|(_, step)| step.to_string()).collect::<Vec<_>>().join("; ")
}

/// Lists the rows that are not sent, after those that are.
fn list_unsent(input: &Input, listing: &mut csv::Writer<BufWriter<File>>) -> Result<(), Failure> {
    let reading = input.reading();
    let (mut buffer, mut beside) = (RowBuffer::default(), RowBuffer::default());
    for block in input.table.blocks() {
        let block = block?;
        for index in 0..block.len() {
            let (status, why) = match reading.examine(&block, index, &mut buffer) {
                None | Some(Ok(_)) => continue,
                Some(Err(Unsent::Invalid { code, message, .. })) => ("invalid", format!("not sent: {code}: {message}")),
                Some(Err(unsent @ Unsent::Unchanged { .. })) => ("unchanged", reading.unchanged_note(&unsent).message),
                Some(Err(Unsent::Skipped { code, message })) => ("skipped", format!("not sent: {code}: {message}")),
            };
            let row = (block.first_row + index as u64 + 1).to_string();
            let user = if status == "skipped" { String::new() } else { named_in(&reading, &block, index, &mut beside) };
            listing.write_record([input.table.name(), &row, "", "", &why, status, &user, ""])?;
        }
    }
    Ok(())
}

/// Whom or what a row is about, also if it is invalid.
fn named_in(reading: &Reading<'_>, block: &Block, index: usize, buffer: &mut RowBuffer) -> String {
    if let Some(Ok(change)) = reading.intent(block, index, buffer) {
        return about(&change);
    }
    let Ok(cells) = block.cells(index, buffer) else { return String::new() };
    let names = [Field::Email, Field::Username, Field::Group].map(|field| cells.get(field).trim());
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
}

fn planned(
    input: &Input,
    surveyed: &Surveyed,
    (estimate, work): (&Estimate, &Work),
    differences: Option<Differences>,
    rates: &Rates,
    max_age: Duration,
) -> Planned {
    let tally = &surveyed.tally;
    let headcount = Headcount::of(&surveyed.plan);
    Planned {
        file: input.table.name().to_owned(),
        dialect: input.table.dialect().name(),
        rows: tally.rows,
        sendable: tally.sendable,
        unchanged: tally.unchanged,
        not_there: tally.not_there,
        sent_not_there: tally.sent_not_there,
        near_names: input.known.iter().flat_map(|known| tally.strangers.iter().filter_map(|who| known.near_name(who))).collect(),
        effects: tally.effects.clone(),
        of_adobe_ids: tally.of_adobe_ids.clone(),
        invalid: tally.invalid,
        skipped: tally.skipped,
        does: headcount.words(),
        headcount,
        ignored_columns: input.table.ignored_columns().to_vec(),
        deletes: tally.deletes,
        removals: tally.removals,
        commands: estimate.commands,
        requests: estimate.requests,
        minutes: work.time(rates).map(minutes_of),
        probes: work.probes,
        questions: work.all.questions(),
        administrators: None,
        perhaps_new_addresses: Vec::new(),
        licences: Vec::new(),
        asks: input
            .known
            .as_ref()
            .filter(|known| known.reduces)
            .and_then(|known| known::objections(known, tally.relies_on_absence, max_age).into_iter().next())
            .map(|why| format!("{why}: the import will ask")),
        differences,
    }
}

fn minutes_at(estimate: &Estimate, rates: &Rates) -> Option<f64> {
    rates.action.as_ref().map(|rate| minutes_of(estimate.duration(rate.requests, rate.window)))
}

fn describe(input: &Input, planned: &Planned, work: &Work, rates: &Rates) -> String {
    let time = |estimate: &Estimate| match &rates.action {
        Some(rate) => format!("{} at {rate}", about_time(estimate.duration(rate.requests, rate.window))),
        None => "without a limit".to_owned(),
    };
    let mut text = format!("{}: {}\n", input.describe(), count(planned.rows, "row"));
    if let Some(known) = &input.known {
        let how = if known.reduces { "compared with" } else { "known from" };
        text += &format!("{how} {}\n", known::describe(&known.organization));
    }
    if !planned.does.is_empty() {
        text += &format!("what it does: {}\n", planned.does);
    }
    if let Some(ignored) = ignored_words(&input.table) {
        text += &format!("{ignored}\n");
    }
    if let Some(note) = &planned.asks {
        text += &format!("note: {note}\n");
    }
    let near = near_in_words(&planned.near_names);
    let not_there = (
        format!("row about somebody who is not there: nothing to take away{near}"),
        format!("rows about people who are not there: nothing to take away{near}"),
    );
    let sent_not_there = format!("of them about people who are not there, in case an account is disabled{near}");
    for (number, one, several) in [
        (planned.sendable, "row to send", "rows to send"),
        (planned.sent_not_there, sent_not_there.as_str(), sent_not_there.as_str()),
        (planned.unchanged - planned.not_there, "row unchanged: nothing to send", "rows unchanged: nothing to send"),
        (planned.not_there, not_there.0.as_str(), not_there.1.as_str()),
        (planned.invalid, "invalid row (umbulk validate writes it down)", "invalid rows (umbulk validate writes them down)"),
        (planned.skipped, "row skipped", "rows skipped"),
        (planned.deletes, "row that deletes", "rows that delete"),
    ] {
        if number > 0 {
            text += &format!("  {number:>9}  {}\n", form(number, one, several));
        }
    }
    if let Some(differences) = &planned.differences {
        text += &describe_preview(&differences.preview);
    } else {
        for (word, number) in planned.effects.done() {
            text += &format!("  {number:>9}  {}\n", effect_in_words(word, number));
        }
    }
    for Exceeded { group, quota, members } in &planned.licences {
        text += &format!("    warning  {} would have {} and has {}\n", visible(group), count(*members, "member"), count(*quota, "licence"));
    }
    for (rows, column, advice) in differences_in_words(&planned.effects, &planned.of_adobe_ids) {
        text += &format!("  {rows:>9}  {} with differs:{column}, which is not applied: {advice}\n", noun(rows, "row"));
    }
    text += &format!("  {:>9}  {}\n", planned.commands, noun(planned.commands, "command"));
    text += &work.describe_questions(rates);
    text += &format!("  {:>9}  {}, {}", planned.requests, noun(planned.requests, "request"), work.time_words(rates));
    if let Some(Differences { requests_without, .. }) = planned.differences {
        let without = Estimate { commands: 0, requests: requests_without };
        text += &format!("; without the comparison {requests_without}, {}", time(&without));
    }
    text += "\n";
    if let (None, Some(kept)) = (&planned.differences, kept_in_words(&planned.effects)) {
        text += &format!("{kept}\n");
    }
    text
}

/// Values and groups that are shown one by one; `--json` and `--out` have all.
const SHOWN: usize = 10;

fn describe_preview(preview: &Preview) -> String {
    let mut text = String::new();
    let mut line = |number: u64, one: &str, what: &str| {
        if number > 0 {
            text += &format!("  {number:>9}  {} {what}\n", noun(number, one));
        }
    };
    line(preview.create, "user", "to create");
    line(preview.groups_to_create, "group", "to create");
    line(preview.groups_to_update, "group", "to change");
    line(preview.groups_to_delete, "group", "to delete");
    line(preview.leave, "user", form(preview.leave, "leaves the organization", "leave the organization"));
    line(preview.update, "user", "to update");
    for update in preview.updates.iter().take(SHOWN) {
        text += &format!("             {}\n", visible(&format!("{}: {}", update.user, Step::Update(update.clone()))));
    }
    text += &more(preview.updates.len());
    let Moves { add, remove } = preview.moves();
    if add + remove > 0 {
        text += &format!("  {add:>9}  {} to add\n  {remove:>9}  {} to remove\n", noun(add, "membership"), noun(remove, "membership"));
    }
    let mut groups: Vec<_> = preview.groups.iter().collect();
    groups.sort_by_key(|(name, moves)| (std::cmp::Reverse(moves.add + moves.remove), *name));
    for (name, moves) in groups.iter().take(SHOWN) {
        text += &format!("             {}: {} to add, {} to remove\n", visible(name), moves.add, moves.remove);
    }
    text += &more(groups.len());
    text
}

fn more(all: usize) -> String {
    if all > SHOWN { format!("             and {} more (--out writes all)\n", all - SHOWN) } else { String::new() }
}
