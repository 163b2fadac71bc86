//! Authentication: bearer keys, and the limit of failed logins.

mod allowed;
mod client_address;
mod failed_logins;

pub use self::{
    allowed::Credentials,
    client_address::TrustedProxies,
    failed_logins::{FailedLogins, LoginLimit},
};
