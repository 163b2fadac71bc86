//! Treatments: the items of a claim, their prices, and the procedure of stem cells.

use jiff::civil::Date;

use super::{
    random::Random,
    tables::{self, Service, Site},
};

#[derive(Debug)]
pub struct Item {
    pub date: Date,
    pub category: &'static str,
    pub code: Option<String>,
    pub system: Option<&'static str>,
    pub description: Option<String>,
    pub insured_by_ohip: Option<&'static str>,
    /// 1 is left out.
    pub quantity: u32,
    pub unit_price_cents: u32,
    /// 0 is left out.
    pub tax_cents: u32,
}

/// How stem cells were prepared and injected; `None` was not entered.
#[derive(Debug)]
pub struct Procedure {
    pub harvest_site: Option<&'static str>,
    pub platelet_rich_plasma: Option<bool>,
    pub guidance: Option<&'static str>,
    pub target_tissue: Option<&'static str>,
    pub body_site: Option<&'static str>,
    pub aseptic_technique: Option<bool>,
    pub antibiotic_prophylaxis: Option<bool>,
    pub health_canada_authorization: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TreatmentKind {
    /// One claim bills several visits.
    #[default]
    Rehabilitation,
    Consultation,
    /// By order of an insurer or a lawyer.
    Assessment,
    Injection,
    /// Without stem cells.
    Plasma,
    StemCells,
}

impl TreatmentKind {
    /// True if only a physician may give the treatment.
    pub fn is_medical(self) -> bool {
        !matches!(self, Self::Rehabilitation | Self::Assessment)
    }
}

const KINDS: &[(u32, TreatmentKind)] = &[
    (60, TreatmentKind::Rehabilitation),
    (9, TreatmentKind::Consultation),
    (7, TreatmentKind::Assessment),
    (8, TreatmentKind::Injection),
    (7, TreatmentKind::Plasma),
    (9, TreatmentKind::StemCells),
];

/// Visits that one claim bills, and their weights.
const VISIT_COUNTS: &[(u32, u32)] = &[
    (26, 1),
    (27, 2),
    (20, 3),
    (11, 4),
    (6, 5),
    (4, 6),
    (2, 7),
    (1, 8),
    (1, 9),
    (1, 10),
    (1, 11),
];

const MAX_ITEMS: usize = 12;

const TAX_PERCENT: u32 = 13;

#[derive(Debug)]
pub struct Treatment {
    pub kind: TreatmentKind,
    pub site: Site,
    pub items: Vec<Item>,
    pub procedure: Option<Procedure>,
}

impl Treatment {
    pub fn draw(first_day: Date, random: &mut Random) -> Self {
        let kind = random.pick_weighted(KINDS);
        let site = random.pick_weighted(tables::SITES);
        let from_marrow = random.percent(60);
        let mut bill = Bill {
            site,
            day: first_day,
            random,
            items: Vec::with_capacity(4),
        };
        match kind {
            TreatmentKind::Rehabilitation => bill.add_rehabilitation(),
            TreatmentKind::Consultation => bill.add_consultation(),
            TreatmentKind::Assessment => bill.add_assessment(),
            TreatmentKind::Injection => bill.add_injection(),
            TreatmentKind::Plasma => bill.add_plasma(),
            TreatmentKind::StemCells => bill.add_stem_cells(from_marrow),
        }
        let items = bill.items;
        let is_entered = kind == TreatmentKind::StemCells && random.percent(88);
        let procedure = is_entered.then(|| Procedure::new(site, from_marrow, random));
        Self {
            kind,
            site,
            items,
            procedure,
        }
    }
}

struct Bill<'r> {
    site: Site,
    day: Date,
    random: &'r mut Random,
    items: Vec<Item>,
}

impl Bill<'_> {
    fn add_rehabilitation(&mut self) {
        if self.random.percent(22) {
            self.add(tables::ASSESSMENT);
        }
        let visit = self.random.pick_weighted(tables::VISITS);
        for _ in 0..self.random.pick_weighted(VISIT_COUNTS) {
            self.add(visit);
            if self.random.percent(7) {
                let extra = self.random.pick_weighted(tables::EXTRAS);
                self.add(extra);
            }
            self.advance_day(2, 7);
        }
    }

    fn add_consultation(&mut self) {
        self.add(tables::CONSULTATION);
        if self.random.percent(40)
            && let Some(item) = self.items.last_mut()
        {
            item.insured_by_ohip = Some("yes");
            item.code = Some("A007A".to_owned());
            item.system = Some("ohip");
        }
        if self.random.percent(35) {
            self.add(tables::REPORT);
        }
        if self.random.percent(25) {
            self.advance_day(14, 60);
            self.add(tables::FOLLOW_UP);
        }
    }

    fn add_assessment(&mut self) {
        self.add(tables::INDEPENDENT_ASSESSMENT);
        if self.random.percent(50) {
            self.add(tables::REPORT);
        }
    }

    fn add_injection(&mut self) {
        self.add(tables::CONSULTATION);
        self.add(tables::INJECTION);
        self.add(tables::INJECTED_MEDICATION);
        if self.random.percent(60) {
            self.add(tables::ULTRASOUND_GUIDANCE);
        }
    }

    fn add_plasma(&mut self) {
        for _ in 0..self.random.within(1, 3) {
            self.add(tables::PLASMA);
            if self.random.percent(50) {
                self.add(tables::ULTRASOUND_GUIDANCE);
            }
            self.advance_day(28, 42);
        }
    }

    fn add_stem_cells(&mut self, from_marrow: bool) {
        self.add(tables::STEM_CELLS);
        self.add(if from_marrow {
            tables::MARROW_HARVEST
        } else {
            tables::FAT_HARVEST
        });
        let guidance = if self.random.percent(70) {
            tables::ULTRASOUND_GUIDANCE
        } else {
            tables::FLUOROSCOPY_GUIDANCE
        };
        self.add(guidance);
        if self.random.percent(50) {
            self.add(tables::PLASMA);
        }
        if self.random.percent(20) {
            self.add(tables::INJECTION);
        }
        if self.random.percent(25) {
            self.advance_day(30, 180);
            self.add(tables::FOLLOW_UP);
        }
    }

    fn advance_day(&mut self, least: u32, most: u32) {
        self.day = self.day.saturating_add(self.random.days(least, most));
    }

    fn add(&mut self, service: Service) {
        if self.items.len() < MAX_ITEMS {
            let item = Item::new(service, self.site, self.day, self.random);
            self.items.push(item);
        }
    }
}

impl Item {
    fn new(service: Service, site: Site, date: Date, random: &mut Random) -> Self {
        let (least, most) = service.price_dollars;
        let unit_price_cents = random.within(least, most) * 100;
        let quantity = match service.category {
            "medication" | "report" => random.pick_weighted(&[(8, 1), (1, 2), (1, 3)]),
            _ => 1,
        };
        let is_taxed = matches!(service.category, "device" | "report" | "missed_appointment");
        Self {
            date,
            category: service.category,
            code: random.percent(94).then(|| match service.code {
                "SC" | "PRP" | "INJ" => format!("{}-{}", service.code, site.code),
                code => code.to_owned(),
            }),
            system: random.percent(60).then_some("clinic"),
            description: random
                .percent(88)
                .then(|| service.description.replace("{}", site.name)),
            insured_by_ohip: random.pick_weighted(&[
                (60, Some("no")),
                (8, Some("unknown")),
                (32, None),
            ]),
            quantity,
            unit_price_cents,
            tax_cents: if is_taxed {
                unit_price_cents * quantity / 100 * TAX_PERCENT
            } else {
                0
            },
        }
    }
}

impl Procedure {
    fn new(site: Site, from_marrow: bool, random: &mut Random) -> Self {
        let harvest_site = if from_marrow {
            "bone_marrow"
        } else {
            "adipose"
        };
        let yes = [(90, Some(true)), (4, Some(false)), (6, None)];
        Self {
            harvest_site: random.percent(95).then_some(harvest_site),
            platelet_rich_plasma: random.percent(80).then(|| random.percent(60)),
            guidance: random.pick_weighted(&[
                (64, Some("ultrasound")),
                (26, Some("fluoroscopy")),
                (4, Some("none")),
                (6, None),
            ]),
            target_tissue: random.percent(95).then_some(site.tissue),
            body_site: random.percent(90).then_some(site.name),
            aseptic_technique: random.pick_weighted(&yes),
            antibiotic_prophylaxis: random.pick_weighted(&yes),
            health_canada_authorization: random
                .percent(12)
                .then(|| format!("CTA-{}", random.within(100_000, 999_999))),
        }
    }
}
