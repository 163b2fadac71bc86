//! Writes claims to standard output, one a line (NDJSON), as a network of clinics in Ontario would send them:
//! `generate --seed 1 --count 1000000 | curl … --upload-file - …/v1/claims/batch`

use std::io::{self, ErrorKind, Write};

use bench_tools::claims::Claims;
use clap::Parser;

const MIN_WRITE_BYTES: usize = 256 << 10;

/// Writes claims, one a line. A claim depends only on the seed and its number.
#[derive(Debug, Parser)]
struct Options {
    /// Another seed gives other claims under the same ids.
    #[arg(long)]
    seed: u64,
    /// The number of claims.
    #[arg(long)]
    count: u64,
    /// The number of the first claim, to go on where another run ended.
    #[arg(long, default_value_t = 0)]
    start: u64,
    /// How many of a hundred have a fault that a service has to refuse.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=100))]
    dirty: u32,
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    match write_claims(&options, &mut io::stdout().lock()) {
        // The reader has enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn write_claims(options: &Options, out: &mut impl Write) -> io::Result<()> {
    let claims = Claims {
        seed: options.seed,
        dirty_percent: options.dirty,
    };
    let mut buffer = Vec::with_capacity(MIN_WRITE_BYTES * 2);
    for number in (options.start..).take(usize::try_from(options.count).unwrap_or(usize::MAX)) {
        claims.write(number, &mut buffer);
        if buffer.len() >= MIN_WRITE_BYTES {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)?;
    out.flush()
}
