//! Days, services and payers as a patient would say them.

use payerline_domain::{
    claims::{
        coverage::{Coverage, CoverageKind},
        item::{Category, Item},
        payers_due::{BilledParty, PayerDue},
        submission::Submission,
    },
    values::{
        place::{Country, Province},
        quantity::Quantity,
        text::Line,
        time::Day,
    },
};
use payerline_rulebook::explain::phrases::{dollars, listed};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// A longer description would not leave the letter on one page.
const MAX_DESCRIPTION_CHARACTERS: usize = 120;

/// A day such as 8 December 2026.
pub fn day(day: Day) -> String {
    let date = day.date();
    let month = usize::try_from(date.month()).ok();
    let name = month.and_then(|month| MONTHS.get(month.checked_sub(1)?));
    match name {
        Some(name) => format!("{} {name} {}", date.day(), date.year()),
        None => day.to_string(),
    }
}

pub fn category(category: Category) -> &'static str {
    match category {
        Category::Consultation => "Consultation",
        Category::Assessment => "Assessment",
        Category::Rehabilitation => "Rehabilitation",
        Category::Imaging => "Imaging",
        Category::ImageGuidance => "Imaging to guide an injection",
        Category::TissueHarvest => "Harvest of bone marrow or fat",
        Category::PlateletRichPlasma => "Platelet-rich plasma",
        Category::StemCellTherapy => "Stem-cell treatment",
        Category::Injection => "Injection",
        Category::Medication => "Medication",
        Category::Device => "Brace, splint or other device",
        Category::Report => "Report or form",
        Category::MissedAppointment => "Missed appointment",
        Category::Other => "Other service",
        Category::Physiotherapy => "Physiotherapy",
        Category::Chiropractic => "Chiropractic treatment",
        Category::MassageTherapy => "Massage therapy",
        Category::Kinesiology => "Kinesiology",
        Category::OccupationalTherapy => "Occupational therapy",
        Category::Acupuncture => "Acupuncture",
        Category::Psychotherapy => "Psychotherapy",
        Category::Naturopathy => "Naturopathy",
    }
}

/// The clinic's own words for an item, on one line.
pub fn description(item: &Item) -> Option<String> {
    let text = item.description.as_ref()?.as_str();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= MAX_DESCRIPTION_CHARACTERS {
        return Some(text).filter(|text| !text.is_empty());
    }
    let kept: String = text.chars().take(MAX_DESCRIPTION_CHARACTERS).collect();
    Some(format!("{}…", kept.trim_end()))
}

/// How the amount of an item comes about, unless it is one without tax.
pub fn calculation(item: &Item) -> Option<String> {
    let mut parts = Vec::new();
    if item.quantity != Quantity::ONE {
        let (count, price) = (quantity(item.quantity), dollars(item.unit_price_cents));
        parts.push(format!("{count} × {price}"));
    }
    if item.tax_cents.get() > 0 {
        parts.push(format!("{} tax included", dollars(item.tax_cents)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn quantity(quantity: Quantity) -> String {
    let hundredths = quantity.hundredths();
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match rest {
        0 => whole.to_string(),
        tenths if tenths % 10 == 0 => format!("{whole}.{}", tenths / 10),
        _ => format!("{whole}.{rest:02}"),
    }
}

/// Numbers of services, as in: services 1, 2 and 4.
pub fn services(numbers: &[u16]) -> String {
    let words: Vec<String> = numbers.iter().map(u16::to_string).collect();
    match numbers {
        [_] => format!("service {}", words.concat()),
        _ => format!("services {}", listed(&words)),
    }
}

/// Whoever is billed.
pub fn payer(submission: &Submission, due: PayerDue) -> String {
    let coverage = due.coverage.and_then(|it| submission.coverages.get(it));
    match (due.payer, coverage) {
        (BilledParty::Wsib, _) => "WSIB (workers' insurance)".to_owned(),
        (BilledParty::Mva, coverage) => insurer(coverage, "auto insurer"),
        (BilledParty::Private, Some(plan)) if plan.kind == CoverageKind::Federal => {
            insurer(coverage, "federal programme")
        }
        (BilledParty::Private, coverage) => insurer(coverage, "private plan"),
        (BilledParty::Patient, _) => "you".to_owned(),
        (BilledParty::ThirdParty, _) => third_party(submission),
        (BilledParty::Ministry, _) => "Ontario's Ministry of Health (OHIP)".to_owned(),
    }
}

/// Some payers in turn.
pub fn payers_in_turn(submission: &Submission, payers: &[PayerDue]) -> String {
    let words: Vec<String> = payers.iter().map(|it| payer(submission, *it)).collect();
    words.join(", then ")
}

/// An insurance by its name, or by what it is to the patient.
pub fn insurer(coverage: Option<&Coverage>, kind: &str) -> String {
    match coverage.and_then(name) {
        Some(name) => format!("{name} ({kind})"),
        None => format!("your {kind}"),
    }
}

fn name(coverage: &Coverage) -> Option<&str> {
    filled(coverage.insurer.as_ref())
}

pub fn filled(line: Option<&Line>) -> Option<&str> {
    line.map(Line::as_str)
        .filter(|text| !text.trim().is_empty())
}

fn third_party(submission: &Submission) -> String {
    match &submission.third_party {
        Some(party) => party.name.as_str().to_owned(),
        None => "whoever asked for it".to_owned(),
    }
}

/// Where something happened, with its preposition.
pub fn place(province: Province, country: Option<Country>) -> &'static str {
    match province {
        Province::Alberta => "in Alberta",
        Province::BritishColumbia => "in British Columbia",
        Province::Manitoba => "in Manitoba",
        Province::NewBrunswick => "in New Brunswick",
        Province::NewfoundlandAndLabrador => "in Newfoundland and Labrador",
        Province::NovaScotia => "in Nova Scotia",
        Province::NorthwestTerritories => "in the Northwest Territories",
        Province::Nunavut => "in Nunavut",
        Province::Ontario => "in Ontario",
        Province::PrinceEdwardIsland => "on Prince Edward Island",
        Province::Quebec => "in Quebec",
        Province::Saskatchewan => "in Saskatchewan",
        Province::Yukon => "in Yukon",
        Province::Abroad if country == Some(Country::UNITED_STATES) => "in the United States",
        Province::Abroad => "outside Canada",
    }
}
