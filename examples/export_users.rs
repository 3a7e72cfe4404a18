//! Exports the users of an organization, or the members of one group, into a file.
//!
//! ```text
//! cargo run --example export_users
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it gets")]

use std::error::Error;
use umbulk::sandbox::{Directory, Sandbox, SandboxGroup, SandboxOptions, SandboxUser};
use umbulk::{Export, ExportError, ListKind, sandbox_access};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut directory = Directory::default();
    directory.add_group(&SandboxGroup::user_group("Design"));
    for (email, group) in [("ann@example.com", Some("Design")), ("bob@example.com", None)] {
        let mut user = SandboxUser::assumed(email, None, false);
        user.groups.extend(group.map(ToOwned::to_owned));
        directory.add_user(&user);
    }
    let sandbox = Sandbox::start(SandboxOptions::default(), directory)?;
    let (credentials, endpoints) = sandbox_access(&sandbox)?;
    let export = |file: &str| {
        Export::builder(ListKind::Users, folder.path().join(file), credentials.clone())
            .endpoints(endpoints.clone())
            .state_folder(folder.path().join("state"))
    };

    // The ending of the file says what it is: .csv, .tsv, .jsonl, with .gz or .zst behind it.
    let users = export("users.csv").build().run()?;
    println!("{} users:\n{}", users.rows, std::fs::read_to_string(&users.file)?);

    let members = export("design.jsonl").members_of("Design").columns(["email", "groups"]);
    let members = members.build().run()?;
    println!("{} members of Design:\n{}", members.rows, std::fs::read_to_string(&members.file)?);

    // Adobe blocks a client that asks for the first page of a full list twice in two hours. An
    // export that would do so is refused before it asks.
    match export("users.csv").build().run() {
        Err(ExportError::AskedLately(lately)) => println!("refused: {lately}"),
        other => return Err(format!("not refused: {other:?}").into()),
    }
    Ok(())
}
