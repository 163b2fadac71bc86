//! The limit of failed logins by address. A valid key is never refused: only what has failed is counted.
//!
//! All addresses share a window of a minute that begins anew for all of them, so that nothing is kept for longer.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, ResponseError, web::Data};

use super::client_address::TrustedProxies;
use crate::{http::boundary::problem::ApiError, telemetry};

const WINDOW: Duration = Duration::from_secs(60);
/// Further addresses of a window are counted together.
const MAX_ADDRESSES: usize = 10_000;
/// Lines in the log about failed logins, in each window.
const MAX_LINES: u32 = 100;

#[derive(Debug, Clone)]
pub struct LoginLimit {
    /// Further failures of an address are answered 429; without a limit none is.
    pub max_failures_per_minute: Option<u32>,
    pub trusted_proxies: TrustedProxies,
}

impl LoginLimit {
    pub const DEFAULT_MAX_FAILURES_PER_MINUTE: u32 = 100;
}

impl Default for LoginLimit {
    fn default() -> Self {
        Self {
            max_failures_per_minute: Some(Self::DEFAULT_MAX_FAILURES_PER_MINUTE),
            trusted_proxies: TrustedProxies::default(),
        }
    }
}

pub struct FailedLogins {
    limit: LoginLimit,
    window: Mutex<Window>,
}

struct Window {
    began: Instant,
    failures: HashMap<Source, u32>,
    lines: u32,
}

/// What failures are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Address(IpAddr),
    /// The first 64 bits, which is what one customer of a provider has at least.
    Ipv6Network(Ipv6Addr),
    /// All that are not counted alone.
    Others,
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                Self::Ipv6Network(Ipv6Addr::from_bits(network))
            }
            address => Self::Address(address),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(out, "{address}"),
            Self::Ipv6Network(network) => write!(out, "{network}/64"),
            Self::Others => out.write_str("many"),
        }
    }
}

impl FailedLogins {
    pub fn new(limit: LoginLimit) -> Self {
        let window = Mutex::new(Window::new(Instant::now()));
        Self { limit, window }
    }

    /// Counts a request with an unknown key and returns its error: 401, or 429 beyond the limit.
    pub fn count_failure(request: &HttpRequest) -> ApiError {
        let Some(logins) = request.app_data::<Data<Self>>() else {
            return ApiError::Unauthenticated;
        };
        let address = logins.limit.trusted_proxies.client_address(request);
        let source = address.map_or(Source::Others, Source::from);
        let error = match logins.count(source, Instant::now()) {
            Some(wait) => ApiError::TooManyFailedLogins {
                retry_after_seconds: wait.as_secs() + 1,
            },
            None => ApiError::Unauthenticated,
        };
        telemetry::count_failed_login(error.status_code().as_u16());
        error
    }

    /// Counts a failure; beyond the limit, returns the time until the next window.
    fn count(&self, source: Source, now: Instant) -> Option<Duration> {
        let mut window = self.lock();
        if now.duration_since(window.began) >= WINDOW {
            *window = Window::new(now);
        }
        let source = window.find_place(source);
        let failures = window.failures.entry(source).or_default();
        *failures = failures.saturating_add(1);
        let failures = *failures;
        let limit = self.limit.max_failures_per_minute.unwrap_or(u32::MAX);
        if failures == 1 {
            window.log(source, "a login failed");
        }
        if failures <= limit {
            return None;
        }
        if failures - 1 == limit {
            window.log(source, "too many logins failed, more are answered 429");
        }
        Some(WINDOW.saturating_sub(now.duration_since(window.began)))
    }

    fn lock(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    fn new(began: Instant) -> Self {
        Self {
            began,
            failures: HashMap::new(),
            lines: 0,
        }
    }

    fn find_place(&self, source: Source) -> Source {
        if self.failures.len() < MAX_ADDRESSES || self.failures.contains_key(&source) {
            source
        } else {
            Source::Others
        }
    }

    fn log(&mut self, address: Source, what: &'static str) {
        self.lines += 1;
        match self.lines {
            ..MAX_LINES => tracing::warn!(%address, "{what}"),
            MAX_LINES => tracing::warn!("more logins fail; the rest of this minute is not logged"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logins(max_failures_per_minute: Option<u32>) -> FailedLogins {
        FailedLogins::new(LoginLimit {
            max_failures_per_minute,
            ..LoginLimit::default()
        })
    }

    fn source(address: &str) -> Source {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn an_address_is_refused_beyond_its_limit_until_the_next_window() {
        let logins = logins(Some(2));
        let began = logins.lock().began;
        let fail =
            |address, seconds| logins.count(source(address), began + Duration::from_secs(seconds));
        assert_eq!(fail("192.0.2.7", 0), None);
        assert_eq!(fail("192.0.2.7", 10), None);
        assert_eq!(fail("192.0.2.7", 20), Some(Duration::from_secs(40)));
        assert_eq!(fail("192.0.2.8", 20), None);
        assert_eq!(fail("192.0.2.7", 60), None);
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_count_together() {
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("::ffff:192.0.2.7"), source("192.0.2.7"));
        assert_eq!(source("2001:db8:1:2::1").to_string(), "2001:db8:1:2::/64");
    }

    #[test]
    fn without_a_limit_nobody_is_refused() {
        let logins = logins(None);
        for _ in 0..1_000 {
            assert_eq!(logins.count(source("192.0.2.7"), Instant::now()), None);
        }
    }

    #[test]
    fn memory_and_lines_are_bounded_under_many_addresses() {
        let logins = logins(Some(2));
        let now = Instant::now();
        for network in 0..50_000_u128 {
            let address = Ipv6Addr::from_bits(network << 64);
            logins.count(IpAddr::V6(address).into(), now);
        }
        let window = logins.lock();
        assert_eq!(window.failures.len(), MAX_ADDRESSES + 1);
        assert!(window.lines > MAX_LINES, "{}", window.lines);
    }
}
