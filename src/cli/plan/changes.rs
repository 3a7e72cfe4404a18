//! What a plan creates, changes and removes, as sections. Pure.

use super::section::IN_JSON;
use crate::change::{CREATED_OR_UPDATED, EffectCounts, GROUP_CREATED_OR_UPDATED};
use crate::cli::summary_words::effect_in_words;
use crate::number::{form, noun};
use crate::reconcile::{Preview, PreviewNames};
use crate::report::{PlanPart, PlanPartKind};
use std::cmp::Reverse;

/// Returns the differences from a list.
pub(super) fn differences(preview: &Preview) -> Vec<PlanPart> {
    use PlanPartKind::{Change, Create, Remove};
    let moves = preview.moves();
    let memberships = |mark, number, what: &str, groups| {
        PlanPart::new(mark, number, format!("{} {what}", noun(number, "membership")))
            .with_names(groups, IN_JSON)
    };
    let updated = preview.named(&["updated"]).number;
    let (groups, changes) = (preview.groups_to_update, preview.groups_changed());
    let deleted = preview.named(&["account_deleted"]);
    let removed = preview.named(&["removed"]);
    let with_files = form(deleted.number, WITH_ITS_FILES, WITH_THEIR_FILES);
    let leave = form(removed.number, LEAVES, LEAVE);
    let sections = [
        named(Create, preview.groups_created(), "group", "to create"),
        named(Create, preview.users_created(), "user", "to create"),
        memberships(Create, moves.add, "to add", joined(preview)),
        PlanPart::new(Change, groups, noun(groups, "group") + " to change")
            .with_first_names(changes.first, changes.number),
        PlanPart::new(Change, updated, noun(updated, "user") + " to update")
            .with_first_names(values(preview), preview.values),
        named(Remove, deleted, "account", with_files),
        memberships(Remove, moves.remove, "to remove", left(preview)),
        named(Remove, removed, "user", leave),
        named(Remove, preview.named(&["group_deleted"]), "group", "to delete"),
    ];
    sections.into_iter().filter(|section| section.number != Some(0)).collect()
}

fn named(mark: PlanPartKind, names: PreviewNames, one: &str, what: &str) -> PlanPart {
    let PreviewNames { number, first } = names;
    PlanPart::new(mark, number, format!("{} {what}", noun(number, one)))
        .with_first_names(first, number)
}

/// Returns what the rows ask for, where nothing is compared: the effects that an import would
/// count, with the names in the rows.
pub(super) fn asked_for(effects: &EffectCounts, asked: &Preview) -> Vec<PlanPart> {
    let section = |(effect, number)| {
        let number = match effect {
            // The account of a user who is deleted is counted apart.
            "removed" => effects.of("removed").saturating_sub(effects.of("account_deleted")),
            _ => number,
        };
        let section = PlanPart::new(mark(effect), number, to_do(effect, number));
        match effect {
            "updated" => section.with_first_names(values(asked), asked.values),
            "joined" => section.with_names(joined(asked), IN_JSON),
            "left" => section.with_names(left(asked), IN_JSON),
            effect => {
                let PreviewNames { number, first } = asked.named(&[effect]);
                section.with_first_names(first, number)
            }
        }
    };
    let mut done: Vec<(&'static str, u64)> = effects.done().collect();
    done.sort_by_key(|(effect, _)| (mark(effect), *effect != "account_deleted"));
    done.into_iter().map(section).filter(|section| section.number != Some(0)).collect()
}

const LEAVES: &str = "leaves the organization";
const LEAVE: &str = "leave the organization";
const WITH_ITS_FILES: &str = "to delete with its files";
const WITH_THEIR_FILES: &str = "to delete with their files";

/// Returns the words of an effect after a number, before it has happened.
fn to_do(effect: &str, number: u64) -> String {
    let (one, rest) = match effect {
        "created" => ("user", "to create"),
        "created_or_exists" => ("user", "to create, or there already"),
        CREATED_OR_UPDATED => ("user", "to create, or to update if there"),
        "updated" => ("user", "to update"),
        "joined" => ("membership", "to add"),
        "left" => ("membership", "to remove"),
        "left_all" => ("user", "to take out of all groups"),
        "removed" => ("user", form(number, LEAVES, LEAVE)),
        "account_deleted" => ("account", form(number, WITH_ITS_FILES, WITH_THEIR_FILES)),
        "group_created" => ("group", "to create"),
        "group_created_or_exists" => ("group", "to create, or there already"),
        GROUP_CREATED_OR_UPDATED => ("group", "to create, or to update if there"),
        "group_updated" => ("group", "to update"),
        "group_renamed" => ("group", "to rename"),
        "group_deleted" => ("group", "to delete"),
        "profiles_added" => ("group", "to get product profiles"),
        "profiles_removed" => ("group", "to lose product profiles"),
        other => return effect_in_words(other, number),
    };
    format!("{} {rest}", noun(number, one))
}

/// Returns what happens to those whom an effect counts.
fn mark(effect: &str) -> PlanPartKind {
    match effect {
        "created"
        | "created_or_exists"
        | "joined"
        | "group_created"
        | "group_created_or_exists" => PlanPartKind::Create,
        "left" | "left_all" | "removed" | "account_deleted" | "group_deleted" => {
            PlanPartKind::Remove
        }
        "exists" | "group_exists" => PlanPartKind::Same,
        CREATED_OR_UPDATED | GROUP_CREATED_OR_UPDATED => PlanPartKind::Create,
        _ => PlanPartKind::Change,
    }
}

/// Returns the values that change: `ann@example.com: firstname `Ann` -> `Anna``.
fn values(preview: &Preview) -> Vec<String> {
    preview.updates.iter().map(|value| format!("{}: {value}", value.of)).collect()
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
