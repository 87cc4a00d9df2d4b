//! Small stories, each worked out by hand from the words of the contract, that the oracle has to tell the same way.

use domain::time::{Span, Timestamp};

use super::gaps::{Gap, Gaps};
use super::violation::Violation;
use super::witness::Oracle;
use crate::history::{
    Answer, Check, Clocks, Config, Declared, Happening, Kind, Recipient, Row, RowId, State,
};

const ORIGIN: i64 = 1_800_000_000;
const TEST: Check = Check(0);
const ANN: Recipient = Recipient(0);

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_micros(ORIGIN * 1_000_000) + Span::from_seconds(1).scaled(seconds)
}

/// A server that was never away, with one check, and what it does told by hand.
struct Story {
    oracle: Oracle,
    config: Config,
    rows: Vec<Row>,
}

impl Story {
    fn new(max_sleep: i64, email_frequency: i64) -> Self {
        let declared = Declared {
            check: TEST,
            monitor: true,
            max_sleep: Span::from_seconds(max_sleep),
            email_frequency: Span::from_seconds(email_frequency),
            refresh_on_ping_restored: true,
            notify_recovery: false,
            recipients: vec![ANN],
        };
        let config = Config {
            base_frequency: Span::from_seconds(1),
            sign_of_life: Span::from_seconds(5),
            restart_tolerance: 2.0,
            digest_over: 20,
            checks: vec![declared],
        };
        let mut story = Self { oracle: Oracle::default(), config: config.clone(), rows: Vec::new() };
        let clocks =
            Clocks { boot: 1, boottime: Span::ZERO, wall: Span::from_seconds(ORIGIN), synchronised: true };
        story.hear(0.0, &Happening::Started { clocks });
        story.hear(0.0, &Happening::Configured(config));
        story.hear(0.0, &Happening::DoorOpened);
        story
    }

    fn try_hear(&mut self, seconds: f64, happening: &Happening) -> Result<(), Violation> {
        self.oracle.hear(at(seconds), happening)
    }

    fn hear(&mut self, seconds: f64, happening: &Happening) {
        self.try_hear(seconds, happening).unwrap();
    }

    fn ping(&mut self, seconds: f64) {
        self.hear(seconds, &Happening::Acknowledged { check: TEST, received: at(seconds) });
    }

    fn gap(&mut self, from: f64, until: f64) {
        self.hear(until, &Happening::Blind { from: at(from), until: at(until) });
        self.hear(until, &Happening::GapNoted { from: at(from), until: Some(at(until)) });
    }

    fn edit(&mut self, seconds: f64, edit: impl FnOnce(&mut Declared)) {
        edit(&mut self.config.checks[0]);
        self.hear(seconds, &Happening::Configured(self.config.clone()));
    }

    /// Nobody is to be alerted at this instant.
    fn quiet(&mut self, seconds: f64) {
        assert!(
            self.clone_oracle_pass(seconds, vec![TEST]).is_err(),
            "an alert at {seconds} passes for right"
        );
        self.hear(seconds, &Happening::Passed { alerted: Vec::new() });
    }

    /// An alert is to be decided at this instant.
    fn alert(&mut self, seconds: f64) {
        assert!(
            self.clone_oracle_pass(seconds, Vec::new()).is_err(),
            "silence at {seconds} passes for right"
        );
        self.hear(seconds, &Happening::Passed { alerted: vec![TEST] });
    }

    fn clone_oracle_pass(&self, seconds: f64, alerted: Vec<Check>) -> Result<(), Violation> {
        self.oracle.clone().hear(at(seconds), &Happening::Passed { alerted })
    }

    /// A row of the outbox is new, and waits.
    fn row(&mut self, seconds: f64, kind: Kind, number: u32, last_ping: Option<f64>) {
        let id = RowId(i64::try_from(self.rows.len()).unwrap());
        let last_ping = last_ping.map(at);
        let (check, recipient, alerts, tries, state) = (TEST, ANN, 1, 0, State::Waiting);
        self.rows.push(Row { id, check, recipient, kind, number, alerts, tries, state, last_ping });
        self.show(seconds);
    }

    fn show(&mut self, seconds: f64) {
        self.try_show(seconds).unwrap();
    }

    fn try_show(&mut self, seconds: f64) -> Result<(), Violation> {
        let rows = self.rows.clone();
        self.try_hear(seconds, &Happening::Rows(rows))
    }

    fn last(&mut self) -> &mut Row {
        self.rows.last_mut().unwrap()
    }

    /// The last row is sent, and accepted.
    fn send(&mut self, seconds: f64) {
        self.try_lease(seconds).unwrap();
        let rows = vec![self.last().id];
        self.hear(seconds, &Happening::Answered { rows: rows.clone(), answer: Answer::Accepted });
        self.hear(seconds, &Happening::Settled { rows });
        self.last().state = State::Sent;
        self.show(seconds);
    }

    fn try_lease(&mut self, seconds: f64) -> Result<(), Violation> {
        let id = self.last().id;
        let message_id = format!("{}@test", id.0);
        self.try_hear(seconds, &Happening::Leased { rows: vec![id], message_id })
    }
}

#[test]
fn a_silence_is_told_after_max_sleep_and_not_at_it() {
    let mut story = Story::new(3, 6);
    story.ping(6.0);
    story.quiet(9.0);
    story.alert(10.0);
    story.row(10.0, Kind::FirstAlert, 1, Some(6.0));
    story.send(10.0);
    story.quiet(16.0);
    story.alert(17.0);
}

#[test]
fn a_gap_before_the_deadline_moves_it_to_one_max_sleep_after_its_end() {
    let mut story = Story::new(100, 600);
    story.ping(0.0);
    story.gap(90.0, 95.0);
    story.quiet(195.0);
    story.alert(196.0);
}

#[test]
fn a_gap_at_the_deadline_changes_nothing_but_that_ten_seconds_are_quiet() {
    let mut story = Story::new(100, 600);
    story.ping(0.0);
    story.gap(100.0, 105.0);
    story.quiet(114.0);
    story.alert(115.0);
}

#[test]
fn a_gap_after_the_deadline_puts_off_the_alert_only_where_ten_seconds_of_listening_are_wanting() {
    let mut story = Story::new(100, 600);
    story.ping(0.0);
    story.gap(109.0, 120.0);
    story.quiet(120.5);
    story.alert(121.0);
}

#[test]
fn a_gap_that_is_learned_of_after_the_alert_moves_no_reminder_but_by_its_calm() {
    let mut story = Story::new(6, 1);
    story.ping(0.0);
    story.alert(6.1);
    story.row(6.1, Kind::FirstAlert, 1, Some(0.0));
    story.gap(5.0, 9.0);
    story.gap(13.0, 14.0);
    // Due since 7.1; four seconds of listening between the gaps, and two after them.
    story.quiet(15.9);
    story.alert(16.1);
}

#[test]
fn a_daily_job_whose_ping_met_a_closed_door_has_a_day_more_and_no_third() {
    const HOUR: f64 = 3_600.0;
    let mut story = Story::new(25 * 3_600, 24 * 3_600);
    story.ping(0.0);
    story.gap(23.9 * HOUR, 24.1 * HOUR);
    story.quiet(49.0 * HOUR);
    story.gap(49.05 * HOUR, 49.06 * HOUR);
    // Two max_sleep of listening, and the quarter of an hour that nobody listened.
    story.quiet((50.0 + 0.2 + 0.01) * HOUR);
    story.alert((50.0 + 0.2 + 0.01) * HOUR + 1.0);
}

#[test]
fn a_monitor_that_is_switched_on_after_days_begins_to_wait_then() {
    let mut story = Story::new(60, 600);
    story.edit(1.0, |declared| declared.monitor = false);
    story.ping(10.0);
    story.quiet(300_000.0);
    story.edit(300_001.0, |declared| declared.monitor = true);
    story.quiet(300_061.0);
    story.alert(300_062.0);
}

#[test]
fn a_shortened_max_sleep_gives_one_new_max_sleep_from_the_edit() {
    let mut story = Story::new(3_600, 600);
    story.ping(0.0);
    story.edit(1_000.0, |declared| declared.max_sleep = Span::from_seconds(60));
    story.quiet(1_060.0);
    story.alert(1_061.0);
}

#[test]
fn a_shortened_max_sleep_never_comes_later_than_the_old_one() {
    let mut story = Story::new(100, 600);
    story.ping(0.0);
    story.edit(90.0, |declared| declared.max_sleep = Span::from_seconds(50));
    story.quiet(100.0);
    story.alert(101.0);
}

#[test]
fn a_lengthened_max_sleep_ends_an_incident_that_it_allows_and_withdraws_its_mail() {
    let mut story = Story::new(100, 600);
    story.ping(0.0);
    story.alert(101.0);
    story.row(101.0, Kind::FirstAlert, 1, Some(0.0));
    story.edit(110.0, |declared| declared.max_sleep = Span::from_seconds(200));
    story.last().state = State::Cancelled;
    story.show(110.0);
    story.quiet(200.0);
    story.quiet(201.0);
    story.edit(202.0, |declared| declared.email_frequency = Span::from_seconds(100));
    story.alert(203.0);
}

#[test]
fn flapping_while_the_mail_server_is_away_ends_in_one_mail_that_counts() {
    let mut story = Story::new(10, 0);
    story.ping(0.0);
    story.alert(11.0);
    story.row(11.0, Kind::FirstAlert, 1, Some(0.0));
    story.ping(12.0);
    story.show(12.0);
    story.alert(23.0);
    let oracle = story.oracle.clone();
    assert_eq!(story.try_show(23.0).unwrap_err().law, "a row counts its alerts");
    story.oracle = oracle;
    story.last().alerts = 2;
    story.show(23.0);
    story.send(24.0);
}

#[test]
fn ten_hours_without_a_mail_server_are_one_mail_and_not_1800() {
    let mut story = Story::new(10, 20);
    story.ping(0.0);
    story.alert(11.0);
    story.row(11.0, Kind::FirstAlert, 1, Some(0.0));
    for reminder in 1..1_800_u32 {
        story.alert(11.0 + f64::from(reminder) * 21.0);
        story.last().alerts += 1;
        story.show(11.0 + f64::from(reminder) * 21.0);
    }
    story.send(37_803.0);
    story.alert(37_811.0);
    let mut second = story.rows.clone();
    second.push(Row {
        id: RowId(9),
        number: 2,
        kind: Kind::Reminder,
        alerts: 1,
        state: State::Waiting,
        ..second[0].clone()
    });
    story.rows = second.split_off(1);
    story.show(37_811.0);
    assert_eq!(story.try_lease(37_822.0).unwrap_err().law, "mails are email_frequency apart as accepted");
}

#[test]
fn a_reminder_that_is_decided_while_the_one_before_is_sent_is_a_row_of_its_own() {
    let mut story = Story::new(10, 0);
    story.ping(0.0);
    story.alert(11.0);
    story.row(11.0, Kind::FirstAlert, 1, Some(0.0));
    story.try_lease(12.5).unwrap();
    story.alert(12.5);
    story.last().state = State::Leased;
    story.row(12.5, Kind::Reminder, 2, Some(0.0));
}

#[test]
fn what_waits_about_a_snoozed_check_leaves_when_the_snooze_ends_and_not_before() {
    let mut story = Story::new(10, 20);
    story.ping(0.0);
    story.hear(1.0, &Happening::Snoozed { check: TEST, until: at(100.0) });
    story.alert(11.0);
    story.row(11.0, Kind::FirstAlert, 1, Some(0.0));
    story.ping(20.0);
    story.hear(30.0, &Happening::Snoozed { check: TEST, until: at(60.0) });
    let law = "no mail leaves about a check that is snoozed";
    assert_eq!(story.try_lease(59.0).unwrap_err().law, law);
    let oracle = story.oracle.clone();
    story.send(60.0);
    story.oracle = oracle;
    story.last().state = State::Waiting;
    story.hear(40.0, &Happening::SnoozeEnded { check: TEST });
    story.send(41.0);
}

#[test]
fn a_mail_that_a_snooze_held_and_its_end_does_not_let_go_is_owed() {
    let mut story = Story::new(10, 7_200);
    story.ping(0.0);
    story.alert(11.0);
    story.row(11.0, Kind::FirstAlert, 1, Some(0.0));
    story.hear(12.0, &Happening::Snoozed { check: TEST, until: at(1e7) });
    story.hear(13.0, &Happening::FaultsStopped);
    story.alert(7_212.0);
    story.last().alerts = 2;
    story.show(7_212.0);
    assert!(story.oracle.close(at(7_213.0)).is_ok());
    story.hear(7_220.0, &Happening::SnoozeEnded { check: TEST });
    story.alert(14_413.0);
    story.last().alerts = 3;
    story.show(14_413.0);
    let law = "a mail that is owed leaves in the end";
    assert_eq!(story.oracle.close(at(14_414.0)).unwrap_err().law, law);
}

#[test]
fn who_came_before_the_config_that_leaves_it_out_was_in_force_is_heard() {
    let mut story = Story::new(60, 600);
    story.ping(0.0);
    let left_out = Config { checks: Vec::new(), ..story.config.clone() };
    story.hear(70.0, &Happening::Configured(left_out));
    story.hear(74.0, &Happening::InForce);
    story.ping(73.0);
    let ping = Happening::Acknowledged { check: TEST, received: at(75.0) };
    assert!(story.try_hear(75.0, &ping).is_err());
}

#[test]
fn a_user_who_is_taken_out_and_put_back_is_waited_for_anew() {
    let mut story = Story::new(60, 600);
    story.ping(0.0);
    story.alert(61.0);
    story.row(61.0, Kind::FirstAlert, 1, Some(0.0));
    let declared = story.config.checks.remove(0);
    story.hear(70.0, &Happening::Configured(story.config.clone()));
    story.last().state = State::Cancelled;
    story.show(70.0);
    assert!(story.clone_oracle_pass(80.0, vec![TEST]).is_err());
    let ping = Happening::Acknowledged { check: TEST, received: at(81.0) };
    assert!(story.oracle.clone().hear(at(81.0), &ping).is_err());
    story.config.checks.push(declared);
    story.hear(90.0, &Happening::Configured(story.config.clone()));
    story.quiet(150.0);
    story.alert(151.0);
}

#[test]
fn with_refresh_a_new_silence_is_told_at_once_and_without_it_waits() {
    for (refreshes, second) in [(true, 14.0), (false, 25.0)] {
        let mut story = Story::new(3, 20);
        story.edit(0.5, |declared| declared.refresh_on_ping_restored = refreshes);
        story.ping(0.6);
        story.alert(4.1);
        story.row(4.1, Kind::FirstAlert, 1, Some(0.6));
        story.send(4.2);
        story.ping(10.2);
        story.quiet(13.0);
        if !refreshes {
            story.quiet(14.0);
            story.quiet(24.0);
        }
        story.alert(second);
    }
}

#[test]
fn a_ping_cancels_a_reminder_and_not_a_first_alert() {
    let mut story = Story::new(10, 5);
    story.ping(0.0);
    story.alert(11.0);
    story.row(11.0, Kind::FirstAlert, 1, Some(0.0));
    story.send(11.0);
    story.alert(17.0);
    story.rows.remove(0);
    story.rows.clear();
    story.rows.push(Row {
        id: RowId(1),
        check: TEST,
        recipient: ANN,
        kind: Kind::Reminder,
        number: 2,
        alerts: 1,
        tries: 0,
        state: State::Waiting,
        last_ping: Some(at(0.0)),
    });
    story.show(17.0);
    story.ping(18.0);
    let mut other =
        Story { oracle: story.oracle.clone(), config: story.config.clone(), rows: story.rows.clone() };
    assert_eq!(other.try_show(18.0).unwrap_err().law, "a ping cancels the reminders that wait");
    story.last().state = State::Cancelled;
    story.show(18.0);
}

#[test]
fn a_listener_that_is_often_away_still_reports_after_two_max_sleep_of_listening() {
    let mut gaps = Gaps::default();
    for night in 1..5_i64 {
        let from = at(24.0 * 3_600.0) + Span::from_hours(24 * (night - 1));
        gaps.note(Gap { from, until: Some(from + Span::from_seconds(2)) });
    }
    let patience = super::gaps::Patience {
        since: at(0.0),
        max_sleep: Span::from_hours(25),
        tolerance: 2.0,
        at_first: None,
        latest: None,
    };
    let deadline = gaps.deadline(patience, at(1e6));
    // Two gaps of 2 s lie in the 50 hours.
    assert_eq!(deadline, at(50.0 * 3_600.0 + 4.0));
}

#[test]
fn what_an_edit_grants_uses_up_what_was_left_of_two_max_sleep() {
    let story = Story::new(100, 600);
    let mut silence = super::silence::Silence::new(story.config.checks[0].clone(), 2.0, at(0.0));
    let mut gaps = Gaps::default();
    gaps.note(Gap { from: at(90.0), until: Some(at(95.0)) });
    let shorter = Declared { max_sleep: Span::from_seconds(60), ..silence.declared.clone() };
    silence.edit(shorter, &gaps, at(170.0));
    assert_eq!(silence.deadline(&gaps, at(170.0)), at(195.0));
    gaps.note(Gap { from: at(180.0), until: Some(at(190.0)) });
    // Two max_sleep of before, and 15 s away.
    assert_eq!(silence.deadline(&gaps, at(190.0)), at(215.0));
}
