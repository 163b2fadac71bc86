//! A headless Chromium of one's own, driven through WebDriver.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
};

use thirtyfour::{
    ChromiumLikeCapabilities, DesiredCapabilities, WebDriver, common::log::LoggingPrefsLogLevel,
};

/// A browser and the driver process it is driven by. The driver is killed when this is dropped, and
/// takes its browser with it.
pub struct Chromium {
    driver: WebDriver,
    process: Driver,
}

struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // Harmless when it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Chromium {
    pub async fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver starts: apt-get install chromium chromium-driver");
        let printed = BufReader::new(child.stdout.take().expect("its output is piped"));
        let process = Driver(child);
        let mut lines = printed.lines().map_while(Result::ok);
        let port = lines.find_map(|line| port(&line));
        let port = port.expect("chromedriver says its port");
        // Reads on to the end, so that the driver can always print.
        thread::spawn(move || lines.for_each(drop));
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities()).await;
        Self {
            driver: driver.expect("Chromium starts"),
            process,
        }
    }

    pub fn driver(&self) -> WebDriver {
        self.driver.clone()
    }

    pub async fn stop(self) {
        self.driver.quit().await.expect("Chromium ends");
        drop(self.process);
    }
}

/// The port in the line that says that the driver has started.
fn port(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("started successfully on port ")?;
    port.trim_end_matches('.').parse().ok()
}

fn capabilities() -> impl Into<thirtyfour::Capabilities> {
    let mut chrome = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        // Root, as in a container, has no sandbox; only our own page is opened.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        // Tall enough for an operation with its answer.
        "--window-size=1200,1700",
    ] {
        chrome.add_arg(argument).expect("an argument");
    }
    for log in ["browser", "performance"] {
        chrome
            .set_logging_prefs(log, LoggingPrefsLogLevel::All)
            .expect("a log");
    }
    chrome
}
