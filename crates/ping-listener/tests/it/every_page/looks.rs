//! What is looked for on a page, in light, in dark and on a phone.

use std::fs;
use std::path::{Path, PathBuf};

use rig::browser::Browser;
use rig::server::PATIENCE;
use serde_json::Value;

use super::pages::Page;

/// A page with all it loads is no heavier than this without its rows, in bytes as they are before compression.
const WEIGHT_MAX: u64 = 200_000;

/// How a page is looked at: its name, its window, and whether it is dark.
const LOOKS: [(&str, (u32, u32), &str); 3] =
    [("light", (1200, 900), "light"), ("dark", (1200, 900), "dark"), ("phone", (390, 844), "light")];

/// Whoever looks at pages, and what was wrong with them so far.
pub(super) struct Looker {
    browser: Browser,
    /// The source of axe-core.
    axe: String,
    pictures: PathBuf,
    pub(super) faults: Vec<String>,
}

impl Looker {
    pub(super) fn new() -> Self {
        let built = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let axe = built.with_file_name("clients/node/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(&axe).unwrap_or_else(|error| {
            panic!("{}: {error}; cargo xtask test installs it", axe.display());
        });
        let pictures = built.with_file_name("screenshots");
        // What is there is of pages that may be gone.
        let _ = fs::remove_dir_all(&pictures);
        fs::create_dir_all(&pictures).unwrap();
        Self { browser: Browser::start(), axe, pictures, faults: Vec::new() }
    }

    pub(super) fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Opens a page, does what is to be done there, and looks at it in every way.
    pub(super) fn look_at(&mut self, page: &Page, root: &str) {
        self.see(LOOKS[0]);
        self.browser.console_errors();
        self.browser.open(&format!("{root}{}", page.path));
        (page.act)(&self.browser);
        self.browser.wait_until("document.readyState === 'complete'", PATIENCE);
        self.judge_load(page, root);
        if page.is_mail {
            // Where it is shown no script may run, not even one that looks: what it says is looked at elsewhere.
            let copy = self.browser.execute(COPY);
            self.browser.open(copy.as_str().unwrap());
        }
        self.browser.execute(&self.axe);
        for look in LOOKS {
            self.see(look);
            let file = self.pictures.join(format!("{}-{}.png", page.name, look.0));
            self.browser.picture_of_page(&file);
        }
        // Of the menus one is open at a time.
        self.browser
            .execute("for (const e of document.querySelectorAll('details:not(.menu)')) e.open = true");
        for look in LOOKS {
            self.see(look);
            self.judge_reading(page, look.0);
        }
    }

    fn see(&self, (_, (width, height), scheme): (&str, (u32, u32), &str)) {
        self.browser.resize(width, height);
        self.browser.prefer(&[("prefers-color-scheme", scheme)]);
    }

    /// Judges what came over the wire, and what the browser had to say about it.
    fn judge_load(&mut self, page: &Page, root: &str) {
        let load = self.browser.execute(LOAD);
        for address in strings(&load["addresses"]) {
            self.expect(address.starts_with(root) || address.starts_with("data:"), page, || {
                format!("asks another host for {address}")
            });
        }
        let weight = load["weight"].as_u64().unwrap() - load["rows"].as_u64().unwrap();
        self.expect(weight <= WEIGHT_MAX, page, || {
            format!("weighs {weight} B without its rows, and at most {WEIGHT_MAX} are meant: {load}")
        });
        if !page.is_mail {
            for inline in strings(&load["inline"]) {
                self.expect(false, page, || format!("has code or style in its text: {inline}"));
            }
        }
        // The browser notes an answer that refuses, which is no fault where the page is about it.
        let errors = self.browser.console_errors();
        for error in
            errors.iter().filter(|error| !(page.is_refusal && error.contains("the server responded")))
        {
            self.expect(false, page, || format!("complains in the console: {error}"));
        }
    }

    /// Judges what a reader meets.
    fn judge_reading(&mut self, page: &Page, look: &str) {
        let wide = self.browser.execute(WIDE);
        for element in strings(&wide) {
            self.expect(false, page, || format!("on {look} is wider than the window: {element}"));
        }
        for element in strings(&self.browser.execute(TORN)) {
            self.expect(false, page, || {
                format!("on {look} puts parts of one sentence into a grid: {element}")
            });
        }
        let violations = self.browser.execute_async(&AXE.replace("WANTED", &wanted(page, look)));
        for violation in strings(&violations) {
            self.expect(false, page, || format!("on {look}: {violation}"));
        }
    }

    fn expect(&mut self, holds: bool, page: &Page, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(format!("{} ({}) {}", page.name, page.path, fault()));
        }
    }
}

/// Says which rules a look is about: in the dark only colours differ, and on a phone they do not.
fn wanted(page: &Page, look: &str) -> String {
    let by_look = match look {
        "dark" => "rule.tags.includes('cat.color')",
        "phone" => "!rule.tags.includes('cat.color')",
        _ => "true",
    };
    // A mail is read within the page of a mail program, which has its own landmarks.
    let by_page =
        if page.is_mail { "!['landmark-one-main', 'region'].includes(rule.ruleId)" } else { "true" };
    format!("{by_look} && {by_page}")
}

fn strings(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    list.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// Tells what was loaded, what of it are rows, and what stands in the page that should be in a file.
const LOAD: &str = "
    const loads = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    const size = (text) => new TextEncoder().encode(text).length;
    const rows = [...document.querySelectorAll('main :is(tbody > tr, ol > li, ul > li, .tile, option)')];
    const outer = rows.filter((row) => !rows.includes(row.parentElement.closest('tr, li, .tile')));
    const bodies = [...document.querySelectorAll('script:not([src]), style, [style]')];
    const handlers = [...document.querySelectorAll('*')]
        .filter((e) => [...e.attributes].some(({ name }) => name.startsWith('on')));
    return {
        addresses: loads.map(({ name }) => name),
        weight: loads.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0),
        rows: outer.reduce((sum, row) => sum + size(row.outerHTML), 0),
        inline: [...bodies, ...handlers].map((e) => e.outerHTML.slice(0, 120)),
    };";

/// Makes an address that holds the whole page.
const COPY: &str = "
    const text = '<!doctype html>' + document.documentElement.outerHTML;
    return `data:text/html;charset=utf-8,${encodeURIComponent(text)}`;";

/// Finds what reaches over the edge of the window, but for what can be scrolled by itself.
const WIDE: &str = "
    const wide = [...document.querySelectorAll('body *')].filter((e) =>
        innerWidth + 1 < e.getBoundingClientRect().right && !e.closest('.scroll, pre, svg') && e.checkVisibility());
    const page = document.documentElement.scrollWidth;
    const found = wide.slice(0, 3).map((e) => e.outerHTML.slice(0, 120));
    return innerWidth < page ? [`${page} pixels`, ...found] : found;";

/// Finds text that stands between elements of a grid, which tears it from them.
const TORN: &str = "
    const isText = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '';
    const isGrid = (e) => getComputedStyle(e).display.endsWith('grid');
    const torn = [...document.querySelectorAll('body *')]
        .filter((e) => 0 < e.children.length && [...e.childNodes].some(isText) && isGrid(e));
    return torn.slice(0, 3).map((e) => e.outerHTML.slice(0, 120));";

/// Lets axe-core look; what it finds comes with the element and what is said of the rule.
///
/// Frames are left out: the one there is holds a mail, has no scripts, and is looked at as a page of its own.
const AXE: &str = "
    const tell = arguments[0];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const unsure = ['experimental', 'deprecated'];
    const sure = axe.getRules(tags).filter((rule) => !unsure.some((tag) => rule.tags.includes(tag)));
    const wanted = sure.filter((rule) => WANTED).map(({ ruleId }) => ruleId);
    const asked = { runOnly: { type: 'rule', values: wanted }, resultTypes: ['violations'], iframes: false };
    axe.run(document, asked).then(
        ({ violations }) => tell(violations.flatMap(({ id, help, nodes }) =>
            nodes.map(({ html, any }) => `${id}: ${help}: ${html} ${any.map(({ message }) => message).join('; ')}`))),
        (error) => tell([String(error)]));";
