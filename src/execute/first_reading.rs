//! The first reading of the files of a run: finds the conflicts between their rows, and which rows
//! later readings need.

use super::each_row::each_row;
use super::ignored_rows::may_have_effect;
use super::input_rows::InputRows;
use super::losses::cells_may_take_away;
use super::scan_error::ScanError;
use super::unmanaged_members::has_empty_cell;
use crate::organization::Organization;
use crate::reconcile::{
    Assertions, ConflictBuilder, ConflictIndex, FirstReading, Mentioned, Mentions, ReadFor,
    RepeatedKeys, RowsFirstRead, each_listed, only_user,
};
use crate::table::{Block, Cells, RowBuffer, each_block};
use std::io;

/// Finds the conflicts between rows of the files of a run, in addition to what a list of the
/// organization shows.
///
/// # Errors
/// When a file cannot be read.
pub fn conflict_index(
    files: &[InputRows<'_>],
    organization: &Organization,
) -> Result<ConflictIndex, ScanError> {
    Ok(read_first(files, organization, ReadFor::Comparison)?.0)
}

/// Finds the same, and what the rows of each file show beside it. Looks at the names in the files
/// once. Only if some repeat, it finds out what their rows mean, and reads the files twice more.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn read_first(
    files: &[InputRows<'_>],
    organization: &Organization,
    what_for: ReadFor,
) -> Result<(ConflictIndex, Vec<FirstReading>), ScanError> {
    let mut mentions = Mentions::default();
    let mut readings = Vec::new();
    for input_rows in files {
        readings.push(read_names((input_rows, what_for), organization, &mut mentions)?);
    }
    Ok((conflicts(files, organization, mentions.repeated())?, readings))
}

/// Reads a file for the first time, and adds whom its rows name to `mentions`.
fn read_names(
    (input_rows, what_for): (&InputRows<'_>, ReadFor),
    organization: &Organization,
    mentions: &mut Mentions,
) -> io::Result<FirstReading> {
    let mut reading = FirstReading::new(organization, what_for);
    let columns = input_rows.table.group_columns();
    each_block(
        input_rows.table,
        |block: Block| {
            let mut buffer = RowBuffer::default();
            let (mut found, mut mentioned) = (RowsFirstRead::default(), Vec::new());
            for index in 0..block.len() {
                let row = block.first_row + index as u64;
                let cells = block.cells(index, &mut buffer);
                let is_listed = cells.as_ref().is_ok_and(|cells| {
                    each_listed(cells, organization, |number| found.listed.push(number))
                });
                if !is_listed {
                    found.others.extend(u32::try_from(row));
                }
                if what_for == ReadFor::ExactGroups {
                    let requested =
                        cells.as_ref().ok().map(|cells| input_rows.requested(row, cells));
                    if !requested.is_some_and(|one| may_have_effect(&one, organization)) {
                        found.exact.without_effect.extend(u32::try_from(row));
                    }
                    found.exact.has_empty_cells |=
                        cells.as_ref().is_ok_and(|cells| has_empty_cell(cells, &columns));
                }
                let Ok(cells) = cells else { continue };
                found.takes_away |= cells_may_take_away(input_rows.rules, &cells);
                if input_rows.asks_for(row) {
                    add_mentions((input_rows, row), &cells, organization, &mut mentioned);
                }
            }
            (found, mentioned)
        },
        |(found, mentioned)| {
            reading.add(found);
            mentioned.into_iter().for_each(|mentioned| mentions.add(mentioned));
            Ok::<_, io::Error>(())
        },
    )?;
    Ok(reading)
}

/// Adds whom a row names. A row that cannot be understood counts as well.
fn add_mentions(
    (input_rows, row): (&InputRows<'_>, u64),
    cells: &Cells<'_>,
    organization: &Organization,
    found: &mut Vec<Mentioned>,
) {
    match only_user(cells, input_rows.rules, organization) {
        Some(user) => found.push(Mentioned::user(user)),
        None => add_understood((input_rows, row), cells, organization, found),
    }
}

/// Adds whom a row names that can be understood.
fn add_understood(
    (input_rows, row): (&InputRows<'_>, u64),
    cells: &Cells<'_>,
    organization: &Organization,
    found: &mut Vec<Mentioned>,
) {
    if let Ok(change) = input_rows.requested(row, cells) {
        Mentioned::each_of(&change, organization, |mentioned| found.push(mentioned));
    }
}

/// Finds the conflicts between the rows about whom several rows perhaps name.
fn conflicts(
    files: &[InputRows<'_>],
    organization: &Organization,
    perhaps: RepeatedKeys,
) -> Result<ConflictIndex, ScanError> {
    let is_about = |keys: &RepeatedKeys, rows: &InputRows<'_>, cells: &Cells<'_>| {
        only_user(cells, rows.rules, organization).is_none_or(|user| keys.concern(user))
    };
    let mut conflicts = ConflictBuilder::default();
    if perhaps.is_empty() {
        return Ok(conflicts.finish(perhaps));
    }
    let mut mentions = Mentions::default();
    each_cells(
        files,
        |rows, row, cells, found| {
            if is_about(&perhaps, rows, cells) {
                add_understood((rows, row), cells, organization, found);
            }
        },
        |mentioned| mentions.add(mentioned),
    )?;
    let repeated = mentions.repeated();
    each_cells(
        files,
        |rows, row, cells, found| {
            if is_about(&repeated, rows, cells) {
                let change = rows.requested(row, cells).ok();
                found.extend(change.map(|change| Assertions::of(&change, &repeated, organization)));
            }
        },
        |asks| conflicts.add(asks),
    )?;
    Ok(conflicts.finish(repeated))
}

/// Passes the rows of the files that are asked for, from 0, and their cells to `visit`, on several
/// threads, and what it finds to `take`, in order.
fn each_cells<T: Send>(
    files: &[InputRows<'_>],
    visit: impl Fn(&InputRows<'_>, u64, &Cells<'_>, &mut Vec<T>) + Sync,
    mut take: impl FnMut(T) + Send,
) -> Result<(), ScanError> {
    for input_rows in files {
        each_row(
            input_rows.table,
            |block, index, buffer, found| {
                let row = block.first_row + index as u64;
                if input_rows.asks_for(row)
                    && let Ok(cells) = block.cells(index, buffer)
                {
                    visit(input_rows, row, &cells, found);
                }
            },
            &mut take,
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ignored_rows::{IgnoredRows, ignored_after_checks, ignored_rows};
    use super::super::near_matches::perhaps_there;
    use super::super::unmanaged_members::keepers;
    use super::super::{Protected, edited_rows, scan};
    use super::*;
    use crate::change::Rules;
    use crate::reconcile::{Baseline, Managed};
    use crate::snapshot::read_table;
    use crate::table::{ReadOptions, Table};
    use jiff::Timestamp;
    use proptest::prelude::*;
    use std::collections::{BTreeSet, HashSet};
    use std::sync::Arc;

    const LIST: &str = "type,username,domain,email,firstname,lastname,country,groups\n\
        federatedID,ann@x.co,x.co,ann@x.co,Ann,Lee,US,\"A,B\"\n\
        federatedID,bob,x.co,bob@x.co,Bob,Ng,US,A\n\
        adobeID,cy@y.co,AdobeID,cy@y.co,Cy,Roe,US,B\n\
        federatedID,cy@y.co,y.co,cy@y.co,Cyd,Roe,US,\n\
        federatedID,dee@x.co,x.co,dee@y.co,Dee,Poe,DE,A\n";

    fn table(text: &str) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        Table::open(&path, &ReadOptions::new(folder.path())).unwrap()
    }

    fn row() -> impl Strategy<Value = String> {
        let one_of = |cells: &'static [&'static str]| prop::sample::select(cells);
        let what = one_of(&[
            "create,federatedID",
            "create,federatedID",
            "add,",
            "update,",
            "remove,",
            "delete,adobeID",
            "x,",
            "#add,",
        ]);
        let who = one_of(&[
            "ann@x.co,",
            "ANN@x.co,ann@x.co",
            "bob@x.co,bob",
            ",bob",
            "cy@y.co,",
            "dee@x.co,",
            "dee@y.co,",
            "lee@x.co,",
            "eve@x.co,",
            "bob@x.o,",
        ]);
        let rest = one_of(&["Ann,Lee,US,A", "Dee,Poe,DE,", "Cyd,Roe,US,B", ",,,A", "Zoë,Ng,XX,C"]);
        (what, who, rest).prop_map(|(what, who, rest)| format!("{what},{who},{rest}"))
    }

    fn parts(ignored: IgnoredRows) -> (BTreeSet<u32>, u64, bool) {
        let IgnoredRows { people, unreadable, nameless } = ignored;
        (people.into_iter().collect(), unreadable, nameless.is_empty())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Later readings that leave out rows find the same as those of all rows.
        #[test]
        fn rows_that_the_first_reading_rules_out_show_nothing_more(
            rows in prop::collection::vec(row(), 1..8)
        ) {
            let organization =
                Arc::new(read_table(&table(LIST), ',', Timestamp::UNIX_EPOCH).unwrap());
            let header = "action,type,email,username,firstname,lastname,country,groups";
            let table = table(&format!("{header}\n{}\n", rows.join("\n")));
            let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
            let alone = InputRows::new(&table, &rules, &protected);
            let (conflicts, mut readings) =
                read_first(&[alone], &organization, ReadFor::ExactGroups).unwrap();
            prop_assert_eq!(
                parts(ignored_rows(&[alone], &organization, &readings).unwrap()),
                parts(ignored_rows(&[alone], &organization, &[]).unwrap())
            );
            let plain = Baseline {
                conflict_index: Arc::new(conflicts),
                managed: Some(Managed::new(&["*".to_owned()])),
                ..Baseline::new(Arc::clone(&organization))
            };
            let known =
                Baseline { first_reading: readings.pop().map(Arc::new), ..plain.clone() };
            let [plain, known] =
                [&plain, &known].map(|known| InputRows { baseline: Some(known), ..alone });
            let held = |rows: &InputRows<'_>| format!("{:?}", edited_rows(rows).unwrap());
            prop_assert_eq!(held(&known), held(&plain));
            prop_assert_eq!(keepers(&[known]).unwrap(), keepers(&[plain]).unwrap());
            let there = |rows| {
                format!("{:?}", perhaps_there(&[rows], &organization, &HashSet::new()).unwrap())
            };
            prop_assert_eq!(there(known), there(plain));

            let scanned = scan(&known).unwrap();
            let conflicts = scanned.conflicts.as_ref();
            // Afterwards nothing is removed from anybody, while it is open who keeps groups.
            let open = |rows: &InputRows<'_>| Baseline {
                managed: Some(Managed::default()),
                ..rows.baseline.unwrap().clone()
            };
            let [plain, known] = [open(&plain), open(&known)];
            let [plain, known] = [&plain, &known]
                .map(|known| InputRows { baseline: Some(known), conflicts, ..alone });
            prop_assert_eq!(
                parts(ignored_after_checks(&[known], &organization, Some(&scanned)).unwrap()),
                parts(ignored_after_checks(&[plain], &organization, None).unwrap())
            );
        }
    }
}
