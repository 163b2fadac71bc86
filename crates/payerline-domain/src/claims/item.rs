//! One billed service of a claim.

use serde::Serialize;

use crate::{
    parse::{
        compare::compare_as_whole,
        decode::{self, Decode},
        fault::{At, Faults},
        json::Node,
        record::record,
    },
    values::{
        closed_enum::string_enum,
        money::Cents,
        text::{Label, Note},
        time::Day,
    },
};

record! {
    /// One billed service. Its amount is `quantity × unit_price_cents + tax_cents`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    pub struct Item {
        /// The day of the service; may lie in the future.
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
        /// Whether OHIP insures this service; left out means `unknown`, which decides like `no`.
        #[schema(default = "unknown")]
        pub insured_by_ohip: InsuredByOhip = InsuredByOhip::Unknown,
        /// How many, 1 to 10,000; left out means 1.
        #[schema(value_type = u16, default = 1, minimum = 1, maximum = 10000)]
        pub quantity: Quantity = Quantity(1),
        /// Price of one in Canadian cents, 0 to 10,000,000,000.
        #[schema(value_type = i64, minimum = 0, maximum = 10_000_000_000_i64, example = 450000)]
        pub unit_price_cents: Cents,
        /// Tax on the whole item (not on each) in Canadian cents, 0 to 10,000,000,000; left out means 0.
        #[schema(value_type = i64, default = 0, minimum = 0, maximum = 10_000_000_000_i64, example = 0)]
        pub tax_cents: Cents = Cents::default(),
    }
    compared by field;
}

/// How many of a service were given: 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quantity(u16);

impl Decode for Quantity {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let quantity = decode::read_integer(node, 1..=10_000, at, faults)?;
        u16::try_from(quantity).ok().map(Self)
    }
}

compare_as_whole!(Quantity);

string_enum! {
    /// What kind of service an item is.
    Category {
        /// A consultation.
        Consultation = "consultation",
        /// An assessment.
        Assessment = "assessment",
        /// Physiotherapy, chiropractic, massage and the like.
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
    }
}

string_enum! {
    /// Whether OHIP insures a service.
    InsuredByOhip {
        /// It does: bill OHIP, never the patient.
        Yes = "yes",
        /// It does not.
        No = "no",
        /// Not known; decides like `no`.
        Unknown = "unknown",
    }
}

impl Item {
    /// `quantity × unit_price_cents + tax_cents`, exact.
    pub fn amount(&self) -> Cents {
        self.unit_price_cents.times(self.quantity.0) + self.tax_cents
    }
}
