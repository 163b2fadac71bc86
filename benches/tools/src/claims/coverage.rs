//! The insurance of a patient: private plans for years, and the coverages of one claim.

use jiff::civil::Date;

use super::{
    accident::{Accident, Cause},
    random::Random,
    tables,
};

/// A plan that a patient has for years.
#[derive(Debug, Clone)]
pub struct PrivatePlan {
    insurer: &'static str,
    policy: u32,
    effective_date: Date,
    relationship: Option<&'static str>,
    covered_categories: Option<Vec<&'static str>>,
}

/// A coverage as a claim states it.
#[derive(Debug, Default)]
pub struct Coverage {
    pub kind: &'static str,
    pub insurer: Option<&'static str>,
    pub policy_number: Option<String>,
    pub claim_number: Option<String>,
    pub effective_date: Option<Date>,
    pub status: Option<&'static str>,
    pub minor_injury_guideline: Option<bool>,
    pub relationship: Option<&'static str>,
    pub covered_categories: Option<Vec<&'static str>>,
}

impl PrivatePlan {
    /// A patient's plans: none, one of their own or of a family member, or two.
    pub fn draw_all(random: &mut Random) -> Vec<Self> {
        let own = [
            (60, Some("self")),
            (15, None),
            (20, Some("spouse")),
            (5, Some("child")),
        ];
        let count = random.pick_weighted(&[(36, 0), (54, 1), (10, 2)]);
        (0..count)
            .map(|number| Self {
                insurer: random.pick(tables::PRIVATE_INSURERS),
                policy: random.within(100_000, 999_999),
                effective_date: jiff::civil::date(2016, 1, 1).saturating_add(random.days(0, 3_600)),
                relationship: match number {
                    0 => random.pick_weighted(&own),
                    _ => Some("spouse"),
                },
                covered_categories: draw_categories(random),
            })
            .collect()
    }

    fn draw_coverage(&self, random: &mut Random) -> Coverage {
        Coverage {
            kind: "private",
            insurer: Some(self.insurer),
            policy_number: Some(format!("POL-{}", self.policy)),
            effective_date: random.percent(60).then_some(self.effective_date),
            status: draw_status(random),
            relationship: self.relationship,
            covered_categories: self.covered_categories.clone(),
            ..Coverage::default()
        }
    }
}

/// The categories that a plan lists: unknown, none, or some.
fn draw_categories(random: &mut Random) -> Option<Vec<&'static str>> {
    match random.below(100) {
        0..40 => None,
        40..43 => Some(Vec::new()),
        _ => {
            let listed = tables::CATEGORIES.iter().enumerate();
            let listed =
                listed.filter(|(index, _)| random.percent(if *index < 2 { 85 } else { 35 }));
            Some(listed.map(|(_, category)| *category).collect())
        }
    }
}

fn draw_status(random: &mut Random) -> Option<&'static str> {
    random.pick_weighted(&[
        (60, None),
        (28, Some("active")),
        (5, Some("pending")),
        (4, Some("denied")),
        (3, Some("exhausted")),
    ])
}

/// The coverages that a claim states.
pub fn draw_coverages(
    plans: &[PrivatePlan],
    cause: Cause,
    accident: Option<&Accident>,
    random: &mut Random,
) -> Vec<Coverage> {
    let mut coverages: Vec<Coverage> = Vec::with_capacity(4);
    if let Some(accident) = accident {
        let by_auto = matches!(cause, Cause::Auto | Cause::AutoAtWork);
        let by_work = matches!(cause, Cause::Work | Cause::AutoAtWork);
        if by_auto && random.percent(93) {
            coverages.push(draw_auto(accident.date, random));
        }
        if by_work && random.percent(93) {
            coverages.push(draw_wsib(accident.date, random));
        }
    } else if random.percent(1) {
        // A clerk forgot to enter the accident.
        coverages.push(draw_wsib(jiff::civil::date(2022, 1, 1), random));
    }
    let plans_first = random.percent(50);
    for plan in plans {
        let index = if plans_first { 0 } else { coverages.len() };
        coverages.insert(index, plan.draw_coverage(random));
    }
    if random.percent(55) {
        coverages.push(Coverage {
            kind: "ohip",
            ..Coverage::default()
        });
    }
    coverages
}

fn draw_auto(accident: Date, random: &mut Random) -> Coverage {
    Coverage {
        kind: "auto",
        insurer: Some(random.pick(tables::AUTO_INSURERS)),
        policy_number: random
            .percent(90)
            .then(|| format!("AU-{}", random.within(1_000_000, 9_999_999))),
        claim_number: random
            .percent(88)
            .then(|| format!("CLM-{}", random.within(10_000_000, 99_999_999))),
        effective_date: draw_effective_date(accident, random),
        status: draw_status(random),
        minor_injury_guideline: random.pick_weighted(&[
            (55, None),
            (33, Some(true)),
            (12, Some(false)),
        ]),
        relationship: random.pick_weighted(&[(70, None), (20, Some("self")), (10, Some("spouse"))]),
        covered_categories: None,
    }
}

fn draw_wsib(accident: Date, random: &mut Random) -> Coverage {
    Coverage {
        kind: "wsib",
        insurer: random.percent(50).then_some("WSIB"),
        claim_number: match random.below(100) {
            0..84 => Some(random.within(20_000_000, 39_999_999).to_string()),
            84..87 => Some(format!("W{}", random.within(1_000, 9_999))),
            _ => None,
        },
        effective_date: draw_effective_date(accident, random),
        status: draw_status(random),
        ..Coverage::default()
    }
}

/// Most insurances are older than the accident; a few begin after it and do not cover it.
fn draw_effective_date(accident: Date, random: &mut Random) -> Option<Date> {
    match random.below(100) {
        0..50 => None,
        50..98 => Some(accident.saturating_sub(random.days(1, 900))),
        _ => Some(accident.saturating_add(random.days(1, 60))),
    }
}
