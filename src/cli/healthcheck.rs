//! `payerline healthcheck`: asks the service that listens on an address for `/readyz`.

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use serde::Deserialize;

const TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
enum Unhealthy {
    #[error(
        "nothing answers at {0}: is the service running, and is this the address that it listens on? \
         `--listen` or PAYERLINE_LISTEN says which is asked"
    )]
    NoAnswer(SocketAddr, #[source] reqwest::Error),
    #[error(
        "the service at {0} does not answer within {seconds} s: it is overloaded or hangs; look at its log",
        seconds = TIMEOUT.as_secs()
    )]
    Slow(SocketAddr),
    #[error(
        "the service at {address} is not ready: {detail} What to do is in docs/operations.md, \"When /readyz answers 503\""
    )]
    NotReady { address: SocketAddr, detail: String },
    #[error(
        "{address} answers {status}, which Payerline does not: another program listens there; `--listen` or \
         PAYERLINE_LISTEN says which address is asked"
    )]
    OtherProgram {
        address: SocketAddr,
        status: reqwest::StatusCode,
    },
}

#[derive(Deserialize)]
struct Problem {
    detail: String,
}

pub async fn run(listen: SocketAddr) -> Result<(), Box<dyn Error>> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .no_proxy()
        .build()?;
    let sent = client.get(format!("http://{address}/readyz")).send().await;
    let answer = sent.map_err(|error| match error.is_timeout() {
        true => Unhealthy::Slow(address),
        false => Unhealthy::NoAnswer(address, error.without_url()),
    })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let body = answer.bytes().await.unwrap_or_default();
    Err(match serde_json::from_slice::<Problem>(&body) {
        Ok(Problem { detail }) => Unhealthy::NotReady { address, detail }.into(),
        Err(_) => Unhealthy::OtherProgram { address, status }.into(),
    })
}

/// A service that listens on all addresses is asked on its own machine's.
fn reachable(listen: IpAddr) -> IpAddr {
    match listen {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}
