//! The state of a row while it is read: its cells, the rules, and its problems so far.

use super::action::Action;
use super::cell::{formula, no_margin, no_name, no_value};
use super::check::{ValueFault, passes_if_plain};
use super::field_kind::{FieldKind, kind};
use super::list::fold;
use super::model::{IdentityType, IfExists};
use super::new_identity::no_new_identity;
use super::odd_name::{is_plain_name, no_new_name};
use super::plain_cell::is_plain;
use super::problem::{Problem, WaivableProblem, name};
use super::rules::Rules;
use super::sound_name::is_sound_name;
use super::text::{nfc, trim};
use crate::table::country;
use crate::table::{
    Cells, DoubtfulName, Field, InputDialect, MappingFault, PartKind, quoted, split_into,
};
use std::borrow::Cow;

/// A row while it is read, with the problems found so far.
pub(super) struct ChangeRow<'c, 'a> {
    cells: &'c Cells<'a>,
    pub(super) rules: &'c Rules,
    pub(super) problems: Vec<Problem>,
    /// One bit for each field whose cell is refused, so that no further problem of it is reported.
    refused: u32,
    /// One bit for each field whose trimmed cell is [plainly a value](is_plain) or a
    /// [sound name](is_sound_name).
    plain: u32,
}

impl<'c, 'a> ChangeRow<'c, 'a> {
    /// Begins to read a row.
    pub(super) fn new(cells: &'c Cells<'a>, rules: &'c Rules) -> Self {
        Self { cells, rules, problems: Vec::new(), refused: 0, plain: 0 }
    }

    /// Returns the trimmed cell of a field; `None` if it is empty, which means no change.
    pub(super) fn cell(&self, field: Field) -> Option<&'a str> {
        let cell = self.cells.get(field);
        if cell.is_empty() {
            return None;
        }
        Some(trim(cell)).filter(|cell| !cell.is_empty())
    }

    /// Returns what a name may have been, if other names of the table were read in a wrong
    /// encoding.
    pub(super) fn doubt(&self, field: Field) -> Option<DoubtfulName<'a>> {
        self.cells.doubt(self.cell(field)?).filter(|_| !self.is_refused(field))
    }

    /// Refuses cells that hold no value, whatever the row does.
    pub(super) fn refuse_what_is_no_value(&mut self, action: Action) {
        let mut plain = "";
        for field in self.cells.filled() {
            let raw = self.cells.get(field);
            let cell = trim(raw);
            if cell.is_empty() {
                continue;
            }
            let is_formula = self.cells.is_formula(field);
            let is_name = kind(field) == FieldKind::Person && !is_formula;
            if is_name && !self.cells.has_more() && is_sound_name(raw) {
                self.plain |= 1 << field as u32;
                continue;
            }
            // A username is mostly the email address before it.
            let is_value = !is_formula && (cell == plain || is_plain(cell));
            if is_value {
                plain = cell;
                self.plain |= 1 << field as u32;
                let is_usual = match kind(field) {
                    FieldKind::Person => is_plain_name(cell),
                    _ => cell.len() > 1,
                };
                if cell.len() == raw.len() && !self.cells.has_more() && is_usual {
                    continue;
                }
            }
            // A letter whose last byte was trimmed explains what is left of it.
            let checked = self.no_margin(field).and_then(|()| match is_value {
                true => Ok(()),
                false if is_formula => formula(),
                false => no_value(field, cell),
            });
            let Err(fault) = checked else {
                self.refuse_new_value(field, cell, action);
                continue;
            };
            let before = self.problems.len();
            // A user may have such a name, which then stays as it is.
            let is_spreadsheet_leftover = is_formula || fault.reason == "excel_error";
            let is_a_name = matches!(field, Field::Firstname | Field::Lastname)
                && fault.reason != "list"
                && !is_spreadsheet_leftover;
            self.fault(field, cell, fault);
            if is_a_name && self.keeps_names(action) {
                self.waivable_since(before, WaivableProblem::NotCreated);
            }
            self.refused |= 1 << field as u32;
        }
    }

    /// Whether the names of a user who exists stay as they are.
    fn keeps_names(&mut self, action: Action) -> bool {
        action == Action::Create && self.if_exists() == IfExists::Ignore
    }

    /// Refuses a name that the row gives to a user, and that nobody would give on purpose.
    fn refuse_new_value(&mut self, field: Field, cell: &str, action: Action) {
        let is_of_update = self.rules.dialect == InputDialect::UmapiCliUsersUpdate;
        let checked = match (field, action) {
            (Field::Firstname | Field::Lastname, Action::Create | Action::Update) => {
                no_new_name(cell)
            }
            (Field::Email | Field::Username, Action::Create) => no_new_identity(cell),
            (Field::Username, Action::Update) if is_of_update => no_new_identity(cell),
            (Field::NewEmail | Field::NewUsername, _) => no_new_identity(cell),
            _ => Ok(()),
        };
        let Err(fault) = checked else { return };
        let before = self.problems.len();
        self.fault(field, cell, fault);
        self.refused |= 1 << field as u32;
        if kind(field) == FieldKind::Identity {
            self.waivable_since(before, WaivableProblem::Known);
        } else if self.keeps_names(action) {
            self.waivable_since(before, WaivableProblem::NotCreated);
        }
    }

    /// Refuses fields to which the mapping of the table gives no value: values without a
    /// translation that are not values of the field anyway, and values joined from cells of which
    /// one is empty or holds none.
    pub(super) fn refuse_unmapped(&mut self) {
        for (field, part, kind) in self.cells.joined_parts() {
            let is_person = matches!(field, Field::Firstname | Field::Lastname);
            let is_usual = is_plain(part) && (!is_person || is_plain_name(part));
            if kind == PartKind::Value && is_usual || self.is_refused(field) {
                continue;
            }
            let checked = match kind {
                PartKind::Formula => formula(),
                _ => no_value(field, part),
            };
            let checked = checked.and_then(|()| if is_person { no_new_name(part) } else { Ok(()) });
            if let Err(fault) = checked {
                self.fault(field, part, fault);
                self.refused |= 1 << field as u32;
            }
        }
        let mut unmapped = 0;
        for (field, fault) in self.cells.mapping_faults() {
            match fault {
                MappingFault::NotTranslated(value) => {
                    if is_word_of(*field, value) || no_value(*field, value).is_err() {
                        continue;
                    }
                    let added = if value.len() <= 60 { quoted(value) } else { "it".to_owned() };
                    let advice = format!(
                        "has no translation: add {added} = \"…\" to the values of {} in the \
                         mapping, or others = \"keep\", which keeps such values",
                        name(*field)
                    );
                    self.fault(*field, value, ValueFault { reason: "not_translated", advice });
                }
                MappingFault::EmptyPart(column) => {
                    let advice = format!(
                        "cannot be joined: the column `{column}` is empty in this row; fill it in"
                    );
                    self.fault(*field, "", ValueFault { reason: "incomplete", advice });
                }
            }
            unmapped |= 1 << *field as u32;
        }
        self.refused |= unmapped;
    }

    fn no_margin(&self, field: Field) -> Result<(), ValueFault> {
        let first = self.cells.get(field);
        let has_margin = !self.is_plain(field) || trim(first).len() < first.len();
        let mut cells =
            Some(first).filter(|_| has_margin).into_iter().chain(self.cells.more(field));
        cells.try_for_each(|cell| no_margin(field, cell))
    }

    /// Whether the first cell of a field is plainly a value.
    fn is_plain(&self, field: Field) -> bool {
        self.plain & (1 << field as u32) != 0
    }

    /// Returns the text of a field's cell with each letter and its marks in one character.
    pub(super) fn composed(&self, field: Field, text: &'a str) -> Cow<'a, str> {
        if self.is_plain(field) { Cow::Borrowed(text) } else { nfc(text) }
    }

    /// Whether all fields are empty.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.filled().all(|field| self.cell(field).is_none())
    }

    /// Returns the cell of a field. Its faults become problems.
    pub(super) fn checked(
        &mut self,
        field: Field,
        check: fn(&str) -> Result<(), ValueFault>,
    ) -> Option<&'a str> {
        let cell = self.cell(field)?;
        if self.is_plain(field) && passes_if_plain(field, cell) {
            return Some(cell);
        }
        if let Err(fault) = check(cell) {
            self.fault(field, cell, fault);
        }
        Some(cell)
    }

    /// Returns the cell of a field that must not be empty.
    pub(super) fn required(
        &mut self,
        field: Field,
        check: fn(&str) -> Result<(), ValueFault>,
        advice: &str,
    ) -> Option<&'a str> {
        let cell = self.checked(field, check);
        if cell.is_none() {
            self.problem(field, "missing", advice);
        }
        cell
    }

    /// Adds the names in a field's list, not folded yet. Their faults become problems.
    pub(super) fn names_into(
        &mut self,
        names: &mut Vec<Cow<'a, str>>,
        field: Field,
        check: fn(&str) -> Result<(), ValueFault>,
    ) {
        if let Some(cell) = self.cell(field) {
            self.names_of(cell, names, field, check);
        }
    }

    /// Adds the names in the first cell of a field, and in its further ones.
    fn names_of(
        &mut self,
        cell: &'a str,
        names: &mut Vec<Cow<'a, str>>,
        field: Field,
        check: fn(&str) -> Result<(), ValueFault>,
    ) {
        let first = names.len();
        let separator = self.rules.list_separator;
        let cells = self.cells;
        let is_plain = self.is_plain(field) && cells.more(field).next().is_none();
        for cell in std::iter::once(cell).chain(cells.more(field).map(trim)) {
            if let Err(error) = split_into(names, cell, separator) {
                let advice = format!(
                    "{error}; write [\"one\", \"two\"], or names with `{separator}` between them"
                );
                self.fault(field, cell, ValueFault { reason: "list", advice });
            }
        }
        for name in names[first..].iter_mut().filter(|_| !is_plain) {
            if let Cow::Owned(composed) = nfc(name) {
                *name = Cow::Owned(composed);
            }
        }
        for name in &names[first..] {
            let is_whole_cell = is_plain && name.len() == cell.len();
            if is_whole_cell && passes_if_plain(field, name) {
                continue;
            }
            let is_name = if is_whole_cell { Ok(()) } else { no_name(name) };
            if let Err(fault) = is_name.and_then(|()| check(name)) {
                self.fault(field, name, fault);
            }
        }
    }

    /// Returns the names in a field's list, folded. Their faults become problems.
    pub(super) fn names(
        &mut self,
        field: Field,
        check: fn(&str) -> Result<(), ValueFault>,
    ) -> Vec<Cow<'a, str>> {
        let mut names = Vec::new();
        self.names_into(&mut names, field, check);
        fold(&mut names);
        names
    }

    /// Whether any of these fields has a cell that is not empty.
    #[inline]
    pub(super) fn has_any(&self, fields: &[Field]) -> bool {
        self.cells.has_any(fields)
    }

    /// Refuses cells that this action would ignore. An empty list is ignored without harm.
    #[inline]
    pub(super) fn refuse(&mut self, fields: &[Field], action: Action) {
        if self.has_any(fields) {
            self.refuse_filled(fields, action);
        }
    }

    #[cold]
    fn refuse_filled(&mut self, fields: &[Field], action: Action) {
        for &field in fields {
            if self.cell(field).is_some_and(|cell| cell != "[]") {
                self.problem(
                    field,
                    "not_for_this_action",
                    format!(
                        "does not apply to the action {}; empty the cell, or change the action",
                        action.name()
                    ),
                );
            }
        }
    }

    /// Returns what to do if the user or group exists, according to the row or else the rules.
    pub(super) fn if_exists(&mut self) -> IfExists {
        let Some(cell) = self.cell(Field::IfExists) else { return self.rules.if_exists };
        IfExists::from_name(cell).unwrap_or_else(|| {
            self.problem(Field::IfExists, "unknown", "is not known; write ignore, update or error");
            IfExists::default()
        })
    }

    /// Adds a problem with a field's cell.
    pub(super) fn problem(
        &mut self,
        field: Field,
        reason: &'static str,
        advice: impl Into<String>,
    ) {
        if self.is_refused(field) {
            return;
        }
        let value = self.cell(field).unwrap_or_default();
        self.problems.push(Problem::new(name(field), reason, value, advice));
    }

    /// Adds a problem with one value in a field's cell.
    pub(super) fn fault(&mut self, field: Field, value: &str, fault: ValueFault) {
        if self.is_refused(field) {
            return;
        }
        self.problems.push(Problem::new(name(field), fault.reason, value, fault.advice));
    }

    fn is_refused(&self, field: Field) -> bool {
        self.refused & (1 << field as u32) != 0
    }

    /// Marks the problems after the first `problems` ones as waivable in that case.
    pub(super) fn waivable_since(&mut self, problems: usize, when: WaivableProblem) {
        self.problems[problems..].iter_mut().for_each(|problem| problem.waivable = Some(when));
    }

    /// Refuses a row with nothing to do, unless other problems say more.
    pub(super) fn has_nothing(&mut self, advice: &str) {
        if self.problems.is_empty() {
            self.problems.push(Problem::new("row", "nothing", "", advice));
        }
    }
}

/// Whether a text is one of the few words of a field.
fn is_word_of(field: Field, text: &str) -> bool {
    match field {
        Field::Action => Action::from_name(text).is_some(),
        Field::Type => IdentityType::from_name(text).is_some(),
        Field::Country => country::read(text).is_some() || country::is_undefined(text),
        Field::IfExists => IfExists::from_name(text).is_some(),
        _ => false,
    }
}
