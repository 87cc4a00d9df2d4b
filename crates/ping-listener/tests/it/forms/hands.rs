//! Hands at a browser whose scripts are switched off: they type, choose and press, and note what they sent.

use std::collections::BTreeSet;

use rig::browser::Browser;
use rig::server::PATIENCE;
use serde_json::{Value, json as value};

use super::walk;

/// Somebody at a browser without scripts, and which forms he has sent so far.
pub(super) struct Walk {
    pub(super) browser: Browser,
    pub(super) root: String,
    pub(super) sent: BTreeSet<String>,
}

impl Walk {
    pub(super) fn begin() -> Self {
        let browser = Browser::start();
        browser.switch_scripts_off();
        Self { browser, root: String::new(), sent: BTreeSet::new() }
    }

    pub(super) fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.root));
    }

    /// Presses a button, takes a note of its form, and waits for the page that comes of it.
    pub(super) fn press(&mut self, button: &str) {
        let script = format!(
            "const button = document.querySelector({});
             const form = button.form;
             document.documentElement.dataset.before = '';
             return [location.pathname, form.method.toUpperCase(), form.getAttribute('action'), button.name,
                 button.value, Boolean(form.querySelector('[name=token]'))];",
            value!(button)
        );
        let form = self.browser.execute(&script);
        let parts = [0, 1, 2, 3, 4].map(|part| form[part].as_str().unwrap());
        self.sent.insert(walk::called(parts, form[5] == true));
        self.browser.find(button).click();
        let is_new = "!('before' in document.documentElement.dataset) && document.readyState === 'complete'";
        self.browser.wait_until(is_new, PATIENCE);
    }

    /// Waits until the page says something.
    pub(super) fn reads(&self, text: &str) {
        self.browser.wait_until(&format!("document.body.innerText.includes({})", value!(text)), PATIENCE);
    }

    pub(super) fn count(&self, css: &str) -> Value {
        self.browser.execute(&format!("return document.querySelectorAll({}).length", value!(css)))
    }

    pub(super) fn value(&self, field: &str) -> Value {
        self.browser.execute(&format!("return document.getElementById('{field}').value"))
    }

    pub(super) fn types(&self, field: &str, text: &str) {
        self.browser.find(&format!("#{field}")).retype(text);
    }

    pub(super) fn chooses(&self, names: &[&str]) {
        for name in names {
            self.browser.find(&format!(".box:has([aria-label='Choose {name}'])")).click();
        }
    }
}
