//! Decides when a request may be sent: a window for each class of calls, spacing inside a burst,
//! and the pauses that the server asks for.

use super::error::ActError;
use super::pace::Pace;
use super::pause_scope::PauseScope;
use super::rate::{CallClass, Rate, Rates};
use super::shared_quota::{Age, Reservation, Reserved, ReservedSlot, SharedQuota, millis};
use super::silent_store::{SilentTime, silent_for};
use super::sliding_window::{Availability, SlidingWindow};
use super::tracked_body::SentAt;
use super::wait::{Wait, WaitReason};
use crate::clock;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The limits of one client.
pub(super) struct Limiter {
    classes: [ClassLimiter; 3],
    pauses: watch::Sender<Pauses>,
    /// The number of reads that wait for a pause of reads.
    reads_held: AtomicUsize,
    closed: watch::Sender<bool>,
    shared_quota: Option<Arc<dyn SharedQuota>>,
    /// How long to wait for a required quota that does not answer.
    patience: Duration,
}

/// A pause that the server asked for.
#[derive(Debug, Clone)]
struct Pause {
    until: Instant,
    why: String,
}

/// The longest pause of each scope.
#[derive(Debug, Clone, Default)]
struct Pauses {
    everybody: Option<Pause>,
    reads: Option<Pause>,
}

impl Pauses {
    /// Returns the time until which calls of a class wait.
    fn until(&self, class: CallClass) -> Option<Instant> {
        let reads = self.reads.as_ref().filter(|_| class != CallClass::Action);
        self.everybody.iter().chain(reads).map(|pause| pause.until).max()
    }
}

/// The limiter of one class of calls.
struct ClassLimiter {
    class: CallClass,
    quota: Option<ClassQuota>,
    /// The next request of the class holds this lock: first come, first served.
    queue: tokio::sync::Mutex<()>,
}

struct ClassQuota {
    window: Mutex<SlidingWindow>,
    clock: TokioClock,
    spacing: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    /// The time until which the next request waits for the window.
    waits_until: Mutex<Option<Instant>>,
    /// When a shared quota is asked again that does not answer, and why it does not.
    silent_until: Mutex<Option<(Instant, String)>>,
    /// How long the shared quota does not answer.
    silence: SilentTime,
}

/// The time between two requests of a burst, or half of the limit's own spacing if that is shorter.
const SPACING: Duration = Duration::from_millis(200);

impl Limiter {
    /// Creates a limiter with a quota for each class of calls.
    #[cfg(test)]
    fn new(rates: &Rates, shared_quota: Option<Arc<dyn SharedQuota>>) -> Arc<Self> {
        Self::patient(rates, shared_quota, Duration::from_secs(7200))
    }

    /// Creates a limiter that waits this long for a required quota that does not answer.
    pub(super) fn patient(
        rates: &Rates,
        shared_quota: Option<Arc<dyn SharedQuota>>,
        patience: Duration,
    ) -> Arc<Self> {
        let class_limiter = |class, rate: &Option<Rate>| ClassLimiter {
            class,
            quota: rate.map(ClassQuota::new),
            queue: tokio::sync::Mutex::new(()),
        };
        let limiter = Self {
            classes: [
                class_limiter(CallClass::Action, &rates.action),
                class_limiter(CallClass::Users, &rates.users),
                class_limiter(CallClass::Groups, &rates.groups),
            ],
            pauses: watch::Sender::default(),
            reads_held: AtomicUsize::new(0),
            closed: watch::Sender::new(false),
            shared_quota,
            patience,
        };
        limiter.remember();
        Arc::new(limiter)
    }

    /// Adds what this computer has sent within the last windows.
    fn remember(&self) {
        let Some(shared_quota) = &self.shared_quota else { return };
        for of_class in &self.classes {
            if let Some(quota) = &of_class.quota {
                let mut window = lock(&quota.window);
                let others = shared_quota.of_others(of_class.class, window.span());
                remember(&mut window, others, Instant::now());
            }
        }
    }

    /// Waits until a request of this class may be sent, but not for the end of a pause.
    ///
    /// # Errors
    /// [`ActError::Throttled`] during a pause, and [`ActError::Closed`] once the client is closed.
    pub(super) async fn acquire_now(
        self: &Arc<Self>,
        class: CallClass,
        sent: SentAt,
    ) -> Result<Permit, ActError> {
        let mut pauses = self.pauses.subscribe();
        let is_paused =
            |pauses: &Pauses| pauses.until(class).is_some_and(|until| until > Instant::now());
        tokio::select! {
            biased;
            _ = pauses.wait_for(is_paused) => Err(ActError::Throttled),
            permit = self.acquire(class, sent) => permit,
        }
    }

    /// Whether there is a pause of all calls.
    pub(super) fn is_paused(&self) -> bool {
        self.pause_of_everybody().is_some()
    }

    /// Waits until a request of this class may be sent.
    ///
    /// # Errors
    /// [`ActError::Closed`] once the client is closed, and [`ActError::MayNotSend`] when a required
    /// quota does not answer for too long.
    pub(super) async fn acquire(
        self: &Arc<Self>,
        class: CallClass,
        sent: SentAt,
    ) -> Result<Permit, ActError> {
        let of_class = &self.classes[class as usize];
        let mut closed = self.closed.subscribe();
        let waiting = async {
            let _place = of_class.queue.lock().await;
            loop {
                let pause =
                    self.pauses.borrow().until(class).filter(|until| *until > Instant::now());
                if let Some(until) = pause {
                    tracing::debug!(
                        ?class,
                        seconds = left(until),
                        "waits: the server asked for a pause"
                    );
                    let _held = (class != CallClass::Action).then(|| Held::new(&self.reads_held));
                    sleep_until(until).await;
                    continue;
                }
                let Some(quota) = &of_class.quota else {
                    return Ok(self.permit(class, sent.clone(), None));
                };
                match quota.try_take(of_class.class, &sent, self.shared_quota.as_deref()).await {
                    SlotAnswer::Ticket(ticket) => {
                        return Ok(self.permit(class, sent.clone(), Some(ticket)));
                    }
                    SlotAnswer::Silent(at, cause) => {
                        let silence = quota.silence.goes_on();
                        if silence >= self.patience {
                            let why = silent_for(silence, &cause);
                            return Err(ActError::MayNotSend { why });
                        }
                        tracing::warn!(?class, cause, "waits: the quota of all does not answer");
                        *lock(&quota.silent_until) = Some((at, cause));
                        sleep_until(at).await;
                        *lock(&quota.silent_until) = None;
                    }
                    SlotAnswer::NotUntil(at) => {
                        tracing::debug!(?class, seconds = left(at), "waits: the limit is used up");
                        *lock(&quota.waits_until) = Some(at);
                        sleep_until(at).await;
                        *lock(&quota.waits_until) = None;
                    }
                    SlotAnswer::Paused(_, wait, why) if wait > self.patience => {
                        return Err(ActError::WaitTooLong { wait, why, maybe_applied: false });
                    }
                    SlotAnswer::Paused(scope, length, why) => self.pause(scope, length, &why),
                }
            }
        };
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(ActError::Closed),
            permit = waiting => permit,
        }
    }

    fn permit(self: &Arc<Self>, class: CallClass, sent: SentAt, ticket: Option<u64>) -> Permit {
        Permit { limiter: Arc::clone(self), class, sent, ticket }
    }

    /// Gives no more permits.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Completes when the limiter is closed.
    pub(super) async fn closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Starts a pause that the server asks for, for all workers of the client. If a longer one is
    /// running, it stays.
    pub(super) fn pause_of_all(&self, scope: PauseScope, length: Duration, why: &str) {
        self.pause(scope, length, why);
        self.shared_quota.iter().for_each(|quota| quota.pause(scope, length, why));
    }

    /// Starts a pause for this client. If a longer one is running, it stays.
    pub(super) fn pause(&self, scope: PauseScope, length: Duration, why: &str) {
        let until = Instant::now() + length;
        self.pauses.send_if_modified(|pauses| {
            let pause = match scope {
                PauseScope::Everybody => &mut pauses.everybody,
                PauseScope::Reads => &mut pauses.reads,
            };
            let longer = pause.as_ref().is_none_or(|old| old.until < until);
            if longer {
                *pause = Some(Pause { until, why: why.to_owned() });
            }
            longer
        });
    }

    /// Returns how long the pause of all calls still lasts, and its reason.
    fn pause_of_everybody(&self) -> Option<(Duration, String)> {
        let pauses = self.pauses.borrow();
        let pause = pauses.everybody.as_ref()?;
        let left = pause.until.checked_duration_since(Instant::now())?;
        (!left.is_zero()).then(|| (left, pause.why.clone()))
    }

    /// Waits until there is no pause of all calls.
    ///
    /// # Errors
    /// [`ActError::Closed`] once the client is closed.
    pub(super) async fn pause_over(&self) -> Result<(), ActError> {
        let over = async {
            while let Some((left, _)) = self.pause_of_everybody() {
                sleep_until(Instant::now() + left).await;
            }
        };
        tokio::select! {
            biased;
            () = self.closed() => Err(ActError::Closed),
            () = over => Ok(()),
        }
    }

    /// Returns the current limit of a class of calls.
    pub(super) fn pace(&self, class: CallClass) -> Pace {
        let now = Instant::now();
        let held = self
            .pauses
            .borrow()
            .until(class)
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let Some(quota) = &self.classes[class as usize].quota else {
            return Pace { held, ..Pace::default() };
        };
        let window = lock(&quota.window);
        let used = window.used_until(now).into_iter().map(|end| end - now).collect();
        Pace { rate: Some(window.rate()), held, used }
    }

    /// Returns the current limit on actions.
    pub(super) fn action_rate(&self) -> Option<Rate> {
        self.classes[CallClass::Action as usize]
            .quota
            .as_ref()
            .map(|quota| lock(&quota.window).rate())
    }

    /// Returns why nothing is sent now. A pause of reads counts only while a read waits for it.
    pub(super) fn waiting(&self) -> Option<Wait> {
        let now = Instant::now();
        let at = |until: Instant| clock::system_now() + until.duration_since(now);
        let pauses = self.pauses.borrow();
        let lasts = |pause: &&Pause| pause.until > now;
        if let Some(pause) = pauses.everybody.as_ref().filter(lasts) {
            return Some(Wait {
                until: at(pause.until),
                why: WaitReason::ServerPause { why: pause.why.clone() },
            });
        }
        let reads_wait = self.reads_held.load(Ordering::Relaxed) > 0;
        if let Some(pause) = pauses.reads.as_ref().filter(|_| reads_wait).filter(lasts) {
            return Some(Wait {
                until: at(pause.until),
                why: WaitReason::ReadPause { why: pause.why.clone() },
            });
        }
        let quotas = self.classes.iter().filter_map(|class| class.quota.as_ref());
        let silent = quotas.clone().filter_map(|quota| lock(&quota.silent_until).clone());
        if let Some((until, cause)) = silent.filter(|(until, _)| *until > now).min() {
            return Some(Wait { until: at(until), why: WaitReason::SharedStore { cause } });
        }
        let until = quotas
            .filter_map(|quota| *lock(&quota.waits_until))
            .filter(|until| *until > now + SPACING)
            .min()?;
        Some(Wait { until: at(until), why: WaitReason::Quota })
    }
}

/// Counts a read while it waits.
struct Held<'l>(&'l AtomicUsize);

impl<'l> Held<'l> {
    fn new(count: &'l AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ClassQuota {
    fn new(rate: Rate) -> Self {
        let spacing = SPACING.min(rate.window / (2 * rate.requests)).max(Duration::from_nanos(1));
        let quota =
            Quota::with_period(spacing).unwrap_or(Quota::per_second(std::num::NonZeroU32::MIN));
        let clock = TokioClock::default();
        Self {
            window: Mutex::new(SlidingWindow::new(rate)),
            spacing: RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
            waits_until: Mutex::new(None),
            silent_until: Mutex::new(None),
            silence: SilentTime::default(),
        }
    }

    /// Reserves a request, and notes that the quota answers.
    async fn reserve(&self, quota: &dyn SharedQuota, wanted: Reservation) -> io::Result<Reserved> {
        let answer = quota.reserve(wanted).await;
        if answer.is_ok() {
            self.silence.ends();
        }
        answer
    }

    /// Takes a slot, or says why that cannot be now. While the quota of all workers is asked, no
    /// other request of the class asks: its caller holds the queue.
    async fn try_take(
        &self,
        class: CallClass,
        sent: &SentAt,
        shared_quota: Option<&dyn SharedQuota>,
    ) -> SlotAnswer {
        let now = Instant::now();
        let wanted = {
            let mut window = lock(&self.window);
            if let Availability::At(at) = window.free_of_own(now) {
                return SlotAnswer::NotUntil(at);
            }
            Reservation {
                class,
                ticket: window.new_ticket(),
                others: window.room_for_others(),
                span: window.span(),
            }
        };
        if let Err(not_until) = self.spacing.check() {
            let wait = not_until.wait_time_from(self.clock.now());
            return SlotAnswer::NotUntil(now + wait.max(Duration::from_millis(1)));
        }
        let ticket = wanted.ticket;
        let Some(shared_quota) = shared_quota else {
            lock(&self.window).take(ticket, sent.clone());
            return SlotAnswer::Ticket(ticket);
        };
        let mut reserving = Reserving { shared_quota, class, ticket, is_open: true };
        let answer = self.reserve(shared_quota, wanted).await;
        let now = Instant::now();
        let mut window = lock(&self.window);
        match answer {
            Ok(Reserved::Granted { others }) => {
                reserving.is_open = false;
                remember(&mut window, others, now);
            }
            Ok(Reserved::Full { others, wait }) => {
                reserving.is_open = false;
                remember(&mut window, others, now);
                let soonest = now + Duration::from_millis(1);
                return SlotAnswer::NotUntil(match (wait, window.free(now)) {
                    (Some(wait), _) => soonest.max(now + wait),
                    (None, Availability::At(at)) => at,
                    (None, Availability::Now) => soonest,
                });
            }
            Ok(Reserved::Paused { scope, left, why }) => {
                reserving.is_open = false;
                return SlotAnswer::Paused(scope, left, why);
            }
            Err(error) if shared_quota.is_required() => {
                return SlotAnswer::Silent(now + ASKED_AGAIN, error.to_string());
            }
            // A quota that cannot be asked does not hold requests back for ever. What is known of
            // others still counts.
            Err(_) => {
                reserving.is_open = false;
                if let Availability::At(at) = window.free(now) {
                    return SlotAnswer::NotUntil(at);
                }
            }
        }
        window.take(ticket, sent.clone());
        SlotAnswer::Ticket(ticket)
    }
}

/// What came of the attempt to take a slot.
enum SlotAnswer {
    /// When to ask a required quota again that does not answer, and why it does not.
    Silent(Instant, String),
    Ticket(u64),
    /// When to try again.
    NotUntil(Instant),
    /// The server has asked another worker for a pause.
    Paused(PauseScope, Duration, String),
}

/// A reservation without an answer. If it is dropped, the request is never sent.
struct Reserving<'q> {
    shared_quota: &'q dyn SharedQuota,
    class: CallClass,
    ticket: u64,
    is_open: bool,
}

impl Drop for Reserving<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.shared_quota.seen(self.class, self.ticket, None);
        }
    }
}

/// When a quota that cannot be asked is asked again.
const ASKED_AGAIN: Duration = Duration::from_secs(1);

/// Counts the requests of others, in place of those that were known before.
fn remember(window: &mut SlidingWindow, others: Vec<Age>, now: Instant) {
    window.forget_others();
    others.into_iter().for_each(|age| window.remember(ago(age, now)));
}

/// Returns the seconds until then.
fn left(until: Instant) -> f64 {
    until.saturating_duration_since(Instant::now()).as_secs_f64()
}

/// Returns the time this long ago, on the clock that the limiter uses to sleep. A negative age is
/// in the future.
fn ago(age: Age, now: Instant) -> Instant {
    let length = Duration::from_millis(age.unsigned_abs());
    if age < 0 { now + length } else { now.checked_sub(length).unwrap_or(now) }
}

/// The permission to send one request. The holder reports how the request ended; if it is dropped
/// before, the request counts from the time when it was sent.
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    class: CallClass,
    sent: SentAt,
    ticket: Option<u64>,
}

impl Permit {
    /// Returns where the time of the request goes once it is sent.
    pub(super) fn sent(&self) -> SentAt {
        self.sent.clone()
    }

    /// Whether the request may still be sent.
    pub(super) fn is_valid(&self) -> bool {
        self.slot().as_ref().is_none_or(ReservedSlot::is_valid)
    }

    /// Returns what the request has reserved with the other workers.
    pub(super) fn slot(&self) -> Option<ReservedSlot> {
        let (quota, ticket) = self.limiter.shared_quota.clone().zip(self.ticket)?;
        Some(ReservedSlot::new(quota, self.class, ticket))
    }

    /// Reports a response.
    pub(super) fn answered(mut self) {
        self.end(SlidingWindow::answered);
    }

    /// Reports that the server responded with 429 and asks for a pause.
    pub(super) fn refused(mut self, pause: Duration) {
        self.end(|window, ticket, now| window.refused(ticket, now, now + pause));
    }

    fn end(&mut self, how: impl FnOnce(&mut SlidingWindow, u64, Instant) -> Option<Instant>) {
        let (Some(ticket), Some(quota)) =
            (self.ticket.take(), &self.limiter.classes[self.class as usize].quota)
        else {
            return;
        };
        let now = Instant::now();
        let seen = how(&mut lock(&quota.window), ticket, now);
        if let Some(shared_quota) = &self.limiter.shared_quota {
            let age =
                seen.map(|seen| if seen > now { -millis(seen - now) } else { millis(now - seen) });
            shared_quota.seen(self.class, ticket, age);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("class", &self.class).finish_non_exhaustive()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.end(|window, ticket, _| window.lost(ticket));
    }
}

/// The clock of `governor`, on tokio's time, so that tests can stop it.
#[derive(Debug, Clone)]
struct TokioClock {
    origin: Instant,
}

impl Default for TokioClock {
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.origin.elapsed().into()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
