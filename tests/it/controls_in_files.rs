//! Files that people show in a terminal hold no control characters of a server in what umbulk adds,
//! and the cells of the input as they are.

use crate::world::World;
use umbulk::sandbox::InjectedFault;

/// Clears the screen; C1 controls too.
const EVIL: &str = "\u{1b}[2Jgone\u{9b}31m\u{7f}\u{0}\u{85}";
const ESCAPED: &str = "\\u001b[2Jgone\\u009b31m\\u007f\\u0000\\u0085";

fn is_control(c: char) -> bool {
    c.is_control() && !['\t', '\n', '\r'].contains(&c)
}

/// A refusal of the first command whose words hold control characters, and a tab.
fn refusal() -> InjectedFault {
    let body = serde_json::json!({
        "result": "error", "completed": 0, "notCompleted": 1, "completedInTestMode": 0,
        "errors": [{
            "index": 0, "step": 0, "message": format!("no\tuser {EVIL}"),
            "errorCode": format!("error.user.{EVIL}")
        }]
    });
    InjectedFault::Answer { status: 200, headers: Vec::new(), body: body.to_string() }
}

#[test]
fn controls_of_a_server_are_escaped_in_results_and_rows_to_fix() {
    let world = World::with_groups(&[]);
    world.sandbox.faults().next_actions([Some(refusal())]);
    let note = "kept \u{1b}[1m\u{9b} as it is";
    let file =
        format!("email,firstname,lastname,country,note\nann@example.com,Ann,Lee,US,{note}\n");
    let run = world.import("a.csv", file, &[]);
    assert_eq!(run.status, 1, "{run:?}");
    for rewritten in [false, true] {
        if rewritten {
            assert_eq!(world.umbulk(&["results", "a.csv"]).status, 0);
        }
        for name in ["a.results.csv", "a.failed.csv"] {
            let text = std::fs::read_to_string(world.path(name)).unwrap();
            assert!(text.contains(note), "{name}: the cells of the input stay: {text:?}");
            assert!(!text.replace(note, "").contains(is_control), "{name}: {text:?}");
            let row = &world.rows(name)[0];
            assert!(row["umbulk_message"].contains(&format!("no\tuser {ESCAPED}")), "{row:?}");
            assert!(row["umbulk_code"].contains(ESCAPED), "{row:?}");
        }
    }
    // The rows to fix are imported again.
    assert_eq!(world.umbulk(&["import", "a.failed.csv"]).status, 0);
}

/// What is wrong with a cell is said without its control characters.
#[test]
fn controls_of_a_cell_are_escaped_in_checks_and_plans() {
    let world = World::with_groups(&[]);
    let file = format!("email,firstname,lastname,country\nann{EVIL}@example.com,=Ann,Lee,US\n")
        .replace('\u{0}', "");
    world.write("a.csv", file);
    assert_eq!(world.umbulk(&["validate", "a.csv"]).status, 1);
    assert_eq!(world.umbulk(&["plan", "a.csv", "--out", "plan.csv"]).status, 1);
    let check = &world.rows("a.check.csv")[0];
    assert!(!check["umbulk_message"].contains(is_control), "{check:?}");
    assert!(check["email"].contains('\u{1b}'), "{check:?}");
    let plan = std::fs::read_to_string(world.path("plan.csv")).unwrap();
    assert!(!plan.contains(is_control) && plan.contains("\\u001b[2Jgone"), "{plan:?}");
}

/// A spreadsheet runs no cell of a plan.
#[test]
fn formulas_of_a_file_are_guarded_in_plans() {
    let world = World::with_groups(&[]);
    world.write("a.csv", "action,group\ncreate-group,'=1+1\ncreate-group,Design\n");
    let run = world.umbulk(&["plan", "a.csv", "--out", "plan.csv"]);
    assert_eq!(run.status, 0, "{run:?}");
    let rows = world.rows("plan.csv");
    assert!(rows.iter().any(|row| row["user"] == "'=1+1"), "{rows:?}");
    assert!(rows.iter().any(|row| row["user"] == "Design"), "{rows:?}");
}
