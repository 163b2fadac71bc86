//! What follows from a vocabulary: conditions that ask about its facts, and masks that they are compiled to.
//!
//! A fact has finitely many values, each with a bit of its own: an item's facts are one bit a fact, and a
//! rule's conditions a mask of the bits that would do. Only the accident's date is compared as a date.
//! `matcher` turns the masks of a table around, so that all its rows are tried at once.
//!
//! The insurer of a private plan is a fact whose values are the names that a rulebook's own rules
//! list (`insurers`). So its bits come last, and a mask means something only beside the list of names for which it was
//! compiled.

use super::{bits::Bits, period::Period};
use payerline_domain::{
    parse::{
        fault::{At, Faults},
        fault_code::FaultCode,
    },
    values::closed_enum::ClosedEnum,
};

/// A rule's conditions, compiled.
#[derive(Debug, Clone, Copy)]
pub struct Mask {
    /// One bit a value of a fact: whether it would do.
    pub(crate) allowed: Bits,
    /// When the accident must have happened, if that matters.
    pub(crate) accident_date: Option<Period>,
}

/// Every value but these.
pub(crate) fn but<T: ClosedEnum + PartialEq>(these: &[T]) -> Vec<T> {
    let others = T::ALL.iter().filter(|value| !these.contains(value));
    others.copied().collect()
}

/// The values of one fact whose bits, from `offset` on, are set.
pub(super) fn values<T: ClosedEnum>(bits: Bits, offset: u32) -> Vec<T> {
    let is_set = |value: &T| bits.has(offset + value.index());
    T::ALL.iter().copied().filter(is_set).collect()
}

/// Refuses a condition that nothing can meet.
pub(super) fn note_empty<T>(list: Option<&Vec<T>>, at: &At<'_>, faults: &mut Faults) {
    if list.is_some_and(Vec::is_empty) {
        let detail = "lists no value, so nothing can meet it; list the values that would do, or leave it out";
        faults.rule(FaultCode::EmptyCondition, at, detail);
    }
}

/// Conditions, where `When` is imported: `when! { fact: values, fact: values }`, values as an array or a `Vec`.
macro_rules! when {
    ($($fact:ident: $values:expr),+ $(,)?) => {
        When { $($fact: Some(Vec::from($values)),)+ ..Default::default() }
    };
}

macro_rules! impossible {
    ($list:ident free) => {};
    ($list:ident never { $($because:literal: $($fact:ident: $values:expr),+;)+ }) => {
        $($list.push(Impossible {
            when: $crate::table::conditions::when! { $($fact: $values),+ },
            because: $because,
        });)+
    };
}

/// Declares the facts of an item by groups and, beside them, the conditions that ask about them. Each fact is written
/// as `Scope name: Type = Usual, free;` or with `never` and the combinations that no claim has. The scope says whose
/// fact it is, `Usual` is its usual value.
macro_rules! vocabulary {
    ($(
        $(#[$about:meta])*
        $group:ident: $facts:ident {
            $(
                $(#[$doc:meta])*
                $scope:ident $fact:ident: $type:ident = $usual:ident, $occurs:ident $({ $($never:tt)* })?;
            )+
        }
    )+) => {
        use $crate::table::{
            bits::{Bits, FactBits, PerBit, Scope},
            condition::{Asked, Condition},
            conditions::{Mask, impossible, note_empty, values, when},
            insurers::{FACT, FACT_NOT, Insurer, InsurerName},
            period::Period,
        };
        use payerline_domain::{
            parse::{decode::note_duplicates, fault_code::FaultCode},
            values::time::Day,
        };

        payerline_domain::parse::record::record! {
            /// The conditions of a rule: all must hold; each is a list of values of which one must be
            /// the case. What is left out does not matter.
            #[derive(Debug, Clone, Default, PartialEq, Eq)]
            pub struct When {
                $($($(#[$doc])*
                pub $fact: Option<Vec<$type>> [0..=<$type as ClosedEnum>::ALL.len()],)+)+
                /// The day of the accident lies in this period; never holds without an accident.
                pub accident_date: Option<Period>,
                /// The insurer of the private plan that counts for the item is one of these; never
                /// holds without a plan, or where the claim does not say who insures it. Letter case
                /// and blanks to spare do not matter, all else does.
                #[schema(max_items = 30, example = json!(["Maple Life"]))]
                pub private_insurer: Option<Vec<InsurerName>> [0..=Insurers::MAX_NAMED],
                /// That insurer is none of these; holds also without a plan, and where the claim does
                /// not say who insures it. Not beside `private_insurer`, which says it all.
                #[schema(max_items = 30, example = json!(["Maple Life"]))]
                pub private_insurer_not: Option<Vec<InsurerName>> [0..=Insurers::MAX_NAMED],
            }
            built(when, at, faults) {
                $($(note_duplicates(when.$fact.iter().flatten(), &at.field(stringify!($fact)), faults);)+)+
                note_duplicates(when.private_insurer.iter().flatten(), &at.field("private_insurer"), faults);
                note_duplicates(when.private_insurer_not.iter().flatten(), &at.field(FACT_NOT), faults);
                $($(note_empty(when.$fact.as_ref(), &at.field(stringify!($fact)), faults);)+)+
                note_empty(when.private_insurer.as_ref(), &at.field("private_insurer"), faults);
                note_empty(when.private_insurer_not.as_ref(), &at.field(FACT_NOT), faults);
                if when.private_insurer.is_some() && when.private_insurer_not.is_some() {
                    let detail = "must not be given beside `private_insurer`, which says it all; leave it out";
                    faults.shape(FaultCode::OneOf, &at.field(FACT_NOT), detail);
                }
            }
        }

        /// Where each fact has its first bit in a mask or in [`Facts::bits`]; the private insurer comes last.
        struct Offsets {
            $($($fact: u32,)+)+
            private_insurer: u32,
        }

        const AT: Offsets = {
            let mut next = 0;
            $($(
                let $fact = next;
                next += <$type as ClosedEnum>::COUNT;
            )+)+
            Offsets { $($($fact,)+)+ private_insurer: next }
        };

        $(
            $(#[$about])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct $facts {
                $($(#[$doc])*
                pub $fact: $type,)+
            }
        )+

        /// What is the case for one item.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Facts {
            $($(#[$about])*
            pub $group: $facts,)+
            /// The day of the accident, if one is reported.
            pub accident_date: Option<Day>,
            /// The insurer of the private plan that counts for the item.
            pub private_insurer: Insurer,
        }

        /// Facts that no claim has together.
        #[derive(Debug)]
        pub struct Impossible {
            /// The facts.
            pub when: When,
            /// Why no claim has them, in a sentence.
            pub because: &'static str,
        }

        /// All that cannot be, where these private insurers are told apart.
        #[expect(
            clippy::vec_init_then_push,
            reason = "the declarations give no, one or several each"
        )]
        pub fn impossible(named: &Insurers) -> Vec<Impossible> {
            let mut list = Vec::new();
            $($(impossible!(list $occurs $({ $($never)* })?);)+)+
            // A plan can be of any insurer or say none, whatever else is the case.
            if !named.names().is_empty() {
                list.push(Impossible {
                    when: when! { private: [CoverageState::None], private_insurer: named.names() },
                    because: "without a private plan there is no insurer of it",
                });
            }
            list
        }

        impl When {
            /// The conditions compiled to a mask for a list of insurers, which has all that they
            /// name; an empty list of values matches nothing.
            pub fn compile(&self, insurers: &Insurers) -> Mask {
                let allows = |name: Option<&InsurerName>| self.allows_insurer(name);
                let mut allowed = insurers.bits(AT.private_insurer, allows);
                $($(
                    for value in <$type as ClosedEnum>::ALL {
                        let asked = self.$fact.as_ref();
                        if asked.is_none_or(|wanted| wanted.contains(value)) {
                            allowed = allowed.with(AT.$fact + value.index());
                        }
                    }
                )+)+
                Mask { allowed, accident_date: self.accident_date }
            }

            /// The conditions that compile to a mask for a list of insurers; a fact of which it
            /// allows all is not asked about.
            pub fn read(mask: &Mask, insurers: &Insurers) -> Self {
                $($(
                    let $fact = values::<$type>(mask.allowed, AT.$fact);
                    let $fact = ($fact.len() < <$type as ClosedEnum>::ALL.len()).then_some($fact);
                )+)+
                let (private_insurer, private_insurer_not) =
                    insurers.read(mask.allowed, AT.private_insurer);
                let accident_date = mask.accident_date;
                Self { $($($fact,)+)+ accident_date, private_insurer, private_insurer_not }
            }

            /// Each condition with what is wanted and what is the case; `insurers` is the list of
            /// which the facts are.
            pub fn conditions(&self, facts: &Facts, insurers: &Insurers) -> Vec<Condition> {
                let mut conditions = Vec::new();
                $($(
                    if let Some(wanted) = &self.$fact {
                        conditions.push(Condition {
                            fact: stringify!($fact),
                            wanted: wanted.iter().map(|value| value.word().to_owned()).collect(),
                            actual: facts.$group.$fact.word().to_owned(),
                            holds: wanted.contains(&facts.$group.$fact),
                        });
                    }
                )+)+
                if let Some(period) = self.accident_date {
                    conditions.push(Condition {
                        fact: "accident_date",
                        wanted: vec![period.describe()],
                        actual: facts.accident_date.map_or("none".to_owned(), |day| day.to_string()),
                        holds: facts.happened_in(period),
                    });
                }
                let named = insurers.name(facts.private_insurer);
                let about_insurer = |fact, wanted| Condition {
                    fact,
                    wanted,
                    actual: insurers.word(facts.private_insurer).to_owned(),
                    holds: self.allows_insurer(named),
                };
                let wanted = self.private_insurer.as_deref().map(InsurerName::list);
                conditions.extend(wanted.map(|it| about_insurer(FACT, it)));
                let refused = self.private_insurer_not.as_deref().map(InsurerName::list);
                let but = |names: Vec<String>| vec![format!("any but {}", names.join(", "))];
                conditions.extend(refused.map(|it| about_insurer(FACT_NOT, but(it))));
                conditions
            }

            /// What is asked about, with the values that would do.
            pub fn asked(&self) -> Vec<Asked> {
                let mut asked = Vec::new();
                $($(asked.extend(self.$fact.as_deref().map(|it| Asked::words(stringify!($fact), it)));)+)+
                asked.extend(self.accident_date.map(Asked::period));
                asked.extend(self.private_insurer.as_deref().map(|it| Asked::insurers(it, &[])));
                asked.extend(self.private_insurer_not.as_deref().map(|it| Asked::insurers(&[], it)));
                asked
            }

            /// The insurers that the conditions name.
            pub(crate) fn insurer_names(&self) -> impl Iterator<Item = &InsurerName> {
                let lists = [&self.private_insurer, &self.private_insurer_not];
                lists.into_iter().flatten().flatten()
            }

            /// True if an insurer of this name is allowed; `None` is no plan, or one whose insurer is not said
            /// or not named by any rule.
            pub(super) fn allows_insurer(&self, name: Option<&InsurerName>) -> bool {
                let is_in = |list: &Vec<InsurerName>| name.is_some_and(|name| list.contains(name));
                let refused = self.private_insurer_not.as_ref();
                self.private_insurer.as_ref().is_none_or(is_in) && !refused.is_some_and(is_in)
            }
        }

        impl Facts {
            /// What example claims are like where nothing else is needed: an adult after a complete procedure,
            /// with no accident, no private plan (or none of an insurer that a rule names) and no approval;
            /// insurers that are needed are active.
            pub const USUAL: Self = Self {
                $($group: $facts { $($fact: $type::$usual,)+ },)+
                accident_date: None,
                private_insurer: Insurer::None,
            };

            /// The names of the facts that are words.
            pub const NAMES: &'static [&'static str] = &[$($(stringify!($fact),)+)+];

            /// The facts that are words, by name.
            pub fn words(&self) -> [(&'static str, &'static str); Self::NAMES.len()] {
                [$($((stringify!($fact), self.$group.$fact.word()),)+)+]
            }

            /// One bit per fact.
            pub fn bits(&self) -> Bits {
                Bits::NONE
                    .with(AT.private_insurer + self.private_insurer.index())
                    $($(.with(AT.$fact + self.$group.$fact.index()))+)+
            }

            /// The facts of some bits, without a day of an accident; where a fact has none, its usual value.
            pub fn read(bits: Bits) -> Self {
                Self {
                    $($group: $facts {
                        $($fact: values(bits, AT.$fact).first().copied().unwrap_or($type::$usual),)+
                    },)+
                    accident_date: None,
                    private_insurer: Insurer::read(bits, AT.private_insurer),
                }
            }

            /// What is true of all these facts at once, where `per_bit` says what is true of the value
            /// that has a bit.
            pub(crate) fn agree_on(&self, per_bit: &PerBit<u64>) -> u64 {
                let holding_with = |bit: u32| {
                    let place = usize::try_from(bit).ok();
                    place.and_then(|it| per_bit.get(it)).copied().unwrap_or(0)
                };
                let mut all = holding_with(AT.private_insurer + self.private_insurer.index());
                $($(all &= holding_with(AT.$fact + self.$group.$fact.index());)+)+
                all
            }

            /// Every fact but the accident's date, in order, the private insurer as one of a list:
            /// its name and where its bits are.
            pub fn vocabulary(insurers: &Insurers) -> Vec<FactBits> {
                let mut vocabulary = Vec::new();
                $($(
                    let (name, count) = (stringify!($fact), <$type as ClosedEnum>::ALL.len());
                    let scope = Scope::$scope;
                    vocabulary.push(FactBits { name, scope, offset: AT.$fact, count });
                )+)+
                vocabulary.push(insurers.fact(AT.private_insurer));
                vocabulary
            }

            /// The same once a payer is decided, for checks and billing orders.
            pub fn with_payer(mut self, payer: Payer) -> Self {
                self.decided.payer = payer.into();
                self
            }

            /// Whether there was an accident in a period.
            pub(crate) fn happened_in(&self, period: Period) -> bool {
                self.accident_date.is_some_and(|day| period.contains(day))
            }
        }
    };
}

pub(crate) use {impossible, vocabulary, when};
