//! JSON: a text read as a tree that keeps what serde's maps lose (repeated keys, and whether a number was an
//! integer), and values written as text.

use std::{borrow::Cow, fmt};

use serde::{
    Serialize,
    de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
    ser::Error as _,
};

use super::number::{Fraction, Number, NumberTexts};

/// Writes a value as JSON into a buffer that starts with some capacity. Each claim is written several times, so it
/// pays that the buffer rarely grows.
///
/// # Errors
/// None in practice; the type of the serializer has one.
pub fn to_vec<T: Serialize + ?Sized>(
    value: &T,
    capacity: usize,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = Vec::with_capacity(capacity);
    serde_json::to_writer(&mut json, value)?;
    Ok(json)
}

/// Writes a value as JSON text, as [`to_vec`] does.
///
/// # Errors
/// None in practice; the type of the serializer has one.
pub fn to_string<T: Serialize + ?Sized>(
    value: &T,
    capacity: usize,
) -> Result<String, serde_json::Error> {
    String::from_utf8(to_vec(value, capacity)?).map_err(serde_json::Error::custom)
}

/// One JSON value. Strings without escapes are borrowed from the text.
#[derive(Debug, Clone)]
pub enum Node<'a> {
    Null,
    Bool(bool),
    /// A whole number that fits 64 bits, however it is written: `41`, `41.0` or `4.1e1`.
    Integer(i64),
    /// A whole number that does not fit 64 bits, or a fraction that is larger than any field takes.
    HugeInteger,
    /// A number that is not whole.
    Fraction(Fraction),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// The entries in the order sent. A repeated key is there as often as it was sent.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// Parses one JSON text, nested at most 128 deep.
    ///
    /// # Errors
    /// The parser's message with line and column; it never quotes the text.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        let numbers = NumberTexts::of(text);
        let mut parser = serde_json::Deserializer::from_str(text);
        let node = NodeReader { numbers: &numbers }.deserialize(&mut parser)?;
        parser.end()?;
        Ok(node)
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

    /// The kind of value in the words of a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::HugeInteger => "an integer",
            Self::Fraction(_) => "a number with a fraction",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct NodeReader<'r, 'a> {
    numbers: &'r NumberTexts<'a>,
}

impl<'de> DeserializeSeed<'de> for NodeReader<'_, 'de> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeReader<'_, 'de> {
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
        self.numbers.pass();
        Ok(Node::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        self.numbers.pass();
        Ok(i64::try_from(value).map_or(Node::HugeInteger, Node::Integer))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        let text = self.numbers.take();
        let text = text.ok_or_else(|| E::custom("a number that cannot be found"))?;
        Ok(match Number::read(text, value) {
            Number::Whole(whole) => Node::Integer(whole),
            Number::Huge => Node::HugeInteger,
            Number::Fraction(fraction) => Node::Fraction(fraction),
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
        while let Some(node) = access.next_element_seed(self)? {
            list.push(node);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(Key(key)) = access.next_key()? {
            entries.push((key, access.next_value_seed(self)?));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_keys_are_kept() {
        let node = Node::parse(r#"{"a": 1, "b": true, "a": null}"#).unwrap();
        let Node::Object(entries) = &node else {
            panic!("an object")
        };
        let keys: Vec<&str> = entries.iter().map(|(key, _)| &**key).collect();
        assert_eq!(keys, ["a", "b", "a"]);
        assert!(matches!(node.get("a"), Some(Node::Integer(1))));
    }

    #[test]
    fn numbers_are_told_apart() {
        let kind = |text| match Node::parse(text).unwrap() {
            Node::Integer(value) => value.to_string(),
            Node::HugeInteger => "huge".to_owned(),
            Node::Fraction(_) => "fraction".to_owned(),
            other => panic!("{other:?}"),
        };
        for (text, expected) in [
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "huge"),
            ("-9223372036854775809", "huge"),
            ("123456789012345678901234567890", "huge"),
            ("1.0", "1"),
            ("-0.0", "0"),
            ("4.5e5", "450000"),
            ("1e2", "100"),
            ("100e-2", "1"),
            ("10000000000.00", "10000000000"),
            ("9999999999.0", "9999999999"),
            ("1e12", "1000000000000"),
            ("1000000000001.0", "1000000000001"),
            ("1000000000001.5", "huge"),
            ("-9.223372036854775807e18", "-9223372036854775807"),
            ("1e19", "huge"),
            ("-0", "0"),
            ("0e999", "0"),
            ("1e300", "huge"),
            ("0.5", "fraction"),
            ("-1.5", "fraction"),
            ("1e-2", "fraction"),
            ("1.00000000000000000001", "fraction"),
            ("100000000000000000000e-20", "1"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn nesting_has_a_limit_and_errors_a_position() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Node::parse(&nested(127)).is_ok());
        assert!(Node::parse(&nested(128)).is_err());
        let error = Node::parse("[1,\n 2,, 3]").unwrap_err();
        assert_eq!((error.line(), error.column()), (2, 4));
    }

    #[test]
    fn strings_without_escapes_are_borrowed() {
        let Node::Text(plain) = Node::parse(r#""Amélie""#).unwrap() else {
            panic!("text")
        };
        assert!(matches!(plain, Cow::Borrowed("Amélie")));
        let Node::Text(escaped) = Node::parse(r#""a\u00e9\n""#).unwrap() else {
            panic!("text")
        };
        assert_eq!(escaped, "aé\n");
    }
}
