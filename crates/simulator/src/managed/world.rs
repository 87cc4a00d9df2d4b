//! Jobs in a world with a store: when they act, and what they hear.

use domain::time::Span;

use super::asking::{Heard, Seen};
use super::member::Deed;
use crate::history::Happening;
use crate::machine::BEGIN;
use crate::oracle::violation::Violation;
use crate::weather::SECOND;
use crate::world::{Act, World};

/// So many looks at the clocks lie between two looks at a job's check.
const LOOKS: u64 = 7;

impl World {
    /// Plans the first act of each job.
    pub(crate) fn plan_jobs(&mut self) {
        for place in 0..self.crew.members.len() {
            self.plan_job(place);
        }
    }

    fn plan_job(&mut self, place: usize) {
        let at = self.crew.acts_at(place, self.machine.now());
        self.plan(at, Act::Job(place));
    }

    /// Lets a job or its owner do something that was planned for `planned`.
    pub(crate) fn let_job_act(&mut self, place: usize, planned: i64) {
        if self.crew.members[place].deed.is_some() {
            return;
        }
        let now = self.machine.now();
        let deed = self.crew.choose_deed(place, now, BEGIN);
        let is_asleep = (self.slept.0..self.slept.1).contains(&planned);
        let Some(process) = self.process.as_mut().filter(|process| process.is_open && !is_asleep) else {
            // Nobody hears it.
            self.plan_job(place);
            return;
        };
        let member = &mut self.crew.members[place];
        member.deed = Some((deed.clone(), process.clock.now()));
        member.serial += 1;
        let check = member.check.as_ref().map(|(id, _)| *id);
        process.ask(place, check, member.name(place), (deed, member.is_told));
    }

    /// Hears what became of what a job had asked.
    pub(crate) fn hear_job(&mut self, heard: &Heard) -> Result<(), Violation> {
        let Heard { place, done } = *heard;
        let now = self.service_now();
        self.reporter.note(self.machine.now(), format_args!("job {place}: {done:?}"));
        let member = &mut self.crew.members[place];
        if let (Some((Deed::Say(_), _)), Some((received, _))) = (&member.deed, done) {
            self.reporter.tell(received, &Happening::JobAppended { received })?;
        }
        let member = &mut self.crew.members[place];
        if let (Some((Deed::Make(_), _)), Some((_, id))) = (&member.deed, done) {
            member.make(id);
        } else {
            self.crew.hear_done(place, done.map(|(at, _)| at), now)?;
        }
        self.plan_job(place);
        Ok(())
    }

    /// Hears what somebody saw of a job's check.
    pub(crate) fn hear_job_seen(&mut self, seen: &Seen) -> Result<(), Violation> {
        let Seen { place, serial, .. } = *seen;
        let was_in_doubt = self.crew.members[place].is_in_doubt;
        self.crew.hear_seen(seen)?;
        if was_in_doubt {
            self.plan_job(place);
            return Ok(());
        }
        let member = &self.crew.members[place];
        if member.serial != serial || member.check.is_none() || !member.flips.is_empty() {
            return Ok(());
        }
        let told = self.reporter.downs_told(&member.name(place))?;
        let owed = if member.is_told { member.downs } else { 0 };
        if told == owed {
            return Ok(());
        }
        let told = format!("job {place} went down {owed} times and {told} were said: {member:?}");
        Err(Violation { law: "J5 each time that a check goes down is said once", told })
    }

    /// Looks what became of what jobs had asked a process that died.
    pub(crate) fn resolve_doubts(&mut self) {
        self.crew.open = Some(self.service_now());
        let places = 0..self.crew.members.len();
        self.look_at_some(places.filter(|place| self.crew.members[*place].is_in_doubt).collect());
    }

    /// Looks at all checks of jobs.
    pub(crate) fn look_at_all_jobs(&mut self) {
        self.look_at_some((0..self.crew.members.len()).collect());
    }

    /// Looks at the check of a job now and then, and for deadlines that nobody found.
    pub(crate) fn look_at_jobs(&mut self, looks: u64) -> Result<(), Violation> {
        let Some(count) = u64::try_from(self.crew.members.len()).ok().filter(|count| 0 < *count) else {
            return Ok(());
        };
        let Some(process) = self.process.as_ref().filter(|process| process.is_open && process.is_listening)
        else {
            return Ok(());
        };
        if self.weather.full_disks.is_none() && !process.is_untrusted() {
            let distance =
                Span::from_micros(self.weather.base_frequency + self.weather.scale.looks.max(SECOND));
            self.crew.find_overdue(process.clock.now(), distance)?;
        }
        if looks.is_multiple_of(LOOKS) {
            let place = usize::try_from(looks / LOOKS % count).unwrap_or(0);
            self.look_at_some(vec![place]);
        }
        Ok(())
    }

    fn look_at_some(&mut self, places: Vec<usize>) {
        let Some(process) = self.process.as_mut().filter(|process| process.is_open) else { return };
        for place in places {
            let member = &self.crew.members[place];
            process.look_at(place, member.name(place), member.serial);
        }
    }
}
