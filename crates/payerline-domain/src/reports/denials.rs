//! What payers refused, by their reasons.

use std::collections::{BTreeMap, btree_map::Entry};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Tabular, period::ReportPeriod};
use crate::claims::remittances::remittance::{BookedItem, Remittance, standing};

/// What was refused of a claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDenials {
    pub items: i64,
    pub cents: i64,
    pub reasons: Vec<ReasonShare>,
}

/// What was refused of a claim for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonShare {
    /// The payer's code; `None` where it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    pub items: i64,
    pub cents: i64,
}

/// The cents that were refused of each item.
type RefusedItems = BTreeMap<u16, i64>;

impl ClaimDenials {
    /// Collects what payers refused, apart from what they took back. Of an item that is refused twice the later refusal
    /// counts.
    pub fn of(remittances: &[Remittance]) -> Self {
        let mut items = RefusedItems::new();
        let mut reasons: BTreeMap<Option<&str>, RefusedItems> = BTreeMap::new();
        let refused = standing(remittances).flat_map(|it| &it.items);
        for entry in refused.filter(|it| it.denied_cents > 0) {
            items.insert(entry.sequence, entry.denied_cents);
            for code in list_codes(entry) {
                let of_code = reasons.entry(code).or_default();
                of_code.insert(entry.sequence, entry.denied_cents);
            }
        }
        let share = |(code, refused): (Option<&str>, RefusedItems)| {
            let (items, cents) = add_up(&refused);
            let code = code.map(str::to_owned);
            ReasonShare { code, items, cents }
        };
        let (count, cents) = add_up(&items);
        Self {
            items: count,
            cents,
            reasons: reasons.into_iter().map(share).collect(),
        }
    }

    /// Whether nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }
}

/// Lists the reasons of a refusal; one that is not known, if the payer gave none.
fn list_codes(entry: &BookedItem) -> Vec<Option<&str>> {
    match entry.reason_codes.is_empty() {
        true => vec![None],
        false => entry
            .reason_codes
            .iter()
            .map(|it| Some(it.as_str()))
            .collect(),
    }
}

fn add_up(items: &RefusedItems) -> (i64, i64) {
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    (count, items.values().sum())
}

/// What payers refused of the claims of a period, by the codes of their reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DenialsReport {
    #[serde(flatten)]
    pub period: ReportPeriod,
    /// A row for each reason, the greatest amount first. An item with several reasons counts for each.
    pub data: Vec<DenialsRow>,
    /// What was refused in all; each item counts once.
    pub totals: DenialsTotals,
}

/// What was refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DenialsRow {
    /// The payer's code of the reason; null where the payer gave none.
    #[schema(required = true, example = "45")]
    pub reason_code: Option<String>,
    /// How many claims.
    #[schema(minimum = 0, example = 18)]
    pub claims: i64,
    /// How many of their items.
    #[schema(minimum = 0, example = 23)]
    pub items: i64,
    /// What was refused of these items, in Canadian cents.
    #[schema(minimum = 0, example = 318000)]
    pub denied_cents: i64,
}

/// What was refused in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DenialsTotals {
    /// How many claims.
    #[schema(minimum = 0, example = 64)]
    pub claims: i64,
    /// How many of their items.
    #[schema(minimum = 0, example = 81)]
    pub items: i64,
    /// What was refused of these items, in Canadian cents.
    #[schema(minimum = 0, example = 1240000)]
    pub denied_cents: i64,
}

impl DenialsTotals {
    fn add(&mut self, items: i64, cents: i64) {
        self.claims += 1;
        self.items += items;
        self.denied_cents += cents;
    }
}

/// Adds claims up, one after the other.
#[derive(Debug, Default)]
pub struct DenialSums {
    reasons: BTreeMap<Option<String>, DenialsTotals>,
    totals: DenialsTotals,
}

impl DenialSums {
    /// Adds what was refused of a claim.
    pub fn add(&mut self, claim: ClaimDenials) {
        self.totals.add(claim.items, claim.cents);
        for share in claim.reasons {
            let sum = match self.reasons.entry(share.code) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(DenialsTotals::default()),
            };
            sum.add(share.items, share.cents);
        }
    }

    /// Makes the report, the greatest amount first.
    pub fn finish(self, period: ReportPeriod) -> DenialsReport {
        let row = |(reason_code, sum): (Option<String>, DenialsTotals)| DenialsRow {
            reason_code,
            claims: sum.claims,
            items: sum.items,
            denied_cents: sum.denied_cents,
        };
        let mut data: Vec<DenialsRow> = self.reasons.into_iter().map(row).collect();
        // Reasons of one amount stay in the order of their codes.
        data.sort_by_key(|it| -it.denied_cents);
        DenialsReport {
            period,
            data,
            totals: self.totals,
        }
    }
}

impl Tabular for DenialsReport {
    type Row = DenialsRow;

    const FIELDS: &'static [&'static str] = &["reason_code", "claims", "items", "denied_cents"];

    fn period(&self) -> ReportPeriod {
        self.period
    }

    fn rows(&self) -> &[DenialsRow] {
        &self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        claims::payers_due::BilledParty,
        values::time::{Day, Timestamp},
    };

    fn remittance(number: &str, items: Vec<(u16, i64, &[&str])>) -> Remittance {
        let item = |(sequence, denied_cents, codes): (u16, i64, &[&str])| BookedItem {
            sequence,
            denied_cents,
            reason_codes: codes.iter().map(|it| (*it).to_owned()).collect(),
            ..BookedItem::default()
        };
        Remittance {
            number: number.to_owned(),
            payer: BilledParty::Private,
            coverage: None,
            paid_on: None,
            items: items.into_iter().map(item).collect(),
            reverses: None,
            received_at: Timestamp::EPOCH,
            received_by: uuid::Uuid::nil().into(),
        }
    }

    #[test]
    fn an_item_counts_for_each_of_its_reasons_and_once_in_all() {
        let refused = remittance(
            "1",
            vec![(1, 500, &["45", "96"]), (2, 300, &["45"]), (3, 0, &["1"])],
        );
        let unexplained = remittance("2", vec![(4, 200, &[])]);
        let denials = ClaimDenials::of(&[refused, unexplained]);
        assert_eq!((denials.items, denials.cents), (3, 1000));
        let mut sums = DenialSums::default();
        sums.add(denials.clone());
        sums.add(denials);
        let day = Day::parse("2026-06-01").unwrap();
        let report = sums.finish(ReportPeriod { from: day, to: day });
        let rows: Vec<_> = report
            .data
            .iter()
            .map(|it| {
                (
                    it.reason_code.as_deref(),
                    it.claims,
                    it.items,
                    it.denied_cents,
                )
            })
            .collect();
        let expected = [
            (Some("45"), 2, 4, 1600),
            (Some("96"), 2, 2, 1000),
            (None, 2, 2, 400),
        ];
        assert_eq!(rows, expected);
        let totals = DenialsTotals {
            claims: 2,
            items: 6,
            denied_cents: 2000,
        };
        assert_eq!(report.totals, totals);
    }

    #[test]
    fn the_later_refusal_counts_and_what_is_taken_back_does_not() {
        let first = remittance("1", vec![(1, 500, &["45"])]);
        let second = remittance("2", vec![(1, 200, &["45"])]);
        let both = ClaimDenials::of(&[first.clone(), second]);
        assert_eq!((both.items, both.cents), (1, 200));
        let mut taken_back = remittance("3", vec![]);
        taken_back.reverses = Some("1".to_owned());
        assert!(ClaimDenials::of(&[first, taken_back]).is_empty());
    }

    #[test]
    fn it_is_read_back_as_it_was_stored() {
        let denials = ClaimDenials::of(&[remittance("1", vec![(1, 5, &["45"]), (2, 7, &[])])]);
        let stored = serde_json::to_string(&denials).unwrap();
        assert_eq!(
            stored,
            r#"{"items":2,"cents":12,"reasons":[{"items":1,"cents":7},{"code":"45","items":1,"cents":5}]}"#
        );
        assert_eq!(
            serde_json::from_str::<ClaimDenials>(&stored).unwrap(),
            denials
        );
    }
}
