//! Holds the outbox as it shows itself against what is owed: nothing is missing, nothing ends wrongly.

use std::collections::{BTreeMap, BTreeSet};

use domain::time::{Span, Timestamp};

use super::super::violation::{Violation, broken};
use super::{Followed, Mails, Owed, Standing, is_alert, is_open};
use crate::history::{Check, Kind, Row, RowId, State};

/// How often a first alert is refused for good before it is given up.
const REFUSALS: u32 = 3;

/// How long and how often a mail is tried before it is given up.
const LONGEST_TRIED: Span = Span::from_hours(5 * 24);
const LONGEST_REMINDER_TRIED: Span = Span::from_hours(24);
const LEAST_TRIES: u32 = 20;

/// A telling of the rows.
#[derive(Clone, Copy)]
struct Telling<'a> {
    now: Timestamp,
    rows: &'a [Row],
    /// The rows that waited or were being sent before it.
    was_open: &'a BTreeSet<RowId>,
}

impl Telling<'_> {
    /// Tells whether `other` has just been joined to `row`.
    fn joins(&self, other: &Row, row: &Row) -> bool {
        other.state == State::Joined
            && self.was_open.contains(&other.id)
            && (other.check, other.recipient) == (row.check, row.recipient)
            && is_open(row.state)
    }
}

/// What the outbox shows.
impl Mails {
    /// Holds the rows as they stand against what they were and what is owed.
    pub fn compare(
        &mut self,
        now: Timestamp,
        rows: &[Row],
        standing: impl Fn(Check) -> Standing,
    ) -> Result<(), Violation> {
        let was_open: BTreeSet<RowId> =
            self.rows.values().filter(|known| is_open(known.row.state)).map(|known| known.row.id).collect();
        let told: BTreeMap<RowId, &Row> = rows.iter().map(|row| (row.id, row)).collect();
        if let Some(lost) = self.rows.keys().find(|id| !told.contains_key(id)) {
            return broken("no row is silently gone", format!("{:?}", self.rows[lost].row));
        }
        for row in rows {
            match self.rows.remove(&row.id) {
                Some(before) => {
                    let after = self.follow(
                        before,
                        row,
                        Telling { now, rows, was_open: &was_open },
                        standing(row.check),
                    )?;
                    self.rows.insert(row.id, after);
                }
                None => self.welcome(row, now, standing(row.check))?,
            }
        }
        self.owed.retain(|_, owed| !owed.is_optional);
        if let Some(((check, recipient, _), owed)) = self.owed.pop_first() {
            return broken("every alert has its row", format!("{check:?} {recipient:?}: {owed:?}"));
        }
        self.compare_waiting(&standing)?;
        self.rows.retain(|_, followed| is_open(followed.row.state));
        self.forget_groups();
        Ok(())
    }

    /// A row that was not there before.
    fn welcome(&mut self, row: &Row, now: Timestamp, standing: Standing) -> Result<(), Violation> {
        let key = (row.check, row.recipient, row.kind == Kind::Recovery);
        let mut followed = Followed {
            row: row.clone(),
            made: now,
            decided: now,
            group: None,
            incident: 0,
            charged: 0,
            refusals: 0,
            answer: None,
            last_try: None,
            message_id: None,
            leased: None,
            released: standing.snoozed_at(now),
            is_accepted: false,
        };
        if row.kind == Kind::Notice {
            if !self.refused.contains(&row.check) {
                return broken("only what is owed is said", format!("{row:?}"));
            }
        } else if let Some(owed) = self.owed.remove(&key) {
            self.compare_new(row, &owed)?;
            followed.decided = owed.decided;
            followed.group = is_alert(owed.kind).then_some((owed.decided, owed.silent_since));
            followed.incident = owed.incident;
        } else if is_open(row.state) {
            return broken("only what is owed is said", format!("{row:?}"));
        }
        self.rows.insert(row.id, followed);
        Ok(())
    }

    fn compare_new(&self, row: &Row, owed: &Owed) -> Result<(), Violation> {
        if owed.is_joining {
            return broken("an alert joins the row that waits", format!("{row:?}: {owed:?}"));
        }
        let is_spoken_for = self.numbers.get(&row.check).is_some_and(|numbers| numbers.2);
        if is_alert(owed.kind) && !is_spoken_for && row.number != owed.number {
            return broken("alerts of an incident are numbered 1, 2, 3", format!("{row:?}: {owed:?}"));
        }
        if row.kind != owed.kind && !(is_spoken_for && is_alert(row.kind)) {
            return broken("a row says what was decided", format!("{row:?}: {owed:?}"));
        }
        // Facts show the wall clock's time, which is not ours.
        if is_alert(row.kind) && row.last_ping.is_some() != owed.last_ping.is_some() {
            return broken("facts are those of the decision", format!("{row:?}: {owed:?}"));
        }
        Ok(())
    }

    /// A row that was there before.
    fn follow(
        &mut self,
        mut followed: Followed,
        row: &Row,
        telling: Telling,
        standing: Standing,
    ) -> Result<Followed, Violation> {
        let before = &followed.row;
        let taken_over: u32 =
            telling.rows.iter().filter(|other| telling.joins(other, row)).map(|other| other.alerts).sum();
        let mut expected = before.alerts + taken_over;
        let key = (row.check, row.recipient, false);
        if let Some(owed) = self.owed.get(&key)
            && owed.is_joining
            && before.state == State::Waiting
        {
            expected += 1;
            (followed.decided, followed.incident) = (owed.decided, owed.incident);
            self.owed.remove(&key);
        }
        if row.state == State::Leased && followed.leased.is_none() {
            return broken("a lease ends with its process", format!("{row:?}"));
        }
        if row.alerts != expected {
            return broken("a row counts its alerts", format!("{expected} expected: {row:?}"));
        }
        if before.kind == Kind::FirstAlert && row.kind != Kind::FirstAlert {
            return broken("a first alert stays one", format!("{row:?}"));
        }
        if row.alerts == before.alerts && taken_over == 0 && row.last_ping != before.last_ping {
            return broken("facts are those of the decision", format!("{before:?}, and now {row:?}"));
        }
        if followed.charged < row.tries {
            let told = format!("{} charged: {row:?}", followed.charged);
            return broken("only its own failures are charged to a mail", told);
        }
        if before.state != row.state {
            self.compare_end(&mut followed, row, telling, standing)?;
        }
        followed.row = row.clone();
        Ok(followed)
    }

    fn compare_end(
        &mut self,
        followed: &mut Followed,
        row: &Row,
        telling: Telling,
        standing: Standing,
    ) -> Result<(), Violation> {
        let Telling { now, rows, .. } = telling;
        let is_withdrawn = standing.withdrawn.is_some_and(|withdrawn| followed.made <= withdrawn);
        let is_current = standing.is_down && followed.incident == standing.incident;
        let successor = rows.iter().find(|other| {
            other.id != row.id
                && (other.check, other.recipient) == (row.check, row.recipient)
                && is_open(other.state)
        });
        match row.state {
            State::Waiting | State::Leased => Ok(()),
            State::Sent if followed.is_taken() => {
                self.hear_of_acceptance(followed);
                Ok(())
            }
            State::Sent => broken("sent is what a server has accepted", format!("{row:?}: {followed:?}")),
            State::GivenUp => {
                self.refused.insert(row.check);
                compare_giving_up(followed, row, now)
            }
            State::Cancelled => match row.kind {
                Kind::FirstAlert if !is_withdrawn => broken("a first alert still goes", format!("{row:?}")),
                Kind::Reminder if !is_withdrawn && is_current && successor.is_none() => {
                    broken("a reminder is cancelled by a ping only", format!("{row:?}"))
                }
                Kind::FirstAlert | Kind::Reminder | Kind::Recovery | Kind::Notice => Ok(()),
            },
            State::Joined => match successor {
                None if row.kind == Kind::Recovery => Ok(()),
                None => broken("a row is joined to one that waits", format!("{row:?}")),
                Some(other) if row.kind == Kind::FirstAlert && other.kind != Kind::FirstAlert => {
                    broken("a row that a first alert joined is one", format!("{other:?}"))
                }
                Some(_) => Ok(()),
            },
        }
    }

    fn compare_waiting(&self, standing: &impl Fn(Check) -> Standing) -> Result<(), Violation> {
        let mut seen = BTreeSet::new();
        for Followed { row, .. } in self.rows.values().filter(|followed| followed.row.state == State::Waiting)
        {
            if !seen.insert((row.check, row.recipient)) {
                return broken("one row waits for a check and a recipient", format!("{row:?}"));
            }
            let standing = standing(row.check);
            if !standing.is_monitored {
                return broken("no mail about what is not monitored", format!("{row:?}"));
            }
            if row.kind == Kind::Reminder && !standing.is_down {
                return broken("a ping cancels the reminders that wait", format!("{row:?}"));
            }
        }
        Ok(())
    }

    fn forget_groups(&mut self) {
        let used: BTreeSet<_> = self
            .rows
            .values()
            .filter_map(|followed| Some((followed.group?.0, followed.row.recipient)))
            .collect();
        self.groups.retain(|key, _| used.contains(key));
        let open: BTreeSet<_> = self.rows.keys().copied().collect();
        self.message_ids.retain(|_, rows| rows.iter().any(|row| open.contains(row)));
    }
}

fn compare_giving_up(followed: &Followed, row: &Row, now: Timestamp) -> Result<(), Violation> {
    let (refusals, tries, longest) = match row.kind {
        Kind::FirstAlert => (REFUSALS, LEAST_TRIES, LONGEST_TRIED),
        Kind::Reminder | Kind::Recovery | Kind::Notice => (1, 1, LONGEST_REMINDER_TRIED),
    };
    let is_refused = refusals <= followed.refusals;
    let since = followed.made.max(followed.released.unwrap_or(followed.made));
    let is_tried = tries <= followed.charged && longest <= now - since;
    if is_refused || is_tried {
        return Ok(());
    }
    broken("nothing is given up early", format!("{row:?}: {followed:?}"))
}
