//! The weather at the mail server: one conversation in five goes wrong, each time in another way, and at times nobody
//! is there.

use std::time::Duration;

use rig::smtp::{Act, At, Behaviour};

use crate::plan::{MORTALS, Plan};
use crate::random::Random;

/// How long each weather lasts: about as long as a conversation.
pub const LASTS: Duration = Duration::from_millis(250);

/// One in so many is bad.
const BAD_ONE_IN: usize = 5;

/// What the mail server does for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weather {
    Fair,
    Busy,
    NoGreeting,
    NoHello,
    SenderPutOff,
    RecipientsPutOff,
    NoData,
    CutInBody,
    MailPutOff,
    SilentAfterDot,
    AnswerLost,
    Slow,
    Away,
}

impl Weather {
    const BAD: [Self; 11] = [
        Self::Busy,
        Self::NoGreeting,
        Self::NoHello,
        Self::SenderPutOff,
        Self::RecipientsPutOff,
        Self::NoData,
        Self::CutInBody,
        Self::MailPutOff,
        Self::SilentAfterDot,
        Self::AnswerLost,
        Self::Slow,
    ];

    /// Draws the next weather.
    pub fn draw(random: &mut Random) -> Self {
        if random.below(BAD_ONE_IN) == 0 { Self::BAD[random.below(Self::BAD.len())] } else { Self::Fair }
    }

    /// Tells whether a mail that was accepted may be sent again, since nobody told the sender.
    pub fn loses_answers(self) -> bool {
        matches!(self, Self::AnswerLost | Self::SilentAfterDot | Self::Slow | Self::Away)
    }
}

/// How the mail server behaves in each weather.
pub struct Behaviours {
    putting_off: Behaviour,
}

impl Behaviours {
    pub fn new(plan: &Plan) -> Self {
        let mut putting_off = Behaviour::default();
        for check in plan.living()..plan.living() + MORTALS {
            // The mail server takes names that last as long as the program, and these do.
            let recipient: &'static str = plan.recipient(check).leak();
            putting_off =
                putting_off.and_at(At::Recipient(recipient), Act::Answer("450 4.2.0 come back later"));
        }
        Self { putting_off }
    }

    pub fn of(&self, weather: Weather) -> Behaviour {
        match weather {
            Weather::Fair | Weather::Away => Behaviour::default(),
            Weather::Busy => Behaviour::at(At::Greeting, Act::Answer("421 4.3.2 too busy")),
            Weather::NoGreeting => Behaviour::at(At::Greeting, Act::Vanish),
            Weather::NoHello => Behaviour::at(At::Hello, Act::Vanish),
            Weather::SenderPutOff => Behaviour::at(At::Sender, Act::Answer("451 4.3.0 not now")),
            Weather::RecipientsPutOff => self.putting_off.clone(),
            Weather::NoData => Behaviour::at(At::Data, Act::Answer("451 4.3.0 not now")),
            Weather::CutInBody => Behaviour::at(At::Body(200), Act::Vanish),
            Weather::MailPutOff => Behaviour::at(At::Dot, Act::Answer("452 4.3.1 no room")),
            Weather::SilentAfterDot => Behaviour::at(At::Dot, Act::Vanish),
            Weather::AnswerLost => Behaviour::at(At::Dot, Act::AcceptAndVanish),
            Weather::Slow => Behaviour::at(At::Dot, Act::Trickle(Duration::from_millis(20))),
        }
    }
}
