//! Follows an import and answers its questions: more than a few deletions need a yes.
//!
//! ```text
//! cargo run --example confirm_deletions
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it gets")]

use std::error::Error;
use umbulk::sandbox::{Directory, Sandbox, SandboxOptions, SandboxUser};
use umbulk::{Import, Observer, Progress, Rates, Stage, sandbox_access};

/// Writes down what it is told, and says yes or no to every question.
struct Follower {
    says_yes: bool,
}

impl Observer for Follower {
    fn on_message(&self, line: &str) {
        println!("  {line}");
    }

    fn on_progress(&self, progress: &Progress) {
        let Progress { noun, done, total, .. } = progress;
        println!("  {noun}s: {done} of {}", total.unwrap_or(0));
    }

    fn confirm(&self, question: &str) -> bool {
        println!("  {question} {}", if self.says_yes { "Yes." } else { "No." });
        self.says_yes
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let leavers = folder.path().join("leavers.csv");
    let emails: Vec<String> = (1..=12).map(|number| format!("p{number}@example.com")).collect();
    std::fs::write(&leavers, format!("action,email\ndelete,{}\n", emails.join("\ndelete,")))?;

    let mut directory = Directory::default();
    for email in &emails {
        directory.add_user(&SandboxUser::assumed(email, None, false));
    }
    let sandbox = Sandbox::start(SandboxOptions::default(), directory)?;
    let (credentials, endpoints) = sandbox_access(&sandbox)?;
    let import = Import::builder(credentials)
        .endpoints(endpoints)
        // The sandbox has no limits. Without this, the limits that Adobe documents are kept.
        .rates(Rates::off())
        .state_folder(folder.path().join("state"))
        .file(&leavers)
        .build();

    println!("nobody says yes:");
    let refused = import.run_with(&Follower { says_yes: false });
    let failure = refused.err().ok_or("it was sent without a yes")?;
    assert_eq!(failure.stage, Stage::Guard);
    println!("  {failure}");
    assert!(sandbox.directory().user("p1@example.com").is_some());

    println!("somebody says yes:");
    let summary = import.run_with(&Follower { says_yes: true })?;
    println!("  it ended with {:?}", summary.exit);
    assert!(sandbox.directory().user("p1@example.com").is_none());
    Ok(())
}
