//! The reporter: tells the oracle and the laws what happened, and keeps the trace of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use domain::time::Timestamp;

use crate::clients::Client;
use crate::history::{Answer, Check, Happening, RowId, Seen};
use crate::laws;
use crate::ledger::Ledger;
use crate::oracle::gaps::{Gap, Gaps};
use crate::oracle::violation::Violation;
use crate::oracle::witness::Oracle;
use crate::trace::Trace;
use crate::witness::{Knowledge, News, Witness};

/// The mails that are being sent: by the token of the lease, the rows and the Message-ID.
type Leases = BTreeMap<i64, (Vec<RowId>, String)>;

/// Who watches a run.
pub(crate) struct Reporter {
    trace: Trace,
    oracle: Oracle,
    ledger: Ledger,
    witness: Option<Witness>,
    /// What the witness of the life before knew.
    knew: Option<Knowledge>,
    told_at: Timestamp,
    leases: Leases,
    open_rows: BTreeSet<RowId>,
    late_leases: Vec<(Timestamp, Happening)>,
    /// What of the tables only a declaration changes, as it was told last.
    declared: (String, Option<Timestamp>),
    known: Vec<Seen>,
    blind_since: Option<Timestamp>,
    passed_at: Option<Timestamp>,
    /// When the last sign of life was seen since when nothing happened that the server may take for an absence.
    in_sight_since: Option<i64>,
    /// The wall clock was set forward, which may be noted as a gap without length at the next look.
    is_stepped: bool,
    /// The gaps that were told, with those that touch as one.
    gaps: Vec<(Timestamp, Timestamp)>,
    open_gap: Option<Timestamp>,
    /// The same as the server's list has them.
    noted: Gaps,
}

impl Reporter {
    pub(crate) fn new(trace: Trace, oracle: Oracle) -> Self {
        Self {
            trace,
            oracle,
            ledger: Ledger::default(),
            witness: None,
            knew: None,
            told_at: Timestamp::from_micros(crate::machine::BEGIN),
            leases: Leases::new(),
            open_rows: BTreeSet::new(),
            late_leases: Vec::new(),
            declared: (String::new(), None),
            known: Vec::new(),
            blind_since: None,
            passed_at: None,
            in_sight_since: None,
            is_stepped: false,
            gaps: Vec::new(),
            open_gap: None,
            noted: Gaps::default(),
        }
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    pub(crate) fn told_at(&self) -> Timestamp {
        self.told_at
    }

    /// Notes what only the trace has to know.
    pub(crate) fn note(&mut self, true_now: i64, what: fmt::Arguments<'_>) {
        self.trace.add(format_args!("({true_now}) {what}"));
    }

    /// Tells what happened at `at` of service time.
    pub(crate) fn tell(&mut self, at: Timestamp, happening: &Happening) -> Result<(), Violation> {
        self.trace.add(format_args!("{} {happening:?}", at.as_micros()));
        self.told_at = at;
        if let Happening::GapNoted { from, until } = happening {
            self.noted.note(Gap { from: *from, until: *until });
        }
        if let Happening::GapDropped { from } = happening {
            self.noted.drop_from(*from);
        }
        self.oracle.hear(at, happening)
    }

    /// Returns the server's list of its absences.
    pub(crate) fn gaps(&self) -> &Gaps {
        &self.noted
    }

    /// Returns what the clock on the wall shows more than service time, as the server wrote it down last.
    pub(crate) fn wall_offset(&self) -> i64 {
        self.witness.as_ref().map_or(0, Witness::wall_offset)
    }

    /// Returns how often mails say that the check of a job went down.
    pub(crate) fn downs_told(&self, name: &str) -> Result<u32, Violation> {
        let Some(witness) = &self.witness else { return Ok(0) };
        witness.downs_told(name).map_err(|error| unread(&error))
    }

    /// Returns the checks about which a mail waits or is being sent.
    pub(crate) fn spoken_of(&self) -> Vec<Check> {
        let Some(witness) = &self.witness else { return Vec::new() };
        let rows = witness.open_rows().iter().filter_map(|id| witness.rows().get(id));
        rows.map(|row| row.check).collect()
    }

    /// Returns what a mail that is being sent speaks of.
    pub(crate) fn sent_about(&self, token: i64) -> Option<Check> {
        let (rows, _) = self.leases.get(&token)?;
        let row = rows.first()?;
        self.witness.as_ref()?.rows().get(row).map(|row| row.check)
    }

    /// Returns until when a check is or was snoozed, as the tables say.
    pub(crate) fn snoozed_until(&self, check: Check) -> Result<Option<Timestamp>, Violation> {
        let Some(witness) = &self.witness else { return Ok(None) };
        witness.snoozed_until(check).map_err(|error| unread(&error))
    }

    /// Says that the server may take what happens now for an absence of its own.
    pub(crate) fn lose_sight(&mut self) {
        self.in_sight_since = None;
    }

    /// Begins to watch the folder of a process.
    pub(crate) fn open(&mut self, witness: rusqlite::Result<Witness>) -> Result<(), Violation> {
        let mut witness = witness.map_err(|error| unread(&error))?;
        if let Some(knew) = self.knew.take() {
            witness.remember(knew);
        }
        self.witness = Some(witness);
        self.note_declared()
    }

    /// Notes what is declared now.
    pub(crate) fn note_declared(&mut self) -> Result<(), Violation> {
        let Some(witness) = &self.witness else { return Ok(()) };
        self.declared = witness.declared().map_err(|error| unread(&error))?;
        Ok(())
    }

    /// Returns when something was declared that nobody has told of yet, or `None` if nothing was.
    pub(crate) fn declared_unheard(&self, now: Timestamp) -> Result<Option<Timestamp>, Violation> {
        let Some(witness) = &self.witness else { return Ok(None) };
        let (declared, at) = witness.declared().map_err(|error| unread(&error))?;
        // A declaration that anchors, revises or archives nothing leaves the instant of an earlier one there.
        let is_new = at != self.declared.1;
        Ok((declared != self.declared.0).then_some(at.filter(|_| is_new).unwrap_or(now)))
    }

    /// Stops watching the folder of a process that is gone.
    pub(crate) fn close(&mut self) {
        self.knew = self.witness.take().map(Witness::forget_folder);
        self.in_sight_since = None;
        self.leases.clear();
    }

    /// Tells of the gap that a start begins with.
    pub(crate) fn tell_open_gap(&mut self, now: Timestamp) -> Result<(), Violation> {
        // Service time may have gone on from an earlier sign of life than the end of the process before.
        self.blind_since = self.blind_since.map(|since| since.min(now));
        let Some(witness) = &self.witness else { return Ok(()) };
        match witness.alive_until().map_err(|error| unread(&error))? {
            Some(alive) => self.tell_open(now, alive.min(now)),
            None => Ok(()),
        }
    }

    /// Notes that the wall clock was set forward.
    pub(crate) fn note_step(&mut self) {
        self.is_stepped = true;
    }

    /// Notes that pings cannot be taken from `at` on, if anybody is known who could send some.
    pub(crate) fn begin_blindness(&mut self, at: Timestamp) {
        if self.ledger.config.is_some() {
            self.blind_since.get_or_insert(at);
        }
    }

    /// Tells that pings are taken again.
    pub(crate) fn end_blindness(&mut self, until: Timestamp) -> Result<(), Violation> {
        let Some(from) = self.blind_since.take() else { return Ok(()) };
        self.tell(until, &Happening::Blind { from: from.min(until), until })
    }

    /// Tells of pings that are on the disk though the process died before it said so, and of the pass among them.
    pub(crate) fn tell_unheard(
        &mut self,
        now: Timestamp,
        waiting: &BTreeMap<usize, (Timestamp, i64)>,
        clients: &[Client],
    ) -> Result<(), Violation> {
        let Some(witness) = &self.witness else { return Ok(()) };
        let passed = witness.last_alerted().map_err(|error| unread(&error))?;
        if let Some(received) = witness.last_of_jobs().map_err(|error| unread(&error))? {
            self.tell(now, &Happening::JobAppended { received })?;
        }
        let Some(witness) = &self.witness else { return Ok(()) };
        let logged = witness.logged_lately().map_err(|error| unread(&error))?;
        let mut unheard: Vec<_> = waiting
            .iter()
            .map(|(&client, &(received, sent))| (received, sent, clients[client].check))
            .filter(|(received, _, check)| logged.contains(&(i64::from(check.0) + 1, received.as_micros())))
            .collect();
        unheard.sort_unstable();
        for (received, sent, check) in unheard {
            if passed.is_some_and(|passed| passed < received) {
                self.tell_unheard_pass()?;
            }
            self.learn(received);
            self.ledger.append(check, sent);
            self.tell(now, &Happening::AppendedUnheard { check, received })?;
        }
        self.tell_unheard_pass()
    }

    /// Tells of mails whose senders died, by how the mail server had answered them.
    pub(crate) fn tell_cut(
        &mut self,
        now: Timestamp,
        cut: BTreeMap<i64, Option<Answer>>,
    ) -> Result<(), Violation> {
        let Some(witness) = &self.witness else { return Ok(()) };
        let leased = witness.leases().map_err(|error| unread(&error))?;
        let mut unheard = Vec::new();
        for token in leased.iter().filter(|token| !self.leases.contains_key(token)) {
            unheard.extend(witness.rows_of_lease(*token).map_err(|error| unread(&error))?);
        }
        if !unheard.is_empty() {
            self.tell(now, &Happening::LeasedUnheard { rows: unheard })?;
        }
        for (token, answer) in cut {
            let answer = answer.unwrap_or(Answer::BrokeOff);
            if !leased.contains(&token) {
                // It was written down, and the process died before anybody heard that.
                self.tell_settled(now, token, (answer, true))?;
                continue;
            }
            let is_accepted = matches!(answer, Answer::Accepted | Answer::AcceptedUnheard);
            self.tell_answer(now, token, if is_accepted { Answer::AcceptedUnheard } else { answer })?;
        }
        Ok(())
    }

    /// Tells that a mail was leased.
    pub(crate) fn tell_lease(&mut self, at: Timestamp, token: i64, key: String) -> Result<(), Violation> {
        let Some(witness) = &self.witness else { return Ok(()) };
        let rows = witness.rows_of_lease(token).map_err(|error| unread(&error))?;
        self.leases.insert(token, (rows.clone(), key.clone()));
        if rows.is_empty() {
            return Ok(());
        }
        let is_new = rows.iter().any(|row| !self.open_rows.contains(row));
        let leased = Happening::Leased { rows, message_id: key };
        if is_new {
            // What was queued and leased with one commit has to be shown first.
            self.late_leases.push((at, leased));
            return Ok(());
        }
        self.tell(at, &leased)
    }

    /// Tells of the leases of rows that were new with them.
    pub(crate) fn tell_late_leases(&mut self) -> Result<(), Violation> {
        for (at, leased) in std::mem::take(&mut self.late_leases) {
            self.tell(at, &leased)?;
        }
        Ok(())
    }

    /// Tells how a try ended, and whether the server wrote it down.
    pub(crate) fn tell_settled(
        &mut self,
        at: Timestamp,
        token: i64,
        (answer, is_held): (Answer, bool),
    ) -> Result<(), Violation> {
        self.tell_answer(at, token, answer)?;
        let rows = self.leases.remove(&token).map(|(rows, _)| rows).unwrap_or_default();
        if is_held && !rows.is_empty() { self.tell(at, &Happening::Settled { rows }) } else { Ok(()) }
    }

    fn tell_answer(&mut self, at: Timestamp, token: i64, answer: Answer) -> Result<(), Violation> {
        let Some((rows, key)) = self.leases.get(&token).cloned() else { return Ok(()) };
        if answer == Answer::AcceptedUnheard {
            *self.ledger.doubtful.entry(key).or_default() += 1;
        }
        if rows.is_empty() {
            // It was about jobs.
            return Ok(());
        }
        self.tell(at, &Happening::Answered { rows, answer })
    }

    /// Tells of a pass, with the alerts that it decided.
    pub(crate) fn tell_pass(&mut self, began: Timestamp, decided: usize) -> Result<(), Violation> {
        let alerted = match &self.witness {
            Some(witness) if 0 < decided => witness.alerted_at(began).map_err(|error| unread(&error))?,
            _ => Vec::new(),
        };
        self.passed_at = self.passed_at.max(Some(began));
        self.tell(began, &Happening::Passed { alerted })
    }

    /// Tells of a pass whose process died before it could.
    pub(crate) fn tell_unheard_pass(&mut self) -> Result<(), Violation> {
        let Some(witness) = &self.witness else { return Ok(()) };
        match witness.last_alerted().map_err(|error| unread(&error))? {
            Some(at) if self.passed_at < Some(at) => self.tell_pass(at, 1),
            _ => Ok(()),
        }
    }

    /// Learns of a ping that is on the disk.
    pub(crate) fn learn(&mut self, received: Timestamp) {
        if let Some(witness) = &mut self.witness {
            witness.learn(received);
        }
    }

    /// Looks at the tables, and tells first of the gaps that are new in them.
    pub(crate) fn look(&mut self, now: Timestamp) -> Result<News, Violation> {
        let Some(witness) = &mut self.witness else { return Ok(News::default()) };
        let news = witness.look().map_err(|error| unread(&error))?;
        for gap in &news.gaps {
            let (from, until) = (gap.from, gap.until);
            if from == until && std::mem::take(&mut self.is_stepped) {
                self.tell(now, &Happening::Blind { from, until })?;
            }
            self.tell_gap(now, from, until)?;
        }
        Ok(news)
    }

    /// Tells what else is new in the tables.
    pub(crate) fn tell_news(&mut self, now: Timestamp, true_now: i64, news: News) -> Result<(), Violation> {
        let News { rows, is_new, flips, stamp, .. } = news;
        if let Some((at, clocks)) = stamp {
            self.tell(at, &Happening::Stamped { clocks })?;
            if let Some(since) = self.in_sight_since.replace(true_now) {
                self.ledger.listen(since, true_now);
            }
        }
        for flip in flips {
            laws::no_alert_within_max_sleep(&self.ledger, flip, true_now)?;
        }
        let Some(witness) = &self.witness else { return Ok(()) };
        for row in &rows {
            if self.open_rows.insert(row.id) {
                laws::no_word_of_the_unmonitored(&self.ledger, row)?;
            }
        }
        laws::the_queue_is_bounded(witness.rows(), witness.open_rows())?;
        if is_new { self.tell(now, &Happening::Rows(rows)) } else { Ok(()) }
    }

    /// Tells that pings cannot be taken from `from` on, unless that was so before.
    pub(crate) fn tell_full(&mut self, from: Timestamp) -> Result<(), Violation> {
        if self.open_gap.is_some() { Ok(()) } else { self.tell_open(from, from) }
    }

    /// Tells of a gap that has not ended; there is only one such.
    pub(crate) fn tell_open(&mut self, now: Timestamp, from: Timestamp) -> Result<(), Violation> {
        if let Some(open) = self.open_gap.replace(from)
            && open != from
        {
            self.tell(now, &Happening::GapDropped { from: open })?;
        }
        self.tell(now, &Happening::GapNoted { from, until: None })
    }

    /// Tells that the gap that was open is so no more: the tables say what it was.
    pub(crate) fn drop_open(&mut self, now: Timestamp) -> Result<(), Violation> {
        match self.open_gap.take() {
            Some(from) => self.tell(now, &Happening::GapDropped { from }),
            None => Ok(()),
        }
    }

    /// Tells of a gap that has ended; those that touch are one, as nobody was heard in between.
    fn tell_gap(&mut self, now: Timestamp, from: Timestamp, until: Timestamp) -> Result<(), Violation> {
        let (mut from, mut until) = (from, until);
        if self.open_gap == Some(from) {
            // Pings are taken from then on, whatever keeps the process from saying so: another absence, or its death.
            self.open_gap = None;
            self.end_blindness(until)?;
        }
        while let Some((since, end)) = self.gaps.pop_if(|(_, end)| from <= *end) {
            if since != from {
                self.tell(now, &Happening::GapDropped { from: since })?;
            }
            // The start told of one that was open.
            self.tell(now, &Happening::GapDropped { from })?;
            (from, until) = (from.min(since), until.max(end));
        }
        self.gaps.push((from, until));
        self.tell(now, &Happening::GapNoted { from, until: Some(until) })
    }

    /// Looks at all checks, and tells how they stand.
    pub(crate) fn look_at_checks(&mut self, now: Timestamp) -> Result<(), Violation> {
        let Some(witness) = &self.witness else { return Ok(()) };
        let seen = witness.checks().map_err(|error| unread(&error))?;
        laws::an_answered_ping_is_known(&self.ledger, &seen)?;
        laws::the_last_ping_never_moves_back(&self.known, &seen)?;
        laws::the_silent_are_reported(&self.ledger, &seen, witness.rows())?;
        laws::a_mail_is_accepted_once(&self.ledger)?;
        self.known.clone_from(&seen);
        self.tell(now, &Happening::Checks(seen))
    }

    /// Asks the oracle whether somebody waits for an alert that should have been decided.
    pub(crate) fn find_overdue(&self, now: Timestamp) -> Result<(), Violation> {
        self.oracle.find_overdue(now)
    }

    /// Asks the oracle what is still owed at the end.
    pub(crate) fn close_run(&mut self, now: Timestamp) -> Result<(), Violation> {
        self.oracle.close(now)
    }

    /// Returns what of the answered pings is to be looked up in the history: some of them, by the wall clock.
    pub(crate) fn shown(&self) -> Vec<(Check, jiff::Timestamp)> {
        let of = |(check, shown): (&Check, &BTreeSet<jiff::Timestamp>)| {
            let step = shown.len() / 12 + 1;
            shown.iter().step_by(step).map(|&wall| (*check, wall)).collect::<Vec<_>>()
        };
        self.ledger.shown.iter().flat_map(of).collect()
    }
}

fn unread(error: &rusqlite::Error) -> Violation {
    Violation { law: "the tables can be read", told: error.to_string() }
}
