//! The journal: every ping that was answered 200, on our own disk before the next one is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rig::caller::ask;

/// The journal of one trial. Clones write into the same.
#[derive(Clone)]
pub(crate) struct Journal(Arc<Mutex<Inner>>);

struct Inner {
    file: File,
    /// How often each user was told each time, as the answer gave it: date and time of day.
    told: BTreeMap<(String, String, String), usize>,
    count: usize,
}

impl Journal {
    pub(crate) fn create(path: &Path) -> Self {
        let file = File::create(path).unwrap();
        Self(Arc::new(Mutex::new(Inner { file, told: BTreeMap::new(), count: 0 })))
    }

    /// Writes down that `user` was answered 200 with this time.
    pub(crate) fn note(&self, user: &str, time: &str) {
        let (date, time_of_day) = time.split_once(' ').unwrap_or_else(|| panic!("no time: {time:?}"));
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(inner.file, "{user} {time}").unwrap();
        inner.file.sync_data().unwrap();
        let key = (user.to_owned(), date.to_owned(), time_of_day.to_owned());
        *inner.told.entry(key).or_default() += 1;
        inner.count += 1;
    }

    /// Counts what is in it.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// Asks the server for its logs, which have to hold every ping of the journal. They may hold more: pings whose
    /// answers were cut off. `Err` is a server that did not answer.
    pub(crate) fn compare(&self, address: SocketAddr) -> io::Result<()> {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).told.clone();
        let days: BTreeSet<_> = told.keys().map(|(user, date, _)| (user, date)).collect();
        for (user, date) in days {
            let logged = logged(address, user, date)?;
            for ((_, _, time), count) in told.iter().filter(|(key, _)| key.0 == *user && key.1 == *date) {
                let found = logged.get(time).copied().unwrap_or(0);
                let of_user: Vec<_> = told.iter().filter(|(key, _)| key.0 == *user).collect();
                assert!(
                    *count <= found,
                    "{user}: {count} answered 200 at {date} {time}, {found} in the logs;\n{of_user:?}\n{logged:?}"
                );
            }
        }
        Ok(())
    }
}

/// Asks for the times of one user's pings of one day.
fn logged(address: SocketAddr, user: &str, date: &str) -> io::Result<BTreeMap<String, usize>> {
    let [year, month, day] = date.split('/').collect::<Vec<_>>().try_into().unwrap();
    let path = format!("/logs?username={user}&year={year}&month={month}&day={day}");
    let answer = ask(address, "GET", &path, "", "")?;
    assert_eq!(answer.status, 200, "{answer:?}");
    let times: Vec<String> = serde_json::from_str(&answer.body).unwrap();
    let mut logged = BTreeMap::new();
    for time in times {
        *logged.entry(time).or_default() += 1;
    }
    Ok(logged)
}
