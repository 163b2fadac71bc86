//! What the benchmarks' programs share: claims as a network of clinics would send them, right and wrong ones.

pub mod claims;
