//! A directory to work in, and the binary run there as a user runs it.

use std::{
    fs,
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::timeout,
};

use crate::support::{Caller, binary_in};

/// How long a run of the binary may take.
const PATIENCE: Duration = Duration::from_secs(200);

/// A directory with files to import, and a key.
pub struct Workplace {
    directory: TempDir,
    key: String,
}

impl Workplace {
    /// An empty one; the binary works with a key.
    pub fn new(key: &str) -> Self {
        Self {
            directory: TempDir::new().expect("a directory to work in"),
            key: key.to_owned(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("a file is written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The content of a file that may not be there, or not yet.
    pub fn find(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// The lines of a file, each JSON.
    pub fn json_lines(&self, name: &str) -> Vec<Value> {
        let text = self.read(name);
        let lines = text.lines();
        lines
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    /// The rows of a file of refused ones: why each is refused, and its cells.
    pub fn refused_rows(&self, name: &str) -> Vec<(String, csv::StringRecord)> {
        let text = self.read(name);
        // A row may be refused because it is longer than the header.
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.as_bytes());
        assert_eq!(&reader.headers().expect("names")[0], "refused_because");
        let rows = reader.records().map(|row| row.expect("a row"));
        rows.map(|row| (row[0].to_owned(), row.iter().skip(1).collect()))
            .collect()
    }

    /// The names of the files, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).expect("the directory is read");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .collect();
        names.sort();
        names
    }

    /// The binary with some arguments, to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::from(binary_in(self.directory.path()));
        command
            .args(arguments)
            .env("PAYERLINE_KEY", &self.key)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the binary to its end.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.start(arguments)).await
    }

    /// Starts the binary.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("the binary starts")
    }

    /// Starts the binary under a limit on the size of the files that it writes, in KiB. A larger write fails.
    pub fn start_limited(&self, kibibytes: u32, arguments: &[&str]) -> Child {
        let script = format!("ulimit -f {kibibytes}; trap '' XFSZ; exec \"$0\" \"$@\"");
        Command::new("/bin/bash")
            .args(["-c", &script, env!("CARGO_BIN_EXE_payerline")])
            .args(arguments)
            .env_clear()
            .env("PAYERLINE_KEY", &self.key)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts")
    }

    /// Runs the binary with something to read on its standard input.
    pub async fn feed(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdin = child.stdin.take().expect("its input is piped");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        drop(stdin);
        Run::of(child).await
    }

    /// Imports files into the service that a caller speaks to.
    pub async fn import(&self, files: &[&str], to: &Caller) -> Run {
        let url = to.url("");
        self.run(&[&["import"], files, &["--to", &url]].concat())
            .await
    }
}

/// What a run of the binary printed, and how it ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Waits for the binary to end.
    pub async fn of(child: Child) -> Self {
        let output = timeout(PATIENCE, child.wait_with_output()).await;
        let Output {
            status,
            stdout,
            stderr,
        } = output.expect("it ends").expect("it can be waited for");
        Self {
            code: status.code().expect("it ends by itself"),
            stdout: String::from_utf8(stdout).expect("UTF-8"),
            stderr: String::from_utf8(stderr).expect("UTF-8"),
        }
    }

    /// Asserts how it ended.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts the numbers of an import: stored, already there, refused.
    #[track_caller]
    pub fn counts(self, stored: u64, already_there: u64, refused: u64) -> Self {
        let expected = (stored, already_there, refused);
        let counted = (
            self.count("stored"),
            self.count("already there"),
            self.count("refused"),
        );
        assert_eq!(counted, expected, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// A number that an import prints after a word.
    #[track_caller]
    pub fn count(&self, word: &str) -> u64 {
        let line = self.stdout.lines().find_map(|line| line.strip_prefix(word));
        let number = line.unwrap_or_else(|| panic!("no `{word}` in {}", self.stdout));
        number.trim().parse().expect("a number")
    }

    /// Asserts that standard error says something.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no `{text}` in {}", self.stderr);
        self
    }
}

/// Sends a signal to a process.
pub fn signal(child: &Child, name: &str) {
    let id = child.id().expect("it runs").to_string();
    let sent = std::process::Command::new("kill")
        .args([name, &id])
        .status();
    assert!(sent.expect("kill").success(), "the signal is sent");
}
