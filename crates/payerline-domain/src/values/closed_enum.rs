//! `string_enum!`: enums whose values are fixed strings, spelt alike in code, in JSON, in tables and in documents.

use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, Type},
};

use crate::parse::{
    compare::{Compare, note_difference},
    decode::{self, Decode},
    fault::{At, Faults},
    fault_code::FaultCode,
    json::Node,
};

/// An enum whose values are fixed strings, such as `mva` or `needs_review`. `string_enum!` implements it.
pub trait ClosedEnum: Copy + Sized + 'static {
    /// Every value in the order of its declaration.
    const ALL: &'static [Self];

    #[expect(
        clippy::as_conversions,
        reason = "there are few; a conversion that is checked is not const"
    )]
    const COUNT: u32 = Self::ALL.len() as u32;

    /// The string as it stands in JSON, in tables and in documents.
    fn word(self) -> &'static str;

    /// The place in [`ClosedEnum::ALL`], from 0.
    fn index(self) -> u32;

    /// The value of a string; `None` for a string that is none of the enum's.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }

    /// All strings, separated by commas, for messages that say what is allowed.
    fn list() -> String {
        let words: Vec<&str> = Self::ALL.iter().map(|value| value.word()).collect();
        words.join(", ")
    }
}

impl<T: ClosedEnum> Decode for T {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let word = decode::read_text(node, at, faults)?;
        let value = T::from_word(word);
        if value.is_none() {
            let detail = format!("unknown value; one of: {}", T::list());
            faults.shape(FaultCode::UnknownValue, at, detail);
        }
        value
    }
}

impl<T: ClosedEnum> Compare for T {
    fn note_differences(&self, stored: &Self, at: &At<'_>, faults: &mut Faults) {
        if self.index() != stored.index() {
            note_difference(at, faults);
        }
    }
}

/// The OpenAPI schema of an enum: its description lists what each string means.
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

/// Declares an enum whose values are fixed strings, with its JSON form, its OpenAPI schema and `ClosedEnum`. With
/// `Name = Variant { … }` the variant is its `Default`.
///
/// The schema is not derived: utoipa does not see a name that a macro hands to `rename`, and would document the names
/// of the variants.
#[macro_export]
macro_rules! string_enum {
    (
        $(#[doc = $about:literal])+
        $name:ident $(= $default:ident)? { $($(#[doc = $meaning:literal])+ $variant:ident = $word:literal),+ $(,)? }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $meaning])+ #[serde(rename = $word)] $variant,)+
        }

        $(impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        })?

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
