//! Reading a decision table that people wrote: strictly, every fault at once, each with its JSON Pointer.
//!
//! What a part must be by itself is read here; what its parts must be to each other is in `flaws`.

use std::sync::Arc;

use super::rules::{
    BillingRule, Check, FindingAt, FindingText, Otherwise, Outcome, Rule, Table, Then,
};
use super::{conditions::When, period::Period};
use payerline_domain::{
    claims::decision::Document,
    parse::{
        decode::{self, Decode, Fields},
        fault::{At, Faults, Refusal},
        json::Node,
    },
    values::{names::Slug, text::Prose, time::Day},
};

/// Rules that a table can have at most.
pub const RULES_MOST: usize = 500;
/// Checks that a table can have at most.
pub const CHECKS_MOST: usize = 200;
/// Billing orders that a table can have at most.
pub const BILLING_ORDERS_MOST: usize = 100;
/// Findings that a table can describe at most.
pub const FINDINGS_MOST: usize = 200;
/// Documents that a rule can require at most.
pub const DOCUMENTS_MOST: usize = 10;
/// Longest JSON Pointer of a finding, in characters.
pub const POINTER_MOST: usize = 200;

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let node = decode::tree(body)?;
        let mut faults = Faults::default();
        let table = Self::decode(&node, &At::ROOT, &mut faults);
        faults.settle(table)
    }
}

impl Decode for Table {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let (name, version) = (fields.required("name"), fields.required("version"));
        let note = prose(&mut fields, "note");
        let rules = fields.list("rules", 0, RULES_MOST);
        let otherwise = fields.required("otherwise");
        let checks = fields.list("checks", 0, CHECKS_MOST);
        let billing_orders = fields.list("billing_orders", 0, BILLING_ORDERS_MOST);
        let findings = fields.list("findings", 0, FINDINGS_MOST);
        fields.finish();
        let table = Self {
            name: name?,
            version: version?,
            note: note?.to_string(),
            rules: rules?,
            otherwise: otherwise?,
            checks: checks?,
            billing_orders: billing_orders?,
            findings: findings?,
        };
        for flaw in table.flaws() {
            flaw.note(at, faults);
        }
        Some(table)
    }
}

impl Decode for Rule {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let id = slug(&mut fields, "id");
        let when: Option<When> = fields.required("when");
        let then = fields.required("then");
        let (because, basis) = (prose(&mut fields, "because"), prose(&mut fields, "basis"));
        if when.as_ref().is_some_and(|when| when.payer.is_some()) {
            let detail = "a rule decides the payer, so it cannot ask about it; leave it out, or make this a check";
            let at = at.field("when");
            fields
                .faults()
                .rule("payer_in_rule", &at.field("payer"), detail);
        }
        fields.finish();
        Some(Self {
            id: id?,
            when: when?,
            then: then?,
            because: because?,
            basis: basis?,
        })
    }
}

impl Decode for Then {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let given = |name| !matches!(node.get(name), None | Some(Node::Null));
        let decide = fields.optional("decide");
        let follow = fields.optional("follow");
        if given("decide") == given("follow") {
            let detail = "must have exactly one of `decide` and `follow`";
            fields.faults().shape("one_of", at, detail);
        }
        fields.finish();
        match (decide, follow) {
            (Some(outcome), None) => Some(Self::Decide(outcome)),
            (None, Some(leader)) => Some(Self::Follow(leader)),
            _ => None,
        }
    }
}

impl Decode for Outcome {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let (payer, disposition) = (fields.required("payer"), fields.required("disposition"));
        let documents: Option<Vec<Document>> =
            fields.optional_list("required_documents", DOCUMENTS_MOST);
        let list = at.field("required_documents");
        decode::distinct(documents.iter().flatten(), &list, fields.faults());
        let finding = fields.optional("finding");
        fields.finish();
        Some(Self {
            payer: payer?,
            disposition: disposition?,
            required_documents: documents.unwrap_or_default(),
            finding,
        })
    }
}

impl Decode for Otherwise {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let id = slug(&mut fields, "id");
        let (payer, disposition) = (fields.required("payer"), fields.required("disposition"));
        let (because, basis) = (prose(&mut fields, "because"), prose(&mut fields, "basis"));
        fields.finish();
        Some(Self {
            id: id?,
            payer: payer?,
            disposition: disposition?,
            because: because?,
            basis: basis?,
        })
    }
}

impl Decode for Check {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let id = slug(&mut fields, "id");
        let when = fields.required("when");
        let at_least = fields.optional("at_least");
        let because: Option<Prose> = fields.optional("because");
        let finding = fields.optional("finding");
        let basis = prose(&mut fields, "basis");
        fields.finish();
        Some(Self {
            id: id?,
            when: when?,
            at_least,
            because: because.map(|text| text.as_str().to_owned()),
            finding,
            basis: basis?,
        })
    }
}

impl Decode for BillingRule {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let id = slug(&mut fields, "id");
        let (when, order) = (fields.required("when"), fields.required("order"));
        let basis = prose(&mut fields, "basis");
        fields.finish();
        Some(Self {
            id: id?,
            when: when?,
            order: order?,
            basis: basis?,
        })
    }
}

impl Decode for FindingAt {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let code = slug(&mut fields, "code");
        let pointer = fields.required_by("pointer", pointer);
        fields.finish();
        Some(Self {
            code: code?,
            pointer: pointer?,
        })
    }
}

impl Decode for FindingText {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let code = slug(&mut fields, "code");
        let severity = fields.required("severity");
        let detail = prose(&mut fields, "detail");
        fields.finish();
        Some(Self {
            code: code?,
            severity: severity?,
            detail: detail?,
        })
    }
}

impl Decode for Period {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let from: Option<Day> = fields.optional("from");
        let before: Option<Day> = fields.optional("before");
        if let (Some(from), Some(before)) = (from, before)
            && from >= before
        {
            let detail = "must be after `from`, or no day lies in between";
            fields
                .faults()
                .rule("out_of_range", &at.field("before"), detail);
        }
        fields.finish();
        Some(Self { from, before })
    }
}

fn slug(fields: &mut Fields<'_, '_, '_>, name: &'static str) -> Option<Arc<str>> {
    fields.required::<Slug>(name).map(Arc::from)
}

fn prose(fields: &mut Fields<'_, '_, '_>, name: &'static str) -> Option<Arc<str>> {
    fields.required::<Prose>(name).map(Arc::from)
}

/// A JSON Pointer (RFC 6901) into a submission; `{item}` in it stands for an item's index.
fn pointer(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<String> {
    let text = decode::text(node, at, faults)?;
    let count = text.chars().count();
    if count > POINTER_MOST {
        let detail = format!("must have at most {POINTER_MOST} characters; this has {count}");
        faults.rule("too_long", at, detail);
        return None;
    }
    let is_rooted = text.is_empty() || text.starts_with('/');
    let mut after_tildes = text.split('~').skip(1);
    let is_escaped = after_tildes.all(|rest| rest.starts_with(['0', '1']));
    if is_rooted && is_escaped && !text.contains(char::is_control) {
        return Some(text.to_owned());
    }
    let detail = "must be a JSON Pointer into the claim, such as /patient/birth_date or /items/{item}; empty for the whole claim";
    faults.rule("invalid_pointer", at, detail);
    None
}
