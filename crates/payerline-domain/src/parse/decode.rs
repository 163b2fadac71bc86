//! From a JSON tree to typed values, noting every fault on the way instead of stopping at the first.
//!
//! A struct's `decode` asks for each of its fields, then calls [`Fields::finish`], which reports
//! unknown and repeated keys; only then does it build itself, so one pass finds all faults.

use std::borrow::Cow;

use super::{
    fault::{At, Faults, Refusal},
    json::Node,
};
use crate::values::closed_enum::ClosedEnum;

/// A value that can be read from JSON.
pub trait Decode: Sized {
    /// Reads the value, or notes at least one fault and returns `None`.
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self>;
}

/// Parses a JSON text into a tree.
///
/// # Errors
/// A refusal of shape that gives line and column of what is wrong.
pub fn tree(body: &[u8]) -> Result<Node<'_>, Refusal> {
    let mut faults = Faults::default();
    let text = match std::str::from_utf8(body) {
        Ok(text) => Some(text),
        Err(error) => {
            let detail = format!(
                "the body is not UTF-8: byte {} is invalid; send UTF-8",
                error.valid_up_to()
            );
            faults.shape("invalid_utf8", &At::ROOT, detail);
            None
        }
    };
    let node = text.and_then(|text| match Node::parse(text) {
        Ok(node) => Some(node),
        Err(error) => {
            faults.shape("invalid_json", &At::ROOT, format!("not JSON: {error}"));
            None
        }
    });
    faults.settle(node)
}

/// The fields of one JSON object, asked for by name.
pub struct Fields<'n, 'a, 'f> {
    entries: &'n [(Cow<'a, str>, Node<'a>)],
    at: &'n At<'n>,
    /// The names asked for, with the entry each took.
    known: Vec<(&'static str, Option<usize>)>,
    faults: &'f mut Faults,
}

impl<'n, 'a, 'f> Fields<'n, 'a, 'f> {
    /// The fields of `node`; notes a fault when it is no object.
    pub fn of(node: &'n Node<'a>, at: &'n At<'n>, faults: &'f mut Faults) -> Option<Self> {
        match node {
            Node::Object(entries) => Some(Self {
                entries,
                at,
                known: Vec::with_capacity(16),
                faults,
            }),
            other => wrong_type("an object", other, at, faults),
        }
    }

    /// A field that must be there.
    pub fn required<T: Decode>(&mut self, name: &'static str) -> Option<T> {
        self.required_by(name, T::decode)
    }

    /// A field that must be there, read in a way of its own.
    pub fn required_by<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Node<'_>, &At<'_>, &mut Faults) -> Option<T>,
    ) -> Option<T> {
        match self.find(name) {
            Some(node) => read(node, &self.at.field(name), self.faults),
            None => {
                let detail = format!("`{name}` is missing and must be given");
                self.faults
                    .shape("missing_field", &self.at.field(name), detail);
                None
            }
        }
    }

    /// A field that may be left out; `null` counts as left out.
    pub fn optional<T: Decode>(&mut self, name: &'static str) -> Option<T> {
        match self.find(name) {
            None | Some(Node::Null) => None,
            Some(node) => T::decode(node, &self.at.field(name), self.faults),
        }
    }

    /// A field that may be left out, with what it then is.
    pub fn or<T: Decode>(&mut self, name: &'static str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    /// A list that must be there, of `least` to `most` elements.
    pub fn list<T: Decode>(
        &mut self,
        name: &'static str,
        least: usize,
        most: usize,
    ) -> Option<Vec<T>> {
        match self.find(name) {
            Some(node) => list(node, &self.at.field(name), least..=most, self.faults),
            None => self.required::<Nothing>(name).map(|_| Vec::new()),
        }
    }

    /// A list that may be left out, of at most `most` elements.
    pub fn optional_list<T: Decode>(&mut self, name: &'static str, most: usize) -> Option<Vec<T>> {
        match self.find(name) {
            None | Some(Node::Null) => None,
            Some(node) => list(node, &self.at.field(name), 0..=most, self.faults),
        }
    }

    /// Where faults of this object go, for rules that span fields.
    pub fn faults(&mut self) -> &mut Faults {
        self.faults
    }

    /// Reports what was not asked for: unknown fields and repeated keys.
    pub fn finish(self) {
        for (index, (key, _)) in self.entries.iter().enumerate() {
            let at = self.at.field(key);
            match self.known.iter().find(|(name, _)| name == key) {
                Some((_, taken)) if *taken == Some(index) => {}
                Some(_) => self.faults.shape(
                    "duplicate_key",
                    &at,
                    "this key stands more than once in its object; send it once",
                ),
                None => {
                    let names: Vec<&str> = self.known.iter().map(|(name, _)| *name).collect();
                    let detail = format!("unknown field; known here: {}", names.join(", "));
                    self.faults.shape("unknown_field", &at, detail);
                }
            }
        }
    }

    fn find(&mut self, name: &'static str) -> Option<&'n Node<'a>> {
        let found = self
            .entries
            .iter()
            .enumerate()
            .find(|(_, (key, _))| key == name);
        self.known.push((name, found.map(|(index, _)| index)));
        found.map(|(_, (_, node))| node)
    }
}

/// Never read: stands in where only the missing field is reported.
struct Nothing;

impl Decode for Nothing {
    fn decode(_: &Node<'_>, _: &At<'_>, _: &mut Faults) -> Option<Self> {
        None
    }
}

/// The elements of a list of so many, or faults.
pub fn list<T: Decode>(
    node: &Node<'_>,
    at: &At<'_>,
    count: std::ops::RangeInclusive<usize>,
    faults: &mut Faults,
) -> Option<Vec<T>> {
    let Node::List(nodes) = node else {
        return wrong_type("a list", node, at, faults);
    };
    if nodes.len() < *count.start() {
        let detail = format!("must have at least {}", count.start());
        faults.rule("too_few", at, detail);
    }
    if nodes.len() > *count.end() {
        let detail = format!(
            "must have at most {}; this has {}",
            count.end(),
            nodes.len()
        );
        faults.rule("too_many", at, detail);
    }
    let decoded: Vec<Option<T>> = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| T::decode(node, &at.index(index), faults))
        .collect();
    decoded.into_iter().collect()
}

/// Notes each value of a list that stands in it before.
pub fn distinct<'v, T: PartialEq + 'v>(
    values: impl IntoIterator<Item = &'v T>,
    at: &At<'_>,
    faults: &mut Faults,
) {
    let mut seen: Vec<&T> = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        if seen.contains(&value) {
            let detail = "stands in this list before; list each value once";
            faults.rule("duplicate", &at.index(index), detail);
        } else {
            seen.push(value);
        }
    }
}

/// Notes that a value has the wrong JSON type.
pub fn wrong_type<T>(wanted: &str, node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<T> {
    let detail = format!("must be {wanted}, not {}", node.kind());
    faults.shape("wrong_type", at, detail);
    None
}

/// The text of a node, or a fault.
pub fn text<'n>(node: &'n Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<&'n str> {
    match node {
        Node::Text(text) => Some(text),
        other => wrong_type("text", other, at, faults),
    }
}

/// The integer of a node within a range, or a fault.
pub fn integer(
    node: &Node<'_>,
    range: std::ops::RangeInclusive<i64>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<i64> {
    match node {
        Node::Integer(value) if range.contains(value) => Some(*value),
        Node::Integer(_) | Node::HugeInteger => {
            let detail = format!("must be from {} to {}", range.start(), range.end());
            faults.rule("out_of_range", at, detail);
            None
        }
        other => wrong_type(
            "an integer, without fraction or exponent",
            other,
            at,
            faults,
        ),
    }
}

impl Decode for bool {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        match node {
            Node::Bool(value) => Some(*value),
            other => wrong_type("true or false", other, at, faults),
        }
    }
}

impl<T: ClosedEnum> Decode for T {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let word = text(node, at, faults)?;
        let value = T::from_word(word);
        if value.is_none() {
            let detail = format!("unknown value; one of: {}", T::list());
            faults.shape("unknown_value", at, detail);
        }
        value
    }
}
