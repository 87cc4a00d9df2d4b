//! A disk that fills up again and again while pings, alerts and sorting are under way.

use std::thread;
use std::time::Duration;

use ping_listener::channels::email::Security;
use rig::server::{PATIENCE, Server, Signal, assert_sound, wait_until};
use rig::smtp::{Act, At, Behaviour, MailServer};

use crate::clients::{Clients, Temper};
use crate::crew::Crew;
use crate::dice::Dice;
use crate::disk::SmallDisk;
use crate::journal::Journal;
use crate::world;

/// Distance of two pings of one client.
const PING_DISTANCE: Duration = Duration::from_millis(2);

/// The disk fills up within so many milliseconds of work.
const WORK_MAX: u64 = 250;

/// Every so many times the program is killed while the disk is full.
const KILLED_EVERY: usize = 10;

/// Fills the disk so many times; returns how many pings were answered 200, or `None` where nothing can be mounted.
pub fn fill(seed: u64, times: usize) -> Option<usize> {
    let mail = MailServer::start(Security::Tls);
    mail.behave(Behaviour::at(At::Dot, Act::Trickle(Duration::from_millis(30))));
    let place = world::place(&mail).with("PING_LISTENER_PACE", "500");
    let disk = SmallDisk::mount(place.path("disk"), place.data())?;
    let journal = Journal::create(&place.path("journal"));
    let mut dice = Dice::new(seed);
    let mut server = place.start();
    let mut clients = start_clients(&server, &journal);
    let mut crew = Crew::new(seed, Temper::Patient).start(server.address());
    for time in 1..=times {
        thread::park_timeout(Duration::from_millis(dice.below(WORK_MAX)));
        disk.fill();
        wait_until(PATIENCE, "ping that is turned away", || server.ping("client0").status == 503);
        assert_eq!(server.get("/health/ready").status, 503);
        assert_eq!(server.get("/health/live").status, 200);
        thread::park_timeout(Duration::from_millis(dice.below(WORK_MAX)));
        assert!(server.ended().is_none(), "it ended: {}", server.log());
        if time % KILLED_EVERY == 0 {
            server.signal(Signal::KILL);
            server.wait();
            clients.join();
            let at_rest = crew.join();
            disk.free();
            server = place.start();
            clients = start_clients(&server, &journal);
            crew = at_rest.start(server.address());
        }
        disk.free();
        wait_until(PATIENCE, "ping that is taken again", || server.ping("client0").status == 200);
    }
    mail.behave(Behaviour::default());
    let silent = world::silent().count();
    wait_until(PATIENCE, "mail about each silent user", || silent <= world::about_silent(&mail));
    clients.stop();
    journal.compare(server.address()).unwrap();
    let mut crew = crew.stop();
    crew.look(server.address());
    server.stop();
    assert_sound(&place.database());
    Some(journal.count() + crew.tally().pings)
}

fn start_clients(server: &Server, journal: &Journal) -> Clients {
    let users = world::clients().map(|user| (user, PING_DISTANCE));
    Clients::start(server.address(), users, journal, Temper::Patient)
}
