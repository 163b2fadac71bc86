//! A replica is told to stop under load: what is in flight is finished, the other takes the rest.

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use docker_tests::variable;
use test_support::Load;
use tokio::time::sleep;

use crate::clinic::Clinic;

const CLIENTS: usize = 8;

pub async fn a_replica_restarts_under_load_and_nobody_notices() {
    let clinic = Clinic::new().await;
    let [other, restarted] = &clinic.replicas;
    let load = Load::start(&clinic.proxy, "S", CLIENTS);
    load.goes_on(500).await;
    TcpStream::connect(variable("PAYERLINE_TEST_TERMINATOR")).expect("the terminator listens");
    becomes(restarted, false).await;
    load.goes_on(500).await;
    // Docker starts it again.
    becomes(restarted, true).await;
    load.goes_on(500).await;
    let record = load.stop().await;
    record.has_only(&[201]);
    assert_eq!(record.unanswered, 0, "nobody notices");
    for replica in [other, restarted] {
        record.is_kept(replica, "S-").await;
    }
}

/// Waits until a replica is ready, or no longer.
async fn becomes(replica: &test_support::Caller, ready: bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let request = replica.request(reqwest::Method::GET, "/readyz");
        let answer = replica
            .try_send(request.timeout(Duration::from_secs(5)))
            .await;
        if answer.is_ok_and(|answer| answer.status() == 200) == ready {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "the replica becomes ready={ready}"
        );
        sleep(Duration::from_millis(50)).await;
    }
}
