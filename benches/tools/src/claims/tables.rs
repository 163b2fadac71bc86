//! Words that claims are made of. All names, insurers, codes and prices are invented.

/// Given names.
pub const GIVEN_NAMES: &[&str] = &[
    "Amina", "Olivia", "Noah", "Chloé", "Liam", "Priya", "Wei", "Fatima", "Zoë", "Lucas", "Mei",
    "Arjun", "Sofia", "Ethan", "Nadia", "Mateo", "Hannah", "Kwame", "Ingrid", "Yusuf", "Émile",
    "Grace", "Tariq", "Linh", "Owen", "Rosa", "Dmitri", "Leila", "Jack", "Aiko", "Samuel",
    "Maryam", "Benoît", "Ella", "Ivan", "Thandiwe", "Marco", "Anjali", "Patrick", "Ana",
];

/// Family names.
pub const FAMILY_NAMES: &[&str] = &[
    "Okafor",
    "Smith",
    "Nguyễn",
    "Bélanger",
    "Singh",
    "Chen",
    "MacDonald",
    "O'Brien",
    "Haddad",
    "Kowalski",
    "Patel",
    "Tremblay",
    "Kim",
    "Rossi",
    "Mensah",
    "Lindqvist",
    "Ahmed",
    "Thompson",
    "García",
    "Ivanov",
    "Wong",
    "Leblanc",
    "Mohamed",
    "Campbell",
    "Silva",
    "Sharma",
    "Novák",
    "Johnson",
    "Abebe",
    "Fraser",
    "Yamamoto",
    "Côté",
    "Hassan",
    "Murphy",
    "Popescu",
    "Baptiste",
    "Schmidt",
    "Pereira",
    "Zhang",
    "Stewart",
];

/// Insurers of private plans.
pub const PRIVATE_INSURERS: &[&str] = &[
    "Maple Life",
    "Great Lakes Benefits",
    "Trillium Assurance",
    "Georgian Bay Group Insurance",
    "Laurentide Vie",
];

/// Auto insurers.
pub const AUTO_INSURERS: &[&str] = &[
    "Lakehead Auto",
    "Northern Mutual Auto",
    "Escarpment General",
    "Rideau Insurance Company",
];

/// A part of the body: its name, the tissue that is treated in it, a diagnosis, and a short code.
#[derive(Debug, Clone, Copy, Default)]
pub struct Site {
    /// As a description names it.
    pub name: &'static str,
    /// The tissue.
    pub tissue: &'static str,
    /// A diagnosis (ICD-10-CA).
    pub diagnosis: &'static str,
    /// How the clinics' own codes end.
    pub code: &'static str,
}

const fn site(
    name: &'static str,
    tissue: &'static str,
    diagnosis: &'static str,
    code: &'static str,
) -> Site {
    Site {
        name,
        tissue,
        diagnosis,
        code,
    }
}

/// The parts of the body that are treated.
pub const SITES: &[(u32, Site)] = &[
    (12, site("left knee", "cartilage", "M17.1", "KNEE")),
    (12, site("right knee", "cartilage", "M17.1", "KNEE")),
    (18, site("lower back", "disc", "M54.5", "LUMBAR")),
    (14, site("neck", "muscle", "S13.4", "NECK")),
    (9, site("left shoulder", "tendon", "M75.1", "SHOULDER")),
    (10, site("right shoulder", "tendon", "M75.1", "SHOULDER")),
    (7, site("right elbow", "tendon", "M77.1", "ELBOW")),
    (5, site("left elbow", "tendon", "M77.1", "ELBOW")),
    (7, site("left ankle", "ligament", "S93.4", "ANKLE")),
    (6, site("right ankle", "ligament", "S93.4", "ANKLE")),
];

/// What a clinic bills, with its own code and a price in cents between two limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Service {
    /// The category.
    pub category: &'static str,
    /// The clinic's code.
    pub code: &'static str,
    /// The description; `{}` stands for the part of the body.
    pub description: &'static str,
    /// The least and the most it costs, in dollars.
    pub dollars: (u32, u32),
}

const fn service(
    category: &'static str,
    code: &'static str,
    description: &'static str,
    dollars: (u32, u32),
) -> Service {
    Service {
        category,
        code,
        description,
        dollars,
    }
}

/// Visits for rehabilitation.
pub const VISITS: &[(u32, Service)] = &[
    (
        40,
        service(
            "rehabilitation",
            "PT-30",
            "Physiotherapy, {}, 30 minutes",
            (70, 95),
        ),
    ),
    (
        30,
        service(
            "rehabilitation",
            "PT-45",
            "Physiotherapy, {}, 45 minutes",
            (95, 130),
        ),
    ),
    (
        10,
        service(
            "rehabilitation",
            "PT-60",
            "Physiotherapy, {}, 60 minutes",
            (130, 160),
        ),
    ),
    (
        12,
        service(
            "rehabilitation",
            "EX-GROUP",
            "Supervised exercise in a group",
            (40, 60),
        ),
    ),
    (
        8,
        service(
            "rehabilitation",
            "MT-60",
            "Massage therapy, {}, 60 minutes",
            (100, 130),
        ),
    ),
];

/// What comes with visits now and then.
pub const EXTRAS: &[(u32, Service)] = &[
    (
        4,
        service(
            "missed_appointment",
            "MISSED",
            "Missed appointment, not cancelled in time",
            (50, 80),
        ),
    ),
    (4, service("device", "BRACE", "Brace, {}", (60, 420))),
    (
        3,
        service(
            "imaging",
            "US-DIAG",
            "Diagnostic ultrasound, {}",
            (150, 240),
        ),
    ),
    (
        3,
        service("report", "REP-PROGRESS", "Progress report, {}", (120, 250)),
    ),
    (
        3,
        service(
            "medication",
            "MED-NSAID",
            "Anti-inflammatory medication, 30 tablets",
            (25, 60),
        ),
    ),
    (1, service("other", "COPY", "Copy of the record", (30, 30))),
];

/// The first visit of a patient.
pub const ASSESSMENT: Service = service(
    "assessment",
    "PT-ASSESS",
    "Initial physiotherapy assessment, {}",
    (110, 150),
);
/// A physician's consultation.
pub const CONSULTATION: Service = service(
    "consultation",
    "CONS-NEW",
    "First consultation, {}",
    (180, 320),
);
/// A second one.
pub const FOLLOW_UP: Service = service(
    "consultation",
    "CONS-FU",
    "Follow-up consultation, {}",
    (90, 150),
);
/// An assessment that somebody asked for.
pub const INDEPENDENT: Service = service(
    "assessment",
    "AS-FUNC",
    "Functional assessment, {}",
    (450, 1_600),
);
/// A report that somebody asked for.
pub const REPORT: Service = service(
    "report",
    "REP-EMPLOYER",
    "Report for the employer at the patient's request",
    (90, 180),
);
/// An injection of something else than cells or plasma.
pub const INJECTION: Service = service("injection", "INJ", "Injection, {}", (120, 260));
/// What is injected.
pub const INJECTED: Service = service(
    "medication",
    "MED-HA",
    "Hyaluronic acid, one syringe",
    (180, 420),
);
/// Guidance of a needle.
pub const GUIDANCE: Service = service(
    "image_guidance",
    "US-GUIDE",
    "Ultrasound guidance of the injection",
    (120, 200),
);
/// The same by X-ray.
pub const FLUOROSCOPY: Service = service(
    "image_guidance",
    "FL-GUIDE",
    "Fluoroscopy guidance of the injection",
    (200, 350),
);
/// Plasma.
pub const PLASMA: Service = service(
    "platelet_rich_plasma",
    "PRP",
    "Platelet-rich plasma, {}, one preparation",
    (600, 1_200),
);
/// Stem cells.
pub const STEM_CELLS: Service = service(
    "stem_cell_therapy",
    "SC",
    "Stem-cell injection, {}",
    (3_200, 7_500),
);
/// Cells from the bone marrow.
pub const MARROW: Service = service(
    "tissue_harvest",
    "SC-HARVEST-BM",
    "Bone-marrow harvest",
    (500, 900),
);
/// Cells from fat.
pub const FAT: Service = service(
    "tissue_harvest",
    "SC-HARVEST-AD",
    "Fat harvest, abdomen",
    (600, 1_000),
);

/// A category for each thing that a plan may list.
pub const CATEGORIES: &[&str] = &[
    "rehabilitation",
    "assessment",
    "consultation",
    "imaging",
    "medication",
    "device",
    "injection",
    "report",
    "platelet_rich_plasma",
];
