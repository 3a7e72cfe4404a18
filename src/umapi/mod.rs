//! The User Management API, and nothing of files: wire types, token, client, limiter, retries.
//!
//! In: commands. Out: what the server answered, or that no answer came and whether the request may
//! have been carried out. Promised: no request goes out before the limiter allows it, on any
//! attempt; a pause that the server asks for holds everybody; secrets are never printed.

mod client;
mod credentials;
mod error;
mod limiter;
mod listing;
mod members;
mod pace;
mod pages;
mod rate;
mod redact;
mod response;
pub mod retry;
mod shared_quota;
mod sliding_window;
mod spoken;
mod token;
mod token_subject;
mod tracked_body;
mod transport;
mod trusted_certificates;
mod user;
pub mod wire;

pub use client::{ActionRequest, Client, ClientOptions, ClientStats, SyncMarker};
pub use credentials::{Credentials, Endpoints};
pub use error::{ActError, ApiError, RefusalScope};
pub use limiter::{Wait, WaitReason};
pub use listing::{GroupPage, ListPage, ListQuery, ListedGroup, ListedUser, UserPageBody};
pub use members::GroupMember;
pub use pace::Pace;
pub use rate::{CallClass, Rate, Rates};
pub(crate) use shared_quota::millis;
pub use shared_quota::{Age, LockedQuota, SharedQuota};
#[cfg(test)]
pub(crate) use tracked_body::SentAt;
#[cfg(test)]
pub(crate) use transport::{OutgoingRequest, PendingResponse, Transport, TransportError};
pub use trusted_certificates::TrustedCertificates;
pub use user::ApiUser;
pub use wire::ActionResponse;
