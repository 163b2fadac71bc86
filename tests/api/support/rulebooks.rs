//! Rulebooks put into the database behind the service's back, and back-tests that were interrupted.

use payerline::{
    app::clock,
    store::{Changed, DatabaseUrl, NewActivation, NewRulebook, Store},
};
use payerline_domain::{
    access::ActorId,
    values::{ids::ClinicId, names::VersionName, time::Day},
};
use payerline_rulebook::Rulebook;
use serde_json::Value;
use uuid::Uuid;

use super::{Caller, Database};

/// The store of a test's database, beside the service's own.
pub async fn store_of(database: &Database) -> Store {
    let url = DatabaseUrl::parse(database.url()).expect("a database URL");
    Store::attach(&url).await.expect("the database is there")
}

/// The id of a clinic by its name, for an operator.
pub async fn clinic_named(operator: &Caller, name: &str) -> ClinicId {
    let clinics = operator.all("/v1/clinics", &[]).await;
    let clinic = clinics.iter().find(|it| it["name"] == name);
    let id = clinic.expect("the clinic")["id"].as_str().expect("an id");
    ClinicId::parse(id).expect("an id")
}

/// The shipped table, altered, as a version of its own.
pub fn altered(version: &str, alter: impl FnOnce(&mut Value)) -> Rulebook {
    let shipped = Rulebook::ontario().expect("the shipped rulebook");
    let mut table: Value = serde_json::from_str(shipped.canonical()).expect("JSON");
    table["version"] = version.into();
    alter(&mut table);
    Rulebook::parse(&table.to_string()).expect("a table")
}

/// What a rule of a table decides.
pub fn rule<'t>(table: &'t mut Value, id: &str) -> &'t mut Value {
    let rules = table["rules"].as_array_mut().expect("rules");
    let rule = rules.iter_mut().find(|rule| rule["id"] == id);
    &mut rule.expect("the rule")["then"]["decide"]
}

/// Enters a rulebook as a draft of a clinic.
pub async fn draft(store: &Store, clinic: ClinicId, rulebook: &Rulebook) {
    let now = clock::now();
    let new = NewRulebook {
        version: rulebook.table().version().clone(),
        name: rulebook.table().name().clone(),
        sha256: rulebook.version().sha256.to_string(),
        table: rulebook.canonical().to_owned(),
        golden_cases: "[]".to_owned(),
        note: String::new(),
        based_on: None,
    };
    let id = clock::new_id(now).into();
    let entered = store.create_rulebook((clinic, somebody()), id, new, now);
    let entered = entered.await.expect("the draft is entered");
    assert!(matches!(entered, Changed::Made(_)), "{entered:?}");
}

/// Puts a draft into force for all claims.
pub async fn activate(store: &Store, clinic: ClinicId, version: &str) {
    let version = VersionName::parse(version).expect("a version");
    let found = store.rulebook(clinic, version.clone()).await;
    let found = found.expect("the store").expect("the draft").summary;
    let activated = store.activate_rulebook(NewActivation {
        clinic,
        actor: somebody(),
        version,
        sha256: found.sha256,
        revision: found.revision,
        effective_from: Day::parse("2000-01-01").expect("a day"),
        limits: None,
        now: clock::now(),
    });
    let activated = activated.await.expect("the store");
    assert!(matches!(activated, Changed::Made(_)), "{activated:?}");
}

/// An actor that no test looks at.
pub fn somebody() -> ActorId {
    ActorId::Key(Uuid::from_u128(1).into())
}
