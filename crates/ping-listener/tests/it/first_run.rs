//! The first command of the README, as a newcomer has it: no config, no environment, an empty folder.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use rig::caller::Answer;
use rig::server::{PATIENCE, Place, Server, session_of, wait_until};

/// What the README promises.
const WITHIN: Duration = Duration::from_mins(1);

#[test]
fn within_a_minute_the_alert_is_on_the_terminal_and_by_the_link_in_the_inbox() {
    let server = start_on_a_terminal(&Place::bare());
    server.wait_for_line("config: the built-in sample config", PATIENCE);
    let link = sign_in_link(&server);
    server.wait_for_line(
        "mail to you@example.org stays in the local inbox: test disconnection detected",
        WITHIN,
    );

    let page = server.get(&link);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<form method=\"post\" action=\"/sign-in\">"), "{}", page.body);
    assert!(page.body.contains("<button"), "{}", page.body);
    // Who only looks at the link, as programs that preview links do, has not used it up.
    let session = session_of(&use_link(&server, &link));
    wait_until(PATIENCE, "mail in the inbox", || {
        let inbox = server.get_with("/inbox", &session);
        inbox.status == 200 && inbox.body.contains("test disconnection detected")
    });
    let mail = server.get_with("/inbox/1", &session).body;
    assert!(mail.contains("User test") && mail.contains("with a max sleep time of 10 seconds."), "{mail}");
    assert!(mail.contains("never reported since it was added at"), "{mail}");
    assert_eq!(use_link(&server, &link).status, 401, "the link works once");
    server.stop();
}

#[test]
fn a_terminal_is_told_in_text_and_where_there_is_none_no_link_is_printed() {
    let place = Place::bare();
    let server = start_on_a_terminal(&place);
    sign_in_link(&server);
    let log = server.log();
    assert!(log.contains("listening on http://127.0.0.1:") && !log.contains("\"message\""), "{log}");
    server.stop();

    let server = place.start();
    assert_eq!(server.get_with("/", "Accept: text/html\r\n").status, 503);
    assert!(!server.log().contains("sign in within"), "{}", server.log());
    server.stop();
}

#[test]
fn a_password_of_ones_own_needs_no_link() {
    let server = start_on_a_terminal(&Place::bare().with("TESTING_PASSWORD", "mine"));
    let answer = server.post("/sign-in", "", "password=mine");
    assert_eq!(answer.status, 303);
    assert!(!server.log().contains("sign in within"), "{}", server.log());
    server.stop();
}

/// Starts the server with stderr on a terminal, and nobody but the test before it.
fn start_on_a_terminal(place: &Place) -> Server {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    place.start_with(Stdio::from(theirs), |_| Box::new(File::from(ours)))
}

/// Returns the path of the link, as the terminal shows it.
fn sign_in_link(server: &Server) -> String {
    let said = server.wait_for_line("sign in within ten minutes, once: ", PATIENCE);
    let link = said.split_once("once: ").unwrap().1.trim();
    link.strip_prefix(&server.url("")).unwrap_or_else(|| panic!("{link} leads elsewhere")).to_owned()
}

/// Presses the button on the link's page.
fn use_link(server: &Server, link: &str) -> Answer {
    let page = server.get(link).body;
    let token = page.split_once("name=\"token\" value=\"").unwrap().1.split('"').next().unwrap();
    server.post("/sign-in", "", &format!("token={token}"))
}
