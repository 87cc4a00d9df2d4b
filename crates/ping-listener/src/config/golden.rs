//! Configs that are good, and what they mean.

use std::io;
use std::path::Path;
use std::sync::Arc;

use domain::demand::Demand;
use domain::schedule::Schedule;
use domain::time::Span;

use super::error::ConfigErrors;
use super::secret::{KeyDigest, Secret};
use super::{Config, MailMode, SAMPLE, User, parse};

#[test]
fn the_sample_is_the_one_of_the_original() {
    let config = read(SAMPLE).unwrap();
    assert_eq!(config.base_frequency, Span::from_seconds(1));
    assert_eq!(config.email_processing_frequency, Span::from_seconds(2));
    assert_eq!(config.notices, [""; 0]);
    let users: Vec<_> = config
        .users
        .iter()
        .map(|user| {
            let Demand { policy, max_sleep, .. } = &*user.demand;
            (&*user.name, policy.is_monitored, period(user), &**max_sleep, policy.remind_every, user.line)
        })
        .collect();
    let seconds = Span::from_seconds;
    let expected = [
        ("test", true, seconds(10), "10", seconds(3_600), 6),
        ("test1", false, seconds(3), "3", seconds(60), 11),
    ];
    assert_eq!(users, expected);
    assert_eq!(recipients(&config, 0), ["you@example.org"]);
    assert!(Arc::ptr_eq(&config.users[0].demand.recipients, &config.users[1].demand.recipients));
}

#[test]
fn a_config_of_the_original_means_what_it_meant() {
    let config = read(
        r#"{
          "server_root": "",
          "base_frequency": 0.5,
          "email_processing_frequency": 0,
          "users": {
            "door": {"monitor": true, "max_sleep": 4.5, "email_frequency": 6,
                     "device_email": ["a@example.org", "b@example.org"], "refresh_on_ping_restored": "false"},
            "Ofen 3 \u00fc": {"monitor": true, "max_sleep": 3.0, "email_frequency": 0, "device_email": null,
                     "refresh_on_ping_restored": 0},
            "x": {"monitor": true, "max_sleep": 1e1, "email_frequency": 1, "device_email": "",
                     "refresh_on_ping_restored": "No"},
            "y": {"monitor": false, "max_sleep": 0, "email_frequency": 315360000, "device_email": [],
                     "refresh_on_ping_restored": "ON"},
            "comment": {"monitor": true, "max_sleep": 1, "email_frequency": 1, "device_email": "c@example.org"}
          },
          "recipient": ["d@example.org", "e@example.org"]
        }"#,
    )
    .unwrap();
    assert_eq!(config.base_frequency, Span::from_millis(500));
    assert_eq!(config.email_processing_frequency, Span::ZERO);
    assert_eq!((config.server_root.as_deref(), config.notices.len()), (None, 0));
    let names: Vec<&str> = config.users.iter().map(|user| &*user.name).collect();
    assert_eq!(names, ["door", "Ofen 3 ü", "x", "y", "comment"]);
    let sleeps: Vec<_> = config.users.iter().map(|user| (period(user), &*user.demand.max_sleep)).collect();
    let millis = Span::from_millis;
    let expected = [
        (millis(4_500), "4.5"),
        (millis(3_000), "3.0"),
        (millis(10_000), "1e1"),
        (Span::ZERO, "0"),
        (millis(1_000), "1"),
    ];
    assert_eq!(sleeps, expected);
    let refreshes: Vec<bool> = config.users.iter().map(|user| user.demand.policy.refresh_on_ping).collect();
    assert_eq!(refreshes, [false, false, false, true, true]);
    assert_eq!(recipients(&config, 0), ["a@example.org", "b@example.org"]);
    for index in 1..=3 {
        assert_eq!(recipients(&config, index), ["d@example.org", "e@example.org"]);
    }
    assert_eq!(recipients(&config, 4), ["c@example.org"]);
    assert_eq!(*config.recipients, ["d@example.org".into(), "e@example.org".into()]);
}

#[test]
fn what_is_not_said_has_the_documented_default() {
    let config = read(r#"{"users": {}}"#).unwrap();
    let expected = Config {
        server_root: None,
        public_url: None,
        base_frequency: Span::from_seconds(1),
        email_processing_frequency: Span::from_seconds(1),
        mail: None,
        mail_from: None,
        trusted_proxies: Vec::new(),
        history_days: 400.0,
        restart_tolerance: 2.0,
        digest_over: 20,
        ping_body_limit: 100_000,
        heartbeat_url: None,
        metrics_token: None,
        recipients: Arc::new([]),
        users: Vec::new(),
        given: vec!["users"],
        notices: Vec::new(),
    };
    assert_eq!(config, expected);
}

#[test]
fn every_added_key_is_taken() {
    let config = read(
        r#"{
          "public_url": "https://pings.example.org/base/", "mail": "starttls", "mail_from": " me@example.org ",
          "trusted_proxies": ["10.0.0.0/8", "::1"], "history_days": 30.5, "restart_tolerance": 1.5,
          "digest_over": 1, "ping_body_limit": 0, "heartbeat_url": "https://watch.example.org/p?k=1", "metrics_token_file": "/etc/token",
          "notify_recovery": true,
          "users": {
            "a": {"monitor": false, "max_sleep": 1, "email_frequency": 1, "ping_key": "a secret key"},
            "b": {"monitor": false, "max_sleep": 1, "email_frequency": 1, "ping_key_file": "key",
                  "notify_recovery": false}
          }
        }"#,
    )
    .unwrap();
    assert_eq!(config.public_url.as_deref(), Some("https://pings.example.org/base"));
    assert_eq!(config.mail, Some(MailMode::StartTls));
    assert_eq!(config.mail_from.as_deref(), Some("me@example.org"));
    assert_eq!(config.trusted_proxies, ["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
    assert_eq!((config.history_days, config.restart_tolerance, config.digest_over), (30.5, 1.5, 1));
    assert_eq!(config.ping_body_limit, 0);
    assert_eq!(config.heartbeat_url, Some(Secret::new("https://watch.example.org/p?k=1")));
    assert_eq!(config.metrics_token, Some(Secret::new("a-token-from-a-file")));
    assert_eq!(config.users[0].ping_key.as_deref(), Some(&KeyDigest::of(b"a secret key")));
    assert_eq!(config.users[1].ping_key.as_deref(), Some(&KeyDigest::of(b"a key from a file")));
    let recoveries: Vec<bool> = config.users.iter().map(|user| user.demand.policy.notify_recovery).collect();
    assert_eq!(recoveries, [true, false]);
}

#[test]
fn the_example_of_the_reference_is_good() {
    let reference = include_str!("../../../../docs/config.md");
    let example = reference.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let config = read(&example.replace("greenhouse.key", "key")).unwrap();
    assert_eq!(config.notices, [""; 0]);
    assert_eq!(&*config.users[1].demand.max_sleep, "4.5");
}

#[test]
fn notes_pass_everywhere_and_as_often_as_one_likes() {
    let text = r#"{
      "_": 1, "_": [{"a": null}], "//": "x", "// why": {}, "comment": "y", "comment": 2,
      "users": {
        "_note": "z", "//": null, "comment": ["w"],
        "u": {"monitor": false, "_": {}, "max_sleep": 1, "comment": 1, "email_frequency": 1, "//x": NaN}
      }
    }"#;
    assert_eq!(read(text).unwrap().users.len(), 1);
}

#[test]
fn what_is_odd_but_works_is_told_with_its_line() {
    let text = r#"{
      "server_root": "https://example.net/",
      "recipient": ["a@example.org", "a@EXAMPLE.ORG", "A@example.org"],
      "users": {"u": {"monitor": true, "max_sleep": 1, "email_frequency": 1}}
    }"#;
    let config = read(text).unwrap();
    assert_eq!(config.server_root.as_deref(), Some("https://example.net"));
    assert_eq!(recipients(&config, 0), ["a@example.org", "A@example.org"]);
    let expected = [
        "etc/config.json:2:22: server_root: deprecated; rename it to public_url",
        "etc/config.json:3:38: recipient[1]: a@EXAMPLE.ORG stands in the list twice and gets one mail",
    ];
    assert_eq!(config.notices, expected);

    let notices = |keys: &str| read(&server(keys)).unwrap().notices;
    let overruled = notices(r#""server_root": "https://a.example", "public_url": "https://b.example""#);
    assert_eq!(
        overruled,
        ["etc/config.json:1:17: server_root: deprecated, and not used because public_url is set"]
    );
    let useless = notices(r#""server_root": "example.net""#);
    let expected = "etc/config.json:1:17: server_root: deprecated, and not used because it is no http or https URL; \
                    set public_url";
    assert_eq!(useless, [expected]);
}

#[test]
fn two_users_may_share_a_key() {
    let text = user("\"ping_key\": \"12345678\"").replace(
        "\"u\"",
        "\"v\": {\"monitor\": false, \"max_sleep\": 1, \"email_frequency\": 1, \"ping_key\": \"12345678\"}, \"u\"",
    );
    let config = read(&text).unwrap();
    assert_eq!(config.users[0].ping_key, config.users[1].ping_key);
}

#[test]
fn no_secret_is_shown_by_a_config() {
    let text = server("\"heartbeat_url\": \"https://h.example/hunter22\", \"metrics_token\": \"hunter22\"");
    assert!(!format!("{:?}", read(&text).unwrap()).contains("hunter22"));
}

fn period(user: &User) -> Span {
    let Schedule::Every(period) = user.demand.policy.schedule;
    period
}

fn recipients(config: &Config, index: usize) -> Vec<&str> {
    config.users[index].demand.recipients.iter().map(|address| &**address).collect()
}

/// Reads a config called `etc/config.json`, with a few files around it.
pub(super) fn read(text: &str) -> Result<Config, ConfigErrors> {
    let read_file = |path: &Path| match path.to_str() {
        Some("etc/key") => Ok("a key from a file\n".to_owned()),
        Some("/etc/token") => Ok("a-token-from-a-file".to_owned()),
        Some("etc/short") => Ok("hunter2\n".to_owned()),
        _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
    };
    parse("etc/config.json", text, &read_file)
}

/// Puts keys of the server around a config that needs nothing else.
pub(super) fn server(keys: &str) -> String {
    format!("{{{keys}, \"users\": {{}}}}")
}

/// Puts keys of a user around one that needs nothing else.
pub(super) fn user(keys: &str) -> String {
    format!(
        "{{\"users\": {{\"u\": {{{keys}, \"monitor\": false, \"max_sleep\": 1, \"email_frequency\": 1}}}}}}"
    )
}
