//! A billing system that follows all changes of a list, as docs/api.md says.

use std::collections::BTreeMap;

use crate::{Caller, array, query};

/// Reads a list from the greatest `updated_at` that it saw to the end, again and again.
pub struct Follower {
    path: &'static str,
    limit: String,
    from: String,
    /// The greatest version that was seen of each entry, by its id.
    pub seen: BTreeMap<String, i64>,
    /// Entries in all pages, those included that came again.
    pub entries: usize,
}

impl Follower {
    /// Follows a list from its beginning, with pages of a size.
    pub fn new(path: &'static str, limit: usize) -> Self {
        Self {
            path,
            limit: limit.to_string(),
            from: "2000-01-01T00:00:00.000000Z".to_owned(),
            seen: BTreeMap::new(),
            entries: 0,
        }
    }

    /// Takes `next` to the end; asserts that the entries are in their order.
    pub async fn read_to_the_end(&mut self, caller: &Caller) {
        let from = self.from.clone();
        let mut cursor: Option<String> = None;
        let mut last = (from.clone(), String::new());
        loop {
            let mut parameters = vec![("updated_from", from.as_str()), ("limit", &self.limit)];
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = caller.get(&query(self.path, &parameters)).await;
            let page = page.is(200).json();
            for entry in array(&page["data"]) {
                let text = |member: &str| entry[member].as_str().expect("text").to_owned();
                let place = (text("updated_at"), text("id"));
                assert!(place > last, "{place:?} comes after {last:?}");
                last = place;
                self.see(text("id"), entry["version"].as_i64().expect("a number"));
            }
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        self.from = last.0;
    }

    fn see(&mut self, id: String, version: i64) {
        let seen = self.seen.entry(id).or_default();
        *seen = version.max(*seen);
        self.entries += 1;
    }
}
