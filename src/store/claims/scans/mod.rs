//! All claims of a clinic, read page by page: as they are, and as they were before they were replaced.

pub mod replaced;
pub mod scan;
pub mod scanned;
