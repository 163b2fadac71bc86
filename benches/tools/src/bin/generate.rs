//! Writes claims to standard output, one a line (NDJSON), as a network of clinics in Ontario would send them:
//! `generate --seed 1 --count 1000000 | curl … --upload-file - …/v1/claims/batch`

use std::io::{self, ErrorKind, Write};

use bench_tools::claims::Claims;
use clap::Parser;

/// Bytes that are written at once.
const PIECE: usize = 256 << 10;

/// Writes claims, one a line. A claim depends on the seed and its number only.
#[derive(Debug, Parser)]
struct Options {
    /// What the claims depend on; other seeds give other claims under the same ids.
    #[arg(long)]
    seed: u64,
    /// How many claims.
    #[arg(long)]
    count: u64,
    /// The number of the first; with it a stream goes on where another ended.
    #[arg(long, default_value_t = 0)]
    start: u64,
    /// How many of a hundred have a fault that a service has to refuse.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100))]
    dirty: u32,
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    match write(&options, &mut io::stdout().lock()) {
        // Whoever reads has enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn write(options: &Options, out: &mut impl Write) -> io::Result<()> {
    let claims = Claims {
        seed: options.seed,
        dirty: options.dirty,
    };
    let mut piece = Vec::with_capacity(PIECE * 2);
    for number in (options.start..).take(usize::try_from(options.count).unwrap_or(usize::MAX)) {
        claims.write(number, &mut piece);
        if piece.len() >= PIECE {
            out.write_all(&piece)?;
            piece.clear();
        }
    }
    out.write_all(&piece)?;
    out.flush()
}
