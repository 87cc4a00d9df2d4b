//! What the schedule doctor has to say, as sentences of English.

use domain::doctor::{Fault, Finding, Pace, Rhythm, Runs};
use domain::managed::{Due, Plan};
use domain::time::Span;

use super::doctor::Visit;

/// Says what the pings of a check are like.
#[must_use]
pub fn rhythm(rhythm: &Rhythm) -> String {
    let Rhythm { period, jitter, longest, .. } = rhythm;
    let seen = format!("seen in {} pings over {}", rhythm.distances + 1, length(rhythm.over));
    let clock = rhythm.clock.as_ref().map(|clock| match clock.text.split(' ').nth(1) {
        // A minute of every hour is the same in nearly every zone.
        Some("*") => clock.expression.in_words(),
        _ => format!("{} by the clocks of {}", clock.expression.in_words(), clock.zone_name),
    });
    let give_or_take = |jitter: Span| match jitter {
        none if is_none(none) => "to the second".to_owned(),
        some => format!("give or take {}", length(some)),
    };
    let (period, jitter, longest) = (length(*period), give_or_take(*jitter), length(*longest));
    match rhythm.pace {
        Pace::Even | Pace::Rounds(_) if clock.is_some() => {
            format!("It pings {}, {jitter}; {seen}.", clock.unwrap_or_default())
        }
        Pace::Even => format!("It pings every {period}, {jitter}; {seen}."),
        Pace::Rounds(count) => {
            format!("It pings in rounds of {count}, a round every {period}, {jitter}; {seen}.")
        }
        Pace::Irregular => format!(
            "It pings as it likes: half of the time the next ping comes within {period}, and the longest wait was \
             {longest}; {seen}."
        ),
    }
}

/// Says how long its runs take.
#[must_use]
pub fn runs(runs: Runs) -> String {
    let Runs { count, usual, longest } = runs;
    format!(
        "A run takes {} as a rule; the longest of the last {count} took {}.",
        length(usual),
        length(longest)
    )
}

/// Says what does not fit, and what it costs.
#[must_use]
pub fn finding(visit: &Visit, finding: &Finding) -> String {
    let mut sentences = vec![trouble(visit, finding)];
    match finding.false_alarms {
        0 => {}
        1 => sentences.push("As it stands, that means a false alarm in what was seen.".to_owned()),
        several => {
            sentences.push(format!("As it stands, that means {several} false alarms in what was seen."));
        }
    }
    if let Some(lost) = finding.lost {
        sentences.push(format!("A failure is told {} later than it could be.", length(lost)));
    }
    sentences.join(" ")
}

fn trouble(visit: &Visit, finding: &Finding) -> String {
    let asked = due(&visit.plan);
    let jitter = visit.opinion.rhythm.as_ref().map(|rhythm| match rhythm.jitter {
        none if is_none(none) => "to the second".to_owned(),
        some => format!("to within {}", length(some)),
    });
    let jitter = jitter.unwrap_or_default();
    let real = visit.opinion.rhythm.as_ref().map(|rhythm| match &rhythm.clock {
        Some(clock) => clock.expression.in_words(),
        None => format!("every {}", length(rhythm.period)),
    });
    let real = real.unwrap_or_default();
    match finding.fault {
        Fault::Zone { shift } => {
            let side = if shift < Span::ZERO { "before" } else { "after" };
            let shift = Span::from_micros(shift.as_micros().abs());
            format!(
                "Its pings come {} {side} their time, as if its job ran by the clock of another time zone.",
                length(shift)
            )
        }
        Fault::Days => format!("Its pings come only {real}, which “{asked}” does not say."),
        Fault::Times => format!("Its pings come {real}, and not {asked}."),
        Fault::PeriodLong => {
            format!(
                "A ping is awaited {asked}, but comes {real}, far more often. If that is not meant, its job runs too often."
            )
        }
        Fault::PeriodShort => format!("A ping is awaited {asked}, but comes {real}: far less often."),
        Fault::PatienceLong => {
            format!("Its pings are punctual {jitter}, far better than they have to be.")
        }
        Fault::TooTight => "Its pings keep coming, but often later than they may.".to_owned(),
        Fault::Senders { count, round, apart } => format!(
            "{count} seem to ping as this one check, each every {} and {} apart. \
             If one of them falls silent, another hides it: give each a check of its own.",
            length(round),
            length(apart)
        ),
        Fault::RunLimitLong => "Its runs may take far longer than they ever do.".to_owned(),
        Fault::RunLimitTight => "Its runs take longer than they may.".to_owned(),
        Fault::Hurried { latest } => {
            let usual =
                visit.opinion.rhythm.as_ref().and_then(|rhythm| rhythm.runs).map(|runs| length(runs.usual));
            format!(
                "Its latest runs ended within {}, where {} is usual: look whether they still do their work.",
                length(latest),
                usual.unwrap_or_default()
            )
        }
    }
}

/// Says what is proposed: all that is to be asked of the check from then on.
#[must_use]
pub fn proposal(visit: &Visit, plan: &Plan) -> String {
    if visit.is_declared {
        return Visit::config_line(plan).unwrap_or_default();
    }
    let mut parts = Vec::new();
    if plan.due != visit.plan.due {
        parts.push(match &plan.due {
            Due::Every(_) => due(plan),
            Due::Calendar(calendar) => format!("{} ({})", due(plan), calendar.text),
        });
    }
    if plan.grace != visit.plan.grace {
        parts.push(format!("a grace of {}", plan.grace));
    }
    if let Some(limit) = plan.max_runtime.filter(|_| plan.max_runtime != visit.plan.max_runtime) {
        parts.push(format!("runs of {limit} at most"));
    }
    parts.join(", ")
}

/// Reads out when pings are due.
fn due(plan: &Plan) -> String {
    match &plan.due {
        Due::Every(period) => format!("every {period}"),
        Due::Calendar(calendar) => {
            format!("{} by the clocks of {}", calendar.expression.in_words(), calendar.zone_name)
        }
    }
}

/// Tells whether pings that are off by no more keep to the second.
fn is_none(jitter: Span) -> bool {
    jitter < Span::from_millis(500)
}

/// Shows a measured length without false precision.
fn length(length: Span) -> String {
    let micros = length.as_micros();
    let unit = match micros.abs() {
        short if short < 10_000_000 => 100_000,
        middling if middling < 3_600_000_000 => 1_000_000,
        _ => 60_000_000,
    };
    Span::from_micros((micros + unit / 2).div_euclid(unit) * unit).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_length_is_not_more_exact_than_it_is_known() {
        let read = |micros| length(Span::from_micros(micros));
        assert_eq!(read(1_234_567), "1.2 s");
        assert_eq!(read(40_123_456), "40 s");
        assert_eq!(read(3_599_400_000), "59 min 59 s");
        assert_eq!(read(86_123_456_789), "23 h 55 min");
    }
}
