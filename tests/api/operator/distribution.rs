//! `payerline migrate --distribute`: it refuses where Citus is absent, and sends the exact statements where functions
//! of the same names stand in for Citus, which cannot be installed here.

use std::process::Output;

use crate::support::{Backend, Claim, Database, binary_in, on_both_databases, run_bare, serve};

on_both_databases!(bare: without_citus_it_refuses_and_changes_nothing);

/// What of Citus the command calls. As Citus does, it refuses a table with triggers unless told otherwise, one that
/// refers to a table that is not laid out, and one that is laid out already.
const STAND_IN: &str = "
    CREATE TABLE pg_dist_partition (logicalrelid regclass NOT NULL);
    CREATE TABLE citus_calls (number serial, line text NOT NULL);

    CREATE FUNCTION lay_out(laid_out regclass, line text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = laid_out) THEN
            RAISE EXCEPTION 'table % is already distributed', laid_out;
        END IF;
        IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = laid_out AND NOT tgisinternal)
            AND current_setting('citus.enable_unsafe_triggers', true) IS DISTINCT FROM 'on' THEN
            RAISE EXCEPTION 'triggers are not supported on distributed tables';
        END IF;
        IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = laid_out AND contype = 'f'
            AND confrelid NOT IN (SELECT logicalrelid FROM pg_dist_partition)) THEN
            RAISE EXCEPTION 'referenced table must be a distributed table or a reference table';
        END IF;
        INSERT INTO pg_dist_partition VALUES (laid_out);
        INSERT INTO citus_calls (line) VALUES (line);
    END $$;

    CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE sql AS $$
        SELECT lay_out(table_name, format('%s everywhere', table_name)) $$;

    CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text,
        distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default',
        shard_count int DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
        SELECT lay_out(table_name, format('%s by %s of %s with %s', table_name, distribution_type,
            distribution_column, colocate_with)) $$;
";

fn distribute(database: &Database) -> Output {
    let mut command = binary_in(&std::env::temp_dir());
    command
        .args(["migrate", "--distribute"])
        .env("DATABASE_URL", database.url());
    command.output().expect("the binary runs")
}

async fn without_citus_it_refuses_and_changes_nothing(database: &Database) {
    let output = distribute(database);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("extension `citus`"), "{said}");
    match database.backend() {
        Backend::Sqlite => assert!(!database.path().exists(), "no file is created"),
        Backend::Postgres => {
            let tables = database
                .lines("SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'");
            assert!(tables.is_empty(), "{tables:?}");
        }
    }
}

#[test]
fn each_table_is_laid_out_by_clinic_and_those_of_keys_everywhere() {
    run_bare(Backend::Postgres, async |database| {
        database.execute(STAND_IN);
        let output = distribute(database);
        assert!(output.status.success(), "{output:?}");
        let calls = database.lines("SELECT line FROM citus_calls ORDER BY number");
        let (first, others) = calls.split_at(3);
        assert_eq!(
            first,
            [
                "clinics everywhere",
                "api_keys everywhere",
                "claims by hash of clinic_id with default",
            ]
        );
        let mut expected: Vec<String> = database
            .lines(
                "SELECT table_name::text AS line FROM information_schema.columns
                 WHERE column_name = 'clinic_id' AND table_schema = 'public'",
            )
            .into_iter()
            .filter(|table| !["clinics", "api_keys", "claims"].contains(&table.as_str()))
            .map(|table| format!("{table} by hash of clinic_id with claims"))
            .collect();
        let mut others = others.to_vec();
        expected.sort();
        others.sort();
        assert_eq!(others, expected, "every table of clinics is laid out");

        // Done again it passes over what is laid out, and finishes what broke off.
        database.execute("DELETE FROM pg_dist_partition WHERE logicalrelid = 'events'::regclass");
        let output = distribute(database);
        assert!(output.status.success(), "{output:?}");
        let again = database.lines("SELECT line FROM citus_calls ORDER BY number OFFSET 21");
        assert_eq!(again, ["events by hash of clinic_id with claims"]);
        serve(database)
            .caller()
            .submit(&Claim::new("INV-1"))
            .await
            .is(201);
    });
}
