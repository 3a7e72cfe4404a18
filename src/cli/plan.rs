//! `umbulk plan`: what would be sent, and how long it would take.

use super::args::PlanArgs;
use super::exit::{Exit, Failure};
use super::files::{Input, about, check_outputs, count, say_problems};
use super::give;
use crate::plan::Estimate;
use crate::report::{private_file, put_aside};
use crate::run::{Surveyed, Unsent, rehearse};
use crate::umapi::Rates;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// A file's plan; with `--json` it is printed as it stands here.
#[derive(Serialize)]
struct Planned {
    file: String,
    dialect: &'static str,
    rows: u64,
    sendable: u64,
    invalid: u64,
    deletes: u64,
    removals: u64,
    commands: u64,
    requests: u64,
    /// Minutes at the limits; `null` without a limit.
    minutes: Option<f64>,
}

pub(crate) fn run(args: &PlanArgs, quiet: bool) -> Result<Exit, Failure> {
    let rates = args.rate.clone().unwrap_or_default();
    let outputs = [("--out", &args.out), ("--requests", &args.requests)];
    check_outputs(
        &args.files,
        &outputs.map(|(what, path)| path.clone().map(|path| (what, path))).into_iter().flatten().collect::<Vec<_>>(),
    )?;
    let mut bodies = args.requests.as_deref().map(create).transpose()?;
    let mut listing = args.out.as_deref().map(create).transpose()?.map(csv::Writer::from_writer);
    if let Some(listing) = &mut listing {
        listing.write_record(["file", "row", "request", "command", "steps"])?;
    }
    let mut exit = Exit::Good;
    for path in &args.files {
        let input = Input::open(path, &args.read, &std::env::temp_dir(), quiet)?;
        let surveyed = input.survey()?;
        if !quiet {
            say_problems(&surveyed.tally, input.table.name());
        }
        let mut estimate = Estimate::of(&surveyed.plan);
        if bodies.is_some() || listing.is_some() {
            estimate.requests = write_requests(&input, &surveyed, bodies.as_mut(), listing.as_mut())?;
            if let Some(listing) = &mut listing {
                list_invalid(&input, listing)?;
            }
        }
        let planned = planned(&input, &surveyed, &estimate, &rates);
        if args.json {
            give(&format!("{}\n", serde_json::to_string(&planned)?))?;
        } else {
            give(&describe(&input, &planned, &estimate, &rates))?;
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

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    put_aside(path)?;
    Ok(BufWriter::new(private_file(path)?))
}

fn write_requests(
    input: &Input,
    surveyed: &Surveyed,
    mut bodies: Option<&mut BufWriter<File>>,
    mut listing: Option<&mut csv::Writer<BufWriter<File>>>,
) -> Result<u64, Failure> {
    let mut number = 0_u64;
    let requests = rehearse(&input.reading(), &surveyed.plan, |commands| {
        number += 1;
        if let Some(bodies) = &mut bodies {
            let wire: Vec<_> = commands.iter().map(|(command, _)| command.to_wire()).collect();
            serde_json::to_writer(&mut **bodies, &wire)?;
            bodies.write_all(b"\n")?;
        }
        if let Some(listing) = &mut listing {
            for (place, (command, rows)) in commands.iter().enumerate() {
                for row in rows {
                    let cells = [
                        input.table.name().to_owned(),
                        (u64::from(*row) + 1).to_string(),
                        number.to_string(),
                        (place + 1).to_string(),
                        command.describe(),
                    ];
                    listing.write_record(cells)?;
                }
            }
        }
        Ok(())
    })?;
    Ok(requests)
}

/// Behind the rows that are sent stand those that are not.
fn list_invalid(input: &Input, listing: &mut csv::Writer<BufWriter<File>>) -> Result<(), Failure> {
    input.each_row(|row, change| {
        let why = match change {
            Ok(_) => return Ok(()),
            Err(Unsent::Invalid(code, message)) => format!("not sent: {code}: {message}"),
            Err(Unsent::Unchanged { .. }) => format!("unchanged: {}", input.reading().unchanged_note().message),
        };
        listing.write_record([input.table.name(), &row.to_string(), "", "", &why])?;
        Ok(())
    })
}

fn planned(input: &Input, surveyed: &Surveyed, estimate: &Estimate, rates: &Rates) -> Planned {
    let tally = &surveyed.tally;
    Planned {
        file: input.table.name().to_owned(),
        dialect: input.table.dialect().name(),
        rows: tally.rows,
        sendable: tally.sendable,
        invalid: tally.invalid,
        deletes: tally.deletes,
        removals: tally.removals,
        commands: estimate.commands,
        requests: estimate.requests,
        minutes: rates.action.as_ref().map(|rate| (estimate.duration(rate.requests, rate.window).as_secs_f64() / 6.0).round() / 10.0),
    }
}

fn describe(input: &Input, planned: &Planned, estimate: &Estimate, rates: &Rates) -> String {
    let time = match &rates.action {
        Some(rate) => format!("{} at {rate}", about(estimate.duration(rate.requests, rate.window))),
        None => "without a limit".to_owned(),
    };
    let mut text = format!("{}: {}\n", input.describe(), count(planned.rows, "row"));
    for (number, what) in [
        (planned.sendable, "rows to send"),
        (planned.invalid, "invalid rows (umbulk validate writes them down)"),
        (planned.deletes, "rows that delete"),
        (planned.commands, "commands"),
    ] {
        if number > 0 || what == "commands" {
            text += &format!("  {number:>9}  {what}\n");
        }
    }
    text + &format!("  {:>9}  requests, {time}\n", planned.requests)
}
