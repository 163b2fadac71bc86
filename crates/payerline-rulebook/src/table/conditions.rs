//! The facts that a rulebook can ask about, and the conditions that ask: the closed vocabulary.
//!
//! A fact has finitely many values, each with a bit of its own: an item's facts are one bit a fact, and a
//! rule's conditions a mask of the bits that would do. Only the accident's date is compared as a date.
//! `matcher` turns the masks of a table around, so that all its rows are tried at once.
//!
//! A fact is declared once, in `vocabulary!` below: its values, whether all items of a claim share it, and
//! what an example claim has where nothing else is needed. What else must know of it takes [`Facts`] apart or
//! fills in a [`PerFact`], field by field, so that the compiler names each place that a new fact is missing in.
//!
//! The insurer of a private plan is a fact whose values are the names that a rulebook's own rules
//! list (`insurers`; what is asked about it: `insurer_conditions`). So its bits come last, and a mask means
//! something only beside the list of names for which it was compiled.

use super::{
    bits::{Bits, FactBits, PerBit, Scope},
    condition::{Asked, Condition},
    insurer_conditions::InsurersAsked,
    insurers::{self, Insurer, InsurerName, Insurers},
    period::Period,
    vocabulary::{
        AccidentPlace, Age, Answer, ApprovalKind, ApprovalState, Cause, CoverageState,
        DecidedPayer, PlanListing, Service,
    },
};
use payerline_domain::{
    claims::{
        accident::WsiaElection,
        item::{Category, InsuredByOhip},
        payer::Payer,
    },
    parse::{
        decode::note_duplicates,
        fault::{At, Faults},
        record::record,
    },
    values::{closed_enum::ClosedEnum, time::Day},
};

macro_rules! scope {
    (item) => {
        Scope::Item
    };
    (claim) => {
        Scope::Claim
    };
    (decided) => {
        Scope::Decided
    };
}

/// Declares the facts of an item and, beside them, the conditions that ask about them. Each fact is written as
/// `scope name: Type = Usual`; the scope says whose fact it is, the last word is its usual value.
macro_rules! vocabulary {
    ($($(#[$doc:meta])* $scope:ident $fact:ident: $type:ident = $usual:ident,)+) => {
        record! {
            /// The conditions of a rule: all must hold; each is a list of values of which one must be
            /// the case. What is left out does not matter.
            #[derive(Debug, Clone, Default, PartialEq, Eq)]
            pub struct When {
                $($(#[$doc])*
                pub $fact: Option<Vec<$type>> [0..=<$type as ClosedEnum>::ALL.len()],)+
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
                $(note_duplicates(when.$fact.iter().flatten(), &at.field(stringify!($fact)), faults);)+
                when.check_insurers_and_empty_lists(at, faults);
            }
        }

        /// Where each fact has its first bit in a mask or in [`Facts::bits`]; the private insurer comes last.
        struct Offsets {
            $($fact: u32,)+
            private_insurer: u32,
        }

        const AT: Offsets = {
            let mut next = 0;
            $(
                let $fact = next;
                next += <$type as ClosedEnum>::COUNT;
            )+
            Offsets { $($fact,)+ private_insurer: next }
        };

        /// What is the case for one item.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Facts {
            $($(#[$doc])*
            pub $fact: $type,)+
            /// The day of the accident, if one is reported.
            pub accident_date: Option<Day>,
            /// The insurer of the private plan that counts for the item.
            pub private_insurer: Insurer,
        }

        /// Something for each fact.
        #[derive(Debug)]
        pub struct PerFact<T> {
            $(pub $fact: T,)+
            pub accident_date: T,
            pub private_insurer: T,
        }

        impl<T> PerFact<T> {
            /// All of it, in the order of the facts.
            pub fn into_list(self) -> Vec<T> {
                vec![$(self.$fact,)+ self.accident_date, self.private_insurer]
            }
        }

        impl When {
            /// The conditions compiled to a mask for a list of insurers, which has all that they
            /// name; an empty list of values matches nothing.
            pub fn compile(&self, insurers: &Insurers) -> Mask {
                let mut allowed = self.insurers_asked().bits(insurers, AT.private_insurer);
                $(
                    for value in <$type as ClosedEnum>::ALL {
                        let asked = self.$fact.as_ref();
                        if asked.is_none_or(|wanted| wanted.contains(value)) {
                            allowed |= Bits::single(AT.$fact + value.index());
                        }
                    }
                )+
                Mask { allowed, accident_date: self.accident_date }
            }

            /// The conditions that compile to a mask for a list of insurers; a fact of which it
            /// allows all is not asked about.
            pub fn read(mask: &Mask, insurers: &Insurers) -> Self {
                $(
                    let $fact = values::<$type>(mask.allowed, AT.$fact);
                    let $fact = ($fact.len() < <$type as ClosedEnum>::ALL.len()).then_some($fact);
                )+
                let (private_insurer, private_insurer_not) =
                    insurers.read(mask.allowed, AT.private_insurer);
                let accident_date = mask.accident_date;
                Self { $($fact,)+ accident_date, private_insurer, private_insurer_not }
            }

            /// Each condition with what is wanted and what is the case; `insurers` is the list of
            /// which the facts are.
            pub fn conditions(&self, facts: &Facts, insurers: &Insurers) -> Vec<Condition> {
                let mut conditions = Vec::new();
                $(
                    if let Some(wanted) = &self.$fact {
                        conditions.push(Condition {
                            fact: stringify!($fact),
                            wanted: wanted.iter().map(|value| value.word().to_owned()).collect(),
                            actual: facts.$fact.word().to_owned(),
                            holds: wanted.contains(&facts.$fact),
                        });
                    }
                )+
                if let Some(period) = self.accident_date {
                    conditions.push(Condition {
                        fact: "accident_date",
                        wanted: vec![period.describe()],
                        actual: facts.accident_date.map_or("none".to_owned(), |day| day.to_string()),
                        holds: facts.happened_in(period),
                    });
                }
                conditions.extend(self.insurers_asked().conditions(facts.private_insurer, insurers));
                conditions
            }

            /// What is asked about, with the values that would do.
            pub fn asked(&self) -> Vec<Asked> {
                let mut asked = Vec::new();
                $(asked.extend(self.$fact.as_deref().map(|it| Asked::words(stringify!($fact), it)));)+
                asked.extend(self.accident_date.map(Asked::period));
                asked.extend(self.private_insurer.as_deref().map(Asked::insurers));
                asked.extend(self.private_insurer_not.as_deref().map(Asked::insurers_but));
                asked
            }

            /// The names of the facts whose list of values is empty: such a rule could never match.
            pub fn empty_lists(&self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(
                    if self.$fact.as_ref().is_some_and(Vec::is_empty) {
                        names.push(stringify!($fact));
                    }
                )+
                names.extend(self.insurers_asked().empty_lists());
                names
            }
        }

        impl Facts {
            /// What example claims are like where nothing else is needed: an adult after a complete procedure,
            /// with no accident, no private plan (or none of an insurer that a rule names) and no approval;
            /// insurers that are needed are active.
            pub const USUAL: Self = Self {
                $($fact: $type::$usual,)+
                accident_date: None,
                private_insurer: Insurer::None,
            };

            /// One bit per fact.
            pub fn bits(&self) -> Bits {
                let mut bits = Bits::single(AT.private_insurer + self.private_insurer.index());
                $(bits |= Bits::single(AT.$fact + self.$fact.index());)+
                bits
            }

            /// The facts of some bits, and of the day of the accident; `None` where a fact has none.
            pub fn read(bits: Bits, accident_date: Option<Day>) -> Option<Self> {
                $(let $fact = *values::<$type>(bits, AT.$fact).first()?;)+
                let private_insurer = Insurer::read(bits, AT.private_insurer)?;
                Some(Self { $($fact,)+ accident_date, private_insurer })
            }

            /// What is true of all these facts at once, where `per_bit` says what is true of the value
            /// that has a bit.
            pub(crate) fn agree_on(&self, per_bit: &PerBit<u64>) -> u64 {
                let holding_with = |bit: u32| {
                    let place = usize::try_from(bit).ok();
                    place.and_then(|it| per_bit.get(it)).copied().unwrap_or(0)
                };
                let mut all = holding_with(AT.private_insurer + self.private_insurer.index());
                $(all &= holding_with(AT.$fact + self.$fact.index());)+
                all
            }

            /// Every fact but the accident's date, in order, the private insurer as one of a list:
            /// its name and where its bits are.
            pub fn vocabulary(insurers: &Insurers) -> Vec<FactBits> {
                let mut vocabulary = Vec::new();
                $(
                    let (name, count) = (stringify!($fact), <$type as ClosedEnum>::ALL.len());
                    let scope = scope!($scope);
                    vocabulary.push(FactBits { name, scope, offset: AT.$fact, count });
                )+
                vocabulary.push(insurers.fact(AT.private_insurer));
                vocabulary
            }
        }
    };
}

vocabulary! {
    /// What kind of service the item is to the payers.
    item service: Service = Other,
    /// The item's category.
    item category: Category = Rehabilitation,
    /// Whether OHIP insures the item.
    item ohip_insured: InsuredByOhip = No,
    /// What caused the injury.
    claim cause: Cause = None,
    /// Whether it was caused by work: a work injury, or a car accident at work without an election to sue.
    claim caused_by_work: Answer = No,
    /// What an injured worker elected.
    claim wsia_election: WsiaElection = None,
    /// Where the accident happened.
    claim accident_place: AccidentPlace = Ontario,
    /// The auto coverage that matches a car accident.
    claim auto: CoverageState = Active,
    /// Whether that auto coverage is under the Minor Injury Guideline.
    claim minor_injury_guideline: Answer = No,
    /// The WSIB coverage that matches a work injury.
    claim wsib: CoverageState = Active,
    /// Whether that WSIB coverage has a claim number.
    claim wsib_claim_number: Answer = Yes,
    /// The private plan chosen for the item: own before spouse's before child's, one that lists the
    /// category first. A denied plan counts as none.
    item private: CoverageState = None,
    /// What that plan says of the item's category.
    item private_plan: PlanListing = Lists,
    /// Whether there is an active private plan, whatever it lists.
    item active_private_plan: Answer = No,
    /// The state of the prior approval that the item relies on.
    item preauthorization: ApprovalState = None,
    /// The kind of that approval.
    item preauthorization_kind: ApprovalKind = None,
    /// The patient's age on the day of the service.
    item age: Age = Adult,
    /// Whether the patient is pregnant.
    claim pregnant: Answer = No,
    /// Whether the claim describes the procedure.
    claim procedure_described: Answer = Yes,
    /// Whether it names ultrasound or fluoroscopy guidance.
    claim image_guidance: Answer = Yes,
    /// Whether it says that asepsis was kept.
    claim asepsis: Answer = Yes,
    /// Whether it says that prophylactic antibiotics were given.
    claim antibiotic_prophylaxis: Answer = Yes,
    /// Whether it gives a Health Canada authorization or trial number.
    claim health_canada_authorization: Answer = Yes,
    /// The payer decided; only for checks and billing orders, which come after the rules.
    decided payer: DecidedPayer = Undecided,
}

impl When {
    fn check_insurers_and_empty_lists(&self, at: &At<'_>, faults: &mut Faults) {
        let insurers = [
            (insurers::FACT, &self.private_insurer),
            (insurers::FACT_NOT, &self.private_insurer_not),
        ];
        for (fact, names) in insurers {
            note_duplicates(names.iter().flatten(), &at.field(fact), faults);
        }
        for fact in self.empty_lists() {
            let detail = "lists no value, so nothing can meet it; list the values that would do, or leave it out";
            faults.rule("empty_condition", &at.field(fact), detail);
        }
        if self.private_insurer.is_some() && self.private_insurer_not.is_some() {
            let detail =
                "must not be given beside `private_insurer`, which says it all; leave it out";
            faults.shape("one_of", &at.field(insurers::FACT_NOT), detail);
        }
    }
}

/// The values of one fact whose bits, from `offset` on, are set.
fn values<T: ClosedEnum>(bits: Bits, offset: u32) -> Vec<T> {
    let is_set = |value: &T| bits.has(offset + value.index());
    T::ALL.iter().copied().filter(is_set).collect()
}

/// A rule's conditions, compiled.
#[derive(Debug, Clone, Copy)]
pub struct Mask {
    /// One bit a value of a fact: whether it would do.
    pub(crate) allowed: Bits,
    /// When the accident must have happened, if that matters.
    pub(crate) accident_date: Option<Period>,
}

impl When {
    /// The insurers that the conditions name.
    pub(crate) fn insurer_names(&self) -> impl Iterator<Item = &InsurerName> {
        let lists = [&self.private_insurer, &self.private_insurer_not];
        lists.into_iter().flatten().flatten()
    }

    fn insurers_asked(&self) -> InsurersAsked<'_> {
        InsurersAsked {
            wanted: self.private_insurer.as_deref(),
            refused: self.private_insurer_not.as_deref(),
        }
    }
}

impl Facts {
    /// The same once a payer is decided, for checks and billing orders.
    pub fn with_payer(mut self, payer: Payer) -> Self {
        self.payer = payer.into();
        self
    }

    /// Whether there was an accident in a period.
    pub(crate) fn happened_in(&self, period: Period) -> bool {
        self.accident_date.is_some_and(|day| period.contains(day))
    }
}
