//! Payerline's decision beside two rule engines that are given the same rules.
//!
//! `rules` is the shipped table in words, `zen` and `cel` put it into the language of an engine and ask that, `claims`
//! is what is decided, `contest` lets each side decide it, and first shows that all come to the same.

pub mod cel;
pub mod claims;
pub mod contest;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod zen;
