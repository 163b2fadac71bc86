//! Files beside an input that hold patients' data and must survive a power cut.

use std::{fs::File, io, path::Path};

/// Only the owner may read and write.
pub const PRIVATE_MODE: u32 = 0o600;

/// Flushes the directory of a file, so that the file's new name survives a power cut.
pub fn sync_directory_of(file: &Path) -> io::Result<()> {
    let directory = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}
