//! The judge is judged: each wrong that it is there for, done once.

use super::*;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn beat(seconds: u64) -> Beat {
    Beat { sent: at(seconds), answered: Some(at(seconds)) }
}

fn letter(kind: Kind, seconds: u64) -> Letter {
    Letter { id: format!("{kind:?} at {seconds}"), kind, at: at(seconds) }
}

/// A check of 5 s that pinged at 0, 1 and 200 s, seen at 1,000 s; mails are 80 s apart.
fn judge(letters: &[Letter]) -> Findings {
    judge_with(&[beat(0), beat(1), beat(200)], letters, &[])
}

fn judge_with(beats: &[Beat], letters: &[Letter], offers: &[Duration]) -> Findings {
    let case = Case {
        max_sleep: at(5),
        mail_distance: at(80),
        beats,
        letters,
        offers,
        deaf: &|_, _| Duration::ZERO,
        quiet: &|_, _| Duration::ZERO,
        now: at(203),
    };
    case.judge()
}

#[test]
fn a_silence_that_is_reported_and_reminded_of_is_well() {
    let findings =
        judge(&[letter(Kind::First(1), 8), letter(Kind::Reminder, 90), letter(Kind::Reminder, 171)]);
    assert_eq!((findings.reported, findings.reminders), (1, 2));
    assert_eq!((findings.missing, findings.extra), (vec![], vec![]));
}

#[test]
fn a_silence_without_a_mail_is_missing() {
    assert_eq!(judge(&[]).missing.len(), 1);
    assert_eq!(judge_with(&[beat(0), beat(1), beat(20)], &[], &[]).missing.len(), 1, "at the end too");
}

#[test]
fn a_mail_about_nothing_is_extra() {
    assert_eq!(judge(&[letter(Kind::First(1), 4), letter(Kind::First(1), 9)]).extra.len(), 1, "too early");
    assert_eq!(judge(&[letter(Kind::First(1), 8), letter(Kind::First(1), 95)]).extra.len(), 1, "twice");
    let in_life = |seconds| {
        let letters = [letter(Kind::First(1), 8), letter(Kind::Reminder, seconds)];
        judge_with(
            &[beat(1), beat(100), beat(104), beat(108), beat(112), beat(116), beat(200)],
            &letters,
            &[],
        )
    };
    assert_eq!(in_life(103).extra.len(), 0, "it was in hand when the ping came");
    assert_eq!(in_life(115).extra.len(), 1);
}

#[test]
fn reminders_that_come_too_soon_or_never_are_found() {
    assert_eq!(judge(&[letter(Kind::First(1), 8), letter(Kind::Reminder, 70)]).extra.len(), 1);
    let findings = judge_with(&[beat(1)], &[letter(Kind::First(1), 8)], &[]);
    assert_eq!(findings.missing.len(), 1, "{findings:?}");
}

#[test]
fn a_mail_that_was_put_off_is_waited_for() {
    let beats = [beat(1), beat(100)];
    assert_eq!(judge_with(&beats, &[], &[at(20)]).pending, 0);
    assert_eq!(judge_with(&beats, &[], &[at(20), at(90)]).pending, 1);
}

#[test]
fn a_short_silence_need_not_be_reported_but_may_be() {
    let beats = [beat(1), beat(9), beat(13), beat(17)];
    let tail = [beat(21), beat(24), beat(27), beat(30), beat(199), beat(202)];
    let all = [&beats[..], &tail].concat();
    let about_second = [letter(Kind::First(1), 40), letter(Kind::Reminder, 125)];
    assert_eq!(
        judge_with(&all, &about_second, &[]),
        Findings { reported: 1, delays: vec![at(10)], reminders: 1, ..Findings::default() }
    );
    let about_both = [&[letter(Kind::First(1), 8)][..], &about_second].concat();
    let findings = judge_with(&all, &about_both, &[]);
    assert_eq!((findings.reported, findings.missing.len(), findings.extra.len()), (2, 0, 0));
}
