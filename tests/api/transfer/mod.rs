//! `payerline import`: the real binary, mostly against the real service.

mod imports;
mod interrupted;
mod refused_lines;
mod stub;
mod tables;
mod troubled;
mod workplace;
