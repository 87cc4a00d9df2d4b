//! One mode in one scenario: the fault comes, the promises hold, the fault goes, and everything is delivered.

use std::time::Duration;

use domain::notification::Kind;
use ping_listener::channels::email::Security;
use ping_listener::store::view::{NotificationView, RowState};
use rig::app::{Setup, TestApp, config, span, user};
use rig::smtp::{Behaviour, Certificate, MailServer};

use super::mails::{assert_nothing_leaked, copies};
use super::modes::{Fate, Fault, HIT, Mode};

/// What the fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scenario {
    FirstAlert,
    Reminder,
    /// Three recipients, of whom one is hit, or the first connection where a fault cannot choose.
    ThreeRecipients,
    /// The process is killed while the fault lasts.
    Restart,
}

impl Scenario {
    pub(super) const ALL: [Self; 4] =
        [Self::FirstAlert, Self::Reminder, Self::ThreeRecipients, Self::Restart];

    fn recipients(self) -> &'static [&'static str] {
        match self {
            Self::FirstAlert | Self::Reminder | Self::Restart => &[HIT],
            Self::ThreeRecipients => &["a@example.org", HIT, "c@example.org"],
        }
    }
}

/// Longer than a story lasts.
const NEVER: f64 = 300_000_000.0;

/// Until the reminder: longer than anything takes after it, so that there is one.
const REMINDER: f64 = 3_000.0;

/// When the other user of the third scenario falls silent.
const OTHER: f64 = 120.0;

/// How long real threads may take; only a failing story waits so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest that a mail may have to wait once the fault is over: an hour between two tries, and a fifth.
const BACK_MAX: f64 = 4_400.0;

const TROUBLE: &str = "mails are not going out";
const REFUSED: &str = "the mail server refused recipients for good";

struct Story {
    mode: Mode,
    scenario: Scenario,
    server: MailServer,
    app: TestApp,
}

/// Tells it, and returns what came of it in a few words.
pub(super) async fn tell(mode: Mode, scenario: Scenario) -> String {
    let mut story = Story::begin(mode, scenario).await;
    if scenario == Scenario::Reminder {
        story.app.advance(6.0).await;
        assert_eq!(story.server.mails().len(), 1);
        story.app.advance_to(REMINDER - 2.0).await;
    }
    story = story.fault_comes().await;
    story.app.advance(8.0).await;
    if scenario == Scenario::Restart {
        story = story.killed().await;
    }
    story.app.advance(18.0).await;
    let meanwhile = story.hold_while_it_lasts().await;
    story = story.fault_goes().await;
    let seconds = story.hold_when_it_is_over().await;
    format!("{meanwhile}; all there after {seconds:.0} s")
}

impl Story {
    async fn begin(mode: Mode, scenario: Scenario) -> Self {
        let server = MailServer::start(mode.security);
        let word = if mode.security == Security::Tls { "smtp" } else { "starttls" };
        let recipients = format!(r#", "device_email": {:?}"#, scenario.recipients());
        let reminder = if scenario == Scenario::Reminder { REMINDER } else { NEVER };
        let mut users = vec![user("test", 3.0, reminder, &recipients)];
        if scenario == Scenario::ThreeRecipients {
            users.push(user("other", OTHER, NEVER, r#", "device_email": "a@example.org""#));
        }
        let text = config(&format!(r#""mail": "{word}","#), &users.join(","));
        let setup = Setup::new(text).mail_server(&server).mail_deadlines(mode.deadlines);
        let app = setup.start().await;
        // The login is tried at the start; that is over before the fault comes.
        server.wait_for_line("QUIT", PATIENCE);
        server.wait_for_quiet(PATIENCE);
        Self { mode, scenario, server, app }
    }

    async fn fault_comes(mut self) -> Self {
        match &self.mode.fault {
            Fault::Away => self.server.stop(),
            Fault::Shows(certificate) => self.server.show(*certificate),
            Fault::Does(behaviour) => self.server.behave(self.of_this_scenario(behaviour)),
            Fault::Nameless => {
                self.app = self.app.restart_with("SMTP_SERVER", "no-such-host.invalid").await;
            }
        }
        self
    }

    /// Tells whether the fault was over with the first connection.
    fn is_over(&self) -> bool {
        let has_rules = matches!(&self.mode.fault, Fault::Does(behaviour) if !behaviour.rules.is_empty());
        self.scenario == Scenario::ThreeRecipients && has_rules && !self.mode.can_choose()
    }

    /// Hits one connection where the fault cannot choose a recipient, and one mail where it is to be ambiguous once.
    fn of_this_scenario(&self, behaviour: &Behaviour) -> Behaviour {
        let behaviour = behaviour.clone();
        if self.is_over() || self.mode.fate == Fate::Twice { behaviour.times(1) } else { behaviour }
    }

    async fn fault_goes(mut self) -> Self {
        self.app.settle().await;
        match &self.mode.fault {
            Fault::Away => self.server.restart(),
            Fault::Shows(_) => self.server.show(Certificate::Right),
            Fault::Does(_) => self.server.behave(Behaviour::default()),
            Fault::Nameless => self.app = self.app.restart_with("SMTP_SERVER", "localhost").await,
        }
        if self.mode.fate == Fate::GivenUp {
            for row in self.rows().await.iter().filter(|row| row.state == RowState::GivenUp) {
                let (cookie, origin) = (self.app.sign_in().await, format!("http://{}", self.app.address()));
                let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
                let answer = self.app.post(&format!("/mails/{}/again", row.id), &headers, "").await;
                assert_eq!(answer.status, 303, "{answer:?}");
            }
        }
        self
    }

    async fn killed(mut self) -> Self {
        let server = &self.server;
        let dies = |clock: &rig::clock::ManualSource| {
            // With a process its sockets end.
            server.cut(PATIENCE);
            clock.advance(span(2.0));
        };
        self.app = self.app.kill(dies).await;
        self
    }

    /// Asserts what holds while the fault lasts, and says it in a few words.
    async fn hold_while_it_lasts(&mut self) -> String {
        if self.scenario == Scenario::ThreeRecipients {
            self.others_are_not_delayed().await;
        }
        let is_over = self.is_over();
        match self.mode.fate {
            Fate::Accepted => {
                assert!(self.has_arrived(), "{:?}", self.rows().await);
                "accepted".to_owned()
            }
            Fate::AcceptedLate => {
                assert!(is_over || !self.has_arrived());
                self.app.release(&self.server).await;
                self.app.advance(10.0).await;
                assert!(self.has_arrived(), "{:?}", self.rows().await);
                "accepted late".to_owned()
            }
            Fate::Server | Fate::Config if is_over => "one connection lost".to_owned(),
            Fate::Server | Fate::Config => self.server_is_blamed().await,
            Fate::PutOff => self.mail_is_put_off().await,
            Fate::GivenUp => self.mail_is_given_up().await,
            Fate::Twice => {
                assert!(self.has_arrived());
                "accepted without a word".to_owned()
            }
        }
    }

    async fn server_is_blamed(&mut self) -> String {
        self.app.settle().await;
        self.app.advance(1.0).await;
        assert!(!self.has_arrived());
        let row = self.hit().await;
        assert_eq!((row.state, row.attempts), (RowState::Queued, 0), "{row:?}");
        assert!(self.app.troubles().await.contains(&TROUBLE.to_owned()), "{row:?}");
        "server blamed".to_owned()
    }

    async fn mail_is_put_off(&mut self) -> String {
        self.app.settle().await;
        assert!(!self.has_arrived());
        let row = self.hit().await;
        assert_eq!(row.state, RowState::Queued, "{row:?}");
        assert!(0 < row.attempts, "{row:?}");
        assert!(!self.app.troubles().await.contains(&TROUBLE.to_owned()), "{row:?}");
        format!("put off {} times", row.attempts)
    }

    async fn mail_is_given_up(&mut self) -> String {
        let tries = if self.scenario == Scenario::Reminder { 1 } else { 3 };
        if tries == 3 {
            // Twice more, after about 10 min and 1 h.
            self.app.advance(5_300.0).await;
        }
        assert!(!self.has_arrived());
        let row = self.hit().await;
        assert_eq!((row.state, row.attempts), (RowState::GivenUp, tries), "{row:?}");
        assert!(self.app.troubles().await.contains(&REFUSED.to_owned()));
        let page = self.app.page("/mails").await;
        assert!(page.contains("given up") && page.contains(&row.answer.unwrap()[..3]), "{page}");
        format!("given up after {tries}")
    }

    /// Tells whether the fault keeps every mail back, as long as it lasts or until the next probe.
    fn hits_all(&self) -> bool {
        match &self.mode.fault {
            Fault::Away | Fault::Nameless | Fault::Shows(_) => true,
            Fault::Does(behaviour) => {
                let has_choice = !behaviour.rules.is_empty();
                self.mode.fate != Fate::Accepted && (!has_choice || self.mode.fate == Fate::Config)
            }
        }
    }

    /// Asserts that who is not hit has the mail by now, and gets the next one in time as well.
    async fn others_are_not_delayed(&mut self) {
        if self.hits_all() {
            return;
        }
        let sent = copies(&self.server);
        let has = |recipient: &str| sent.keys().any(|(to, _)| to == recipient);
        let count = self.scenario.recipients().iter().filter(|recipient| has(recipient)).count();
        assert!(2 <= count, "{sent:?} {:?}", self.rows().await);
        if self.mode.can_choose() {
            assert!(has("a@example.org") && has("c@example.org"), "{sent:?}");
        }
        self.app.advance_to(OTHER + 12.0).await;
        let is_told = rig::app::sent(&self.server).iter().any(|mail| mail.subject.starts_with("other"));
        assert!(is_told, "{:?}", self.rows().await);
    }

    /// Asserts that everything is delivered, once, and returns how long that took.
    async fn hold_when_it_is_over(&mut self) -> f64 {
        let begin = self.app.seconds();
        while self.rows().await.iter().any(|row| matches!(row.state, RowState::Queued | RowState::Leased)) {
            assert!(self.app.seconds() < begin + BACK_MAX, "{:?}", self.rows().await);
            self.app.advance(5.0).await;
            self.app.settle().await;
        }
        let seconds = self.app.seconds() - begin;
        self.app.advance(2.0 * OTHER).await;
        self.app.settle().await;
        assert_eq!(self.app.troubles().await, Vec::<String>::new());
        let sent = copies(&self.server);
        for row in self.rows().await {
            assert_eq!(row.state, RowState::Sent, "{row:?}");
        }
        let notices = self.rows().await.iter().filter(|row| row.kind == Kind::Notice).count();
        assert_eq!(sent.len(), self.expected() + notices, "{sent:?}");
        let doubled = sent.values().filter(|&&copies| copies == 2).count();
        let expected = usize::from(self.mode.fate == Fate::Twice);
        assert_eq!(doubled, expected, "{sent:?}");
        assert!(sent.values().all(|&copies| copies <= 2), "{sent:?}");
        assert_nothing_leaked(&self.server);
        seconds
    }

    /// Counts the mails that the story is about, by Message-ID.
    fn expected(&self) -> usize {
        match self.scenario {
            Scenario::FirstAlert | Scenario::Restart => 1,
            Scenario::Reminder => 2,
            Scenario::ThreeRecipients => 4,
        }
    }

    /// Tells whether the recipient that is hit has all that was due so far.
    fn has_arrived(&self) -> bool {
        let due = if self.scenario == Scenario::Reminder { 2 } else { 1 };
        copies(&self.server).keys().filter(|(recipient, _)| recipient == HIT).count() == due
    }

    async fn rows(&self) -> Vec<NotificationView> {
        self.app.common().store.notifications(100).await.unwrap()
    }

    /// Returns the row that was hit: the latest alert or reminder to the recipient.
    async fn hit(&self) -> NotificationView {
        let rows = self.rows().await;
        let hit = rows.into_iter().filter(|row| row.recipient == HIT && row.kind != Kind::Notice);
        hit.max_by_key(|row| row.id).unwrap()
    }
}
