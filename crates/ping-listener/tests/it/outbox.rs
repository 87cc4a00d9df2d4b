//! The page of mails: what waits, what was sent, what was given up, and the way out.

use ping_listener::channels::email::Security;
use rig::app::{Setup, TestApp, config, user};
use rig::client::Answer;
use rig::smtp::{Act, At, Behaviour, MailServer};

/// Sends a form as somebody who is signed in.
async fn submit(app: &TestApp, target: &str) -> Answer {
    let (cookie, origin) = (app.sign_in().await, format!("http://{}", app.address()));
    app.post(target, &[("cookie", &cookie), ("origin", &origin)], "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_were_given_up_are_sent_again_one_or_all() {
    let server = MailServer::start(Security::Tls);
    let refusal = Act::Answer("550 5.1.1 <nobody> here");
    let refusing = Behaviour::at(At::Recipient("a@example.org"), refusal.clone());
    server.behave(refusing.and_at(At::Recipient("b@example.org"), refusal));
    let to = |name: &str| user(name, 3.0, 300_000.0, &format!(r#", "device_email": ["{name}@example.org"]"#));
    let users = format!("{}, {}", to("a"), to("b"));
    let mut app = Setup::new(config("", &users)).mail_server(&server).start().await;
    for _ in 0..100 {
        app.advance(100.0).await;
    }
    let page = app.page("/mails?state=given-up").await;
    assert_eq!(page.matches(">Send again</button>").count(), 2, "{page}");
    assert!(page.contains("Send again all 2 that were given up"), "{page}");
    assert!(page.contains("&#60;nobody&#62; here") && page.contains("3 tries"), "{page}");
    server.behave(Behaviour::default());
    let sent = submit(&app, "/mails/1/again").await;
    assert_eq!((sent.status, sent.header("location")), (303, "/mails?done=again"));
    assert!(app.page("/mails?done=again").await.contains("1 mail is sent again."));
    app.advance(5.0).await;
    assert!(app.page("/mails?state=sent").await.contains("<bdi>a</bdi>: alert"));
    let sent = submit(&app, "/mails/again").await;
    assert_eq!(sent.header("location"), "/mails?state=waiting&done=again&of=1");
    app.advance(5.0).await;
    assert!(app.page("/mails?state=given-up").await.contains("No mail is in this state."));
    assert_eq!(submit(&app, "/mails/again").await.header("location"), "/mails?done=none-again");
    app.end_with(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_out_says_what_keeps_mails_from_it_and_when_it_is_tried_again() {
    let mut server = MailServer::start(Security::Tls);
    server.stop();
    let users = user("test", 3.0, 300_000.0, "");
    let mut app = Setup::new(config("", &users)).mail_server(&server).start().await;
    app.advance(60.0).await;
    let page = app.page("/mails").await;
    for part in
        ["Mails are not going out", "the mail server cannot be reached", "Asked again", "none yet", "Waits"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    server.restart();
    for _ in 0..60 {
        app.advance(10.0).await;
    }
    let page = app.page("/mails").await;
    assert!(page.contains("Mails go out") && !page.contains("Asked again"), "{page}");
    assert!(page.contains("by SMTP over TLS"), "{page}");
    app.end_with(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_outbox_is_shown_a_page_at_a_time() {
    let mut users = Vec::new();
    for number in 0..120 {
        users.push(user(&format!("user{number:03}"), 3.0, 300_000.0, ""));
    }
    let mut app = Setup::new(config(r#""digest_over": 1000,"#, &users.join(","))).start().await;
    app.advance(60.0).await;
    let page = app.page("/mails?state=sent").await;
    assert_eq!(page.matches("<li id=\"mail-").count(), 100);
    let older = page.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let page = app.page(&older.replace("&#38;", "&")).await;
    assert_eq!(page.matches("<li id=\"mail-").count(), 20);
    assert!(page.contains("Latest") && !page.contains("rel=\"next\""));
    let odd = app.page("/mails?state=nonsense&before=x").await;
    assert_eq!(odd.matches("<li id=\"mail-").count(), 100, "what cannot be read counts as not given");
    assert!(odd.contains("Mails stay on this machine"), "{odd}");
}
