//! Who was treated and who treated: the patient and the provider of a claim.

use crate::{
    parse::record::record,
    values::{
        closed_enum::string_enum,
        health_number::HealthNumber,
        text::{Label, Line},
        time::Day,
    },
};

record! {
    /// The patient of a claim, as the clinic knows them.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    pub struct Patient {
        /// The clinic's own id of the patient.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "P-4411")]
        pub id: Label,
        /// Given name.
        #[schema(value_type = Option<String>, max_length = 500, example = "Amina")]
        pub given_name: Option<Line>,
        /// Family name.
        #[schema(value_type = Option<String>, max_length = 500, example = "Okafor")]
        pub family_name: Option<Line>,
        /// Date of birth: not before 1900, not after today in Ontario and not after any service.
        #[schema(value_type = String, format = Date, example = "1984-03-09")]
        pub birth_date: Day,
        /// Sex, as in FHIR's administrative gender.
        pub sex: Option<Sex>,
        /// Whether the patient is pregnant; left out means no. Stem cells are not recommended in pregnancy.
        #[schema(default = false)]
        pub pregnant: bool = false,
        /// The number on the patient's health card.
        pub health_number: Option<HealthNumber>,
    }
    compared by field;
}

string_enum! {
    /// A patient's sex, in FHIR's words.
    Sex {
        /// Female
        Female = "female",
        /// Male
        Male = "male",
        /// Another one
        Other = "other",
        /// Not known
        Unknown = "unknown",
    }
}

record! {
    /// The person who provided the services.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    pub struct Provider {
        /// The clinic's own id of the provider.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "D-7")]
        pub id: Label,
        /// Name.
        #[schema(value_type = Option<String>, max_length = 500, example = "Dr. Wei Chen")]
        pub name: Option<Line>,
        /// Profession, such as `physician` or `physiotherapist`.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "physician")]
        pub profession: Label,
        /// Number in the register of the provider's college.
        #[schema(value_type = Option<String>, max_length = 64, example = "87123")]
        pub registration_number: Option<Label>,
    }
    compared by field;
}
