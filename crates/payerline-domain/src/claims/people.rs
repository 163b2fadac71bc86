//! Who was treated and who treated: the patient and the provider of a claim.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    parse::{
        decode::{Decode, Fields},
        fault::{At, Faults},
        json::Node,
    },
    values::{
        closed_enum::string_enum,
        health_number::HealthNumber,
        text::{Label, Line},
        time::Day,
    },
};

/// The patient of a claim, as the clinic knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// The clinic's own id of the patient.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "P-4411")]
    pub id: Label,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500, example = "Amina")]
    pub given_name: Option<Line>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500, example = "Okafor")]
    pub family_name: Option<Line>,
    /// Date of birth, not after today in Ontario and not after any service.
    #[schema(value_type = String, format = Date, example = "1984-03-09")]
    pub birth_date: Day,
    /// Sex, as in FHIR's administrative gender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Whether the patient is pregnant; left out means no. Stem cells are not recommended in pregnancy.
    #[schema(required = false, default = false)]
    pub pregnant: bool,
    /// The number on the patient's health card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_number: Option<HealthNumber>,
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

impl Decode for Patient {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let id = fields.required("id");
        let given_name = fields.optional("given_name");
        let family_name = fields.optional("family_name");
        let birth_date = fields.required("birth_date");
        let sex = fields.optional("sex");
        let pregnant = fields.or("pregnant", false);
        let health_number = fields.optional("health_number");
        fields.finish();
        Some(Self {
            id: id?,
            given_name,
            family_name,
            birth_date: birth_date?,
            sex,
            pregnant,
            health_number,
        })
    }
}

/// The person who provided the services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The clinic's own id of the provider.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "D-7")]
    pub id: Label,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500, example = "Dr. Wei Chen")]
    pub name: Option<Line>,
    /// Profession, such as `physician` or `physiotherapist`.
    #[schema(value_type = String, min_length = 1, max_length = 64, example = "physician")]
    pub profession: Label,
    /// Number in the register of the provider's college.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64, example = "87123")]
    pub registration_number: Option<Label>,
}

impl Decode for Provider {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let id = fields.required("id");
        let name = fields.optional("name");
        let profession = fields.required("profession");
        let registration_number = fields.optional("registration_number");
        fields.finish();
        Some(Self {
            id: id?,
            name,
            profession: profession?,
            registration_number,
        })
    }
}
