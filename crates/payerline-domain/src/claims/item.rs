//! One billed service of a claim.

use super::people::Provider;
use crate::{
    parse::{
        decode::{self, Decode},
        fault::{At, Faults},
        json::Node,
        record::record,
    },
    values::{
        closed_enum::string_enum,
        money::Cents,
        quantity::Quantity,
        text::{Label, Note},
        time::Day,
    },
};

record! {
    /// One billed service. Its amount is `quantity × unit_price_cents`, rounded half up to the cent where the quantity
    /// has decimals, `+ tax_cents`: 1.25 hours at 9999 cents are 12499 cents (12498.75 before rounding).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Item {
        /// The day of the service; may lie in the future, but at most a year ahead.
        #[schema(value_type = String, format = Date, example = "2026-06-01")]
        pub service_date: Day,
        /// What kind of service it is.
        pub category: Category,
        /// The code it is billed under.
        #[schema(value_type = Option<String>, max_length = 64, example = "SC-KNEE")]
        pub code: Option<Label>,
        /// Which list the code is from.
        pub system: Option<CodeSystem>,
        /// What was done, in words; may have line breaks.
        #[schema(value_type = Option<String>, max_length = 10000, example = "Stem-cell injection, left knee")]
        pub description: Option<Note>,
        /// Whether OHIP insures this service; left out means `unknown`. A person looks at a service of which that is not
        /// said and that OHIP is likely to insure.
        #[schema(default = "unknown")]
        pub insured_by_ohip: InsuredByOhip = InsuredByOhip::Unknown,
        /// How many, such as visits or hours: over 0, at most 10,000, with at most two decimals; left out means 1.
        /// `2`, `2.0` and `2e0` are one quantity.
        #[schema(value_type = f64, default = 1, exclusive_minimum = 0, maximum = 10000, example = 1.25)]
        pub quantity: Quantity = Quantity::ONE,
        /// Price of one in Canadian cents, 0 to 10,000,000,000.
        #[schema(value_type = i64, minimum = 0, maximum = 10_000_000_000_i64, example = 450000)]
        pub unit_price_cents: Cents,
        /// Tax on the whole item (not on each) in Canadian cents, 0 to 10,000,000,000; left out means 0.
        #[schema(value_type = i64, default = 0, minimum = 0, maximum = 10_000_000_000_i64, example = 0)]
        pub tax_cents: Cents = Cents::default(),
        /// Who asked for it; left out means `patient`. `third_party` needs the claim's `third_party`, who is then billed.
        #[schema(default = "patient")]
        pub requested_by: RequestedBy = default,
        /// Medication: whether a regulated health professional prescribed it; left out means no. A prescribed drug after
        /// a car accident needs no OCF-18.
        #[schema(default = false, example = true)]
        pub prescribed: bool = default,
        /// Whether it was emergency care; left out means no. In the first five business days after a car accident such
        /// care needs no OCF-18.
        #[schema(default = false, example = false)]
        pub emergency: bool = default,
        /// Who gave this service; left out means the claim's provider.
        pub provider: Option<Provider>,
    }
    compared by field;
}

string_enum! {
    /// Who asked for a service.
    RequestedBy = Patient {
        /// The patient, or who treats the patient. Also a form that the patient brings and pays.
        Patient = "patient",
        /// The claim's third party, who has agreed to pay it.
        ThirdParty = "third_party",
    }
}

string_enum! {
    /// What kind of service an item is.
    Category {
        /// A consultation.
        Consultation = "consultation",
        /// An assessment.
        Assessment = "assessment",
        /// Physiotherapy, chiropractic, massage and the like, by a clinic that does not tell them apart. A plan that
        /// lists it says nothing of the single ones.
        Rehabilitation = "rehabilitation",
        /// Diagnostic imaging.
        Imaging = "imaging",
        /// Ultrasound or fluoroscopy that guides an injection.
        ImageGuidance = "image_guidance",
        /// Harvest of bone marrow or fat.
        TissueHarvest = "tissue_harvest",
        /// Platelet-rich plasma.
        PlateletRichPlasma = "platelet_rich_plasma",
        /// Stem cells.
        StemCellTherapy = "stem_cell_therapy",
        /// An injection.
        Injection = "injection",
        /// Medication.
        Medication = "medication",
        /// A brace, splint or other device.
        Device = "device",
        /// A report.
        Report = "report",
        /// An appointment that the patient missed.
        MissedAppointment = "missed_appointment",
        /// Anything else.
        Other = "other",
        /// Physiotherapy.
        Physiotherapy = "physiotherapy",
        /// Chiropractic treatment.
        Chiropractic = "chiropractic",
        /// Massage therapy.
        MassageTherapy = "massage_therapy",
        /// Kinesiology.
        Kinesiology = "kinesiology",
        /// Occupational therapy.
        OccupationalTherapy = "occupational_therapy",
        /// Acupuncture.
        Acupuncture = "acupuncture",
        /// Psychotherapy, also by a psychologist or social worker.
        Psychotherapy = "psychotherapy",
        /// Naturopathy.
        Naturopathy = "naturopathy",
    }
}

string_enum! {
    /// The list an item's code is from.
    CodeSystem {
        /// The clinic's own list.
        Clinic = "clinic",
        /// OHIP's schedule of benefits.
        Ohip = "ohip",
        /// The Canadian Classification of Health Interventions.
        Cci = "cci",
        /// HCAI's codes of what auto insurers are billed for.
        Hcai = "hcai",
        /// WSIB's fee codes.
        Wsib = "wsib",
    }
}

string_enum! {
    /// Whether OHIP insures a service.
    InsuredByOhip {
        /// It does: bill OHIP, never the patient.
        Yes = "yes",
        /// It does not.
        No = "no",
        /// Not known: a person looks where OHIP is likely to insure it.
        Unknown = "unknown",
    }
}

impl Item {
    /// `quantity × unit_price_cents`, rounded half up to the cent, `+ tax_cents`.
    pub fn amount(&self) -> Cents {
        self.unit_price_cents.times(self.quantity) + self.tax_cents
    }

    /// The amount of an item that is not decoded; `None` unless all that it is made of is valid.
    pub(super) fn read_amount(node: &Node<'_>) -> Option<Cents> {
        let mut faults = Faults::default();
        let (price, quantity, tax) = (
            Cents::decode(node.get("unit_price_cents")?, &At::ROOT, &mut faults)?,
            decode::read_optional(
                node.get("quantity"),
                Quantity::decode,
                &At::ROOT,
                &mut faults,
            ),
            decode::read_optional(node.get("tax_cents"), Cents::decode, &At::ROOT, &mut faults),
        );
        let amount = price.times(quantity.unwrap_or(Quantity::ONE)) + tax.unwrap_or_default();
        faults.is_empty().then_some(amount)
    }
}
