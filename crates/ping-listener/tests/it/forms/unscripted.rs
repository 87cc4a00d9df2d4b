//! Every form at a real browser whose scripts are switched off, as a person would use it, up to what comes of it.

use rig::app::{TESTING_PASSWORD, TestApp, config, span};
use rig::server::PATIENCE;
use serde_json::Value;

use super::hands::Walk;
use super::{assert_all, busy};
use crate::api::{ask, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_sent_and_answered_without_scripts() {
    let mut walk = Walk::begin();
    let empty = rig::app::start(config("", "")).await;
    walk.begins_with_a_first_check(&empty);
    let (app, mail) = busy().await;
    walk.signs_in(&app);
    walk.searches_and_pings(&app).await;
    walk.acts_on_chosen_checks();
    walk.acts_on_one_of_the_list();
    walk.makes_a_check_and_acts_on_it(&app).await;
    walk.edits(&app).await;
    walk.sends_mails_again();
    walk.makes_and_revokes_a_key(&app).await;
    walk.opens_the_status_page(&app).await;
    walk.leaves();
    assert_all(&walk.sent);
    app.end_with(&mail).await;
}

impl Walk {
    fn begins_with_a_first_check(&mut self, app: &TestApp) {
        self.root = format!("http://{}", app.address());
        self.open("/");
        assert_eq!(self.browser.execute("return document.documentElement.className"), "", "no script ran");
        self.types("password", "a wrong one");
        self.press("main form button");
        self.reads("password");
        assert_eq!(self.count("#password[aria-invalid=true][aria-describedby=error]"), 1);
        self.types("password", TESTING_PASSWORD);
        self.press("main form button");
        self.reads("No check yet.");
        self.press("[name=first]");
        self.reads("The check is made.");
        self.reads("My first check");
    }

    fn signs_in(&mut self, app: &TestApp) {
        self.root = format!("http://{}", app.address());
        self.open("/sign-in?token=x");
        self.press("main form button");
        self.browser.wait_until("document.querySelector('[role=alert]')", PATIENCE);
        self.types("password", TESTING_PASSWORD);
        self.press("main form button");
        self.reads("2 of 6 checks are down.");
    }

    async fn searches_and_pings(&mut self, app: &TestApp) {
        self.types("q", "exp");
        self.press("#filter .without-script");
        self.reads("1 check");
        assert_eq!((self.count(".checks tbody tr"), self.value("q")), (1.into(), "exp".into()));
        self.types("q", "nobody");
        self.press("#filter .without-script");
        self.reads("No check is like that.");
        assert_eq!(self.value("q"), "nobody");
        self.open("/?q=exp");
        self.press("#filter .toggle");
        self.browser.wait_until("document.querySelector('.try')", PATIENCE);
        let pings = async || named(app, "export").await["n_pings"].as_u64().unwrap();
        let before = pings().await;
        self.press("button[data-name=export]");
        assert_eq!(self.count(".try"), 1, "one comes back to the same list");
        assert_eq!(pings().await, before + 1);
        self.press("#filter .toggle");
        self.browser.wait_until("!document.querySelector('.try')", PATIENCE);
    }

    fn acts_on_chosen_checks(&mut self) {
        for (button, told) in [
            ("tag", "2 checks tagged."),
            ("untag", "The tag was taken off 2 checks."),
            ("snooze", "3 checks snoozed"),
            ("wake", "3 checks not snoozed any more."),
            ("pause", "2 checks paused"),
            ("resume", "2 checks resumed."),
        ] {
            self.open("/?q=p&sort=name");
            self.chooses(&["export", "paused", "pump"]);
            if button.ends_with("tag") {
                self.types("bulk-tag", "cellar");
            }
            if button == "pause" {
                // One of them was paused before.
                self.press("#bulk [value=resume]");
                self.reads("1 check resumed.");
                self.chooses(&["export", "paused", "pump"]);
            }
            self.press(&format!("#bulk [value={button}]"));
            self.reads(told);
        }
        self.open("/");
        self.press("#bulk [value=tag]");
        self.reads("Write one tag, without spaces.");
        assert_eq!(self.count("#bulk-tag[aria-invalid=true][aria-describedby=bulk-error]"), 1);
        self.open("/");
        self.chooses(&["old"]);
        self.press("#bulk [value=delete]");
        self.reads("Delete this check?");
        self.press("main form button");
        self.reads("1 check deleted.");
        assert_eq!(self.count(".checks tbody tr"), 5);
    }

    fn acts_on_one_of_the_list(&mut self) {
        for (button, told) in [
            ("pause", "1 check paused"),
            ("resume", "1 check resumed."),
            ("snooze:1d", "1 check snoozed"),
            ("wake", "1 check not snoozed any more."),
            ("delete", "Delete this check?"),
        ] {
            self.open("/?sort=name");
            self.browser.find("summary[aria-label='What to do with paused']").click();
            self.press(&format!("details[open] [value^='{button} ']"));
            self.reads(told);
        }
        self.browser.find("main form a").click();
        self.reads("paused");
    }

    async fn makes_a_check_and_acts_on_it(&mut self, app: &TestApp) {
        self.browser.find("a[href='/checks/new']").click();
        self.types("name", "made by hand");
        self.types("period", "soon");
        self.press("main form button");
        self.reads("“soon” is none");
        assert_eq!((self.value("name"), self.value("period")), ("made by hand".into(), "soon".into()));
        assert_eq!(self.browser.execute("return document.activeElement.id"), "period");
        self.types("period", "2 h");
        self.press("main form button");
        self.reads("The check is made.");
        let made = named(app, "made by hand").await;
        assert_eq!((&made["timeout"], &made["status"]), (&7_200.into(), &"new".into()));
        for (button, told) in [
            ("pause", "1 check paused"),
            ("resume", "1 check resumed."),
            ("snooze", "1 check snoozed"),
            ("wake", "1 check not snoozed any more."),
            ("delete", "Delete this check?"),
        ] {
            self.press(&format!(".actions [value^='{button} ']"));
            self.reads(told);
        }
        self.press("main form button");
        self.reads("1 check deleted.");
        assert_eq!(self.browser.execute("return location.pathname"), "/", "its own page is gone");
    }

    async fn edits(&mut self, app: &TestApp) {
        let address = format!("/checks/{}", named(app, "export").await["uuid"].as_str().unwrap());
        self.open(&address);
        self.press("#doctor form button");
        self.reads("The proposal is applied");
        assert_eq!(named(app, "export").await["timeout"], 3_600);
        self.open(&format!("{address}/edit"));
        self.types("name", "renamed");
        self.browser.find(".choice:has([value=schedule])").click();
        self.types("schedule", "61 * * * *");
        self.press("[name=preview]");
        self.browser.wait_until("document.querySelector('#schedule-error')", PATIENCE);
        assert_eq!((self.value("name"), self.value("schedule")), ("renamed".into(), "61 * * * *".into()));
        self.types("schedule", "0 3 * * *");
        self.press("[name=preview]");
        self.reads("at 03:00 every day");
        assert_eq!(named(app, "export").await["name"], "export", "a look changes nothing");
        self.press("form.asked .buttons button");
        self.reads("Saved.");
        assert_eq!(named(app, "renamed").await["schedule"], "0 3 * * *");
        self.open(&format!("{address}/log"));
        assert!(1 < self.count(".entry").as_u64().unwrap());
        for box_of in ["fail", "flips"] {
            self.browser.find(&format!(".choice:has([value={box_of}])")).click();
        }
        self.press("form.shown button");
        self.browser.wait_until("location.search === '?show=fail&show=flips'", PATIENCE);
        assert_eq!(self.count("form.shown [name=show]:checked"), 2);
    }

    fn sends_mails_again(&mut self) {
        self.open("/mails?state=given-up");
        self.press(".outbox li form button");
        self.reads("1 mail is sent again.");
        self.press(".bar form button");
        self.reads("sent again.");
        self.open("/mails?state=given-up");
        self.reads("No mail is in this state.");
    }

    async fn makes_and_revokes_a_key(&mut self, app: &TestApp) {
        self.open("/settings");
        self.browser.find("#opens option[value=read-only]").click();
        self.press("form.inline button");
        let key = self.browser.find("main code").text();
        let reads = async || app.ask("GET", "/api/v3/checks/", &[("x-api-key", &key)]).await.status;
        assert_eq!(reads().await, 200);
        self.open("/settings");
        self.browser.find("#keys ~ .scroll tbody tr:last-child a").click();
        self.press("main form button");
        self.reads("The key is revoked");
        // For a second a key may be remembered.
        app.clock().advance(span(2.0));
        assert_eq!(reads().await, 401);
    }

    async fn opens_the_status_page(&mut self, app: &TestApp) {
        self.open("/status/setup");
        self.browser.find("[name=on]").click();
        self.types("title", "The works");
        self.types("checks", "nobody of this name");
        self.press("main form button");
        self.reads("“nobody of this name”");
        assert_eq!(
            (self.value("title"), self.value("checks")),
            ("The works".into(), "nobody of this name".into())
        );
        assert_eq!(app.get("/status").await.status, 404);
        self.types("checks", "pump");
        self.press("main form button");
        self.reads("Saved.");
        assert!(app.get("/status").await.body.contains("The works"));
        self.open("/badges");
        self.types("check", "renamed");
        self.press("main form button");
        self.browser.wait_until("document.querySelector('#one')", PATIENCE);
        assert_eq!(self.value("check"), "renamed");
    }

    fn leaves(&mut self) {
        self.press("form.sign-out button");
        self.browser.wait_until("document.querySelector('#password')", PATIENCE);
        self.types("password", TESTING_PASSWORD);
        self.press("main form button");
        self.browser.wait_until("document.querySelector('form.sign-out')", PATIENCE);
        self.open("/settings");
        self.press("form[action='/sign-out/everywhere'] button");
        self.browser.wait_until("document.querySelector('#password')", PATIENCE);
        self.open("/settings");
        assert_eq!(self.count("#password"), 1, "nobody is signed in any more");
    }
}

/// Returns what the API says of the check of this name.
async fn named(app: &TestApp, name: &str) -> Value {
    let listed = json(&ask(app, "GET", "/api/v3/checks/").await);
    let mut checks = listed["checks"].as_array().unwrap().iter();
    checks.find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name} is not in {listed}")).clone()
}
