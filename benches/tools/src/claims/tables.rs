//! Names, services and prices that claims are made of. All are invented.

pub const GIVEN_NAMES: &[&str] = &[
    "Amina", "Olivia", "Noah", "Chloé", "Liam", "Priya", "Wei", "Fatima", "Zoë", "Lucas", "Mei",
    "Arjun", "Sofia", "Ethan", "Nadia", "Mateo", "Hannah", "Kwame", "Ingrid", "Yusuf", "Émile",
    "Grace", "Tariq", "Linh", "Owen", "Rosa", "Dmitri", "Leila", "Jack", "Aiko", "Samuel",
    "Maryam", "Benoît", "Ella", "Ivan", "Thandiwe", "Marco", "Anjali", "Patrick", "Ana",
];

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

pub const PRIVATE_INSURERS: &[&str] = &[
    "Maple Life",
    "Great Lakes Benefits",
    "Trillium Assurance",
    "Georgian Bay Group Insurance",
    "Laurentide Vie",
];

pub const AUTO_INSURERS: &[&str] = &[
    "Lakehead Auto",
    "Northern Mutual Auto",
    "Escarpment General",
    "Rideau Insurance Company",
];

/// A part of the body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Site {
    pub name: &'static str,
    pub tissue: &'static str,
    /// ICD-10-CA.
    pub diagnosis: &'static str,
    /// The ending of the clinics' own codes.
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

/// The treated parts and their weights.
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

#[derive(Debug, Clone, Copy, Default)]
pub struct Service {
    pub category: &'static str,
    pub code: &'static str,
    /// The description; `{}` stands for the part of the body.
    pub description: &'static str,
    /// From the least to the most.
    pub price_dollars: (u32, u32),
}

const fn service(
    category: &'static str,
    code: &'static str,
    description: &'static str,
    price_dollars: (u32, u32),
) -> Service {
    Service {
        category,
        code,
        description,
        price_dollars,
    }
}

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

/// Added to some visits.
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
pub const CONSULTATION: Service = service(
    "consultation",
    "CONS-NEW",
    "First consultation, {}",
    (180, 320),
);
/// A second consultation.
pub const FOLLOW_UP: Service = service(
    "consultation",
    "CONS-FU",
    "Follow-up consultation, {}",
    (90, 150),
);
/// By order of an insurer or a lawyer.
pub const INDEPENDENT_ASSESSMENT: Service = service(
    "assessment",
    "AS-FUNC",
    "Functional assessment, {}",
    (450, 1_600),
);
pub const REPORT: Service = service(
    "report",
    "REP-EMPLOYER",
    "Report for the employer at the patient's request",
    (90, 180),
);
/// Of neither cells nor plasma.
pub const INJECTION: Service = service("injection", "INJ", "Injection, {}", (120, 260));
pub const INJECTED_MEDICATION: Service = service(
    "medication",
    "MED-HA",
    "Hyaluronic acid, one syringe",
    (180, 420),
);
pub const ULTRASOUND_GUIDANCE: Service = service(
    "image_guidance",
    "US-GUIDE",
    "Ultrasound guidance of the injection",
    (120, 200),
);
pub const FLUOROSCOPY_GUIDANCE: Service = service(
    "image_guidance",
    "FL-GUIDE",
    "Fluoroscopy guidance of the injection",
    (200, 350),
);
pub const PLASMA: Service = service(
    "platelet_rich_plasma",
    "PRP",
    "Platelet-rich plasma, {}, one preparation",
    (600, 1_200),
);
pub const STEM_CELLS: Service = service(
    "stem_cell_therapy",
    "SC",
    "Stem-cell injection, {}",
    (3_200, 7_500),
);
pub const MARROW_HARVEST: Service = service(
    "tissue_harvest",
    "SC-HARVEST-BM",
    "Bone-marrow harvest",
    (500, 900),
);
pub const FAT_HARVEST: Service = service(
    "tissue_harvest",
    "SC-HARVEST-AD",
    "Fat harvest, abdomen",
    (600, 1_000),
);

/// The categories that a plan may list.
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
