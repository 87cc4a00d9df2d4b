//! Every page there is, in every state worth a look, and the way to it.

use rig::browser::Browser;
use rig::server::PATIENCE;

use super::checks::{
    BACKUP, DECLARED, EXPORT, FAILED, INVOICES, LATE, MARKUP, NEW, PAUSED, ROUTER, RUNNING, SNOOZED, SYNC,
    WELL,
};
use super::history::Life;

/// One page in one state.
pub(super) struct Page {
    /// What its pictures are called.
    pub(super) name: &'static str,
    /// The route that answers it.
    pub(super) route: &'static str,
    pub(super) path: String,
    /// What a person does there before looking.
    pub(super) act: fn(&Browser),
    /// It comes with a status that refuses.
    pub(super) is_refusal: bool,
    /// It is the HTML of a mail, whose style has to be in its text.
    pub(super) is_mail: bool,
}

impl Page {
    fn at(name: &'static str, route: &'static str, path: impl Into<String>) -> Self {
        Self { name, route, path: path.into(), act: |_| (), is_refusal: false, is_mail: false }
    }

    /// A page whose address is its route.
    fn plain(name: &'static str, route: &'static str) -> Self {
        Self::at(name, route, route)
    }

    fn then(self, act: fn(&Browser)) -> Self {
        Self { act, ..self }
    }

    fn refused(self) -> Self {
        Self { is_refusal: true, ..self }
    }
}

/// What strangers get to see.
pub(super) fn for_strangers() -> Vec<Page> {
    vec![
        Page::plain("sign-in", "/").refused(),
        Page::plain("sign-in-wrong", "/").refused().then(|browser| {
            browser.find("#password").type_text("a wrong one");
            browser.find("main form button").click();
            browser.wait_until("document.querySelector('[role=alert]')", PATIENCE);
        }),
        Page::at("sign-in-link", "/sign-in", "/sign-in?token=0123456789abcdef"),
        Page::at("nothing", "", "/nothing").refused(),
        Page::at("nothing-for-strangers", "", "/settings").refused(),
        Page::at("logs-closed", "/logs", "/logs?username=nobody&year=26&month=11&day=21").refused(),
        Page::plain("docs", "/docs"),
        Page::at("docs-pings", "/docs/{name}", "/docs/pings"),
        Page::at("docs-schedules", "/docs/{name}", "/docs/schedules"),
        Page::at("docs-schedule-doctor", "/docs/{name}", "/docs/schedule-doctor"),
        Page::at("docs-config", "/docs/{name}", "/docs/config"),
        Page::at("docs-healthchecks", "/docs/{name}", "/docs/healthchecks"),
        Page::at("docs-nothing", "/docs/{name}", "/docs/nothing").refused(),
        Page::plain("reference", "/api/"),
    ]
}

/// The list, and what is done from it.
pub(super) fn of_the_list() -> Vec<Page> {
    vec![
        Page::plain("list", "/"),
        Page::at("list-testing", "/", "/?testing=on").then(|browser| {
            click(browser, "[role=switch][data-name='front door']");
            browser.wait_until("/: 200/.test(document.querySelector('#log').innerText)", PATIENCE);
            click(browser, "[role=switch][data-name='front door']");
        }),
        Page::at("list-none", "/", "/?q=nobody+of+this+name"),
        Page::at("list-down", "/", "/?standing=down&sort=-name"),
        Page::at("list-tag", "/", "/?tag=prod&q=n"),
        Page::plain("list-chosen", "/").then(|browser| {
            click(browser, "tbody tr:nth-of-type(2) [name=check]");
            click(browser, "tbody tr:nth-of-type(4) [name=check]");
        }),
        Page::plain("list-menu", "/").then(|browser| click(browser, "tbody tr:nth-of-type(2) .menu summary")),
        Page::plain("list-wrong-tag", "/").refused().then(|browser| {
            click(browser, "tbody tr:nth-of-type(2) [name=check]");
            browser.find("#bulk-tag").type_text("two words");
            go(browser, "[name=do][value=tag]", "document.querySelector('#bulk-error')");
        }),
        Page::plain("new", "/checks/new"),
        Page::plain("new-wrong", "/checks/new").refused().then(|browser| {
            browser.find("#period").type_text(" or sooner");
            click(browser, "[name=kind][value=schedule]");
            browser.find("#schedule").type_text("0 25 * * *");
            go(browser, "main form button.strong", "document.querySelector('.error')");
        }),
    ]
}

/// The pages about one check.
pub(super) fn of_checks(life: &Life, day: &str) -> Vec<Page> {
    let of = |name: &str, rest: &str| format!("/checks/{}{rest}", life.uuids[name]);
    let overview = |page, name: &str| Page::at(page, "/checks/{uuid}", of(name, ""));
    let log = "/checks/{uuid}/log";
    let edit = "/checks/{uuid}/edit";
    let one_ping = "/checks/{uuid}/pings/{n}";
    vec![
        overview("check", BACKUP),
        overview("check-hourly", SYNC),
        overview("check-doctor", INVOICES),
        overview("check-down", ROUTER),
        overview("check-failed", FAILED),
        overview("check-new", NEW),
        overview("check-paused", PAUSED),
        overview("check-running", RUNNING),
        overview("check-snoozed", SNOOZED),
        overview("check-late", LATE),
        overview("check-long-name", EXPORT),
        overview("check-markup", MARKUP),
        overview("check-declared", WELL),
        overview("check-declared-down", DECLARED),
        Page::at("check-unknown", "/checks/{uuid}", "/checks/7c1d4be0-52f3-4a86-9b0e-d3a6f8e21c55").refused(),
        overview("check-delete", ROUTER).then(|browser| {
            go(browser, "[name=one][value^=delete]", "document.querySelector('[name=sure]')");
        }),
        Page::at("log", log, of(BACKUP, "/log")),
        Page::at("log-filtered", log, of(FAILED, "/log?show=fail&show=mails")),
        Page::at("log-empty", log, of(NEW, "/log")),
        Page::at("ping", one_ping, of(BACKUP, "/pings/2")),
        Page::at("ping-without-body", one_ping, of(BACKUP, "/pings/1")),
        Page::at("ping-unknown", one_ping, of(BACKUP, "/pings/100000")).refused(),
        Page::at("day", "/checks/{uuid}/days/{date}", of(SYNC, &format!("/days/{day}"))),
        Page::at("day-empty", "/checks/{uuid}/days/{date}", of(NEW, &format!("/days/{day}"))),
        Page::at("changes", "/checks/{uuid}/changes", of(EXPORT, "/changes")),
        Page::at("changes-declared", "/checks/{uuid}/changes", of(WELL, "/changes")),
        Page::at("edit", edit, of(EXPORT, "/edit")),
        Page::at("edit-wrong", edit, of(EXPORT, "/edit")).refused().then(|browser| {
            for field in ["#slug", "#period", "#grace"] {
                browser.find(field).type_text(" or NOT");
            }
            go(browser, "button.strong", "document.querySelector('.error')");
        }),
        Page::at("edit-preview", edit, of(BACKUP, "/edit")).then(|browser| {
            browser.execute("document.querySelector('#schedule').value = ''");
            browser.find("#schedule").type_text("30 4 * * Mon-Fri");
            browser.wait_until(
                "/Monday to Friday/.test(document.querySelector('#preview').innerText)",
                PATIENCE,
            );
        }),
        Page::at("edit-declared", edit, of(DECLARED, "/edit")),
    ]
}

/// Mails, and what the server says of itself.
pub(super) fn of_the_server() -> Vec<Page> {
    vec![
        Page::plain("mails", "/mails"),
        Page::at("mails-waiting", "/mails", "/mails?state=waiting"),
        Page::at("mails-sent", "/mails", "/mails?state=sent"),
        Page::at("mails-given-up", "/mails", "/mails?state=given-up"),
        Page::plain("inbox", "/inbox"),
        Page::at("inbox-mail", "/inbox/{number}", "/inbox/1"),
        Page { is_mail: true, ..Page::at("inbox-mail-html", "/inbox/{number}/html", "/inbox/1/html") },
        Page::at("inbox-unknown", "/inbox/{number}", "/inbox/100000").refused(),
        Page::plain("settings", "/settings"),
        Page::at("settings-key-made", "/settings", "/settings").then(|browser| {
            go(browser, "form.inline button", "document.querySelector('.copyable')");
        }),
        Page::plain("settings-keys", "/settings"),
        Page::at("settings-key-revoke", "/settings/keys/{id}/revoke", "/settings").then(|browser| {
            go(browser, "a[href$='/revoke']", "location.pathname.endsWith('/revoke')");
        }),
        Page::plain("badges", "/badges"),
        Page::at("badges-several", "/badges", "/badges?check=o&states=3"),
        Page::at("badges-nobody", "/badges", "/badges?check=nobody+of+this+name"),
        Page::plain("status-off", "/status"),
        Page::plain("status-setup", "/status/setup"),
        Page::plain("status-setup-wrong", "/status/setup").refused().then(|browser| {
            click(browser, "[name=on]");
            browser.execute("document.querySelector('#title').value = ''");
            browser.find("#checks").type_text("nobody of this name");
            go(browser, "main form button", "document.querySelector('#checks-error')");
        }),
        Page::plain("status-setup-saved", "/status/setup").then(|browser| {
            click(browser, "[name=on]");
            click(browser, "[name=tag][value=prod]");
            click(browser, "[name=tag][value=home]");
            browser.execute("document.querySelector('#title').value = 'How our jobs are'");
            go(browser, "main form button", "document.querySelector('[role=status].done')");
        }),
        Page::plain("status-owner", "/status"),
        Page::plain("wall", "/wall"),
    ]
}

/// The status page as its readers see it, after its owner has opened it.
pub(super) fn of_the_status() -> Vec<Page> {
    vec![Page::plain("status", "/status")]
}

/// A day's log as a page.
pub(super) fn of_logs(date: &str) -> Vec<Page> {
    let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().unwrap();
    let path = |name: &str| format!("/logs?username={name}&year={year}&month={month}&day={day}");
    vec![
        Page::at("logs", "/logs", path("front+door")),
        Page::at("logs-empty", "/logs", path("porch+camera")),
        Page::at("logs-unknown", "/logs", path("nobody")).refused(),
    ]
}

/// A server that nobody has used yet, and whose mail server cannot be reached.
pub(super) fn when_empty() -> Vec<Page> {
    vec![
        Page::plain("empty-list", "/"),
        Page::plain("empty-mails", "/mails"),
        Page::plain("empty-inbox", "/inbox"),
        Page::plain("empty-settings", "/settings"),
        Page::plain("empty-badges", "/badges"),
        Page::plain("empty-status-setup", "/status/setup"),
        Page::plain("empty-status", "/status"),
        Page::plain("empty-wall", "/wall"),
        Page::plain("first-check-made", "/").then(|browser| {
            go(browser, "[name=first]", "document.querySelector('.copyable')");
        }),
        Page::plain("first-ping", "/"),
    ]
}

/// A server that did not accept what was written into its config.
pub(super) fn with_a_refused_config() -> Vec<Page> {
    vec![Page::plain("settings-refused", "/settings")]
}

/// A server on which nobody has set a password.
pub(super) fn without_password() -> Vec<Page> {
    vec![Page::plain("no-password", "/").refused()]
}

fn click(browser: &Browser, css: &str) {
    browser.execute(&format!("document.querySelector(\"{css}\").click()"));
}

/// Clicks what leads to another page, and waits for it.
fn go(browser: &Browser, css: &str, condition: &str) {
    click(browser, css);
    browser.wait_until(&format!("{condition} && document.readyState === 'complete'"), PATIENCE);
}
