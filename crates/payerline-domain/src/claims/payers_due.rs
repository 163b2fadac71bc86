//! Who is billed for a claim, in turn: the insurances, or whoever pays where no insurer does.

use serde::{Deserialize, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema, schema::ArrayBuilder},
};

use super::{
    billing::BillingOrder,
    payer::{Disposition, Payer},
};
use crate::values::closed_enum::string_enum;

string_enum! {
    /// Who is sent a claim.
    BilledParty {
        /// Workers' insurance.
        Wsib = "wsib",
        /// The auto insurer.
        Mva = "mva",
        /// A private plan or a federal programme.
        Private = "private",
        /// The patient.
        Patient = "patient",
        /// Who asked for the service and agreed to pay it.
        ThirdParty = "third_party",
        /// The Ministry of Health, for what OHIP insures.
        Ministry = "ministry",
    }
}

impl BilledParty {
    /// Whether it is no insurer, and pays what no insurer pays.
    pub fn is_last_resort(self) -> bool {
        matches!(self, Self::Patient | Self::ThirdParty)
    }

    /// The insurer of that payer; `None` for what no insurer pays.
    pub fn of(payer: Payer) -> Option<Self> {
        match payer {
            Payer::Wsib => Some(Self::Wsib),
            Payer::Mva => Some(Self::Mva),
            Payer::Private => Some(Self::Private),
            Payer::Uncovered => None,
        }
    }
}

/// Somebody who is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PayerDue {
    pub payer: BilledParty,
    /// The index in `coverages` (from 0) of the insurance; left out where it is none of the claim's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    pub coverage: Option<usize>,
}

/// Who is billed for the items of a claim, in turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayersDue {
    /// Each way in which some items are billed, that of the claim's payer first.
    ways: Vec<BilledItems>,
}

/// Items that are billed alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct BilledItems {
    /// The numbers of the items, from 1.
    items: Vec<u16>,
    /// At least one.
    payers: Vec<PayerDue>,
}

/// Who is to pay some items of a claim now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwaitedPayer<'d> {
    pub payer: PayerDue,
    /// The numbers of the items, from 1.
    pub items: &'d [u16],
}

impl PayerDue {
    /// Whether both are the same insurance, as far as it is known which insurances they are.
    pub fn is_same(self, other: Self) -> bool {
        let is_known = self.coverage.is_some() && other.coverage.is_some();
        self.payer == other.payer && (!is_known || self.coverage == other.coverage)
    }
}

impl PayersDue {
    /// Adds an item and those who are billed for it; an item for which nobody is billed is left out.
    pub fn add(&mut self, sequence: u16, payers: &[PayerDue]) {
        if payers.is_empty() {
            return;
        }
        match self.ways.iter_mut().find(|it| it.payers == payers) {
            Some(known) => known.items.push(sequence),
            None => self.ways.push(BilledItems {
                items: vec![sequence],
                payers: payers.to_vec(),
            }),
        }
    }

    /// What the words of a claim with so many items say. They name no insurance.
    pub fn from_claim(order: BillingOrder, decided: (Payer, Disposition), items: u16) -> Self {
        let payers = if decided == (Payer::Uncovered, Disposition::Ready) {
            let (payer, coverage) = (BilledParty::Patient, None);
            vec![PayerDue { payer, coverage }]
        } else {
            order_words(order).collect()
        };
        let mut due = Self::default();
        (1..=items).for_each(|sequence| due.add(sequence, &payers));
        due
    }

    /// Reads the stored form.
    pub fn from_stored(json: &str) -> serde_json::Result<Self> {
        let ways = serde_json::from_str(json)?;
        Ok(Self { ways })
    }

    /// The form that is stored: which items are billed to whom.
    pub fn to_stored(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.ways)
    }

    /// Each item with those who are billed for it in turn, those of the claim's payer first.
    pub fn by_item(&self) -> impl Iterator<Item = (u16, &[PayerDue])> {
        let ways = self.ways.iter();
        ways.flat_map(|way| way.items.iter().map(|item| (*item, &*way.payers)))
    }

    /// Whether each item is billed in one way at most, and is one of so many.
    pub fn has_items_of(&self, count: usize) -> bool {
        let mut items: Vec<u16> = self.ways.iter().flat_map(|it| &it.items).copied().collect();
        items.sort_unstable();
        let is_once = items.is_sorted_by(|one, next| one < next);
        is_once
            && items
                .iter()
                .all(|it| (1..=count).contains(&usize::from(*it)))
    }

    /// Everybody who is billed, each once.
    pub fn in_turn(&self) -> Vec<PayerDue> {
        let mut all: Vec<PayerDue> = Vec::new();
        for due in self.ways.iter().flat_map(|it| &it.payers) {
            if !all.contains(due) {
                all.push(*due);
            }
        }
        all
    }

    /// Those whose turn it is, after some were sent the claim: of each list the first who was not.
    pub fn due_after(&self, sent: &[PayerDue]) -> Vec<PayerDue> {
        let mut due: Vec<PayerDue> = Vec::new();
        for BilledItems { payers, .. } in &self.ways {
            let next = payers.iter().find(|it| !sent.contains(it));
            due.extend(next.filter(|it| !due.contains(it)));
        }
        due
    }

    /// Who is to pay which items, after some were sent the claim: whoever was sent it last, until the payer has answered,
    /// and else whose turn it is. A claim is sent to nobody before the one before has answered.
    pub fn awaited(&self, sent: &[PayerDue], has_answered: bool) -> Vec<AwaitedPayer<'_>> {
        let awaited = self
            .ways
            .iter()
            .filter_map(|BilledItems { items, payers }| {
                let last = sent.last().filter(|it| payers.contains(it));
                let last = last.filter(|_| !has_answered);
                let next = || payers.iter().find(|it| !sent.contains(it));
                let payer = *last.or_else(next)?;
                Some(AwaitedPayer { payer, items })
            });
        awaited.collect()
    }
}

/// The payers of a billing order, in turn; no insurance is known of each.
pub fn order_words(order: BillingOrder) -> impl Iterator<Item = PayerDue> {
    let payers = order.payers().iter().copied().filter_map(BilledParty::of);
    payers.map(|payer| {
        let coverage = None;
        PayerDue { payer, coverage }
    })
}

impl Serialize for PayersDue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.in_turn().serialize(serializer)
    }
}

impl PartialSchema for PayersDue {
    fn schema() -> RefOr<Schema> {
        let about = "Who is billed, in turn: `billing_order` with each insurance by itself. What one of them leaves goes to \
                     the next. Where no insurer pays, whoever does.";
        ArrayBuilder::new()
            .items(utoipa::openapi::Ref::from_schema_name("PayerDue"))
            .description(Some(about))
            .into()
    }
}

impl ToSchema for PayersDue {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((PayerDue::name().into_owned(), PayerDue::schema()));
        PayerDue::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTO: PayerDue = PayerDue {
        payer: BilledParty::Mva,
        coverage: Some(0),
    };
    const PLAN: PayerDue = PayerDue {
        payer: BilledParty::Private,
        coverage: Some(1),
    };
    const PATIENT: PayerDue = PayerDue {
        payer: BilledParty::Patient,
        coverage: None,
    };

    fn due() -> PayersDue {
        let mut due = PayersDue::default();
        due.add(2, &[AUTO, PLAN]);
        due.add(3, &[]);
        due.add(1, &[PATIENT]);
        due.add(4, &[AUTO, PLAN]);
        due
    }

    #[test]
    fn whoever_was_sent_the_claim_last_is_to_pay_until_the_answer() {
        let due = due();
        let awaited = |sent: &[PayerDue], has_answered| -> Vec<(PayerDue, Vec<u16>)> {
            let awaited = due.awaited(sent, has_answered).into_iter();
            awaited.map(|it| (it.payer, it.items.to_vec())).collect()
        };
        let patient = (PATIENT, vec![1]);
        let auto = (AUTO, vec![2, 4]);
        let plan = (PLAN, vec![2, 4]);
        assert_eq!(awaited(&[], true), [auto.clone(), patient.clone()]);
        assert_eq!(awaited(&[AUTO], false), [auto, patient.clone()]);
        assert_eq!(
            awaited(&[AUTO, PATIENT], false),
            [plan.clone(), patient.clone()]
        );
        assert_eq!(awaited(&[AUTO, PATIENT], true), std::slice::from_ref(&plan));
        assert_eq!(awaited(&[AUTO, PLAN], false), [plan, patient]);
        assert_eq!(awaited(&[AUTO, PLAN, PATIENT], true), []);
    }

    #[test]
    fn each_is_billed_in_turn() {
        let due = due();
        assert_eq!(due.in_turn(), [AUTO, PLAN, PATIENT]);
        assert_eq!(due.due_after(&[]), [AUTO, PATIENT]);
        assert_eq!(due.due_after(&[PATIENT]), [AUTO]);
        assert_eq!(due.due_after(&[PATIENT, AUTO]), [PLAN]);
        assert_eq!(due.due_after(&[PATIENT, AUTO, PLAN]), []);
    }

    #[test]
    fn it_is_read_back_as_it_was_stored() {
        let due = due();
        let stored = due.to_stored().unwrap();
        assert_eq!(
            stored,
            r#"[{"items":[2,4],"payers":[{"payer":"mva","coverage":0},{"payer":"private","coverage":1}]},{"items":[1],"payers":[{"payer":"patient"}]}]"#
        );
        assert_eq!(PayersDue::from_stored(&stored).unwrap(), due);
        assert!(due.has_items_of(4));
        assert!(!due.has_items_of(3));
        let twice = stored.replace("[1]", "[1,2]");
        assert!(!PayersDue::from_stored(&twice).unwrap().has_items_of(4));
        let answered = serde_json::to_string(&due).unwrap();
        assert_eq!(
            answered,
            r#"[{"payer":"mva","coverage":0},{"payer":"private","coverage":1},{"payer":"patient"}]"#
        );
    }
}
