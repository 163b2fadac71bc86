//! What the threads do when things go wrong: bad claims, lost connections, full queues, stops.

use std::{
    future::Future,
    task::Poll,
    time::{Duration, Instant},
};

use crossbeam_channel::bounded;
use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::store::{
    Changed, ClaimFilter, DatabaseUrl, NewClaim, PageRequest, Position, Store, StoreError,
    claims::batch::Stored,
    engine::{
        group::{Grouped, Waiting},
        link::{Link, Source},
        lookup::LookUp,
        pool::MAX_WAITING_JOBS,
        sql_types::Id,
        threads::Threads,
    },
    events::testing::verified_chain,
};
use payerline_domain::values::{ids::ClinicId, money::Cents};

use super::{
    database::{Database, id, new_claim, store_together},
    made, on_both,
};

on_both!(
    one_bad_claim_of_a_batch_fails_alone,
    lookups_of_one_id_are_all_answered,
    a_lost_connection_is_replaced,
    a_lock_timeout_is_an_answer_and_not_repeated,
    a_client_that_hangs_up_cancels_nothing,
    closing_finishes_what_is_queued,
    a_full_queue_is_busy,
    a_database_without_its_tables_is_not_ready,
    starts_at_once_migrate_once,
    a_restart_finds_what_was_stored,
);

async fn one_bad_claim_of_a_batch_fails_alone(database: Database) {
    Store::migrate(&database.url).await.unwrap();
    // A claim that is stored already may come before the bad one or after it.
    for known in ["INV-0", "INV-9"] {
        let clinic = id();
        let stored = [new_claim(clinic, known, "")];
        store_together(&database, &stored);
        let mut bad = new_claim(clinic, "INV-2", "");
        bad.assessment.total_cents = Cents::from_stored(-1);
        let batch = [
            new_claim(clinic, known, ""),
            new_claim(clinic, "INV-1", ""),
            bad,
            new_claim(clinic, "INV-3", ""),
        ];
        let outcomes = store_together(&database, &batch);
        let told = outcomes.iter().map(|it| match it {
            Ok(Stored::Created(_)) => "created",
            Ok(Stored::Replayed(claim)) if claim.row.id.0 == stored[0].id.uuid() => "replayed",
            Ok(_) => "something else",
            Err(StoreError::Internal(error)) if !error.contains("P-1") => "failed",
            Err(_) => "failed otherwise",
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told, ["replayed", "created", "failed", "created"]);
        let mut connection = database.connect();
        let claims = stored.iter().chain(&batch);
        let events =
            claims.map(|it| verified_chain(&mut connection, it.clinic, it.id.uuid()).len());
        assert_eq!(events.collect::<Vec<_>>(), [1, 0, 1, 0, 1]);
    }
}

async fn lookups_of_one_id_are_all_answered(database: Database) {
    let store = database.open().await;
    let clinic: ClinicId = id();
    let [one, two] = ["INV-1", "INV-2"].map(|external| new_claim(clinic, external, ""));
    let keys = [one.id, two.id, one.id, id(), one.id].map(|id| (Id(clinic.uuid()), Id(id.uuid())));
    join_all([one, two].map(|claim| store.submit(claim))).await;

    let queued = keys.map(|key| {
        let (reply, answer) = oneshot::channel();
        let request = LookUp(key);
        (Waiting { request, reply }, answer)
    });
    let (group, answers): (Vec<_>, Vec<_>) = queued.into_iter().unzip();
    Grouped::answer(&mut Link::for_lookups(Source::new(&database.url)), group);
    let found: Vec<_> = answers
        .into_iter()
        .map(|mut answer| {
            let row = answer.try_recv().unwrap().unwrap();
            row.map(|claim| (claim.row.clinic_id, claim.row.id))
        })
        .collect();
    assert_eq!(
        found,
        [
            Some(keys[0]),
            Some(keys[1]),
            Some(keys[0]),
            None,
            Some(keys[0])
        ]
    );
}

async fn a_lost_connection_is_replaced(database: Database) {
    let store = database.open().await;
    let clinic = id();
    for round in 0..3 {
        let claims = (0..20).map(|n| new_claim(clinic, &format!("{round}-{n}"), ""));
        let claims: Vec<NewClaim> = claims.collect();
        let ids: Vec<_> = claims.iter().map(|claim| claim.id).collect();
        for answer in join_all(claims.into_iter().map(|claim| store.submit(claim))).await {
            assert!(matches!(answer, Ok(Changed::Made(_))), "{answer:?}");
        }
        for found in join_all(ids.iter().map(|claim| store.claim(clinic, *claim))).await {
            assert!(found.unwrap().is_some());
        }
        store.ready().await.unwrap();
        database.cut_connections();
    }
}

/// How long a statement waits for a lock (`connection`).
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

async fn a_lock_timeout_is_an_answer_and_not_repeated(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let submit = |external_id| store.submit(new_claim(clinic, external_id, ""));
    let newest = PageRequest {
        limit: 50,
        position: Position::First,
    };
    let list = || store.claims(clinic, ClaimFilter::default(), newest);
    // Only a connection that worked before is one that could have been lost.
    made(submit("INV-1").await);
    join_all([list(), list()]).await;

    let mut other = database.connect();
    let (lock, lists) = match database.url {
        DatabaseUrl::Postgres(_) => ("BEGIN; LOCK TABLE claims", 2),
        // Nothing keeps SQLite from reading.
        DatabaseUrl::Sqlite(_) => ("BEGIN IMMEDIATE", 0),
    };
    other.batch(lock).unwrap();
    let began = Instant::now();
    let lists = join_all((0..lists).map(|_| list()));
    let (submitted, lists) = tokio::join!(submit("INV-2"), lists);
    let took = began.elapsed();
    assert!(took < LOCK_TIMEOUT * 3 / 2, "{took:?}");
    let answers = lists.into_iter().map(|list| list.map(drop));
    for answer in answers.chain([submitted.map(drop)]) {
        assert!(
            matches!(answer, Err(StoreError::Unavailable(_))),
            "{answer:?}"
        );
    }

    other.batch("ROLLBACK").unwrap();
    let submitted = submit("INV-2").await;
    assert!(matches!(submitted, Ok(Changed::Made(_))), "{submitted:?}");
    assert_eq!(list().await.unwrap().data.len(), 2);
}

/// Starts a submission, so that it is queued, and does not wait for it.
async fn start<F: Future>(submission: F) {
    let mut submission = Box::pin(submission);
    std::future::poll_fn(|context| {
        // On a busy machine it may even be done.
        let _ = submission.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

async fn a_client_that_hangs_up_cancels_nothing(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let new = new_claim(clinic, "INV-1", "");
    start(store.submit(new.clone())).await;
    for _ in 0..500 {
        if store.claim(clinic, new.id).await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never stored");
}

async fn closing_finishes_what_is_queued(database: Database) {
    let store = database.open().await;
    let clinic = id();
    let claims: Vec<NewClaim> = (0..500)
        .map(|n| new_claim(clinic, &n.to_string(), ""))
        .collect();
    let ids: Vec<_> = claims.iter().map(|claim| claim.id).collect();
    for claim in claims {
        start(store.submit(claim)).await;
    }
    store.close().await;
    let refused = store.submit(new_claim(clinic, "late", "")).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    let refused = store.claim(clinic, ids[0]).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");

    let store = database.open().await;
    for found in join_all(ids.iter().map(|claim| store.claim(clinic, *claim))).await {
        assert!(found.unwrap().is_some());
    }
}

async fn a_full_queue_is_busy(database: Database) {
    let threads = Threads::start(&Source::new(&database.url)).unwrap();
    let (hold, held) = bounded::<()>(0);
    let mut accepted = 0;
    let refusal = loop {
        let held = held.clone();
        let job = Box::new(move |_: &mut _| {
            let _ = held.recv();
        });
        match threads.push(|pools| &pools.writers, job) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refusal, StoreError::Busy), "{refusal}");
    assert!(accepted >= MAX_WAITING_JOBS);
    drop(hold);
    threads.stop().await;
}

async fn a_database_without_its_tables_is_not_ready(database: Database) {
    let store = database.open().await;
    store.ready().await.unwrap();
    let mut connection = database.connect();
    connection
        .batch("DELETE FROM __diesel_schema_migrations")
        .unwrap();
    let error = store.probe().await.unwrap_err();
    assert!(error.to_string().contains("20260601000000"), "{error}");
    connection
        .batch("DROP TABLE __diesel_schema_migrations")
        .unwrap();
    let error = store.probe().await.unwrap_err();
    assert!(matches!(error, StoreError::Internal(_)), "{error}");
}

async fn starts_at_once_migrate_once(database: Database) {
    let starts = (0..4).map(|_| {
        let url = database.url.clone();
        std::thread::spawn(move || crate::store::engine::migrate::connect_and_migrate(&url))
    });
    let starts: Vec<_> = starts.collect();
    let run: Vec<_> = starts
        .into_iter()
        .map(|start| start.join().unwrap())
        .collect();
    let migrated = run.iter().filter(|run| *run.as_ref().unwrap() > 0);
    assert_eq!(migrated.count(), 1, "{run:?}");
}

async fn a_restart_finds_what_was_stored(database: Database) {
    let clinic = id();
    let new = new_claim(clinic, "INV-1", "");
    let store = database.open().await;
    made(store.submit(new.clone()).await);
    store.close().await;
    assert_eq!(Store::migrate(&database.url).await.unwrap(), 0);
    let store = database.open().await;
    let found = store.claim(clinic, new.id).await.unwrap().unwrap();
    assert_eq!(found.submission.as_str(), new.body.trim());
    let again = store.submit(new_claim(clinic, "INV-1", "")).await.unwrap();
    assert!(matches!(again, Changed::Replayed(claim) if claim.id == new.id));
}
