//! A disk that fills up again and again while pings, alerts and sorting are under way.

use std::thread;
use std::time::Duration;

use ping_listener::channels::email::Security;
use rig::server::{PATIENCE, Place, Server, Signal, assert_sound, wait_until};
use rig::smtp::{Act, At, Behaviour, MailServer};

use crate::clients::{Clients, Temper};
use crate::dice::Dice;
use crate::disk::SmallDisk;
use crate::journal::Journal;
use crate::program::faulty_program;
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
    let place = Place::new(&world::config(0)).running(&faulty_program()).with_mail(&mail);
    let place = place.with("PING_LISTENER_PACE", "500");
    let disk = SmallDisk::mount(place.path("disk"), place.data())?;
    let journal = Journal::create(&place.path("journal"));
    let mut dice = Dice::new(seed);
    let mut server = place.start();
    let mut clients = start_clients(&server, &journal);
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
            disk.free();
            server = place.start();
            clients = start_clients(&server, &journal);
        }
        disk.free();
        wait_until(PATIENCE, "ping that is taken again", || server.ping("client0").status == 200);
    }
    mail.behave(Behaviour::default());
    let silent = world::silent().count();
    wait_until(PATIENCE, "mail about each silent user", || silent <= mail.mails().len());
    clients.stop();
    journal.compare(server.address()).unwrap();
    server.stop();
    assert_sound(&place.database());
    Some(journal.count())
}

fn start_clients(server: &Server, journal: &Journal) -> Clients {
    let users = world::clients().map(|user| (user, PING_DISTANCE));
    Clients::start(server.address(), users, journal, Temper::Patient)
}
