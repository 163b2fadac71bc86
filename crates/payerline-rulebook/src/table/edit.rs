//! Changes to a table's rules, by which a draft is made out of a version: add, replace, move, remove.
//!
//! Only rules are changed. Other checks, billing orders or findings need a whole table.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    flaws::{DUPLICATE_ID, Location},
    rules::{MAX_RULES, Rule, Table},
};
use payerline_domain::{
    parse::{
        decode::{Decode, note_wrong_type, read_required},
        fault::{At, Faults},
        fault_code::FaultCode,
        json::Node,
        record::record,
    },
    values::{closed_enum::string_enum, names::Slug},
};

/// Changes that one draft can make at most.
pub const MAX_CHANGES: usize = 200;

string_enum! {
    /// What is done to a rule.
    Operation {
        /// A new rule is put in.
        Add = "add",
        /// A rule makes way for another one, which takes its place in the order.
        Replace = "replace",
        /// A rule is tried earlier or later.
        Move = "move",
        /// A rule is taken out.
        Remove = "remove",
    }
}

/// One change to the rules. Changes are made in the order given, each to what the ones before it left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum RuleChange {
    /// A new rule is put in.
    Add(RuleAddition),
    /// A rule makes way for another one, which takes its place in the order.
    Replace(RuleReplacement),
    /// A rule is tried earlier or later.
    Move(RuleMove),
    /// A rule is taken out.
    Remove(RuleRemoval),
}

record! {
    /// A new rule, and where it stands among the others: `before` one, `after` one, or, if neither is
    /// given, at the end, where it is tried last. The first rule that matches decides, so an exception must stand before
    /// the rule from which it is one.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[schema(example = json!({
        "op": "add",
        "rule": {
            "id": "private-plasma-not-listed",
            "when": {"service": ["plasma"], "cause": ["none", "other"], "private_plan": ["lists_others"]},
            "then": {"decide": {"payer": "uncovered", "disposition": "needs_review"}},
            "because": "Your private plan lists what it covers, and plasma injections are not on the list.",
            "basis": "The plan's list of covered services"
        },
        "before": "private-plasma-unapproved"
    }))]
    pub struct RuleAddition {
        /// The new rule, with an id that nothing else in the rulebook has.
        rule: Rule,
        /// The id of the rule before which it is tried.
        #[schema(value_type = Option<String>, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "private-plasma-unapproved")]
        before: Option<Arc<str>> as Slug,
        /// The id of the rule after which it is tried; not beside `before`.
        #[schema(value_type = Option<String>, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "ohip-insured")]
        after: Option<Arc<str>> as Slug,
    }
    ignore op;
    check(_, at, faults) {
        check_neighbours(before.is_some(), after.is_some(), at, faults);
    }
}

record! {
    /// A rule and what stands in its place from now on.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RuleReplacement {
        /// The id of the rule that makes way.
        #[schema(value_type = String, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "private-plasma-unapproved")]
        id: Arc<str> as Slug,
        /// The whole rule that takes its place; it may keep the id.
        rule: Rule,
    }
    ignore op;
}

record! {
    /// A rule and where it stands from now on: `before` another one or `after` it. One of the two is given.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RuleMove {
        /// The id of the rule that moves.
        #[schema(value_type = String, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "ohip-insured")]
        id: Arc<str> as Slug,
        /// The id of the rule before which it is tried.
        #[schema(value_type = Option<String>, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "private-plasma-approved")]
        before: Option<Arc<str>> as Slug,
        /// The id of the rule after which it is tried.
        #[schema(value_type = Option<String>, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "private-plasma-unapproved")]
        after: Option<Arc<str>> as Slug,
    }
    ignore op;
    check(node, at, faults) {
        check_neighbours(before.is_some(), after.is_some(), at, faults);
        let is_given = |name| !matches!(node.get(name), None | Some(Node::Null));
        if !is_given("before") && !is_given("after") {
            let detail = "must say where to: `before` or `after`, with the id of another rule";
            faults.shape(FaultCode::OneOf, at, detail);
        }
    }
}

record! {
    /// A rule that is taken out.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RuleRemoval {
        /// Its id.
        #[schema(value_type = String, max_length = 64, pattern = "^[a-z0-9_-]+$", example = "private-plasma-unapproved")]
        id: Arc<str> as Slug,
    }
    ignore op;
}

impl Decode for RuleChange {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        if !matches!(node, Node::Object(_)) {
            return note_wrong_type("an object", node, at, faults);
        }
        // What else belongs here depends on the operation, so without it nothing can be said of the rest.
        let operation = read_required(node.get("op"), Operation::decode, &at.field("op"), faults)?;
        match operation {
            Operation::Add => RuleAddition::decode(node, at, faults).map(Self::Add),
            Operation::Replace => RuleReplacement::decode(node, at, faults).map(Self::Replace),
            Operation::Move => RuleMove::decode(node, at, faults).map(Self::Move),
            Operation::Remove => RuleRemoval::decode(node, at, faults).map(Self::Remove),
        }
    }
}

/// A rule is put before or after another one, not both.
fn check_neighbours(before: bool, after: bool, at: &At<'_>, faults: &mut Faults) {
    if before && after {
        let detail = "must not be given beside `before`; leave one of them out";
        faults.shape(FaultCode::OneOf, &at.field("after"), detail);
    }
}

/// Makes changes to a table's rules. `at` is the place of the list of changes in the input.
///
/// `None` when a change cannot be made or the table would have a flaw: each is noted at its change.
pub fn apply(
    table: Table,
    changes: &[RuleChange],
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<Table> {
    let origins = vec![None; table.rules.len()];
    let mut edited = EditedTable { table, origins };
    let mut made = true;
    for (index, change) in changes.iter().enumerate() {
        made &= edited.make(change, index, &at.index(index), faults);
    }
    let EditedTable { table, origins } = edited;
    let count = table.rules.len();
    if count > MAX_RULES {
        let detail =
            format!("the rulebook would have {count} rules; it can have at most {MAX_RULES}");
        faults.rule(FaultCode::TooMany, at, detail);
        return None;
    }
    let flaws = table.flaws();
    for flaw in &flaws {
        let rule = flaw.location.rule();
        let origin = rule.and_then(|rule| origins.get(rule).copied().flatten());
        match origin {
            Some(change) => flaw.note_in(&at.index(change).field("rule"), faults),
            None => flaw.note_at(&[], at, faults),
        }
    }
    (made && flaws.is_empty()).then_some(table)
}

/// A table whose rules are being changed.
struct EditedTable {
    table: Table,
    /// For each rule the change that put it there.
    origins: Vec<Option<usize>>,
}

impl EditedTable {
    /// Makes one change; returns false if it cannot be made.
    fn make(
        &mut self,
        change: &RuleChange,
        index: usize,
        at: &At<'_>,
        faults: &mut Faults,
    ) -> bool {
        match change {
            RuleChange::Add(RuleAddition {
                rule,
                before,
                after,
            }) => {
                let spot = self.spot(before.as_deref(), after.as_deref(), at, faults);
                let is_free = self.is_free(&rule.id, None, at, faults);
                // Put in even where its neighbour is unknown: later changes may name it.
                if is_free {
                    let spot = spot.unwrap_or(self.table.rules.len());
                    self.insert(spot, rule.clone(), Some(index));
                }
                is_free && spot.is_some()
            }
            RuleChange::Replace(RuleReplacement { id, rule }) => {
                let place = self.find(id, &at.field("id"), faults);
                let is_free = self.is_free(&rule.id, Some(id), at, faults);
                let place = place.filter(|_| is_free);
                place.is_some_and(|place| {
                    self.take(place);
                    self.insert(place, rule.clone(), Some(index));
                    true
                })
            }
            RuleChange::Move(change) => self.relocate(change, at, faults),
            RuleChange::Remove(RuleRemoval { id }) => {
                let place = self.find(id, &at.field("id"), faults);
                place.map(|place| self.take(place)).is_some()
            }
        }
    }

    fn relocate(&mut self, change: &RuleMove, at: &At<'_>, faults: &mut Faults) -> bool {
        let RuleMove { id, before, after } = change;
        let place = self.find(id, &at.field("id"), faults);
        let (name, side) = match before {
            Some(before) => (Some(before), "before"),
            None => (after.as_ref(), "after"),
        };
        if name == Some(id) {
            let detail = "is the rule that moves; name another one";
            faults.rule(FaultCode::SameRule, &at.field(side), detail);
            return false;
        }
        let spot = self.spot(before.as_deref(), after.as_deref(), at, faults);
        let (Some(place), Some(spot)) = (place, spot) else {
            return false;
        };
        let (moved, origin) = self.take(place);
        // Taking it out moved up what stood behind it.
        let spot = if spot > place {
            spot.saturating_sub(1)
        } else {
            spot
        };
        self.insert(spot, moved, origin);
        true
    }

    fn insert(&mut self, place: usize, rule: Rule, origin: Option<usize>) {
        self.table.rules.insert(place, rule);
        self.origins.insert(place, origin);
    }

    fn take(&mut self, place: usize) -> (Rule, Option<usize>) {
        (self.table.rules.remove(place), self.origins.remove(place))
    }

    /// The place before or after a rule; the end when neither is named.
    fn spot(
        &self,
        before: Option<&str>,
        after: Option<&str>,
        at: &At<'_>,
        faults: &mut Faults,
    ) -> Option<usize> {
        match (before, after) {
            (Some(id), _) => self.find(id, &at.field("before"), faults),
            (None, Some(id)) => {
                let place = self.find(id, &at.field("after"), faults)?;
                Some(place.saturating_add(1))
            }
            (None, None) => Some(self.table.rules.len()),
        }
    }

    fn find(&self, id: &str, at: &At<'_>, faults: &mut Faults) -> Option<usize> {
        let place = self.table.rules.iter().position(|it| &*it.id == id);
        if place.is_none() {
            let detail = "names no rule of the rulebook as the changes before this one leave it; see the ids of its rules";
            faults.rule(FaultCode::UnknownRule, at, detail);
        }
        place
    }

    /// True if a name is free, or that of a rule that makes way.
    fn is_free(&self, id: &str, except: Option<&str>, at: &At<'_>, faults: &mut Faults) -> bool {
        let makes_way = |name, at: Location| at.rule().is_some() && Some(name) == except;
        let mut names = self
            .table
            .names()
            .filter(|(name, at)| !makes_way(*name, *at));
        let is_free = !names.any(|(name, _)| name == id);
        if !is_free {
            faults.rule(
                FaultCode::DuplicateId,
                &at.field("rule").field("id"),
                DUPLICATE_ID,
            );
        }
        is_free
    }
}
