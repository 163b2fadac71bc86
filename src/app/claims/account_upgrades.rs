//! Claims that earlier builds stored enter the accounts: the approvals that they name, what those that are `ready` draw,
//! and what they take of the cap of the Minor Injury Guideline. From their kept facts, in the background.

use payerline_domain::{
    claims::{
        claim::Status,
        payer::{Disposition, Payer},
        submission::Submission,
    },
    values::ids::ClinicId,
};

use super::{accounts::SearchedClaim, service::Claims};
use crate::{
    app::error::AppError,
    store::{ClaimAccounts, EarlierClaim, EarlierEntry},
};

/// Claims that enter in one transaction.
const CLAIMS_PER_PAGE: i64 = 100;

/// Enters the claims of all clinics. A restart continues where a stop interrupted it; claims that are entered twice draw
/// once.
pub async fn enter_earlier(claims: &Claims) -> Result<(), AppError> {
    let mut entered = 0;
    for clinic in claims.store.clinic_ids().await? {
        claims.store.release_stray_draws(clinic).await?;
        let mut position = claims.store.account_position(clinic).await?;
        loop {
            let next = claims
                .store
                .earlier_claims(clinic, position, CLAIMS_PER_PAGE);
            let page = next.await?;
            position = page.end;
            entered += page.claims.len();
            let mut entries = Vec::with_capacity(page.claims.len());
            for claim in page.claims {
                entries.push(claims.find_entry(clinic, claim).await?);
            }
            // How far it came is noted where there was something to do, and at the end.
            if !entries.is_empty() || page.is_last {
                let store = &claims.store;
                store
                    .enter_earlier_claims(clinic, entries, position)
                    .await?;
            }
            if page.is_last {
                break;
            }
        }
    }
    if entered > 0 {
        tracing::info!(
            claims = entered,
            "claims of an earlier version draw of the approvals that they rely on"
        );
    }
    Ok(())
}

impl Claims {
    /// Works out what a claim names and draws. Fails only if the database is away: a claim that cannot be read back must
    /// not keep the others waiting.
    async fn find_entry(
        &self,
        clinic: ClinicId,
        claim: EarlierClaim,
    ) -> Result<EarlierEntry, AppError> {
        let accounts = match self.find_earlier_accounts(clinic, &claim).await {
            Ok(accounts) => accounts,
            Err(error) if error.is_transient() => return Err(error),
            // Its table is not kept, or comes to another decision here: which items rely on what is not known.
            Err(error) => {
                tracing::warn!(%error, claim = %claim.id, "what a claim draws of approvals is not known");
                let submission = Submission::read_stored(claim.evidence.submission.as_bytes());
                ClaimAccounts {
                    numbers: submission
                        .map(|it| it.preauthorizations)
                        .unwrap_or_default(),
                    ..ClaimAccounts::default()
                }
            }
        };
        Ok(EarlierEntry {
            id: claim.id,
            version: claim.version,
            accounts,
        })
    }

    async fn find_earlier_accounts(
        &self,
        clinic: ClinicId,
        claim: &EarlierClaim,
    ) -> Result<ClaimAccounts, AppError> {
        let remade = self.remake(clinic, claim.id, &claim.evidence).await?;
        let decided = remade.into_reproduced()?;
        let search = SearchedClaim::Stored(claim.id).search(clinic, &decided.submission);
        let found = self.store.search_ledger(search).await?;
        let items = decided.assessment.decision.items.iter();
        let payers: Vec<Payer> = items.map(|it| it.payer).collect();
        let disposition = match claim.standing {
            Some((Status::Ready, disposition)) => disposition,
            _ => Disposition::NeedsReview,
        };
        let mut accounts = decided.find_accounts(&found.approvals, disposition, payers.into_iter());
        if matches!(
            claim.standing,
            None | Some((Status::Void | Status::Replaced, _))
        ) {
            accounts.minor_injury = None;
        }
        Ok(accounts)
    }
}
