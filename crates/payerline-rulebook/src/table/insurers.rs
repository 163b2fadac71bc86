//! The private insurers that a rulebook names, and which of them a plan is of.
//!
//! A rulebook names finitely many, so the insurer of a plan is a fact with finitely many values, as every other: one
//! for each name, and one more where there is no plan, where the claim does not say who insures it, or where no rule
//! names that insurer. Rules cannot tell these three apart; if they could, a rule would change when another rule names
//! an insurer.

use std::sync::Arc;

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, Type},
    },
};

use super::bits::{Bits, FactBits, Scope};
use payerline_domain::{
    parse::{
        decode::Decode,
        fault::{At, Faults},
        json::Node,
    },
    values::text::{Label, MAX_LABEL_CHARACTERS},
};

/// The fact's name, and that of the condition that lists who would do.
pub const FACT: &str = "private_insurer";
/// The condition that lists who would not do.
pub const FACT_NOT: &str = "private_insurer_not";

/// The name of an insurer: 1 to 64 printable characters. Two names are one insurer's when they differ only in letter
/// case, in leading or trailing blanks, or in how many blanks stand between words. Nothing else is overlooked: accents
/// and punctuation count, and `Maple Life` is not `Maple Life Inc.`
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct InsurerName {
    label: Label,
    /// The form that is compared. It is kept, because compiling a rulebook compares each name with each.
    #[serde(skip)]
    folded: Arc<str>,
}

impl InsurerName {
    pub fn as_str(&self) -> &str {
        self.label.as_str()
    }

    pub fn list(names: &[Self]) -> Vec<String> {
        names.iter().map(|it| it.as_str().to_owned()).collect()
    }
}

impl From<Label> for InsurerName {
    fn from(label: Label) -> Self {
        let folded = folded(label.as_str()).into();
        Self { label, folded }
    }
}

impl PartialSchema for InsurerName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "The name of an insurer. Letter case and spare blanks do not matter, all else does.",
            ))
            .min_length(Some(1))
            .max_length(Some(MAX_LABEL_CHARACTERS))
            .examples(["Maple Life"])
            .into()
    }
}

impl ToSchema for InsurerName {}

/// A name without what does not count. Upper case first: some letters have two lower cases.
fn folded(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let upper = words.join(" ").to_uppercase();
    upper.chars().flat_map(char::to_lowercase).collect()
}

impl PartialEq for InsurerName {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for InsurerName {}

impl Decode for InsurerName {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        Label::decode(node, at, faults).map(Self::from)
    }
}

/// The insurer of the private plan that counts for an item, as far as a rulebook names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Insurer {
    /// There is no plan, or the claim does not say who insures it.
    #[default]
    None,
    /// One that the rulebook does not name. To its rules this is the same as [`Insurer::None`].
    Another,
    /// The one at this place of the rulebook's names.
    Named(u32),
}

impl Insurer {
    /// Its value as a fact: its place among the fact's bits.
    pub fn index(self) -> u32 {
        match self {
            Self::None | Self::Another => 0,
            Self::Named(place) => place.saturating_add(1),
        }
    }

    /// The insurer whose bit, from `offset` on, is set.
    pub fn read(bits: Bits, offset: u32) -> Self {
        let place = (offset + 1..Bits::COUNT).find(|at| bits.has(*at));
        place.map_or(Self::None, |at| Self::Named(at - offset - 1))
    }
}

/// The insurers that rulebooks name, each once and in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Insurers {
    names: Vec<InsurerName>,
}

impl Insurers {
    /// Insurers that a rulebook may name.
    pub const MAX_NAMED: usize = 30;

    /// The insurers of these names, each once; where a name is written in several ways, in the first of them.
    pub fn collect(names: impl IntoIterator<Item = InsurerName>) -> Self {
        let mut names: Vec<InsurerName> = names.into_iter().collect();
        // Stable, so that the first way to write a name stays.
        names.sort_by(|one, other| one.folded.cmp(&other.folded));
        names.dedup();
        Self { names }
    }

    pub fn names(&self) -> &[InsurerName] {
        &self.names
    }

    /// The insurer of a plan, as a claim writes it.
    pub fn find(&self, written: Option<&str>) -> Insurer {
        let says_something = |it: &&str| it.contains(|c: char| !c.is_whitespace());
        let Some(written) = written.filter(says_something) else {
            return Insurer::None;
        };
        if self.names.is_empty() {
            return Insurer::Another;
        }
        let written = folded(written);
        let place = self
            .names
            .binary_search_by(|name| (*name.folded).cmp(&*written));
        let place = place.ok().and_then(|it| u32::try_from(it).ok());
        place.map_or(Insurer::Another, Insurer::Named)
    }

    /// The name of an insurer, if it is named here.
    pub fn name(&self, insurer: Insurer) -> Option<&InsurerName> {
        match insurer {
            Insurer::Named(place) => self.names.get(usize::try_from(place).ok()?),
            Insurer::None | Insurer::Another => None,
        }
    }

    /// The insurer as a condition tells it.
    pub fn word(&self, insurer: Insurer) -> &str {
        match (insurer, self.name(insurer)) {
            (Insurer::None, _) => "none",
            (_, name) => name.map_or("another", InsurerName::as_str),
        }
    }

    /// The bits of the fact, behind those of the vocabulary.
    pub fn fact(&self, offset: u32) -> FactBits {
        FactBits {
            name: FACT,
            scope: Scope::Item,
            offset,
            count: self.names.len() + 1,
        }
    }

    /// The bits, from `offset` on, of the insurers that are allowed; `None` stands for insurers that are not named.
    pub fn bits(&self, offset: u32, allowed: impl Fn(Option<&InsurerName>) -> bool) -> Bits {
        let values = [None].into_iter().chain(self.names.iter().map(Some));
        let allowed = (offset..).zip(values).filter(|(_, name)| allowed(*name));
        allowed.fold(Bits::NONE, |bits, (at, _)| bits.with(at))
    }

    /// The conditions, `private_insurer` and `private_insurer_not`, that allow just the insurers whose bits, from
    /// `offset` on, are set. Where those are allowed whom no rule names, only the others can be listed.
    pub fn read(
        &self,
        bits: Bits,
        offset: u32,
    ) -> (Option<Vec<InsurerName>>, Option<Vec<InsurerName>>) {
        let names = (offset.saturating_add(1)..).zip(&self.names);
        let (wanted, refused): (Vec<_>, Vec<_>) = names.partition(|(at, _)| bits.has(*at));
        let list =
            |of: Vec<(u32, &InsurerName)>| of.into_iter().map(|(_, it)| it.clone()).collect();
        match (bits.has(offset), refused.is_empty()) {
            (true, true) => (None, None),
            (true, false) => (None, Some(list(refused))),
            (false, _) => (Some(list(wanted)), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::vocabulary::{Facts, When};

    fn name(text: &str) -> InsurerName {
        // As tables of earlier builds may write it.
        Label::read_stored(text).unwrap().into()
    }

    fn insurers(names: &[&str]) -> Insurers {
        Insurers::collect(names.iter().map(|it| name(it)))
    }

    #[test]
    fn a_name_is_one_in_any_case_and_with_blanks_to_spare() {
        for (one, other) in [
            ("Maple Life", "maple life"),
            ("Maple Life", "  MAPLE \u{a0}  Life "),
            ("Médavie", "MÉDAVIE"),
            ("Großmann", "GROSSMANN"),
            ("ΑΣ", "ας"),
            ("ΑΣ", "ασ"),
        ] {
            assert_eq!(name(one), name(other));
        }
        for (one, other) in [
            ("Maple Life", "MapleLife"),
            ("Maple Life", "Maple Life."),
            ("Médavie", "Medavie"),
        ] {
            assert_ne!(name(one), name(other));
        }
        assert_eq!(name(" Maple  Life").as_str(), " Maple  Life");
    }

    #[test]
    fn of_several_ways_to_write_a_name_the_first_stays() {
        let named = insurers(&["maple  LIFE", "Oak", "Maple Life"]);
        let names: Vec<&str> = named.names().iter().map(InsurerName::as_str).collect();
        assert_eq!(names, ["maple  LIFE", "Oak"]);
    }

    #[test]
    fn an_insurer_is_none_another_or_a_named_one() {
        let named = insurers(&["Oak", "Maple Life"]);
        assert_eq!(named.find(None), Insurer::None);
        assert_eq!(named.find(Some(" ")), Insurer::None);
        assert_eq!(named.find(Some("Elm")), Insurer::Another);
        assert_eq!(named.find(Some("maple life")), Insurer::Named(0));
        assert_eq!(named.find(Some("OAK")), Insurer::Named(1));
        assert_eq!(Insurers::default().find(Some("Oak")), Insurer::Another);
    }

    #[test]
    fn conditions_are_read_back_for_every_set_of_insurers() {
        let names = ["Oak", "Maple Life", "Elm"].map(|it| Label::parse(it).unwrap());
        let named = Insurers::collect(names.map(InsurerName::from));
        let offset = 125;
        for set in 0..1_u32 << 4 {
            let values = (0..4).filter(|it| set >> it & 1 == 1);
            let bits = values.fold(Bits::NONE, |bits, it| bits.with(offset + it));
            let (private_insurer, private_insurer_not) = named.read(bits, offset);
            assert!(private_insurer.is_none() || private_insurer_not.is_none());
            let when = When {
                private_insurer,
                private_insurer_not,
                ..When::default()
            };
            let allowed = named.bits(offset, |name| when.allows_insurer(name));
            assert_eq!(allowed, bits, "{when:?}");
        }
    }

    #[test]
    fn there_is_room_for_the_insurers_of_two_rulebooks() {
        let facts = Facts::vocabulary(&Insurers::default());
        let used = facts.last().unwrap().offset;
        let most = u32::try_from(2 * Insurers::MAX_NAMED + 1).unwrap();
        assert!(used + most <= Bits::COUNT, "{used} bits are used");
    }
}
