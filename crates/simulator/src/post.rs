//! A false mail server: takes mails, or refuses them in every way there is, and remembers what it accepted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::retry::Refusal;
use domain::time::Span;
use ping_listener::clock::Clock;
use ping_listener::store::{LeasedMail, Outcome};

use crate::dice::Dice;
use crate::history::Answer;
use crate::weather::{MILLISECOND, MINUTE, MailWeather, SECOND};

/// The mail server, for all senders. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Post(Arc<Mutex<State>>);

struct State {
    dice: Dice,
    weather: Option<MailWeather>,
    is_away: bool,
    /// The Message-IDs of the mails that were accepted.
    accepted: Vec<String>,
    /// Mails under way by the tokens of their leases, and how they were answered, if they were.
    under_way: BTreeMap<i64, Option<Answer>>,
}

/// How one mail will fare.
struct Fate {
    talk: Span,
    answer: Answer,
    refusal: Refusal,
    wait: Span,
}

impl Post {
    /// Opens the mail server.
    #[must_use]
    pub(crate) fn new(weather: MailWeather, dice: Dice) -> Self {
        Self(Arc::new(Mutex::new(State {
            dice,
            weather: Some(weather),
            is_away: false,
            accepted: Vec::new(),
            under_way: BTreeMap::new(),
        })))
    }

    /// Goes away, or comes back.
    pub(crate) fn set_away(&self, is_away: bool) {
        self.lock().is_away = is_away;
    }

    /// From now on all goes well.
    pub(crate) fn brighten(&self) {
        let mut state = self.lock();
        state.weather = None;
        state.is_away = false;
    }

    /// Returns what was accepted since this was last asked.
    pub(crate) fn take_accepted(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().accepted)
    }

    /// Forgets the mails under way, whose process is gone; says of each how it was answered, if it was.
    pub(crate) fn cut(&self) -> BTreeMap<i64, Option<Answer>> {
        std::mem::take(&mut self.lock().under_way)
    }

    /// Notes that the server wrote down what came of a mail.
    pub(crate) fn settled(&self, token: i64) {
        self.lock().under_way.remove(&token);
    }

    /// Notes a mail that stays in the local inbox.
    pub(crate) fn keep(&self, token: i64) {
        self.lock().under_way.insert(token, Some(Answer::Accepted));
    }

    /// Takes a mail, or does not. `reach` is told of each step at which the sender may die.
    pub(crate) async fn hand_over(&self, mail: &LeasedMail, clock: &Clock) -> (Outcome, Answer) {
        let fate = self.lock().fate(mail);
        self.lock().under_way.insert(mail.token, None);
        clock.sleep_until(clock.now() + fate.talk).await;
        self.lock().under_way.insert(mail.token, Some(fate.answer));
        if matches!(fate.answer, Answer::Accepted | Answer::AcceptedUnheard) {
            let mut state = self.lock();
            state.accepted.push(mail.message_key.clone());
        }
        clock.sleep_until(clock.now() + fate.wait).await;
        let outcome = if fate.answer == Answer::Accepted {
            Outcome::Accepted("250 ok".to_owned())
        } else {
            Outcome::Refused(fate.refusal, "no".to_owned())
        };
        (outcome, fate.answer)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fate(&mut self, mail: &LeasedMail) -> Fate {
        let dice = &mut self.dice;
        let talk = Span::from_micros(dice.spread(5 * MILLISECOND, 2 * SECOND));
        let wait = Span::from_micros(dice.spread(MILLISECOND, SECOND));
        let well = Fate { talk, answer: Answer::Accepted, refusal: Refusal::Soft, wait };
        let Some(weather) = self.weather.clone() else { return well };
        if self.is_away {
            return Fate { answer: Answer::Unreachable, refusal: Refusal::ServerSoft, ..well };
        }
        if dice.chance(weather.server_soft) {
            return Fate { answer: Answer::Unreachable, refusal: Refusal::ServerSoft, ..well };
        }
        if dice.chance(weather.server_config) {
            return Fate { answer: Answer::Unreachable, refusal: Refusal::ServerConfig, ..well };
        }
        if dice.chance(weather.put_off) {
            return Fate { answer: Answer::PutOff, refusal: Refusal::Soft, ..well };
        }
        // The last recipient's box is the one that is closed, so that the others have a chance.
        if mail.recipient.starts_with("r1@") && dice.chance(weather.refused) {
            return Fate { answer: Answer::Refused, refusal: Refusal::Hard, ..well };
        }
        if dice.chance(weather.broke_off) {
            return Fate { answer: Answer::BrokeOff, refusal: Refusal::Ambiguous, ..well };
        }
        if dice.chance(weather.accepted_unheard) {
            return Fate { answer: Answer::AcceptedUnheard, refusal: Refusal::Ambiguous, ..well };
        }
        if dice.chance(weather.slow) {
            let wait = Span::from_micros(dice.spread(SECOND, 10 * MINUTE));
            return Fate { wait, ..well };
        }
        well
    }
}
