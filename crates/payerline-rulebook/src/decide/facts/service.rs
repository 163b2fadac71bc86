//! The item: what kind of service it is, and whether OHIP insures it.

use serde_json::{Value, json};

use crate::table::vocabulary::{CodeList, Service, ServiceFacts, UnitAmount};
use payerline_domain::{
    claims::{
        decision::FOLLOWERS,
        item::{Category, CodeSystem, InsuredByOhip, Item, RequestedBy},
        profession::Profession,
    },
    values::{closed_enum::ClosedEnum, time::Day},
};

/// Goods of at most this price need no OCF-18 (SABS s.38(2)).
const EXEMPT_UNIT_CENTS: i64 = 25_000;
/// The price of an item of an example claim, unless its price matters.
const EXAMPLE_PRICE_CENTS: i64 = 10_000;
const EXAMPLE_TAX_CENTS: i64 = 1_300;

impl ServiceFacts {
    /// The facts of an item, on a claim that has stem cells or has none.
    pub fn gather(
        item: &Item,
        has_stem_cells: bool,
        profession: Profession,
        is_possible_duplicate: bool,
    ) -> Self {
        let service = match item.category {
            Category::StemCellTherapy => Service::StemCells,
            // "unless OHIP insures it": then it is decided by itself.
            category
                if has_stem_cells
                    && FOLLOWERS.contains(&category)
                    && item.insured_by_ohip != InsuredByOhip::Yes
                    && item.requested_by == RequestedBy::Patient =>
            {
                Service::FollowsStemCells
            }
            Category::PlateletRichPlasma => Service::Plasma,
            _ => Service::Other,
        };
        Self {
            service,
            category: item.category,
            ohip_insured: item.insured_by_ohip,
            requested_by: item.requested_by,
            profession,
            code_system: code_list(item),
            prescribed: item.prescribed.into(),
            emergency: item.emergency.into(),
            unit_amount: unit_amount(item),
            possible_duplicate: is_possible_duplicate.into(),
        }
    }

    /// Such an item on a day of service, and the same in words. What it follows is another item.
    pub fn example(&self, day: Day) -> (Value, Vec<String>) {
        let Self {
            service,
            category,
            ohip_insured,
            requested_by,
            profession,
            code_system,
            prescribed,
            emergency,
            unit_amount,
            possible_duplicate,
        } = *self;
        let (price, tax) = unit_amount.example_cents();
        let example = json!({
            "service_date": day,
            "category": category,
            "code": (code_system != CodeList::None).then_some("A007A"),
            "system": (code_system != CodeList::None).then_some(code_system),
            "insured_by_ohip": ohip_insured,
            "unit_price_cents": price,
            "tax_cents": tax,
            "requested_by": (requested_by != RequestedBy::Patient).then_some(requested_by),
            "prescribed": prescribed.then_some(true),
            "emergency": emergency.then_some(true),
        });
        let category = category.word();
        let service = match service {
            Service::StemCells => "The item is stem cells.".to_owned(),
            Service::FollowsStemCells => {
                format!("The item is of the category `{category}`, on a claim with stem cells.")
            }
            Service::Plasma => {
                "The item is platelet-rich plasma that follows no stem cells.".to_owned()
            }
            Service::Other => format!("The item is of the category `{category}`."),
        };
        let insured = match ohip_insured {
            InsuredByOhip::Yes => "OHIP insures it.",
            InsuredByOhip::No => "OHIP does not insure it.",
            InsuredByOhip::Unknown => "Nobody knows whether OHIP insures it.",
        };
        let amount = match unit_amount {
            UnitAmount::AtMost250 => None,
            UnitAmount::AtMost250WithoutTax => Some("It costs $250, and more with tax."),
            UnitAmount::Over250 => Some("It costs more than $250."),
        };
        let list = (code_system != CodeList::None)
            .then(|| format!("Its code is of the list `{}`.", code_system.word()));
        let said = [
            (requested_by == RequestedBy::ThirdParty).then_some("A third party asked for it."),
            prescribed.then_some("It was prescribed."),
            emergency.then_some("It was an emergency."),
            amount,
            possible_duplicate.then_some("Another claim has the same service."),
        ];
        let by = format!("Its provider's profession is `{}`.", profession.word());
        let mut sentences = vec![service, insured.to_owned(), by];
        sentences.extend(list);
        sentences.extend(said.into_iter().flatten().map(str::to_owned));
        (example, sentences)
    }
}

impl UnitAmount {
    /// The price of one unit and the tax of an example item.
    fn example_cents(self) -> (i64, i64) {
        match self {
            Self::AtMost250 => (EXAMPLE_PRICE_CENTS, 0),
            Self::AtMost250WithoutTax => (EXEMPT_UNIT_CENTS, EXAMPLE_TAX_CENTS),
            Self::Over250 => (EXEMPT_UNIT_CENTS + EXAMPLE_PRICE_CENTS, 0),
        }
    }

    /// The amount of an example item, in cents.
    pub fn example_total_cents(self) -> i64 {
        let (price, tax) = self.example_cents();
        price + tax
    }
}

/// The stem cells that an example item follows.
pub fn leader(insured_by_ohip: InsuredByOhip, day: Day) -> Value {
    json!({
        "service_date": day,
        "category": Category::StemCellTherapy,
        "insured_by_ohip": insured_by_ohip,
        "unit_price_cents": UnitAmount::AtMost250.example_total_cents(),
    })
}

fn code_list(item: &Item) -> CodeList {
    match (&item.code, item.system) {
        (None, _) | (_, None) => CodeList::None,
        (Some(_), Some(system)) => match system {
            CodeSystem::Clinic => CodeList::Clinic,
            CodeSystem::Ohip => CodeList::Ohip,
            CodeSystem::Cci => CodeList::Cci,
            CodeSystem::Hcai => CodeList::Hcai,
            CodeSystem::Wsib => CodeList::Wsib,
        },
    }
}

/// The price of one unit, with its share of the item's tax: price plus tax divided by the quantity.
fn unit_amount(item: &Item) -> UnitAmount {
    let room = EXEMPT_UNIT_CENTS.saturating_sub(item.unit_price_cents.get());
    let quantity = i64::from(item.quantity.hundredths());
    if room < 0 {
        UnitAmount::Over250
    } else if item.tax_cents.get().saturating_mul(100) <= room.saturating_mul(quantity) {
        UnitAmount::AtMost250
    } else {
        UnitAmount::AtMost250WithoutTax
    }
}
