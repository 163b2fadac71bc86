//! How a stem-cell treatment was carried out; what is missing makes a person look.

use crate::{
    parse::record::record,
    values::{closed_enum::string_enum, text::Line},
};

record! {
    /// The procedure: where cells came from, where they went, under which guidance and precautions.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    pub struct Procedure {
        /// Where the cells were harvested.
        pub harvest_site: Option<HarvestSite>,
        /// Whether the cells were combined with platelet-rich plasma.
        #[schema(example = true)]
        pub platelet_rich_plasma: Option<bool>,
        /// Which imaging guided the injection. Stem cells are always injected under guidance.
        pub guidance: Option<Guidance>,
        /// The tissue that was treated.
        pub target_tissue: Option<TargetTissue>,
        /// The part of the body, in words.
        #[schema(value_type = Option<String>, max_length = 500, example = "left knee")]
        pub body_site: Option<Line>,
        /// Whether strict asepsis was kept.
        #[schema(example = true)]
        pub aseptic_technique: Option<bool>,
        /// Whether prophylactic antibiotics were given.
        #[schema(example = true)]
        pub antibiotic_prophylaxis: Option<bool>,
        /// Number of Health Canada's authorization or of the clinical trial.
        #[schema(value_type = Option<String>, max_length = 500, example = "the number on Health Canada's letter")]
        pub health_canada_authorization: Option<Line>,
    }
    compared by field;
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
