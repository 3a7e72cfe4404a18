//! Applies a mapping of values to the cells of a row: joins, translations, values of empty cells.

use super::cell_text::{folded, trim};
use super::cells::Cells;
use super::excel_error::is_excel_error;
use super::fault::RowFault;
use super::field::Field;
use super::formula_guard::{is_formula, is_reference, unguard};
use super::mapped_values::{CellSlot, MappedValues, MappingFault, PartKind};
use super::mapping::{OtherValues, Translation};
use super::name_list::split_into;
use super::record::TableRow;
use super::row_filter::PreparedTest;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A mapping of values, with the positions of its columns in a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PlacedMapping {
    pub(super) joins: Vec<(Field, Vec<PlacedPart>)>,
    pub(super) translations: Vec<(Field, Dictionary)>,
    pub(super) defaults: Vec<(Field, String)>,
    /// What must hold for the cell at a position.
    pub(super) conditions: Vec<(usize, PreparedTest)>,
    /// The separator of the names in a list.
    pub(super) list_separator: char,
}

/// A part of a joined value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PlacedPart {
    Text(String),
    /// The position of a column, and its name.
    Column(usize, String),
    /// The position of a column whose cells may be empty.
    Optional(usize),
}

impl PlacedPart {
    /// Returns the position of a column whose cells must not be empty.
    fn required(&self) -> Option<usize> {
        match self {
            Self::Text(_) | Self::Optional(_) => None,
            Self::Column(position, _) => Some(*position),
        }
    }

    /// Returns the position of a column.
    pub(super) fn column(&self) -> Option<usize> {
        match self {
            Self::Text(_) => None,
            Self::Column(position, _) | Self::Optional(position) => Some(*position),
        }
    }
}

/// A translation, prepared to look values up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dictionary {
    meanings: HashMap<String, String>,
    /// The translations themselves, which are translated already.
    targets: HashSet<String>,
    others: OtherValues,
}

impl Dictionary {
    /// Creates the dictionary of a translation.
    pub(super) fn new(translation: &Translation) -> Self {
        let Translation { values, others } = translation;
        Self {
            meanings: values.iter().map(|(from, to)| (folded(from), to.clone())).collect(),
            targets: values.iter().map(|(_, to)| folded(to)).collect(),
            others: *others,
        }
    }

    /// Returns the translation of a value; `None` if it has none and may not stay as it is.
    fn translate<'t>(&'t self, value: &'t str) -> Option<&'t str> {
        let key = folded(value);
        match self.meanings.get(&key) {
            Some(meaning) => Some(meaning),
            None if self.others == OtherValues::Kept || self.targets.contains(&key) => Some(value),
            None => None,
        }
    }
}

impl PlacedMapping {
    /// Whether a column, or a value of the mapping, gives a field.
    pub(super) fn gives(&self, field: Field) -> bool {
        self.joins(field) || self.has_default(field)
    }

    fn has_default(&self, field: Field) -> bool {
        self.defaults.iter().any(|(other, _)| *other == field)
    }

    /// Whether a field is joined from columns.
    pub(super) fn joins(&self, field: Field) -> bool {
        self.joins.iter().any(|(other, _)| *other == field)
    }

    /// Returns the columns of each name of a user or group that is joined from columns.
    pub(super) fn joined_names(&self) -> impl Iterator<Item = Vec<usize>> {
        let is_name = |field: Field| matches!(field, Field::Email | Field::Username | Field::Group);
        let joins = self.joins.iter().filter(move |(field, _)| is_name(*field));
        joins.map(|(_, parts)| parts.iter().filter_map(PlacedPart::required).collect())
    }

    /// Returns the columns that are joined to any value.
    pub(super) fn joined_columns(&self) -> impl Iterator<Item = usize> {
        self.joins.iter().flat_map(|(_, parts)| parts.iter().filter_map(PlacedPart::column))
    }

    /// Returns that a row is skipped because a condition does not hold for it, or that nobody can
    /// tell because a cell has no value.
    pub(super) fn skipped(&self, row: &TableRow<'_>) -> Option<RowFault> {
        let mut unclear = None;
        for (position, test) in &self.conditions {
            let cell = row.get(*position);
            if has_no_value(cell) || !test.is_clear(unguard(cell)) {
                unclear = unclear.or(Some(RowFault::UnclearCondition { cell: position + 1 }));
            } else if !test.holds(unguard(cell)) {
                return Some(RowFault::Filtered);
            }
        }
        unclear
    }

    /// Applies the mapping to the cells of a row. A row without any content stays empty.
    pub(super) fn apply<'b>(
        &'b self,
        cells: &mut Cells<'b>,
        row: &TableRow<'b>,
        buffer: &'b mut MappedValues,
    ) {
        if row.iter().all(|cell| trim(cell).is_empty()) {
            return;
        }
        buffer.clear();
        for (field, parts) in &self.joins {
            if !(self.has_default(*field) && are_all_empty(parts, row)) {
                join(*field, parts, row, buffer);
            }
        }
        for (field, dictionary) in &self.translations {
            self.translate(*field, dictionary, cells, buffer);
        }
        let mapped: &'b MappedValues = buffer;
        for (slot, value) in mapped.values() {
            match slot {
                CellSlot::First(field) => cells.set(field, value),
                CellSlot::Further(place) => cells.set_further(place, value),
            }
        }
        for (field, value) in &self.defaults {
            if trim(cells.get(*field)).is_empty() && !mapped.has_fault(*field) {
                cells.set(*field, value);
            }
        }
        cells.set_mapped(mapped);
    }

    /// Translates the cells of a field.
    fn translate(
        &self,
        field: Field,
        dictionary: &Dictionary,
        cells: &Cells<'_>,
        out: &mut MappedValues,
    ) {
        let first = out.joined(field).unwrap_or_else(|| cells.get(field)).to_owned();
        let further = cells.places_of_more(field);
        let all = std::iter::once((CellSlot::First(field), first.as_str()))
            .chain(further.map(|(place, cell)| (CellSlot::Further(place), cell)));
        for (slot, cell) in all {
            let cell = trim(cell);
            if cell.is_empty() {
                continue;
            }
            let translated = if field.is_list() {
                self.translate_list(field, dictionary, cell, out)
            } else {
                one(field, dictionary, cell, out)
            };
            if let Some(translated) = translated {
                out.set(slot, &translated);
            }
        }
    }

    /// Returns the translated names of a list; `None` if it cannot be read, which the rules of the
    /// field refuse.
    fn translate_list<'t>(
        &self,
        field: Field,
        dictionary: &'t Dictionary,
        cell: &'t str,
        out: &mut MappedValues,
    ) -> Option<Cow<'t, str>> {
        let mut names = Vec::new();
        split_into(&mut names, cell, self.list_separator).ok()?;
        let names: Vec<String> = names
            .iter()
            .map(|name| match dictionary.translate(name) {
                Some(meaning) => meaning.to_owned(),
                None => {
                    let fault = MappingFault::NotTranslated(name.to_string());
                    out.refuse(field, fault);
                    name.to_string()
                }
            })
            .filter(|name| !name.is_empty())
            .collect();
        let is_plain =
            |name: &String| !name.starts_with('[') && !name.contains(self.list_separator);
        if names.iter().all(is_plain) && !cell.starts_with('[') {
            return Some(names.join(&self.list_separator.to_string()).into());
        }
        serde_json::to_string(&names).ok().map(Cow::Owned)
    }
}

/// Whether a cell holds a formula, or an error of a spreadsheet, and so no value.
fn has_no_value(raw: &str) -> bool {
    let cell = trim(unguard(raw)).trim_start_matches('\'');
    is_formula(raw) || is_excel_error(cell) || is_reference(cell)
}

fn are_all_empty(parts: &[PlacedPart], row: &TableRow<'_>) -> bool {
    let mut columns = parts.iter().filter_map(PlacedPart::column);
    columns.all(|position| trim(unguard(row.get(position))).is_empty())
}

/// Joins the cells of a row to a value, if none of them is empty that must not be. An optional one
/// that is empty is left out with the text before it, or at the begin with the text behind it.
fn join(field: Field, parts: &[PlacedPart], row: &TableRow<'_>, out: &mut MappedValues) {
    let mut value = String::new();
    let mut is_whole = true;
    let (mut skips_text, mut text_at) = (false, None);
    for part in parts {
        let position = match part {
            PlacedPart::Text(_) if std::mem::take(&mut skips_text) => continue,
            PlacedPart::Text(text) => {
                text_at = Some(value.len());
                value.push_str(text);
                continue;
            }
            PlacedPart::Column(position, _) | PlacedPart::Optional(position) => *position,
        };
        let raw = row.get(position);
        let cell = trim(unguard(raw));
        let text_before = text_at.take();
        match part {
            PlacedPart::Optional(_) if cell.is_empty() => {
                skips_text = value.is_empty();
                value.truncate(text_before.unwrap_or(value.len()));
            }
            PlacedPart::Column(_, name) if cell.is_empty() => {
                is_whole = false;
                out.refuse(field, MappingFault::EmptyPart(name.clone()));
            }
            _ => {
                let kind = if is_formula(raw) { PartKind::Formula } else { PartKind::Value };
                out.add_part(field, cell, kind);
                value.push_str(cell);
            }
        }
    }
    out.set(CellSlot::First(field), if is_whole { &value } else { "" });
}

/// Returns the translation of a value.
fn one<'t>(
    field: Field,
    dictionary: &'t Dictionary,
    cell: &'t str,
    out: &mut MappedValues,
) -> Option<Cow<'t, str>> {
    let translated = dictionary.translate(cell);
    if translated.is_none() {
        out.refuse(field, MappingFault::NotTranslated(cell.to_owned()));
    }
    translated.map(Cow::Borrowed)
}
