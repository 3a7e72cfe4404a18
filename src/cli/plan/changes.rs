//! What a plan creates, changes and removes, as sections. Pure.

use super::section::{PlanMark, PlanSection};
use crate::change::{CREATED_OR_UPDATED, EffectCounts, GROUP_CREATED_OR_UPDATED};
use crate::cli::summary_words::effect_in_words;
use crate::number::{form, noun};
use crate::reconcile::{Preview, PreviewStep};
use std::cmp::Reverse;

/// Returns the differences from a list.
pub(super) fn differences(preview: &Preview) -> Vec<PlanSection> {
    use PlanMark::{Change, Create, Remove};
    let names = &preview.names;
    let moves = preview.moves();
    let named = |mark, number, one: &str, what: &str, names: &[String]| {
        PlanSection::new(mark, number, format!("{} {what}", noun(number, one)))
            .with_first_names(names.to_vec(), number)
    };
    let leaves = form(preview.leave, "leaves the organization", "leave the organization");
    let memberships = |mark, number, what: &str, groups| {
        PlanSection::new(mark, number, format!("{} {what}", noun(number, "membership")))
            .with_names(groups)
    };
    let sections = [
        named(Create, preview.groups_to_create, "group", "to create", &names.groups_to_create),
        named(Create, preview.create, "user", "to create", &names.create),
        memberships(Create, moves.add, "to add", joined(preview)),
        named(Change, preview.groups_to_update, "group", "to change", &names.groups_to_update),
        PlanSection::new(Change, preview.update, noun(preview.update, "user") + " to update")
            .with_names(values(preview)),
        memberships(Remove, moves.remove, "to remove", left(preview)),
        named(Remove, preview.leave, "user", leaves, &names.leave),
        named(Remove, preview.groups_to_delete, "group", "to delete", &names.groups_to_delete),
    ];
    sections.into_iter().filter(|section| section.number != Some(0)).collect()
}

/// Returns what the rows ask for, where nothing is compared: the effects that an import would
/// count, with the names in the rows.
pub(super) fn asked_for(effects: &EffectCounts, asked: &Preview) -> Vec<PlanSection> {
    let mut asked = asked.clone();
    let mut sections: Vec<PlanSection> = effects
        .done()
        .map(|(word, number)| {
            let section = PlanSection::new(mark(word), number, effect_in_words(word, number));
            // Two effects of one kind share the names: the first has them.
            let (names, of) = match word {
                "created" | "created_or_exists" | CREATED_OR_UPDATED => {
                    (std::mem::take(&mut asked.names.create), asked.create)
                }
                "removed" => (std::mem::take(&mut asked.names.leave), asked.leave),
                "updated" => all(values(&asked)),
                "joined" => all(joined(&asked)),
                "left" => all(left(&asked)),
                "group_created" | "group_created_or_exists" | GROUP_CREATED_OR_UPDATED => {
                    (std::mem::take(&mut asked.names.groups_to_create), asked.groups_to_create)
                }
                "group_updated" | "group_renamed" | "profiles_added" | "profiles_removed" => {
                    (std::mem::take(&mut asked.names.groups_to_update), asked.groups_to_update)
                }
                "group_deleted" => {
                    (std::mem::take(&mut asked.names.groups_to_delete), asked.groups_to_delete)
                }
                _ => (Vec::new(), 0),
            };
            section.with_first_names(names, of)
        })
        .collect();
    sections.sort_by_key(|section| section.mark);
    sections
}

fn all(names: Vec<String>) -> (Vec<String>, u64) {
    let number = names.len() as u64;
    (names, number)
}

/// Returns what happens to those whom an effect counts.
fn mark(effect: &str) -> PlanMark {
    match effect {
        "created"
        | "created_or_exists"
        | "joined"
        | "group_created"
        | "group_created_or_exists" => PlanMark::Create,
        "left" | "left_all" | "removed" | "account_deleted" | "group_deleted" => PlanMark::Remove,
        "exists" | "group_exists" => PlanMark::Same,
        CREATED_OR_UPDATED | GROUP_CREATED_OR_UPDATED => PlanMark::Create,
        _ => PlanMark::Change,
    }
}

/// Returns the values that change: `ann@example.com: firstname `Ann` -> `Anna``.
fn values(preview: &Preview) -> Vec<String> {
    let words = |update: &_| PreviewStep::Update(Clone::clone(update)).to_string();
    preview.updates.iter().map(|update| format!("{}: {}", update.user, words(update))).collect()
}

fn joined(preview: &Preview) -> Vec<String> {
    most_first(preview.groups.iter().map(|(name, moves)| (name.as_str(), moves.add)))
}

fn left(preview: &Preview) -> Vec<String> {
    most_first(preview.groups.iter().map(|(name, moves)| (name.as_str(), moves.remove)))
}

/// Returns the groups with their numbers of memberships, those with most of them first.
fn most_first<'g>(groups: impl Iterator<Item = (&'g str, u64)>) -> Vec<String> {
    let mut groups: Vec<_> = groups.filter(|(_, number)| *number > 0).collect();
    groups.sort_by_key(|(name, number)| (Reverse(*number), *name));
    groups.into_iter().map(|(name, number)| format!("{name}: {number}")).collect()
}
