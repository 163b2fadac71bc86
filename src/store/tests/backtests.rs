//! Back-tests that several workers want: whose lease it is, and what counts.

use uuid::Uuid;

use super::{
    database::{Database, actor_id, id},
    on_both,
};
use crate::{
    app::clock,
    store::{Changed, InterimResult, Lease, NewBacktest, NextStep, PageRequest, Position, Store},
};
use payerline_domain::{
    backtests::backtest::{
        BacktestResult, BacktestState, ChangedClaim, PayerAndDisposition, ReceivedPeriod,
    },
    claims::payer::{Disposition, Payer},
    values::{
        ids::{BacktestId, ClinicId},
        money::Cents,
        names::VersionName,
        time::Timestamp,
    },
};

on_both!(
    only_who_has_the_lease_writes_down_what_was_found,
    written_down_twice_it_counts_once,
    a_cancelled_one_is_written_no_more,
);

const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

async fn started(store: &Store) -> (ClinicId, BacktestId) {
    let now = clock::now();
    let new = NewBacktest {
        clinic: id(),
        id: clock::new_id(now).into(),
        actor: actor_id(),
        version: VersionName::parse("v").unwrap(),
        sha256: "0".repeat(64),
        table: "{}".to_owned(),
        period: ReceivedPeriod::default(),
        now,
    };
    let key = (new.clinic, new.id);
    let started = store.start_backtest(new).await.unwrap();
    assert!(matches!(started, Changed::Made(_)));
    key
}

fn lease(worker: Uuid, seconds: i64) -> Lease {
    let now = clock::now();
    let until = Timestamp::from_microseconds(now.microseconds() + seconds * 1_000_000);
    Lease {
        worker,
        now,
        until: until.unwrap(),
    }
}

async fn takes(store: &Store, lease: Lease) -> Option<BacktestId> {
    let taken = store.take_backtest(lease).await.unwrap();
    taken.map(|it| it.id)
}

/// One more claim is counted, and changes.
fn found((clinic, id): (ClinicId, BacktestId), lease: Lease, claims: u64) -> InterimResult {
    let position = Uuid::from_u128(claims.into());
    let decided = PayerAndDisposition {
        payer: Payer::Mva,
        disposition: Disposition::Ready,
    };
    InterimResult {
        clinic,
        id,
        lease,
        position,
        result: BacktestResult {
            claims,
            changed: claims,
            ..BacktestResult::default()
        },
        changes: vec![ChangedClaim {
            claim: position.into(),
            external_id: format!("INV-{claims}"),
            before: decided,
            after: PayerAndDisposition {
                payer: Payer::Private,
                ..decided
            },
            moved_cents: Cents::from_stored(5),
            decision_digest: [7; 32],
        }],
        next: NextStep::Continue,
    }
}

/// The claims counted, and the external ids of those that would change.
async fn kept(store: &Store, (clinic, id): (ClinicId, BacktestId)) -> (u64, Vec<String>) {
    let backtest = store.backtest(clinic, id).await.unwrap().unwrap();
    let request = PageRequest {
        limit: 10,
        position: Position::First,
    };
    let page = store.backtest_changes(clinic, id, request).await.unwrap();
    let changes = page.data.into_iter();
    let names = changes.map(|change| change.external_id).collect();
    (backtest.result.claims, names)
}

async fn only_who_has_the_lease_writes_down_what_was_found(database: Database) {
    let store = database.open().await;
    let key = started(&store).await;
    assert_eq!(takes(&store, lease(ONE, 60)).await, Some(key.1));
    assert_eq!(
        takes(&store, lease(OTHER, 60)).await,
        None,
        "somebody works"
    );
    let (mine, others) = (lease(ONE, 60), lease(OTHER, 60));
    let strange = store.save_interim_result(found(key, others, 9)).await;
    assert!(!strange.unwrap());
    let own = store
        .save_interim_result(found(key, lease(ONE, -1), 1))
        .await;
    assert!(own.unwrap());
    // Its time is over: another goes on from what is written down.
    let taken = store.take_backtest(others).await.unwrap().unwrap();
    assert_eq!(taken.result.claims, 1);
    assert_eq!(taken.position, Uuid::from_u128(1));
    let late = store.save_interim_result(found(key, mine, 2)).await;
    assert!(!late.unwrap());
    assert_eq!(kept(&store, key).await, (1, vec!["INV-1".to_owned()]));
    let last = InterimResult {
        next: NextStep::Finish,
        ..found(key, others, 3)
    };
    assert!(store.save_interim_result(last).await.unwrap());
    let ended = store.backtest(key.0, key.1).await.unwrap().unwrap();
    assert_eq!(ended.state, BacktestState::Finished);
    assert_eq!(takes(&store, mine).await, None);
    store.close().await;
}

async fn written_down_twice_it_counts_once(database: Database) {
    let store = database.open().await;
    let key = started(&store).await;
    assert_eq!(takes(&store, lease(ONE, 60)).await, Some(key.1));
    for _ in 0..2 {
        // As after an answer that was lost.
        let written = store
            .save_interim_result(found(key, lease(ONE, 60), 1))
            .await;
        assert!(written.unwrap());
    }
    assert_eq!(kept(&store, key).await, (1, vec!["INV-1".to_owned()]));
    store.close().await;
}

async fn a_cancelled_one_is_written_no_more(database: Database) {
    let store = database.open().await;
    let key = started(&store).await;
    assert_eq!(takes(&store, lease(ONE, 60)).await, Some(key.1));
    let cancelled = store.cancel_backtest(key.0, key.1, clock::now()).await;
    let cancelled = cancelled.unwrap().unwrap();
    assert_eq!(cancelled.state, BacktestState::Cancelled);
    let written = store
        .save_interim_result(found(key, lease(ONE, 60), 1))
        .await;
    assert!(!written.unwrap());
    let failed = store
        .fail_backtest(key, lease(ONE, 60), "no".to_owned())
        .await;
    failed.unwrap();
    let stays = store.backtest(key.0, key.1).await.unwrap().unwrap();
    assert_eq!(stays, cancelled);
    assert_eq!(kept(&store, key).await, (0, Vec::new()));
    store.close().await;
}
