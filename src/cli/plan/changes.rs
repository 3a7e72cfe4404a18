//! What a plan creates, changes and removes, as sections. Pure.

use super::section::IN_JSON;
use crate::change::{CREATED_OR_UPDATED, EffectCounts, GROUP_CREATED_OR_UPDATED};
use crate::cli::summary_words::effect_in_words;
use crate::number::{form, noun};
use crate::reconcile::{LEAVE, Preview, PreviewNames};
use crate::report::{PlanPart, PlanPartKind};
use std::cmp::Reverse;

/// What a compared plan shows of people, memberships and groups, in this order. The changes of
/// groups stand between these two, as one part.
const CREATED: [&str; 7] = [
    "group_created",
    "group_created_or_exists",
    GROUP_CREATED_OR_UPDATED,
    "created",
    "created_or_exists",
    CREATED_OR_UPDATED,
    "joined",
];
const CHANGED_OR_GONE: [&str; 6] =
    ["updated", "account_deleted", "left", "left_all", "removed", "group_deleted"];

/// Returns the differences from a list.
pub(super) fn differences(preview: &Preview) -> Vec<PlanPart> {
    let moves = preview.moves();
    let of = |effect: &&'static str| {
        let number = match *effect {
            "joined" => moves.add,
            "left" => moves.remove,
            effect => preview.named(&[effect]).number,
        };
        part(effect, number, preview)
    };
    let (groups, changes) = (preview.groups_to_update, preview.groups_changed());
    let groups = PlanPart::new(PlanPartKind::Change, groups, noun(groups, "group") + " to change")
        .with_first_names(changes.first, changes.number);
    let parts = CREATED.iter().map(of).chain([groups]).chain(CHANGED_OR_GONE.iter().map(of));
    parts.filter(|part| part.number != Some(0)).collect()
}

/// Returns the part about those whom an effect counts.
fn part(effect: &'static str, number: u64, preview: &Preview) -> PlanPart {
    let part = PlanPart::new(mark(effect), number, to_do(effect, number));
    match effect {
        "updated" => part.with_first_names(values(preview), preview.values),
        "joined" => part.with_names(joined(preview), IN_JSON),
        "left" => part.with_names(left(preview), IN_JSON),
        effect => {
            let PreviewNames { number, first } = preview.named(&[effect]);
            part.with_first_names(first, number)
        }
    }
}

/// Returns what the rows ask for, where nothing is compared: the effects that an import would
/// count, with the names in the rows.
pub(super) fn asked_for(effects: &EffectCounts, asked: &Preview) -> Vec<PlanPart> {
    let of = |(effect, number)| match effect {
        // The account of a user who is deleted is counted apart.
        "removed" => {
            let deleted = effects.of("account_deleted");
            part(effect, effects.of("removed").saturating_sub(deleted), asked)
        }
        _ => part(effect, number, asked),
    };
    let mut done: Vec<(&'static str, u64)> = effects.done().collect();
    done.sort_by_key(|(effect, _)| (mark(effect), *effect != "account_deleted"));
    done.into_iter().map(of).filter(|part| part.number != Some(0)).collect()
}

const LEAVES: &str = "leaves the organization";
const EXISTS: &str = "exists already";
const EXIST: &str = "exist already";
const UNLESS_IT_EXISTS: &str = "to create, unless it exists already";
const UNLESS_THEY_EXIST: &str = "to create, unless they exist already";
const WITH_ITS_FILES: &str = "to delete with its files";
const WITH_THEIR_FILES: &str = "to delete with their files";

/// Returns the words of an effect after a number, before it has happened.
fn to_do(effect: &str, number: u64) -> String {
    let (one, rest) = match effect {
        "created" => ("user", "to create"),
        "created_or_exists" => ("user", form(number, UNLESS_IT_EXISTS, UNLESS_THEY_EXIST)),
        "exists" => ("user", form(number, EXISTS, EXIST)),
        CREATED_OR_UPDATED => ("user", "to create, or to update"),
        "updated" => ("user", "to update"),
        "joined" => ("membership", "to add"),
        "left" => ("membership", "to remove"),
        "left_all" => ("user", "to remove from all groups"),
        "removed" => ("user", form(number, LEAVES, LEAVE)),
        "account_deleted" => ("account", form(number, WITH_ITS_FILES, WITH_THEIR_FILES)),
        "group_created" => ("group", "to create"),
        "group_created_or_exists" => ("group", form(number, UNLESS_IT_EXISTS, UNLESS_THEY_EXIST)),
        "group_exists" => ("group", form(number, EXISTS, EXIST)),
        GROUP_CREATED_OR_UPDATED => ("group", "to create, or to update"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::effect_words;
    use crate::reconcile::GroupChanges;

    /// Whatever a row can do is shown, in the same words as without a list.
    #[test]
    fn every_effect_is_among_the_differences() {
        let changes_a_group =
            ["group_updated", "group_renamed", "profiles_added", "profiles_removed"];
        for effect in effect_words() {
            let mut preview = Preview::default();
            match effect {
                "exists" | "group_exists" => continue,
                "joined" | "left" => {
                    let (add, remove) = if effect == "joined" { (2, 0) } else { (0, 2) };
                    preview.groups.insert("G".into(), GroupChanges { add, remove });
                }
                effect => {
                    let names = PreviewNames { number: 2, first: vec!["a".into(), "b".into()] };
                    preview.names.insert(effect, names);
                }
            }
            preview.groups_to_update = preview.groups_changed().number;
            let parts = differences(&preview);
            let [part] = parts.as_slice() else { panic!("{effect}: {parts:?}") };
            assert_eq!((part.kind, part.number), (mark(effect), Some(2)), "{effect}");
            let words = match changes_a_group.contains(&effect) {
                true => "groups to change".to_owned(),
                false => to_do(effect, 2),
            };
            assert_eq!(part.words, words);
        }
    }
}
