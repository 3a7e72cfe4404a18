//! The cells of one row, by field.

use super::field::Field;
use super::invisible::is_margin;
use super::mapped_values::{MappedValues, MappingFault, PartKind};
use super::spoiled_names::{DoubtfulName, SpoiledNames};

/// The cells of one row by [`Field`]: borrowed, not trimmed, without the `'` of a formula guard,
/// and `""` if the column is absent or the cell is empty.
#[derive(Debug, Clone)]
pub struct Cells<'a> {
    cells: [&'a str; Field::COUNT],
    id: &'a str,
    status: &'a str,
    /// One bit for each field whose cell is not empty.
    filled: u32,
    /// One bit for each field whose cell is a guarded formula.
    formulas: u32,
    /// Further cells of fields that several columns have.
    more: [Option<(Field, &'a str)>; MORE],
    is_short: bool,
    /// What a mapping has made of the row.
    mapped: Option<&'a MappedValues>,
    /// One bit for each field whose value an option gives, whatever the row says.
    replaced: u32,
    /// How names of the table were spoiled.
    spoiled: Option<&'a SpoiledNames>,
}

/// The most further columns of memberships in a table.
pub(super) const MORE: usize = 4;

const _: () = assert!(Field::COUNT <= 32);

impl Default for Cells<'_> {
    fn default() -> Self {
        Self {
            cells: [""; Field::COUNT],
            id: "",
            status: "",
            filled: 0,
            formulas: 0,
            more: [None; MORE],
            is_short: false,
            mapped: None,
            replaced: 0,
            spoiled: None,
        }
    }
}

impl<'a> Cells<'a> {
    /// Returns the cell of a field.
    pub fn get(&self, field: Field) -> &'a str {
        self.cells[field as usize]
    }

    /// Returns the other cells of a field with several columns, if more than one is filled.
    pub fn more(&self, field: Field) -> impl Iterator<Item = &'a str> + '_ {
        self.more.iter().flatten().filter(move |(other, _)| *other == field).map(|(_, cell)| *cell)
    }

    /// Returns the name of the user or group of the row, trimmed; empty if it has none.
    pub(crate) fn who(&self) -> &'a str {
        let names = [Field::Email, Field::Username, Field::Group].map(|field| self.get(field));
        names.map(str::trim).into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// Whether any field has several filled cells.
    pub fn has_more(&self) -> bool {
        self.more[0].is_some()
    }

    /// Returns the API's id of a user, in exported lists. It is read, but never imported.
    pub fn id(&self) -> &'a str {
        self.id
    }

    /// Returns the status of an account, in exported lists. It is read, but never imported.
    pub fn status(&self) -> &'a str {
        self.status
    }

    /// Sets the id and the status of an exported row.
    pub(super) fn set_read_only(&mut self, id: &'a str, status: &'a str) {
        (self.id, self.status) = (id, status);
    }

    /// Returns the fields with filled cells, in their order.
    pub fn filled(&self) -> impl Iterator<Item = Field> + use<> {
        let mut left = self.filled;
        std::iter::from_fn(move || {
            let place = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            Field::ALL.get(place).copied()
        })
    }

    /// Whether any of these fields has a cell that is not empty.
    #[inline]
    pub(crate) fn has_any(&self, fields: &[Field]) -> bool {
        let wanted = fields.iter().fold(0, |wanted, field| wanted | 1 << *field as u32);
        self.filled & wanted != 0
    }

    /// Whether each value is the cell of its only column, no cell is a formula, and nothing is
    /// known about spoiled names.
    #[inline]
    pub(crate) fn are_as_written(&self) -> bool {
        self.formulas == 0 && !self.has_more() && self.mapped.is_none() && self.spoiled.is_none()
    }

    /// Whether the cell of a field is a guarded formula.
    pub fn is_formula(&self, field: Field) -> bool {
        self.formulas & (1 << field as u32) != 0
    }

    /// Whether the row has fewer cells than the header.
    pub fn is_short(&self) -> bool {
        self.is_short
    }

    /// Sets the spoiled names of the table, which [`Self::doubt`] asks. `None` if it has none.
    pub(super) fn set_spoiled(&mut self, spoiled: Option<&'a SpoiledNames>) {
        self.spoiled = spoiled;
    }

    /// Returns what a name may have been, if other names of the table were spoiled and this one may
    /// be, too.
    pub(crate) fn doubt(&self, name: &str) -> Option<DoubtfulName<'a>> {
        self.spoiled?.doubt(name)
    }

    /// Returns why a mapping gives fields of the row no value.
    pub(crate) fn mapping_faults(
        &self,
    ) -> impl Iterator<Item = &'a (Field, MappingFault)> + use<'a> {
        let replaced = self.replaced;
        let faults = self.mapped.into_iter().flat_map(MappedValues::faults);
        faults.filter(move |(field, _)| replaced & (1 << *field as u32) == 0)
    }

    /// Returns the cells from which values are joined.
    pub(crate) fn joined_parts(
        &self,
    ) -> impl Iterator<Item = (Field, &'a str, PartKind)> + use<'a> {
        let replaced = self.replaced;
        let parts = self.mapped.into_iter().flat_map(MappedValues::parts);
        parts.filter(move |(field, _, _)| replaced & (1 << *field as u32) == 0)
    }

    /// Sets the values that a mapping gives.
    pub(super) fn set_mapped(&mut self, mapped: &'a MappedValues) {
        self.mapped = Some(mapped);
    }

    /// Returns the further cells of a field, with their places.
    pub(super) fn places_of_more(
        &self,
        field: Field,
    ) -> impl Iterator<Item = (usize, &'a str)> + '_ {
        let filled = self.more.iter().enumerate().filter_map(|(i, more)| Some((i, (*more)?)));
        filled.filter(move |(_, (other, _))| *other == field).map(|(i, (_, cell))| (i, cell))
    }

    /// Replaces a further cell.
    pub(super) fn set_further(&mut self, place: usize, cell: &'a str) {
        if let Some(Some((_, further))) = self.more.get_mut(place) {
            *further = cell;
        }
    }

    /// Records that the cell of a field is a formula.
    pub(super) fn set_formula(&mut self, field: Field) {
        self.formulas |= 1 << field as u32;
    }

    /// Records that the row has fewer cells than the header.
    pub(super) fn set_short(&mut self) {
        self.is_short = true;
    }

    /// Adds a cell of a field that may have several columns. The first filled one is the field's
    /// cell.
    pub(super) fn add(&mut self, field: Field, cell: &'a str) {
        let says = |cell: &str| match cell.trim_matches(is_margin) {
            "" => 0,
            "[]" => 1,
            _ => 2,
        };
        let first = self.get(field);
        if says(first) < says(cell) {
            self.set(field, cell);
        }
        let other = if says(first) < says(cell) { first } else { cell };
        if says(other) > 0
            && let Some(place) = self.more.iter_mut().find(|place| place.is_none())
        {
            *place = Some((field, other));
        }
    }

    /// Replaces whatever the row says about a field.
    pub(super) fn replace(&mut self, field: Field, value: &'a str) {
        self.set(field, value);
        let bit = 1 << field as u32;
        self.formulas &= !bit;
        self.replaced |= bit;
        let mine =
            |further: &Option<(Field, &str)>| further.is_some_and(|(other, _)| other == field);
        self.more.iter_mut().filter(|further| mine(further)).for_each(|further| *further = None);
    }

    /// Sets the cell of a field.
    pub fn set(&mut self, field: Field, cell: &'a str) {
        self.cells[field as usize] = cell;
        let bit = 1 << field as u32;
        self.filled = if cell.is_empty() { self.filled & !bit } else { self.filled | bit };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_several_columns_of_a_field_add_up() {
        for (columns, first, more) in [
            (&["A", "B", "C"][..], "A", &["B", "C"][..]),
            (&["", "B", " "], "B", &[]),
            (&["[]", "B"], "B", &["[]"]),
            (&["", "[]"], "[]", &[]),
        ] {
            let mut cells = Cells::default();
            cells.set(Field::UserGroups, columns[0]);
            columns[1..].iter().for_each(|cell| cells.add(Field::UserGroups, cell));
            let found: Vec<&str> = cells.more(Field::UserGroups).collect();
            assert_eq!((cells.get(Field::UserGroups), found.as_slice()), (first, more));
            assert_eq!(cells.more(Field::ProductProfiles).count(), 0);
        }
    }
}
