//! JSON to typed values, with every fault at once.

pub mod compare;
pub mod decode;
pub mod fault;
pub mod fault_code;
pub mod json;
pub mod number;
pub mod record;
