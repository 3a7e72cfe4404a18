//! What must be the same after an undisturbed import and a disturbed one: the outcome of each row,
//! and the whole organization.

use std::collections::BTreeSet;
use std::path::Path;
use umbulk::sandbox::Sandbox;

/// A row of a results file.
pub(crate) struct Row {
    pub(crate) status: String,
    code: String,
    if_exists: String,
    /// The id of the request that decided it, if one did.
    pub(crate) request: String,
    pub(crate) line: String,
}

/// Reads a results file.
pub(crate) fn rows(results: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(results).unwrap();
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (status, code, if_exists) =
        (place("umbulk_status"), place("umbulk_code"), place("if_exists"));
    let request = place("umbulk_request_id");
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let line = record.iter().collect::<Vec<_>>().join(",");
            Row {
                status: record[status].to_owned(),
                code: record[code].to_owned(),
                if_exists: record[if_exists].to_owned(),
                request: record[request].to_owned(),
                line,
            }
        })
        .collect()
}

/// Nobody knows how far a row came that is `unknown`; its person may get another name later.
fn people_of_unknown_rows<'r>(rows: impl Iterator<Item = &'r Row>) -> BTreeSet<String> {
    let mut people = BTreeSet::new();
    for row in rows {
        let names: Vec<&str> =
            row.line.split(',').filter(|cell| cell.ends_with("@example.com")).collect();
        if row.status == "unknown" || names.iter().any(|name| people.contains(*name)) {
            people.extend(names.into_iter().map(str::to_owned));
        }
    }
    people
}

/// Compares the outcomes of an undisturbed import with those of a disturbed one of the same file,
/// each with its exit status.
pub(crate) fn compare_outcomes(
    seed: u64,
    text: &str,
    (calm_rows, expected): (&[Row], i32),
    (wild_rows, got): (&[Row], i32),
) {
    assert_eq!(wild_rows.len(), text.lines().count() - 1, "seed {seed}: every row has an outcome");
    let uncertain = people_of_unknown_rows(wild_rows.iter());
    for (calm, wild) in calm_rows.iter().zip(wild_rows) {
        // Nobody can tell whether a row created a user or met one, when it got no response.
        if wild.status == "unknown" && wild.if_exists == "error" {
            continue;
        }
        // A group that is gone after a deletion without a response may never have been there: what
        // the row wants is so.
        if calm.code == "error.usergroup.not_found"
            && wild.line.starts_with("delete-group,")
            && wild.line.contains("a probe shows")
        {
            continue;
        }
        // Rows behind a rename of which nobody knows the end are not sent.
        let is_held = |row: &Row| row.code == "error.rename_failed";
        if is_held(wild) && uncertain.iter().any(|email| wild.line.contains(email)) {
            continue;
        }
        // It fails either way: for the rename before it, or for a group that is not there.
        let is_unsent = |row: &Row| row.line.contains("not sent: the group");
        if calm.status == "failed"
            && wild.status == "failed"
            && (is_held(calm) && is_unsent(wild) || is_held(wild) && is_unsent(calm))
        {
            continue;
        }
        // Neither the user nor the group is there. Once another row has found out about the group,
        // the row is not sent; before, the server names the user.
        let codes = BTreeSet::from([calm.code.as_str(), wild.code.as_str()]);
        if codes == BTreeSet::from(["error.group.not_found", "error.user.nonexistent"])
            && (is_unsent(calm) || is_unsent(wild))
        {
            assert_eq!(
                (&*calm.status, &*wild.status),
                ("failed", "failed"),
                "seed {seed}:\n{}\n{}",
                calm.line,
                wild.line
            );
            continue;
        }
        // The server confirms a removal also for somebody it does not know. Whether umbulk can tell
        // that nobody was there depends on when it asked: a resumed run asks again.
        let is_of_anybody = |row: &Row| {
            row.status == "ok"
                && row.line.contains("removals of unknown users (--verify-deletes checks first)")
        };
        if codes == BTreeSet::from(["", "unchanged.not_there"])
            && (is_of_anybody(calm) || is_of_anybody(wild))
        {
            continue;
        }
        assert_eq!(
            (&calm.status, &calm.code),
            (&wild.status, &wild.code),
            "seed {seed}:\n{}\n{}\nall rows:\n{}",
            calm.line,
            wild.line,
            wild_rows.iter().map(|row| row.line.as_str()).collect::<Vec<_>>().join("\n")
        );
    }
    let same = calm_rows.iter().zip(wild_rows).all(|(calm, wild)| calm.status == wild.status);
    assert!(!same || expected == got, "seed {seed}: exit status {got}, not {expected}");
}

/// Compares an organization after an undisturbed import with the same after a disturbed one, apart
/// from people of whom the latter says that it does not know.
pub(crate) fn compare_organizations(
    seed: u64,
    wild_rows: &[&Row],
    undisturbed: &Sandbox,
    disturbed: &Sandbox,
) {
    let uncertain = people_of_unknown_rows(wild_rows.iter().copied());
    let dump = |sandbox: &Sandbox| {
        let mut bytes = Vec::new();
        sandbox.with_directory(|directory| directory.dump(&mut bytes)).unwrap();
        let lines = String::from_utf8(bytes).unwrap();
        let certain =
            |line: &&str| !uncertain.iter().any(|email| line.contains(&format!("\"{email}\"")));
        lines.lines().filter(certain).map(|line| format!("{line}\n")).collect::<String>()
    };
    let (calm, wild) = (dump(undisturbed), dump(disturbed));
    if calm != wild {
        let only = |one: &str, other: &str| {
            one.lines()
                .filter(|line| !other.lines().any(|known| known == *line))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let rows = wild_rows.iter().map(|row| row.line.as_str()).collect::<Vec<_>>().join("\n");
        panic!(
            "seed {seed}: the organizations differ\nundisturbed:\n{}\ndisturbed:\n{}\n{rows}",
            only(&calm, &wild),
            only(&wild, &calm)
        );
    }
}
