//! The clock of changes and its horizon.

use std::thread;

use crate::store::engine::{
    connection::Connection,
    error::StoreError,
    horizon::{self, draw_time},
};
use payerline_domain::values::time::Timestamp;

use super::{database::Database, on_both};

on_both!(
    every_drawn_time_is_later_than_those_before,
    an_open_transaction_holds_the_horizon_back,
);

fn draw(connection: &mut Connection) -> Timestamp {
    connection.transaction(draw_time).unwrap()
}

async fn every_drawn_time_is_later_than_those_before(database: Database) {
    database.open().await;
    let drawers: Vec<_> = (0..4)
        .map(|_| {
            let mut connection = database.connect();
            thread::spawn(move || {
                let mut times = Vec::new();
                for _ in 0..50 {
                    let before = horizon::find(&mut connection).unwrap();
                    let drawn = draw(&mut connection);
                    assert!(drawn > before, "{drawn} was behind the horizon {before}");
                    times.push(drawn);
                }
                assert!(times.is_sorted());
                times
            })
        })
        .collect();
    let mut all: Vec<_> = drawers
        .into_iter()
        .flat_map(|drawer| drawer.join().unwrap())
        .collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 200, "no time is drawn twice");
    let mut connection = database.connect();
    assert_eq!(Some(&horizon::find(&mut connection).unwrap()), all.last());
}

async fn an_open_transaction_holds_the_horizon_back(database: Database) {
    database.open().await;
    let (mut open, mut other) = (database.connect(), database.connect());
    let before = draw(&mut other);
    for fails in [false, true] {
        let ended = open.transaction(|open| {
            let drawn = draw_time(open)?;
            // SQLite lets nobody else draw meanwhile.
            if let Connection::Postgres(_) = other {
                assert!(draw(&mut other) > drawn);
            }
            let horizon = horizon::find(&mut other)?;
            assert!(before <= horizon && horizon < drawn, "{horizon}, {drawn}");
            if fails {
                return Err(StoreError::Busy);
            }
            Ok(())
        });
        assert_eq!(ended.is_err(), fails);
        let latest = draw(&mut other);
        assert_eq!(horizon::find(&mut other).unwrap(), latest);
    }
}
