//! The lines of a batch that are on their way to the store: their number, bytes, ids in their normal form, and services.
//!
//! A line must find what the lines before it stored, so some lines wait:
//!
//! - of two lines with one id the second waits for the first;
//! - a line waits while one with the same service is on its way. Once one is stored, all later lines find it, and none has
//!   to wait for the others;
//! - a correction takes another claim of its patient away, so no other line of the patient is on its way beside it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::Hash,
};

use crate::store::ServiceKey;

/// Fills a transaction of each of two writers.
const MAX_LINES: usize = 512;
/// Bounds the memory of a batch with long lines. There may be hundreds of batches at once.
const MAX_BYTES: usize = 2 << 20;
/// Bounds the memory for services that are known to be stored. Forgetting one costs a wait, no more.
const MAX_STORED_SERVICES: usize = 1_024;

#[derive(Default)]
pub struct InFlight {
    /// Oldest first.
    lines: VecDeque<InFlightLine>,
    /// The sum of their lengths.
    bytes: usize,
    /// The same ids, for the lookup.
    ids: HashSet<String>,
    /// How many of the lines have each service.
    services: HashMap<ServiceKey, usize>,
    /// How many of the lines are of each patient.
    patients: HashMap<PatientKey, usize>,
    /// How many of these are corrections.
    corrections: HashMap<PatientKey, usize>,
    stored: StoredServices,
}

/// A line on its way. One that was refused already has at most an id.
#[derive(Debug, Default)]
pub struct InFlightLine {
    pub length: usize,
    pub id: Option<String>,
    /// Those of its items, all of one patient.
    pub services: Vec<ServiceKey>,
    /// Its claim replaces another one.
    pub corrects: bool,
}

/// Tells patients apart, though not all: two patients may have the same. Then one waits without need.
type PatientKey = [u8; 4];

impl InFlightLine {
    fn patient(&self) -> Option<PatientKey> {
        self.services.first().map(|service| service.patient())
    }
}

/// Services of claims that this batch stored, and that stand.
#[derive(Default)]
struct StoredServices {
    known: HashSet<ServiceKey>,
    /// The same, oldest first.
    order: VecDeque<ServiceKey>,
}

impl StoredServices {
    fn insert(&mut self, service: ServiceKey) {
        if !self.known.insert(service) {
            return;
        }
        self.order.push_back(service);
        if self.order.len() > MAX_STORED_SERVICES
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl InFlight {
    /// Returns true if a line must be settled before the next one is read.
    pub fn is_full(&self) -> bool {
        self.lines.len() >= MAX_LINES || self.bytes > MAX_BYTES
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns true if a line must wait until a further one is settled.
    pub fn must_settle_before(&self, line: &InFlightLine) -> bool {
        let has_id = line.id.as_ref().is_some_and(|id| self.ids.contains(id));
        let patients = if line.corrects {
            &self.patients
        } else {
            &self.corrections
        };
        let has_patient = line.patient().is_some_and(|it| patients.contains_key(&it));
        let is_open =
            |it: &ServiceKey| self.services.contains_key(it) && !self.stored.known.contains(it);
        has_id || has_patient || line.services.iter().any(is_open)
    }

    /// Adds a line that no other has to be settled before.
    pub fn push(&mut self, line: InFlightLine) {
        self.ids.extend(line.id.clone());
        for service in &line.services {
            add(&mut self.services, *service);
        }
        if let Some(patient) = line.patient() {
            add(&mut self.patients, patient);
            if line.corrects {
                add(&mut self.corrections, patient);
                // It may replace the claim that has them.
                self.stored = StoredServices::default();
            }
        }
        self.bytes += line.length;
        self.lines.push_back(line);
    }

    /// Removes the oldest line, which is settled. `stands` says that its claim is stored, and neither void nor replaced.
    pub fn pop(&mut self, stands: bool) {
        let Some(line) = self.lines.pop_front() else {
            return;
        };
        self.bytes -= line.length;
        if let Some(patient) = line.patient() {
            remove(&mut self.patients, &patient);
            if line.corrects {
                remove(&mut self.corrections, &patient);
            }
        }
        if let Some(id) = line.id {
            self.ids.remove(&id);
        }
        for service in line.services {
            remove(&mut self.services, &service);
            if stands {
                self.stored.insert(service);
            }
        }
    }
}

fn add<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    *counts.entry(key).or_default() += 1;
}

fn remove<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use payerline_domain::{claims::submission::Submission, values::time::Day};
    use serde_json::json;

    use super::*;

    fn line(length: usize, id: Option<&str>, services: &[ServiceKey]) -> InFlightLine {
        InFlightLine {
            length,
            id: id.map(str::to_owned),
            services: services.to_vec(),
            corrects: false,
        }
    }

    fn correction(services: &[ServiceKey]) -> InFlightLine {
        InFlightLine {
            corrects: true,
            ..line(1, None, services)
        }
    }

    impl InFlight {
        fn has_id(&self, id: &str) -> bool {
            self.must_settle_before(&line(0, Some(id), &[]))
        }

        fn may_miss(&self, services: &[ServiceKey]) -> bool {
            self.must_settle_before(&line(0, None, services))
        }
    }

    #[test]
    fn an_id_is_in_flight_until_its_line_is_settled() {
        let mut lines = InFlight::default();
        lines.push(line(10, Some("A"), &[]));
        lines.push(line(0, None, &[]));
        lines.push(line(10, Some("B"), &[]));
        assert!(lines.has_id("A") && lines.has_id("B") && !lines.has_id("C"));
        lines.pop(true);
        assert!(!lines.has_id("A") && lines.has_id("B"));
        lines.pop(false);
        lines.pop(true);
        assert!(lines.is_empty() && !lines.has_id("B"));
    }

    #[test]
    fn the_number_and_the_bytes_of_lines_are_bounded() {
        let mut many = InFlight::default();
        for _ in 0..MAX_LINES {
            assert!(!many.is_full());
            many.push(line(1, None, &[]));
        }
        assert!(many.is_full());
        many.pop(true);
        assert!(!many.is_full());
        let mut long = InFlight::default();
        long.push(line(MAX_BYTES, None, &[]));
        assert!(!long.is_full());
        long.push(line(1, None, &[]));
        assert!(long.is_full());
        long.pop(true);
        assert!(!long.is_full());
    }

    /// The services of a patient's items with these prices.
    fn services(patient: &str, prices: impl IntoIterator<Item = usize>) -> Vec<ServiceKey> {
        let item = |price: usize| json!({"service_date": "2026-06-01", "category": "other", "unit_price_cents": price});
        let of_claim = |prices: &[usize]| {
            let claim = json!({
                "external_id": "INV-1",
                "patient": {"id": patient, "birth_date": "1984-03-09"},
                "provider": {"id": "D-7", "profession": "physician"},
                "coverages": [],
                "items": prices.iter().copied().map(item).collect::<Vec<_>>(),
            });
            let today = Day::parse("2026-07-01").unwrap();
            let submission = Submission::parse(claim.to_string().as_bytes(), today).unwrap();
            ServiceKey::of_items(&submission)
        };
        let prices: Vec<usize> = prices.into_iter().collect();
        prices.chunks(500).flat_map(of_claim).collect()
    }

    #[test]
    fn a_service_may_be_missed_until_one_line_with_it_is_stored() {
        let [one, two, three] = services("P-1", [1, 2, 3]).try_into().unwrap();
        let mut lines = InFlight::default();
        lines.push(line(1, Some("A"), &[one, one, two]));
        lines.push(line(1, Some("B"), &[three]));
        assert!(lines.may_miss(&[one]) && lines.may_miss(&[two, three]));
        lines.pop(true);
        assert!(!lines.may_miss(&[one, two]) && lines.may_miss(&[one, three]));
        // The stored one is found, so nobody waits for the next one.
        lines.push(line(1, Some("C"), &[one]));
        assert!(!lines.may_miss(&[one]));
        // One that was refused is no claim that could be found.
        lines.pop(false);
        lines.push(line(1, Some("D"), &[three]));
        assert!(lines.may_miss(&[three]));
        lines.pop(true);
        lines.pop(true);
        assert!(lines.is_empty() && !lines.may_miss(&[one, two, three]));
    }

    #[test]
    fn a_correction_has_none_of_its_patients_lines_beside_it() {
        let [one, two] = services("P-1", [1, 2]).try_into().unwrap();
        let other = services("P-2", [1]);
        let mut lines = InFlight::default();
        lines.push(line(1, None, &[one]));
        lines.pop(true);
        lines.push(line(1, None, &[one]));
        assert!(lines.must_settle_before(&correction(&[two])));
        assert!(!lines.must_settle_before(&correction(&other)));
        lines.pop(false);
        lines.push(correction(&[two]));
        assert!(lines.may_miss(&[one]) && !lines.may_miss(&other));
        lines.pop(true);
        // The stored one may be the one that was corrected: then the one behind it counts.
        lines.push(line(1, None, &[one]));
        assert!(lines.may_miss(&[one]) && !lines.may_miss(&[two]));
    }

    #[test]
    fn the_number_of_stored_services_is_bounded() {
        let all = services("P-1", 0..=MAX_STORED_SERVICES);
        let mut lines = InFlight::default();
        for service in &all {
            lines.push(line(1, None, &[*service]));
            lines.pop(true);
        }
        lines.push(line(1, None, &all));
        assert!(lines.may_miss(&all[..1]), "it was forgotten");
        assert!(!lines.may_miss(&all[1..]));
    }
}
