//! Import and export of claims, and import of remittances, through the HTTP API of a running service.
//!
//! An import (`import`) opens each file (`input`), as text if it can be made so. It reads all claims
//! (`source`) once to find ids that come again apart (`first_reading`), then reads them again, sends them in batches
//! (`send`) and keeps what the service answers (`settlement`): refused claims in a file that can be corrected and
//! imported again (`refused_file`), the position in the input in another (`progress_file`). An export (`export`) saves
//! one list.

mod backoff;
mod client;
mod content;
mod error;
mod export;
mod first_reading;
mod format;
mod import;
mod input;
mod interrupt;
pub mod meter;
mod printable;
mod private_files;
mod problem;
mod progress_file;
mod refused_file;
mod report;
mod send;
mod settlement;
mod source;

pub use content::Content;
pub use error::TransferError;
pub use export::{ExportEnd, ExportOptions, ExportTarget, export};
pub use format::FileFormat;
pub use import::{EarlyEnd, ImportEnd, ImportOptions, import};
pub use printable::printable;
pub use report::ImportReport;
