//! `payerline import` and `payerline export`: the real binary, mostly against the real service.

mod cases;
mod exports;
mod formats;
mod imports;
mod interrupted;
mod refused_lines;
mod remittances;
mod repeats;
mod stub;
mod tables;
mod tls;
mod troubled;
mod workplace;
