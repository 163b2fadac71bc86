//! `payerline import` and `payerline export`: the real binary, mostly against the real service.

mod exports;
mod imports;
mod interrupted;
mod refused_lines;
mod stub;
mod tables;
mod tls;
mod troubled;
mod workplace;
