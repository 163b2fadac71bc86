//! The real binary as a process of its own: started, measured, asked to stop, killed.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use crate::Caller;

/// The first key of the clinic `default` in tests.
pub const ADMIN_KEY: &str = "an-admin-key-for-tests-only";

/// A running `payerline serve`. It is killed when this is dropped.
pub struct Process {
    child: Child,
    printed: Receiver<String>,
    /// What was printed and read so far.
    seen: Vec<String>,
}

impl Process {
    /// The binary with no configuration at all, in a directory.
    pub fn command(binary: &str, directory: &Path) -> Command {
        let mut command = Command::new(binary);
        command.current_dir(directory).env("RUST_LOG", "error");
        // Nobody's real database.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("DATABASE_") || text.starts_with("PAYERLINE_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Starts the service on a database, on a free port, with an admin key.
    pub fn serve(mut command: Command, database_url: &str, admin_key: &str) -> Self {
        command
            .arg("serve")
            .env("DATABASE_URL", database_url)
            .env("PAYERLINE_LISTEN", "127.0.0.1:0")
            .env("PAYERLINE_ADMIN_KEY", admin_key);
        Self::start(command)
    }

    /// Starts the binary.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("its output is piped");
        let (sender, printed) = channel();
        // Reads on to the end, so that the service never waits for somebody to read what it prints.
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self {
            child,
            printed,
            seen: Vec::new(),
        }
    }

    /// What the service printed after a label at its start, such as the URL after `API`.
    pub fn line(&mut self, label: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let found = self.seen.iter().find_map(|line| line.strip_prefix(label));
            if let Some(rest) = found {
                return rest.trim().to_owned();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.printed.recv_timeout(left) {
                Ok(line) => self.seen.push(line),
                Err(_) => panic!("no line `{label} …` in what was printed: {:#?}", self.seen),
            }
        }
    }

    /// Everything printed, of a process that has ended.
    pub fn printed_before_its_end(&mut self) -> String {
        self.seen.extend(self.printed.iter());
        self.seen.join("\n")
    }

    /// Speaks to the service with the admin key of the tests, as soon as it listens.
    pub fn caller(&mut self) -> Caller {
        Caller::new(self.line("API"), ADMIN_KEY)
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: no chance to finish anything.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is killed");
        self.child.wait().expect("the process ends");
    }

    /// SIGTERM: a polite request to stop.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by its name, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").arg("-c").arg(script).status();
        assert!(sent.expect("a shell").success(), "the signal is sent");
    }

    /// Waits for the process to end by itself.
    pub async fn ended_within(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().expect("the process is asked") {
                return status;
            }
            assert!(Instant::now() < deadline, "still running after {limit:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The most memory that the process ever had resident, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.expect("VmHWM").trim().trim_end_matches(" kB");
        kilobytes.parse::<u64>().expect("a number") * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Harmless when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
