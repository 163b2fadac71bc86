//! What the ledger of approvals says of claims, on which decisions rest. Searches that wait are answered together.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use payerline_domain::{
    preauthorizations::PreauthorizationEntry,
    values::{
        ids::{ClaimId, ClinicId, PreauthorizationId},
        money::Cents,
        text::Label,
        time::Day,
    },
};

use super::row::PreauthorizationRow;
use crate::store::engine::{
    connection::{Connection, on_backend},
    error::StoreError,
    group::{Grouped, Waiting, answer_each},
    link::Link,
    lookup::MANY_WAITING_LOOKUPS,
    schema::{claims, minor_injury_charges, preauthorization_draws, preauthorizations},
    sql_types::{Date, Id},
    store::Store,
};

/// Asks what the ledger says of a claim.
#[derive(Debug, Clone)]
pub struct LedgerSearch {
    pub clinic: ClinicId,
    /// The numbers that the claim names.
    pub numbers: Vec<Label>,
    /// The patient and the day of the accident, of a claim under the Minor Injury Guideline.
    pub guideline_accident: Option<(Label, Day)>,
    /// What these claims have drawn does not count: the claim itself, and the one that it replaces.
    pub own: Vec<ClaimId>,
    /// The claim's external id, if it is sent: it may be stored already.
    pub external_id: Option<Label>,
}

/// What the ledger says of a claim.
#[derive(Debug, Clone, Default)]
pub struct LedgerFound {
    /// The approvals that it names, in any order and whatever form the numbers are stored in.
    pub approvals: Vec<FoundApproval>,
    /// What other claims have taken of the cap of the Minor Injury Guideline.
    pub minor_injury_cents: Cents,
}

#[derive(Debug, Clone)]
pub struct FoundApproval {
    pub id: PreauthorizationId,
    pub version: i64,
    pub entry: PreauthorizationEntry,
    /// What other claims have drawn.
    pub drawn: Cents,
}

impl LedgerFound {
    fn is_drawn(&self) -> bool {
        self.approvals.iter().any(|it| it.drawn > Cents::default())
    }
}

impl Grouped for LedgerSearch {
    type Answer = LedgerFound;
    const MANY_WAITING: usize = MANY_WAITING_LOOKUPS;

    fn answer(link: &mut Link, group: Vec<Waiting<Self>>) {
        answer_each(link, group, find_all);
    }
}

/// Answers searches in their order, those of a clinic together.
fn find_all(
    connection: &mut Connection,
    searches: &[LedgerSearch],
) -> Result<Vec<LedgerFound>, StoreError> {
    let mut answers = vec![LedgerFound::default(); searches.len()];
    let clinics: HashSet<ClinicId> = searches.iter().map(|it| it.clinic).collect();
    for clinic in clinics {
        let of_clinic = searches.iter().zip(&mut answers);
        let of_clinic = of_clinic.filter(|(search, _)| search.clinic == clinic);
        find_of_clinic(connection, Id(clinic.uuid()), of_clinic.collect())?;
    }
    Ok(answers)
}

fn find_of_clinic(
    connection: &mut Connection,
    clinic_id: Id,
    mut searches: Vec<(&LedgerSearch, &mut LedgerFound)>,
) -> Result<(), StoreError> {
    find_approvals(connection, clinic_id, &mut searches)?;
    // Most claims ask for no more.
    searches.retain(|(search, found)| search.guideline_accident.is_some() || found.is_drawn());
    if searches.is_empty() {
        return Ok(());
    }
    let own = find_own(connection, clinic_id, &searches)?;
    add_minor_injury(connection, clinic_id, &mut searches, &own)?;
    let drawn = searches.iter().zip(&own);
    let drawn = drawn.filter(|((_, found), _)| found.is_drawn());
    let claims: Vec<Id> = drawn.flat_map(|(_, own)| own).copied().collect();
    if claims.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Id, Id, i64, i64)> = on_backend!(connection, |c| {
        preauthorization_draws::table
            .select((
                preauthorization_draws::claim_id,
                preauthorization_draws::preauthorization_id,
                preauthorization_draws::reserved_cents,
                preauthorization_draws::consumed_cents,
            ))
            .filter(preauthorization_draws::clinic_id.eq(clinic_id))
            .filter(preauthorization_draws::claim_id.eq_any(&claims))
            .load(c)
    })?;
    for ((_, found), own) in searches.iter_mut().zip(&own) {
        for approval in &mut found.approvals {
            let own = rows
                .iter()
                .filter(|(claim, id, ..)| own.contains(claim) && id.0 == approval.id.uuid());
            let own: i64 = own
                .map(|(.., reserved, consumed)| reserved + consumed)
                .sum();
            // Read one after the other: the claim itself may have drawn in between.
            approval.drawn = Cents::from_stored((approval.drawn.get() - own).max(0));
        }
    }
    Ok(())
}

fn find_approvals(
    connection: &mut Connection,
    clinic_id: Id,
    searches: &mut [(&LedgerSearch, &mut LedgerFound)],
) -> Result<(), StoreError> {
    let numbers = searches.iter().flat_map(|(search, _)| &search.numbers);
    let numbers: HashSet<String> = numbers.flat_map(Label::stored_forms).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let rows: Vec<PreauthorizationRow> = on_backend!(connection, |c| {
        preauthorizations::table
            .select(PreauthorizationRow::as_select())
            .filter(preauthorizations::clinic_id.eq(clinic_id))
            .filter(preauthorizations::number.eq_any(&numbers))
            .order(preauthorizations::id.asc())
            .load(c)
    })?;
    let mut stored: Vec<(String, FoundApproval)> = Vec::with_capacity(rows.len());
    for row in rows {
        let number = row.number.clone();
        let approval = row.read()?;
        let found = FoundApproval {
            id: approval.id,
            version: approval.version,
            drawn: approval.account.drawn(),
            entry: approval.entry,
        };
        stored.push((number, found));
    }
    for (search, found) in searches {
        let forms: HashSet<String> = search
            .numbers
            .iter()
            .flat_map(Label::stored_forms)
            .collect();
        let named = stored.iter().filter(|(number, _)| forms.contains(number));
        found.approvals = named.map(|(_, approval)| approval.clone()).collect();
    }
    Ok(())
}

/// The claims of each search whose draws do not count.
fn find_own(
    connection: &mut Connection,
    clinic_id: Id,
    searches: &[(&LedgerSearch, &mut LedgerFound)],
) -> Result<Vec<Vec<Id>>, StoreError> {
    let sent = searches
        .iter()
        .filter_map(|(it, _)| it.external_id.as_ref());
    let forms: HashSet<String> = sent.flat_map(Label::stored_forms).collect();
    let mut stored: HashMap<String, Id> = HashMap::new();
    if !forms.is_empty() {
        let rows: Vec<(String, Id)> = on_backend!(connection, |c| {
            claims::table
                .select((claims::external_id, claims::id))
                .filter(claims::clinic_id.eq(clinic_id))
                .filter(claims::external_id.eq_any(&forms))
                .load(c)
        })?;
        stored.extend(rows);
    }
    let own = searches.iter().map(|(search, _)| {
        let named = search.own.iter().map(|id| Id(id.uuid()));
        let forms = search.external_id.iter().flat_map(Label::stored_forms);
        let sent = forms.filter_map(|form| stored.get(&form).copied());
        named.chain(sent).collect()
    });
    Ok(own.collect())
}

/// Adds up what other claims have taken of the cap of the Minor Injury Guideline.
fn add_minor_injury(
    connection: &mut Connection,
    clinic_id: Id,
    searches: &mut [(&LedgerSearch, &mut LedgerFound)],
    own: &[Vec<Id>],
) -> Result<(), StoreError> {
    let accidents = searches
        .iter()
        .filter_map(|(it, _)| it.guideline_accident.as_ref());
    let patients: HashSet<String> = accidents
        .map(|(patient, _)| patient.normal_form().into_owned())
        .collect();
    if patients.is_empty() {
        return Ok(());
    }
    let charges: Vec<(String, Date, Id, i64)> = on_backend!(connection, |c| {
        minor_injury_charges::table
            .select((
                minor_injury_charges::patient_id,
                minor_injury_charges::accident_date,
                minor_injury_charges::claim_id,
                minor_injury_charges::cents,
            ))
            .filter(minor_injury_charges::clinic_id.eq(clinic_id))
            .filter(minor_injury_charges::patient_id.eq_any(&patients))
            .load(c)
    })?;
    for ((search, found), own) in searches.iter_mut().zip(own) {
        let Some((patient, day)) = &search.guideline_accident else {
            continue;
        };
        let patient = patient.normal_form();
        let others = charges.iter().filter(|(patient_id, date, claim, _)| {
            *patient_id == patient && date.0 == *day && !own.contains(claim)
        });
        found.minor_injury_cents = Cents::from_stored(others.map(|(.., cents)| cents).sum());
    }
    Ok(())
}

impl Store {
    /// What the ledger says of a claim.
    pub async fn search_ledger(&self, search: LedgerSearch) -> Result<LedgerFound, StoreError> {
        // Most claims ask nothing of it.
        if search.numbers.is_empty() && search.guideline_accident.is_none() {
            return Ok(LedgerFound::default());
        }
        self.read_grouped("reading the ledger", search).await
    }
}
