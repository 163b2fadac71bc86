//! Keyset paging, once for every list: newest first, anchored at ids, so that pages stay put
//! while rows arrive.

use uuid::Uuid;

use super::error::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows of the page at most: 1 to 200 for readers of pages, more for exports.
    pub limit: usize,
    pub position: Position,
}

/// Where a page starts. Ids are in the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// At the newest row.
    First,
    /// Below an id: the rows created before it.
    OlderThan(Uuid),
    /// Above an id: the nearest rows created after it.
    NewerThan(Uuid),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub data: Vec<T>,
    /// The anchor of the page of older rows, if there is one.
    pub older: Option<Uuid>,
    /// The anchor of the page of newer rows, if there is one.
    pub newer: Option<Uuid>,
}

/// What one page needs of its table: at most `rows` rows, the nearest to its position.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub position: Position,
    /// One more than the page has: so `read` knows if there are more.
    pub rows: i64,
}

/// Orders, bounds and limits a boxed query by its id column.
macro_rules! keyset {
    ($query:expr, $id:expr, $window:expr) => {{
        use $crate::store::engine::{page::Position, sql_types::Id};
        let query = $query.limit($window.rows);
        match $window.position {
            Position::First => query.order($id.desc()),
            Position::OlderThan(bound) => query.filter($id.lt(Id(bound))).order($id.desc()),
            Position::NewerThan(bound) => query.filter($id.gt(Id(bound))).order($id.asc()),
        }
    }};
}
pub(crate) use keyset;

/// Filters a boxed query by a column of a closed enum's words. Without values it takes all.
macro_rules! filter_words {
    ($query:ident, $column:expr, $values:expr) => {{
        use payerline_domain::values::closed_enum::ClosedEnum;
        $query = match &*$values {
            [] => $query,
            // Not a list of one, so that PostgreSQL finds the rows in the order of an index that begins with the column.
            [value] => $query.filter($column.eq(value.word())),
            several => $query.filter($column.eq_any(several.iter().map(|value| value.word()))),
        };
    }};
}
pub(crate) use filter_words;

/// Reads a page of a boxed query over a table. Its ids are in the column and in the row's field of one name.
macro_rules! read_page {
    ($connection:expr, $request:expr, $table:ident::$id:ident, $row:ty, $read:expr, $query:expr) => {
        $crate::store::engine::page::read(
            $request,
            |row: &$row| row.$id.0,
            |window| {
                $crate::store::engine::connection::on_backend!($connection, |c| {
                    let page = $crate::store::engine::page::keyset!($query, $table::$id, window);
                    Ok(page.load::<$row>(c)?)
                })
            },
            $read,
        )
    };
}
pub(crate) use read_page;

/// Reads a page: `fetch` asks the table for a window of rows, `read` decodes each.
pub fn read<R, T>(
    request: PageRequest,
    id: impl Fn(&R) -> Uuid,
    fetch: impl FnOnce(Window) -> Result<Vec<R>, StoreError>,
    read: impl FnMut(R) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let position = request.position;
    let rows = i64::try_from(request.limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut rows = fetch(Window { position, rows })?;
    let more = rows.len() > request.limit;
    rows.truncate(request.limit);
    if matches!(position, Position::NewerThan(_)) {
        rows.reverse();
    }
    let (first, last) = (rows.first().map(&id), rows.last().map(&id));
    let (older, newer) = match position {
        Position::First => (last.filter(|_| more), None),
        // The bound itself is a row of the page this one was reached from. When there is nothing
        // on this side of it, the way back has to include it.
        Position::OlderThan(bound) => (last.filter(|_| more), first.or(Some(below(bound)))),
        Position::NewerThan(bound) => (last.or(Some(above(bound))), first.filter(|_| more)),
    };
    Ok(Page {
        data: rows.into_iter().map(read).collect::<Result<_, _>>()?,
        older,
        newer,
    })
}

/// Merges rows that several queries found for one window, each row once.
pub fn merge<R>(mut rows: Vec<R>, id: impl Fn(&R) -> Uuid, window: Window) -> Vec<R> {
    rows.sort_unstable_by_key(&id);
    rows.dedup_by_key(|row| id(row));
    if !matches!(window.position, Position::NewerThan(_)) {
        rows.reverse();
    }
    rows.truncate(usize::try_from(window.rows).unwrap_or(usize::MAX));
    rows
}

fn below(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_sub(1))
}

fn above(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of the ids 1 to `count`.
    fn page(count: u128, limit: usize, position: Position) -> Page<u128> {
        let request = PageRequest { limit, position };
        let fetch = |window: Window| {
            let all = (1..=count).map(Uuid::from_u128);
            let rows: Vec<Uuid> = match window.position {
                Position::First => all.rev().collect(),
                Position::OlderThan(bound) => all.rev().filter(|id| *id < bound).collect(),
                Position::NewerThan(bound) => all.filter(|id| *id > bound).collect(),
            };
            let most = usize::try_from(window.rows).unwrap();
            Ok(rows.into_iter().take(most).collect())
        };
        read(request, |id: &Uuid| *id, fetch, |id| Ok(id.as_u128())).unwrap()
    }

    #[test]
    fn pages_lead_to_the_end_and_back() {
        for (count, limit) in [(7, 3), (6, 3), (1, 1), (3, 200)] {
            let mut forth = Vec::new();
            let mut at = page(count, limit, Position::First);
            assert_eq!(at.newer, None);
            loop {
                forth.extend(at.data.iter().copied());
                match at.older {
                    Some(anchor) => at = page(count, limit, Position::OlderThan(anchor)),
                    None => break,
                }
            }
            assert_eq!(forth, (1..=count).rev().collect::<Vec<_>>());
            let mut back = at.data.clone();
            while let Some(anchor) = at.newer {
                at = page(count, limit, Position::NewerThan(anchor));
                back.splice(0..0, at.data.iter().copied());
            }
            assert_eq!(back, forth);
        }
    }

    #[test]
    fn an_empty_page_leads_back_to_where_it_was_reached_from() {
        let nothing = page(0, 3, Position::First);
        assert_eq!(
            (nothing.data.len(), nothing.older, nothing.newer),
            (0, None, None)
        );
        let bottom = page(5, 3, Position::OlderThan(Uuid::from_u128(1)));
        assert_eq!((bottom.data.len(), bottom.older), (0, None));
        let up = page(5, 3, Position::NewerThan(bottom.newer.unwrap()));
        assert_eq!(up.data, [3, 2, 1]);
        let top = page(5, 3, Position::NewerThan(Uuid::from_u128(5)));
        assert_eq!((top.data.len(), top.newer), (0, None));
        let down = page(5, 3, Position::OlderThan(top.older.unwrap()));
        assert_eq!(down.data, [5, 4, 3]);
    }
}
