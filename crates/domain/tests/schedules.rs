//! Cron and OnCalendar expressions: the promised vectors, thousands of times by other programs, and laws.

#[path = "schedules/zones.rs"]
mod zones;

use std::collections::BTreeMap;

use domain::expression::{BYTES_MAX, Expression, Kind};
use domain::wall::WallTime;
use domain::zone::{self, Zone};
use proptest::prelude::*;
use zones::{load, look_up, shown};

/// A Wednesday, half a minute past 10:07.
const WEDNESDAY: &str = "2026-05-13T10:07:30Z";

fn at(text: &str) -> WallTime {
    WallTime::from_micros(text.parse::<jiff::Timestamp>().expect("an instant").as_microsecond())
}

fn read(text: &str) -> Expression {
    Expression::parse(text, &look_up).unwrap_or_else(|mistake| panic!("{text:?}: {mistake}"))
}

/// Returns the next time by the clock of the zone, with its offset.
fn next(text: &str, zone: &str, after: &str) -> String {
    let next = read(text).next_after(at(after), &load(zone)).expect("it comes again");
    let next =
        jiff::Timestamp::from_microsecond(next.as_micros()).expect("a near time").to_zoned(shown(zone));
    next.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[test]
fn each_schedule_comes_when_other_programs_say() {
    let mut place = (String::new(), load("UTC"), 0);
    let (mut times, mut refused) = (0, 0);
    let mut wrong = Vec::new();
    for line in include_str!("schedules/reference.txt").lines() {
        if let Some(heading) = line.strip_prefix("@ ") {
            let (name, second) = heading.split_once(' ').unwrap();
            place = (name.to_owned(), load(name), second.parse().unwrap());
            continue;
        }
        let (distances, text) = line.split_once('\t').unwrap();
        let text = text.replace("\\n", "\n");
        if distances == "!" {
            refused += 1;
            if Expression::parse(&text, &look_up).is_ok() {
                wrong.push(format!("{text:?} is not refused"));
            }
            continue;
        }
        times += 1;
        let (name, zone, mut second) = place.clone();
        let expected: Vec<i64> = distances.split(' ').filter_map(|word| word.parse().ok()).collect();
        let expression = match Expression::parse(&text, &look_up) {
            Ok(expression) => expression,
            Err(mistake) => {
                wrong.push(format!("{text:?}: {mistake}"));
                continue;
            }
        };
        let mut found = Vec::new();
        while found.len() < expected.len().max(1)
            && let Some(next) = expression.next_after(WallTime::from_seconds(second), &zone)
        {
            found.push(next.as_seconds() - second);
            second = next.as_seconds();
        }
        if found != expected {
            wrong.push(format!("{text:?} in {name} from {}: {found:?}, not {expected:?}", place.2));
        }
    }
    println!("{times} compared, {refused} refused");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(10_000 < times && 200 < refused, "{times} compared, {refused} refused");
}

#[test]
fn cron_comes_as_promised() {
    for (text, expected) in [
        ("5/15 * * * *", "2026-05-13T10:20:00+00:00"),
        ("*/100 * * * *", "2026-05-13T11:00:00+00:00"),
        ("0 0 1,15 * 1", "2026-05-15T00:00:00+00:00"),
        ("0 0 */2 * 1", "2026-05-25T00:00:00+00:00"),
        ("0 0 L * *", "2026-05-31T00:00:00+00:00"),
        ("0 0 LW * *", "2026-05-29T00:00:00+00:00"),
        ("0 0 * * 5L", "2026-05-29T00:00:00+00:00"),
        ("0 0 * * 5#3", "2026-05-15T00:00:00+00:00"),
        ("0 12 * * 7", "2026-05-17T12:00:00+00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00:00+00:00"),
        // A range of one value with a step ends where the range does; the step leads nowhere.
        ("5-5/10 * * * *", "2026-05-13T11:05:00+00:00"),
    ] {
        assert_eq!(next(text, "UTC", WEDNESDAY), expected, "{text}");
    }
}

#[test]
fn calendar_events_come_as_promised() {
    for (text, expected) in [
        ("*:0/15", "2026-05-13T10:15:00+00:00"),
        ("Mon..Fri 12:00", "2026-05-13T12:00:00+00:00"),
        ("*-*~1 12:00", "2026-05-31T12:00:00+00:00"),
        ("*-*~7/1 08:00", "2026-05-25T08:00:00+00:00"),
        // Counted from the end, every day is still every day.
        ("*-*~* 08:00", "2026-05-14T08:00:00+00:00"),
        ("weekly", "2026-05-18T00:00:00+00:00"),
        ("*-2-29", "2028-02-29T00:00:00+00:00"),
        ("12:00 America/New_York", "2026-05-13T16:00:00+00:00"),
        ("quarterly", "2026-07-01T00:00:00+00:00"),
        ("12:00\n11:00", "2026-05-13T11:00:00+00:00"),
        ("5..5/10:30", "2026-05-14T05:30:00+00:00"),
        ("12:00 Europe/Kiev", "2026-05-14T09:00:00+00:00"),
    ] {
        assert_eq!(next(text, "UTC", WEDNESDAY), expected, "{text}");
    }
}

#[test]
fn skipped_and_repeated_hours_are_treated_as_promised() {
    let (spring, autumn) = ("2026-03-28T22:00:00Z", "2026-10-24T22:00:00Z");
    let riga = |text, after| next(text, "Europe/Riga", after);
    assert_eq!(riga("30 3 * * *", spring), "2026-03-29T04:00:00+03:00");
    assert_eq!(riga("30 3 * * *", "2026-03-29T01:00:00Z"), "2026-03-30T03:30:00+03:00");
    assert_eq!(riga("30 3 * * *", autumn), "2026-10-25T03:30:00+03:00");
    assert_eq!(riga("30 3 * * *", "2026-10-25T00:30:00Z"), "2026-10-26T03:30:00+02:00");
    // Asked within the second showing, what came in the first does not come again.
    assert_eq!(riga("30 3 * * *", "2026-10-25T01:10:00Z"), "2026-10-26T03:30:00+02:00");
    assert_eq!(riga("30 * * * *", "2026-10-25T00:00:00Z"), "2026-10-25T03:30:00+03:00");
    assert_eq!(riga("30 * * * *", "2026-10-25T00:30:00Z"), "2026-10-25T03:30:00+02:00");
    assert_eq!(riga("30 * * * *", "2026-03-29T00:30:00Z"), "2026-03-29T04:30:00+03:00");
    assert_eq!(riga("*-*-* 3:30", spring), "2026-03-30T03:30:00+03:00");
    assert_eq!(riga("*-*-* 3:30", "2026-10-25T00:30:00Z"), "2026-10-26T03:30:00+02:00");
    assert_eq!(riga("*:30", "2026-10-25T00:30:00Z"), "2026-10-25T04:30:00+02:00");
}

#[test]
fn clocks_that_move_by_half_an_hour_skip_and_repeat_half_an_hour() {
    let place = "Australia/Lord_Howe";
    let next = |text, after| next(text, place, after);
    // On 5 April 2026 the clocks show 01:30 to 02:00 twice, and on 4 October they skip 02:00 to 02:30.
    assert_eq!(next("*/15 1 * * *", "2026-04-04T14:45:00Z"), "2026-04-05T01:30:00+10:30");
    assert_eq!(next("*/15 23 * * *", "2026-04-03T23:00:00Z"), "2026-04-04T23:00:00+11:00");
    assert_eq!(next("45 1 * * *", "2026-04-04T14:45:00Z"), "2026-04-06T01:45:00+10:30");
    assert_eq!(next("15 2 * * *", "2026-10-03T12:00:00Z"), "2026-10-04T02:30:00+11:00");
    assert_eq!(next("*:0/15", "2026-10-03T15:15:00Z"), "2026-10-04T02:30:00+11:00");
}

#[test]
fn the_rest_of_a_second_does_not_bring_the_same_time_again() {
    assert_eq!(next("0 12 * * *", "UTC", "2026-05-13T12:00:00.5Z"), "2026-05-14T12:00:00+00:00");
    assert_eq!(next("0 12 * * *", "UTC", "2026-05-13T11:59:59.999999Z"), "2026-05-13T12:00:00+00:00");
    assert_eq!(next("12:00", "UTC", "2026-05-13T12:00:00.5Z"), "2026-05-14T12:00:00+00:00");
}

#[test]
fn what_is_over_does_not_come_again() {
    let zone = Zone::utc();
    assert_eq!(read("2026-01-01").next_after(at(WEDNESDAY), &zone), None);
    assert_eq!(
        read("2199-12-31").next_after(at("2199-12-30T00:00:00Z"), &zone),
        Some(at("2199-12-31T00:00:00Z"))
    );
    assert_eq!(read("daily").next_after(at("2199-12-31T00:00:00Z"), &zone), None);
    assert!(read("0 0 * * *").next_after(at("2199-12-31T00:00:00Z"), &zone).is_some());
    // It came once after the year 2000 began in Greenwich.
    assert!(Expression::parse("1999-12-31 23:00 America/New_York", &look_up).is_ok());
    assert!(Expression::parse("1999-12-31 23:00", &look_up).is_err());
    // A day that the clocks of Samoa skipped.
    assert!(Expression::parse("2011-12-30 12:00 Pacific/Apia", &look_up).is_err());
}

#[test]
fn five_words_in_one_line_are_cron_and_all_else_is_not() {
    for text in ["* * * * *", "  0 2 * * *\n", "a b c d e", "*\t*  * * *"] {
        assert_eq!(Kind::of(text), Kind::Cron, "{text:?}");
    }
    for text in ["", "* * * *", "* * * * * *", "@daily", "12:00", "1 2 3\n4 5", "Mon..Fri 12:00 UTC"] {
        assert_eq!(Kind::of(text), Kind::OnCalendar, "{text:?}");
    }
}

#[test]
fn a_mistake_says_what_was_expected_what_was_found_and_where() {
    let mistake = |text: &str| {
        let mistake = Expression::parse(text, &look_up).err().expect("a mistake");
        format!("{}: {mistake}", mistake.at)
    };
    for (text, expected) in [
        ("0 25 * * *", "2: expected an hour from 0 to 23, found \"25\""),
        ("0 0 * FOO *", "6: expected a month from 1 to 12, or JAN to DEC, found \"FOO\""),
        ("0 0 * * 1,,2", "10: expected a day of the week from 0 to 7, or SUN to SAT, found nothing"),
        ("*/0 * * * *", "2: expected a step of 1 or more, found \"0\""),
        ("9-5 * * * *", "2: expected an end of the range that is not before its beginning 9, found \"5\""),
        ("* * * * FRIL", "8: expected the number of a day of the week before L, as in 5L, found \"FRIL\""),
        ("0 0 30 2 *", "0: expected a day that comes, found \"0 0 30 2 *\""),
        ("  24:00", "2: expected an hour from 0 to 23, found \"24\""),
        ("*:*/15", "2: expected a number before the step, as in 0/5, found \"*/15\""),
        ("Sat..Mon", "5: expected a day that is not before Sat in the week, found \"Mon\""),
        ("12:00\nMon 9:60", "12: expected a minute from 0 to 59, found \"60\""),
        ("12:00 Europe/Nowhere", "6: expected a time zone, as in Europe/Riga, found \"Europe/Nowhere\""),
        ("@daily", "0: expected a day of the week, as in Mon or Friday, found \"@daily\""),
        ("*-*~29", "4: expected a day counted from the end of the month from 1 to 28, found \"29\""),
        ("", "0: expected a weekday, a date or a time, found nothing"),
        ("äöü * * * *", "0: expected a minute from 0 to 59, found \"äöü\""),
    ] {
        assert_eq!(mistake(text), expected, "{text:?}");
    }
    assert!(mistake(&"x".repeat(BYTES_MAX + 1)).ends_with('…'));
}

#[test]
fn what_a_step_or_a_comma_cannot_mean_is_refused() {
    for text in ["0 0 L/2 * *", "0 0 LW/2 * *", "Mon,,", "Mon,, 12:00", "12:00\r\n\r\n13:00"] {
        assert!(Expression::parse(text, &look_up).is_err(), "{text:?}");
    }
    assert!(Expression::parse("12:00\r\n13:00\n", &look_up).is_ok());
}

#[test]
fn every_time_zone_of_the_list_has_data() {
    for name in zone::names() {
        assert!(look_up(name).is_some(), "{name}");
    }
    assert_ne!(load("Europe/Riga"), Zone::utc());
}

#[test]
fn a_schedule_reads_as_one_would_say_it() {
    for (text, expected) in
        include_str!("schedules/words.txt").lines().map(|line| line.split_once(" = ").unwrap())
    {
        assert_eq!(read(&text.replace("\\n", "\n")).in_words(), expected, "{text}");
    }
}

#[test]
fn what_reads_the_same_comes_at_the_same_times() {
    let mut known: BTreeMap<String, (String, Vec<Option<WallTime>>)> = BTreeMap::new();
    let starts = [WEDNESDAY, "2027-12-31T23:59:59Z", "2028-02-28T12:00:00Z", "2030-08-07T03:17:11Z"];
    for line in include_str!("schedules/reference.txt").lines() {
        let Some((_, text)) = line.split_once('\t').filter(|(mark, _)| *mark != "!") else { continue };
        let expression = read(&text.replace("\\n", "\n"));
        let times = starts.map(|start| expression.next_after(at(start), &Zone::utc())).to_vec();
        let words = expression.in_words();
        assert!(!words.contains("  ") && words == words.trim(), "{text}: {words}");
        let (first, expected) =
            known.entry(words.clone()).or_insert_with(|| (text.to_owned(), times.clone()));
        assert_eq!(times, *expected, "{first} and {text} both read: {words}");
    }
    assert!(3_000 < known.len(), "{}", known.len());
}

/// Texts that are often right, and always made of what expressions are made of.
fn texts() -> impl Strategy<Value = String> {
    let number =
        prop_oneof![4 => (0..70u32).prop_map(|number| number.to_string()), 1 => Just("*".to_owned())];
    let cron = "[0-9*]{1,2}([-/][0-9]{1,2})?( ([0-9*]{1,2}|L|LW|MON|5#1|1L|JAN)([-,/][0-9]{1,2})?){4}";
    let calendar = ("(Mon|Sat,Sun|Tue..Fri)? ?", number.clone(), number.clone(), number.clone(), number)
        .prop_map(|(day, month, date, hour, minute)| format!("{day}{month}-{date} {hour}:{minute}"));
    prop_oneof![2 => cron, 2 => calendar, 1 => "[-0-9*/.,~:LW#MonUTC \n]{0,40}", 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_next_time_is_later_and_nothing_lies_between(
        text in texts(),
        second in 946_684_800..4_102_444_800_i64,
        place in prop::sample::select(vec!["UTC", "Europe/Riga", "Australia/Lord_Howe", "Africa/Casablanca"]),
        part in 0.0..1.0_f64,
    ) {
        let Ok(expression) = Expression::parse(&text, &look_up) else { return Ok(()) };
        let zone = load(place);
        let after = WallTime::from_seconds(second);
        let Some(next) = expression.next_after(after, &zone) else { return Ok(()) };
        prop_assert!(after < next);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any second between will do")]
        let between = second + ((next.as_seconds() - 1 - second) as f64 * part) as i64;
        for again in [between, next.as_seconds() - 1] {
            prop_assert_eq!(expression.next_after(WallTime::from_seconds(again), &zone), Some(next));
        }
    }

    #[test]
    fn no_instant_is_too_far_away(text in texts(), micros in any::<i64>()) {
        if let Ok(expression) = Expression::parse(&text, &look_up) {
            let after = WallTime::from_micros(micros);
            prop_assert!(expression.next_after(after, &load("Europe/Riga")).is_none_or(|next| after < next));
        }
    }
}
