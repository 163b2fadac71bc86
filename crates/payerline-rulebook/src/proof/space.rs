//! The space of all combinations that a rulebook can tell apart: the vocabulary's facts and, as the
//! last axis, the days of the accident as far as the rulebook's own thresholds cut them.
//!
//! Conditions are a part of this space: a set of values per fact, and a stretch of days. Two days
//! between which no threshold lies cannot be told apart by any condition, so one stands for both.

use std::ops::Range;

use jiff::civil::Date;

use super::diagram::{Extent, Point};
use crate::table::{
    bits::{Bits, FactBits, Scope},
    conditions::{Mask, but, when},
    insurers::Insurers,
    period::Period,
    rules::Table,
    vocabulary::{AccidentPlace, Facts, When},
};
use payerline_domain::values::time::Day;

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

/// A part of the space: for each axis and each of its values whether it lies inside. Days inside are one stretch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region(Vec<Vec<bool>>);

impl Space {
    /// The space that tables can tell apart.
    pub fn new(tables: &[&Table]) -> Self {
        // The days at which conditions begin or cease to hold.
        let whens = tables.iter().flat_map(|table| table.conditions());
        let periods = whens.filter_map(|(_, when)| when.accident_date);
        let days = periods.flat_map(|period| [period.from, period.before]);
        let mut cuts: Vec<Day> = days.flatten().filter(|it| *it > first_day()).collect();
        cuts.sort_unstable();
        cuts.dedup();
        // Rules are tried before a payer is decided, so the payer is no axis: checks and billing
        // orders, which ask about it, are held against each payer in turn.
        let insurers = Insurers::collect(tables.iter().flat_map(|table| table.insurer_names()));
        let mut facts = Facts::vocabulary(&insurers);
        facts.retain(|fact| fact.scope != Scope::Decided);
        let order = usual_first(&facts, &cuts);
        Self {
            insurers,
            facts,
            cuts,
            order,
        }
    }

    /// The private insurers that can be told apart.
    pub fn insurers(&self) -> &Insurers {
        &self.insurers
    }

    /// The values of each axis in the order in which witnesses are sought: the usual one first.
    pub fn order(&self) -> &[Vec<usize>] {
        &self.order
    }

    fn stretches(&self) -> usize {
        self.cuts.len() + 1
    }

    /// All of it.
    pub fn everything(&self) -> Region {
        self.region(&When::default())
    }

    /// For each value of each axis that is asked for the part where it is the case.
    pub fn slices(&self, asked: impl Fn(usize, usize) -> bool) -> impl Iterator<Item = Region> {
        let everything = self.everything();
        let axes = self.order.iter().enumerate();
        let values = axes.flat_map(|(axis, values)| (0..values.len()).map(move |it| (axis, it)));
        let asked = values.filter(move |(axis, value)| asked(*axis, *value));
        asked.map(move |(axis, value)| everything.with(axis, |it, _| it == value))
    }

    /// The part in which conditions hold, whatever they ask about the payer. A condition on the accident's day
    /// holds only with an accident; without one the day means nothing.
    pub fn region(&self, when: &When) -> Region {
        let Mask {
            allowed,
            accident_date,
        } = when.compile(&self.insurers);
        let days = accident_date.map_or(0..self.stretches(), |it| self.stretches_of(it));
        let of_fact = |fact: &FactBits| fact.bits().map(|at| allowed.has(at)).collect();
        let mut axes: Vec<Vec<bool>> = self.facts.iter().map(of_fact).collect();
        axes.push((0..self.stretches()).map(|it| days.contains(&it)).collect());
        match accident_date {
            None => Region(axes),
            Some(_) => {
                let with_accident = when! { accident_place: but(&[AccidentPlace::None]) };
                Region(axes).and(&self.region(&with_accident))
            }
        }
    }

    /// True if the items of a claim may have different values along an axis.
    pub fn is_of_item(&self, axis: usize) -> bool {
        let fact = self.facts.get(axis);
        fact.is_some_and(|fact| fact.scope == Scope::Item)
    }

    /// True if conditions ask only for facts that all items of a claim share, and for the payer. The day of the accident
    /// is the claim's.
    pub fn asks_only_of_the_claim(&self, when: &When) -> bool {
        let Region(axes) = self.region(when);
        let mut facts = self.facts.iter().zip(axes);
        facts.all(|(fact, inside)| fact.scope != Scope::Item || !inside.contains(&false))
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
    pub fn conditions(&self, Region(axes): &Region) -> When {
        let of_facts = self.facts.iter().zip(axes);
        let values = of_facts.flat_map(|(fact, inside)| fact.bits().zip(inside));
        let outside = values.filter(|(_, inside)| !**inside);
        let allowed = outside.fold(Bits::ALL, |bits, (at, _)| bits.without(at));
        let days = axes.last().filter(|days| days.contains(&false));
        let accident_date = days.map(|days| {
            let is_inside = |it: &bool| *it;
            self.period(
                days.iter().position(is_inside).unwrap_or_default(),
                days.iter().rposition(is_inside).unwrap_or_default(),
            )
        });
        let mask = Mask {
            allowed,
            accident_date,
        };
        When::read(&mask, &self.insurers)
    }

    /// The days from a stretch to another one.
    fn period(&self, first: usize, last: usize) -> Period {
        let cut = |at: usize| self.cuts.get(at).copied();
        Period {
            from: first.checked_sub(1).and_then(cut),
            before: cut(last),
        }
    }

    /// One combination as a part of the space.
    pub fn only(&self, point: &Point) -> Region {
        let axes = self.order.iter().zip(point);
        let only = axes.map(|(values, value)| (0..values.len()).map(|it| it == *value).collect());
        Region(only.collect())
    }

    /// One combination as the facts of an item, with a day that stands for its stretch.
    pub fn facts(&self, point: &Point) -> Facts {
        let values = self.facts.iter().zip(point);
        let bits = values.filter_map(|(fact, value)| fact.bits().nth(*value));
        let facts = Facts::read(bits.fold(Bits::NONE, Bits::with));
        let day = point.last().and_then(|stretch| self.day(*stretch));
        let is_reported = facts.accident.accident_place != AccidentPlace::None;
        Facts {
            accident_date: day.filter(|_| is_reported),
            ..facts
        }
    }

    /// A day of a stretch: the usual one, or else its first, or the last before its end.
    fn day(&self, stretch: usize) -> Option<Day> {
        let period = self.period(stretch, stretch);
        let last = |before: Day| before.date().yesterday().ok().map(Day::from);
        let usual = Some(usual_accident_day()).filter(|day| period.contains(*day));
        usual
            .or(period.from)
            .or_else(|| period.before.and_then(last))
    }

    /// One more value along an axis, for each that a part has not: a part that reaches as far, and what
    /// is new in it. Days grow at both ends only, so that they stay one stretch.
    pub fn one_more(&self, region: &Region, axis: usize) -> Vec<(Region, Region)> {
        let days = self.facts.len();
        let inside = |value: usize| region.has(axis, value);
        let is_beside =
            |value: usize| inside(value + 1) || value.checked_sub(1).is_some_and(inside);
        let values = 0..self.order.get(axis).map_or(0, Vec::len);
        let new = values.filter(|it| !inside(*it) && (axis != days || is_beside(*it)));
        new.map(|new| {
            let wide = region.with(axis, |it, inside| inside || it == new);
            (wide, region.with(axis, |it, _| it == new))
        })
        .collect()
    }

    /// For each value along an axis that does not have all of them inside: a part without it, and what
    /// is taken away. Days are left as they are.
    pub fn one_less(&self, region: &Region, axis: usize) -> Vec<(Region, Region)> {
        let count = self.facts.get(axis).map_or(0, |fact| fact.count);
        let values: Vec<usize> = (0..count).filter(|it| region.has(axis, *it)).collect();
        if values.len() == count {
            return Vec::new();
        }
        let split = |taken| {
            let rest = region.with(axis, |it, inside| inside && it != taken);
            (rest, region.with(axis, |it, _| it == taken))
        };
        values.into_iter().map(split).collect()
    }
}

impl Region {
    /// True if it has no combination.
    pub fn is_empty(&self) -> bool {
        self.0.iter().any(|axis| !axis.contains(&true))
    }

    /// The intersection with another part.
    pub fn and(&self, other: &Self) -> Self {
        let both = |(one, other): (&Vec<bool>, &Vec<bool>)| {
            one.iter().zip(other).map(|(a, b)| *a && *b).collect()
        };
        Self(self.0.iter().zip(&other.0).map(both).collect())
    }

    /// The same part as diagrams take it.
    pub fn extent(&self) -> Extent {
        Extent::new(&self.0)
    }

    /// True if a value along an axis lies inside.
    pub fn has(&self, axis: usize, value: usize) -> bool {
        let axis = self.0.get(axis);
        axis.and_then(|values| values.get(value)) == Some(&true)
    }

    /// The same but for the values inside along an axis.
    fn with(&self, axis: usize, is_inside: impl Fn(usize, bool) -> bool) -> Self {
        let mut region = self.clone();
        let values = region.0.get_mut(axis).into_iter().flatten().enumerate();
        for (value, inside) in values {
            *inside = is_inside(value, *inside);
        }
        region
    }
}

fn usual_first(facts: &[FactBits], cuts: &[Day]) -> Vec<Vec<usize>> {
    let usual = Facts::USUAL.bits();
    let of_fact = |fact: &FactBits| (fact.count, fact.bits().position(|at| usual.has(at)));
    let usual_cuts = cuts.iter().filter(|cut| **cut <= usual_accident_day());
    let days = (cuts.len() + 1, Some(usual_cuts.count()));
    let axes = facts.iter().map(of_fact).chain([days]);
    axes.map(|(count, usual)| {
        let mut values: Vec<usize> = (0..count).collect();
        values.sort_by_key(|value| Some(*value) != usual);
        values
    })
    .collect()
}

/// The day of an accident when any will do.
fn usual_accident_day() -> Day {
    Day::from(Date::constant(2026, 5, 2))
}

/// The first day that can be written.
fn first_day() -> Day {
    Day::from(Date::constant(1, 1, 1))
}
