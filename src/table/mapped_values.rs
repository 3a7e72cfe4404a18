//! The values that a mapping makes of a row, in a buffer that is kept between rows.

use super::field::Field;
use std::ops::Range;

/// Why the mapping gives a field no value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MappingFault {
    /// The value has no translation. It may be one that the field has anyway.
    NotTranslated(String),
    /// The cell of this column is empty, and the value is joined from it.
    EmptyPart(String),
}

/// The values that a mapping makes of a row.
#[derive(Debug, Default)]
pub(super) struct MappedValues {
    text: String,
    values: Vec<(CellSlot, Range<usize>)>,
    /// The cells that joined values are made of.
    parts: Vec<(Field, Range<usize>, PartKind)>,
    faults: Vec<(Field, MappingFault)>,
}

/// The cell of a field, or a further one by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellSlot {
    First(Field),
    Further(usize),
}

/// Whether a part of a joined value is a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartKind {
    Value,
    Formula,
}

impl MappedValues {
    /// Returns the new cells.
    pub(super) fn values(&self) -> impl Iterator<Item = (CellSlot, &str)> {
        self.values.iter().map(|(slot, range)| (*slot, &self.text[range.clone()]))
    }

    /// Returns the value that a join has made of a field.
    pub(super) fn joined(&self, field: Field) -> Option<&str> {
        let (_, value) = self.values().find(|(slot, _)| *slot == CellSlot::First(field))?;
        Some(value)
    }

    /// Returns the fields without a value, each with the reason.
    pub(super) fn faults(&self) -> &[(Field, MappingFault)] {
        &self.faults
    }

    /// Whether the mapping gives a field no value.
    pub(super) fn has_fault(&self, field: Field) -> bool {
        self.faults.iter().any(|(other, _)| *other == field)
    }

    /// Returns the cells that were joined to values.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Field, &str, PartKind)> {
        self.parts.iter().map(|(field, range, kind)| (*field, &self.text[range.clone()], *kind))
    }

    /// Forgets the values, for another row.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.values.clear();
        self.parts.clear();
        self.faults.clear();
    }

    /// Sets the value of a cell.
    pub(super) fn set(&mut self, slot: CellSlot, value: &str) {
        self.values.retain(|(other, _)| *other != slot);
        let range = self.add_text(value);
        self.values.push((slot, range));
    }

    /// Adds a cell from which the value of a field is joined.
    pub(super) fn add_part(&mut self, field: Field, cell: &str, kind: PartKind) {
        let range = self.add_text(cell);
        self.parts.push((field, range, kind));
    }

    /// Records that a field has no value.
    pub(super) fn refuse(&mut self, field: Field, fault: MappingFault) {
        self.faults.push((field, fault));
    }

    fn add_text(&mut self, text: &str) -> Range<usize> {
        let from = self.text.len();
        self.text.push_str(text);
        from..self.text.len()
    }
}
