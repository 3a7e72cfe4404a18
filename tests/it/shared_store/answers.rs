//! Questions that somebody answers when a run is queued.

use super::Shared;
use crate::at_terminal::answered;

/// A file in windows-1251, which may also be another encoding.
const EAST: &[u8] = b"email,firstname,lastname,country\n\
                      a@example.com,\xC8\xE2\xE0\xED,\xCF\xE5\xF2\xF0\xEE\xE2,RU\n";

impl Shared {
    /// Queues `a.csv` at a terminal where somebody types this answer to a question.
    fn submit_and_answer(&self, question: &str, answer: &str) {
        let queued = answered(&self.command("one", &["submit", "a.csv"]), answer);
        assert!(queued.status == 0 && queued.stdout.contains(question), "{queued:?}");
    }

    /// Carries out what is queued with a profile that says that its organization is production.
    fn work_in_production(&self) {
        self.empty_second();
        std::fs::create_dir_all(self.world.path("two/.config/umbulk")).unwrap();
        let (sandbox, options) = (&self.world.sandbox, &self.world.options);
        let profile = format!(
            "[profiles.live]\nproduction = true\nclient-id = \"{}\"\norg-id = \"{}\"\n\
             auth-host = \"{}\"\nurl = \"{}\"\nclient-secret-env = \"UMAPI_CLIENT_SECRET\"\n",
            options.client_id,
            options.org_id,
            sandbox.auth_host(),
            sandbox.url(),
        );
        self.world.write("two/.config/umbulk/config.toml", profile);
        let worked = self.umbulk("two", &["worker", "--once", "--profiles", "live"]);
        assert_eq!(worked.status, 0, "{worked:?}");
    }
}

/// The worker has no terminal, and reads the file as it was confirmed.
#[test]
fn encoding_that_was_confirmed_is_that_of_the_worker() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/a.csv", EAST);
    shared.submit_and_answer("Are they right?", "yes");
    shared.work();
    assert_eq!(shared.runs(), "finished 0 2");
    let directory = shared.world.sandbox.directory();
    assert_eq!(directory.user("a@example.com").unwrap().lastname, "Петров");
}

/// Only the encoding was asked about. The worker's profile says that this is production.
#[test]
fn answer_to_one_question_answers_no_other_one() {
    let Some(shared) = Shared::new() else { return };
    shared.world.write("one/a.csv", EAST);
    shared.submit_and_answer("Are they right?", "yes");
    shared.work_in_production();
    assert_eq!((shared.runs().as_str(), shared.world.action_requests()), ("refused 2 2", 0));
}

/// Who types the number of deletions need not type `--yes`.
#[test]
fn deletions_that_were_confirmed_are_carried_out() {
    let Some(shared) = Shared::new() else { return };
    let mut rows = "email,action\n".to_owned();
    (0..12).for_each(|number| rows += &format!("u{number}@example.com,delete\n"));
    shared.world.write("one/a.csv", rows);
    shared.submit_and_answer("Type 12 to continue", "12");
    shared.work_in_production();
    assert_eq!(shared.runs(), "finished 0 2");
}
