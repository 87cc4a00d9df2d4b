//! A check packed: what the rules know of it, in as little memory as most checks need.

use domain::check::{Check, Incident, LastAlert, Policy, Revised, State};
use domain::time::Timestamp;

/// Stands for an instant that is not.
const NEVER: i64 = i64::MIN;

/// A check without its policy, which it shares with others.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    last_ping: i64,
    anchor: i64,
    /// How often it has pinged.
    pub(super) pings: u64,
    rare: Option<Box<Rare>>,
    /// Where its name and its key stand.
    pub(super) name: u32,
    has_pinged: bool,
}

/// What most checks do not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rare {
    incident: Option<Incident>,
    revised: Option<Revised>,
    last_alert: Option<LastAlert>,
    incidents: u32,
    archived_at: Option<Timestamp>,
}

impl Packed {
    pub(super) fn new(check: &Check, name: u32, archived_at: Option<Timestamp>) -> Self {
        let mut packed = Self { last_ping: NEVER, anchor: 0, pings: 0, rare: None, name, has_pinged: false };
        packed.set_rare(Rare { archived_at, ..Rare::default() });
        packed.pack(check);
        packed
    }

    /// Takes everything of a check but its policy.
    pub(super) fn pack(&mut self, check: &Check) {
        self.last_ping = check.last_ping.map_or(NEVER, Timestamp::as_micros);
        self.anchor = check.anchor.as_micros();
        self.has_pinged = check.state != State::New;
        let incident = match check.state {
            State::Down(incident) => Some(incident),
            State::New | State::Up => None,
        };
        let Check { revised, last_alert, incidents, .. } = *check;
        self.set_rare(Rare { incident, revised, last_alert, incidents, archived_at: self.archived_at() });
    }

    /// Returns the check, with this policy.
    pub(super) fn unpack(&self, policy: Policy) -> Check {
        let mut check = Check::new(policy, Timestamp::from_micros(self.anchor));
        check.last_ping = self.last_ping();
        if self.has_pinged {
            check.state = State::Up;
        }
        if let Some(rare) = &self.rare {
            check.state = rare.incident.map_or(check.state, State::Down);
            (check.revised, check.last_alert, check.incidents) =
                (rare.revised, rare.last_alert, rare.incidents);
        }
        check
    }

    pub(super) fn last_ping(&self) -> Option<Timestamp> {
        (self.last_ping != NEVER).then_some(Timestamp::from_micros(self.last_ping))
    }

    /// Returns when it was taken out of the config, or `None` if it is in use.
    pub(super) fn archived_at(&self) -> Option<Timestamp> {
        self.rare.as_ref()?.archived_at
    }

    /// Notes since when it is out of the config.
    pub(super) fn set_archived_at(&mut self, archived_at: Option<Timestamp>) {
        let rare = self.rare.as_deref().cloned().unwrap_or_default();
        self.set_rare(Rare { archived_at, ..rare });
    }

    fn set_rare(&mut self, rare: Rare) {
        match &mut self.rare {
            Some(known) if rare != Rare::default() => **known = rare,
            None if rare == Rare::default() => {}
            Some(_) | None => self.rare = (rare != Rare::default()).then(|| Box::new(rare)),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::gap::Deadline;
    use domain::time::Span;

    use super::*;
    use crate::store::stage::POLICY;

    #[test]
    fn a_check_is_unpacked_as_it_was_packed() {
        let at = |second| Timestamp::from_micros(0) + Span::from_seconds(second);
        let deadline = Deadline { at: at(7), extended: Span::from_seconds(1), is_allowance_spent: true };
        let incident = Incident { number: 4, deadline, alerts: 2 };
        let fresh = Check::new(POLICY, at(5));
        let up = Check { last_ping: Some(at(6)), state: State::Up, ..fresh };
        let checks = [
            fresh,
            up,
            Check { state: State::Up, ..fresh },
            Check { revised: Some(Revised { at: at(8), due: at(9), latest: at(10) }), ..up },
            Check { state: State::Down(incident), incidents: 4, ..up },
            Check { last_alert: Some(LastAlert { at: at(9), pinged_since: true }), incidents: 4, ..up },
        ];
        for check in checks {
            let mut packed = Packed::new(&up, 3, Some(at(1)));
            packed.pack(&check);
            assert_eq!(packed.unpack(POLICY), check);
            assert_eq!((packed.name, packed.archived_at()), (3, Some(at(1))));
            packed.set_archived_at(None);
            assert_eq!((packed.unpack(POLICY), packed.archived_at()), (check, None));
        }
        assert!(Packed::new(&up, 3, None).rare.is_none(), "a plain check takes no more than its row");
    }
}
