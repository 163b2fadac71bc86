//! Where something happened or was issued: a Canadian province or territory, or abroad.

use super::closed_enum::string_enum;

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
