//! Pages of a table in the order of changes: oldest `updated_at` first, up to the horizon.

use uuid::Uuid;

use payerline_domain::values::time::Timestamp;

use super::{connection::Connection, error::StoreError, horizon};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeRequest {
    /// Rows of the page at most.
    pub limit: usize,
    pub start: ChangeStart,
}

/// Where a page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeStart {
    /// At the first row that was changed at this time or later.
    From(Timestamp),
    /// After a row of another page.
    After(ChangePosition),
}

/// The place of a row in the order: rows that one transaction changed have the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangePosition {
    pub at: Timestamp,
    pub id: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage<T> {
    /// The rows, oldest change first.
    pub data: Vec<T>,
    /// Where the next page starts, if there is one yet.
    pub next: Option<ChangePosition>,
}

/// What one page needs of its table.
#[derive(Debug, Clone, Copy)]
pub struct ChangeWindow {
    /// The rows that come after this place …
    pub after: ChangePosition,
    /// … and were changed at this time or earlier.
    pub horizon: Timestamp,
    /// One more than the page has: so `read` knows if there are more.
    pub rows: i64,
}

/// Orders, bounds and limits a boxed query by the columns `updated_at` and `id` of its table.
macro_rules! in_order_of_changes {
    ($query:expr, $table:ident, $window:expr) => {{
        use $crate::store::engine::sql_types::{Id, Time};
        let (after, horizon) = ($window.after, Time($window.horizon));
        let is_after = $table::updated_at
            .gt(Time(after.at))
            .or($table::id.gt(Id(after.id)));
        $query
            // The index is searched by this bound, and the rows of one time are filtered by the next.
            .filter($table::updated_at.ge(Time(after.at)))
            .filter(is_after)
            .filter($table::updated_at.le(horizon))
            .order(($table::updated_at.asc(), $table::id.asc()))
            .limit($window.rows)
    }};
}
pub(crate) use in_order_of_changes;

/// Reads a page: `fetch` asks the table for a window of rows, `position` tells their places, `read` decodes each.
pub fn read<R, T>(
    connection: &mut Connection,
    request: ChangeRequest,
    position: impl Fn(&R) -> ChangePosition,
    fetch: impl FnOnce(&mut Connection, ChangeWindow) -> Result<Vec<R>, StoreError>,
    read: impl FnMut(R) -> Result<T, StoreError>,
) -> Result<ChangePage<T>, StoreError> {
    let after = match request.start {
        // No row has the nil id.
        ChangeStart::From(at) => ChangePosition {
            at,
            id: Uuid::nil(),
        },
        ChangeStart::After(position) => position,
    };
    let window = ChangeWindow {
        after: ChangePosition {
            // PostgreSQL has no times before 4713 BC; no row is that old.
            at: after.at.max(Timestamp::EPOCH),
            ..after
        },
        horizon: horizon::find(connection)?,
        rows: i64::try_from(request.limit.saturating_add(1)).unwrap_or(i64::MAX),
    };
    let mut rows = fetch(connection, window)?;
    let has_more = rows.len() > request.limit;
    rows.truncate(request.limit);
    Ok(ChangePage {
        next: rows.last().filter(|_| has_more).map(position),
        data: rows.into_iter().map(read).collect::<Result<_, _>>()?,
    })
}
