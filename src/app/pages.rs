//! Lists read whole, page by page: for commands and background work.

use crate::store::{Page, PageRequest, Position, StoreError};

const ENTRIES_PER_PAGE: usize = 200;

pub async fn read_all<T>(
    read: impl AsyncFn(PageRequest) -> Result<Page<T>, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut all = Vec::new();
    let mut position = Position::First;
    loop {
        let page = read(PageRequest {
            limit: ENTRIES_PER_PAGE,
            position,
        });
        let page = page.await?;
        all.extend(page.data);
        match page.older {
            Some(anchor) => position = Position::OlderThan(anchor),
            None => return Ok(all),
        }
    }
}
