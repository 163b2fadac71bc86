//! A database of its own for each test, and claims to put into it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use diesel::{Connection as _, PgConnection, connection::SimpleConnection};
use secrecy::SecretString;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::store::{
    ClaimAccounts, DatabaseUrl, DraftChange, KeyHash, NewClaim, Store, StoreError,
    claims::{batch::Stored, prepared::PreparedClaim},
    engine::{
        connection::{Connection, on_backend},
        group::{Grouped, Waiting},
        link::{Link, Source},
        writer::QueuedWrite,
    },
};
use payerline_domain::{
    access::{ActorId, ApiKey, Clinic, Role, Roles},
    claims::{
        billing::{BillingOrder, BillingSequence},
        decision::{Assessment, Decision, Grounds, ItemDecision, RulebookVersion},
        payer::{Disposition, Payer},
        payers_due::PayersDue,
        submission::Submission,
    },
    values::{
        ids::{ClinicId, uuid_at},
        text::Label,
        time::{Day, Timestamp},
    },
};

/// A fresh database that goes when it is dropped.
pub struct Database {
    pub url: DatabaseUrl,
    _directory: Option<tempfile::TempDir>,
    server: Option<(String, String)>,
}

impl Database {
    pub fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            url: DatabaseUrl::Sqlite(directory.path().join("payerline.db")),
            _directory: Some(directory),
            server: None,
        }
    }

    pub fn postgres() -> Self {
        let server = std::env::var("PAYERLINE_TEST_POSTGRES").expect(
            "PAYERLINE_TEST_POSTGRES must be the URL of a PostgreSQL server where these tests may \
             create databases; ./test.sh starts one",
        );
        let name = format!("store_{}", id::<Uuid>().simple());
        PgConnection::establish(&server)
            .unwrap()
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let (address, _) = server.rsplit_once('/').unwrap();
        Self {
            url: DatabaseUrl::Postgres(SecretString::from(format!("{address}/{name}"))),
            _directory: None,
            server: Some((server, name)),
        }
    }

    pub async fn open(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    /// A connection beside the store's.
    pub fn connect(&self) -> Connection {
        Connection::open(&self.url).unwrap()
    }

    /// Cuts every connection to the database, as a failover does; nothing to cut on SQLite.
    pub fn cut_connections(&self) {
        if let Some((server, name)) = &self.server {
            PgConnection::establish(server)
                .unwrap()
                .batch_execute(&format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                ))
                .unwrap();
        }
    }
}

impl Connection {
    /// Runs SQL text without parameters.
    pub fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        Ok(on_backend!(self, |c| c.batch_execute(sql))?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            let dropped = PgConnection::establish(server)
                .map_err(|error| error.to_string())
                .and_then(|mut connection| {
                    connection
                        .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                        .map_err(|error| error.to_string())
                });
            // A test that failed should not fail twice.
            if let Err(error) = dropped {
                tracing::warn!(%error, name, "cannot drop the test's database");
            }
        }
    }
}

/// An instant later than all before it.
pub fn now() -> Timestamp {
    static CLOCK: AtomicI64 = AtomicI64::new(1_780_000_000_000_000);
    Timestamp::from_microseconds(CLOCK.fetch_add(1, Ordering::Relaxed)).unwrap()
}

/// A change, at a moment of its own, of a draft that its author saw at a revision.
pub fn draft_change((clinic, actor): (ClinicId, ActorId), expected_revision: i64) -> DraftChange {
    DraftChange {
        clinic,
        actor,
        expected_revision,
        now: now(),
    }
}

pub fn actor_id() -> ActorId {
    ActorId::Key(id())
}

pub fn id<T: From<Uuid>>() -> T {
    let mut random = [0; 10];
    getrandom::fill(&mut random).unwrap();
    uuid_at(now(), random).into()
}

pub fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub fn api_key(role: Role) -> ApiKey {
    ApiKey {
        id: id(),
        name: label("front desk"),
        roles: Roles::new(vec![role]),
        created_at: now(),
        revoked_at: None,
    }
}

pub fn clinic(name: &str) -> Clinic {
    Clinic {
        id: id(),
        name: label(name),
        created_at: now(),
    }
}

/// A claim of two items; `note` makes its content differ.
pub fn new_claim(clinic: ClinicId, external_id: &str, note: &str) -> NewClaim {
    let body = format!(
        r#" {{"external_id": "{external_id}",  "patient": {{"id": "P-1", "birth_date": "1984-03-09"}},
        "provider": {{"id": "D-7", "profession": "physician"}}, "coverages": [],
        "items": [{{"service_date": "2026-06-03", "category": "rehabilitation", "unit_price_cents": 12000}},
          {{"category": "other", "service_date": "2026-06-01", "unit_price_cents": 500, "code": "N\u0031",
            "description": "{note}"}}]}}
        "#
    );
    let submission = Submission::parse(body.as_bytes(), day("2026-07-01")).unwrap();
    let grounds = Arc::new(Grounds {
        rule: "a-rule".into(),
        because: "because".into(),
        basis: "basis".into(),
        required_documents: Vec::new(),
    });
    let item = |sequence, payer, disposition, billing| ItemDecision {
        preauthorization: None,
        sequence,
        payer,
        disposition,
        grounds: grounds.clone(),
        coverage: None,
        billing_order: BillingOrder(billing),
        bill_to: None,
    };
    let decision = Decision {
        rulebook: Arc::new(RulebookVersion {
            name: "ontario".into(),
            version: "1".into(),
            sha256: "00".into(),
        }),
        items: vec![
            item(
                1,
                Payer::Private,
                Disposition::NeedsReview,
                BillingSequence::Private,
            ),
            item(
                2,
                Payer::Mva,
                Disposition::Ready,
                BillingSequence::PrivateThenMva,
            ),
        ],
        findings: Vec::new(),
    };
    let assessment = Assessment::roll_up(&submission, decision, PayersDue::default()).unwrap();
    let received_at = now();
    NewClaim {
        accounts: ClaimAccounts::default(),
        clinic,
        actor: actor_id(),
        id: uuid_at(received_at, *b"0123456789").into(),
        received_at,
        submission,
        body,
        decision: assessment.decision.to_json().unwrap(),
        assessment,
        facts: r#"{"preauthorizations":[]}"#.to_owned(),
    }
}

/// Stores claims in one batch, as the writer does.
pub fn store_together(database: &Database, claims: &[NewClaim]) -> Vec<Result<Stored, StoreError>> {
    let queued = claims.iter().map(|claim| {
        let (reply, answer) = oneshot::channel();
        let claim = PreparedClaim::new(claim.clone()).unwrap();
        let request = QueuedWrite::new(Box::new(claim));
        (Waiting { request, reply }, answer)
    });
    let (group, answers): (Vec<_>, Vec<_>) = queued.unzip();
    Grouped::answer(&mut Link::new(Source::new(&database.url)), group);
    answers
        .into_iter()
        .map(|mut answer| answer.try_recv().unwrap().map(|(_, stored)| stored))
        .collect()
}

/// A clinic with a first key, stored.
pub async fn stored_clinic(store: &Store, key: &str) -> Result<(Clinic, ApiKey), StoreError> {
    let (clinic, first) = (clinic("Lakeshore"), api_key(Role::Admin));
    store
        .create_clinic(None, clinic.clone(), first.clone(), KeyHash::hash(key))
        .await?;
    Ok((clinic, first))
}
