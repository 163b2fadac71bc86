//! The people of a claim: who was treated, who treated, and who else asked for it.

use super::profession::Profession;
use crate::{
    parse::{fault_code::FaultCode, record::record},
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
    pub struct Provider {
        /// The clinic's own id of the provider.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "D-7")]
        pub id: Label,
        /// Name.
        #[schema(value_type = Option<String>, max_length = 500, example = "Dr. Wei Chen")]
        pub name: Option<Line>,
        /// Profession. Rules know `physician`, `nurse_practitioner`, `chiropractor`, `physiotherapist`,
        /// `massage_therapist`, `kinesiologist`, `occupational_therapist`, `psychologist`, `psychotherapist`,
        /// `social_worker`, `acupuncturist`, `naturopath`, `pharmacist`, `dentist`, `optometrist`,
        /// `speech_language_pathologist`, `osteopath` and `chiropodist`, in upper or lower case, with blanks or hyphens
        /// for `_`; any other text is another profession.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "physician")]
        pub profession: Label,
        /// Number in the register of the provider's college.
        #[schema(value_type = Option<String>, max_length = 64, example = "87123")]
        pub registration_number: Option<Label>,
    }
    compared by field;
}

impl Provider {
    /// The profession that rules know.
    pub fn kind(&self) -> Profession {
        Profession::read(self.profession.as_str())
    }
}

record! {
    /// Who asked for a service and has agreed to pay it, such as an employer or a lawyer. It is no insurance of the
    /// patient and never WSIB. A form that the patient brings and pays is no third party's.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ThirdParty {
        /// What it is, such as `employer`.
        pub kind: ThirdPartyKind,
        /// Its name, as it stands on the bill; at most 500 characters.
        #[schema(value_type = String, min_length = 1, max_length = 500, example = "Northern Rail Ltd.")]
        pub name: Line,
        /// Its own number of the order or file.
        #[schema(value_type = Option<String>, max_length = 64, example = "HR-2026-118")]
        pub reference: Option<Label>,
    }
    compared by field;
    check(_, at, faults) {
        let name = name.as_ref().map_or("?", |name: &Line| name.as_str());
        let missing = if name.is_empty() {
            Some((FaultCode::TooShort, "must not be empty"))
        } else {
            name.trim().is_empty().then_some((FaultCode::Blank, "must not be blank"))
        };
        if let Some((code, detail)) = missing {
            faults.rule(code, &at.field("name"), detail);
        }
    }
}

string_enum! {
    /// Who asked for a service and pays it.
    ThirdPartyKind {
        /// An employer.
        Employer = "employer",
        /// A lawyer.
        Lawyer = "lawyer",
        /// An insurer that asked for an examination.
        Insurer = "insurer",
        /// A school, camp or university.
        School = "school",
        /// An authority.
        Government = "government",
        /// Somebody else.
        Other = "other",
    }
}
