//! A load of submissions whose answers are recorded, to compare with what is stored afterwards.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{Answer, Caller, Claim};

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a client waits before it tries again, where no answer told it how long.
const PAUSE: Duration = Duration::from_millis(50);

/// Clients that file claims one after the other, as billing systems do: what is not acknowledged is
/// sent again until it is, after the time that the answer asked for.
pub struct Load {
    clients: Vec<JoinHandle<Record>>,
    progress: Arc<Progress>,
    stop: watch::Sender<bool>,
}

/// What all clients of a load count together.
struct Progress {
    acknowledged: AtomicUsize,
    /// When the last acknowledgement came, and the longest time between two.
    silence: Mutex<(Instant, Duration)>,
}

impl Progress {
    fn acknowledge(&self) {
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        self.listen();
    }

    /// The longest time without an acknowledgement, up to now.
    fn listen(&self) -> Duration {
        let mut silence = self
            .silence
            .lock()
            .expect("no client panics while counting");
        let longest = silence.0.elapsed().max(silence.1);
        *silence = (Instant::now(), longest);
        longest
    }
}

/// What a load was answered.
#[derive(Debug, Default)]
pub struct Record {
    /// Ids of the claims that were acknowledged, by external id.
    pub acknowledged: BTreeMap<String, String>,
    /// How many answers had which status.
    pub statuses: BTreeMap<u16, usize>,
    /// Attempts whose connection was refused or broke.
    pub unanswered: usize,
    /// Attempts that were given up because no answer came in time.
    pub hung: usize,
    /// The longest that an attempt took.
    pub slowest: Duration,
    /// The longest time in which no claim was acknowledged.
    pub outage: Duration,
}

/// What became of the claims that a load had acknowledged.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    /// Claims that are not stored under the id of their acknowledgement.
    pub lost: usize,
    /// External ids that are stored more than once.
    pub duplicated: usize,
    /// Claims that are stored though their client was never told so: it stopped asking.
    pub unacknowledged: usize,
}

impl Load {
    /// Starts clients with a caller's key; their external ids start with a prefix.
    pub fn start(caller: &Caller, prefix: &str, clients: usize) -> Self {
        let progress = Arc::new(Progress {
            acknowledged: AtomicUsize::new(0),
            silence: Mutex::new((Instant::now(), Duration::ZERO)),
        });
        let (stop, stopped) = watch::channel(false);
        let clients = (0..clients).map(|number| {
            let client = Client {
                caller: caller.clone(),
                prefix: format!("{prefix}-{number}"),
                progress: Arc::clone(&progress),
                stopped: stopped.clone(),
                record: Record::default(),
            };
            tokio::spawn(client.run())
        });
        Self {
            clients: clients.collect(),
            progress,
            stop,
        }
    }

    /// How many claims were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.progress.acknowledged.load(Ordering::Relaxed)
    }

    /// Waits until so many claims were acknowledged.
    pub async fn reaches(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.acknowledged() < count {
            assert!(
                Instant::now() < deadline,
                "{count} claims are acknowledged in time, not {}",
                self.acknowledged()
            );
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until so many more claims were acknowledged.
    pub async fn goes_on(&self, count: usize) {
        self.reaches(self.acknowledged() + count).await;
    }

    /// Lets every client finish its attempt, and returns what all were answered.
    pub async fn stop(self) -> Record {
        let outage = self.progress.listen();
        let _ = self.stop.send(true);
        let mut all = Record {
            outage,
            ..Record::default()
        };
        for record in join_all(self.clients).await {
            all.add(record.expect("a client ends"));
        }
        all
    }
}

/// One client of a load.
struct Client {
    caller: Caller,
    prefix: String,
    progress: Arc<Progress>,
    stopped: watch::Receiver<bool>,
    record: Record,
}

impl Client {
    async fn run(mut self) -> Record {
        for number in 0.. {
            let external_id = format!("{}-{number}", self.prefix);
            if !self.file(&external_id).await {
                break;
            }
        }
        self.record
    }

    /// Files one claim; false when the load was stopped before it was acknowledged.
    async fn file(&mut self, external_id: &str) -> bool {
        let text = load_claim(external_id).text();
        while !*self.stopped.borrow() {
            let Some(answer) = self.attempt(&text).await else {
                self.pause(PAUSE).await;
                continue;
            };
            if matches!(answer.status(), 200 | 201) {
                let acknowledged = &mut self.record.acknowledged;
                acknowledged.insert(external_id.to_owned(), answer.id());
                self.progress.acknowledge();
                return true;
            }
            let seconds = answer.find_header("retry-after");
            let seconds = seconds.and_then(|seconds| seconds.parse().ok());
            self.pause(seconds.map_or(PAUSE, Duration::from_secs)).await;
        }
        false
    }

    async fn attempt(&mut self, text: &str) -> Option<Answer> {
        let request = self
            .caller
            .raw("/v1/claims", "application/json", text.to_owned());
        let sent = Instant::now();
        let answer = self.caller.try_send(request.timeout(PATIENCE)).await;
        let record = &mut self.record;
        record.slowest = record.slowest.max(sent.elapsed());
        match answer {
            Ok(answer) => {
                *record.statuses.entry(answer.status()).or_default() += 1;
                return Some(answer);
            }
            Err(error) if error.is_timeout() => record.hung += 1,
            Err(_) => record.unanswered += 1,
        }
        None
    }

    /// Waits, but not longer than the load goes on.
    async fn pause(&mut self, time: Duration) {
        let _ = timeout(time, self.stopped.wait_for(|stopped| *stopped)).await;
    }
}

impl Record {
    fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.unanswered += other.unanswered;
        self.hung += other.hung;
        self.slowest = self.slowest.max(other.slowest);
    }

    /// Asserts that no answer had a status but these, and that none was waited for in vain.
    #[track_caller]
    pub fn has_only(&self, statuses: &[u16]) {
        let others = self.statuses.keys().find(|had| !statuses.contains(had));
        assert_eq!(others, None, "{:?}", self.statuses);
        assert_eq!(self.hung, 0, "every attempt ends within {PATIENCE:?}");
    }

    /// Compares what was acknowledged with what is stored under the load's prefix.
    pub async fn kept(&self, caller: &Caller, prefix: &str) -> Kept {
        self.compare(caller.stored(prefix).await)
    }

    fn compare(&self, listed: Vec<(String, String)>) -> Kept {
        let mut stored: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (external_id, id) in listed {
            stored.entry(external_id).or_default().push(id);
        }
        let is_lost = |(external_id, id): &(&String, &String)| {
            !stored.get(*external_id).is_some_and(|ids| ids.contains(id))
        };
        let is_unasked = |external_id: &&String| !self.acknowledged.contains_key(*external_id);
        Kept {
            lost: self.acknowledged.iter().filter(is_lost).count(),
            duplicated: stored.values().filter(|ids| ids.len() > 1).count(),
            unacknowledged: stored.keys().filter(is_unasked).count(),
        }
    }

    /// Asserts of some acknowledged claims that they are stored as they were sent.
    pub async fn is_whole(&self, caller: &Caller) {
        for (external_id, id) in self.acknowledged.iter().take(20) {
            let claim = caller.get(&format!("/v1/claims/{id}")).await.is(200).json();
            let sent = load_claim(external_id);
            assert_eq!(claim["submission"], *sent, "{external_id}");
            assert_eq!(caller.submit(&sent).await.is(200).id(), *id);
        }
    }

    /// Asserts that every acknowledged claim is stored, once and whole.
    pub async fn is_kept(&self, caller: &Caller, prefix: &str) {
        let kept = self.kept(caller, prefix).await;
        assert_eq!((kept.lost, kept.duplicated), (0, 0));
        self.is_whole(caller).await;
    }
}

/// The claim that a load files under an external id: one in sixteen has as many items as a long stay,
/// about 40 kB, so that what holds for short requests only is noticed.
pub fn load_claim(external_id: &str) -> Claim {
    let claim = Claim::new(external_id);
    let number = external_id.rsplit('-').next();
    let number = number.and_then(|number| number.parse::<u32>().ok());
    if number.is_some_and(|number| number % 16 == 1) {
        let items = vec![claim["items"][0].clone(); 450];
        return claim.with("/items", items);
    }
    claim
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comparison_notices_what_is_lost_and_what_is_stored_twice() {
        let pair = |external_id: &str, id: &str| (external_id.to_owned(), id.to_owned());
        let [one, two] = [pair("F-1", "a"), pair("F-2", "b")];
        let record = Record {
            acknowledged: [one.clone(), two.clone()].into(),
            ..Record::default()
        };
        for (second, third, lost, duplicated, unacknowledged) in [
            (Some(two.clone()), None, 0, 0, 0),
            (None, None, 1, 0, 0),
            (Some(pair("F-2", "other")), None, 1, 0, 0),
            (Some(two.clone()), Some(pair("F-2", "c")), 0, 1, 0),
            (Some(two.clone()), Some(pair("F-3", "c")), 0, 0, 1),
        ] {
            let listed: Vec<_> = [Some(one.clone()), second, third]
                .into_iter()
                .flatten()
                .collect();
            let kept = Kept {
                lost,
                duplicated,
                unacknowledged,
            };
            assert_eq!(record.compare(listed.clone()), kept, "{listed:?}");
        }
    }
}
