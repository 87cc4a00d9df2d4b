//! What the tasks of the process have to say, brought to the reporter in the order in which it happened.

use domain::time::Timestamp;

use crate::history::Happening;
use crate::laws;
use crate::oracle::violation::Violation;
use crate::process::Note;
use crate::witness::News;
use crate::world::{Act, Ending, World};

impl World {
    /// Hears what the tasks have left; looks at the tables too, if something was committed.
    pub(crate) fn hear(&mut self, has_committed: bool) -> Result<(), Violation> {
        let looks = self.looks;
        let news = self.hear_notes(has_committed)?;
        if has_committed && self.process.is_some() {
            self.reporter.tell_unheard_pass()?;
            self.tell(news)?;
            self.reporter.tell_late_leases()?;
        }
        // The tables hold what all of the notes tell of, so they come last.
        if looks / 100 < self.looks / 100 {
            self.reporter.look_at_checks(self.service_now())?;
        }
        Ok(())
    }

    /// Hears the last of a process that is gone: what its last commit did has been told by nobody.
    pub(crate) fn hear_last(&mut self) -> Result<(), Violation> {
        let Some(process) = &self.process else { return Ok(()) };
        let is_starting = process.is_declaring();
        let is_declaring = is_starting || self.offered.is_some();
        let now = process.clock.now();
        let unheard = if is_declaring { self.reporter.declared_unheard(now)? } else { None };
        // What a declaration under way has not committed is told anew after the next start.
        let looks = !is_declaring || unheard.is_some();
        self.note_unheard_snoozes()?;
        let news = self.hear_notes(looks)?;
        if let Some(at) = unheard {
            self.hear_committed_declaration(at, is_starting)?;
        }
        self.reporter.tell_unheard(now, &self.waiting, &self.clients)?;
        self.reporter.tell_cut(now, self.post.cut())?;
        if looks {
            self.tell(news)?;
        }
        self.reporter.tell_late_leases()
    }

    /// Tells of a config that is in force, though the process died before it said so.
    fn hear_committed_declaration(&mut self, at: Timestamp, is_starting: bool) -> Result<(), Violation> {
        let file = if is_starting { Some(self.started_with.clone()) } else { self.offered.take() };
        match file {
            Some(file) => self.configure(at, file.declared(self.weather.scale.stamps)),
            None => Ok(()),
        }
    }

    fn tell(&mut self, news: News) -> Result<(), Violation> {
        if self.is_untrusted_or_full() {
            self.reporter.lose_sight();
        }
        self.reporter.tell_news(self.service_now(), self.machine.now(), news)
    }

    fn hear_notes(&mut self, looks: bool) -> Result<News, Violation> {
        let mut notes = self.notes.take();
        // A pass sees every ping that was stamped before it, whichever of them is answered first.
        notes.sort_by_key(stamp_of);
        let mut news = News::default();
        if looks {
            let full_since = self.watch_room(&notes)?;
            // What the server knew of its absences when it decided.
            news = self.reporter.look(self.service_now())?;
            self.crew.learn(self.reporter.gaps(), self.reporter.wall_offset());
            self.crew.hear_flips(&news.job_flips);
            if let Some(since) = full_since {
                self.reporter.tell_full(since)?;
            }
        }
        for note in notes {
            self.hear_one(note)?;
        }
        self.crew.explain_idle(self.service_now())?;
        for message_key in self.post.take_accepted() {
            *self.reporter.ledger_mut().accepted.entry(message_key).or_default() += 1;
        }
        Ok(news)
    }

    /// Follows whether the disk is full; returns since when, if that is new.
    fn watch_room(&mut self, notes: &[Note]) -> Result<Option<Timestamp>, Violation> {
        let Some(process) = self.process.as_ref().filter(|process| process.is_listening && process.is_open)
        else {
            return Ok(None);
        };
        if process.store.is_full() {
            let refused = notes.iter().filter_map(|note| {
                let Note::Pinged { client, outcome: None } = note else { return None };
                self.waiting.get(client).map(|&(stamp, _)| stamp)
            });
            let from = refused.min().unwrap_or(self.commit_began);
            if self.is_full {
                return Ok(None);
            }
            self.is_full = true;
            self.reporter.begin_blindness(from);
            return Ok(Some(from));
        }
        let now = process.clock.now();
        if std::mem::take(&mut self.is_full) {
            self.reporter.drop_open(now)?;
        }
        self.reporter.end_blindness(now)?;
        Ok(None)
    }

    fn is_untrusted_or_full(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.store.is_full() || process.is_untrusted())
    }

    fn hear_one(&mut self, note: Note) -> Result<(), Violation> {
        match note {
            Note::Pinged { client, outcome } => self.hear_ping(client, outcome),
            Note::Looked { at, clocks } => self.hear_look(at, clocks),
            Note::Passed { began, decided } => self.reporter.tell_pass(began, decided),
            Note::Leased { at, token, message_key } => {
                self.reporter.tell_lease(at, token, message_key)?;
                self.plan_snooze_after_mail(token);
                Ok(())
            }
            Note::Settled { at, token, answer, is_held } => {
                self.reporter.tell_settled(at, token, (answer, is_held))
            }
            Note::Declared { at, is_well } => self.hear_declared(at, is_well),
            Note::Reloaded { at, is_well } => self.hear_reloaded(at, is_well),
            Note::Listening { at, is_well } => self.hear_listening(at, is_well),
            Note::Snoozed { check, is_well, .. } => self.hear_snooze(check, is_well),
            Note::JobHeard(heard) => self.hear_job(&heard),
            Note::JobSeen(seen) => self.hear_job_seen(&seen),
            Note::Stopped => {
                self.ending.get_or_insert(Ending::Stopped);
                Ok(())
            }
            Note::ReadBack { check, wall, is_found } => {
                laws::an_answered_ping_is_in_the_history(check, wall, is_found)
            }
        }
    }

    fn hear_ping(
        &mut self,
        client: usize,
        outcome: Option<(Timestamp, jiff::Timestamp)>,
    ) -> Result<(), Violation> {
        let check = self.clients[client].check;
        let sent = self.waiting.remove(&client).map(|(_, sent)| sent);
        let now = self.machine.now();
        if let Some((received, wall)) = outcome {
            self.reporter.learn(received);
            let ledger = self.reporter.ledger_mut();
            ledger.answer(check, received, (sent.unwrap_or(now), now));
            ledger.shown.entry(check).or_default().insert(wall);
            self.clients[client].answered_at = Some(now);
            self.reporter.tell(received, &Happening::Acknowledged { check, received })?;
        } else {
            let at = self.service_now();
            self.reporter.tell(at, &Happening::TurnedAway { check })?;
        }
        self.answer(client, outcome.is_some(), now);
        Ok(())
    }

    fn hear_look(&mut self, at: Timestamp, clocks: crate::history::Clocks) -> Result<(), Violation> {
        self.looks += 1;
        self.note_time(at);
        self.reporter.tell(at, &Happening::LookedAtClocks { clocks })?;
        // On a full disk nothing can be decided, and nobody is told of one that no ping has met.
        if self.weather.full_disks.is_none() && self.process.as_ref().is_some_and(|process| process.is_open) {
            self.reporter.find_overdue(at)?;
        }
        self.look_at_jobs(self.looks)?;
        if self.is_fair()
            && self.is_long_fair()
            && let Some(process) = &self.process
        {
            laws::the_rooms_turn(&process.beats.stale(at))?;
        }
        Ok(())
    }

    fn hear_declared(&mut self, at: Timestamp, is_well: bool) -> Result<(), Violation> {
        if !is_well {
            self.ending.get_or_insert(Ending::Killed);
            return Ok(());
        }
        if std::mem::replace(&mut self.channel_before, self.channel) != self.channel {
            self.reporter.tell(at, &Happening::SmtpChosen)?;
        }
        self.configure(at, self.started_with.declared(self.weather.scale.stamps))?;
        self.reporter.look_at_checks(at)?;
        if let Some(process) = &mut self.process {
            process.open();
        }
        Ok(())
    }

    fn hear_reloaded(&mut self, at: Timestamp, is_well: bool) -> Result<(), Violation> {
        let Some(offered) = self.offered.take() else { return Ok(()) };
        if is_well {
            return self.configure(at, offered.declared(self.weather.scale.stamps));
        }
        self.file.restore();
        Ok(())
    }

    fn configure(&mut self, at: Timestamp, config: crate::history::Config) -> Result<(), Violation> {
        let now = self.machine.now();
        self.reporter.ledger_mut().configure(config.clone(), now);
        self.reporter.note_declared()?;
        self.reporter.tell(at, &Happening::Configured(config))?;
        self.reporter.tell(self.service_now(), &Happening::InForce)
    }

    fn hear_listening(&mut self, at: Timestamp, is_well: bool) -> Result<(), Violation> {
        if !is_well {
            self.ending.get_or_insert(Ending::Killed);
            return Ok(());
        }
        if let Some(process) = &mut self.process {
            process.is_listening = true;
        }
        self.reporter.tell(at, &Happening::DoorOpened)?;
        if self.process.as_ref().is_some_and(|process| !process.store.is_full()) {
            self.reporter.end_blindness(at)?;
        }
        self.resolve_doubts();
        let soon = self.machine.now() + 1_000;
        for client in 0..self.clients.len() {
            if self.clients[client].thunders() && !self.waiting.contains_key(&client) {
                self.plan_instead(soon, Act::Ping(client));
            }
        }
        Ok(())
    }
}

/// Returns when something happened; what has no stamp comes last.
fn stamp_of(note: &Note) -> (Timestamp, u8) {
    const LAST: Timestamp = Timestamp::from_micros(i64::MAX);
    match note {
        Note::Pinged { outcome: Some((at, _)), .. } => (*at, 0),
        Note::Declared { at, .. } | Note::Reloaded { at, .. } | Note::Listening { at, .. } => (*at, 1),
        // What was asked for in one instant was done in the order in which it is told.
        Note::Passed { began: at, .. }
        | Note::Leased { at, .. }
        | Note::Settled { at, .. }
        | Note::Snoozed { at, .. } => (*at, 2),
        Note::Looked { at, .. } => (*at, 3),
        Note::Pinged { outcome: None, .. }
        | Note::JobHeard(_)
        | Note::JobSeen(_)
        | Note::Stopped
        | Note::ReadBack { .. } => (LAST, 4),
    }
}
