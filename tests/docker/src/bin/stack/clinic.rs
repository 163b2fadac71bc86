//! A clinic of one's own in the composed stack, seen through the proxy and through each replica.

use std::sync::atomic::{AtomicU32, Ordering};

use docker_tests::{operator, variable};
use test_support::Caller;

/// A clinic's first key, at each door of the stack.
pub struct Clinic {
    /// What everybody uses.
    pub proxy: Caller,
    /// Each replica by itself.
    pub replicas: [Caller; 2],
}

impl Clinic {
    pub async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let proxy = operator().new_clinic(&format!("Clinic {number}")).await;
        Self {
            replicas: replicas().map(|base| Caller::new(base, proxy.key())),
            proxy,
        }
    }
}

/// The replicas' addresses.
pub fn replicas() -> [String; 2] {
    let bases: Vec<String> = variable("PAYERLINE_TEST_REPLICAS")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    bases.try_into().expect("two replicas")
}
