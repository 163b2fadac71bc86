//! What the conditions of a rule ask about the insurer of a private plan.

use super::{
    bits::Bits,
    conditions::{Condition, When},
    insurers::{FACT, FACT_NOT, Insurer, InsurerName, Insurers},
};

impl When {
    /// Whether the conditions allow an insurer of this name; `None` is no plan, or one whose insurer
    /// is not said or not named by any rule.
    fn allows_insurer(&self, name: Option<&InsurerName>) -> bool {
        let is_in = |list: &Vec<InsurerName>| name.is_some_and(|name| list.contains(name));
        self.private_insurer.as_ref().is_none_or(is_in)
            && !self.private_insurer_not.as_ref().is_some_and(is_in)
    }

    /// The insurers that the conditions name.
    pub(crate) fn insurer_names(&self) -> impl Iterator<Item = &InsurerName> {
        let lists = [&self.private_insurer, &self.private_insurer_not];
        lists.into_iter().flatten().flatten()
    }

    /// The bits, from `offset` on, of the insurers that the conditions allow.
    pub(crate) fn insurer_bits(&self, insurers: &Insurers, offset: u32) -> Bits {
        insurers.bits(offset, |name| self.allows_insurer(name))
    }

    /// The conditions that ask for the insurer, with what is wanted and what is the case.
    pub(crate) fn insurer_conditions(
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
    pub(crate) fn empty_insurer_lists(&self) -> impl Iterator<Item = &'static str> {
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
    use crate::table::conditions::Facts;
    use payerline_domain::values::text::Label;

    #[test]
    fn conditions_are_read_back_for_every_set_of_insurers() {
        let names = ["Oak", "Maple Life", "Elm"].map(|it| Label::parse(it).unwrap());
        let named = Insurers::of(names.map(InsurerName::from));
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
            assert_eq!(when.insurer_bits(&named, offset), bits, "{when:?}");
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
