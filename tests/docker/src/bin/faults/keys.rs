//! What must not be sent twice behind its sender's back: keys, created one after the other during a fault.

use std::collections::BTreeMap;

use serde_json::json;
use test_support::Caller;
use tokio::{sync::oneshot, task::JoinHandle};

/// How many answers had which status; 0 is no answer.
type Statuses = BTreeMap<u16, usize>;

pub struct Keys {
    caller: Caller,
    stop: oneshot::Sender<()>,
    created: JoinHandle<Statuses>,
}

impl Keys {
    pub fn create_until_stopped(caller: &Caller) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self {
            caller: caller.clone(),
            stop,
            created: tokio::spawn(create(caller.clone(), stopped)),
        }
    }

    /// Asserts that each attempt was answered and that no more keys are there than were asked for: one
    /// for each 201, and for each 502, whose outcome is unknown, one or none.
    pub async fn were_never_created_twice(self) {
        let _ = self.stop.send(());
        let statuses = self.created.await.expect("the client ends");
        let had = |status: u16| statuses.get(&status).copied().unwrap_or(0);
        assert!(had(201) > 100, "{statuses:?}");
        assert!(
            statuses.keys().all(|status| [201, 502].contains(status)),
            "{statuses:?}"
        );
        // The clinic's first key is there too.
        let keys = self.caller.all("/v1/api-keys", &[]).await.len() - 1;
        assert!(
            (had(201)..=had(201) + had(502)).contains(&keys),
            "{keys} keys: {statuses:?}"
        );
    }
}

async fn create(caller: Caller, mut stopped: oneshot::Receiver<()>) -> Statuses {
    let mut statuses = Statuses::new();
    while stopped.try_recv().is_err() {
        let body = json!({"name": "for a fault", "role": "billing"});
        let request = caller
            .request(reqwest::Method::POST, "/v1/api-keys")
            .json(&body);
        let answer = caller.try_send(request).await;
        let status = answer.map_or(0, |answer| answer.status());
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}
