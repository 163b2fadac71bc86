//! The private insurers that a rulebook names, and which of them a plan is of.
//!
//! A rulebook names finitely many, so the insurer of a plan is a fact with finitely many values, as every other: one
//! for each name, and one more where there is no plan, where the claim does not say who insures it, or where no rule
//! names that insurer. Rules cannot tell these three apart, and whoever tries to would have rules that change when
//! another rule names an insurer.

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

use super::{
    bits::Bits,
    conditions::{Condition, FactBits, When},
    table::Table,
};
use crate::domain::{
    decode::Decode,
    fault::{At, Faults},
    json::Node,
    text::{LABEL_MOST, Label},
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
    /// What is compared; kept, because a rulebook is compiled by comparing each name with each.
    folded: Arc<str>,
}

impl InsurerName {
    /// The name as it was written.
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
            .max_length(Some(LABEL_MOST))
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
    /// What does not count left out of each, so that claims are looked up fast.
    folded: Vec<Arc<str>>,
}

impl Insurers {
    /// Insurers that a rulebook can name at most.
    pub const MOST: usize = 30;

    /// Those that tables name in their rules, checks and billing orders.
    pub fn of(tables: &[&Table]) -> Self {
        let whens = tables.iter().flat_map(|table| table.conditions());
        let asked = whens.flat_map(|(_, when)| [&when.private_insurer, &when.private_insurer_not]);
        let mut names: Vec<InsurerName> = asked.flatten().flatten().cloned().collect();
        // Stable, so that of several ways to write a name the first stays.
        names.sort();
        names.dedup();
        let folded = names.iter().map(|it| it.folded.clone()).collect();
        Self { names, folded }
    }

    /// The names, in order.
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

    /// The same insurer of another rulebook's names as one of these.
    pub fn adopt(&self, insurer: Insurer, of: &Self) -> Insurer {
        match of.name(insurer) {
            Some(name) => self.find(Some(name.as_str())),
            None => insurer,
        }
    }

    /// Where the fact has its bits, behind those of the vocabulary.
    pub fn fact(&self, offset: u32) -> FactBits {
        FactBits {
            name: FACT,
            offset,
            count: self.names.len() + 1,
        }
    }

    /// The bits, from `offset` on, of the insurers that conditions allow.
    pub fn allowed(&self, when: &When, offset: u32) -> Bits {
        let values = [None].into_iter().chain(self.names.iter().map(Some));
        let mut allowed = Bits::NONE;
        for (at, name) in (offset..).zip(values) {
            if when.allows_insurer(name) {
                allowed |= Bits::one(at);
            }
        }
        allowed
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

impl When {
    /// Whether the conditions allow an insurer of this name; `None` is no plan, or one whose insurer
    /// is not said or not named by any rule.
    pub fn allows_insurer(&self, name: Option<&InsurerName>) -> bool {
        let is_in = |list: &Vec<InsurerName>| name.is_some_and(|name| list.contains(name));
        self.private_insurer.as_ref().is_none_or(is_in)
            && !self.private_insurer_not.as_ref().is_some_and(is_in)
    }

    /// The conditions that ask for the insurer, with what is wanted and what is the case.
    pub(super) fn insurer_conditions(
        &self,
        insurer: Insurer,
        insurers: &Insurers,
    ) -> Vec<Condition> {
        let name = insurers.name(insurer);
        let actual = match insurer {
            Insurer::None => "none",
            Insurer::Another => "another",
            Insurer::Named(_) => name.map_or("another", InsurerName::as_str),
        };
        let holds = self.allows_insurer(name);
        let condition = |fact, wanted| Condition {
            fact,
            wanted,
            actual: actual.to_owned(),
            holds,
        };
        let names = |list: &Vec<InsurerName>| -> Vec<String> {
            list.iter().map(|it| it.as_str().to_owned()).collect()
        };
        let wanted = self.private_insurer.as_ref().map(names);
        let refused = self.private_insurer_not.as_ref().map(names);
        let but = |names: Vec<String>| vec![format!("any but {}", names.join(", "))];
        let wanted = wanted.map(|it| condition(FACT, it));
        let refused = refused.map(|it| condition(FACT_NOT, but(it)));
        wanted.into_iter().chain(refused).collect()
    }

    /// The names of those conditions of them that list nobody.
    pub(super) fn empty_insurer_lists(&self) -> impl Iterator<Item = &'static str> {
        let lists = [
            (FACT, &self.private_insurer),
            (FACT_NOT, &self.private_insurer_not),
        ];
        let lists = lists.into_iter();
        lists.filter_map(|(fact, list)| list.as_ref().is_some_and(Vec::is_empty).then_some(fact))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::conditions::Facts;

    fn name(text: &str) -> InsurerName {
        Label::parse(text).unwrap().into()
    }

    fn insurers(names: &[&str]) -> Insurers {
        let mut names: Vec<InsurerName> = names.iter().map(|it| name(it)).collect();
        names.sort();
        let folded = names.iter().map(|it| it.folded.clone()).collect();
        Insurers { names, folded }
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

    #[test]
    fn conditions_are_read_back_for_every_set_of_insurers() {
        let named = insurers(&["Oak", "Maple Life", "Elm"]);
        let offset = 125;
        for set in 0..1_u32 << 4 {
            let values = (0..4).filter(|it| set >> it & 1 == 1);
            let bits = values.fold(Bits::NONE, |bits, it| bits | Bits::one(offset + it));
            let (private_insurer, private_insurer_not) = named.read(bits, offset);
            assert!(private_insurer.is_none() || private_insurer_not.is_none());
            let when = When {
                private_insurer,
                private_insurer_not,
                ..When::default()
            };
            assert_eq!(named.allowed(&when, offset), bits, "{when:?}");
        }
    }

    #[test]
    fn there_is_room_for_the_insurers_of_two_rulebooks() {
        let facts = Facts::vocabulary(&Insurers::default());
        let used = facts.last().unwrap().offset;
        let most = u32::try_from(2 * Insurers::MOST + 1).unwrap();
        assert!(used + most <= Bits::COUNT, "{used} bits are used");
    }
}
