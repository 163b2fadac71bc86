//! What was done and what it costs: the items of a claim, and the procedure behind stem cells.

use jiff::civil::Date;

use super::{
    random::Random,
    tables::{self, Service, Site},
};

/// One billed service.
#[derive(Debug)]
pub struct Item {
    /// Its day.
    pub date: Date,
    /// Its category.
    pub category: &'static str,
    /// Its code.
    pub code: Option<String>,
    /// Where the code is from.
    pub system: Option<&'static str>,
    /// What it was.
    pub description: Option<String>,
    /// Whether OHIP insures it.
    pub insured_by_ohip: Option<&'static str>,
    /// How often; 1 is left out.
    pub quantity: u32,
    /// The price in cents.
    pub unit_price_cents: u32,
    /// The tax in cents; 0 is left out.
    pub tax_cents: u32,
}

/// How stem cells were prepared and injected; what is `None` was not entered.
#[derive(Debug)]
pub struct Procedure {
    /// Where the cells are from.
    pub harvest_site: Option<&'static str>,
    /// With plasma.
    pub plasma: Option<bool>,
    /// How the needle was guided.
    pub guidance: Option<&'static str>,
    /// What was treated.
    pub tissue: Option<&'static str>,
    /// Where.
    pub body_site: Option<&'static str>,
    /// Asepsis.
    pub asepsis: Option<bool>,
    /// Antibiotics.
    pub antibiotics: Option<bool>,
    /// Health Canada's authorization.
    pub authorization: Option<String>,
}

/// The kind of a treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Visits for rehabilitation, one claim for several.
    #[default]
    Rehabilitation,
    /// A consultation.
    Consultation,
    /// An assessment or a report that somebody asked for.
    Assessment,
    /// An injection.
    Injection,
    /// Plasma alone.
    Plasma,
    /// Stem cells, with what belongs to them.
    StemCells,
}

impl Kind {
    /// Whether only a physician gives it.
    pub fn is_medical(self) -> bool {
        !matches!(self, Self::Rehabilitation | Self::Assessment)
    }
}

const KINDS: &[(u32, Kind)] = &[
    (60, Kind::Rehabilitation),
    (9, Kind::Consultation),
    (7, Kind::Assessment),
    (8, Kind::Injection),
    (7, Kind::Plasma),
    (9, Kind::StemCells),
];

/// How many visits one claim bills.
const VISITS: &[(u32, u32)] = &[
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

/// How many items a claim has at most.
const ITEMS_MOST: usize = 12;

/// Tax on what is taxed, in percent.
const TAX: u32 = 13;

/// A treatment: its kind, where, and since when.
#[derive(Debug)]
pub struct Treatment {
    /// Its kind.
    pub kind: Kind,
    /// The part of the body.
    pub site: Site,
    /// What is billed.
    pub items: Vec<Item>,
    /// How stem cells were given, where that was entered.
    pub procedure: Option<Procedure>,
}

impl Treatment {
    /// A treatment that begins on a day.
    pub fn begun(day: Date, random: &mut Random) -> Self {
        let kind = random.weigh(KINDS);
        let site = random.weigh(tables::SITES);
        let from_marrow = random.percent(60);
        let mut bill = Bill {
            site,
            day,
            random,
            items: Vec::with_capacity(4),
        };
        match kind {
            Kind::Rehabilitation => bill.rehabilitation(),
            Kind::Consultation => bill.consultation(),
            Kind::Assessment => bill.assessment(),
            Kind::Injection => bill.injection(),
            Kind::Plasma => bill.plasma(),
            Kind::StemCells => bill.stem_cells(from_marrow),
        }
        let items = bill.items;
        let entered = kind == Kind::StemCells && random.percent(88);
        let procedure = entered.then(|| Procedure::new(site, from_marrow, random));
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
    fn rehabilitation(&mut self) {
        if self.random.percent(22) {
            self.add(tables::ASSESSMENT);
        }
        let visit = self.random.weigh(tables::VISITS);
        for _ in 0..self.random.weigh(VISITS) {
            self.add(visit);
            if self.random.percent(7) {
                let extra = self.random.weigh(tables::EXTRAS);
                self.add(extra);
            }
            self.later(2, 7);
        }
    }

    fn consultation(&mut self) {
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
            self.later(14, 60);
            self.add(tables::FOLLOW_UP);
        }
    }

    fn assessment(&mut self) {
        self.add(tables::INDEPENDENT);
        if self.random.percent(50) {
            self.add(tables::REPORT);
        }
    }

    fn injection(&mut self) {
        self.add(tables::CONSULTATION);
        self.add(tables::INJECTION);
        self.add(tables::INJECTED);
        if self.random.percent(60) {
            self.add(tables::GUIDANCE);
        }
    }

    fn plasma(&mut self) {
        for _ in 0..self.random.within(1, 3) {
            self.add(tables::PLASMA);
            if self.random.percent(50) {
                self.add(tables::GUIDANCE);
            }
            self.later(28, 42);
        }
    }

    fn stem_cells(&mut self, from_marrow: bool) {
        self.add(tables::STEM_CELLS);
        self.add(if from_marrow {
            tables::MARROW
        } else {
            tables::FAT
        });
        let guidance = if self.random.percent(70) {
            tables::GUIDANCE
        } else {
            tables::FLUOROSCOPY
        };
        self.add(guidance);
        if self.random.percent(50) {
            self.add(tables::PLASMA);
        }
        if self.random.percent(20) {
            self.add(tables::INJECTION);
        }
        if self.random.percent(25) {
            self.later(30, 180);
            self.add(tables::FOLLOW_UP);
        }
    }

    fn later(&mut self, least: u32, most: u32) {
        self.day = self.day.saturating_add(self.random.days(least, most));
    }

    fn add(&mut self, service: Service) {
        if self.items.len() < ITEMS_MOST {
            let item = Item::new(service, self.site, self.day, self.random);
            self.items.push(item);
        }
    }
}

impl Item {
    fn new(service: Service, site: Site, date: Date, random: &mut Random) -> Self {
        let (least, most) = service.dollars;
        let unit_price_cents = random.within(least, most) * 100;
        let quantity = match service.category {
            "medication" | "report" => random.weigh(&[(8, 1), (1, 2), (1, 3)]),
            _ => 1,
        };
        let taxed = matches!(service.category, "device" | "report" | "missed_appointment");
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
            insured_by_ohip: random.weigh(&[(60, Some("no")), (8, Some("unknown")), (32, None)]),
            quantity,
            unit_price_cents,
            tax_cents: if taxed {
                unit_price_cents * quantity / 100 * TAX
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
            plasma: random.percent(80).then(|| random.percent(60)),
            guidance: random.weigh(&[
                (64, Some("ultrasound")),
                (26, Some("fluoroscopy")),
                (4, Some("none")),
                (6, None),
            ]),
            tissue: random.percent(95).then_some(site.tissue),
            body_site: random.percent(90).then_some(site.name),
            asepsis: random.weigh(&yes),
            antibiotics: random.weigh(&yes),
            authorization: random
                .percent(12)
                .then(|| format!("CTA-{}", random.within(100_000, 999_999))),
        }
    }
}
