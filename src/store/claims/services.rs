//! The claim_services table: which services a claim bills, so that the same service is found in other claims.
//!
//! A service has a key: a digest of what makes two items the same service. An index of the columns themselves would take
//! twice the room. A claim has one row for each service, however many of its items bill it, and the rows never change,
//! since the submission does not. Claims that earlier builds stored have none; `has_services` of their row is null.

use std::collections::BTreeSet;

use uuid::Uuid;

use payerline_domain::{
    claims::{item::Item, submission::Submission},
    values::{
        closed_enum::ClosedEnum,
        digest::{Sha256, sha256},
    },
};

use crate::store::engine::{
    rows::rows,
    sql_types::{Id, SqlId},
};

/// The bytes of a key that are the patient's.
const PATIENT_BYTES: usize = 4;

/// What two items have in common that are the same service: patient, day, category, code, system and unit price.
///
/// It begins with bytes of the patient, so that the services of a patient lie side by side in the index. Keys are stored,
/// so how they are made never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey(Uuid);

impl ServiceKey {
    /// The keys of a claim's items, in the order of the items.
    pub fn of_items(submission: &Submission) -> Vec<Self> {
        let patient = sha256(submission.patient.id.normal_form().as_bytes());
        let items = submission.items.iter();
        items.map(|item| Self::of_item(&patient, item)).collect()
    }

    /// The services that a claim bills.
    pub fn all_of(submission: &Submission) -> BTreeSet<Self> {
        Self::of_items(submission).into_iter().collect()
    }

    fn of_item(patient: &[u8; 32], item: &Item) -> Self {
        let mut digest = Sha256::new();
        digest.update(patient);
        let day = item.service_date.date();
        digest.update(&day.year().to_be_bytes());
        digest.update(&day.month().to_be_bytes());
        digest.update(&day.day().to_be_bytes());
        digest.update(&item.unit_price_cents.get().to_be_bytes());
        let code = item.code.as_ref().map(|code| code.normal_form());
        let texts = [
            Some(item.category.word()),
            code.as_deref(),
            item.system.map(ClosedEnum::word),
        ];
        // What is absent is another text than every text that is there.
        for text in texts {
            let length = text.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(0));
            digest.update(&length.to_be_bytes());
            digest.update(text.unwrap_or_default().as_bytes());
        }
        let own = digest.finish();
        let mut key = [0; 16];
        let bytes = patient.iter().take(PATIENT_BYTES).chain(&own);
        key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Self(Uuid::from_bytes(key))
    }

    pub fn uuid(self) -> Uuid {
        self.0
    }

    /// The bytes that all services of a patient have. Another patient may have the same.
    pub fn patient(self) -> [u8; PATIENT_BYTES] {
        let [one, two, three, four, ..] = self.0.into_bytes();
        [one, two, three, four]
    }
}

#[derive(Debug)]
pub struct ServiceRow {
    clinic_id: Id,
    service: Id,
    claim_id: Id,
}

/// Makes the rows of a claim's services.
pub fn rows(clinic_id: Id, claim_id: Id, submission: &Submission) -> Vec<ServiceRow> {
    let services = ServiceKey::all_of(submission).into_iter();
    let row = |service: ServiceKey| ServiceRow {
        clinic_id,
        service: Id(service.uuid()),
        claim_id,
    };
    services.map(row).collect()
}

rows! {
    /// Services as columns.
    ServiceColumns of ServiceRow into "claim_services" {
        clinic_id: SqlId = Id,
        service: SqlId = Id,
        claim_id: SqlId = Id,
    }
}

#[cfg(test)]
mod tests {
    use payerline_domain::values::time::Day;
    use serde_json::{Value, json};

    use super::*;

    fn claim() -> Value {
        json!({
            "external_id": "INV-1",
            "patient": {"id": "P-1", "birth_date": "1984-03-09"},
            "provider": {"id": "D-7", "profession": "physician"},
            "coverages": [],
            "items": [{
                "service_date": "2026-06-01", "category": "consultation", "code": "AS-1", "system": "clinic",
                "unit_price_cents": 10_000,
            }],
        })
    }

    /// The key of the only item after the claim was altered.
    fn key(alter: impl FnOnce(&mut Value)) -> ServiceKey {
        let mut claim = claim();
        alter(&mut claim);
        let today = Day::parse("2026-07-01").unwrap();
        let submission = Submission::parse(claim.to_string().as_bytes(), today).unwrap();
        let keys = ServiceKey::of_items(&submission);
        assert_eq!(keys.len(), 1);
        keys[0]
    }

    fn with(pointer: &str, value: impl Into<Value>) -> ServiceKey {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let (parent, field, value) = (parent.to_owned(), field.to_owned(), value.into());
        key(|claim| claim.pointer_mut(&parent).unwrap()[field] = value)
    }

    #[test]
    fn what_makes_another_service_makes_another_key() {
        let keys = [
            key(|_| {}),
            with("/patient/id", "P-2"),
            with("/items/0/service_date", "2026-06-02"),
            with("/items/0/category", "assessment"),
            with("/items/0/code", "AS-2"),
            with("/items/0/code", Value::Null),
            with("/items/0/system", "ohip"),
            with("/items/0/system", Value::Null),
            with("/items/0/unit_price_cents", 10_001),
            // A code is no system.
            key(|claim| {
                claim["items"][0]["code"] = json!("clinic");
                claim["items"][0]["system"] = Value::Null;
            }),
            key(|claim| {
                claim["items"][0]["code"] = Value::Null;
                claim["items"][0]["system"] = json!("clinic");
            }),
        ];
        let different: BTreeSet<ServiceKey> = keys.into_iter().collect();
        assert_eq!(different.len(), keys.len() - 1, "one is there twice");
        assert_eq!(keys[5], keys[10]);
    }

    #[test]
    fn whatever_else_an_item_says_it_is_the_same_service() {
        let usual = key(|_| {});
        for (pointer, value) in [
            ("/external_id", json!("INV-2")),
            ("/provider/id", json!("D-8")),
            ("/items/0/quantity", json!(2)),
            ("/items/0/tax_cents", json!(1_300)),
            ("/items/0/description", json!("again")),
            ("/items/0/insured_by_ohip", json!("no")),
            ("/items/0/unit_price_cents", json!(10_000.0)),
        ] {
            assert_eq!(with(pointer, value), usual, "{pointer}");
        }
        for pointer in ["/patient/id", "/items/0/code"] {
            assert_eq!(with(pointer, "\u{e9}"), with(pointer, "e\u{301}"));
        }
    }

    #[test]
    fn keys_are_made_as_they_always_were() {
        let expected = "82988760-725e-2222-1164-4603f38c1b12";
        assert_eq!(key(|_| {}).uuid().to_string(), expected);
        let other = with("/items/0/code", "AS-2");
        assert_eq!(key(|_| {}).patient(), other.patient());
    }
}
