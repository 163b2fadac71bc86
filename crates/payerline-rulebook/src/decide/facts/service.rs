//! The item: what kind of service it is, and whether OHIP insures it.

use serde_json::{Value, json};

use crate::table::vocabulary::{Service, ServiceFacts};
use payerline_domain::{
    claims::{
        decision::FOLLOWERS,
        item::{Category, InsuredByOhip, Item},
    },
    values::{closed_enum::ClosedEnum, time::Day},
};

/// The price of every item of an example claim.
pub const EXAMPLE_PRICE_CENTS: i64 = 10_000;

impl ServiceFacts {
    /// The facts of an item, on a claim that has stem cells or has none.
    pub fn gather(item: &Item, has_stem_cells: bool) -> Self {
        let service = match item.category {
            Category::StemCellTherapy => Service::StemCells,
            // "unless OHIP insures it": then it is decided by itself.
            category
                if has_stem_cells
                    && FOLLOWERS.contains(&category)
                    && item.insured_by_ohip != InsuredByOhip::Yes =>
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
        }
    }

    /// Such an item on a day of service, and the same in words. What it follows is another item.
    pub fn example(&self, day: Day) -> (Value, [String; 2]) {
        let Self {
            service,
            category,
            ohip_insured,
        } = *self;
        let example = item(category, ohip_insured, day);
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
        (example, [service, insured.to_owned()])
    }
}

/// An item of an example claim.
pub fn item(category: Category, insured_by_ohip: InsuredByOhip, day: Day) -> Value {
    json!({
        "service_date": day,
        "category": category,
        "insured_by_ohip": insured_by_ohip,
        "unit_price_cents": EXAMPLE_PRICE_CENTS,
    })
}
