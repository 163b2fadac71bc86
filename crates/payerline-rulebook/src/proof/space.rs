//! The space of all combinations that a rulebook can tell apart: the vocabulary's facts and, as the
//! last axis, the days of the accident as far as the rulebook's own thresholds cut them.
//!
//! Conditions are a part of this space: a set of values per fact, and a stretch of days. Two days
//! between which no threshold lies cannot be told apart by any condition, so one stands for both.

use std::ops::Range;

use jiff::civil::Date;

use super::diagram::{END, Extent, Point, Runs};
use crate::table::{
    bits::{Bits, FactBits, Scope},
    conditions::{Facts, Mask, When},
    insurers::Insurers,
    period::Period,
    rules::Table,
    vocabulary::{AccidentPlace, DecidedPayer},
};
use payerline_domain::values::{closed_enum::ClosedEnum, time::Day};

/// The combinations that one or several rulebooks can tell apart.
#[derive(Debug)]
pub struct Space {
    /// The private insurers that any of the rulebooks names: one list, so that a mask means the same
    /// to each of them.
    insurers: Insurers,
    facts: Vec<FactBits>,
    /// The days at which the days of the accident are cut: each begins a stretch.
    cuts: Vec<Day>,
    /// The values of each axis, the usual one first.
    order: Vec<Vec<usize>>,
}

/// A part of the space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// One bit a value of a fact, as in a mask: whether it lies inside.
    allowed: Bits,
    /// The stretches of days inside.
    days: Range<usize>,
}

impl Space {
    /// The space that tables can tell apart.
    pub fn new(tables: &[&Table]) -> Self {
        let mut cuts: Vec<Day> = tables
            .iter()
            .flat_map(|table| thresholds(table))
            .filter(|day| *day > first_day())
            .collect();
        cuts.sort_unstable();
        cuts.dedup();
        // Rules are tried before a payer is decided, so the payer is no axis: checks and billing
        // orders, which ask about it, are held against each payer in turn.
        let insurers = Insurers::collect(tables.iter().flat_map(|table| table.insurer_names()));
        let mut facts = Facts::vocabulary(&insurers);
        facts.retain(|fact| fact.scope != Scope::Decided);
        let mut space = Self {
            insurers,
            facts,
            cuts,
            order: Vec::new(),
        };
        space.order = space.usual_first();
        space
    }

    /// The private insurers that can be told apart.
    pub fn insurers(&self) -> &Insurers {
        &self.insurers
    }

    /// The values of each axis in the order in which witnesses are sought: the usual one first.
    pub fn order(&self) -> &[Vec<usize>] {
        &self.order
    }

    fn usual_first(&self) -> Vec<Vec<usize>> {
        let usual = Facts::USUAL.bits();
        let usual_first = |count: usize, is_usual: &dyn Fn(usize) -> bool| {
            let (first, rest): (Vec<_>, Vec<_>) = (0..count).partition(|value| is_usual(*value));
            [first, rest].concat()
        };
        let of_fact = |fact: &FactBits| usual_first(fact.count, &|value| has(usual, fact, value));
        let mut order: Vec<_> = self.facts.iter().map(of_fact).collect();
        let usual_stretch = self
            .cuts
            .iter()
            .filter(|cut| **cut <= usual_accident_day())
            .count();
        order.push(usual_first(self.stretches(), &|it| it == usual_stretch));
        order
    }

    fn stretches(&self) -> usize {
        self.cuts.len() + 1
    }

    /// All of it.
    pub fn everything(&self) -> Region {
        self.region(&When::default())
    }

    /// None of it.
    pub fn nothing(&self) -> Region {
        Region {
            allowed: Bits::NONE,
            days: 0..0,
        }
    }

    /// True if a part has no combination.
    pub fn is_empty(&self, region: &Region) -> bool {
        let mut facts = self.facts.iter();
        region.days.is_empty() || facts.any(|fact| (region.allowed & all_of(fact)).is_empty())
    }

    /// For each value of each axis the part where it is the case.
    pub fn slices(&self) -> Vec<Region> {
        let everything = self.everything();
        let of_fact = |fact: &FactBits| {
            let others = everything.allowed & !all_of(fact);
            let values = (0..fact.count).map(|value| others | bit(fact, value));
            let slices = values.map(|allowed| everything.with_allowed(allowed));
            slices.collect::<Vec<_>>()
        };
        let days = (0..self.stretches()).map(|it| everything.with_days(it..it + 1));
        self.facts.iter().flat_map(of_fact).chain(days).collect()
    }

    /// The part in which conditions hold, whatever they ask about the payer. A condition on the accident's day
    /// holds only with an accident; without one the day means nothing.
    pub fn region(&self, when: &When) -> Region {
        let mask = when.compile(&self.insurers);
        let mut allowed = mask.allowed | payers();
        let mut days = 0..self.stretches();
        if let Some(period) = mask.accident_date {
            allowed = allowed & self.with_accident();
            days = self.stretches_of(period);
        }
        Region { allowed, days }
    }

    /// True if conditions ask only for facts that all items of a claim share, and for the payer.
    pub fn asks_only_of_the_claim(&self, when: &When) -> bool {
        // The day of the accident, which a mask holds beside the bits, is the claim's.
        let Mask {
            allowed,
            accident_date: _,
        } = when.compile(&self.insurers);
        let is_asked = |fact: &FactBits| !(all_of(fact) & !allowed).is_empty();
        let mut facts = self.facts.iter();
        !facts.any(|fact| fact.scope == Scope::Item && is_asked(fact))
    }

    fn stretches_of(&self, period: Period) -> Range<usize> {
        let from = period.from.map_or(0, |from| {
            self.cuts.iter().filter(|cut| **cut <= from).count()
        });
        let before = match period.before {
            None => self.stretches(),
            Some(before) if before <= first_day() => 0,
            Some(before) => self.cuts.iter().filter(|cut| **cut < before).count() + 1,
        };
        from..before
    }

    /// The conditions that hold just there; of a part without an accident, those that hold there and
    /// ask nothing about its day.
    pub fn conditions(&self, region: &Region) -> When {
        let day = |cut: usize| self.cuts.get(cut).copied();
        let accident_date = (region.days != self.everything().days).then(|| Period {
            from: region.days.start.checked_sub(1).and_then(day),
            before: day(region.days.end.saturating_sub(1)),
        });
        let mask = Mask {
            allowed: region.allowed,
            accident_date,
        };
        When::read(&mask, &self.insurers)
    }

    /// The same part, axis by axis.
    pub fn extent(&self, region: &Region) -> Extent {
        let of_fact = |fact: &FactBits| runs(fact.count, |value| has(region.allowed, fact, value));
        let mut axes: Vec<_> = self.facts.iter().map(of_fact).collect();
        axes.push(runs(self.stretches(), |it| region.days.contains(&it)));
        Extent::new(axes)
    }

    /// One combination as a part of the space.
    pub fn only(&self, point: &Point) -> Region {
        let mut allowed = payers();
        for (fact, value) in self.facts.iter().zip(point) {
            allowed |= bit(fact, *value);
        }
        let stretch = point.last().copied().unwrap_or_default();
        Region {
            allowed,
            days: stretch..stretch + 1,
        }
    }

    /// One combination as the facts of an item, with a day that stands for its stretch.
    pub fn facts(&self, point: &Point) -> Option<Facts> {
        let mut bits = undecided();
        for (fact, value) in self.facts.iter().zip(point) {
            bits |= bit(fact, *value);
        }
        let day = point.last().and_then(|stretch| self.day(*stretch));
        let reported = !(bits & self.with_accident() & places()).is_empty();
        Facts::read(bits, day.filter(|_| reported))
    }

    /// A day of a stretch: the usual one, or else its first, or the last before its end.
    fn day(&self, stretch: usize) -> Option<Day> {
        let from = stretch.checked_sub(1).and_then(|cut| self.cuts.get(cut));
        let before = self.cuts.get(stretch);
        let period = Period {
            from: from.copied(),
            before: before.copied(),
        };
        if period.contains(usual_accident_day()) {
            return Some(usual_accident_day());
        }
        from.copied()
            .or_else(|| before.and_then(|day| day.date().yesterday().ok().map(Day::from)))
    }

    /// One more value along an axis, for each that a part has not: a part that reaches as far, and what
    /// is new in it. Days grow at both ends only, so that they stay one stretch.
    pub fn one_more(&self, region: &Region, axis: usize) -> Vec<(Region, Region)> {
        let Some(fact) = self.facts.get(axis) else {
            let Range { start, end } = region.days;
            let ends = [start.checked_sub(1).map(|it| it..start), Some(end..end + 1)];
            let new = ends
                .into_iter()
                .flatten()
                .filter(|new| new.end <= self.stretches());
            return new
                .map(|days| {
                    let wide = start.min(days.start)..end.max(days.end);
                    (region.with_days(wide), region.with_days(days))
                })
                .collect();
        };
        let missing = (0..fact.count).filter(|value| !has(region.allowed, fact, *value));
        missing
            .map(|value| {
                let allowed = region.allowed | bit(fact, value);
                let narrow = region.allowed & !all_of(fact) | bit(fact, value);
                (region.with_allowed(allowed), region.with_allowed(narrow))
            })
            .collect()
    }
}

impl Space {
    /// The facts of claims that report an accident.
    fn with_accident(&self) -> Bits {
        let mut places = AccidentPlace::ALL.to_vec();
        places.retain(|place| *place != AccidentPlace::None);
        let when = When {
            accident_place: Some(places),
            ..When::default()
        };
        when.compile(&self.insurers).allowed
    }

    /// For each value along an axis that does not have all of them inside: a part without it, and what
    /// is taken away. Days are left as they are.
    pub fn one_less(&self, region: &Region, axis: usize) -> Vec<(Region, Region)> {
        let Some(fact) = self.facts.get(axis) else {
            return Vec::new();
        };
        let values: Vec<usize> = (0..fact.count)
            .filter(|value| has(region.allowed, fact, *value))
            .collect();
        if values.len() == fact.count {
            return Vec::new();
        }
        let split = |value| {
            let others = region.allowed & !bit(fact, value);
            let taken = region.allowed & !all_of(fact) | bit(fact, value);
            (region.with_allowed(others), region.with_allowed(taken))
        };
        values.into_iter().map(split).collect()
    }
}

impl Region {
    /// The intersection with another part.
    pub fn and(&self, other: &Self) -> Self {
        Self {
            allowed: self.allowed & other.allowed,
            days: self.days.start.max(other.days.start)..self.days.end.min(other.days.end),
        }
    }

    fn with_days(&self, days: Range<usize>) -> Self {
        Self {
            days,
            ..self.clone()
        }
    }

    fn with_allowed(&self, allowed: Bits) -> Self {
        Self {
            allowed,
            ..self.clone()
        }
    }
}

/// Runs of values inside and outside; `None` when all are inside.
fn runs(count: usize, is_inside: impl Fn(usize) -> bool) -> Option<Runs<bool>> {
    let mut runs: Runs<bool> = Vec::new();
    for value in 0..count {
        let inside = is_inside(value);
        match runs.last_mut() {
            Some((end, same)) if *same == inside => *end = value + 1,
            _ => runs.push((value + 1, inside)),
        }
    }
    if let Some((end, _)) = runs.last_mut() {
        *end = END;
    }
    runs.iter().any(|(_, inside)| !inside).then_some(runs)
}

fn bit(fact: &FactBits, value: usize) -> Bits {
    let value = u32::try_from(value).unwrap_or(u32::MAX);
    Bits::single(fact.offset.saturating_add(value))
}

fn has(bits: Bits, fact: &FactBits, value: usize) -> bool {
    !(bits & bit(fact, value)).is_empty()
}

fn all_of(fact: &FactBits) -> Bits {
    (0..fact.count).fold(Bits::NONE, |bits, value| bits | bit(fact, value))
}

/// The bits of the payer.
fn payers() -> Bits {
    asked_by(When {
        payer: Some(Vec::new()),
        ..When::default()
    })
}

/// The bits of the accident's place.
fn places() -> Bits {
    asked_by(When {
        accident_place: Some(Vec::new()),
        ..When::default()
    })
}

/// The bits of a fact of which a condition allows nothing.
fn asked_by(nothing: When) -> Bits {
    let nobody = Insurers::default();
    When::default().compile(&nobody).allowed & !nothing.compile(&nobody).allowed
}

fn undecided() -> Bits {
    let undecided = When {
        payer: Some(vec![DecidedPayer::Undecided]),
        ..When::default()
    };
    payers() & undecided.compile(&Insurers::default()).allowed
}

/// The days at which conditions of a table begin or cease to hold.
fn thresholds(table: &Table) -> impl Iterator<Item = Day> {
    let conditions = table.conditions();
    conditions
        .filter_map(|(_, when)| when.accident_date)
        .flat_map(|period| [period.from, period.before])
        .flatten()
}

/// The day of an accident when any will do.
fn usual_accident_day() -> Day {
    Day::from(Date::constant(2026, 5, 2))
}

/// The first day that can be written.
fn first_day() -> Day {
    Day::from(Date::constant(1, 1, 1))
}
