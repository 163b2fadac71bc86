//! The tests that run in a container of the composed stack, over HTTP, as a billing system would. Each
//! has a clinic of its own, so they can run again and again on the same database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and its sentences are its documentation"
)]

mod clinic;
mod replicas;
mod restart;
mod work;

use docker_tests::{one_by_one, trials};

fn main() {
    let trials = trials![
        work::a_claim_of_every_payer_is_read_back_from_the_other_replica,
        work::a_batch_is_settled_line_by_line,
        work::an_approval_entered_on_one_replica_decides_on_the_other,
        work::pages_of_both_replicas_hold_every_claim_once,
        work::clinics_do_not_see_each_other,
        replicas::identical_retries_over_both_replicas_store_one_claim,
        replicas::differing_claims_of_one_id_are_refused_but_one,
        replicas::a_key_revoked_on_one_replica_stops_on_the_other,
        replicas::probes_and_metrics_stay_inside,
        restart::a_replica_restarts_under_load_and_nobody_notices,
    ];
    libtest_mimic::run(&one_by_one(), trials).exit();
}
