//! One job of a world with a store: what it last asked, and what its check has come to by all that was answered.

use domain::id::CheckId;
use domain::managed::{Flip, Word};
use domain::time::Timestamp;

use super::contract::{Asked, Contract, Sky};
use super::jobs::{Job, Said};

/// By how much the clock on the wall may be off unnoticed, in microseconds.
const CLOCK_OFF: i64 = 2_000_000;

/// What a job or its owner asks of the server.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Make(Asked),
    Say(Said),
    Edit(Asked),
    Pause,
    Resume,
    Delete,
}

/// One job with its check.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) job: Job,
    pub(crate) asked: Asked,
    /// Mails go out about it.
    pub(crate) is_told: bool,
    /// How many checks it has had.
    pub(crate) generation: u32,
    /// Its check, and what that has come to; `None` while it has none.
    pub(crate) check: Option<(CheckId, Contract)>,
    /// What it asked and was not answered yet, with the stamp of asking.
    pub(crate) deed: Option<(Deed, Timestamp)>,
    /// The process died before the answer.
    pub(crate) is_in_doubt: bool,
    /// Flips of its check that nothing has explained yet, oldest first.
    pub(crate) flips: Vec<Flip>,
    /// Grows with everything that is asked or answered.
    pub(crate) serial: u64,
    /// How often its check went down.
    pub(crate) downs: u32,
}

impl Member {
    pub(crate) fn new(job: Job, asked: Asked, is_told: bool) -> Self {
        Self {
            job,
            asked,
            is_told,
            generation: 0,
            check: None,
            deed: None,
            is_in_doubt: false,
            flips: Vec::new(),
            serial: 0,
            downs: 0,
        }
    }

    /// Returns the name of its present check, or of the one that it makes next.
    pub(crate) fn name(&self, place: usize) -> String {
        format!("job{place}-{}", self.generation)
    }

    /// Explains the flips by what was done and by deadlines that passed; returns what the check has come to, or `None`
    /// if nothing explains them.
    pub(crate) fn explain(
        &self,
        deed: Option<(&Deed, Timestamp)>,
        skies: &[Sky<'_>],
        now: Timestamp,
    ) -> Option<Contract> {
        let (_, contract) = self.check.as_ref()?;
        let latest = if deed.is_some() { self.flips.len() } else { 0 };
        (0..=latest).find_map(|before| {
            let (first, mut rest) = self.flips.split_at(before);
            let mut contract = contract.clone();
            fall(&mut contract, first, skies, now)?;
            if let Some(sky) = skies.first() {
                contract.let_lost_runs_go(*sky, deed.map_or(now, |(_, at)| at));
            }
            if let Some((deed, at)) = deed {
                // Its owner's word is stamped when it is heard.
                let heard = rest.first().map_or(at, |flip| flip.at);
                if let Some(flip) = done(&mut contract, deed, at, heard) {
                    let (own, others) = rest.split_first()?;
                    if *own != flip {
                        return None;
                    }
                    rest = others;
                }
            }
            fall(&mut contract, rest, skies, now)?;
            Some(contract)
        })
    }

    /// Notes that its check was made.
    pub(crate) fn make(&mut self, id: CheckId) {
        if let Some((Deed::Make(asked), _)) = self.deed.take() {
            self.serial += 1;
            self.check = Some((id, Contract::new(asked)));
        }
    }

    /// Notes what the check has come to, and that its flips are explained.
    pub(crate) fn settle(&mut self, contract: Contract) {
        let downs = self.flips.iter().filter(|flip| flip.to == Word::Down).count();
        self.downs += u32::try_from(downs).unwrap_or(0);
        self.flips.clear();
        if let Some((_, known)) = &mut self.check {
            *known = contract;
        }
    }
}

/// Lets deadlines pass, each with its flip; `None` if one of the flips is none of a deadline that passed.
fn fall(contract: &mut Contract, flips: &[Flip], skies: &[Sky<'_>], now: Timestamp) -> Option<()> {
    for flip in flips {
        let fallen = skies.iter().find_map(|sky| {
            let mut fallen = contract.clone();
            fallen.turn(*sky, now).is_some_and(|expected| is_same(expected, *flip)).then_some(fallen)
        });
        *contract = fallen?;
    }
    Some(())
}

/// Tells whether two flips are one: a wall clock may be off by as much as is no step before anybody notes it.
fn is_same(expected: Flip, noted: Flip) -> bool {
    let off = (expected.at - noted.at).as_micros().abs();
    Flip { at: noted.at, ..expected } == noted && off <= CLOCK_OFF
}

fn done(contract: &mut Contract, deed: &Deed, at: Timestamp, heard: Timestamp) -> Option<Flip> {
    match deed {
        Deed::Say(said) => contract.record(at, said.signal, said.rid),
        Deed::Edit(asked) => {
            contract.ask(asked.clone());
            None
        }
        Deed::Pause => contract.pause(heard),
        Deed::Resume => contract.resume(heard),
        Deed::Make(_) | Deed::Delete => None,
    }
}
