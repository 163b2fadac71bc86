//! The address that a request comes from, also through proxies that are trusted to name it.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use actix_web::{HttpRequest, http::header::X_FORWARDED_FOR};
use ipnet::IpNet;

/// The proxies whose `X-Forwarded-For` is believed; by default none is.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an address, such as 192.0.2.7, nor a network, such as 10.0.0.0/8")]
pub struct NetworkError(String);

impl FromStr for TrustedProxies {
    type Err = NetworkError;

    /// Reads addresses and networks that are separated by commas.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let entries = text.split(',').map(str::trim);
        let networks = entries
            .filter(|entry| !entry.is_empty())
            .map(|entry| parse_network(entry).ok_or_else(|| NetworkError(entry.to_owned())));
        networks.collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// Returns the address nearest to this server that is not a trusted proxy's.
    pub fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        let values = request.headers().get_all(X_FORWARDED_FOR);
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        Some(self.skip_trusted(peer, &values.join(",")))
    }

    /// Each proxy appends the address that it was called from, so the list is read from its end.
    fn skip_trusted(&self, peer: IpAddr, forwarded_for: &str) -> IpAddr {
        let mut address = peer;
        for entry in forwarded_for.rsplit(',') {
            if !self.0.iter().any(|network| network.contains(&address)) {
                break;
            }
            match parse_entry(entry.trim()) {
                Some(before) => address = before,
                None => break,
            }
        }
        address
    }
}

/// Reads an address with or without a port.
fn parse_entry(text: &str) -> Option<IpAddr> {
    let without_port = text.parse().ok();
    let address = without_port.or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))?;
    Some(address.to_canonical())
}

/// Reads a network, or an address as the network of itself alone.
fn parse_network(text: &str) -> Option<IpNet> {
    let network = text.parse().ok();
    network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_whoever_the_trusted_proxies_name() {
        let rows = [
            // Nobody is trusted: the peer counts, whatever it says.
            ("", "10.0.0.1", "192.0.2.7", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", "192.0.2.7", "192.0.2.7"),
            ("10.0.0.1", "10.0.0.1", "192.0.2.7:4711", "192.0.2.7"),
            ("10.0.0.1", "10.0.0.2", "192.0.2.7", "10.0.0.2"),
            // What the client itself wrote stands further left.
            (
                "10.0.0.0/8",
                "10.0.0.1",
                "1.1.1.1, 192.0.2.7, 10.9.9.9",
                "192.0.2.7",
            ),
            ("10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("10.0.0.0/8", "10.0.0.1", "192.0.2.7, unknown", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
            (
                "2001:db8::/32, 10.0.0.1",
                "2001:db8::1",
                "[2001:db9::7]:80",
                "2001:db9::7",
            ),
            ("10.0.0.1", "10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"),
            ("0.0.0.0/0", "10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ];
        for (trusted, peer, forwarded_for, client) in rows {
            let proxies: TrustedProxies = trusted.parse().unwrap();
            let found = proxies.skip_trusted(peer.parse().unwrap(), forwarded_for);
            assert_eq!(
                found.to_string(),
                client,
                "{trusted} {peer} {forwarded_for}"
            );
        }
    }

    #[test]
    fn what_is_no_network_is_quoted() {
        for text in [
            "proxy",
            "10.0.0.0/33",
            "10.0.0.0/",
            "::1/129",
            "10.0.0.0/-1",
        ] {
            let error = text.parse::<TrustedProxies>().unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
