//! From a JSON tree to typed values: every fault is noted on the way, instead of stopping at the first.
//!
//! Most records are declared by [`record!`](super::record), which writes their `decode`. Others match the fields of
//! an object with [`Fields`] by hand, as an enum does whose variant decides which fields belong there.

use std::borrow::Cow;

use super::{
    fault::{At, Faults, Refusal, Source},
    fault_code::FaultCode,
    json::Node,
};

/// A value that can be read from JSON.
pub trait Decode: Sized {
    /// Reads the value, or notes at least one fault and returns `None`.
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self>;

    /// Reads the value of a field that may be left out. Without a fault `None` says that the value counts as left
    /// out, as an empty text does.
    fn decode_optional(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        Self::decode(node, at, faults)
    }

    /// Parses a whole JSON text that comes in; a refusal has every fault.
    fn parse(body: &[u8]) -> Result<Self, Refusal> {
        decode_all(body, Source::Incoming)
    }

    /// Reads back a whole JSON text that was accepted before, by the rules of its day.
    fn read_stored(text: &[u8]) -> Result<Self, Refusal> {
        decode_all(text, Source::Stored)
    }
}

fn decode_all<T: Decode>(text: &[u8], source: Source) -> Result<T, Refusal> {
    let node = parse_tree(text)?;
    let mut faults = Faults::new(source);
    let value = T::decode(&node, &At::ROOT, &mut faults);
    faults.settle(value)
}

/// Parses a JSON text into a tree. A refusal gives line and column of what is wrong.
pub fn parse_tree(body: &[u8]) -> Result<Node<'_>, Refusal> {
    let mut faults = Faults::default();
    let text = match std::str::from_utf8(body) {
        Ok(text) => Some(text),
        Err(error) => {
            let detail = format!(
                "the body is not UTF-8: byte {} is invalid; send UTF-8",
                error.valid_up_to()
            );
            faults.shape(FaultCode::InvalidUtf8, &At::ROOT, detail);
            None
        }
    };
    let node = text.and_then(|text| match Node::parse(text) {
        Ok(node) => Some(node),
        Err(error) => {
            faults.shape(
                FaultCode::InvalidJson,
                &At::ROOT,
                format!("not JSON: {error}"),
            );
            None
        }
    });
    faults.settle(node)
}

/// The entries of a JSON object, matched to the names of the fields that belong there.
pub struct Fields<'n, 'a, const N: usize> {
    /// The first value under each name, in the order of the names.
    pub values: [Option<&'n Node<'a>>; N],
    names: &'n [&'static str; N],
    entries: &'n [(Cow<'a, str>, Node<'a>)],
    has_strangers: bool,
}

impl<'n, 'a, const N: usize> Fields<'n, 'a, N> {
    /// Matches the entries of an object; notes a fault when `node` is none.
    pub fn match_names(
        node: &'n Node<'a>,
        names: &'n [&'static str; N],
        at: &At<'_>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let Node::Object(entries) = node else {
            return note_wrong_type("an object", node, at, faults);
        };
        let mut values = [None; N];
        let mut has_strangers = false;
        let mut expected = 0;
        for (key, value) in entries {
            // Most senders keep the documented order, so the search begins at the name after the last match.
            let mut places = (expected..N).chain(0..expected.min(N));
            let found = places.find(|place| names.get(*place).is_some_and(|name| name == key));
            match found.and_then(|place| values.get_mut(place)) {
                Some(slot @ None) => *slot = Some(value),
                _ => has_strangers = true,
            }
            expected = found.map_or(expected, |place| place + 1);
        }
        Some(Self {
            values,
            names,
            entries,
            has_strangers,
        })
    }

    /// Notes the entries that were matched to no field: unknown and repeated keys.
    pub fn note_strangers(&self, at: &At<'_>, faults: &mut Faults) {
        if !self.has_strangers {
            return;
        }
        let mut is_listed = false;
        for (key, value) in self.entries {
            let at = at.field(key);
            let mut fields = self.names.iter().zip(self.values);
            match fields.find(|(name, _)| *name == key) {
                Some((_, first)) if first.is_some_and(|first| std::ptr::eq(first, value)) => {}
                Some(_) => faults.shape(
                    FaultCode::DuplicateKey,
                    &at,
                    "this key stands more than once in its object; send it once",
                ),
                None if is_listed => {
                    faults.shape(
                        FaultCode::UnknownField,
                        &at,
                        "unknown field, like the one before",
                    );
                }
                None => {
                    is_listed = true;
                    let detail = format!("unknown field; known here: {}", self.names.join(", "));
                    faults.shape(FaultCode::UnknownField, &at, detail);
                }
            }
        }
    }
}

/// Reads the value of a field that must be given.
pub fn read_required<T>(
    value: Option<&Node<'_>>,
    read: impl FnOnce(&Node<'_>, &At<'_>, &mut Faults) -> Option<T>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<T> {
    match value {
        Some(node) => read(node, at, faults),
        None => {
            faults.missing(at);
            None
        }
    }
}

/// Reads the value of a field that may be left out; `null` counts as left out.
pub fn read_optional<T>(
    value: Option<&Node<'_>>,
    read: impl FnOnce(&Node<'_>, &At<'_>, &mut Faults) -> Option<T>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<T> {
    match value {
        None | Some(Node::Null) => None,
        Some(node) => read(node, at, faults),
    }
}

/// Reads a list whose length must be in a range.
pub fn read_list<T: Decode>(
    node: &Node<'_>,
    at: &At<'_>,
    count: std::ops::RangeInclusive<usize>,
    faults: &mut Faults,
) -> Option<Vec<T>> {
    let Node::List(nodes) = node else {
        return note_wrong_type("a list", node, at, faults);
    };
    if nodes.len() < *count.start() {
        let detail = format!("must have at least {}", count.start());
        faults.rule(FaultCode::TooFew, at, detail);
    }
    if nodes.len() > *count.end() {
        let detail = format!(
            "must have at most {}; this has {}",
            count.end(),
            nodes.len()
        );
        faults.rule(FaultCode::TooMany, at, detail);
    }
    let decoded: Vec<Option<T>> = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| T::decode(node, &at.index(index), faults))
        .collect();
    decoded.into_iter().collect()
}

/// Notes each value that stands in its list before.
pub fn note_duplicates<'v, T: PartialEq + 'v>(
    values: impl IntoIterator<Item = &'v T>,
    at: &At<'_>,
    faults: &mut Faults,
) {
    let mut seen: Vec<&T> = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        if seen.contains(&value) {
            let detail = "stands in this list before; list each value once";
            faults.rule(FaultCode::Duplicate, &at.index(index), detail);
        } else {
            seen.push(value);
        }
    }
}

pub fn note_wrong_type<T>(
    wanted: &str,
    node: &Node<'_>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<T> {
    let detail = format!("must be {wanted}, not {}", node.kind());
    faults.shape(FaultCode::WrongType, at, detail);
    None
}

pub fn read_text<'n>(node: &'n Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<&'n str> {
    match node {
        Node::Text(text) => Some(text),
        other => note_wrong_type("text", other, at, faults),
    }
}

/// Reads an integer that must be in a range.
pub fn read_integer(
    node: &Node<'_>,
    range: std::ops::RangeInclusive<i64>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<i64> {
    let value = match node {
        Node::Integer(value) => Some(*value),
        Node::HugeInteger => None,
        Node::Fraction(fraction) => match fraction.read_whole(faults.source()) {
            Some(whole) => Some(whole),
            None => return note_wrong_type("an integer", node, at, faults),
        },
        other => return note_wrong_type("an integer", other, at, faults),
    };
    let in_range = value.filter(|value| range.contains(value));
    if in_range.is_none() {
        let detail = format!("must be from {} to {}", range.start(), range.end());
        faults.rule(FaultCode::OutOfRange, at, detail);
    }
    in_range
}

impl Decode for bool {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        match node {
            Node::Bool(value) => Some(*value),
            other => note_wrong_type("true or false", other, at, faults),
        }
    }
}

impl Decode for u16 {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let value = read_integer(node, 0..=i64::from(Self::MAX), at, faults)?;
        Self::try_from(value).ok()
    }
}

impl Decode for u64 {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let value = read_integer(node, 0..=i64::MAX, at, faults)?;
        Self::try_from(value).ok()
    }
}

/// Reads a text that may be left out; an empty one counts as left out.
pub fn read_optional_text<T: Decode>(
    node: &Node<'_>,
    at: &At<'_>,
    faults: &mut Faults,
) -> Option<T> {
    match node {
        Node::Text(text) if text.is_empty() => None,
        other => T::decode(other, at, faults),
    }
}

/// A body or value that may be `null`.
impl<T: Decode> Decode for Option<T> {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        match node {
            Node::Null => Some(None),
            other => T::decode(other, at, faults).map(Some),
        }
    }
}
