//! Why a patient comes: the accident, if there was one.

use jiff::civil::Date;

use super::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cause {
    #[default]
    Illness,
    Auto,
    Work,
    AutoAtWork,
    /// Another accident, as in sports.
    Other,
}

/// The causes and their weights.
const CAUSES: &[(u32, Cause)] = &[
    (48, Cause::Illness),
    (24, Cause::Auto),
    (16, Cause::Work),
    (3, Cause::AutoAtWork),
    (9, Cause::Other),
];

#[derive(Debug)]
pub struct Accident {
    pub cause: &'static str,
    pub date: Date,
    pub province: Option<&'static str>,
    pub wsia_election: Option<&'static str>,
}

impl Cause {
    pub fn draw(random: &mut Random) -> Self {
        random.pick_weighted(CAUSES)
    }
}

impl Accident {
    /// An accident before the first day of a treatment.
    pub fn draw(first_day: Date, cause: Cause, random: &mut Random) -> Option<Self> {
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
            date: first_day.saturating_sub(random.days(0, 240)),
            province: random.pick_weighted(&[
                (60, Some("ON")),
                (30, None),
                (4, Some("QC")),
                (2, Some("MB")),
                (4, Some("XX")),
            ]),
            wsia_election: if cause == "auto_at_work" {
                random.pick_weighted(&election)
            } else {
                None
            },
        })
    }
}
