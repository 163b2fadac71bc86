//! What becomes of something that is entered under a name of its own, for every table that has such names.

use uuid::Uuid;

/// What became of something entered under a number or name that is unique in the clinic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered<T> {
    /// It is new and now stored.
    Created(T),
    /// It is stored with the same content.
    Replayed(T),
    /// The name is taken by other content: the stored one's id.
    Conflict(Uuid),
}
