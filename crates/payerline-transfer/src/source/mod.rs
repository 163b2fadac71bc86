//! Reads claims from a file, one after the other, each with its position.

mod cell;
mod claim;
mod columns;
mod csv_source;
mod error;
mod header;
mod line_reader;
mod mapping;
mod ndjson_source;
mod quotes;
mod records;

pub use claim::{ClaimSource, ClaimState, FileClaim};
pub use columns::REFUSED_BECAUSE;
pub use csv_source::CsvSource;
pub use error::{BrokenRecord, SourceError};
pub use header::CsvHeader;
pub use line_reader::FileOffset;
pub use ndjson_source::NdjsonSource;
