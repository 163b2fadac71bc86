//! How a stem-cell treatment was carried out; what is missing makes a person look.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    parse::{
        decode::{Decode, Fields},
        fault::{At, Faults},
        json::Node,
    },
    values::{closed_enum::string_enum, text::Line},
};

/// The procedure: where cells came from, where they went, under which guidance and precautions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Where the cells were harvested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harvest_site: Option<HarvestSite>,
    /// Whether the cells were combined with platelet-rich plasma.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    pub platelet_rich_plasma: Option<bool>,
    /// Which imaging guided the injection. Stem cells are always injected under guidance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guidance: Option<Guidance>,
    /// The tissue that was treated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_tissue: Option<TargetTissue>,
    /// The part of the body, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500, example = "left knee")]
    pub body_site: Option<Line>,
    /// Whether strict asepsis was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    pub aseptic_technique: Option<bool>,
    /// Whether prophylactic antibiotics were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    pub antibiotic_prophylaxis: Option<bool>,
    /// Number of Health Canada's authorization or of the clinical trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500, example = "the number on Health Canada's letter")]
    pub health_canada_authorization: Option<Line>,
}

string_enum! {
    /// Where stem cells are harvested.
    HarvestSite {
        /// Bone marrow
        BoneMarrow = "bone_marrow",
        /// Abdominal fat
        Adipose = "adipose",
    }
}

string_enum! {
    /// The imaging that guides an injection.
    Guidance {
        /// Ultrasound
        Ultrasound = "ultrasound",
        /// Fluoroscopy
        Fluoroscopy = "fluoroscopy",
        /// No imaging
        None = "none",
    }
}

string_enum! {
    /// The tissue that was treated.
    TargetTissue {
        /// Ligament
        Ligament = "ligament",
        /// Tendon
        Tendon = "tendon",
        /// Muscle
        Muscle = "muscle",
        /// Cartilage
        Cartilage = "cartilage",
        /// Bone
        Bone = "bone",
        /// Spinal disc
        Disc = "disc",
        /// Skin
        Skin = "skin",
        /// Another tissue
        Other = "other",
    }
}

impl Decode for Procedure {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::of(node, at, faults)?;
        let procedure = Self {
            harvest_site: fields.optional("harvest_site"),
            platelet_rich_plasma: fields.optional("platelet_rich_plasma"),
            guidance: fields.optional("guidance"),
            target_tissue: fields.optional("target_tissue"),
            body_site: fields.optional("body_site"),
            aseptic_technique: fields.optional("aseptic_technique"),
            antibiotic_prophylaxis: fields.optional("antibiotic_prophylaxis"),
            health_canada_authorization: fields.optional("health_canada_authorization"),
        };
        fields.finish();
        Some(procedure)
    }
}
