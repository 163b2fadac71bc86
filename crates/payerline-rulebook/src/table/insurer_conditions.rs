//! The conditions of a rule on the insurer of a private plan.

use super::{
    bits::Bits,
    condition::Condition,
    insurers::{FACT, FACT_NOT, Insurer, InsurerName, Insurers},
};

/// The insurers that a rule's conditions name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InsurersAsked<'w> {
    /// The insurer must be one of these.
    pub wanted: Option<&'w [InsurerName]>,
    /// The insurer must be none of these.
    pub refused: Option<&'w [InsurerName]>,
}

impl InsurersAsked<'_> {
    /// True if the conditions allow an insurer of this name; `None` is no plan, or one whose insurer
    /// is not said or not named by any rule.
    fn allow(self, name: Option<&InsurerName>) -> bool {
        let is_in = |list: &[InsurerName]| name.is_some_and(|name| list.contains(name));
        self.wanted.is_none_or(is_in) && !self.refused.is_some_and(is_in)
    }

    /// The bits, from `offset` on, of the insurers that the conditions allow.
    pub fn bits(self, insurers: &Insurers, offset: u32) -> Bits {
        insurers.bits(offset, |name| self.allow(name))
    }

    /// The conditions, with what is wanted and what is the case.
    pub fn conditions(self, insurer: Insurer, insurers: &Insurers) -> Vec<Condition> {
        let name = insurers.name(insurer);
        let actual = match insurer {
            Insurer::None => "none",
            Insurer::Another => "another",
            Insurer::Named(_) => name.map_or("another", InsurerName::as_str),
        };
        let holds = self.allow(name);
        let condition = |fact, wanted| Condition {
            fact,
            wanted,
            actual: actual.to_owned(),
            holds,
        };
        let names = |list: &[InsurerName]| -> Vec<String> {
            list.iter().map(|it| it.as_str().to_owned()).collect()
        };
        let but = |names: Vec<String>| vec![format!("any but {}", names.join(", "))];
        let wanted = self.wanted.map(|it| condition(FACT, names(it)));
        let refused = self.refused.map(|it| condition(FACT_NOT, but(names(it))));
        wanted.into_iter().chain(refused).collect()
    }

    /// The names of the conditions that list nobody.
    pub fn empty_lists(self) -> impl Iterator<Item = &'static str> {
        let lists = [(FACT, self.wanted), (FACT_NOT, self.refused)];
        let empty = lists
            .into_iter()
            .filter(|(_, list)| list.is_some_and(<[_]>::is_empty));
        empty.map(|(fact, _)| fact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::conditions::Facts;
    use payerline_domain::values::text::Label;

    #[test]
    fn conditions_are_read_back_for_every_set_of_insurers() {
        let names = ["Oak", "Maple Life", "Elm"].map(|it| Label::parse(it).unwrap());
        let named = Insurers::collect(names.map(InsurerName::from));
        let offset = 125;
        for set in 0..1_u32 << 4 {
            let values = (0..4).filter(|it| set >> it & 1 == 1);
            let bits = values.fold(Bits::NONE, |bits, it| bits | Bits::single(offset + it));
            let (private_insurer, private_insurer_not) = named.read(bits, offset);
            assert!(private_insurer.is_none() || private_insurer_not.is_none());
            let asked = InsurersAsked {
                wanted: private_insurer.as_deref(),
                refused: private_insurer_not.as_deref(),
            };
            assert_eq!(asked.bits(&named, offset), bits, "{asked:?}");
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
