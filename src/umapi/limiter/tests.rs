//! When requests may leave, on a clock that stands still.

use super::super::send_gate::RequestGate;
use super::super::shared_quota::PendingReservation;
use super::*;

fn sent_now() -> SentAt {
    let sent = SentAt::default();
    sent.set(Instant::now()).unwrap();
    sent
}

#[tokio::test(start_paused = true)]
async fn ten_requests_go_at_once_and_the_next_after_a_minute() {
    let limiter = Limiter::new(&Rates::default(), None);
    let start = Instant::now();
    for _ in 0..10 {
        limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    assert!(start.elapsed() >= Duration::from_secs(60), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn spacing_does_not_slow_a_short_window_down() {
    let rates = Rates {
        action: Some(Rate { requests: 10, window: Duration::from_millis(1500) }),
        ..Rates::off()
    };
    let limiter = Limiter::new(&rates, None);
    let start = Instant::now();
    for _ in 0..200 {
        limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    }
    assert!(start.elapsed() < Duration::from_millis(19 * 1510 + 1500), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_pause_holds_everybody_and_closing_lets_everybody_go() {
    let limiter = Limiter::new(&Rates::off(), None);
    limiter.pause(PauseScope::Everybody, Duration::from_secs(100), "throttled");
    limiter.pause(PauseScope::Everybody, Duration::from_secs(10), "a shorter one changes nothing");
    let start = Instant::now();
    assert!(matches!(limiter.waiting().unwrap().why, WaitReason::ServerPause { .. }));
    drop(limiter.acquire(CallClass::Users, SentAt::default()).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 100);
    limiter.close();
    assert!(matches!(
        limiter.acquire(CallClass::Action, SentAt::default()).await,
        Err(ActError::Closed)
    ));
}

#[tokio::test(start_paused = true)]
async fn pause_of_reads_holds_no_action() {
    let limiter = Limiter::new(&Rates::off(), None);
    limiter.pause(PauseScope::Reads, Duration::from_secs(100), "throttled");
    let start = Instant::now();
    drop(limiter.acquire(CallClass::Action, SentAt::default()).await.unwrap());
    assert_eq!((start.elapsed(), limiter.waiting()), (Duration::ZERO, None));
    assert_eq!(limiter.pace(CallClass::Action).held, Duration::ZERO);
    let read = limiter.acquire(CallClass::Groups, SentAt::default());
    let waiting = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(matches!(limiter.waiting().unwrap().why, WaitReason::ReadPause { .. }));
    };
    let (permit, ()) = tokio::join!(read, waiting);
    drop(permit.unwrap());
    assert_eq!((start.elapsed().as_secs(), limiter.waiting()), (100, None));
}

/// A quota that the clients of one test share.
#[derive(Debug)]
struct MemoryQuota {
    process: u8,
    sent: Arc<Mutex<Vec<(u8, u64, Instant)>>>,
}

impl MemoryQuota {
    fn note(&self, ticket: u64, age: Option<Age>) {
        let mut sent = lock(&self.sent);
        sent.retain(|(process, noted, _)| (*process, *noted) != (self.process, ticket));
        sent.extend(age.map(|age| (self.process, ticket, ago(age, Instant::now()))));
    }
}

impl SharedQuota for MemoryQuota {
    fn reserve(&self, wanted: Reservation) -> PendingReservation<'_> {
        let others = self.of_others(wanted.class, wanted.span);
        Box::pin(async move {
            if others.len() > wanted.others {
                return Ok(Reserved::Full { others, wait: None });
            }
            self.note(wanted.ticket, Some(-1000));
            Ok(Reserved::Granted { others })
        })
    }

    fn of_others(&self, _: CallClass, span: Duration) -> Vec<Age> {
        let sent = lock(&self.sent);
        let others = sent.iter().filter(|(process, ..)| *process != self.process);
        let ages = others.map(|(.., seen)| millis(seen.elapsed()));
        ages.filter(|age| *age < millis(span)).collect()
    }

    fn seen(&self, _: CallClass, ticket: u64, age: Option<Age>) {
        self.note(ticket, age);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_remembers_what_was_sent() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let limiter = |process| {
        let quota = MemoryQuota { process, sent: Arc::clone(&sent) };
        Limiter::new(&Rates::default(), Some(Arc::new(quota)))
    };
    let first = limiter(1);
    for _ in 0..10 {
        first.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    }
    let start = Instant::now();
    let again = limiter(2);
    let due = again.classes[0].quota.as_ref().map(|quota| lock(&quota.window).free(start));
    assert!(
        matches!(due, Some(Availability::At(at)) if at > start + Duration::from_secs(50)),
        "{due:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn wait_for_the_limit_is_told_with_its_end() {
    let _clock = clock::simulated::begin();
    let limiter = Limiter::new(&Rates::default(), None);
    for _ in 0..10 {
        limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    }
    let waiting = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        limiter.waiting().unwrap()
    };
    let (permit, wait) = tokio::join!(limiter.acquire(CallClass::Action, sent_now()), waiting);
    drop(permit.unwrap());
    assert_eq!(wait.why, WaitReason::Quota);
    let end = clock::system_now();
    assert!(wait.until <= end && wait.until + Duration::from_millis(5) > end, "{wait:?}");
    assert_eq!(limiter.waiting(), None);
}

#[tokio::test(start_paused = true)]
async fn spacing_of_a_burst_is_no_wait_to_tell() {
    let limiter = Limiter::new(&Rates::default(), None);
    limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    let start = Instant::now();
    let waiting = async { limiter.waiting() };
    let (permit, wait) = tokio::join!(limiter.acquire(CallClass::Action, sent_now()), waiting);
    permit.unwrap().answered();
    assert_eq!((wait, start.elapsed() >= SPACING), (None, true));
}

#[tokio::test(start_paused = true)]
async fn pause_is_told_until_it_is_over() {
    let _clock = clock::simulated::begin();
    let limiter = Limiter::new(&Rates::off(), None);
    assert_eq!((limiter.pause_of_everybody(), limiter.waiting()), (None, None));
    let length = Duration::from_secs(100);
    limiter.pause(PauseScope::Everybody, Duration::from_secs(10), "short");
    limiter.pause(PauseScope::Everybody, length, "throttled");
    limiter.pause(PauseScope::Everybody, length, "throttled once more");
    assert_eq!(limiter.pause_of_everybody(), Some((length, "throttled".to_owned())));
    let wait = limiter.waiting().unwrap();
    assert_eq!(wait.until, clock::system_now() + length);
    assert_eq!(wait.why, WaitReason::ServerPause { why: "throttled".to_owned() });
    let pace = limiter.pace(CallClass::Action);
    assert_eq!(pace, Pace { held: length, ..Pace::default() });
    tokio::time::advance(length).await;
    assert_eq!((limiter.pause_of_everybody(), limiter.waiting()), (None, None));
}

#[tokio::test(start_paused = true)]
async fn end_of_a_pause_is_waited_for_unless_the_client_is_closed() {
    let limiter = Limiter::new(&Rates::off(), None);
    let start = Instant::now();
    limiter.pause_over().await.unwrap();
    limiter.pause(PauseScope::Reads, Duration::from_secs(100), "it holds not everybody");
    limiter.pause_over().await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    limiter.pause(PauseScope::Everybody, Duration::from_secs(100), "throttled");
    limiter.pause_over().await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 100);
    let second = Duration::from_secs(1);
    assert!(tokio::time::timeout(second, limiter.closed()).await.is_err(), "it is open");
    limiter.pause(PauseScope::Everybody, Duration::from_secs(100), "throttled");
    limiter.close();
    assert!(matches!(limiter.pause_over().await, Err(ActError::Closed)));
    assert!(tokio::time::timeout(second, limiter.closed()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn read_that_was_let_go_waits_for_no_later_pause() {
    let limiter = Limiter::new(&Rates::off(), None);
    limiter.pause(PauseScope::Reads, Duration::from_secs(100), "throttled");
    drop(limiter.acquire(CallClass::Users, SentAt::default()).await.unwrap());
    limiter.pause(PauseScope::Reads, Duration::from_secs(100), "throttled");
    assert_eq!(limiter.waiting(), None);
}

#[tokio::test(start_paused = true)]
async fn pace_shows_the_limit_and_what_is_used_of_it() {
    let limiter = Limiter::new(&Rates::default(), None);
    let rate = Rates::default().action;
    assert_eq!(limiter.pace(CallClass::Action), Pace::unused(rate));
    assert_eq!(limiter.action_rate(), rate);
    limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    tokio::time::advance(Duration::from_secs(20)).await;
    let used = limiter.pace(CallClass::Action).used;
    assert_eq!(used.iter().map(Duration::as_secs).collect::<Vec<_>>(), [40]);
    assert!(limiter.pace(CallClass::Users).used.is_empty(), "reads have their own limit");
    assert_eq!(Limiter::new(&Rates::off(), None).action_rate(), None);
}

#[tokio::test(start_paused = true)]
async fn refusal_lowers_the_limit_until_a_window_after_the_pause() {
    let limiter = Limiter::new(&Rates::default(), None);
    for _ in 0..9 {
        limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    }
    let last = limiter.acquire(CallClass::Action, sent_now()).await.unwrap();
    last.refused(Duration::from_secs(100));
    let requests = || limiter.action_rate().unwrap().requests;
    assert_eq!(requests(), 9);
    tokio::time::advance(Duration::from_secs(150)).await;
    limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    assert_eq!(requests(), 9, "less than a window after the pause");
    tokio::time::advance(Duration::from_secs(15)).await;
    limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    assert_eq!(requests(), 10);
}

/// A limiter whose requests other processes see, and when they see the server see them: in
/// milliseconds from now.
fn shared_limiter() -> (Arc<Limiter>, impl Fn() -> Vec<i128>) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let quota = MemoryQuota { process: 1, sent: Arc::clone(&sent) };
    let limiter = Limiter::new(&Rates::default(), Some(Arc::new(quota)));
    let from_now = move || {
        let now = Instant::now();
        let all = lock(&sent);
        all.iter()
            .map(|(.., seen)| match seen.checked_duration_since(now) {
                Some(ahead) => ahead.as_millis().cast_signed(),
                None => -(now - *seen).as_millis().cast_signed(),
            })
            .collect()
    };
    (limiter, from_now)
}

#[tokio::test(start_paused = true)]
async fn other_processes_count_a_request_from_when_the_server_sees_it() {
    let (limiter, seen) = shared_limiter();
    // A whole minute of uptime, so that no time is before the clock's beginning.
    tokio::time::advance(Duration::from_secs(60)).await;
    let sent = SentAt::default();
    let permit = limiter.acquire(CallClass::Action, sent.clone()).await.unwrap();
    assert_eq!(seen(), [1000], "it is about to leave");
    tokio::time::advance(Duration::from_millis(500)).await;
    sent.set(Instant::now()).unwrap();
    tokio::time::advance(Duration::from_millis(300)).await;
    drop(permit);
    assert_eq!(seen(), [700], "a second after its last byte, without a response");

    let (limiter, seen) = shared_limiter();
    let permit = limiter.acquire(CallClass::Action, sent_now()).await.unwrap();
    tokio::time::advance(Duration::from_secs(4)).await;
    permit.answered();
    assert_eq!(seen(), [-3000], "a second after its last byte, however late the response");
}

#[tokio::test(start_paused = true)]
async fn request_that_never_left_counts_for_nobody() {
    let (limiter, seen) = shared_limiter();
    drop(limiter.acquire(CallClass::Action, SentAt::default()).await.unwrap());
    assert_eq!(seen(), []);
    assert!(limiter.pace(CallClass::Action).used.is_empty());
}

#[tokio::test(start_paused = true)]
async fn ages_are_in_the_past_or_ahead() {
    tokio::time::advance(Duration::from_secs(60)).await;
    let (now, five) = (Instant::now(), Duration::from_secs(5));
    assert_eq!([ago(5000, now), ago(0, now), ago(-5000, now)], [now - five, now, now + five]);
    assert_eq!([left(now + five), left(now), left(now - five)], [5.0, 0.0, 0.0]);
}

/// A caller that must not wait for the server to recover waits only for the limit.
#[tokio::test(start_paused = true)]
async fn request_that_must_not_wait_for_a_pause_is_given_back() {
    let limiter = Limiter::new(&Rates::off(), None);
    let start = Instant::now();
    let acquire = || limiter.acquire_now(CallClass::Action, SentAt::default());
    drop(acquire().await.unwrap());
    limiter.pause(PauseScope::Reads, Duration::from_secs(200), "throttled");
    assert!(!limiter.is_paused() && acquire().await.is_ok(), "actions go on");
    limiter.pause(PauseScope::Everybody, Duration::from_secs(100), "throttled");
    assert!(limiter.is_paused() && matches!(acquire().await, Err(ActError::Throttled)));
    assert_eq!(start.elapsed(), Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(100)).await;
    drop(acquire().await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 100, "the pause is over");
}

#[tokio::test(start_paused = true)]
async fn permit_knows_when_its_request_was_sent() {
    let limiter = Limiter::new(&Rates::default(), None);
    let sent = sent_now();
    let permit = limiter.acquire(CallClass::Action, sent.clone()).await.unwrap();
    assert_eq!(permit.sent().get(), sent.get());
}

/// A store that answers from a certain time on.
#[derive(Debug)]
struct SilentQuota(Instant);

impl SharedQuota for SilentQuota {
    fn reserve(&self, _: Reservation) -> PendingReservation<'_> {
        Box::pin(async {
            match Instant::now() < self.0 {
                true => Err(std::io::Error::other("connection refused")),
                false => Ok(Reserved::Granted { others: Vec::new() }),
            }
        })
    }

    fn seen(&self, _: CallClass, _: u64, _: Option<Age>) {}

    fn of_others(&self, _: CallClass, _: Duration) -> Vec<Age> {
        Vec::new()
    }

    fn is_required(&self) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn required_quota_that_does_not_answer_is_waited_for_and_asked_again() {
    let _clock = clock::simulated::begin();
    let start = Instant::now();
    let quota = Arc::new(SilentQuota(start + Duration::from_secs(600)));
    let limiter = Limiter::new(&Rates::default(), Some(quota));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(5500)).await;
        limiter.waiting().map(|wait| wait.why)
    };
    let (permit, why) = tokio::join!(limiter.acquire(CallClass::Action, sent_now()), meanwhile);
    assert_eq!(why, Some(WaitReason::SharedStore { cause: "connection refused".to_owned() }));
    let waited = start.elapsed();
    assert!(waited >= Duration::from_secs(600) && waited < Duration::from_secs(605), "{waited:?}");
    permit.unwrap().answered();
    assert_eq!(limiter.waiting(), None);
}

#[tokio::test(start_paused = true)]
async fn required_quota_that_does_not_answer_for_too_long_ends_the_wait() {
    let quota = Arc::new(SilentQuota(Instant::now() + Duration::from_secs(6000)));
    let patience = Duration::from_secs(600);
    let limiter = Limiter::patient(&Rates::default(), Some(quota), patience);
    let permit = limiter.acquire(CallClass::Action, SentAt::default()).await;
    let why = "the shared store has not answered for 10 min (connection refused)".to_owned();
    assert_eq!(permit.err(), Some(ActError::MayNotSend { why }));
}

/// The requests of others are known, and then the quota cannot be read any more.
#[derive(Debug)]
struct UnreadableQuota;

impl SharedQuota for UnreadableQuota {
    fn reserve(&self, _: Reservation) -> PendingReservation<'_> {
        Box::pin(async { Err(std::io::Error::other("locked")) })
    }

    fn of_others(&self, _: CallClass, _: Duration) -> Vec<Age> {
        vec![0; 10]
    }

    fn seen(&self, _: CallClass, _: u64, _: Option<Age>) {}
}

#[tokio::test(start_paused = true)]
async fn requests_of_others_count_also_if_the_quota_cannot_be_read_any_more() {
    let limiter = Limiter::new(&Rates::default(), Some(Arc::new(UnreadableQuota)));
    let start = Instant::now();
    limiter.acquire(CallClass::Action, sent_now()).await.unwrap().answered();
    assert!(start.elapsed() >= Duration::from_secs(60), "{:?}", start.elapsed());
}

/// Another worker was asked for a pause of this length; what is reserved is not to be sent.
#[derive(Debug)]
struct PausedQuota(Option<Duration>);

impl SharedQuota for PausedQuota {
    fn reserve(&self, _: Reservation) -> PendingReservation<'_> {
        Box::pin(async {
            let why = || "HTTP 429".to_owned();
            Ok(match self.0 {
                Some(left) => Reserved::Paused { scope: PauseScope::Everybody, left, why: why() },
                None => Reserved::Granted { others: Vec::new() },
            })
        })
    }

    fn of_others(&self, _: CallClass, _: Duration) -> Vec<Age> {
        Vec::new()
    }

    fn seen(&self, _: CallClass, _: u64, _: Option<Age>) {}

    fn may_leave(&self, _: CallClass, _: u64) -> bool {
        false
    }
}

#[tokio::test(start_paused = true)]
async fn pause_of_another_worker_that_is_longer_than_allowed_is_not_waited_for() {
    let (wait, allowed) = (Duration::from_secs(601), Duration::from_secs(600));
    let quota = Arc::new(PausedQuota(Some(wait)));
    let limiter = Limiter::patient(&Rates::default(), Some(quota), allowed);
    let start = Instant::now();
    let refused = limiter.acquire(CallClass::Action, SentAt::default()).await.err();
    let why = "HTTP 429".to_owned();
    assert_eq!(refused, Some(ActError::WaitTooLong { wait, why, maybe_applied: false }));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

/// The process was stopped after it had reserved the request: others do not count it any more.
#[tokio::test(start_paused = true)]
async fn request_whose_reservation_is_over_does_not_leave() {
    let limiter = Limiter::new(&Rates::default(), Some(Arc::new(PausedQuota(None))));
    let permit = limiter.acquire(CallClass::Action, SentAt::default()).await.unwrap();
    assert!(!permit.is_valid());
    let gate = RequestGate::new(None, Duration::from_secs(30), permit.slot());
    assert!(gate.check().is_err());
}
