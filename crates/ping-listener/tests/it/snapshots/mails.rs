//! Mails as a mail server gets them: their headers, and what each part says.

use mail_parser::{MessageParser, MimeHeaders as _};
use ping_listener::channels::email::Security;
use rig::app::{Setup, TestApp, config, user};
use rig::smtp::{Act, At, Behaviour, MailServer, Received};
use serde_json::Value;

use super::assert_same;
use super::readable::Readable;
use crate::api::{KEY, create, path_of, ping, post};

/// Longer than any story lasts.
const NEVER: f64 = 8_640_000.0;

/// A cron job with everything that a mail may tell of it.
const EXPORT: &str = r#"{"name": "Nightly export", "tags": "etl prod", "desc": "Dumps the database.\nIf it fails: free some disk.",
    "schedule": "0 2 * * *", "tz": "Europe/Kyiv", "grace": 900, "max_runtime": 7200, "channels": "*"}"#;

/// Rooms that look around once a minute.
const CALM: &str = r#""base_frequency": 60, "email_processing_frequency": 60,"#;

/// A server whose mails are taken by a mail server.
struct Post {
    app: TestApp,
    server: MailServer,
    /// How many mails were looked at.
    known: usize,
    seen: Readable,
}

impl Post {
    async fn at(keys: &str, users: &str) -> Self {
        let server = MailServer::start(Security::Tls);
        let setup = Setup::new(config(keys, users)).mail_server(&server).with("PING_LISTENER_API_KEY", KEY);
        Self { app: setup.start().await, server, known: 0, seen: Readable::default() }
    }

    /// Compares the mails that came since the last look, which are as many as the names.
    fn assert_mails(&mut self, names: &[&str]) {
        let mut mails = self.server.mails_after(self.known);
        self.known += mails.len();
        // Several senders may be at work at once.
        mails.sort_by_key(|mail| (mail.recipients.clone(), subject(mail)));
        assert_eq!(mails.len(), names.len(), "{:?}", mails.iter().map(subject).collect::<Vec<_>>());
        for (name, mail) in names.iter().zip(&mails) {
            assert_same(name, &letter(&mut self.seen, mail));
        }
    }

    async fn end(self) {
        self.app.end_with(&self.server).await;
    }
}

fn subject(mail: &Received) -> String {
    MessageParser::default().parse(&mail.raw).unwrap().subject().unwrap().to_owned()
}

/// Writes a mail with its headers as they came, and its parts decoded.
fn letter(seen: &mut Readable, mail: &Received) -> String {
    let parsed = MessageParser::default().parse(&mail.raw).unwrap();
    let raw = String::from_utf8(mail.raw.clone()).unwrap().replace("\r\n", "\n");
    let head = |text: &str| text.split("\n\n").next().unwrap().trim().to_owned();
    let headers = format!("envelope: {} to {}\n\n{}", mail.from, mail.recipients.join(", "), head(&raw));
    let said = parsed.body_text(0).unwrap();
    let boundary = parsed.content_type().and_then(|kind| kind.attribute("boundary"));
    let Some(boundary) = boundary else { return seen.plain(&format!("{headers}\n\n{said}")) };
    let border = format!("--{boundary}");
    let mut parts = raw.split(&border).skip(1);
    let [text, html] = [parts.next().unwrap(), parts.next().unwrap()].map(head);
    assert_eq!(parts.next().map(str::trim), Some("--"), "there are two parts");
    let shown = parsed.body_html(0).unwrap();
    let letter = format!("{headers}\n\n=== {text}\n\n{said}\n=== {html}\n\n{shown}");
    seen.plain(&letter.replace(boundary, "(boundary)"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_is_told_as_accepted() {
    let keys = r#", "notify_recovery": true"#;
    let mut post = Post::at("", &user("front door", 90.0, 600.0, keys)).await;
    post.app.advance(100.0).await;
    post.assert_mails(&["mail_never_reported"]);
    post.app.pings("front+door").await;
    post.app.advance(5.0).await;
    post.assert_mails(&["mail_first_report"]);
    post.app.advance(95.0).await;
    post.assert_mails(&["mail_silence"]);
    post.app.advance(605.0).await;
    post.assert_mails(&["mail_reminder"]);
    post.app.pings("front+door").await;
    post.app.advance(5.0).await;
    post.assert_mails(&["mail_reports_again"]);
    post.app.common().store.queue_test("you@example.org".to_owned()).await.unwrap();
    post.app.advance(5.0).await;
    post.assert_mails(&["mail_test"]);
    post.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_befell_a_mail_is_told_in_it_as_accepted() {
    let keys = r#", "device_email": ["gone@example.org", "you@example.org"]"#;
    let mut post = Post::at(CALM, &user("front door", 90.0, NEVER, keys)).await;
    post.server.behave(Behaviour::at(
        At::Recipient("gone@example.org"),
        Act::Answer("550 5.1.1 <gone> is not here"),
    ));
    post.app.pings("front+door").await;
    post.app.suspend(3_600.0).await;
    post.app.advance(300.0).await;
    post.assert_mails(&["mail_after_our_downtime"]);
    post.app.advance(10_000.0).await;
    post.assert_mails(&["mail_of_a_refused_recipient"]);
    post.server.behave(Behaviour::default());
    post.app.reload(&config(CALM, &user("front door", 90.0, NEVER, ""))).await;
    post.server.stop();
    for _ in 0..2 {
        post.app.pings("front+door").await;
        post.app.advance(200.0).await;
    }
    post.server.restart();
    for _ in 0..20 {
        post.app.pings("front+door").await;
        post.app.advance(60.0).await;
    }
    post.assert_mails(&["mail_that_waited"]);
    post.server.behave(Behaviour::at(At::Dot, Act::Answer("554 5.7.1 too many words")));
    post.app.advance(130.0).await;
    post.server.behave(Behaviour::default());
    post.app.advance(10_000.0).await;
    post.assert_mails(&["mail_in_few_words"]);
    post.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_check_is_told_of_as_accepted() {
    let mut post = Post::at(CALM, "").await;
    let export = create(&post.app, EXPORT).await;
    let target = |rest: &str| format!("/ping/{}{rest}", export["uuid"].as_str().unwrap());
    ping(&post.app, &export, "/start").await;
    post.app.advance(8.0).await;
    let client = [("user-agent", "curl/8.5.0")];
    let body = "dump: disk full\n<b>give up</b>\n-- \nexit\n";
    assert_eq!(post.app.post(&target("/3"), &client, body).await.status, 200);
    post.app.advance(70.0).await;
    post.assert_mails(&["mail_failed"]);
    ping(&post.app, &export, "").await;
    post.app.advance(70.0).await;
    post.assert_mails(&["mail_up_again"]);
    ping(&post.app, &export, "/start").await;
    post.app.advance(7_300.0).await;
    post.assert_mails(&["mail_hung"]);
    ping(&post.app, &export, "").await;
    post.app.advance(70.0).await;
    post.assert_mails(&["mail_up_after_a_hung_run"]);
    // Past two in the night and the grace.
    post.app.advance_to(62_000.0).await;
    post.assert_mails(&["mail_no_ping_in_time"]);
    ping(&post.app, &export, "").await;
    post.app.advance(70.0).await;
    post.assert_mails(&["mail_up_after_a_silence"]);
    snooze(&post.app, &export, "3h").await;
    ping(&post.app, &export, "/fail").await;
    post.app.advance(3.0 * 3_600.0 - 200.0).await;
    post.assert_mails(&[]);
    post.app.advance(300.0).await;
    post.assert_mails(&["mail_after_a_snooze"]);
    post.end().await;
}

async fn snooze(app: &TestApp, check: &Value, length: &str) {
    assert_eq!(post(app, &path_of(check, &format!("/snooze?for={length}")), "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_silences_are_told_in_one_mail_as_accepted() {
    let users = ["front door", "pump", "<garden>"].map(|name| user(name, 660.0, NEVER, ""));
    let mut story = Post::at(&format!("{CALM} \"digest_over\": 3,"), &users.join(",")).await;
    let asked = r#"{"name": "mirror", "timeout": 600, "grace": 60, "channels": "*", "desc": "Ask Ann."}"#;
    let mirror = create(&story.app, asked).await;
    for name in ["front+door", "pump"] {
        story.app.pings(name).await;
    }
    ping(&story.app, &mirror, "").await;
    story.app.advance(780.0).await;
    story.assert_mails(&["mail_digest"]);
    story.end().await;
}
