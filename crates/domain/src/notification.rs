//! Notifications: what is to be said to a recipient, and what becomes of it while another one waits.

use crate::planted;
use crate::retry::Patience;

/// What kind of thing a notification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A check fell silent, and this recipient has not been told.
    FirstAlert,
    /// A check is still silent.
    Reminder,
    /// A check is back, and this recipient had been told of its silence.
    Recovery,
    /// Anything else: a test mail, a recipient who cannot be reached.
    Notice,
    /// What a newer version wrote, or damage: nobody here knows how to say it.
    Unknown,
}

impl Kind {
    /// Returns it as the database and programs have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::FirstAlert => "alert",
            Self::Reminder => "reminder",
            Self::Recovery => "recovery",
            Self::Notice => "notice",
            Self::Unknown => "unknown",
        }
    }

    /// Returns how patiently it is tried.
    #[must_use]
    pub fn patience(self) -> Patience {
        match self {
            Self::FirstAlert => Patience::FirstAlert,
            Self::Reminder | Self::Recovery | Self::Notice | Self::Unknown => Patience::Other,
        }
    }

    /// Tells whether it says that a check is silent.
    #[must_use]
    pub fn is_alert(self) -> bool {
        match self {
            Self::FirstAlert | Self::Reminder => true,
            Self::Recovery | Self::Notice | Self::Unknown => false,
        }
    }

    /// Tells whether it is about one silence of a check, its beginning or its end.
    #[must_use]
    pub fn is_of_incident(self) -> bool {
        match self {
            Self::FirstAlert | Self::Reminder | Self::Recovery => true,
            Self::Notice | Self::Unknown => false,
        }
    }

    /// Returns the kind of one notification that stands for two: a first alert stays one whatever joins it, so that
    /// a returning ping cannot cancel the only word of a silence.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        let both =
            if self == Self::FirstAlert || other == Self::FirstAlert { Self::FirstAlert } else { other };
        planted::joined(both, other)
    }
}

/// What to do with a new alert when a notification about the same check to the same recipient has not been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Queue it as a row of its own.
    Queue,
    /// Add it to the waiting alert, which then says both.
    Join,
    /// Queue it in the place of the waiting recovery, which is not true any more.
    Replace,
}

/// Decides what a new alert does when it meets a waiting notification of kind `waiting`, or none.
#[must_use]
pub fn alert_meets(waiting: Option<Kind>) -> Meeting {
    planted::met(match waiting {
        None | Some(Kind::Notice | Kind::Unknown) => Meeting::Queue,
        Some(Kind::FirstAlert | Kind::Reminder) => Meeting::Join,
        Some(Kind::Recovery) => Meeting::Replace,
    })
}
