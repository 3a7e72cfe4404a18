//! The client of the User Management API: wire types, token, limiter, retries. It is independent of
//! files.
//!
//! In: commands. Out: the server's response, or that there was none and whether the request may
//! have been carried out. Promises: no request is sent before the limiter allows it, on any
//! attempt; a pause that the server asks for stops every call that it is for; secrets are never
//! printed.

mod adaptive_limit;
mod client;
mod client_options;
mod counters;
mod credentials;
mod denial;
mod error;
mod exchange;
mod folded_text;
mod known_fours;
mod limiter;
mod listing;
mod lookup;
mod members;
mod network_advice;
mod pace;
mod pages;
mod pause_scope;
mod rate;
mod read_call;
mod redact;
mod requested_pause;
mod response;
pub mod retry;
mod secret_forms;
mod secret_pieces;
mod send_gate;
mod server_clock;
mod server_tls;
mod server_words;
mod shared_quota;
mod silent_store;
mod sliding_window;
mod submit;
mod token;
mod token_subject;
mod tracked_body;
mod transport;
mod trusted_certificates;
mod unescaped;
mod user;
mod user_ref;
mod wait;
mod when_throttled;
pub(crate) mod wire;

pub(crate) use client::Client;
pub(crate) use client_options::{ClientOptions, KeptPause};
pub(crate) use counters::ClientStats;
pub use credentials::{Credentials, EndpointError, Endpoints};
pub use error::ApiError;
pub(crate) use error::{ActError, RefusalScope, refusal_words};
pub(crate) use limiter::Permit;
pub(crate) use listing::PageError;
pub use listing::{ListPage, ListQuery};
pub(crate) use listing::{ListedGroup, ListedUser};
pub(crate) use members::GroupMember;
pub(crate) use network_advice::network_advice;
pub(crate) use pace::Pace;
pub(crate) use pause_scope::PauseScope;
pub(crate) use rate::CallClass;
pub use rate::{Rate, RateError, Rates};
pub(crate) use send_gate::{SendGate, SendRefusal};
pub(crate) use server_tls::tls_config;
pub(crate) use shared_quota::millis;
pub(crate) use shared_quota::{Age, PendingReservation, Reservation, Reserved, SharedQuota};
pub(crate) use silent_store::silent_for;
pub(crate) use submit::{ActionRequest, SyncMarker};
pub(crate) use token::SharedToken;
#[cfg(test)]
pub(crate) use tracked_body::SentAt;
pub use transport::TlsError;
#[cfg(test)]
pub(crate) use transport::{OutgoingRequest, PendingResponse, Transport, TransportError};
pub(crate) use trusted_certificates::TrustedCertificates;
pub(crate) use user::ApiUser;
pub(crate) use user_ref::{AccountKind, UserRef};
pub(crate) use wait::{Wait, WaitReason};
pub(crate) use when_throttled::WhenThrottled;
