//! Who pinged and how, as it is kept beside a ping.

use super::{KEY, check, only_ping, pings, start, start_with};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_trusted_cannot_lie_about_addresses() {
    let app = start().await;
    let view = check(&app, "a").await;
    let forged =
        [("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https"), ("user-agent", "curl/8.5.0")];
    app.ask("GET", &format!("/ping/{}", view.uuid), &forged).await;
    let ping = only_ping(&app, &view).await;
    assert_eq!(ping.remote_addr.unwrap().to_string(), "127.0.0.1");
    assert_eq!((&*ping.scheme, &*ping.user_agent, &*ping.method), ("http", "curl/8.5.0", "GET"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_says_who_pinged() {
    let app = start_with(r#""trusted_proxies": ["127.0.0.1"],"#).await;
    let view = check(&app, "a").await;
    let stated = [
        ("192.0.2.7", Some("192.0.2.7")),
        ("1.2.3.4:55", Some("1.2.3.4")),
        ("2001:DB8:0:0::1", Some("2001:db8::1")),
        ("::ffff:1.1.1.1", Some("::ffff:1.1.1.1")),
        ("garbage", None),
    ];
    for (entry, _) in stated {
        let headers = [("x-forwarded-for", entry), ("x-forwarded-proto", "https")];
        // Once at the socket and once by the HTTP library.
        plain(
            &app,
            &format!(
                "GET /{} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {entry}\r\nX-Forwarded-Proto: https\r\n\r\n",
                view.uuid
            ),
        )
        .await;
        app.ask("GET", &format!("/{KEY}/a"), &headers).await;
    }
    let kept = pings(&app, &view).await;
    assert_eq!(kept.len(), 10);
    for (nth, ping) in kept.iter().enumerate() {
        let (entry, address) = stated[nth / 2];
        assert_eq!(ping.remote_addr.map(|address| address.to_string()).as_deref(), address, "{entry}");
        assert_eq!(&*ping.scheme, "https");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_words_are_cut_and_absent_ones_empty() {
    let app = start_with(r#""trusted_proxies": ["127.0.0.1"],"#).await;
    let view = check(&app, "a").await;
    let long = "ā".repeat(300);
    let headers = [("user-agent", long.as_str()), ("x-forwarded-proto", "telepathically")];
    app.ask("PROPFINDALL", &format!("/{}", view.uuid), &headers).await;
    app.ask("GET", &format!("/{}", view.uuid), &[]).await;
    let kept = pings(&app, &view).await;
    assert_eq!(&*kept[0].user_agent, "ā".repeat(200));
    assert_eq!((&*kept[0].method, &*kept[0].scheme), ("PROPFINDAL", "telepathic"));
    assert_eq!((&*kept[1].user_agent, &*kept[1].scheme, kept[1].body_bytes), ("", "http", 0));
}

/// Sends bytes as they are.
async fn plain(app: &rig::app::TestApp, request: &str) {
    let answer = super::lane::exchange(app, request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}
