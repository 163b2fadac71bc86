//! What tests are written with, for the suite and for the tests in containers: a caller, what it is
//! answered, claims to send, a load of them, and the binary as a process. It speaks to a running service
//! over HTTP and knows nothing of its insides.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "a test fails by panicking, and its sentences are its documentation"
)]

mod answer;
mod caller;
mod claim;
mod follower;
mod load;
mod process;

pub use answer::{Answer, Problem, check_problem};
pub use caller::{Caller, Filtered, array, codes, query, strings};
pub use claim::{Claim, EXAMPLES, edited, full_claim, today};
pub use follower::Follower;
pub use load::{Kept, Load, Record, load_claim};
pub use process::{ADMIN_KEY, Process};
