//! Enums whose values are words of the contract: one macro, so that code, JSON and tables spell them alike.

use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, Type},
};

use crate::parse::{
    decode::{self, Decode},
    fault::{At, Faults},
    json::Node,
};

/// A value that is written as one fixed word, such as `mva` or `needs_review`.
pub trait ClosedEnum: Copy + Sized + 'static {
    /// Every value, in the order of the contract.
    const ALL: &'static [Self];

    /// How many there are.
    #[expect(
        clippy::as_conversions,
        reason = "there are few; a conversion that is checked is not const"
    )]
    const COUNT: u32 = Self::ALL.len() as u32;

    /// The word as it stands in JSON, in tables and in documents.
    fn word(self) -> &'static str;

    /// Its place in [`ClosedEnum::ALL`], from 0.
    fn index(self) -> u32;

    /// The value a word stands for; `None` for an unknown word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }

    /// All words, separated by commas: for messages that say what would have been right.
    fn list() -> String {
        let words: Vec<&str> = Self::ALL.iter().map(|value| value.word()).collect();
        words.join(", ")
    }
}

impl<T: ClosedEnum> Decode for T {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let word = decode::text(node, at, faults)?;
        let value = T::from_word(word);
        if value.is_none() {
            let detail = format!("unknown value; one of: {}", T::list());
            faults.shape("unknown_value", at, detail);
        }
        value
    }
}

/// The OpenAPI schema of an enum of words: what it is, and what each word means.
pub fn schema(about: &[&str], words: &[(&str, &[&str])]) -> RefOr<Schema> {
    let joined = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| line.trim())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut description = joined(about);
    description.push('\n');
    for (word, meaning) in words {
        description.push_str(&format!("\n- `{word}`: {}", joined(meaning)));
    }
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(words.iter().map(|(word, _)| *word)))
        .into()
}

/// Declares an enum of words with its JSON and OpenAPI forms. The schema is not derived: utoipa does
/// not see a name that a macro hands to `rename`, and would document the names of the variants.
#[macro_export]
macro_rules! string_enum {
    (
        $(#[doc = $about:literal])+
        $name:ident { $($(#[doc = $meaning:literal])+ $variant:ident = $word:literal),+ $(,)? }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $meaning])+ #[serde(rename = $word)] $variant,)+
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::values::closed_enum::schema(&[$($about),+], &[$(($word, &[$($meaning),+])),+])
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl $crate::values::closed_enum::ClosedEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            #[expect(clippy::as_conversions, reason = "the discriminant of an enum without data")]
            fn index(self) -> u32 {
                self as u32
            }
        }
    };
}

pub use crate::string_enum;
