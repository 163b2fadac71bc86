//! The private insurers that a rulebook names, and which of them a plan is of.
//!
//! A rulebook names finitely many, so the insurer of a plan is a fact with finitely many values, as every other: one
//! for each name, and one more where there is no plan, where the claim does not say who insures it, or where no rule
//! names that insurer. Rules cannot tell these three apart; if they could, a rule would change when another rule names
//! an insurer.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Serialize, Serializer};
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
#[derive(Debug, Clone)]
pub struct InsurerName {
    label: Label,
    /// The form that is compared. It is kept, because compiling a rulebook compares each name with each.
    folded: Arc<str>,
}

impl InsurerName {
    pub fn as_str(&self) -> &str {
        self.label.as_str()
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

impl Serialize for InsurerName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.label.serialize(serializer)
    }
}

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

impl PartialOrd for InsurerName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InsurerName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for InsurerName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

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
    pub fn read(bits: Bits, offset: u32) -> Option<Self> {
        let index = (offset..Bits::COUNT).find(|at| bits.has(*at))? - offset;
        Some(index.checked_sub(1).map_or(Self::None, Self::Named))
    }
}

/// The insurers that rulebooks name, each once and in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Insurers {
    names: Vec<InsurerName>,
    /// The form of each name that is compared, so that claims are looked up fast.
    folded: Vec<Arc<str>>,
}

impl Insurers {
    /// Insurers that a rulebook may name.
    pub const MAX_NAMED: usize = 30;

    /// The insurers of these names, each once; where a name is written in several ways, in the first of them.
    pub fn collect(names: impl IntoIterator<Item = InsurerName>) -> Self {
        let mut names: Vec<InsurerName> = names.into_iter().collect();
        // Stable, so that the first way to write a name stays.
        names.sort();
        names.dedup();
        let folded = names.iter().map(|it| it.folded.clone()).collect();
        Self { names, folded }
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
        let place = self.folded.binary_search(&folded(written).into()).ok();
        let place = place.and_then(|it| u32::try_from(it).ok());
        place.map_or(Insurer::Another, Insurer::Named)
    }

    /// The name of an insurer, if it is named here.
    pub fn name(&self, insurer: Insurer) -> Option<&InsurerName> {
        match insurer {
            Insurer::Named(place) => self.names.get(usize::try_from(place).ok()?),
            Insurer::None | Insurer::Another => None,
        }
    }

    /// Finds an insurer of another list among these.
    pub fn adopt(&self, insurer: Insurer, of: &Self) -> Insurer {
        match of.name(insurer) {
            Some(name) => self.find(Some(name.as_str())),
            None => insurer,
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
        allowed.fold(Bits::NONE, |bits, (at, _)| bits | Bits::single(at))
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
            assert_eq!(name(one).cmp(&name(other)), Ordering::Equal);
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
        let joint = insurers(&["Aspen", "Maple Life", "Oak"]);
        assert_eq!(named.adopt(Insurer::Named(0), &joint), Insurer::Another);
        assert_eq!(named.adopt(Insurer::Named(2), &joint), Insurer::Named(1));
        assert_eq!(named.adopt(Insurer::None, &joint), Insurer::None);
    }
}
