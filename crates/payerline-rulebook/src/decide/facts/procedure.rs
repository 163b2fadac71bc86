//! How a stem-cell treatment was carried out.

use serde_json::{Value, json};

use crate::table::vocabulary::{Answer, ProcedureFacts};
use payerline_domain::claims::procedure::{Guidance, Procedure};

impl ProcedureFacts {
    pub fn gather(procedure: Option<&Procedure>) -> Self {
        let says = |what: fn(&Procedure) -> bool| procedure.is_some_and(what).into();
        Self {
            procedure_described: procedure.is_some().into(),
            image_guidance: says(|it| it.guidance.is_some_and(|it| it != Guidance::None)),
            asepsis: says(|it| it.aseptic_technique == Some(true)),
            antibiotic_prophylaxis: says(|it| it.antibiotic_prophylaxis == Some(true)),
            health_canada_authorization: says(|it| {
                let number = it.health_canada_authorization.as_ref();
                number.is_some_and(|number| !number.as_str().trim().is_empty())
            }),
        }
    }

    /// Such a procedure, if it is described, and the same in words.
    pub fn example(&self) -> (Option<Value>, String) {
        let Self {
            procedure_described,
            image_guidance,
            asepsis,
            antibiotic_prophylaxis,
            health_canada_authorization,
        } = *self;
        if procedure_described == Answer::No {
            let sentence = "The claim does not describe the procedure.";
            return (None, sentence.to_owned());
        }
        let procedure = json!({
            "guidance": image_guidance.then_some("ultrasound"),
            "aseptic_technique": asepsis.then_some(true),
            "antibiotic_prophylaxis": antibiotic_prophylaxis.then_some(true),
            "health_canada_authorization": health_canada_authorization.then_some("CTA-1"),
        });
        let precautions = [
            (image_guidance, "image guidance"),
            (asepsis, "asepsis"),
            (antibiotic_prophylaxis, "antibiotics"),
            (health_canada_authorization, "a Health Canada authorization"),
        ];
        let names_of = |answer: Answer| {
            let names = precautions.iter().filter(|(given, _)| *given == answer);
            names.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
        };
        let how = match (names_of(Answer::Yes), names_of(Answer::No)) {
            (_, missing) if missing.is_empty() => "completely".to_owned(),
            (given, missing) if given.is_empty() => format!("without {missing}"),
            (given, missing) => format!("with {given}, without {missing}"),
        };
        (
            Some(procedure),
            format!("The procedure is described {how}."),
        )
    }
}
