//! Payerline's decision beside two rule engines that are given the same table.
//!
//! `table` is the shipped table in words and `facts` those of an item, `zen` and `cel` put both into the language of an
//! engine, `engine` decides a whole claim by one, `claims` is what is decided, `contest` lets each side decide it, and
//! first shows that all come to the same.

pub mod cel;
pub mod claims;
pub mod contest;
pub mod engine;
pub mod facts;
pub mod table;
#[cfg(test)]
mod tests;
pub mod zen;
