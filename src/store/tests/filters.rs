//! Filters with several values: each part of one is found in the order of the list from an index.

use diesel::{prelude::*, sql_query, sql_types::Text};

use crate::store::{Store, engine::connection::Connection};
use payerline_domain::values::ids::ClinicId;

use super::{
    database::{Database, id, new_claim},
    made,
};

/// As `lists` asks for one status of several, while several payers are wanted too.
const PART: &str = "status = 'ready' AND payer IN ('mva', 'wsib')";

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[tokio::test]
async fn sqlite_finds_each_part_of_a_filter_from_its_index() {
    let database = Database::sqlite();
    Store::migrate(&database.url).await.unwrap();
    let Connection::Sqlite(mut connection) = database.connect() else {
        panic!("not SQLite");
    };
    let plan: Vec<Step> = sql_query(format!(
        "EXPLAIN QUERY PLAN SELECT id, external_id FROM claims WHERE clinic_id = zeroblob(16) AND {PART}
            AND id < zeroblob(16)
         ORDER BY id DESC LIMIT 51",
    ))
    .load(&mut connection)
    .unwrap();
    let plan: Vec<&str> = plan.iter().map(|step| step.detail.as_str()).collect();
    let expected = "SEARCH claims USING INDEX claims_by_status (clinic_id=? AND status=? AND id<?)";
    assert_eq!(plan, [expected]);
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

#[tokio::test]
async fn postgres_finds_each_part_of_a_filter_from_its_index() {
    let database = Database::postgres();
    let store = database.open().await;
    let clinic: ClinicId = id();
    for number in 0..300 {
        made(
            store
                .submit(new_claim(clinic, &format!("INV-{number}"), ""))
                .await,
        );
    }
    let Connection::Postgres(mut connection) = database.connect() else {
        panic!("not PostgreSQL");
    };
    sql_query("ANALYZE claims")
        .execute(&mut connection)
        .unwrap();
    let plan: Vec<Line> = sql_query(format!(
        "EXPLAIN SELECT id, external_id FROM claims WHERE clinic_id = '{}' AND {PART} ORDER BY id DESC LIMIT 51",
        clinic.uuid()
    ))
    .load(&mut connection)
    .unwrap();
    let plan: Vec<String> = plan.into_iter().map(|it| it.line).collect();
    let plan = plan.join("\n");
    assert!(plan.contains("claims_by_status"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
}
