//! A replica is told to stop under load: what is in flight is finished, the other takes the rest.

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use docker_tests::variable;
use test_support::{Caller, Load};
use tokio::time::sleep;

use crate::clinic::Clinic;

const CLIENTS: usize = 8;

pub async fn a_replica_restarts_under_load_and_nobody_notices() {
    let clinic = Clinic::new().await;
    let [other, restarted] = &clinic.replicas;
    let load = Load::start(&clinic.proxy, "S", CLIENTS);
    load.goes_on(500).await;
    assert!(
        submissions(restarted).await > 0.0,
        "it has its part of the load"
    );
    TcpStream::connect(variable("PAYERLINE_TEST_TERMINATOR")).expect("the terminator listens");
    becomes(restarted, false).await;
    load.goes_on(500).await;
    // Docker starts it again.
    becomes(restarted, true).await;
    load.goes_on(1_000).await;
    assert!(submissions(restarted).await > 0.0, "it has it again");
    let record = load.stop().await;
    record.has_only(&[201]);
    assert_eq!(record.unanswered, 0, "nobody notices");
    for replica in [other, restarted] {
        record.is_kept(replica, "S-").await;
    }
}

/// How many submissions a replica answered since it was started, by its metrics.
async fn submissions(replica: &Caller) -> f64 {
    let metrics = replica.get("/metrics").await.is(200).text();
    let counted = metrics.lines().filter(|line| {
        [
            "payerline_http_requests_total{",
            "\"POST\"",
            "\"/v1/claims\"",
        ]
        .iter()
        .all(|part| line.contains(part))
    });
    counted
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// Waits until a replica is ready, or no longer.
async fn becomes(replica: &Caller, ready: bool) {
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
