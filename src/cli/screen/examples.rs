//! What the tests of the display show.

use super::view::View;
use super::waiting::{TimeLeft, Waiting};
use crate::umapi::{Wait, WaitReason};
use std::time::{Duration, SystemTime};

/// Returns the fixed time of the examples.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

/// Returns a wait of this many seconds from [`now`] on.
pub(crate) fn wait(why: WaitReason, seconds: u64) -> Waiting {
    Waiting::new(&Wait { until: now() + Duration::from_secs(seconds), why }, now())
}

/// Returns the state of an import of 10,000 rows that waits for the quota.
pub(crate) fn view() -> View {
    View {
        done: 1_200,
        of: Some(10_000),
        noun: "row",
        outcomes: vec![
            "1,180 ok".to_owned(),
            "20 failed (14 error.user.belongs_to_another_org)".to_owned(),
        ],
        wrong: vec!["20 failed (14 error.user.belongs_to_another_org)".to_owned()],
        work: ["120 requests sent", "about 880 to go", "limit 10/60s"]
            .map(ToOwned::to_owned)
            .into(),
        left: Some(TimeLeft::new(Duration::from_secs(5_280), now())),
        waiting: Some(wait(WaitReason::Quota, 53)),
        elapsed: Duration::from_secs(727),
    }
}
