//! `schedule`: reads a cron or OnCalendar expression out, and says when it comes next.

use std::process::ExitCode;

use domain::expression::Expression;
use domain::expression::mistake::Mistake;
use domain::time::Span;
use domain::wall::WallTime;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Failure, say};
use crate::clock::{Source as _, SystemSource};
use crate::zones;

/// What is asked about an expression.
#[derive(clap::Args)]
pub(super) struct Question {
    /// The expression, as in '0 2 * * *' or 'Mon..Fri 12:00'; quote it.
    #[arg(allow_hyphen_values = true)]
    expression: String,
    /// The time zone, by its IANA name.
    #[arg(long, default_value = "UTC")]
    tz: String,
    /// How many times to show.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    count: u16,
    /// From when on, as in 2026-05-13T10:07:30Z; now when it is not given.
    #[arg(long)]
    from: Option<String>,
}

pub(super) fn schedule(question: &Question) -> Result<ExitCode, Failure> {
    let zone = zones::find(&question.tz).ok_or_else(|| {
        Failure::mistaken(format!("--tz: {:?} is not a time zone; say for example Europe/Riga", question.tz))
    })?;
    let from = match &question.from {
        Some(text) => read_instant(text)?,
        None => WallTime::from_micros(SystemSource.read().wall_micros),
    };
    let expression = Expression::parse(&question.expression, &|name| zones::look_up(name))
        .map_err(|mistake| Failure::mistaken(point_at(&mistake, &question.expression)))?;
    say(&format!("kind:  {}", expression.kind()));
    say(&format!("reads: {}", expression.in_words()));
    let spells = zones::spells(&zone);
    let mut after = from;
    let mut label = "next:  ";
    for _ in 0..question.count {
        let Some(next) = expression.next_after(after, &spells) else {
            say(&format!("{label}never{}", if after == from { "" } else { " again" }));
            break;
        };
        let distance = Span::from_micros(next.as_micros() - from.as_micros());
        let Some(shown) = show(next, &zone) else {
            say(&format!("{label}after the year 9999"));
            break;
        };
        say(&format!("{label}{shown}, in {distance}"));
        (after, label) = (next, "       ");
    }
    Ok(ExitCode::SUCCESS)
}

fn read_instant(text: &str) -> Result<WallTime, Failure> {
    let instant: Timestamp = text.parse().map_err(|_| {
        Failure::mistaken(format!("--from: {text:?} is not an instant; say for example 2026-05-13T10:07:30Z"))
    })?;
    Ok(WallTime::from_micros(instant.as_microsecond()))
}

/// Shows an instant by the clocks of a zone, with the weekday and the offset; `None` if no calendar goes so far.
fn show(at: WallTime, zone: &TimeZone) -> Option<String> {
    let instant = Timestamp::from_microsecond(at.as_micros()).ok()?;
    Some(instant.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %:z").to_string())
}

/// Shows a mistake under the line that it stands in.
fn point_at(mistake: &Mistake, text: &str) -> String {
    let start = text[..mistake.at].rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let plain: String = line.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let before = text[start..mistake.at].chars().count();
    let found = mistake.found.lines().next().unwrap_or_default().chars().count();
    format!("{mistake}\n  {plain}\n  {}{}", " ".repeat(before), "^".repeat(found.max(1)))
}
