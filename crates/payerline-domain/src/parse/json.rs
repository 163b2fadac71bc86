//! JSON: a text as a tree that keeps what serde's maps lose (repeated keys, and whether a number was an
//! integer), and values as text.

use std::{borrow::Cow, fmt};

use serde::{
    Serialize,
    de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor},
    ser::Error as _,
};

/// A value as JSON, into memory that is taken once when `usual` bytes are enough. What every claim is
/// written as several times is worth that.
///
/// # Errors
/// None in practice; the type of the serializer has one.
pub fn written<T: Serialize + ?Sized>(
    value: &T,
    usual: usize,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = Vec::with_capacity(usual);
    serde_json::to_writer(&mut json, value)?;
    Ok(json)
}

/// The same as text.
///
/// # Errors
/// As [`written`].
pub fn text<T: Serialize + ?Sized>(value: &T, usual: usize) -> Result<String, serde_json::Error> {
    String::from_utf8(written(value, usual)?).map_err(serde_json::Error::custom)
}

/// One JSON value, borrowing its strings from the text where they hold no escapes.
#[derive(Debug)]
pub enum Node<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number without fraction or exponent that fits 64 bits.
    Integer(i64),
    /// A whole number too large for 64 bits.
    HugeInteger,
    /// A number with a fraction or an exponent.
    Fraction,
    /// A string, escapes resolved.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Node<'a>>),
    /// An object: entries as sent, a repeated key repeated.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// Parses one JSON text, nested at most 128 deep.
    ///
    /// # Errors
    /// The parser's message with line and column; it never quotes the text.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The first value of an object's key.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// What this is, in words for a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::HugeInteger => "an integer",
            Self::Fraction => "a number with a fraction or exponent",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

/// Integers from here on are told from fractions no longer: 2^63 as a float.
const BEYOND_64_BITS: f64 = 9_223_372_036_854_775_808.0;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Node::HugeInteger, Node::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(if value.abs() >= BEYOND_64_BITS {
            Node::HugeInteger
        } else {
            Node::Fraction
        })
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = access.next_element()? {
            list.push(node);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Key(key), node)) = access.next_entry()? {
            entries.push((key, node));
        }
        Ok(Node::Object(entries))
    }
}

/// An object's key, borrowed where possible (serde's own `Cow` always copies in a map).
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(value)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(value.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
