//! A line of many remittances: what is answered, and to which claim.

use super::remittance::{RemittanceRequest, RemittedItem};
use crate::{
    claims::{payers_due::BilledParty, submission::MAX_ITEMS},
    parse::{decode::note_duplicates, fault_code::FaultCode, json::Node, record::record},
    values::{ids::ClaimId, text::Label, time::Day},
};

record! {
    /// What a payer, the patient or a third party paid of a claim, and which claim it is: give `claim_id` or `external_id`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RemittanceLine {
        /// Payerline's id of the claim.
        pub claim_id: Option<ClaimId>,
        /// The billing system's id of the claim.
        #[schema(value_type = Option<String>, min_length = 1, max_length = 64, example = "INV-2026-000123")]
        pub external_id: Option<Label>,
        /// The payer's number of the remittance, cheque or transfer. Of one payer a claim has each number once; one cheque may
        /// pay many claims.
        #[schema(value_type = String, min_length = 1, max_length = 64, example = "CHQ-118204")]
        pub number: Label,
        /// Who answers. The claim need not have been sent there.
        pub payer: BilledParty,
        /// The index in `coverages` of the insurance; needed where several private plans are due in turn.
        #[schema(minimum = 0, maximum = 19, example = 0)]
        pub coverage: Option<u16>,
        /// The day on which it was paid. It may not lie in the future.
        #[schema(value_type = Option<String>, format = Date, example = "2026-07-02")]
        pub paid_on: Option<Day>,
        /// The items that it is about. Of one that `reverses` another they may be left out.
        #[schema(max_items = 500)]
        pub items: Vec<RemittedItem> [0..=MAX_ITEMS] = default,
        /// The number of an earlier remittance of this payer, all of which is taken back.
        #[schema(value_type = Option<String>, min_length = 1, max_length = 64, example = "CHQ-118101")]
        pub reverses: Option<Label>,
    }
    check(node, at, faults) {
        // One that is there and faulty is named already.
        let is_empty = |it: &Node<'_>| matches!(it, Node::Null) || matches!(it, Node::Text(text) if text.is_empty());
        let is_given = |name: &str| node.get(name).is_some_and(|it| !is_empty(it));
        if is_given("claim_id") == is_given("external_id") {
            faults.shape(FaultCode::OneOf, at, "give either `claim_id` or `external_id`");
        }
    }
    built(line, at, faults) {
        note_duplicates(line.items.iter().map(|it| &it.sequence), &at.field("items"), faults);
    }
}

/// A claim as a line names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NamedClaim {
    Id(ClaimId),
    ExternalId(Label),
}

impl RemittanceLine {
    /// The claim, and what is answered to it. `None` if it names no claim, which decoding refuses.
    pub fn into_parts(self) -> Option<(NamedClaim, RemittanceRequest)> {
        let claim = match (self.claim_id, self.external_id) {
            (Some(id), _) => NamedClaim::Id(id),
            (None, Some(id)) => NamedClaim::ExternalId(id),
            (None, None) => return None,
        };
        let request = RemittanceRequest {
            number: self.number,
            payer: self.payer,
            coverage: self.coverage,
            paid_on: self.paid_on,
            items: self.items,
            reverses: self.reverses,
        };
        Some((claim, request))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::parse::{decode::Decode, fault::Refusal};

    fn parse(claim: Value) -> Result<RemittanceLine, Refusal> {
        let mut line =
            json!({"number": "CHQ-1", "payer": "mva", "items": [{"sequence": 1, "paid_cents": 5}]});
        let fields = claim.as_object().unwrap().clone();
        line.as_object_mut().unwrap().extend(fields);
        RemittanceLine::parse(line.to_string().as_bytes())
    }

    #[test]
    fn a_line_names_its_claim_in_one_of_two_ways() {
        let id = "019f2a00-0000-7000-8000-000000000001";
        let (claim, request) = parse(json!({"claim_id": id}))
            .unwrap()
            .into_parts()
            .unwrap();
        assert_eq!(claim, NamedClaim::Id(ClaimId::parse(id).unwrap()));
        assert_eq!(request.items.len(), 1);
        let line = parse(json!({"external_id": "Be\u{301}", "claim_id": null})).unwrap();
        let (claim, _) = line.into_parts().unwrap();
        assert!(matches!(claim, NamedClaim::ExternalId(id) if id.as_str() == "Be\u{301}"));
        for neither in [
            json!({}),
            json!({"claim_id": null}),
            json!({"claim_id": id, "external_id": "INV-1"}),
        ] {
            let faults = format!("{:?}", parse(neither).unwrap_err());
            assert!(faults.contains("claim_id"), "{faults}");
        }
    }
}
