//! Why a check stands as it does: what was heard of it, what is waited for, and who was told.

use std::sync::Arc;

use domain::managed::kind::Kind;
use domain::time::Span;
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::Api;
use super::answers;
use super::call::Call;
use super::checks::status;
use super::doctor::DoctorShape;
use super::fault::Fault;
use super::moments::{exactly, to_the_second};
use super::operations::Outcome;
use super::shapes::Status;
use crate::explaining::doctor::{self, Visit};
use crate::explaining::evidence::Evidence;
use crate::explaining::findings;
use crate::explaining::reasons::{self, Reader};
use crate::explaining::schedule;
use crate::store::managed::recent::PingView;
use crate::store::managed::settings::Settings;
use crate::store::view::{GapView, NotificationView};

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
    /// Until when no mail about it goes out.
    pub(super) snoozed_until: Option<String>,
    /// The latest pings, newest first.
    pub(super) pings: Vec<HeardShape>,
    /// Runs that have begun and are not known to have ended.
    pub(super) runs: Vec<RunShape>,
    /// When the server did not listen, since the last ping and before it went down.
    pub(super) gaps: Vec<GapShape>,
    /// The latest mails about it, latest first.
    pub(super) told: Vec<ToldShape>,
    /// What the schedule doctor says.
    pub(super) doctor: DoctorShape,
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
    let evidence = Evidence::gather(&api.store, view, now).await.map_err(|_| Fault::Unavailable)?;
    let visit = doctor::visit(&api.store, evidence.view.id, api.clock.zone()).await;
    let visit = visit.map_err(|_| Fault::Unavailable)?.ok_or(Fault::Gone)?;
    let reader = Reader { zone: TimeZone::UTC, sees_recipients: call.may_write() };
    let Evidence { view, pings, patience, gaps, told } = &evidence;
    let explanation = Explanation {
        name: view.settings.name.clone(),
        status: status(view.shown),
        paragraph: paragraph(reasons::in_words(&evidence, &reader), &visit),
        now: to_the_second(now),
        schedule: asked(&view.settings, *patience),
        next_ping: view.next_ping.map(to_the_second),
        deadline: view.deadline.map(to_the_second),
        extended: view.extended.as_seconds_f64(),
        down_since: view.down.map(|(since, _)| to_the_second(since)),
        reason: view.down.map(|(_, reason)| reasons::down_word(reason)),
        snoozed_until: view.snoozed_until.map(to_the_second),
        pings: pings.iter().map(heard).collect(),
        runs: view.runs.iter().map(|(rid, since)| run(&call, *rid, *since)).collect(),
        gaps: gaps.iter().map(gap).collect(),
        told: told.iter().map(|mail| mail_about(&call, mail)).collect(),
        doctor: DoctorShape::of(&visit),
    };
    Ok(answers::json(StatusCode::OK, &explanation))
}

/// Puts what the doctor found behind the reasons; of a check with which all is well it says nothing.
fn paragraph(reasons: String, visit: &Visit) -> String {
    let found = visit.opinion.findings.iter().map(|finding| findings::finding(visit, finding));
    std::iter::once(reasons).chain(found).collect::<Vec<_>>().join(" ")
}

fn heard(ping: &PingView) -> HeardShape {
    HeardShape { n: ping.n, kind: reasons::signal_word(ping.signal), date: exactly(ping.at) }
}

fn asked(settings: &Settings, patience: Option<Span>) -> ScheduleShape {
    let is_simple = settings.kind == Kind::Simple;
    ScheduleShape {
        words: schedule::in_words(settings, patience),
        timeout: is_simple.then_some(settings.timeout),
        expression: (!is_simple).then(|| settings.schedule.clone()),
        tz: (!is_simple).then(|| settings.tz.clone()),
        grace: settings.grace,
        max_runtime: schedule::run_limit(settings),
    }
}

fn run(call: &Call, rid: Option<uuid::Uuid>, since: Timestamp) -> RunShape {
    let rid = rid.filter(|_| call.may_write()).map(|rid| rid.hyphenated().to_string());
    RunShape { rid, since: exactly(since) }
}

fn gap(gap: &GapView) -> GapShape {
    GapShape { from: exactly(gap.from), until: gap.until.map(exactly), cause: gap.cause.clone() }
}

fn mail_about(call: &Call, mail: &NotificationView) -> ToldShape {
    ToldShape {
        kind: mail.kind.word(),
        recipient: call.may_write().then(|| mail.recipient.clone()),
        decided: to_the_second(mail.decided),
        state: mail.state.word(),
    }
}
