//! Enums whose values are words of the contract: one macro, so that code, JSON and tables spell them alike.

/// A value that is written as one fixed word, such as `mva` or `needs_review`.
pub trait Word: Copy + Sized + 'static {
    /// Every value, in the order of the contract.
    const ALL: &'static [Self];

    /// The word as it stands in JSON, in tables and in documents.
    fn word(self) -> &'static str;

    /// Its place in [`Word::ALL`], from 0.
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

/// Declares an enum of words with its JSON and OpenAPI forms.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+
        }

        impl $crate::domain::word::Word for $name {
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
pub(crate) use words;
