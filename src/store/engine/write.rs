//! What is handed to the writers: a claim with who waits for it, or a job; and what became of the claim.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::oneshot;

use super::{connection::Link, error::StoreError};
use crate::store::claims::{row::StoredClaim, submit::Prepared};
use payerline_domain::values::ids::ClaimId;

/// Work for a thread with a connection.
pub(crate) type Job = Box<dyn FnOnce(&mut Link) + Send>;

/// Something to write.
pub(crate) enum Write {
    /// A claim, to be written together with others.
    Claim(Box<QueuedClaim>),
    /// Anything else.
    Job(Job),
}

impl Write {
    /// Which lane it waits in, by its remainder: claims of one lane are stored in the order in which they came.
    pub fn lane(&self) -> u64 {
        match self {
            Self::Claim(submission) => {
                let mut hasher = DefaultHasher::new();
                let (clinic, external_id) = submission.claim.key();
                (clinic.0, external_id).hash(&mut hasher);
                hasher.finish()
            }
            Self::Job(_) => 0,
        }
    }
}

/// A claim and who waits for it.
pub(crate) struct QueuedClaim {
    /// The claim.
    pub claim: Prepared,
    /// Where the answer goes; nobody may be there any more.
    pub answer: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// What became of a claim. Rows are turned into claims by who waits, not by the writer.
pub(crate) enum Outcome {
    /// Stored: the claim itself.
    Created(Box<Prepared>),
    /// The same content is stored.
    Replayed(Box<StoredClaim>),
    /// Other content is stored under its external id.
    Conflict(ClaimId),
}
