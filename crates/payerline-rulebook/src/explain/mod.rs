//! Why a claim is decided as it is, and which single changes would decide it otherwise.
//!
//! A change is made on a copy of the submission or of the ledger, and the copy is decided again: no
//! counterfactual is guessed. What is listed gives an item (or the claim) another payer, or makes it ready.
//!
//! Tried is what a clerk can find out, obtain or correct, or what a payer can decide:
//! - what the clinic knows: the procedure where the claim is silent about it, an approval's number that is not
//!   in the ledger, an approval that is another patient's or another payer's, OHIP's answer `yes` if it is wrong;
//! - what the patient knows: WSIB's claim number, the insurer of the accident, the accident that a coverage's
//!   claim number speaks of, the election after a car accident at work, a private plan;
//! - what an insurer answers: whether the plan covers the services, a pending coverage, the Minor Injury
//!   Guideline where there is an OCF-23, an approval given, raised or renewed, a refusal taken back.
//!
//! Not tried is what nobody may or can bring about: the patient's age or pregnancy, another cause, place or day
//! of the accident, that there was none, another day, kind or price of a service, a coverage's first day, a used-up
//! limit, precautions that the claim says were not taken, leaving out a coverage, or an approval that was refused
//! or ran out. Nor is who insures a plan: a plan is of whom it is of, and where the claim does not say, nobody should
//! be told which name would pay. Insurers that refuse are not tried either, except a plan that was never asked what
//! it covers.

mod explain_claim;

pub mod change;
pub mod changes;
pub mod counterfactual;
pub mod explanation;
pub mod phrases;
pub mod text;
pub mod tried;

pub use explanation::{Explanation, ItemExplanation, Tightening};
