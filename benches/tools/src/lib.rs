//! Shared by the benchmarks' programs: claims as a network of clinics would send them, clean and dirty ones.

pub mod claims;
