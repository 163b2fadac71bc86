//! How claims lie in the databases: what of a batch is written, how long values are kept, and SQLite's log.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Bool, Nullable, Text},
};
use futures_util::future::join_all;

use crate::store::{
    DatabaseUrl, Store,
    claims::{batch::Stored, prepared::PreparedClaim},
    engine::{connection::Connection, rows},
    events::testing::verified_chain,
};
use payerline_domain::values::ids::ClinicId;

use super::{
    database::{Database, id, new_claim, store_together},
    on_both,
};

on_both!(of_a_batch_only_what_is_new_is_written);

async fn of_a_batch_only_what_is_new_is_written(database: Database) {
    Store::migrate(&database.url).await.unwrap();
    let (one, other): (ClinicId, ClinicId) = (id(), id());
    let earlier = [new_claim(one, "INV-1", ""), new_claim(other, "INV-1", "")];
    store_together(&database, &earlier);

    // The first comes again as it is, after an answer that was lost; the second from its clinic, with the id of
    // a new claim. Between and behind them are new ones, more than one statement takes.
    let [ours, theirs] = earlier;
    let mut batch = vec![ours.clone(), new_claim(other, "INV-1", "")];
    for number in 2..90 {
        batch.push(new_claim(one, &format!("INV-{number}"), ""));
        batch.push(new_claim(other, &format!("INV-{number}"), ""));
    }
    let outcomes: Vec<Stored> = store_together(&database, &batch)
        .into_iter()
        .map(Result::unwrap)
        .collect();

    assert!(matches!(outcomes[0], Stored::Created(_)));
    assert!(
        matches!(&outcomes[1], Stored::Replayed(stored) if stored.row.id.0 == theirs.id.uuid())
    );
    let new = |outcome: &Stored| matches!(outcome, Stored::Created(_));
    assert!(outcomes[2..].iter().all(new));
    let mut connection = database.connect();
    for claim in batch[2..].iter().chain([&ours, &theirs]) {
        let events = verified_chain(&mut connection, claim.clinic, claim.id.uuid());
        assert_eq!(events.len(), 1);
    }
    let second = &batch[1];
    let events = verified_chain(&mut connection, second.clinic, second.id.uuid());
    assert!(events.is_empty(), "it was not stored");
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Bool)]
    outside: bool,
    #[diesel(sql_type = Nullable<Text>)]
    compression: Option<String>,
    #[diesel(sql_type = Bool)]
    has_lz4: bool,
}

#[tokio::test]
async fn postgres_keeps_evidence_in_its_row_compressed_by_lz4_where_it_can() {
    let database = Database::postgres();
    Store::migrate(&database.url).await.unwrap();
    let usual = new_claim(id(), "INV-2026-0000000000000000000123", "");
    let mut claims = vec![usual];
    // With what would have to go out of the row if it were not compressed.
    claims.push(new_claim(
        id(),
        "INV-1",
        &"The left knee, again. ".repeat(80),
    ));
    store_together(&database, &claims);
    let Connection::Postgres(mut connection) = database.connect() else {
        panic!("not PostgreSQL");
    };
    let kept: Vec<Kept> = sql_query(
        "SELECT pg_relation_size(reltoastrelid) > 0 AS outside, pg_column_compression(submission) AS compression,
            'lz4' = ANY (SELECT unnest(enumvals) FROM pg_settings WHERE name = 'default_toast_compression') AS has_lz4
         FROM claims, pg_class WHERE pg_class.oid = 'claims'::regclass ORDER BY length(submission::text)",
    )
    .load(&mut connection)
    .unwrap();
    let [short, long] = kept.as_slice() else {
        panic!("not two claims");
    };
    assert!(!short.outside && !long.outside);
    assert_eq!(short.compression, None);
    let best = if long.has_lz4 { "lz4" } else { "pglz" };
    assert_eq!(long.compression.as_deref(), Some(best));
}

#[tokio::test]
async fn a_migration_waits_for_a_table_in_use_without_keeping_others_from_it() {
    let database = Database::postgres();
    let mut reader = database.connect();
    Store::migrate(&database.url).await.unwrap();
    // As before the migration that alters the table, while a dump reads it.
    let undo = "DELETE FROM __diesel_schema_migrations WHERE version = '20261126120000'";
    reader.batch(undo).unwrap();
    reader.batch("BEGIN; SELECT count(*) FROM claims").unwrap();
    let url = database.url.clone();
    let migrated = tokio::spawn(async move { Store::migrate(&url).await });
    let began = Instant::now();
    let mut other = database.connect();
    while began.elapsed() < Duration::from_secs(4) {
        // A lock that is waited for lets nobody pass; a statement waits for it five seconds at most.
        other.batch("SELECT count(*) FROM claims").unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!migrated.is_finished());
    reader.batch("COMMIT").unwrap();
    assert_eq!(migrated.await.unwrap().unwrap(), 1);
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[tokio::test]
async fn sqlite_lists_claims_by_day_of_service_from_an_index() {
    let database = Database::sqlite();
    Store::migrate(&database.url).await.unwrap();
    let Connection::Sqlite(mut connection) = database.connect() else {
        panic!("not SQLite");
    };
    let plan: Vec<Step> = sql_query(
        "EXPLAIN QUERY PLAN SELECT id FROM claims WHERE clinic_id = zeroblob(16)
            AND service_to >= '2026-06-01' AND service_from <= '2026-06-30' AND id < zeroblob(16)
         ORDER BY id DESC LIMIT 51",
    )
    .load(&mut connection)
    .unwrap();
    let plan: Vec<&str> = plan.iter().map(|step| step.detail.as_str()).collect();
    let expected = "SEARCH claims USING COVERING INDEX claims_by_service (clinic_id=? AND id<?)";
    assert_eq!(plan, [expected]);
}

/// How long SQLite's log becomes until a commit copies it itself (`wal_autocheckpoint`), in bytes.
const LONG: u64 = 8192 * 4096;

#[tokio::test]
async fn sqlite_moves_its_log_into_the_database_while_claims_are_written() {
    let database = Database::sqlite();
    let store = database.open().await;
    let DatabaseUrl::Sqlite(path) = &database.url else {
        panic!("not SQLite");
    };
    let length = |path: &Path| path.metadata().map_or(0, |file| file.len());
    let before = length(path);
    let clinic: ClinicId = id();
    let claims = (0..600).map(|number| new_claim(clinic, &format!("INV-{number}"), ""));
    join_all(claims.map(|claim| store.submit(claim))).await;
    let log = length(&path.with_extension("db-wal"));
    assert!(0 < log && log < LONG, "{log}");
    let give_up = Instant::now() + Duration::from_secs(10);
    while length(path) <= before {
        assert!(Instant::now() < give_up, "nothing came into the database");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.close().await;
}

/// Claims that are stored before the batch, enough that its places in an index lie on many pages.
const BEFORE: usize = 2_000;

#[tokio::test]
async fn a_batch_on_sqlite_needs_no_temporary_file() {
    let database = Database::sqlite();
    Store::migrate(&database.url).await.unwrap();
    let mut connection = database.connect();
    let clinic = id();
    let mut insert = |numbers: &mut dyn Iterator<Item = usize>| {
        let claims = numbers.map(|number| new_claim(clinic, &format!("INV-{number:06}"), ""));
        let claims: Vec<_> = claims
            .map(|claim| PreparedClaim::new(claim).unwrap())
            .collect();
        let stored = connection.transaction(|c| {
            rows::insert(c, claims.iter().map(|claim| &claim.row))?;
            rows::insert(c, claims.iter().flat_map(|claim| &claim.items))?;
            rows::insert(c, claims.iter().flat_map(|claim| &claim.services))?;
            rows::insert(c, claims.iter().map(|claim| &claim.event))?;
            Ok(temporary_files())
        });
        stored.unwrap()
    };
    insert(&mut (0..BEFORE).map(|number| 2 * number));
    // Between those that are there, 64 with one statement.
    let files = insert(&mut (0..64).map(|number| 2 * number * (BEFORE / 64) + 1));
    assert_eq!(files, Vec::<PathBuf>::new());
    // The detector works: a temporary table that is larger than its cache is in a file.
    let files = connection.transaction(|c| {
        c.batch(
            "CREATE TEMP TABLE large AS WITH RECURSIVE numbers (n) AS \
             (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000) \
             SELECT zeroblob(1000) AS filler FROM numbers",
        )?;
        Ok(temporary_files())
    });
    assert!(!files.unwrap().is_empty());
}

/// The temporary files that SQLite has open in this process, which under nextest has one
/// test; they are deleted as soon as they are made.
fn temporary_files() -> Vec<PathBuf> {
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let files = open.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    let by_sqlite = |path: &PathBuf| path.to_string_lossy().contains("etilqs_");
    files.filter(by_sqlite).collect()
}
