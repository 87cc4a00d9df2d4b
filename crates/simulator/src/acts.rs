//! What the world does to the server: pings, faults and edits.

use domain::time::Timestamp;
use faults::disk::{self, Room};
use ping_listener::store::ChannelKind;

use crate::config_file::name;
use crate::history::Happening;
use crate::machine::WallAfterBoot;
use crate::oracle::violation::Violation;
use crate::weather::{HOUR, MILLISECOND, MINUTE, SECOND};
use crate::world::{Act, Ending, World};

impl World {
    /// Lets `act` happen, which was due at the true time `at`.
    pub(crate) fn act(&mut self, act: Act, at: i64) -> Result<(), Violation> {
        if act != Act::Start && !matches!(act, Act::Ping(_)) {
            let now = self.machine.now();
            self.reporter.note(now, format_args!("{act:?}"));
        }
        match act {
            Act::Ping(client) => self.send_ping(client, at)?,
            Act::Start => self.start()?,
            Act::Kill => self.kill(),
            Act::Restart => self.restart(),
            Act::Suspend => self.suspend()?,
            Act::Stall => self.stall()?,
            Act::StepWall => {
                let length = self.dice.spread(SECOND / 2, 400 * 24 * HOUR) * *self.dice.pick(&[-1, 1]);
                self.machine.step_wall(length);
                self.note_step(length);
                self.plan_again(self.weather.steps, Act::StepWall);
            }
            Act::FillDisk => {
                disk::set_room(if self.dice.chance(0.7) { Room::Reserve } else { Room::Nothing });
                let back = self.machine.now() + self.dice.spread(SECOND, self.weather.scale.max_sleep.1);
                self.plan(back.min(self.weather.stormy), Act::FreeDisk);
            }
            Act::FreeDisk => {
                disk::set_room(Room::Ample);
                self.plan_again(self.weather.full_disks, Act::FillDisk);
            }
            Act::Job(place) => self.let_job_act(place, at),
            Act::Edit => self.edit(),
            Act::LoseMail => {
                self.post.set_away(true);
                let length = self.dice.spread(10 * SECOND, (self.weather.stormy / 3).max(11 * SECOND));
                self.plan((self.machine.now() + length).min(self.weather.stormy), Act::FindMail);
            }
            Act::FindMail => {
                self.post.set_away(false);
                self.plan_again(self.weather.mail.absences, Act::LoseMail);
            }
            Act::Synchronise => self.synchronise(),
            Act::Snooze => {
                self.snooze();
                self.plan_snooze();
            }
            Act::SnoozeMail(check) => self.snooze_after_mail(check),
            Act::EndSnoozes => self.end_snoozes(),
            Act::StopFaults => self.stop_faults()?,
        }
        Ok(())
    }

    fn send_ping(&mut self, client: usize, sent: i64) -> Result<(), Violation> {
        let check = self.clients[client].check;
        let now = self.machine.now();
        let is_asleep = (self.slept.0..self.slept.1).contains(&sent);
        let Some(process) = self.process.as_mut().filter(|process| process.is_open && !is_asleep) else {
            let at = self.service_now();
            self.reporter.tell(at, &Happening::TurnedAway { check })?;
            self.answer(client, false, now);
            return Ok(());
        };
        match process.ping(client, &name(check)) {
            Some(stamp) => {
                self.waiting.insert(client, (stamp, sent));
            }
            None => self.answer(client, false, now),
        }
        Ok(())
    }

    /// Lets a client know how its ping fared, and plans its next one.
    pub(crate) fn answer(&mut self, client: usize, went_well: bool, now: i64) {
        let check = self.clients[client].check;
        let declared = self.reporter.ledger().declared(check);
        let max_sleep =
            declared.map_or(self.weather.scale.max_sleep.0, |declared| declared.max_sleep.as_micros());
        if let Some(next) = self.clients[client].next_try(now, went_well, max_sleep, &mut self.dice) {
            self.plan(next, Act::Ping(client));
        }
    }

    fn kill(&mut self) {
        if self.process.is_some() {
            self.ending = Some(Ending::Killed);
        }
        self.plan_again(self.weather.kills, Act::Kill);
    }

    fn restart(&mut self) {
        if let Some(process) = self.process.as_mut().filter(|process| process.is_open) {
            process.begin_stop();
            if self.weather.scale.looks <= SECOND {
                // A server that looks at its clocks more seldom does not know how long its stop took.
                let now = self.service_now();
                self.reporter.begin_blindness(now);
            }
            self.waiting_for_stop();
        }
        self.plan_again(self.weather.restarts, Act::Restart);
    }

    /// Whoever waits for a server that stops is patient, but not for ever.
    fn waiting_for_stop(&mut self) {
        self.plan(self.machine.now() + 45 * SECOND, Act::Kill);
    }

    /// Plans the next start, with a boot in between or not.
    pub(crate) fn plan_start(&mut self) {
        let longest = self.weather.scale.max_sleep.1.max(5 * SECOND);
        let down = if self.is_fair() { SECOND } else { self.dice.spread(100 * MILLISECOND, 2 * longest) };
        if !self.is_fair() && self.dice.chance(self.weather.reboots) {
            self.reboot(down);
        }
        let at = self.machine.now() + down;
        self.plan(at, Act::Start);
        if self.weather.loops && !self.is_fair() && self.dice.chance(0.5) {
            let again = at + self.dice.spread(10 * MILLISECOND, 20 * SECOND);
            self.plan(again, Act::Kill);
        }
    }

    fn reboot(&mut self, down: i64) {
        let wall = match self.dice.between(0, 5) {
            0 if self.weather.dead_battery => WallAfterBoot::Epoch,
            1 if self.weather.dead_battery => WallAfterBoot::StoodStill,
            2 => WallAfterBoot::Off(self.dice.spread(SECOND, 3 * HOUR) * *self.dice.pick(&[-1, 1])),
            _ => WallAfterBoot::GoesOn,
        };
        let is_synchronised = match (wall, self.dice.between(0, 3)) {
            (WallAfterBoot::GoesOn, 0) => None,
            (WallAfterBoot::GoesOn, _) => Some(!self.weather.is_unsynchronised),
            _ => Some(false),
        };
        let now = self.machine.now();
        self.reporter
            .note(now, format_args!("reboot, wall clock {wall:?}, synchronised {is_synchronised:?}"));
        self.machine.reboot(down / 2, wall, is_synchronised);
        if is_synchronised == Some(false) && self.dice.chance(self.weather.synchronises) {
            let at = self.machine.now() + down + self.dice.spread(SECOND, 20 * MINUTE);
            self.plan(at, Act::Synchronise);
        }
    }

    fn suspend(&mut self) -> Result<(), Violation> {
        let length = self.dice.spread(SECOND, 3 * self.weather.scale.max_sleep.1);
        let (from, since) = (self.service_now(), self.machine.now());
        self.machine.suspend(length);
        self.slept = (since, since + length);
        self.tell_absence(from)?;
        self.plan_again(self.weather.suspends, Act::Suspend);
        Ok(())
    }

    fn stall(&mut self) -> Result<(), Violation> {
        // Between two looks that are a minute apart, a shorter one is nothing that the server could know of.
        let shortest = if self.weather.scale.looks <= SECOND {
            50 * MILLISECOND
        } else {
            self.weather.scale.looks + 2 * SECOND
        };
        let length = self.dice.spread(shortest, 2 * MINUTE);
        let from = self.service_now();
        self.machine.run_to(self.machine.now() + length);
        self.tell_absence(from)?;
        self.plan_again(self.weather.stalls, Act::Stall);
        Ok(())
    }

    /// Tells that nobody could listen since `from`, if there was somebody.
    fn tell_absence(&mut self, from: Timestamp) -> Result<(), Violation> {
        self.reporter.lose_sight();
        if self.process.as_ref().is_none_or(|process| !process.is_open) {
            return Ok(());
        }
        let until = self.service_now();
        self.reporter.tell(until, &Happening::Blind { from, until })
    }

    /// Notes that the wall clock was set: forward, it may have been a pause that nobody saw.
    fn note_step(&mut self, length: i64) {
        self.reporter.lose_sight();
        if 0 < length {
            self.reporter.note_step();
        }
    }

    fn edit(&mut self) {
        self.file.edit(&mut self.dice);
        if self.dice.chance(0.2) {
            self.file.restore();
        }
        let config = self.file.parse();
        if self.offered.is_none()
            && let Some(process) = self.process.as_mut().filter(|process| process.is_open)
        {
            self.offered = Some(self.file.clone());
            process.reload(config);
        }
        self.plan_again(self.weather.edits, Act::Edit);
    }

    fn synchronise(&mut self) {
        let before = self.machine.clocks().wall;
        self.machine.synchronise();
        self.note_step((self.machine.clocks().wall - before).as_micros());
    }

    /// From now on the weather is fair, and all has to come right by itself.
    fn stop_faults(&mut self) -> Result<(), Violation> {
        self.fair_since = Some(self.machine.now());
        disk::set_room(Room::Ample);
        self.post.brighten();
        self.synchronise();
        self.plan_end_of_snoozes();
        let at = self.service_now();
        self.reporter.tell(at, &Happening::FaultsStopped)
    }

    /// Chooses the mail server from the next start on, where mails stayed here so far.
    pub(crate) fn choose_mail_server(&mut self) {
        if self.channel == ChannelKind::Inbox && self.dice.chance(0.3) {
            self.channel = ChannelKind::Email;
        }
    }
}
