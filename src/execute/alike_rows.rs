//! Rows of a block that ask for the same for different people. Only the first of them is evaluated:
//! most rows of a file differ in nothing but the person.

use super::input_rows::{InputRows, RequestedChange};
use super::row_counts::RowCounts;
use crate::change::{Change, CreateUser, RowLikeness, likeness};
use crate::plan::{Key, RowFootprint};
use crate::table::Cells;
use nohash_hasher::IntMap;
use std::borrow::Cow;

/// The rows of a block, by what they ask for.
#[derive(Debug, Default)]
pub(crate) struct AlikeRows {
    /// By [`RowLikeness::key`].
    examples: IntMap<u64, AlikeExample>,
    /// The likeness of the last row, if there is no example of it.
    new: Option<u64>,
}

/// A row that is sent, and those like it.
#[derive(Debug)]
struct AlikeExample {
    counts: RowCounts,
    footprint: RowFootprint,
    /// Its create step, without names.
    create: Option<CreateUser<'static>>,
    /// The number of rows like it.
    rows: u64,
}

/// A row that asks for what an earlier row of its block asks for.
pub(crate) struct AlikeRow<'r, 'b> {
    example: &'r AlikeExample,
    likeness: RowLikeness<'b>,
}

impl AlikeRows {
    /// Counts a row that is like an earlier one, and returns what it asks for; `None` if it must be
    /// evaluated.
    pub(super) fn take<'b>(
        &mut self,
        input_rows: &InputRows<'_>,
        cells: &Cells<'b>,
    ) -> Option<AlikeRow<'_, 'b>> {
        self.new = None;
        if !input_rows.decides_by_cells_alone() {
            return None;
        }
        let likeness = likeness(cells, input_rows.rules)?;
        let Some(example) = self.examples.get_mut(&likeness.key) else {
            self.new = Some(likeness.key);
            return None;
        };
        example.rows += 1;
        Some(AlikeRow { example, likeness })
    }

    /// Learns what the last row asks for.
    pub(super) fn learn(&mut self, requested: &RequestedChange<'_>) {
        let (Some(key), Change::User(user)) = (self.new.take(), &requested.change) else { return };
        let RequestedChange { change, effect, .. } = requested;
        let country = |create: &CreateUser<'_>| {
            create.country.as_ref().map(|country| Cow::Owned(country.to_string()))
        };
        let example = AlikeExample {
            counts: RowCounts::of_one(change, *effect),
            footprint: RowFootprint::of(change).knowing(*effect),
            create: user.create.as_ref().map(|create| CreateUser {
                identity: create.identity,
                email: Cow::Borrowed(""),
                firstname: None,
                lastname: None,
                country: country(create),
                if_exists: create.if_exists,
            }),
            rows: 0,
        };
        self.examples.insert(key, example);
    }

    /// Adds the counts of the rows that were like others.
    pub(crate) fn count(self, counts: &mut RowCounts) {
        for example in self.examples.into_values() {
            counts.add(example.counts.times(example.rows));
        }
    }
}

impl AlikeRow<'_, '_> {
    /// Returns the key of its user.
    pub(super) fn key(&self) -> Key {
        Key::user(self.likeness.email, None)
    }

    /// Returns the footprint of what it asks for.
    pub(super) fn footprint(&self) -> RowFootprint {
        let AlikeExample { footprint, create, .. } = self.example;
        let Some(create) = create else { return *footprint };
        footprint.creating(&CreateUser {
            email: Cow::Borrowed(self.likeness.email),
            firstname: self.likeness.firstname.map(Cow::Borrowed),
            lastname: self.likeness.lastname.map(Cow::Borrowed),
            country: create.country.as_deref().map(Cow::Borrowed),
            ..*create
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BlockFindings, Protected, scan};
    use super::*;
    use crate::change::Rules;
    use crate::organization::{possible_names, recently_changed};
    use crate::table::{ReadOptions, RowBuffer, Table};
    use proptest::prelude::*;

    fn table(rows: &[String]) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        let header = "action,type,email,firstname,lastname,country,groups";
        std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        Table::open(&path, &ReadOptions::new(folder.path())).unwrap()
    }

    fn row() -> impl Strategy<Value = String> {
        let one_of = |cells: &'static [&'static str]| prop::sample::select(cells);
        let what =
            one_of(&[",", "create,federatedID", "add,", "update,", "delete,", ",adobeID", "x,"]);
        let who = one_of(&["ann@x.com", "bob@x.com", "cy@x.com", "dee@x", "Eve@x.com"]);
        let names = one_of(&["Ann,Lee", "Zoë,Ångström", ",", "tbd,Lee", "Ann,"]);
        let rest = one_of(&["US,A", "US,", "DE,A;B", ",A", "Germany,A", "XX,A", "US,_x"]);
        (what, who, names, rest)
            .prop_map(|(what, who, names, rest)| format!("{what},{who},{names},{rest}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn rows_that_are_alike_are_counted_and_planned_as_if_evaluated(
            rows in prop::collection::vec(row(), 1..30)
        ) {
            let table = table(&rows);
            let (rules, protected) = (Rules::new(table.dialect()), Protected::default());
            let input_rows = InputRows::new(&table, &rules, &protected);
            let scanned = scan(&input_rows).unwrap();
            let conflicts = scanned.conflicts.as_ref();
            let described = Some(&scanned.described).filter(|described| !described.is_empty());
            let known = InputRows { conflicts, described, ..input_rows };
            // The countries are counted before rows are found to be alike.
            let countries = scanned.counts.countries.clone();
            let mut expected = RowCounts { countries, ..RowCounts::default() };
            let mut buffer = RowBuffer::default();
            let (mut found, mut other) = (BlockFindings::default(), RowBuffer::default());
            for block in table.blocks() {
                let block = block.unwrap();
                for index in 0..block.len() {
                    let row = block.first_row + index as u64;
                    let evaluated = known.evaluate(&block, index, &mut buffer).unwrap();
                    match &evaluated {
                        Ok(requested) => expected.add_requested(requested),
                        Err(skip) => {
                            expected.add_skip(row + 1, block.frame(index).line, skip.clone());
                        }
                    }
                    let cells = block.cells(index, &mut other);
                    match known.meet(row, &cells, &mut found) {
                        Some(alike) => {
                            let RequestedChange { change, effect, .. } = evaluated.unwrap();
                            let footprint = RowFootprint::of(&change).knowing(effect);
                            prop_assert_eq!(alike.footprint(), footprint);
                            prop_assert_eq!(alike.key(), Key::of(&change));
                            let names = possible_names(alike.likeness.email, None);
                            prop_assert_eq!(names.collect::<Vec<_>>(), recently_changed(&change));
                        }
                        None => drop(known.evaluate_met((&block, index), &cells, &mut found)),
                    }
                }
            }
            let again = scanned.plan.repeated_creates();
            again.for_each(|part| expected.effects.take_back(part));
            prop_assert_eq!(scanned.counts, expected);
        }
    }
}
