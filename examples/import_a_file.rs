//! Imports a file of changes and lists what came of it.
//!
//! ```text
//! cargo run --example import_a_file
//! ```
//!
//! The organization here is a sandbox on this computer. For a real one, leave `endpoints` out and
//! use the credentials of an integration in the Adobe Developer Console.

#![allow(clippy::print_stdout, reason = "an example shows what it gets")]

use std::error::Error;
use umbulk::sandbox::{Directory, Sandbox, SandboxGroup, SandboxOptions};
use umbulk::{Import, OutcomeStatus, sandbox_access};

/// Two people join; the third row names a group that is not there.
const STAFF: &str = "\
email,firstname,lastname,country,groups
ann@example.com,Ann,Lee,US,Design
bob@example.com,Bob,Ray,CH,Design
cy@example.com,Cy,Fox,GB,Desing
";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let staff = folder.path().join("staff.csv");
    std::fs::write(&staff, STAFF)?;

    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    let sandbox = Sandbox::start(SandboxOptions::default(), directory)?;
    let (credentials, endpoints) = sandbox_access(&sandbox)?;

    let import = Import::builder(credentials)
        .endpoints(endpoints)
        // Without this, the folder that all programs of this user share.
        .state_folder(folder.path().join("state"))
        .file(&staff)
        .max_deletes(5)
        .build();
    let summary = import.run()?;

    for file in &summary.files {
        println!("{}: {} rows, {} requests", file.file, file.rows, file.requests);
        for status in OutcomeStatus::ALL {
            println!("{:>5}  {}", file.rows_with(status), status.name());
        }
        // Every row is there, with its outcome and the reason.
        if let Some(results) = &file.results {
            println!("{}", std::fs::read_to_string(results)?);
        }
    }
    println!("it ended with {:?}", summary.exit);
    assert!(sandbox.directory().user("ann@example.com").is_some());
    Ok(())
}
