//! The open connections: counted, and closed by their next answer once the server stops.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::dev::Extensions;
use tokio::sync::watch;

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Connections(Arc<State>);

#[derive(Default)]
struct State {
    open: watch::Sender<usize>,
    is_closing: AtomicBool,
}

/// Counts a connection until it is dropped with it.
struct Counted(Connections);

impl Connections {
    /// Counts a connection, whose data lives as long as itself.
    pub fn count(&self, data: &mut Extensions) {
        self.0.open.send_modify(|open| *open += 1);
        data.insert(Counted(self.clone()));
    }

    /// From now on every answer closes its connection.
    pub fn begin_closing(&self) {
        self.0.is_closing.store(true, Ordering::Relaxed);
    }

    pub fn are_closing(&self) -> bool {
        self.0.is_closing.load(Ordering::Relaxed)
    }

    pub async fn wait_until_closed(&self) {
        // It fails only without a sender, which `self` has.
        let _ = self.0.open.subscribe().wait_for(|open| *open == 0).await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0
            .0
            .open
            .send_modify(|open| *open = open.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn connections_are_closed_when_the_last_of_them_is_gone() {
        let connections = Connections::default();
        connections.wait_until_closed().await;
        let [mut one, mut other] = [Extensions::new(), Extensions::new()];
        connections.count(&mut one);
        connections.count(&mut other);
        drop(one);
        let closed = timeout(Duration::from_millis(1), connections.wait_until_closed());
        assert!(closed.await.is_err());
        drop(other);
        connections.wait_until_closed().await;
    }
}
