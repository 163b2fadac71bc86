//! Swagger UI's page: what staff press, and what they read.

use std::{env, fs, path::Path, time::Duration};

use serde::de::DeserializeOwned;
use serde_json::Value;
use thirtyfour::{By, WebDriver, WebElement, extensions::query::ElementQueryable};

/// How long the page may take to show something.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// Where pictures of the page are kept.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub struct SwaggerUi {
    driver: WebDriver,
    base: String,
}

impl SwaggerUi {
    /// Opens `/docs`, as it stands in the README.
    pub async fn open(driver: WebDriver, base: &str) -> Self {
        driver
            .goto(format!("{base}/docs"))
            .await
            .expect("the page opens");
        let page = Self {
            driver,
            base: base.to_owned(),
        };
        page.find(".opblock").await;
        page
    }

    /// The address of the service.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Ticks *Keep my API key in this browser*, or takes the tick away.
    pub async fn keep_key(&self) {
        self.click("#keep-key").await;
    }

    /// Loads the page again; its address names the operation that is open, so that stays open.
    pub async fn reload(&self) {
        self.driver.refresh().await.expect("the page loads again");
        self.find(".opblock.is-open .execute").await;
    }

    /// *Authorize*, the key, *Authorize*, *Close*.
    pub async fn authorize(&self, key: &str) {
        self.click(".btn.authorize").await;
        let input = self.find(".auth-container input").await;
        input.send_keys(key).await.expect("the key is typed");
        self.click(".auth-btn-wrapper .authorize").await;
        self.click(".auth-btn-wrapper .btn-done").await;
    }

    /// Opens an operation; what is found afterwards is found in the only open one.
    pub async fn expand(&self, operation: &str) {
        self.click(&format!("[id$='-{operation}'] .opblock-summary-control"))
            .await;
        self.find(".opblock.is-open .execute").await;
    }

    /// Closes an operation.
    pub async fn collapse(&self, operation: &str) {
        self.click(&format!("[id$='-{operation}'] .opblock-summary-control"))
            .await;
        let open = self.driver.query(By::Css(".opblock.is-open"));
        let closed = open.wait(PATIENCE, PAUSE).not_exists().await;
        assert!(closed.expect("an answer"), "{operation} closes");
    }

    /// Chooses the value of a parameter.
    pub async fn choose(&self, parameter: &str, value: &str) {
        self.click(&format!(
            "{} option[value='{value}']",
            of_parameter(parameter)
        ))
        .await;
    }

    /// Types the value of a parameter.
    pub async fn type_into(&self, parameter: &str, value: &str) {
        let input = format!("{} input", of_parameter(parameter));
        let input = self.find(&input).await;
        input.send_keys(value).await.expect("the value is typed");
    }

    /// The inputs of the page that a screen reader could not name.
    pub async fn inputs_without_name(&self) -> Vec<String> {
        let script = r#"
            const inputs = [...document.querySelectorAll('input, select, textarea')];
            const isNamed = (it) => it.ariaLabel || it.labels?.length;
            return inputs.filter((it) => !isNamed(it)).map((it) => it.outerHTML);
        "#;
        self.run(script).await
    }

    /// Gives the window the size of another screen.
    pub async fn resize(&self, width: u32, height: u32) {
        let resized = self.driver.set_window_rect(0, 0, width, height).await;
        resized.expect("the window is resized");
    }

    /// How wide the page is, and how wide the screen.
    pub async fn widths(&self) -> (u32, u32) {
        self.run("return [document.documentElement.scrollWidth, window.innerWidth];")
            .await
    }

    async fn run<T: DeserializeOwned>(&self, script: &str) -> T {
        let returned = self.driver.execute(script, Vec::new()).await;
        returned
            .expect("the script runs")
            .convert()
            .expect("a value")
    }

    /// Chooses the example whose name starts like this.
    pub async fn choose_example(&self, name: &str) {
        let select = self
            .find(".opblock.is-open .opblock-section-request-body .examples-select-element")
            .await;
        let options = select
            .query(By::Tag("option"))
            .all_from_selector()
            .await
            .expect("options");
        for option in options {
            if option.text().await.expect("a text").starts_with(name) {
                return option.click().await.expect("the example is chosen");
            }
        }
        panic!("no example `{name}`");
    }

    pub async fn execute(&self) {
        self.click(".opblock.is-open .execute").await;
        self.find(&live(".response-col_status")).await;
    }

    /// The status of the answer.
    pub async fn status(&self) -> String {
        let text = self.text(&live(".response-col_status")).await;
        text.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// The body of the answer.
    pub async fn body(&self) -> String {
        self.text(&live(".response-col_description .highlight-code"))
            .await
    }

    /// The headers of the answer, a line each.
    pub async fn headers(&self) -> String {
        self.text(&live(".response-col_description pre:has(.headerline)"))
            .await
    }

    /// Keeps a picture of what the page shows.
    pub async fn keep_screenshot(&self, name: &str) {
        let directory = Path::new(ROOT).join("target/browser");
        fs::create_dir_all(&directory).expect("a directory");
        self.screenshot(&directory.join(name).with_extension("png"))
            .await;
    }

    /// Takes one of the README's pictures again, when asked to.
    pub async fn update_picture(&self, name: &str) {
        if env::var("PAYERLINE_UPDATE_SCREENSHOTS").is_ok_and(|value| value == "1") {
            let picture = Path::new(ROOT)
                .join("docs")
                .join(name)
                .with_extension("png");
            self.screenshot(&picture).await;
        }
    }

    /// Asserts that every request of the page went to the service.
    pub async fn talked_to_its_own_origin_only(&self) {
        let entries = self
            .driver
            .get_log("performance")
            .await
            .expect("the log is read");
        let requested: Vec<String> = entries
            .iter()
            .filter_map(|entry| requested(&entry.message))
            .collect();
        assert!(
            requested.iter().any(|url| url.ends_with("/openapi.json")),
            "{requested:?}"
        );
        let own =
            |url: &&String| url.starts_with(&format!("{}/", self.base)) || url.starts_with("data:");
        let foreign: Vec<&String> = requested.iter().filter(|url| !own(url)).collect();
        assert_eq!(foreign, Vec::<&String>::new());
    }

    /// What the console shows in red.
    pub async fn console_errors(&self) -> Vec<String> {
        let entries = self
            .driver
            .browser_log()
            .await
            .expect("the console is read");
        entries
            .into_iter()
            .filter(|entry| entry.level == "SEVERE")
            .map(|entry| entry.message)
            .collect()
    }

    /// A picture of the operation that is open: what was sent, and of the answer what was decided, if
    /// it was.
    async fn screenshot(&self, path: &Path) {
        let script = r#"
            const open = document.querySelector('.opblock.is-open');
            const request = open.querySelector('.opblock-section-request-body') ?? open;
            request.scrollIntoView();
            const body = open.querySelector('.live-responses-table .highlight-code pre');
            if (!body) return;
            const line = body.scrollHeight / body.textContent.split('\n').length;
            const above = body.textContent.split('"decision"');
            if (above.length > 1) body.scrollTop = line * (above[0].split('\n').length - 1);
        "#;
        let scrolled = self.driver.execute(script, Vec::new()).await;
        scrolled.expect("it is scrolled to");
        self.driver.screenshot(path).await.expect("a picture");
    }

    async fn find(&self, css: &str) -> WebElement {
        let query = self.driver.query(By::Css(css)).wait(PATIENCE, PAUSE);
        query
            .first()
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    async fn click(&self, css: &str) {
        let query = self.driver.query(By::Css(css)).wait(PATIENCE, PAUSE);
        let element = query.and_clickable().first().await;
        let element = element.unwrap_or_else(|error| panic!("{css}: {error}"));
        element
            .click()
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("a text")
    }
}

fn of_parameter(name: &str) -> String {
    format!(".opblock.is-open tr[data-param-name='{name}']")
}

/// A part of the answer that the service gave, not of those that the document describes.
fn live(css: &str) -> String {
    format!(".opblock.is-open .live-responses-table tbody {css}")
}

/// The URL that an entry of the performance log says was requested.
fn requested(entry: &str) -> Option<String> {
    let entry: Value = serde_json::from_str(entry).ok()?;
    let message = &entry["message"];
    let url = match message["method"].as_str()? {
        "Network.requestWillBeSent" => &message["params"]["request"]["url"],
        "Network.webSocketCreated" => &message["params"]["url"],
        _ => return None,
    };
    Some(url.as_str()?.to_owned())
}
