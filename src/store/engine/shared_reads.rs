//! Reads that requests share: those that ask for the same while it waits for its turn get one answer.
//!
//! Dashboards of a clinic ask for the same page of the same list again and again. What is asked
//! for while the same question waits is not asked again. A question that is already being asked is
//! never joined: its answer may not know of what was stored before the request came.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::error::StoreError;

/// Requests that may wait for one answer; more are refused as busy.
const MOST: usize = 4096;

/// Who waits for a read.
pub type Answer<V> = oneshot::Sender<Result<V, StoreError>>;

/// Questions that wait for their turn, each with who asked.
pub struct SharedReads<K, V> {
    waiting: Mutex<HashMap<K, Vec<Answer<V>>>>,
}

impl<K, V> Default for SharedReads<K, V> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
        }
    }
}

/// How a request joined a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// Nobody else waits for it: who joined has to see that it is asked.
    First,
    /// It will be asked anyway.
    Others,
}

impl<K: Eq + Hash, V: Clone> SharedReads<K, V> {
    /// Waits for the answer to a question.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait for it.
    pub fn join(&self, question: K, answer: Answer<V>) -> Result<Joined, StoreError> {
        match self.lock().entry(question) {
            Entry::Vacant(entry) => {
                entry.insert(vec![answer]);
                Ok(Joined::First)
            }
            Entry::Occupied(entry) if entry.get().len() >= MOST => Err(StoreError::Busy),
            Entry::Occupied(mut entry) => {
                entry.get_mut().push(answer);
                Ok(Joined::Others)
            }
        }
    }

    /// Takes the question out, asks it and answers everybody who waits for it. Who comes from now on
    /// starts a question anew.
    pub fn settle(&self, question: &K, ask: impl FnOnce() -> Result<V, StoreError>) {
        let mut answers = self.lock().remove(question).unwrap_or_default();
        answers.retain(|answer| !answer.is_closed());
        if answers.is_empty() {
            return;
        }
        let found = ask();
        for answer in answers {
            // Who has hung up meanwhile needs no answer.
            let _ = answer.send(found.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Vec<Answer<V>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_get_one_answer_and_who_comes_later_another() {
        let reads = SharedReads::<&str, u32>::default();
        let ask = |question| {
            let (answer, found) = oneshot::channel();
            (reads.join(question, answer).unwrap(), found)
        };
        let (first, mut one) = ask("mva");
        let (second, mut two) = ask("mva");
        let (other, mut three) = ask("wsib");
        assert_eq!(
            [first, second, other],
            [Joined::First, Joined::Others, Joined::First]
        );

        let mut asked = 0;
        reads.settle(&"mva", || {
            // Joined while it is being asked: not answered by it.
            assert_eq!(ask("mva").0, Joined::First);
            asked += 1;
            Ok(7)
        });
        assert_eq!(
            (
                one.try_recv().unwrap().unwrap(),
                two.try_recv().unwrap().unwrap()
            ),
            (7, 7)
        );
        assert!(three.try_recv().is_err(), "another question");
        assert_eq!(asked, 1);
    }

    #[test]
    fn a_question_of_which_everybody_hung_up_is_not_asked() {
        let reads = SharedReads::<&str, u32>::default();
        let (answer, found) = oneshot::channel();
        reads.join("mva", answer).unwrap();
        drop(found);
        reads.settle(&"mva", || panic!("asked for nobody"));
    }

    #[test]
    fn no_more_than_so_many_wait_for_one_answer() {
        let reads = SharedReads::<&str, u32>::default();
        let waiting: Vec<_> = (0..MOST)
            .map(|_| {
                let (answer, found) = oneshot::channel();
                reads.join("mva", answer).unwrap();
                found
            })
            .collect();
        let (answer, _found) = oneshot::channel();
        assert!(matches!(reads.join("mva", answer), Err(StoreError::Busy)));
        reads.settle(&"mva", || Ok(1));
        assert_eq!(waiting.len(), MOST);
    }
}
