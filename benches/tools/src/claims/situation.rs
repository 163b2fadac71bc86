//! Why a patient comes, and who insures that: the accident, if there was one, and the coverages.

use jiff::civil::Date;

use super::{people::Patient, random::Random, tables};

/// What a treatment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cause {
    /// No accident.
    #[default]
    Illness,
    /// A car accident.
    Auto,
    /// A work injury.
    Work,
    /// A car accident at work.
    AutoAtWork,
    /// Another accident, as in sports.
    Other,
}

/// How often each is.
const CAUSES: &[(u32, Cause)] = &[
    (48, Cause::Illness),
    (24, Cause::Auto),
    (16, Cause::Work),
    (3, Cause::AutoAtWork),
    (9, Cause::Other),
];

/// An accident.
#[derive(Debug)]
pub struct Accident {
    /// Its cause.
    pub cause: &'static str,
    /// Its day.
    pub date: Date,
    /// Where it happened; left out, in Ontario.
    pub province: Option<&'static str>,
    /// What a worker elected.
    pub election: Option<&'static str>,
}

/// A private plan, as a patient has it for years.
#[derive(Debug, Clone)]
pub struct Plan {
    insurer: &'static str,
    policy: u32,
    since: Date,
    relationship: Option<&'static str>,
    listed: Option<Vec<&'static str>>,
}

/// A coverage as a claim gives it.
#[derive(Debug, Default)]
pub struct Coverage {
    /// Its kind.
    pub kind: &'static str,
    /// The insurer.
    pub insurer: Option<&'static str>,
    /// The policy.
    pub policy_number: Option<String>,
    /// The insurer's number of the accident.
    pub claim_number: Option<String>,
    /// Its first day.
    pub effective_date: Option<Date>,
    /// Where it stands; left out, active.
    pub status: Option<&'static str>,
    /// Under the Minor Injury Guideline; left out, not.
    pub minor_injury: Option<bool>,
    /// Whose it is.
    pub relationship: Option<&'static str>,
    /// What it lists.
    pub listed: Option<Vec<&'static str>>,
}

impl Cause {
    /// One at random.
    pub fn any(random: &mut Random) -> Self {
        random.weigh(CAUSES)
    }
}

impl Accident {
    /// The accident that led to a treatment which began on a day.
    pub fn before(begun: Date, cause: Cause, random: &mut Random) -> Option<Self> {
        let cause = match cause {
            Cause::Illness => return None,
            Cause::Auto => "auto",
            Cause::Work => "work",
            Cause::AutoAtWork => "auto_at_work",
            Cause::Other => "other",
        };
        let election = [
            (5, None),
            (2, Some("none")),
            (2, Some("benefits")),
            (3, Some("sue")),
        ];
        Some(Self {
            cause,
            date: begun.saturating_sub(random.days(0, 240)),
            province: random.weigh(&[
                (60, Some("ON")),
                (30, None),
                (4, Some("QC")),
                (2, Some("MB")),
                (4, Some("XX")),
            ]),
            election: if cause == "auto_at_work" {
                random.weigh(&election)
            } else {
                None
            },
        })
    }
}

impl Plan {
    /// The plans of a patient: none, an own or a family member's one, or two.
    pub fn some(random: &mut Random) -> Vec<Self> {
        let own = [
            (60, Some("self")),
            (15, None),
            (20, Some("spouse")),
            (5, Some("child")),
        ];
        let count = random.weigh(&[(36, 0), (54, 1), (10, 2)]);
        (0..count)
            .map(|number| Self {
                insurer: random.pick(tables::PRIVATE_INSURERS),
                policy: random.within(100_000, 999_999),
                since: jiff::civil::date(2016, 1, 1).saturating_add(random.days(0, 3_600)),
                relationship: match number {
                    0 => random.weigh(&own),
                    _ => Some("spouse"),
                },
                listed: listed(random),
            })
            .collect()
    }

    fn coverage(&self, random: &mut Random) -> Coverage {
        Coverage {
            kind: "private",
            insurer: Some(self.insurer),
            policy_number: Some(format!("POL-{}", self.policy)),
            effective_date: random.percent(60).then_some(self.since),
            status: status(random),
            relationship: self.relationship,
            listed: self.listed.clone(),
            ..Coverage::default()
        }
    }
}

/// What a plan lists: it does not say, nothing, or some categories.
fn listed(random: &mut Random) -> Option<Vec<&'static str>> {
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

fn status(random: &mut Random) -> Option<&'static str> {
    random.weigh(&[
        (60, None),
        (28, Some("active")),
        (5, Some("pending")),
        (4, Some("denied")),
        (3, Some("exhausted")),
    ])
}

/// The coverages that a claim gives.
pub fn coverages(
    patient: &Patient,
    cause: Cause,
    accident: Option<&Accident>,
    random: &mut Random,
) -> Vec<Coverage> {
    let mut coverages: Vec<Coverage> = Vec::with_capacity(4);
    if let Some(accident) = accident {
        let by_auto = matches!(cause, Cause::Auto | Cause::AutoAtWork);
        let by_work = matches!(cause, Cause::Work | Cause::AutoAtWork);
        if by_auto && random.percent(93) {
            coverages.push(auto(accident.date, random));
        }
        if by_work && random.percent(93) {
            coverages.push(wsib(accident.date, random));
        }
    } else if random.percent(1) {
        // A clerk forgot the accident.
        coverages.push(wsib(jiff::civil::date(2022, 1, 1), random));
    }
    let first = random.percent(50);
    for plan in &patient.plans {
        let place = if first { 0 } else { coverages.len() };
        coverages.insert(place, plan.coverage(random));
    }
    if random.percent(55) {
        coverages.push(Coverage {
            kind: "ohip",
            ..Coverage::default()
        });
    }
    coverages
}

fn auto(accident: Date, random: &mut Random) -> Coverage {
    Coverage {
        kind: "auto",
        insurer: Some(random.pick(tables::AUTO_INSURERS)),
        policy_number: random
            .percent(90)
            .then(|| format!("AU-{}", random.within(1_000_000, 9_999_999))),
        claim_number: random
            .percent(88)
            .then(|| format!("CLM-{}", random.within(10_000_000, 99_999_999))),
        effective_date: effective(accident, random),
        status: status(random),
        minor_injury: random.weigh(&[(55, None), (33, Some(true)), (12, Some(false))]),
        relationship: random.weigh(&[(70, None), (20, Some("self")), (10, Some("spouse"))]),
        listed: None,
    }
}

fn wsib(accident: Date, random: &mut Random) -> Coverage {
    Coverage {
        kind: "wsib",
        insurer: random.percent(50).then_some("WSIB"),
        claim_number: match random.below(100) {
            0..84 => Some(random.within(20_000_000, 39_999_999).to_string()),
            84..87 => Some(format!("W{}", random.within(1_000, 9_999))),
            _ => None,
        },
        effective_date: effective(accident, random),
        status: status(random),
        ..Coverage::default()
    }
}

/// Most insurances are older than the accident; a few begin after it, which is no good.
fn effective(accident: Date, random: &mut Random) -> Option<Date> {
    match random.below(100) {
        0..50 => None,
        50..98 => Some(accident.saturating_sub(random.days(1, 900))),
        _ => Some(accident.saturating_add(random.days(1, 60))),
    }
}
