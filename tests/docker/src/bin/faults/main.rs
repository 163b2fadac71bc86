//! Faults of the composed stack under a steady load from the host: after each, every acknowledged claim
//! is there exactly once. The last line has the figures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and its figures are for people"
)]

mod approvals;
mod docker;
mod figures;
mod keys;

use std::time::Duration;

use docker_tests::{one_by_one, operator, trials};
use test_support::{Caller, Load};
use tokio::time::sleep;

use docker::Container;
use keys::Keys;

const CLIENTS: usize = 8;
/// Claims that each fault's load has acknowledged at least.
const CLAIMS: usize = 6_000;
/// How long the database is cut off.
const CUT: Duration = Duration::from_secs(20);
/// The longest that an answer may take: the service gives up on its database after ten seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

fn main() {
    let trials = trials![
        approvals::approvals_are_not_overdrawn_while_a_replica_is_killed,
        a_replica_is_killed,
        postgres_is_killed,
        postgres_is_cut_off_the_network,
        both_replicas_are_restarted_in_turn,
    ];
    let conclusion = libtest_mimic::run(&one_by_one(), trials);
    println!("{}", figures::report());
    conclusion.exit();
}

/// A load on a clinic of its own, through the proxy.
struct Fault {
    name: &'static str,
    caller: Caller,
    load: Load,
}

impl Fault {
    async fn begin(name: &'static str) -> Self {
        let caller = operator().new_clinic(name).await;
        let load = Load::start(&caller, "F", CLIENTS);
        load.reaches(CLAIMS / 4).await;
        Self { name, caller, load }
    }

    /// Ends the load once it runs well again, and compares what was acknowledged with what is stored.
    /// No answer may have another status than these. Returns how many had 503.
    async fn end(self, statuses: &[u16]) -> usize {
        self.load.goes_on(CLAIMS / 4).await;
        self.load.reaches(CLAIMS).await;
        let record = self.load.stop().await;
        let kept = record.kept(&self.caller, "F-").await;
        figures::add(self.name, &record, &kept);
        assert_eq!((kept.lost, kept.duplicated), (0, 0), "{}", self.name);
        // At the end each client may have one under way that it did not ask about again.
        assert!(kept.unacknowledged <= CLIENTS, "{kept:?}");
        record.has_only(statuses);
        assert_eq!(record.unanswered, 0, "the proxy answers always");
        assert!(record.slowest < ANSWER_WITHIN, "{:?}", record.slowest);
        record.is_whole(&self.caller).await;
        record.statuses.get(&503).copied().unwrap_or(0)
    }
}

async fn a_replica_is_killed() {
    let fault = Fault::begin("replica killed").await;
    let keys = Keys::create_until_stopped(&fault.caller);
    let replica = Container::of("payerline-1");
    assert!(replica.submissions() > 0, "it has its part of the load");
    replica.crash().await;
    replica.is_healthy().await;
    fault.load.goes_on(CLAIMS / 4).await;
    assert!(replica.submissions() > 0, "it has it again");
    keys.were_never_created_twice().await;
    // What was in flight is sent to the other replica, which may find it stored already: 200.
    fault.end(&[200, 201]).await;
}

async fn postgres_is_killed() {
    let fault = Fault::begin("PostgreSQL killed").await;
    let postgres = Container::of("postgres");
    postgres.crash().await;
    postgres.is_healthy().await;
    let unavailable = fault.end(&[200, 201, 503]).await;
    assert!(unavailable > 0, "the answer is 503 meanwhile");
}

async fn postgres_is_cut_off_the_network() {
    let fault = Fault::begin("PostgreSQL cut off for 20 s").await;
    let postgres = Container::of("postgres");
    let cut_off = postgres.cut_off("back");
    sleep(CUT).await;
    drop(cut_off);
    let unavailable = fault.end(&[200, 201, 503]).await;
    assert!(unavailable > 0, "the answer is 503 meanwhile");
}

/// As the README says: one after the other, each when the last is healthy.
async fn both_replicas_are_restarted_in_turn() {
    let fault = Fault::begin("rolling restart").await;
    for service in ["payerline-1", "payerline-2"] {
        let replica = Container::of(service);
        assert!(
            replica.submissions() > 0,
            "{service} has its part of the load"
        );
        replica.restart();
        replica.is_healthy().await;
    }
    fault.end(&[201]).await;
}
