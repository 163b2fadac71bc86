//! Where something happened or was issued: a Canadian province or territory, or a country.

use serde::Serialize;
use utoipa::ToSchema;

use super::closed_enum::string_enum;
use crate::parse::{
    compare::compare_as_whole,
    decode::{self, Decode},
    fault::{At, Faults},
    fault_code::FaultCode,
    json::Node,
};

string_enum! {
    /// Two letters of a Canadian province or territory, or `XX` for outside Canada.
    Province {
        /// Alberta
        Alberta = "AB",
        /// British Columbia
        BritishColumbia = "BC",
        /// Manitoba
        Manitoba = "MB",
        /// New Brunswick
        NewBrunswick = "NB",
        /// Newfoundland and Labrador
        NewfoundlandAndLabrador = "NL",
        /// Nova Scotia
        NovaScotia = "NS",
        /// Northwest Territories
        NorthwestTerritories = "NT",
        /// Nunavut
        Nunavut = "NU",
        /// Ontario
        Ontario = "ON",
        /// Prince Edward Island
        PrinceEdwardIsland = "PE",
        /// Quebec
        Quebec = "QC",
        /// Saskatchewan
        Saskatchewan = "SK",
        /// Yukon
        Yukon = "YT",
        /// Outside Canada
        Abroad = "XX",
    }
}

/// A country by its two capital letters (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$", example = "CA")]
pub struct Country(&'static str);

/// All that are assigned, as of 2024.
const ASSIGNED: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

impl Country {
    pub const CANADA: Self = Self("CA");
    pub const UNITED_STATES: Self = Self("US");

    /// Reads two capital letters that are assigned to a country.
    pub fn from_code(code: &str) -> Option<Self> {
        ASSIGNED.split(' ').find(|it| *it == code).map(Self)
    }

    pub fn code(self) -> &'static str {
        self.0
    }
}

impl Default for Country {
    fn default() -> Self {
        Self::CANADA
    }
}

impl Decode for Country {
    fn decode(node: &Node<'_>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let country = Self::from_code(decode::read_text(node, at, faults)?);
        if country.is_none() {
            let detail = "unknown value; must be a country's two capital letters of ISO 3166-1, such as CA or US";
            faults.shape(FaultCode::UnknownValue, at, detail);
        }
        country
    }
}

compare_as_whole!(Country);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_capital_letters_that_are_assigned() {
        for code in ASSIGNED.split(' ') {
            let country = Country::from_code(code).unwrap();
            assert_eq!(country.code(), code);
            assert!(code.len() == 2 && code.bytes().all(|it| it.is_ascii_uppercase()));
        }
        assert_eq!(ASSIGNED.split(' ').count(), 249);
        for unknown in [
            "", " ", "ca", "CAN", "XX", "ZZ", "UK", "CA ", "A", "AD AE", "ÇA",
        ] {
            assert_eq!(Country::from_code(unknown), None, "{unknown}");
        }
    }
}
