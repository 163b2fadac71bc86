//! Tests of the store on both databases, for what the API's tests cannot see.

pub mod backtests;
pub mod batches;
pub mod claims;
pub mod database;
pub mod duplicates;
pub mod events;
pub mod filters;
pub mod horizon;
pub mod ledger;
pub mod redecisions;
pub mod retries;
pub mod rulebooks;
pub mod storage;
pub mod threads;

use super::{Changed, StoreError};

/// What a change stored; any other outcome fails the test.
fn made<T: std::fmt::Debug>(changed: Result<Changed<T>, StoreError>) -> T {
    match changed {
        Ok(Changed::Made(stored)) => stored,
        other => panic!("{other:?}"),
    }
}

/// Runs each case on a fresh database of either kind.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case($crate::store::tests::database::Database::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                super::$case($crate::store::tests::database::Database::postgres()).await;
            })+
        }
    };
}
use on_both;
