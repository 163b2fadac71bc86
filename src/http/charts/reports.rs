//! What the chart of each report shows.

use std::collections::BTreeMap;

use payerline_domain::{
    claims::{payer::Payer, payers_due::BilledParty},
    preauthorizations::{PreauthorizationKind, PreauthorizationStatus},
    reports::{
        ageing::{AgeBand, AgeingReport},
        approvals::{ApprovalsReport, ApprovalsRow},
        denials::{DenialsReport, DenialsRow},
        outcomes::{OutcomeMoment, OutcomesReport, OutcomesRow},
        payer_mix::PayerMixReport,
        period::ReportPeriod,
        turnaround::{TurnaroundReport, TurnaroundRow, TurnaroundSpan},
    },
    values::closed_enum::ClosedEnum,
};

use super::chart::{Chart, Panel, Series};

/// Reasons that have bars of their own.
const MAX_REASONS: usize = 12;

/// A report that has a chart.
pub trait Charted {
    fn chart(&self) -> Chart;
}

fn describe(period: ReportPeriod) -> String {
    format!("{} to {}", period.from, period.to)
}

fn say_nothing(period: ReportPeriod, is_empty: bool) -> Option<String> {
    is_empty.then(|| format!("Nothing to show from {} to {}", period.from, period.to))
}

/// A count as the height of a bar. Beyond four billion the bar ends.
fn height<N>(count: N) -> f64
where
    u32: TryFrom<N>,
{
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn dollars(cents: i64) -> f64 {
    let cents = cents.max(0);
    height(cents / 100)
}

fn series(name: &'static str, values: impl Iterator<Item = f64>) -> Series {
    let values = values.map(Some).collect();
    Series { name, values }
}

impl Charted for PayerMixReport {
    fn chart(&self) -> Chart {
        let name = |payer| match payer {
            Payer::Private => "Private plans",
            Payer::Mva => "Auto insurers",
            Payer::Wsib => "WSIB",
            Payer::Uncovered => "Uncovered",
        };
        let of_payer = |payer: Payer| {
            let claims: BTreeMap<_, _> = self
                .data
                .iter()
                .filter(|row| row.payer == payer)
                .map(|row| (row.month, row.claims))
                .collect();
            let count = |month| claims.get(&month).copied().unwrap_or(0);
            let months = self.period.months();
            series(name(payer), months.map(|month| height(count(month))))
        };
        Chart {
            title: "Claims by month and payer",
            subtitle: format!("Received {}", describe(self.period)),
            panels: vec![Panel {
                x_label: "Month of receipt",
                y_label: "Claims",
                groups: self.period.months().map(|it| it.to_string()).collect(),
                series: Payer::ALL.iter().copied().map(of_payer).collect(),
                is_stacked: true,
                scale_end: None,
            }],
            nothing: say_nothing(self.period, self.data.is_empty()),
        }
    }
}

impl Charted for AgeingReport {
    fn chart(&self) -> Chart {
        let name = |payer| match payer {
            BilledParty::Wsib => "WSIB",
            BilledParty::Mva => "Auto insurers",
            BilledParty::Private => "Private plans",
            BilledParty::Patient => "Patients",
            BilledParty::ThirdParty => "Third parties",
            BilledParty::Ministry => "Ministry of Health",
        };
        let band = |age| match age {
            AgeBand::UpTo30 => "0–30 days",
            AgeBand::UpTo60 => "31–60 days",
            AgeBand::UpTo90 => "61–90 days",
            AgeBand::Over90 => "over 90 days",
        };
        let of_payer = |payer: BilledParty| {
            let cents = |age: &AgeBand| {
                let rows = self.data.iter();
                let mut of_age = rows.filter(|row| row.payer == payer && row.age_days == *age);
                of_age.next().map_or(0, |row| row.outstanding_cents)
            };
            let ages = AgeBand::ALL.iter();
            series(name(payer), ages.map(|age| dollars(cents(age))))
        };
        Chart {
            title: "What is outstanding, by age",
            subtitle: format!(
                "Claims received {}; age on {} since they were last sent",
                describe(self.period),
                self.as_of
            ),
            panels: vec![Panel {
                x_label: "Days since the claim was sent",
                y_label: "Outstanding dollars",
                groups: AgeBand::ALL.iter().map(|it| band(*it).to_owned()).collect(),
                series: BilledParty::ALL.iter().copied().map(of_payer).collect(),
                is_stacked: true,
                scale_end: None,
            }],
            nothing: say_nothing(self.period, self.data.is_empty()),
        }
    }
}

impl Charted for TurnaroundReport {
    fn chart(&self) -> Chart {
        let name = |span| match span {
            TurnaroundSpan::ReceivedToDecided => "received → decided",
            TurnaroundSpan::DecidedToSent => "decided → sent",
            TurnaroundSpan::SentToAnswered => "sent → answered",
            TurnaroundSpan::AnsweredToPaid => "answered → paid",
            TurnaroundSpan::ReceivedToPaid => "received → paid",
        };
        let days = |name, find: fn(&TurnaroundRow) -> Option<u32>| Series {
            name,
            values: self
                .data
                .iter()
                .map(|row| find(row).map(f64::from))
                .collect(),
        };
        let is_empty = self.data.iter().all(|row| row.claims == 0);
        Chart {
            title: "How long claims take",
            subtitle: format!("Claims received {}", describe(self.period)),
            panels: vec![Panel {
                x_label: "From one step to the next",
                y_label: "Days",
                groups: self
                    .data
                    .iter()
                    .map(|it| name(it.span).to_owned())
                    .collect(),
                series: vec![
                    days("Median", |row| row.median_days),
                    days("90th percentile", |row| row.p90_days),
                ],
                is_stacked: false,
                scale_end: None,
            }],
            nothing: say_nothing(self.period, is_empty),
        }
    }
}

impl Charted for ApprovalsReport {
    fn chart(&self) -> Chart {
        let name = |kind| match kind {
            PreauthorizationKind::Ocf18 => "OCF-18",
            PreauthorizationKind::Ocf23 => "OCF-23",
            PreauthorizationKind::WsibApproval => "WSIB approval",
            PreauthorizationKind::Predetermination => "Predetermination",
        };
        let counts = |row: &&ApprovalsRow| {
            let status = row.status;
            status == PreauthorizationStatus::Approved
                || status == PreauthorizationStatus::Confirmed
        };
        let kinds = PreauthorizationKind::ALL;
        let amounts = |name, find: fn(&ApprovalsRow) -> i64| {
            let of_kind = |kind: &PreauthorizationKind| {
                let rows = self.data.iter().filter(counts);
                rows.filter(|row| row.kind == *kind).map(find).sum()
            };
            series(name, kinds.iter().map(|kind| dollars(of_kind(kind))))
        };
        Chart {
            title: "What is approved, by kind",
            subtitle: format!(
                "Approved or confirmed approvals entered {}",
                describe(self.period)
            ),
            panels: vec![Panel {
                x_label: "Kind of approval",
                y_label: "Approved dollars",
                groups: kinds.iter().map(|it| name(*it).to_owned()).collect(),
                series: vec![
                    amounts("Consumed", |row| row.consumed_cents),
                    amounts("Reserved", |row| row.reserved_cents),
                    amounts("Left", |row| row.left_cents),
                ],
                is_stacked: true,
                scale_end: None,
            }],
            nothing: say_nothing(self.period, !self.data.iter().any(|row| counts(&row))),
        }
    }
}

impl Charted for DenialsReport {
    fn chart(&self) -> Chart {
        let name = |row: &DenialsRow| match &row.reason_code {
            Some(code) => code.clone(),
            None => "no reason".to_owned(),
        };
        let (shown, others) = self
            .data
            .split_at_checked(MAX_REASONS)
            .unwrap_or((&self.data, &[]));
        let mut groups: Vec<String> = shown.iter().map(name).collect();
        let mut cents: Vec<i64> = shown.iter().map(|row| row.denied_cents).collect();
        if !others.is_empty() {
            groups.push(format!("{} others", others.len()));
            cents.push(others.iter().map(|row| row.denied_cents).sum());
        }
        Chart {
            title: "What payers refused, by reason",
            subtitle: format!(
                "Claims received {}; an item counts for each of its reasons",
                describe(self.period)
            ),
            panels: vec![Panel {
                x_label: "The payer's code of the reason",
                y_label: "Refused dollars",
                groups,
                series: vec![series("Refused", cents.into_iter().map(dollars))],
                is_stacked: false,
                scale_end: None,
            }],
            nothing: say_nothing(self.period, self.data.is_empty()),
        }
    }
}

impl Charted for OutcomesReport {
    fn chart(&self) -> Chart {
        let name = |row: &OutcomesRow| {
            let moment = match row.moment {
                OutcomeMoment::Baseline => "under 6 weeks",
                OutcomeMoment::SixWeeks => "6 weeks",
                OutcomeMoment::ThreeMonths => "3 months",
                OutcomeMoment::SixMonths => "6 months",
            };
            format!("{moment} ({})", row.patients)
        };
        let panel = |y_label, scale_end, mean: Measure, median: Measure| Panel {
            x_label: "Time since the first service (patients)",
            y_label,
            groups: self.data.iter().map(name).collect(),
            series: vec![
                Series {
                    name: "Mean",
                    values: self.data.iter().map(mean).collect(),
                },
                Series {
                    name: "Median",
                    values: self.data.iter().map(median).collect(),
                },
            ],
            is_stacked: false,
            scale_end: Some(scale_end),
        };
        let is_empty = self.data.iter().all(|row| row.patients == 0);
        Chart {
            title: "How patients fare",
            subtitle: format!(
                "After services of claims received {}",
                describe(self.period)
            ),
            panels: vec![
                panel(
                    "Pain (0–10, 10 is worst)",
                    11.0,
                    |row| row.mean_pain,
                    |row| row.median_pain.map(f64::from),
                ),
                panel(
                    "Function (0–100, 100 is best)",
                    110.0,
                    |row| row.mean_function,
                    |row| row.median_function.map(f64::from),
                ),
            ],
            nothing: say_nothing(self.period, is_empty),
        }
    }
}

type Measure = fn(&OutcomesRow) -> Option<f64>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::charts::drawing::draw;
    use payerline_domain::{
        reports::{denials::DenialSums, outcomes::OutcomeSums, payer_mix::PayerMixSum},
        values::time::Day,
    };

    fn period() -> ReportPeriod {
        let day = |text| Day::parse(text).unwrap();
        ReportPeriod {
            from: day("2026-01-01"),
            to: day("2026-06-30"),
        }
    }

    /// The charts where there is nothing to show.
    fn empty_charts() -> Vec<Chart> {
        let (period, today) = (period(), period().to);
        vec![
            PayerMixReport::new(period, &[]).chart(),
            AgeingReport::new(period, today, &[]).chart(),
            TurnaroundReport::new(period, &[]).chart(),
            ApprovalsReport::new(period, today, Vec::new()).chart(),
            DenialSums::default().finish(period).chart(),
            OutcomeSums::default().finish(period).chart(),
        ]
    }

    #[test]
    fn where_there_is_nothing_the_chart_says_so() {
        for chart in empty_charts() {
            let svg = draw(&chart).unwrap();
            let begin = format!(
                "<svg role=\"img\" width=\"960\" height=\"{}\"",
                match chart.panels.len() {
                    1 => 476,
                    _ => 856,
                }
            );
            assert!(svg.starts_with(&begin), "{svg}");
            assert!(svg.contains(&format!("<title>{}, ", chart.title)), "{svg}");
            assert!(
                svg.contains("Nothing to show from 2026-01-01 to 2026-06-30"),
                "{svg}"
            );
            assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
        }
    }

    #[test]
    fn each_month_has_its_payers_on_each_other() {
        let sum = |day, payer, claims| PayerMixSum {
            received_on: Day::parse(day).unwrap(),
            payer,
            claims,
            billed_cents: 0,
            paid_cents: 0,
        };
        let sums = [
            sum("2026-02-03", Payer::Mva, 3),
            sum("2026-02-04", Payer::Wsib, 4),
        ];
        let chart = PayerMixReport::new(period(), &sums).chart();
        let [panel] = chart.panels.as_slice() else {
            panic!("one panel");
        };
        assert_eq!(panel.groups.len(), 6);
        let total: f64 = panel
            .series
            .iter()
            .flat_map(|it| &it.values)
            .flatten()
            .sum();
        assert_eq!(total, 7.0);
        let svg = draw(&chart).unwrap();
        assert!(!svg.contains("Nothing to show"), "{svg}");
        assert!(svg.contains("2026-02"), "{svg}");
    }
}
