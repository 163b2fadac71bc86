//! Proves a rulebook before it decides anything: that it is *total*, that no rule is *shadowed*, and
//! that no outcome is *unlawful*. For every claim that can be, not for samples.
//!
//! # What is proved
//!
//! - **Total.** Every combination of facts that an item of a claim can have is decided by a rule.
//!   `otherwise` is no rule, and neither is one that matches every claim: what reaches only these is
//!   a hole. A rule that follows the stem cells decides only where the claim has some for certain
//!   (`service` is `follows_stem_cells`); elsewhere it leaves claims without stem cells to
//!   `otherwise`, which is a hole too.
//! - **No shadowed rule.** Each rule is the first that matches for at least one claim, or the rules
//!   before it that decide all its claims are named, or why no claim meets its conditions.
//! - **Lawful.** The invariants of [`table::laws`](crate::table::laws) hold for the disposition of every item after
//!   the checks. Findings are not counted: they make a person look at the claim but leave the item
//!   `ready`, and amounts are added up by item.
//!
//! # What it rests on
//!
//! - A rule's conditions see nothing but the facts, so items with the same facts get the same
//!   verdict. Each fact has finitely many values, of the days of accidents only the stretches
//!   between the rulebook's own thresholds can be told apart (`space`), and of the private insurers
//!   only those that its rules name; all others are one. So the space is finite.
//! - The vocabulary lists the combinations that no claim has. An entry too few can only report a flaw that
//!   no claim meets; an entry too many can hide one. Tests compare the list with real claims in both
//!   directions. A claim may be submitted on any day, long ago or far ahead: a witness says on which.
//! - The verdicts of all combinations are one decision diagram (`diagram`), made by cutting out what
//!   cannot be and then trying rule by rule. It holds every combination, none is sampled. A diagram
//!   that takes too many steps is an error, never a proof.
//! - Checks only tighten, and what they match depends on facts and payer alone. So an item is `ready`
//!   exactly where its rule says so and no check that tightens matches.
//! - **Followers** take payer and disposition of the claim's strictest stem-cell item, then the checks
//!   tighten further. Where a follower's rule decides, its service is `follows_stem_cells` (else there
//!   is a hole), so it is no stem cells, OHIP does not insure it and no third party pays it: the
//!   invariants on these say nothing of it. That on silence looks at the item itself, so it is tried
//!   for each payer that stem cells with the facts of the same claim may have (`followers`). That on work holds for it because it holds for the item it follows: all items of
//!   a claim share the cause, so if the follower were `uncovered` and `ready`, so would be its leader,
//!   which is listed. In a total rulebook a follower always has a leader, since stem cells are then
//!   decided by rules of their own.
//!
//! A *witness* is an example claim. It is found by following the diagram to the verdict in question and
//! turning the facts on the way back into a claim (`witness`).
//!
//! `differences` lays the diagrams of two rulebooks over each other.

pub mod decided;
pub mod diagram;
pub mod differences;
pub mod followers;
pub mod holes;
pub mod laws;
pub mod observed;
pub mod outcome;
pub mod prove;
pub mod report;
pub mod shadows;
pub mod space;
#[cfg(test)]
pub(crate) mod tests;
pub mod verdicts;
pub mod witness;

pub use self::{
    diagram::TooLarge,
    report::{
        Aspect, CatchAll, Differences, DifferentDecision, Hole, ItemRuling, Proof, RuleWitness,
        Shadowed, Unlawful, Witness,
    },
};
