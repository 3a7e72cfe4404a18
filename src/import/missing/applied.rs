//! Whole imports that apply a saved plan with missing people, once and again.

use super::case::{ANN, Case, FULL, people};
use super::{PlannedMissing, ScannedFile};
use crate::import::config::{ImportConfig, MissingAction};
use crate::import::exit::Exit;
use crate::import::groups::Creation;
use crate::import::input_file::{FileAccess, InputFile};
use crate::import::known_lists::KnownLists;
use crate::import::reconciliation::{Reconciliation, scan_files};
use crate::import::reporter::Silent;
use crate::import::saved_plan::SavedPlan;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Plans to add Ann to Design and to do this about Bob, who is missing. Returns an import that
/// applies the plan.
fn applying(case: &Case, action: MissingAction) -> ImportConfig {
    let mut config = ImportConfig { yes: true, ..case.config(ANN, action) };
    case.against(&mut config, FULL);
    let folder = FileAccess::InPlace(case.folder());
    let mut inputs = [InputFile::open(&config.files[0], &config.read, folder, &Silent).unwrap()];
    let mut lists = KnownLists::load(&config, &inputs, &Silent, || Ok(None)).unwrap();
    let creation = Creation::of_plan(&config);
    let reconciliation =
        Reconciliation { config: &config, reporter: &Silent, creation, server: None };
    let reconciled = reconciliation.reconcile(&mut inputs, &mut lists).unwrap();
    let scans = scan_files(&mut inputs, reconciled.early_scan, &Silent).unwrap();
    let files: Vec<ScannedFile<'_>> = inputs.iter().zip(&scans).collect();
    let listed = (lists.missing.take().unwrap(), BTreeMap::new());
    let missing = PlannedMissing::find(&config, listed, &files, None, &Silent).unwrap().unwrap();
    let mut plan = SavedPlan::begin(case.path("plan.json"), &config).unwrap();
    plan.add(&config.files[0], &inputs[0], Some(&missing)).unwrap();
    config.saved_plan = Some(Arc::new(SavedPlan { id: "plan 1".to_owned(), ..plan }));
    config
}

fn commands(case: &Case) -> usize {
    case.traffic().iter().map(|call| call.commands).sum()
}

#[test]
fn plan_that_is_applied_again_has_finished_already() {
    let case = Case::of(&people(0));
    let config = applying(&case, MissingAction::Leave);
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert_eq!(case.there(), "ann:1 carl:2");
    assert!(ended.says("they have left the organization"), "{ended:?}");
    let sent = commands(&case);
    assert_eq!(sent, 2);
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("the plan has been applied to them already"), "{ended:?}");
    assert!(!ended.says("people under management are missing"), "{ended:?}");
    assert_eq!(commands(&case), sent, "nothing is sent");
}

/// Somebody has changed the list of people who leave: what was done to them is not known.
#[test]
fn changed_list_of_missing_people_is_not_taken_for_the_applied_one() {
    let case = Case::of(&people(0));
    let config = applying(&case, MissingAction::Leave);
    assert_eq!(Case::run(&config).exit(), Some(Exit::Good));
    let list = case.path("staff.missing.csv");
    let text = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, text.replace("bob@", "bill@")).unwrap();
    let ended = Case::run(&config);
    assert!(!ended.says("the plan has been applied to them already"), "{ended:?}");
}

#[test]
fn plan_that_only_lists_missing_people_is_applied_again_without_them() {
    let case = Case::of(&people(0));
    let config = applying(&case, MissingAction::Report);
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("they are listed in"), "{ended:?}");
    assert!(case.path("staff.missing.csv").is_file());
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("the plan has been applied to them already"), "{ended:?}");
    assert_eq!((commands(&case), &*case.there()), (1, "ann:1 bob:1 carl:2"));
    // As after an import that was stopped before it listed them.
    std::fs::remove_file(case.path("staff.missing.csv")).unwrap();
    let ended = Case::run(&config);
    assert_eq!(ended.exit(), Some(Exit::Good), "{ended:?}");
    assert!(ended.says("they are listed in"), "{ended:?}");
    assert!(case.path("staff.missing.csv").is_file());
}

/// Nothing is done to people of whom the plan knows nothing.
#[test]
fn other_missing_people_than_planned_refuse_the_plan() {
    let case = Case::of(&people(0));
    let mut config = applying(&case, MissingAction::Leave);
    let plan = Arc::make_mut(config.saved_plan.as_mut().unwrap());
    plan.missing = Some(Vec::new());
    let ended = Case::run(&config);
    assert!(ended.exit().is_none(), "{ended:?}");
    assert_eq!((commands(&case), &*case.there()), (0, "ann:0 bob:1 carl:2"));
}
