//! The trial from its beginning to its verdict: load, weather, restarts, clock steps, and looks at the server.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use ping_listener::channels::email::Security;
use rig::server::{Place, Server, Signal, assert_sound, let_pass};
use rig::smtp::MailServer;

use crate::book::{Book, Outage};
use crate::load::Load;
use crate::logs::Days;
use crate::meters::Look;
use crate::plan::{MORTALS, Plan};
use crate::post::Post;
use crate::random::Random;
use crate::report::{self, Report};
use crate::verdict::{Case, Findings};
use crate::weather::{Behaviours, LASTS, Weather};

/// The wall clock is set an hour ahead, then an hour behind, and so on.
const STEP: Duration = Duration::from_hours(1);

/// Distance of two looks at the server.
const LOOK_DISTANCE: Duration = Duration::from_secs(5);

/// Holds the trial and says whether all went well; every line for people goes to `say`.
pub fn run(plan: &Plan, say: &mut dyn FnMut(&str)) -> Result<bool> {
    let mut trial = Trial::begin(plan)?;
    say(&report::head(plan));
    let mut said = Duration::ZERO;
    while trial.book.now() < plan.length {
        trial.turn();
        if said + Duration::from_mins(1) <= trial.book.now() {
            said += Duration::from_mins(1);
            say(&trial.minute());
        }
    }
    say("the weather is fair from here on; what is owed is waited for");
    trial.drain();
    let report = trial.end()?;
    say(&report.text());
    Ok(report.is_well())
}

struct Trial<'p> {
    plan: &'p Plan,
    book: Book,
    place: Place,
    /// `None` only while it restarts.
    server: Option<Server>,
    load: Load,
    mail: MailServer,
    post: Post,
    behaviours: Behaviours,
    random: Random,
    weathers: [Weather; 2],
    back_at: Option<Duration>,
    next: Next,
    looks: Vec<Look>,
    /// What the server's own stalls came to, in processes that have ended.
    stalled_before: Duration,
    /// How many pings had been acknowledged and sent before this process.
    before: (u64, u64),
    csv: Option<fs::File>,
    report: Report,
    /// Findings that have been told already.
    told: BTreeSet<String>,
    days: Days,
}

/// When each kind of trouble comes next.
struct Next {
    restart: Duration,
    step: Duration,
    away: Duration,
    look: Duration,
    /// How many restarts and steps there have been.
    restarts: u32,
    steps: u32,
}

impl<'p> Trial<'p> {
    fn begin(plan: &'p Plan) -> Result<Self> {
        let mail = MailServer::start(Security::Tls);
        let place = Place::new(&plan.config()).with_mail(&mail).with("TZ", "UTC");
        let step_file = place.path("wall-step");
        let place = place.with("PING_LISTENER_WALL_STEP_FILE", step_file);
        let server = place.start();
        let book = Book::new(plan.living(), MORTALS);
        let load = Load::start(plan, &book, server.address());
        let csv = plan.csv.as_ref().map(fs::File::create).transpose()?;
        let days = Days::around(Timestamp::now(), plan.length + plan.patience() * 2, STEP);
        let mut trial = Self {
            plan,
            book,
            place,
            server: Some(server),
            load,
            mail,
            post: Post::new(),
            behaviours: Behaviours::new(plan),
            random: Random::new(2),
            weathers: [Weather::Fair; 2],
            back_at: None,
            next: Next {
                restart: plan.restart_distance(),
                step: plan.step_distance(),
                away: plan.away_distance() / 2,
                look: LOOK_DISTANCE,
                restarts: 0,
                steps: 0,
            },
            looks: Vec::new(),
            stalled_before: Duration::ZERO,
            before: (0, 0),
            csv,
            report: Report::default(),
            told: BTreeSet::new(),
            days,
        };
        trial.write_csv(report::CSV_HEAD);
        Ok(trial)
    }

    /// Lets a quarter of a second pass, with whatever falls due in it.
    fn turn(&mut self) {
        self.change_weather();
        let now = self.book.now();
        if self.next.step <= now {
            self.step_clock();
        }
        // The last restart has to leave time to see what came of it.
        if self.next.restart <= now && now + self.plan.restart_distance() / 2 < self.plan.length {
            self.restart();
        }
        if self.next.look <= now {
            self.next.look += LOOK_DISTANCE;
            self.look();
        }
        let_pass(LASTS);
        self.post.fetch(&self.mail, self.plan, self.book.now(), self.weathers);
    }

    fn change_weather(&mut self) {
        let now = self.book.now();
        if let Some(back_at) = self.back_at {
            if now < back_at {
                return;
            }
            self.come_back();
        }
        if self.next.away <= now {
            self.next.away += self.plan.away_distance();
            let back_at = now + self.plan.away_length();
            self.mail.stop();
            self.post.note_leaving(now);
            (self.back_at, self.weathers) = (Some(back_at), [self.weathers[1], Weather::Away]);
            return;
        }
        let weather = Weather::draw(&mut self.random);
        self.weathers = [self.weathers[1], weather];
        self.mail.behave(self.behaviours.of(weather));
    }

    fn come_back(&mut self) {
        self.back_at = None;
        self.mail.restart();
        self.post.note_return(self.book.now());
    }

    fn step_clock(&mut self) {
        self.next.step += self.plan.step_distance();
        self.next.steps += 1;
        let sign = if self.next.steps % 2 == 1 { "" } else { "-" };
        let file = self.place.path("wall-step");
        let new = file.with_extension("new");
        fs::write(&new, format!("{sign}{}", STEP.as_micros())).unwrap();
        fs::rename(new, file).unwrap();
        self.report.steps = self.next.steps;
    }

    /// Ends the program, politely and not in turns, and starts it again.
    fn restart(&mut self) {
        self.next.restart += self.plan.restart_distance();
        self.next.restarts += 1;
        self.look();
        self.stalled_before += self.looks.last().map_or(Duration::ZERO, |look| look.stalled);
        let from = self.book.now();
        self.book.open().outages.push(Outage { from, is_back: false, until: None });
        self.post.ends.push(from);
        let mut server = self.server.take().unwrap();
        let is_polite = self.next.restarts % 2 == 1;
        server.signal(if is_polite { Signal::TERM } else { Signal::KILL });
        let status = server.wait();
        if is_polite && !status.success() {
            self.report.violations.push(format!("a stop ended with {status}"));
        }
        self.report.note_words(&server.log());
        let server = self.place.start();
        let mut pages = self.book.open();
        self.before = (pages.acknowledged, pages.sent);
        if let Some(outage) = pages.outages.last_mut() {
            outage.is_back = true;
        }
        drop(pages);
        self.load.aim(server.address());
        self.server = Some(server);
        self.report.restarts = self.next.restarts;
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn look(&mut self) {
        let database = self.place.database();
        let least = self.book.open().acknowledged - self.before.0;
        let Some(look) = Look::take(self.server(), &database, self.book.now()) else {
            self.report.violations.push(format!("no look at {:?}", self.book.now()));
            return;
        };
        let most = self.book.open().sent - self.before.1;
        if !(least..=most).contains(&look.accepted) {
            let meters = look.accepted;
            let words = format!("/metrics says {meters} pings, acknowledged were {least} and sent {most}");
            self.report.violations.push(words);
        }
        self.looks.push(Look { stalled: look.stalled + self.stalled_before, ..look });
        let (failed, mails) = (self.book.open().stretch.failed_otherwise, self.post.accepted());
        self.write_csv(&report::csv_row(&look, mails, failed));
        // Some logs are read while pings go on: no fewer than had been acknowledged, no more than were sent.
        for _ in 0..5 {
            let check = self.random.below(self.plan.checks);
            let before = self.book.open().counts[check].acknowledged;
            match self.days.count(self.server(), check) {
                Ok(logged) if logged < before => {
                    self.report
                        .violations
                        .push(format!("check {check}: {before} acknowledged, {logged} logged"));
                }
                Ok(_) => self.report.logs_read += 1,
                Err(error) => self.report.violations.push(format!("check {check}: {error:#}")),
            }
        }
    }

    fn write_csv(&mut self, row: &str) {
        if let Some(csv) = &mut self.csv {
            writeln!(csv, "{row}").unwrap();
        }
    }

    fn minute(&mut self) -> String {
        let findings = self.findings(self.book.now());
        let stretch = std::mem::take(&mut self.book.open().stretch);
        let look = self.looks.last().copied().unwrap_or_default();
        let row = report::row(self.book.now(), &stretch, &look, &findings, self.post.accepted());
        self.report.add_stretch(stretch);
        let news = findings.missing.iter().chain(&findings.extra);
        let news: Vec<&String> = news.filter(|finding| self.told.insert((*finding).clone())).collect();
        news.into_iter().fold(row, |rows, finding| rows + "\n      " + finding)
    }

    /// Judges all mails as far as they had to be there by `now`.
    fn findings(&self, now: Duration) -> Findings {
        let pages = self.book.open();
        let stalled_at = |at: Duration| {
            let known = self.looks.partition_point(|look| look.at <= at);
            self.looks.get(known).or(self.looks.last()).map_or(Duration::ZERO, |look| look.stalled)
        };
        let deaf = |from: Duration, until: Duration| {
            let stalled = stalled_at(until).saturating_sub(stalled_at(from.saturating_sub(LOOK_DISTANCE)));
            pages.down_between(from, until) + stalled
        };
        let mut findings = Findings::default();
        for mortal in 0..MORTALS {
            let before = |beats: &[crate::book::Beat]| beats.partition_point(|beat| beat.sent < now);
            let beats = &pages.beats[mortal];
            let case = Case {
                max_sleep: self.plan.max_sleep(self.plan.living() + mortal),
                mail_distance: self.plan.mail_distance(),
                beats: &beats[..before(beats)],
                letters: &self.post.letters[mortal],
                offers: &self.post.offers[mortal],
                deaf: &deaf,
                quiet: &|from, until| self.post.quiet_between(from, until),
                now,
            };
            findings.add(case.judge());
        }
        findings
    }

    /// Waits until nothing is owed any more, or for as long as it is worth.
    fn drain(&mut self) {
        if self.back_at.is_some() {
            self.come_back();
        }
        self.mail.behave(self.behaviours.of(Weather::Fair));
        let until = self.book.now() + self.plan.patience();
        while self.book.now() < until && 0 < self.findings(self.book.now()).pending {
            self.weathers = [self.weathers[1], Weather::Fair];
            for _ in 0..8 {
                let_pass(LASTS);
                self.post.fetch(&self.mail, self.plan, self.book.now(), self.weathers);
            }
            self.look();
        }
    }

    /// Stops all, and judges what is left.
    fn end(mut self) -> Result<Report> {
        let now = self.book.now();
        self.minute();
        let findings = self.findings(now);
        self.load.stop();
        let mut report = self.report;
        report.findings = findings;
        let server = self.server.take().unwrap();
        let pages = self.book.open();
        for check in self.plan.compared() {
            let logged = self.days.count(&server, check)?;
            report.totals.add(check, pages.counts[check], logged, self.plan);
        }
        drop(pages);
        report.note_words(&server.log());
        server.stop();
        assert_sound(&self.place.database());
        report.judge_mails(&self.post);
        report.flatness = crate::flatness::compare(&self.looks, now);
        report.judges_growth = self.plan.is_long();
        report.failures = std::mem::take(&mut self.book.open().failures);
        Ok(report)
    }
}
