//! The last question before each request: may it still be sent?

use super::error::ActError;
use super::shared_quota::ReservedSlot;
use super::silent_store::{SilentTime, silent_for};
use super::wait::{Wait, WaitReason};
use crate::clock;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Says whether requests may still be sent, for example because this process still has the run. It
/// is asked right before each request leaves, and must answer at once.
pub(crate) trait SendGate: Debug + Send + Sync {
    /// Whether a request may be sent now whose response is waited for at most this long.
    ///
    /// # Errors
    /// When it may not.
    fn may_send(&self, timeout: Duration) -> Result<(), SendRefusal>;
}

/// Why a request may not be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SendRefusal {
    /// Nobody knows whether it may, because the shared store does not answer, for this reason. The
    /// request waits.
    NotNow(String),
    /// Neither this request nor a later one; the reason in words. The run stops.
    Never(String),
}

/// The gate of one request, asked once more when its bytes go to the connection.
#[derive(Debug)]
pub(crate) struct RequestGate {
    gate: Option<Arc<dyn SendGate>>,
    timeout: Duration,
    /// What the request has reserved: others do not count it for ever.
    slot: Option<ReservedSlot>,
}

/// The error of a request that was not written to its connection.
#[derive(Debug, thiserror::Error)]
#[error("it may not be sent any more")]
pub(super) struct NotWritten;

impl RequestGate {
    /// Creates the gate of requests whose responses are waited for at most this long.
    pub(super) fn new(
        gate: Option<Arc<dyn SendGate>>,
        timeout: Duration,
        slot: Option<ReservedSlot>,
    ) -> Self {
        Self { gate, timeout, slot }
    }

    /// Checks that the request may still leave.
    pub(super) fn check(&self) -> Result<(), NotWritten> {
        let may_send = self.gate.as_ref().map_or(Ok(()), |gate| gate.may_send(self.timeout));
        match may_send.is_ok() && self.slot.as_ref().is_none_or(ReservedSlot::is_valid) {
            true => Ok(()),
            false => Err(NotWritten),
        }
    }
}

/// The gate of a client, and what it has said.
#[derive(Debug)]
pub(super) struct ClientGate {
    gate: Option<Arc<dyn SendGate>>,
    timeout: Duration,
    /// How long to wait for a store that does not answer.
    patience: Duration,
    silence: SilentTime,
    /// Why nothing is sent any more.
    refused: OnceLock<String>,
    /// The wait for the store.
    wait: Mutex<Option<Wait>>,
}

/// How often the gate is asked while the store does not answer.
const ASK_AGAIN: Duration = Duration::from_secs(1);

impl ClientGate {
    /// Creates the gate of a client that waits this long for responses, and for the store.
    pub(super) fn new(
        gate: Option<Arc<dyn SendGate>>,
        timeout: Duration,
        patience: Duration,
    ) -> Self {
        Self {
            gate,
            timeout,
            patience,
            silence: SilentTime::default(),
            refused: OnceLock::new(),
            wait: Mutex::new(None),
        }
    }

    /// Returns the gate for a request with this slot.
    pub(super) fn of_request(&self, slot: Option<ReservedSlot>) -> Option<RequestGate> {
        (self.gate.is_some() || slot.is_some())
            .then(|| RequestGate::new(self.gate.clone(), self.timeout, slot))
    }

    /// Returns why the gate has refused a request for good, if it has.
    pub(super) fn refused(&self) -> Option<&str> {
        self.refused.get().map(String::as_str)
    }

    /// Asks the gate now, because all requests may be waiting for hours. Returns why nothing will
    /// be sent any more; `None` if something still may be.
    pub(super) fn ended(&self) -> Option<String> {
        match self.gate.as_ref()?.may_send(self.timeout) {
            Err(SendRefusal::Never(why)) => Some(self.refused.get_or_init(|| why).clone()),
            Ok(()) | Err(SendRefusal::NotNow(_)) => self.refused.get().cloned(),
        }
    }

    /// Returns the wait for a store that does not answer.
    pub(super) fn waiting(&self) -> Option<Wait> {
        self.lock_wait().clone()
    }

    fn lock_wait(&self) -> std::sync::MutexGuard<'_, Option<Wait>> {
        self.wait.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends nothing from now on.
    pub(super) fn refuse(&self, why: String) -> ActError {
        let why = self.refused.get_or_init(|| why).clone();
        ActError::MayNotSend { why }
    }

    /// Checks that a request may be sent now.
    ///
    /// # Errors
    /// [`ActError::Throttled`] while the store does not answer, and [`ActError::MayNotSend`] once
    /// nothing may be sent.
    pub(super) fn check(&self) -> Result<(), ActError> {
        match self.ask() {
            Ok(()) => Ok(()),
            Err(SendRefusal::NotNow(_)) => Err(ActError::Throttled),
            Err(SendRefusal::Never(why)) => Err(self.refuse(why)),
        }
    }

    fn ask(&self) -> Result<(), SendRefusal> {
        if let Some(why) = self.refused.get() {
            return Err(SendRefusal::Never(why.clone()));
        }
        let Some(gate) = &self.gate else { return Ok(()) };
        let answer = gate.may_send(self.timeout);
        match &answer {
            Err(SendRefusal::NotNow(cause)) => {
                let silence = self.silence.goes_on();
                if silence >= self.patience {
                    return Err(SendRefusal::Never(silent_for(silence, cause)));
                }
            }
            Ok(()) | Err(SendRefusal::Never(_)) => self.silence.ends(),
        }
        answer
    }

    /// Waits until a request may be sent.
    ///
    /// # Errors
    /// [`ActError::MayNotSend`] once nothing may be sent, or when the store does not answer for
    /// too long.
    pub(super) async fn open(&self) -> Result<(), ActError> {
        let opened = loop {
            match self.ask() {
                Ok(()) => break Ok(()),
                Err(SendRefusal::Never(why)) => break Err(self.refuse(why)),
                Err(SendRefusal::NotNow(cause)) => {
                    let why = WaitReason::SharedStore { cause };
                    let until = clock::system_now() + ASK_AGAIN;
                    *self.lock_wait() = Some(Wait { until, why });
                    tokio::time::sleep(ASK_AGAIN).await;
                }
            }
        };
        *self.lock_wait() = None;
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// A gate with these answers; the last one stays.
    #[derive(Debug)]
    struct Scripted(Mutex<Vec<Result<(), SendRefusal>>>);

    impl SendGate for Scripted {
        fn may_send(&self, _: Duration) -> Result<(), SendRefusal> {
            let mut answers = self.0.lock().unwrap();
            if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
        }
    }

    fn gate(answers: &[Result<(), SendRefusal>], patience: u64) -> ClientGate {
        let gate = Arc::new(Scripted(Mutex::new(answers.to_vec())));
        ClientGate::new(Some(gate), Duration::from_secs(30), Duration::from_secs(patience))
    }

    fn silent() -> Result<(), SendRefusal> {
        Err(SendRefusal::NotNow("connection refused".to_owned()))
    }

    fn taken_over() -> Result<(), SendRefusal> {
        Err(SendRefusal::Never("w2 has taken over".to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn gate_that_does_not_know_is_asked_until_it_does() {
        let _clock = clock::simulated::begin();
        let start = Instant::now();
        let gate = gate(&[silent(), silent(), silent(), Ok(())], 60);
        assert_eq!(gate.check(), Err(ActError::Throttled));
        let why = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            gate.waiting().map(|wait| wait.why)
        };
        let (opened, why) = tokio::join!(gate.open(), why);
        assert_eq!((opened, start.elapsed().as_secs()), (Ok(()), 2));
        assert_eq!(why, Some(WaitReason::SharedStore { cause: "connection refused".to_owned() }));
        assert_eq!((gate.waiting(), gate.refused()), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn gate_that_refuses_once_refuses_for_ever() {
        let gate = gate(&[taken_over(), Ok(())], 60);
        for _ in 0..2 {
            let why = "w2 has taken over".to_owned();
            assert_eq!(gate.check(), Err(ActError::MayNotSend { why: why.clone() }));
            assert_eq!(gate.open().await, Err(ActError::MayNotSend { why }));
        }
        assert_eq!(gate.refused(), Some("w2 has taken over"));
    }

    #[test]
    fn end_is_known_without_a_request() {
        let gate = gate(&[Ok(()), silent(), taken_over(), Ok(())], 60);
        let ended = || gate.ended();
        assert_eq!((ended(), ended()), (None, None));
        let why = Some("w2 has taken over".to_owned());
        assert_eq!((ended(), ended()), (why.clone(), why));
    }

    /// Several requests one after another wait for the same silence.
    #[tokio::test(start_paused = true)]
    async fn patience_does_not_begin_anew_with_each_request() {
        let gate = gate(&[silent()], 600);
        for _ in 0..5 {
            assert_eq!(gate.check(), Err(ActError::Throttled));
            tokio::time::sleep(Duration::from_secs(100)).await;
        }
        let start = Instant::now();
        assert!(matches!(gate.open().await, Err(ActError::MayNotSend { .. })));
        assert_eq!(start.elapsed().as_secs(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn store_that_does_not_answer_for_too_long_ends_the_wait() {
        let start = Instant::now();
        let gate = gate(&[silent()], 600);
        let why = "the shared store has not answered for 10 min (connection refused)".to_owned();
        assert_eq!(gate.open().await, Err(ActError::MayNotSend { why }));
        assert_eq!(start.elapsed().as_secs(), 600);
        assert!(gate.refused().is_some() && gate.waiting().is_none());
    }
}
