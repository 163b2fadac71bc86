//! The request that puts a version into force.

use payerline_domain::{backtests::limits::Limits, parse::record::record, values::time::Day};

record! {
    /// What an admin wants of an activation.
    #[derive(Debug, Clone)]
    #[schema(example = json!({"effective_from": "2027-01-01"}))]
    pub struct ActivationRequest {
        /// The first day of service that the version decides. A claim is decided by the version that is in force on
        /// the earliest day of its services.
        #[schema(value_type = String, format = Date, example = "2027-01-01")]
        pub effective_from: Day,
        /// A finished back-test of this version, and how much it may have found at most. Beyond that the activation is
        /// refused.
        pub limits: Option<Limits>,
    }
}
