//! Limits of a decision table that people write, and what else is read there in a way of its own.
//!
//! Single parts are read here and in `rules`; `flaws` checks the parts against each other.

use payerline_domain::parse::{
    decode::{self, Decode},
    fault::{At, Faults},
    json::Node,
};

/// Rules that a table can have at most.
pub const MAX_RULES: usize = 500;
/// Checks that a table can have at most.
pub const MAX_CHECKS: usize = 200;
/// Billing orders that a table can have at most.
pub const MAX_BILLING_ORDERS: usize = 100;
/// Findings that a table can describe at most.
pub const MAX_FINDINGS: usize = 200;
/// Documents that a rule can require at most.
pub const MAX_DOCUMENTS: usize = 10;
/// Longest JSON Pointer of a finding, in characters.
pub const MAX_POINTER_LENGTH: usize = 200;

/// A JSON Pointer (RFC 6901) into a submission; `{item}` in it stands for an item's index.
pub struct FindingPointer(String);

impl From<FindingPointer> for String {
    fn from(pointer: FindingPointer) -> Self {
        pointer.0
    }
}

impl Decode for FindingPointer {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = decode::read_text(node, at, faults)?;
        let count = text.chars().count();
        if count > MAX_POINTER_LENGTH {
            let detail =
                format!("must have at most {MAX_POINTER_LENGTH} characters; this has {count}");
            faults.rule("too_long", at, detail);
            return None;
        }
        let is_rooted = text.is_empty() || text.starts_with('/');
        let mut after_tildes = text.split('~').skip(1);
        let is_escaped = after_tildes.all(|rest| rest.starts_with(['0', '1']));
        if is_rooted && is_escaped && !text.contains(char::is_control) {
            return Some(Self(text.to_owned()));
        }
        let detail = "must be a JSON Pointer into the claim, such as /patient/birth_date or /items/{item}; empty for the whole claim";
        faults.rule("invalid_pointer", at, detail);
        None
    }
}
