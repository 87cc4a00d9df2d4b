//! A person at a browser: a headless Chromium that opens pages, clicks, types and reads.
//!
//! It speaks the WebDriver protocol over plain HTTP to `chromedriver`. That takes one request shape and a dozen paths,
//! while the crates that wrap it bring an HTTP client, TLS and an async interface that the stories have no use for.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The name under which WebDriver hands out elements, fixed by its standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Starting Chromium on a busy machine takes seconds; nothing takes longer than this.
const ANSWER_MAX: Duration = Duration::from_mins(1);

/// A page of a narrow desktop window.
const WINDOW: &str = "--window-size=1200,900";

/// The key that goes to the next place on the page.
pub const TAB: &str = "\u{E004}";
/// The key that follows a link or sends a form.
pub const ENTER: &str = "\u{E007}";
/// The key that takes the sign before away.
pub const BACKSPACE: &str = "\u{E003}";
/// The key that goes behind what is written.
pub const END: &str = "\u{E010}";
/// The key that closes what is open.
pub const ESCAPE: &str = "\u{E00C}";
/// The key that turns a switch.
pub const SPACE: &str = " ";

/// A browser with one window and a fresh profile; it is closed when this is dropped.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: TempDir,
    are_scripts_off: Cell<bool>,
}

/// Something on the page.
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// Starts a browser on an empty page.
    pub fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is needed: `cargo xtask test` installs it");
        let port = port_of(&mut driver);
        let profile = TempDir::with_prefix("ping-listener-browser").unwrap();
        let are_scripts_off = Cell::new(false);
        let mut browser = Self { driver, port, session: String::new(), profile, are_scripts_off };
        let wishes = wishes(browser.profile.path());
        let session = browser.ask("POST", "/session", &wishes);
        session["sessionId"].as_str().expect("a session has an id").clone_into(&mut browser.session);
        browser.command("POST", "/timeouts", &json!({ "script": ANSWER_MAX.as_millis() }));
        browser
    }

    /// Opens a page and returns once it has loaded.
    pub fn open(&self, url: &str) {
        self.command("POST", "/url", &json!({ "url": url }));
    }

    /// Returns the first element that a CSS selector finds; there has to be one.
    pub fn find(&self, css: &str) -> Element<'_> {
        let found = self.command("POST", "/element", &json!({ "using": "css selector", "value": css }));
        let id = found[ELEMENT].as_str().expect("an element has an id").to_owned();
        Element { browser: self, id }
    }

    /// Runs the body of a function in the page and returns what it returns.
    pub fn execute(&self, script: &str) -> Value {
        self.command("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs the body of a function in the page, and returns what it hands to its last argument, a callback.
    pub fn execute_async(&self, script: &str) -> Value {
        self.command("POST", "/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Lets no page run scripts from now on: neither its own nor, with them, timers and promises of ours.
    pub fn switch_scripts_off(&self) {
        let order = json!({ "cmd": "Emulation.setScriptExecutionDisabled", "params": { "value": true } });
        self.command("POST", "/goog/cdp/execute", &order);
        self.are_scripts_off.set(true);
    }

    /// Lets timers of up to half a minute run a hundred times as fast, on all pages to come in this window.
    pub fn hurry(&self) {
        let source = "const inTime = setTimeout;
            window.setTimeout = (task, wait) => inTime(task, wait <= 30000 ? wait / 100 : wait);";
        let order = json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": { "source": source } });
        self.command("POST", "/goog/cdp/execute", &order);
    }

    /// Goes back to the page before.
    pub fn back(&self) {
        self.command("POST", "/back", &json!({}));
    }

    /// Returns by what the present window is found again.
    pub fn window(&self) -> String {
        self.command("GET", "/window", &Value::Null).as_str().expect("a window has a handle").to_owned()
    }

    /// Opens another tab of the same browser and goes there; returns by what it is found again.
    pub fn open_tab(&self) -> String {
        let made = self.command("POST", "/window/new", &json!({ "type": "tab" }));
        let handle = made["handle"].as_str().expect("a tab has a handle").to_owned();
        self.go_to_window(&handle);
        handle
    }

    /// Goes to a window that was there before.
    pub fn go_to_window(&self, handle: &str) {
        self.command("POST", "/window", &json!({ "handle": handle }));
    }

    /// Waits until an expression holds in the page, whatever pages come and go meanwhile.
    ///
    /// The page itself watches: at each change of its content, and every 50 ms for what is no content.
    pub fn wait_until(&self, condition: &str, timeout: Duration) {
        if self.are_scripts_off.get() {
            return self.look_until(condition, timeout);
        }
        let deadline = now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(now());
            let script = watch(condition, left);
            let body = json!({ "script": script, "args": [] });
            match self.try_command("POST", "/execute/async", &body) {
                Ok(Value::Bool(true)) => return,
                // The page went away under the script: the next one is asked.
                Err(error) if !left.is_zero() && is_about_leaving(&error) => {}
                Ok(_) => {
                    panic!("`{condition}` did not hold within {timeout:?}; the page says:\n{}", self.text())
                }
                Err(error) => panic!("`{condition}`: {error}"),
            }
        }
    }

    /// The same for a page that cannot watch itself, as its scripts are switched off: it is asked again and again.
    fn look_until(&self, condition: &str, timeout: Duration) {
        let script = format!("try {{ return Boolean({condition}); }} catch {{ return false; }}");
        let body = json!({ "script": script, "args": [] });
        crate::server::wait_until(timeout, condition, || {
            self.try_command("POST", "/execute/sync", &body) == Ok(Value::Bool(true))
        });
    }

    /// Presses these keys, one after another, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() }))
            })
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.command("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// Gives the page a size, in pixels; it may be smaller than any window.
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.direct("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Lets the page believe what its reader prefers, such as `prefers-color-scheme` and `dark`, and nothing else.
    pub fn prefer(&self, wishes: &[(&str, &str)]) {
        let features: Vec<Value> =
            wishes.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.direct("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Returns the text of the page as a person sees it.
    pub fn text(&self) -> String {
        self.execute("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Writes a picture of the window to a PNG file.
    pub fn screenshot(&self, path: &Path) {
        let picture = self.command("GET", "/screenshot", &Value::Null);
        fs::write(path, BASE64.decode(picture.as_str().unwrap()).unwrap()).unwrap();
    }

    /// Writes a picture of the page in its full height to a PNG file; what is below 16,000 pixels is cut off, because
    /// Chromium draws no more at once.
    pub fn picture_of_page(&self, path: &Path) {
        let size = self.execute("return [innerWidth, document.documentElement.scrollHeight]");
        let height = size[1].as_u64().unwrap().min(16_000);
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": height, "scale": 1 });
        let wishes =
            json!({ "format": "png", "optimizeForSpeed": true, "captureBeyondViewport": true, "clip": clip });
        let picture = self.direct("Page.captureScreenshot", &wishes);
        fs::write(path, BASE64.decode(picture["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    /// Returns what the console complained about since it was last asked, such as breaches of the page's CSP.
    pub fn console_errors(&self) -> Vec<String> {
        let entries = self.command("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().expect("the log is a list");
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Orders something that WebDriver has no word for.
    fn direct(&self, order: &str, parameters: &Value) -> Value {
        self.command("POST", "/goog/cdp/execute", &json!({ "cmd": order, "params": parameters }))
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_command(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn try_command(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        self.try_ask(method, &format!("/session/{}{path}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends one request to the driver; `Err` has the driver's words.
    fn try_ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let answer =
            exchange(self.port, method, path, body).map_err(|error| format!("no answer: {error}"))?;
        let value = answer["value"].clone();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends Chromium, which is not our child; a driver that is gone already has taken it along.
        let _ = self.try_command("DELETE", "", &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Element<'_> {
    /// Clicks in the middle of the element, after scrolling it into view; something in front of it is a failure.
    pub fn click(&self) {
        self.command("POST", "/click", &json!({}));
    }

    /// Types into the element, key by key.
    pub fn type_text(&self, text: &str) {
        self.command("POST", "/value", &json!({ "text": text }));
    }

    /// Types into the element instead of what it says.
    pub fn retype(&self, text: &str) {
        self.command("POST", "/clear", &json!({}));
        self.type_text(text);
    }

    /// Returns the element's text as a person sees it: nothing of what is hidden.
    pub fn text(&self) -> String {
        self.command("GET", "/text", &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// Returns the value of an attribute, or `None` if the element has none of this name.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.command("GET", &format!("/attribute/{name}"), &Value::Null).as_str().map(str::to_owned)
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.browser.command(method, &format!("/element/{}{path}", self.id), body)
    }
}

/// Reads the port that the driver chose, and goes on reading, so that a driver that talks is never stopped by it.
fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines
        .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
        .expect("chromedriver says its port");
    thread::spawn(move || lines.for_each(drop));
    port
}

fn wishes(profile: &Path) -> Value {
    let profile = format!("--user-data-dir={}", profile.display());
    let flags = [
        "--headless=new",
        // Chromium's own sandbox does not start as root, which is what a container's tests run as.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        // Nothing but the page under test may ask for anything.
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-proxy-server",
        WINDOW,
        &profile,
    ];
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": { "args": flags },
        "goog:loggingPrefs": { "browser": "ALL" },
    } } })
}

/// Writes the script that tells `true` as soon as the condition holds, and `false` when the time is up.
///
/// The condition stands in the script as it is: a page with a strict CSP lets nobody evaluate a string.
fn watch(condition: &str, left: Duration) -> String {
    let millis = left.as_millis();
    format!(
        "const tell = arguments[arguments.length - 1];
         const holds = () => {{ try {{ return Boolean({condition}); }} catch {{ return false; }} }};
         const end = (outcome) => {{ watcher.disconnect(); clearInterval(beat); clearTimeout(alarm); tell(outcome); }};
         const look = () => {{ if (holds()) end(true); }};
         const watcher = new MutationObserver(look);
         const beat = setInterval(look, 50);
         const alarm = setTimeout(() => end(holds()), {millis});
         watcher.observe(document, {{ attributes: true, characterData: true, childList: true, subtree: true }});
         look();"
    )
}

/// Tells whether a script ended because its page was left: the driver has several words for it, one of them wrong.
fn is_about_leaving(error: &str) -> bool {
    let words = ["document unloaded", "aborted by navigation", "no such execution context", "script timeout"];
    words.iter().any(|words| error.contains(words))
}

/// Sends a request on a connection of its own and reads the JSON of its answer.
fn exchange(port: u16, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    // A script may take as long as its own limit; the driver answers shortly after.
    stream.set_read_timeout(Some(ANSWER_MAX + Duration::from_secs(10)))?;
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}")?;
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer)?;
    serde_json::from_slice(&answer).map_err(std::io::Error::other)
}

#[expect(clippy::disallowed_methods, reason = "a browser lives in real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_can_be_opened_clicked_and_read() {
        let address = serve_page(
            "<!doctype html><title>A page</title><link rel=icon href=data:,>
             <input id=name aria-label=Name><button id=greet disabled>Greet</button><p id=answer></p><a href=/next>next</a>
             <script nonce=n>
                 const greet = document.querySelector('#greet');
                 document.querySelector('#name').addEventListener('input', () => { greet.disabled = false; });
                 greet.addEventListener('click', () => setTimeout(() => {
                     document.querySelector('#answer').textContent = 'Hello ' + document.querySelector('#name').value;
                 }, 150));
             </script>",
        );
        let browser = Browser::start();
        browser.open(&format!("http://{address}/"));
        assert_eq!(browser.find("#greet").attribute("disabled").as_deref(), Some("true"));
        browser.find("#name").type_text("Ada");
        assert_eq!(browser.find("#greet").attribute("disabled"), None);
        browser.find("#greet").click();
        browser.wait_until("document.querySelector('#answer').textContent !== ''", Duration::from_secs(10));
        assert_eq!(browser.find("#answer").text(), "Hello Ada");
        assert_eq!(browser.execute("return document.title"), "A page");
        assert_eq!(browser.execute_async("arguments[0](1 + 1)"), 2);
        assert_eq!(browser.console_errors(), Vec::<String>::new());

        browser.execute("setTimeout(() => { location.href = '/next'; }, 100)");
        browser.wait_until("location.pathname === '/next'", Duration::from_secs(10));

        browser
            .execute("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">styled</p>')");
        assert!(browser.console_errors()[0].contains("Content Security Policy"));
        let folder = TempDir::new().unwrap();
        browser.screenshot(&folder.path().join("page.png"));
        assert!(fs::read(folder.path().join("page.png")).unwrap().starts_with(b"\x89PNG"));
    }

    /// Serves one page at every path, with a CSP as strict as ours, and returns where.
    fn serve_page(page: &'static str) -> std::net::SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut request = BufReader::new(&stream).lines().map_while(Result::ok);
                if request.by_ref().take_while(|line| !line.is_empty()).count() == 0 {
                    continue;
                }
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close";
                let policy =
                    "Content-Security-Policy: default-src 'none'; script-src 'nonce-n'; img-src data:";
                let length = page.len();
                write!(&stream, "{head}\r\n{policy}\r\nContent-Length: {length}\r\n\r\n{page}").unwrap();
            }
        });
        address
    }
}
