//! The letter to a patient: what was decided about a claim, why, who pays, what it costs, and what was taken for granted.
//!
//! `subject` brings a stored claim or a dry run into one shape, [`text`] says it in the patient's words, and `service` has
//! the use cases. What a letter says is data: `http` puts it on a page.

mod account;
mod assumptions;
mod service;
mod standing;
mod subject;
#[cfg(test)]
mod tests;
pub mod text;
mod words;
