//! Limits of a back-test: how much it may have found for its version to be activated.

use super::backtest::{Backtest, BacktestState};
use crate::{
    parse::{fault::Fault, fault_code::FaultCode, record::record},
    values::ids::BacktestId,
};

// Events are stored with `null` for a limit that was left out.
record! {
    /// How much a back-test may have found for the version to be activated.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Limits {
        /// The back-test: finished, and of the table that is to be activated.
        pub backtest: BacktestId,
        /// So many claims may change at most. Left out: any number.
        #[schema(minimum = 0, example = 500)]
        pub max_changed_claims: Option<u64> = None,
        /// Items of so many cents may move to another payer at most. Left out: any amount.
        #[schema(value_type = Option<i64>, minimum = 0, example = 5_000_000)]
        pub max_moved_cents: Option<u64> = None,
    }
}

/// Checks that a back-test allows to activate the table with a digest. The pointers of its faults begin with `/limits`.
pub fn check_limits(limits: &Limits, backtest: &Backtest, sha256: &str) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fault = |code, field: &str, detail: String| {
        let pointer = format!("/limits/{field}");
        faults.push(Fault {
            code,
            pointer,
            detail,
        });
    };
    if backtest.state != BacktestState::Finished {
        let detail = "this back-test is not finished; wait for it, or start another";
        fault(
            FaultCode::BacktestNotFinished,
            "backtest",
            detail.to_owned(),
        );
    }
    if backtest.sha256 != sha256 {
        let detail = "this back-test is of another table; start one of the version as it is now";
        fault(
            FaultCode::BacktestOfAnotherTable,
            "backtest",
            detail.to_owned(),
        );
    }
    let found = &backtest.result;
    if found.claims == 0 {
        let detail =
            "this back-test compared no claim; start one over a period in which there are some";
        fault(FaultCode::BacktestOfNoClaim, "backtest", detail.to_owned());
    }
    if found.unreadable > 0 {
        let detail = format!(
            "{} claims could not be compared, so nobody knows how many would change; the back-test names the first",
            found.unreadable
        );
        fault(FaultCode::UnreadableClaims, "backtest", detail);
    }
    if limits
        .max_changed_claims
        .is_some_and(|it| found.changed > it)
    {
        let detail = format!("the back-test found {} changed claims", found.changed);
        fault(
            FaultCode::TooManyChangedClaims,
            "max_changed_claims",
            detail,
        );
    }
    let moved = found.moved_cents.get();
    if limits
        .max_moved_cents
        .is_some_and(|it| u64::try_from(moved).is_ok_and(|moved| moved > it))
    {
        let detail = format!("the back-test found {moved} cents that move to another payer");
        fault(FaultCode::TooManyMovedCents, "max_moved_cents", detail);
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        backtests::backtest::{BacktestResult, Progress},
        parse::{decode::Decode, fault::Refusal},
        values::{money::Cents, names::VersionName, time::Timestamp},
    };

    fn limits(text: &str) -> Result<Limits, Refusal> {
        Limits::parse(text.as_bytes())
    }

    fn finished() -> Backtest {
        Backtest {
            id: Uuid::from_u128(7).into(),
            version: VersionName::parse("v").unwrap(),
            sha256: "aa".to_owned(),
            state: BacktestState::Finished,
            received_from: None,
            received_to: None,
            progress: Progress {
                claims: 10,
                percent: 100,
            },
            result: BacktestResult {
                claims: 10,
                changed: 3,
                moved_cents: Cents::from_stored(500),
                ..BacktestResult::default()
            },
            detail: None,
            created_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH,
            finished_at: Some(Timestamp::EPOCH),
        }
    }

    fn codes(limits: &Limits, backtest: &Backtest, sha256: &str) -> Vec<(&'static str, String)> {
        let faults = check_limits(limits, backtest, sha256)
            .err()
            .unwrap_or_default();
        let code = |fault: Fault| (fault.code.word(), fault.pointer);
        faults.into_iter().map(code).collect()
    }

    #[test]
    fn a_back_test_within_its_limits_allows_the_table_that_it_is_of() {
        let id = Uuid::from_u128(7);
        let exact =
            format!(r#"{{"backtest": "{id}", "max_changed_claims": 3, "max_moved_cents": 500}}"#);
        let exact = limits(&exact).unwrap();
        assert_eq!(codes(&exact, &finished(), "aa"), []);
        let none = limits(&format!(r#"{{"backtest": "{id}"}}"#)).unwrap();
        assert_eq!(codes(&none, &finished(), "aa"), []);
        let mut unreadable = finished();
        unreadable.result.unreadable = 1;
        unreadable.result.claims = 0;
        let found = codes(&none, &unreadable, "aa").into_iter();
        let found: Vec<&str> = found.map(|(code, _)| code).collect();
        assert_eq!(found, ["backtest_of_no_claim", "unreadable_claims"]);
        let tight = Limits {
            max_changed_claims: Some(2),
            max_moved_cents: Some(499),
            ..exact
        };
        let running = Backtest {
            state: BacktestState::Running,
            ..finished()
        };
        let expected = [
            ("backtest_not_finished", "/limits/backtest".to_owned()),
            ("backtest_of_another_table", "/limits/backtest".to_owned()),
            (
                "too_many_changed_claims",
                "/limits/max_changed_claims".to_owned(),
            ),
            ("too_many_moved_cents", "/limits/max_moved_cents".to_owned()),
        ];
        assert_eq!(codes(&tight, &running, "bb"), expected);
        assert!(limits(&format!(r#"{{"backtest": "{id}", "max_moved_cents": -1}}"#)).is_err());
    }
}
