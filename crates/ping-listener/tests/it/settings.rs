//! The settings page: what is in force, and keys that are made and revoked there.

use ping_listener::channels::email::Security;
use rig::app::{Setup, TestApp, config, user};
use rig::client::Answer;
use rig::smtp::MailServer;

/// Sends a form as somebody who is signed in.
async fn submit(app: &TestApp, target: &str, body: &str) -> Answer {
    let (cookie, origin) = (app.sign_in().await, format!("http://{}", app.address()));
    let headers = [
        ("cookie", cookie.as_str()),
        ("origin", origin.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    app.post(target, &headers, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_config_in_force_is_shown_with_where_it_comes_from_and_no_secret() {
    let keys = r#""history_days": 30, "metrics_token": "hunter2-hunter2","#;
    let mut app = Setup::new(config(keys, &user("test", 3.0, 20.0, "")))
        .with("PING_LISTENER_API_KEY", "hcw_hunter2-hunter2-hunter2-hunt")
        .start()
        .await;
    let page = app.page("/settings").await;
    for row in [
        r#"<code>history_days</code></th><td>30</td><td class="source">the file</td>"#,
        r#"<code>digest_over</code></th><td>20</td><td class="source">default</td>"#,
        r#"<code>metrics_token</code></th><td>set</td><td class="source">the file</td>"#,
        r#"<code>PING_LISTENER_API_KEY</code></th><td>set</td><td class="source">the environment</td>"#,
        r#"<code>SMTP_SERVER</code></th><td>smtp.gmail.com</td><td class="source">default</td>"#,
    ] {
        assert!(page.contains(row), "{row}: {page}");
    }
    assert!(!page.contains("hunter2"), "{page}");
    assert!(!page.contains("last read"), "{page}");
    app.advance(60.0).await;
    app.reload("{\"users\": {}, \"digest_over\": \"<many>\"}").await;
    let page = app.page("/settings").await;
    assert!(page.contains("last read") && page.contains("was refused"), "{page}");
    assert!(page.contains("&#60;many&#62;") && !page.contains("<many>"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_of_the_environment_is_said_to_come_from_there() {
    let server = MailServer::start(Security::Tls);
    let app = Setup::new(config("", &user("test", 3.0, 20.0, ""))).mail_server(&server).start().await;
    let page = app.page("/settings").await;
    let row =
        format!("localhost:{} by SMTP over TLS</td><td class=\"source\">the environment</td>", server.port());
    assert!(page.contains(&row), "{row}: {page}");
    for nth in 1..=2 {
        app.reload(&config(r#""mail": "inbox","#, "")).await;
        let page = app.page("/settings").await;
        assert!(page.contains("mail and mail_from take effect at the next start"), "reload {nth}: {page}");
    }
    app.reload(&config("", "")).await;
    let page = app.page("/settings").await;
    assert!(!page.contains("at the next start"), "what holds is in the file again: {page}");
    app.end_with(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_opens_what_it_says_and_is_revoked() {
    let app = Setup::new(config("", "")).start().await;
    let list = "/api/v3/checks/";
    for (kind, opens) in [("read-write", 200), ("read-only", 200), ("ping", 401)] {
        let made = submit(&app, "/settings/keys", &format!("opens={kind}")).await;
        assert_eq!(made.status, 200, "{made:?}");
        let key = made.body.split("<code>").nth(1).unwrap().split("</code>").next().unwrap().to_owned();
        assert_eq!(app.ask("GET", list, &[("x-api-key", &key)]).await.status, opens, "{kind}");
        let page = app.page("/settings").await;
        assert!(!page.contains(&key), "{kind}");
        let id = page.rsplit("/settings/keys/").next().unwrap().split('/').next();
        let revoke = format!("/settings/keys/{}/revoke", id.unwrap());
        assert!(app.page(&revoke).await.contains("cannot be undone"));
        let revoked = submit(&app, &revoke, "").await;
        assert_eq!((revoked.status, revoked.header("location")), (303, "/settings?done=revoked"));
        assert!(app.page("/settings?done=revoked").await.contains("The key is revoked"));
        assert_eq!(submit(&app, &revoke, "").await.status, 404, "it is revoked already");
    }
    for body in ["", "opens=", "opens=all"] {
        let refused = submit(&app, "/settings/keys", body).await;
        assert_eq!(refused.status, 422, "{body}");
        assert!(refused.body.contains("Choose one of the three kinds of keys."), "{body}");
    }
    assert!(app.page("/settings").await.contains("No key was made yet."));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_says_where_its_data_are_and_when_it_was_away() {
    let mut app = Setup::new(config("", &user("test", 3.0, 20.0, ""))).start().await;
    app.suspend(90.0).await;
    let page = app.page("/settings").await;
    let database = app.database();
    assert!(page.contains(database.to_str().unwrap()), "{page}");
    assert!(page.contains("the machine slept"), "{page}");
    assert!(page.contains("1 in the config, 0 made here or over the API"), "{page}");
    assert!(page.contains(env!("CARGO_PKG_VERSION")), "{page}");
}
