//! The crew: all jobs of a world, and whether the server keeps its word to them.

use domain::managed::{Shown, Word};
use domain::time::{Span, Timestamp};
use ping_listener::store::managed::viewing::View;

use super::asking::Seen;
use super::contract::{Contract, Sky};
use super::jobs::{Job, choose_asked};
use super::member::{Deed, Member};
use super::noted::NotedJobFlip;
use crate::dice::Dice;
use crate::oracle::gaps::Gaps;
use crate::oracle::violation::Violation;
use crate::weather::{MINUTE, SECOND, Weather};

/// How late a deadline may be found in weather in which the server can find it, beside the distance of passes.
const OVERDUE: Span = Span::from_minutes(2);

/// What the server could know of itself when it decided something: before its last commit, or with it.
#[derive(Clone, Debug, Default)]
struct Known {
    gaps: Gaps,
    wall_offset: i64,
}

/// All jobs.
pub(crate) struct Crew {
    pub(crate) members: Vec<Member>,
    pub(crate) dice: Dice,
    shortest: i64,
    tolerance: f64,
    known: [Known; 2],
    /// Since when the present process can find deadlines.
    pub(crate) open: Option<Timestamp>,
}

impl Crew {
    /// Chooses as many jobs as there are users, or none.
    pub(crate) fn choose(weather: &Weather, mut dice: Dice, has_jobs: bool, now: i64) -> Self {
        let shortest = (weather.scale.max_sleep.0 / SECOND).max(1);
        let count = if has_jobs { weather.users.min(6) } else { 0 };
        let members = (0..count).map(|_| {
            let asked = choose_asked(shortest, &mut dice);
            let job = Job::choose(&asked, now, &mut dice);
            Member::new(job, asked, dice.chance(0.8))
        });
        let members = members.collect();
        Self { members, dice, shortest, tolerance: weather.tolerance, known: Default::default(), open: None }
    }

    /// Takes over what the server knows of its absences and of the clock on the wall.
    pub(crate) fn learn(&mut self, gaps: &Gaps, wall_offset: i64) {
        let [before, now] = &mut self.known;
        *before = std::mem::take(now);
        *now = Known { gaps: gaps.clone(), wall_offset };
    }

    /// Chooses what a job or its owner does now.
    pub(crate) fn choose_deed(&mut self, place: usize, now: i64, wall_offset: i64) -> Deed {
        let member = &mut self.members[place];
        if member.check.is_none() {
            return Deed::Make(member.asked.clone());
        }
        if self.dice.chance(0.94) {
            let said = member.job.speak(now, wall_offset, &member.asked, &mut self.dice);
            return Deed::Say(said);
        }
        match self.dice.between(0, 7) {
            0..=2 => Deed::Pause,
            3 | 4 => Deed::Resume,
            5 | 6 => Deed::Edit(choose_asked(self.shortest, &mut self.dice)),
            _ => Deed::Delete,
        }
    }

    /// Returns when a job does something next.
    pub(crate) fn acts_at(&mut self, place: usize, now: i64) -> i64 {
        let member = &self.members[place];
        if member.check.is_none() {
            return now + self.dice.spread(SECOND, MINUTE);
        }
        member.job.speaks_at().max(now + 1_000)
    }

    /// Hears of flips that are new in the tables.
    pub(crate) fn hear_flips(&mut self, flips: &[NotedJobFlip]) {
        for noted in flips {
            let of = |member: &&mut Member| {
                member.check.as_ref().is_some_and(|(id, _)| id.number() == noted.check)
            };
            if let Some(member) = self.members.iter_mut().find(of) {
                member.flips.push(noted.flip);
            }
        }
    }

    /// Holds the flips of jobs that wait for no answer against their deadlines.
    pub(crate) fn explain_idle(&mut self, now: Timestamp) -> Result<(), Violation> {
        let skies = skies(&self.known, self.tolerance);
        for (place, member) in self.members.iter_mut().enumerate() {
            if member.deed.is_some() || member.check.is_none() {
                continue;
            }
            match member.explain(None, &skies, now) {
                Some(contract) => member.settle(contract),
                None => return unexplained(place, member),
            }
        }
        Ok(())
    }

    /// Hears that what a job had asked was done at `at`, or that it was not.
    pub(crate) fn hear_done(
        &mut self,
        place: usize,
        done: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Violation> {
        let skies = skies(&self.known, self.tolerance);
        let member = &mut self.members[place];
        let Some((deed, _)) = member.deed.take() else { return Ok(()) };
        member.serial += 1;
        let explained = member.explain(done.map(|at| (&deed, at)), &skies, now);
        match explained {
            Some(contract) => member.settle(contract),
            None => return unexplained(place, member),
        }
        if done.is_some() {
            self.conclude(place, deed);
        }
        Ok(())
    }

    fn conclude(&mut self, place: usize, deed: Deed) {
        let member = &mut self.members[place];
        match deed {
            Deed::Edit(asked) => member.asked = asked,
            Deed::Delete => {
                member.check = None;
                member.generation += 1;
                member.downs = 0;
            }
            Deed::Make(_) | Deed::Say(_) | Deed::Pause | Deed::Resume => {}
        }
    }

    /// The process is gone: nobody answers any more.
    pub(crate) fn end(&mut self) {
        self.open = None;
        for member in &mut self.members {
            member.is_in_doubt |= member.deed.is_some();
            member.serial += 1;
        }
    }

    /// Looks at a check whose last deed nobody answered: it was done, or it was not, and nothing in between.
    fn resolve(&mut self, seen: &Seen) -> Result<(), Violation> {
        let skies = skies(&self.known, self.tolerance);
        let place = seen.place;
        let member = &mut self.members[place];
        let Some((deed, at)) = member.deed.take() else { return Ok(()) };
        member.is_in_doubt = false;
        member.serial += 1;
        let Some(view) = &seen.view else {
            return match deed {
                Deed::Make(_) => Ok(()),
                Deed::Delete => {
                    self.conclude(place, deed);
                    Ok(())
                }
                Deed::Say(_) | Deed::Edit(_) | Deed::Pause | Deed::Resume => lost(place, member),
            };
        };
        if let Deed::Make(asked) = deed {
            member.check = Some((view.id, Contract::new(asked)));
            return Ok(());
        }
        let fits = |contract: &Contract| {
            contract.n_pings == view.pings && (contract.status == Word::Down) == view.down.is_some()
        };
        let done = member.explain(Some((&deed, at)), &skies, seen.until).filter(fits);
        let not_done = member.explain(None, &skies, seen.until).filter(fits);
        let is_edited = matches!(&deed, Deed::Edit(asked) if view.settings.grace == seconds(asked.grace));
        let (contract, is_done) = match (done, not_done) {
            (Some(done), None) => (done, true),
            (Some(done), Some(_)) if !matches!(deed, Deed::Edit(_)) || is_edited => (done, true),
            (_, Some(not_done)) => (not_done, false),
            (None, None) => return lost(place, member),
        };
        member.settle(contract);
        if is_done && !matches!(deed, Deed::Delete) {
            self.conclude(place, deed);
        }
        Ok(())
    }

    /// Holds what somebody saw against what should be there.
    pub(crate) fn hear_seen(&mut self, seen: &Seen) -> Result<(), Violation> {
        if self.members[seen.place].is_in_doubt {
            return self.resolve(seen);
        }
        let member = &self.members[seen.place];
        if member.serial != seen.serial || member.deed.is_some() || !member.flips.is_empty() {
            return Ok(());
        }
        match (&member.check, &seen.view) {
            (None, None) => Ok(()),
            (Some(_), Some(view)) => self.compare(seen, view),
            (None, Some(_)) | (Some(_), None) => lost(seen.place, member),
        }
    }

    fn compare(&self, seen: &Seen, view: &View) -> Result<(), Violation> {
        let Some((_, contract)) = &self.members[seen.place].check else { return Ok(()) };
        if contract.n_pings != view.pings {
            let told = format!("job {}: {} counted, {contract:?}", seen.place, view.pings);
            return Err(Violation { law: "J1 every ping that was answered is counted once", told });
        }
        let skies = skies(&self.known, self.tolerance);
        let may_be = |shown: Shown, is_v1: bool| {
            let instants = [seen.from, seen.until];
            skies.iter().any(|sky| instants.iter().any(|at| contract.shown(*sky, *at, is_v1) == shown))
        };
        // What became of a run whose end may have been lost is told only at the next pass.
        let is_run_lost = contract.runs.len() != view.runs.len();
        if !may_be(view.shown, false) || (!is_run_lost && !may_be(view.shown_v1, true)) {
            let told = format!("job {}: {view:?}, {contract:?} with {:?}", seen.place, self.known);
            return Err(Violation { law: "J4 a check is shown as the contract says", told });
        }
        Ok(())
    }

    /// Says whose deadline has passed long ago, though the server listened and could see it; `distance` is that of its
    /// passes.
    pub(crate) fn find_overdue(&self, now: Timestamp, distance: Span) -> Result<(), Violation> {
        let Some(open) = self.open else { return Ok(()) };
        let [_, known] = &self.known;
        let skies = skies(&self.known, self.tolerance);
        for (place, member) in self.members.iter().enumerate() {
            let Some((_, contract)) = member.check.as_ref().filter(|_| member.deed.is_none()) else {
                continue;
            };
            let is_due = |sky: &Sky<'_>| {
                let due = contract.overdue(*sky, now).map(|flip| flip.at.max(open));
                let end = known.gaps.last_end(now).unwrap_or(open);
                due.is_some_and(|due| distance + OVERDUE < known.gaps.listened(due.max(end), now))
            };
            if member.flips.is_empty() && skies.iter().all(is_due) {
                let told = format!("job {place} at {now:?}: {contract:?}");
                return Err(Violation { law: "J3 a deadline that passed is found", told });
            }
        }
        Ok(())
    }
}

fn skies(known: &[Known; 2], tolerance: f64) -> Vec<Sky<'_>> {
    let [before, now] = known;
    let sky = |gaps, wall_offset| Sky { gaps, tolerance, wall_offset };
    vec![
        sky(&now.gaps, now.wall_offset),
        sky(&before.gaps, before.wall_offset),
        sky(&before.gaps, now.wall_offset),
        sky(&now.gaps, before.wall_offset),
    ]
}

fn seconds(span: Span) -> u64 {
    u64::try_from(span.as_micros() / SECOND).unwrap_or(0)
}

fn unexplained(place: usize, member: &Member) -> Result<(), Violation> {
    let told = format!("job {place}: {member:?}");
    Err(Violation { law: "J2 a flip is what the contract says", told })
}

fn lost(place: usize, member: &Member) -> Result<(), Violation> {
    let told = format!("job {place}: {member:?}");
    Err(Violation { law: "J1 nothing that was answered is lost, and nothing is done by half", told })
}
