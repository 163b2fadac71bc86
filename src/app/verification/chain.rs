//! A subject's chain of events: numbers without a gap, each hash that of the event's documented bytes, and each event
//! tied to the one before.

use payerline_domain::events::Event;

use crate::store::UnreadableEvent;

pub fn find_faults(events: &[Result<(Event, Vec<u8>), UnreadableEvent>]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut next = 1;
    // The hash of the event before; `None` also where that event is gone or cannot be read.
    let mut previous = None;
    for event in events {
        let number = match event {
            Ok((event, _)) => event.number,
            Err(unreadable) => unreadable.number,
        };
        let follows = number == next;
        if !follows {
            faults.push(describe_gap(next, number));
        }
        next = number.saturating_add(1);
        let Ok((event, hash)) = event else {
            faults.push(format!("event {number} was changed: it cannot be read"));
            previous = None;
            continue;
        };
        if event.hash().as_slice() != hash.as_slice() {
            faults.push(format!("event {number} was changed: its hash is another"));
        } else if let (true, Some(previous)) = (follows, previous)
            && event.previous.as_ref().map(<[u8; 32]>::as_slice) != Some(previous)
        {
            faults.push(format!(
                "event {number} does not follow event {}",
                number - 1
            ));
        }
        previous = Some(hash.as_slice());
    }
    faults
}

fn describe_gap(expected: i64, found: i64) -> String {
    match found.saturating_sub(1) {
        last if last == expected => format!("event {expected} was removed"),
        last => format!("events {expected} to {last} were removed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use payerline_domain::{events::EventKind, values::time::Timestamp};
    use uuid::Uuid;

    fn chain(length: i64) -> Vec<Result<(Event, Vec<u8>), UnreadableEvent>> {
        let mut previous = None;
        let mut next = |number| {
            let event = Event {
                clinic: Uuid::from_u128(1).into(),
                subject: Uuid::from_u128(2),
                number,
                kind: EventKind::ClaimReceived,
                at: Timestamp::from_microseconds(1_780_000_000_000_000).unwrap(),
                actor: None,
                data: format!(r#"{{"number":{number}}}"#),
                previous,
            };
            previous = Some(event.hash());
            let hash = event.hash().to_vec();
            Ok((event, hash))
        };
        (1..=length).map(&mut next).collect()
    }

    #[test]
    fn a_chain_as_it_was_written_has_no_fault() {
        for length in 0..4 {
            assert_eq!(find_faults(&chain(length)), Vec::<String>::new());
        }
    }

    #[test]
    fn a_changed_event_is_named() {
        let mut changed = chain(3);
        changed[1].as_mut().unwrap().0.data.push(' ');
        assert_eq!(
            find_faults(&changed),
            ["event 2 was changed: its hash is another"]
        );
    }

    #[test]
    fn an_event_changed_together_with_its_hash_is_found_by_the_next_one() {
        let mut changed = chain(3);
        let (event, hash) = changed[1].as_mut().unwrap();
        event.data.push(' ');
        *hash = event.hash().to_vec();
        assert_eq!(find_faults(&changed), ["event 3 does not follow event 2"]);
    }

    #[test]
    fn removed_events_are_counted() {
        let mut shorter = chain(5);
        drop(shorter.remove(1));
        assert_eq!(find_faults(&shorter), ["event 2 was removed"]);
        drop(shorter.remove(1));
        assert_eq!(find_faults(&shorter), ["events 2 to 3 were removed"]);
    }

    #[test]
    fn an_event_that_cannot_be_read_is_named() {
        let mut unreadable = chain(2);
        unreadable[0] = Err(UnreadableEvent { number: 1 });
        assert_eq!(
            find_faults(&unreadable),
            ["event 1 was changed: it cannot be read"]
        );
    }
}
