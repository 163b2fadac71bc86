//! A claim that is sent to a payer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::payers_due::{BilledParty, PayerDue, PayersDue};
use crate::{
    parse::{
        fault::{At, Faults},
        fault_code::FaultCode,
        record::record,
    },
    values::{
        closed_enum::{ClosedEnum, string_enum},
        text::Label,
        time::Day,
    },
};

string_enum! {
    /// How a claim is sent.
    Channel {
        /// Health Claims for Auto Insurance.
        Hcai = "hcai",
        /// WSIB's provider billing.
        Wsib = "wsib",
        /// A claims network of private plans, such as TELUS eClaims.
        Eclaims = "eclaims",
        /// Medavie Blue Cross, also for federal programmes.
        Medavie = "medavie",
        /// The Ministry of Health's claims system.
        Ministry = "ministry",
        /// An invoice.
        Invoice = "invoice",
        /// Another way.
        Other = "other",
    }
}

record! {
    /// To whom a claim is sent, and how.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SendRequest {
        /// Who is sent the claim: one of its `payers_due`, whose turn it is.
        pub payer: BilledParty,
        /// The index in `coverages` of the private plan; needed where several are due in turn.
        #[schema(minimum = 0, maximum = 19, example = 0)]
        pub coverage: Option<u16>,
        /// How it is sent.
        pub channel: Channel,
        /// The payer's or network's number of what was sent.
        #[schema(value_type = Option<String>, min_length = 1, max_length = 64, example = "HCAI-20260602-118")]
        pub reference: Option<Label>,
        /// The day on which it was sent; left out: today in Ontario. It may not lie in the future.
        #[schema(value_type = Option<String>, format = Date, example = "2026-06-02")]
        pub sent_on: Option<Day>,
    }
}

/// A payer was sent the claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentClaim {
    /// Who was sent the claim.
    pub payer: BilledParty,
    /// The index in `coverages` of the insurance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    pub coverage: Option<usize>,
    /// How.
    pub channel: Channel,
    /// The payer's or network's number of what was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "HCAI-20260602-118")]
    pub reference: Option<String>,
    /// The day on which it was sent.
    pub sent_on: Day,
}

impl SentClaim {
    pub fn payer_due(&self) -> PayerDue {
        PayerDue {
            payer: self.payer,
            coverage: self.coverage,
        }
    }
}

impl SendRequest {
    /// Finds the payer that is meant, who must be due, and fills in the day. Notes what is wrong.
    pub fn resolve(
        &self,
        due: &PayersDue,
        now: &[PayerDue],
        today: Day,
        faults: &mut Faults,
    ) -> Option<SentClaim> {
        let sent_on = self.sent_on.unwrap_or(today);
        if sent_on > today {
            let detail = "must not be after today: record what was sent, not what will be";
            faults.rule(FaultCode::InTheFuture, &At::ROOT.field("sent_on"), detail);
        }
        let payer = self.find_payer(due, now, faults)?;
        Some(SentClaim {
            payer: payer.payer,
            coverage: payer.coverage,
            channel: self.channel,
            reference: self.reference.as_ref().map(|it| it.as_str().to_owned()),
            sent_on,
        })
    }

    fn find_payer(
        &self,
        due: &PayersDue,
        now: &[PayerDue],
        faults: &mut Faults,
    ) -> Option<PayerDue> {
        let coverage = self.coverage.map(usize::from);
        let of_payer = |it: &&PayerDue| it.payer == self.payer;
        let all = due.in_turn();
        if coverage.is_none() && all.iter().filter(of_payer).count() > 1 {
            let detail = "several plans are due in turn; give the index in `coverages` of the one that is sent the claim";
            faults.rule(
                FaultCode::CoverageNeeded,
                &At::ROOT.field("coverage"),
                detail,
            );
            return None;
        }
        let is_meant =
            |it: &&PayerDue| of_payer(it) && (coverage.is_none() || it.coverage == coverage);
        let found = now.iter().find(is_meant).copied();
        if found.is_none() {
            let at = if now.iter().any(|it| it.payer == self.payer) {
                "coverage"
            } else {
                "payer"
            };
            let detail = if now.is_empty() {
                "nobody is due: everybody in `payers_due` was sent the claim".to_owned()
            } else {
                let due: Vec<String> = now.iter().map(name).collect();
                format!("is not due; it is the turn of: {}", due.join(", "))
            };
            faults.rule(FaultCode::PayerNotDue, &At::ROOT.field(at), detail);
        }
        found
    }
}

fn name(due: &PayerDue) -> String {
    match due.coverage {
        Some(coverage) => format!("{} (coverage {coverage})", due.payer.word()),
        None => due.payer.word().to_owned(),
    }
}

record! {
    /// Why somebody does this.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ReasonRequest {
        /// Why, in a sentence that can be read years later: 1 to 2,000 characters.
        #[schema(value_type = String, min_length = 1, max_length = 2000, example = "The patient cancelled the treatment.")]
        pub reason: std::sync::Arc<str> as crate::values::text::Prose,
    }
}
