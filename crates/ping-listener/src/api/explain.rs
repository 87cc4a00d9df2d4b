//! Why a check stands as it does: what was heard of it, what is waited for, and who was told.

use std::sync::Arc;

use domain::expression::Expression;
use domain::flip::Reason;
use domain::managed::kind::Kind;
use domain::time::Span;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::call::Call;
use super::checks::status;
use super::fault::Fault;
use super::moments::{exactly, to_the_second};
use super::operations::Outcome;
use super::shapes::Status;
use super::{Api, answers, pings, reasons};
use crate::store::managed::recent::PingView;
use crate::store::managed::settings::Settings;
use crate::store::managed::viewing::View;
use crate::store::view::{GapView, NotificationView};
use crate::zones;

/// So many of the latest pings are told.
const PINGS_TOLD: usize = 5;

/// So many of the latest gaps are looked at.
const GAPS_SEEN: usize = 100;

/// What was said longer ago explains nothing, unless it was said of what still lasts.
const MAILS_SINCE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// So many of the latest mails are told: a check that is silent for months may be reminded of every second.
const MAILS_TOLD: usize = 100;

/// Why a check stands as it does. Our own.
#[derive(Serialize, JsonSchema)]
pub(super) struct Explanation {
    /// What people call it.
    pub(super) name: String,
    /// Where it stands.
    pub(super) status: Status,
    /// The same as everything below, in words.
    pub(super) paragraph: String,
    /// When it was asked.
    pub(super) now: String,
    /// What is asked of it.
    pub(super) schedule: ScheduleShape,
    /// When the next ping is due, or a run that has begun counts from.
    pub(super) next_ping: Option<String>,
    /// When it goes down if nothing comes.
    pub(super) deadline: Option<String>,
    /// Seconds that the deadline is, or was, later because the server itself did not listen.
    pub(super) extended: f64,
    /// Since when it is down.
    pub(super) down_since: Option<String>,
    /// Why it is down: `silence`, `overrun`, `fail`.
    pub(super) reason: Option<&'static str>,
    /// The latest pings, newest first.
    pub(super) pings: Vec<HeardShape>,
    /// Runs that have begun and are not known to have ended.
    pub(super) runs: Vec<RunShape>,
    /// When the server did not listen, since the last ping and before it went down.
    pub(super) gaps: Vec<GapShape>,
    /// The latest mails about it, latest first.
    pub(super) told: Vec<ToldShape>,
}

/// What is asked of a check.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Schedule")]
pub(super) struct ScheduleShape {
    /// When pings are due, in words.
    pub(super) words: String,
    /// Seconds between two pings, of a check that goes by periods.
    pub(super) timeout: Option<u64>,
    /// The expression, of a check that goes by the clock.
    pub(super) expression: Option<String>,
    /// Where that clock hangs.
    pub(super) tz: Option<String>,
    /// Seconds that a ping may be late.
    pub(super) grace: u64,
    /// Seconds that a run may take.
    pub(super) max_runtime: u64,
}

/// A ping that was heard.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Heard")]
pub(super) struct HeardShape {
    /// Its number.
    pub(super) n: u64,
    /// What it said.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// When it came.
    pub(super) date: String,
}

/// A run that has begun.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Run")]
pub(super) struct RunShape {
    /// Its id, if it has one.
    pub(super) rid: Option<String>,
    /// When it began.
    pub(super) since: String,
}

/// A time in which the server did not listen.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Gap")]
pub(super) struct GapShape {
    /// When it began.
    pub(super) from: String,
    /// When it ended; null while it lasts.
    pub(super) until: Option<String>,
    /// Why, as a word.
    pub(super) cause: String,
}

/// A mail about the check.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Told")]
pub(super) struct ToldShape {
    /// What it says: `alert`, `reminder`, `recovery`, `notice`.
    pub(super) kind: &'static str,
    /// For whom it is; null to who may only read.
    pub(super) recipient: Option<String>,
    /// When it was decided.
    pub(super) decided: String,
    /// What became of it: `queued`, `leased`, `sent`, `given up`, `cancelled`, `joined`.
    pub(super) state: &'static str,
}

/// Explains one check.
pub(super) async fn explain(api: Arc<Api>, call: Call) -> Outcome {
    let view = api.by_uuid_or_unique_key(&call).await?;
    let now = api.clock.wall_now();
    let heard = heard(&api, &view).await?;
    let gaps = gaps(&api, &view).await?;
    let told = told(&api, &view, now).await?;
    let mut explanation = Explanation {
        name: view.settings.name.clone(),
        status: status(view.shown),
        paragraph: String::new(),
        now: to_the_second(now),
        schedule: schedule(&view.settings, patience(&api, &view).await?),
        next_ping: view.next_ping.map(to_the_second),
        deadline: view.deadline.map(to_the_second),
        extended: view.extended.as_seconds_f64(),
        down_since: view.down.map(|(since, _)| to_the_second(since)),
        reason: view.down.map(|(_, reason)| reason_word(reason)),
        pings: heard,
        runs: view.runs.iter().map(|(rid, since)| run(&call, *rid, *since)).collect(),
        gaps: gaps.iter().map(gap).collect(),
        told: told.into_iter().map(|mail| mail_about(&call, mail)).collect(),
    };
    explanation.paragraph = reasons::in_words(&explanation, &view);
    Ok(answers::json(StatusCode::OK, &explanation))
}

async fn heard(api: &Api, view: &View) -> Result<Vec<HeardShape>, Fault> {
    let recent = api.store.recent_pings(view.id, PINGS_TOLD).await.map_err(|_| Fault::Unavailable)?;
    let shape =
        |ping: PingView| HeardShape { n: ping.n, kind: pings::word(ping.signal), date: exactly(ping.at) };
    Ok(recent.into_iter().map(shape).collect())
}

/// Finds the gaps from the last ping until a check went down: those that a deadline can be moved by.
async fn gaps(api: &Api, view: &View) -> Result<Vec<GapView>, Fault> {
    let since = view.last_ping.or(view.last_start).unwrap_or(view.created);
    let mut gaps = api.store.gaps(GAPS_SEEN).await.map_err(|_| Fault::Unavailable)?;
    let ended = view.down.map(|(since, _)| since);
    gaps.retain(|gap| {
        gap.until.is_none_or(|until| since <= until) && ended.is_none_or(|ended| gap.from < ended)
    });
    Ok(gaps)
}

async fn told(api: &Api, view: &View, now: Timestamp) -> Result<Vec<NotificationView>, Fault> {
    let recently = now.saturating_sub(MAILS_SINCE).unwrap_or(Timestamp::MIN);
    let from = view.down.map_or(recently, |(since, _)| since.min(recently));
    api.store.told_since(view.id, from, MAILS_TOLD).await.map_err(|_| Fault::Unavailable)
}

/// Returns to the microsecond how long a declared check may be silent; its period in the list is in whole seconds.
async fn patience(api: &Api, view: &View) -> Result<Option<Span>, Fault> {
    if view.id.is_managed() {
        return Ok(None);
    }
    let declared = api.store.checks_of(vec![view.id]).await.map_err(|_| Fault::Unavailable)?;
    Ok(declared.first().map(|check| check.patience))
}

fn schedule(settings: &Settings, patience: Option<Span>) -> ScheduleShape {
    let is_simple = settings.kind == Kind::Simple;
    let words = if is_simple {
        format!("every {}", patience.unwrap_or_else(|| span(settings.timeout)))
    } else {
        let read = Expression::parse(&settings.schedule, &|name| zones::look_up(name));
        read.map_or_else(|_| settings.schedule.clone(), |expression| expression.in_words())
    };
    ScheduleShape {
        words,
        timeout: is_simple.then_some(settings.timeout),
        expression: (!is_simple).then(|| settings.schedule.clone()),
        tz: (!is_simple).then(|| settings.tz.clone()),
        grace: settings.grace,
        max_runtime: settings.max_runtime.unwrap_or(settings.grace),
    }
}

pub(super) fn span(seconds: u64) -> Span {
    Span::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 2_000_000))
}

fn reason_word(reason: Reason) -> &'static str {
    match reason {
        Reason::Overrun => "overrun",
        Reason::Fail => "fail",
        Reason::Silence
        | Reason::Ping
        | Reason::MonitorOff
        | Reason::Revised
        | Reason::Archived
        | Reason::Paused
        | Reason::Resumed => "silence",
    }
}

fn run(call: &Call, rid: Option<uuid::Uuid>, since: Timestamp) -> RunShape {
    let rid = rid.filter(|_| call.may_write()).map(|rid| rid.hyphenated().to_string());
    RunShape { rid, since: exactly(since) }
}

fn gap(gap: &GapView) -> GapShape {
    GapShape { from: exactly(gap.from), until: gap.until.map(exactly), cause: gap.cause.clone() }
}

fn mail_about(call: &Call, mail: NotificationView) -> ToldShape {
    ToldShape {
        kind: mail.kind,
        recipient: call.may_write().then_some(mail.recipient),
        decided: to_the_second(mail.decided),
        state: mail.state,
    }
}
