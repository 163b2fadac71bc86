//! `payerline import` and `payerline export`: their options and their reports.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{ArgAction, Args, error::ErrorKind};
use secrecy::SecretString;

use super::{report::print_error, secret};
use payerline_transfer::{
    self as transfer, Content, EarlyEnd, ExportEnd, ExportOptions, ExportTarget, FileFormat,
    ImportEnd, ImportOptions, printable,
};

/// The variable that holds the key. There is no flag for it: it would show in the list of processes.
const KEY_VARIABLE: &str = "PAYERLINE_KEY";
/// The exit status of an import of which lines were refused.
const SOME_REFUSED_EXIT_STATUS: u8 = 3;

const IMPORT_HELP: &str = "\
The key of a system with the role `billing` is read from the variable PAYERLINE_KEY, or from --key-file.

Nothing is stored twice: what was sent before is counted as already there. An import that was interrupted, by \
Ctrl-C, a power cut or an outage, goes on where it ended when the same command is given again; until then \
FILE.progress says how far it came. Refused lines stand with their reasons in FILE.refused.ndjson or \
FILE.refused.csv: correct them there, and import that file. Columns of CSV files: docs/import-csv.md.

With --remittances the files hold what payers answered. Each names its claim by `claim_id` or `external_id`. Of one payer \
a claim has each number once, so nothing is booked twice.

All files are read once before anything is sent. An `external_id` that comes again apart, in one file or in several, is \
refused at all its places. Where a CSV file has a stray quote, the import ends at that line: what stands before it is \
imported.

Exit status: 0 all claims are stored; 1 it could not be done, or not to its end; 2 the command line is wrong; \
3 lines were refused, or a CSV file from some line on; 130 interrupted by Ctrl-C, 143 by SIGTERM.";

const EXPORT_HELP: &str = "\
The key is read from the variable PAYERLINE_KEY, or from --key-file.

The file appears, or replaces an older one, when the export is complete, and only its owner can read it. On \
standard output only the exit status tells whether all claims came.

Exit status: 0 complete; 1 it could not be done, or not to its end; 2 the command line is wrong; 130 interrupted \
by Ctrl-C, 143 by SIGTERM.";

#[derive(Debug, Args)]
#[command(after_long_help = IMPORT_HELP)]
pub struct ImportCommand {
    /// The files, NDJSON or CSV, also in UTF-16 or compressed by gzip; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The files hold remittances: what payers answered, instead of claims.
    #[arg(long)]
    remittances: bool,
    /// The address of the service, such as `https://claims.example.ca`.
    #[arg(long, value_name = "URL")]
    to: String,
    /// A file that holds the key; it is used instead of PAYERLINE_KEY.
    #[arg(long, env = "PAYERLINE_KEY_FILE", value_name = "PATH")]
    key_file: Option<PathBuf>,
    /// How claims are written in the files. Left out: by the name (`.csv`, `.tsv`; `.ndjson`, `.jsonl`, `.json`),
    /// otherwise by the first character.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Where refused lines go, for one FILE. Left out: beside it, under its name and `.refused`.
    #[arg(long, value_name = "PATH")]
    refused: Option<PathBuf>,
    /// For how many seconds an outage of the service is waited out.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    patience: u64,
}

#[derive(Debug, Args)]
#[command(after_long_help = EXPORT_HELP)]
pub struct ExportCommand {
    /// The address of the service, such as `https://claims.example.ca`.
    #[arg(long, value_name = "URL")]
    from: String,
    /// A file that holds the key; it is used instead of PAYERLINE_KEY.
    #[arg(long, env = "PAYERLINE_KEY_FILE", value_name = "PATH")]
    key_file: Option<PathBuf>,
    /// How claims are written. Left out: CSV where the output's name ends in `.csv`, NDJSON where it ends in `.ndjson`
    /// or `.jsonl` or has no ending.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Whether CSV begins with a byte order mark, by which a spreadsheet knows UTF-8.
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, default_value_t = true)]
    byte_order_mark: bool,
    /// Whether an apostrophe is put before cells of CSV that a spreadsheet would take for formulas: those that begin
    /// with `=`, `+`, `-` or `@`.
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, default_value_t = true)]
    neutralize_formulas: bool,
    /// The file; `-` is standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// For how many seconds it is tried to begin while the service is busy.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    patience: u64,
    #[command(flatten)]
    filters: Filters,
}

/// The filters of `GET /v1/claims`, unchecked: the service refuses invalid ones.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which claims (all that are given must hold)")]
struct Filters {
    /// Of this payer: `wsib`, `mva`, `private` or `uncovered`. Given several times: of one of them.
    #[arg(long)]
    payer: Vec<String>,
    /// With this status, such as `needs_review`. Given several times: with one of them.
    #[arg(long)]
    status: Vec<String>,
    /// With this disposition: `ready`, `needs_preauthorization` or `needs_review`. Given several times: with one of
    /// them.
    #[arg(long)]
    disposition: Vec<String>,
    /// Of this patient, by the clinic's id.
    #[arg(long, value_name = "ID")]
    patient_id: Option<String>,
    /// With exactly this external id.
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// Whose external id begins with this.
    #[arg(long, value_name = "PREFIX")]
    q: Option<String>,
    /// Whose last service is on this day or later.
    #[arg(long, value_name = "DAY")]
    service_from: Option<String>,
    /// Whose first service is on this day or earlier.
    #[arg(long, value_name = "DAY")]
    service_to: Option<String>,
    /// Received at this time or later: RFC 3339, or a day in Ontario.
    #[arg(long, value_name = "TIME")]
    received_from: Option<String>,
    /// Received at this time or earlier: RFC 3339, or a day in Ontario, itself included.
    #[arg(long, value_name = "TIME")]
    received_to: Option<String>,
    /// Entered or changed at this time or later, oldest change first: RFC 3339, or a day in Ontario.
    #[arg(long, value_name = "TIME")]
    updated_from: Option<String>,
}

impl Filters {
    /// Lists the given filters by the names of their query parameters.
    fn into_parameters(self) -> Vec<(&'static str, String)> {
        let lists = [
            ("payer", self.payer),
            ("status", self.status),
            ("disposition", self.disposition),
        ];
        let single = [
            ("patient_id", self.patient_id),
            ("external_id", self.external_id),
            ("q", self.q),
            ("service_from", self.service_from),
            ("service_to", self.service_to),
            ("received_from", self.received_from),
            ("received_to", self.received_to),
            ("updated_from", self.updated_from),
        ];
        let lists = lists.into_iter().flat_map(|(name, values)| {
            let values = values.into_iter();
            values.map(move |value| (name, value))
        });
        let single = single.into_iter();
        lists
            .chain(single.filter_map(|(name, value)| Some((name, value?))))
            .collect()
    }
}

impl ImportCommand {
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        if self.refused.is_some() && self.files.len() > 1 {
            let why =
                "--refused is the place for the refused lines of one FILE, but there are several";
            exit_with_usage_error(why);
        }
        let ended = transfer::import(ImportOptions {
            key: read_key(self.key_file.as_deref())?,
            files: self.files,
            content: if self.remittances {
                Content::Remittances
            } else {
                Content::Claims
            },
            to: self.to,
            format: self.format,
            refused: self.refused,
            give_up_after: Duration::from_secs(self.patience),
        });
        Ok(print_report(&ended.await?))
    }
}

/// Ends the program as it does for a command line that it cannot read.
fn exit_with_usage_error(why: &str) -> ! {
    clap::Error::raw(ErrorKind::ArgumentConflict, format!("{}\n", printable(why))).exit()
}

/// Prints the figures of an import on standard output and hints on standard error. Returns its exit status.
fn print_report(ended: &ImportEnd) -> ExitCode {
    let ImportEnd { report: sum, early } = ended;
    println!("{}", printable(&sum.to_string()));
    let code = match early {
        Some(EarlyEnd::Failed(error)) => {
            print_error(error);
            ExitCode::FAILURE
        }
        Some(EarlyEnd::Refused(error)) => {
            print_error(error);
            ExitCode::from(SOME_REFUSED_EXIT_STATUS)
        }
        Some(EarlyEnd::Interrupted(status)) => {
            print_hint(
                "interrupted: give the same command again to go on; nothing is stored twice",
            );
            ExitCode::from(*status)
        }
        None if sum.has_refused() => ExitCode::from(SOME_REFUSED_EXIT_STATUS),
        None => ExitCode::SUCCESS,
    };
    if let Some(path) = sum
        .files
        .iter()
        .find_map(|file| file.progress_file.as_ref())
    {
        let path = path.display();
        print_hint(&format!(
            "how far it came is in {path}: the same command goes on from there"
        ));
    }
    if matches!(early, None | Some(EarlyEnd::Refused(_))) && sum.has_refused() {
        print_hint("correct the refused lines in their file and import that file");
    }
    code
}

#[expect(clippy::print_stderr, reason = "what to do next is no result")]
fn print_hint(text: &str) {
    eprintln!("payerline: {}", printable(text));
}

impl ExportCommand {
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let target = if self.output == Path::new("-") {
            ExportTarget::Stdout
        } else {
            ExportTarget::File(self.output.clone())
        };
        let Some(format) = self.format.or_else(|| FileFormat::for_output(&self.output)) else {
            let name = self.output.display();
            exit_with_usage_error(&format!(
                "{name}: an export is CSV or NDJSON. End the name in .csv, which a spreadsheet opens, or in .ndjson, \
                 or say which by --format"
            ));
        };
        let mut parameters = self.filters.into_parameters();
        if format == FileFormat::Csv {
            let switches = [
                ("byte_order_mark", self.byte_order_mark),
                ("neutralize_formulas", self.neutralize_formulas),
            ];
            let off = switches.into_iter().filter(|(_, is_on)| !is_on);
            parameters.extend(off.map(|(name, is_on)| (name, is_on.to_string())));
        }
        let exported = transfer::export(ExportOptions {
            from: self.from,
            key: read_key(self.key_file.as_deref())?,
            format,
            filters: parameters,
            target: target.clone(),
            give_up_after: Duration::from_secs(self.patience),
        });
        Ok(match (exported.await?, target) {
            (ExportEnd::Interrupted(status), _) => {
                print_hint("interrupted; no file was written");
                ExitCode::from(status)
            }
            // Standard output holds the claims.
            (ExportEnd::Complete(count), ExportTarget::Stdout) => {
                print_hint(&format!("{count} claims"));
                ExitCode::SUCCESS
            }
            (ExportEnd::Complete(count), ExportTarget::File(path)) => {
                println!("{count} claims in {}", printable(&path.to_string_lossy()));
                ExitCode::SUCCESS
            }
        })
    }
}

/// Reads the key from its file or its variable.
fn read_key(file: Option<&Path>) -> Result<SecretString, Box<dyn Error>> {
    if let Some(path) = file {
        return Ok(secret::read(path)?.into());
    }
    match env::var(KEY_VARIABLE) {
        Ok(key) if !key.is_empty() => Ok(key.into()),
        _ => Err(
            format!("there is no key: set {KEY_VARIABLE}, or name its file with --key-file").into(),
        ),
    }
}
