//! The crew: several jobs at work, each until nobody answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clients::Temper;
use crate::job::{Job, JobTally};

/// Jobs at once.
const JOBS: u64 = 4;

/// Distance of two requests of one job.
const DISTANCE: Duration = Duration::from_millis(3);

/// Jobs at rest.
pub(crate) struct Crew(Vec<Job>);

/// Jobs at work.
pub(crate) struct AtWork {
    threads: Vec<JoinHandle<Job>>,
    is_over: Arc<AtomicBool>,
}

impl Crew {
    pub(crate) fn new(seed: u64, temper: Temper) -> Self {
        Self((0..JOBS).map(|number| Job::new(number, seed, temper)).collect())
    }

    /// Lets each job compare what is there with what it was answered, and then go on.
    pub(crate) fn start(self, server: SocketAddr) -> AtWork {
        let is_over = Arc::new(AtomicBool::new(false));
        let start = |mut job: Job| {
            let is_over = is_over.clone();
            thread::spawn(move || {
                let mut outcome = job.look(server);
                while outcome.is_ok() && !is_over.load(Ordering::Relaxed) {
                    outcome = job.act(server);
                    thread::park_timeout(DISTANCE);
                }
                job
            })
        };
        AtWork { threads: self.0.into_iter().map(start).collect(), is_over }
    }

    /// Lets each job compare once more.
    pub(crate) fn look(&mut self, server: SocketAddr) {
        for job in &mut self.0 {
            job.look(server).unwrap();
        }
    }

    pub(crate) fn tally(&self) -> JobTally {
        self.0.iter().fold(JobTally::default(), |sum, job| sum + job.tally)
    }
}

impl AtWork {
    /// Waits until nobody answers them any more.
    pub(crate) fn join(self) -> Crew {
        Crew(self.threads.into_iter().map(|thread| thread.join().unwrap()).collect())
    }

    /// Ends them where they are.
    pub(crate) fn stop(self) -> Crew {
        self.is_over.store(true, Ordering::Relaxed);
        self.join()
    }
}
