//! What answers look like in JSON: the names and the order of their members.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::never_null;

/// A check. With a key for reading it has `unique_key`, and nothing that tells how to ping or change it.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the wire")]
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Check", transform = never_null::but_times)]
pub(super) struct CheckShape<'a> {
    /// What people call it.
    pub(super) name: &'a str,
    /// What its ping address may be called.
    pub(super) slug: &'a str,
    /// Words with spaces between them.
    pub(super) tags: &'a str,
    /// A description.
    pub(super) desc: &'a str,
    /// Seconds that a ping may be late.
    pub(super) grace: u64,
    /// How many pings came, ignored ones among them.
    pub(super) n_pings: u64,
    /// Where it stands.
    pub(super) status: Status,
    /// A run has begun and not ended.
    pub(super) started: bool,
    /// The latest success or failure.
    #[schemars(extend("format" = "date-time"))]
    pub(super) last_ping: Option<String>,
    /// When the next ping is due.
    #[schemars(extend("format" = "date-time"))]
    pub(super) next_ping: Option<String>,
    /// A paused check stays paused until it is resumed, whoever pings.
    pub(super) manual_resume: bool,
    /// Which methods count as pings: all, or only POST.
    pub(super) methods: &'static str,
    /// `success_kw`, if `filter_subject` is on.
    pub(super) subject: &'a str,
    /// `failure_kw`, if `filter_subject` is on.
    pub(super) subject_fail: &'a str,
    /// Words with commas between them; one of them in a body means a start.
    pub(super) start_kw: &'a str,
    /// The same for a success.
    pub(super) success_kw: &'a str,
    /// The same for a failure.
    pub(super) failure_kw: &'a str,
    /// Look for the words in the subjects of e-mails.
    pub(super) filter_subject: bool,
    /// Look for the words in the bodies of e-mails.
    pub(super) filter_body: bool,
    /// Look for the words in the bodies of pings.
    pub(super) filter_http_body: bool,
    /// What has none of the words is a failure, and not ignored.
    pub(super) filter_default_fail: bool,
    /// Where its badge is.
    pub(super) badge_url: String,
    /// Seconds that the last run took, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_duration: Option<u64>,
    /// Our own: seconds that a run may take, if that is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_runtime: Option<u64>,
    /// Names it without telling how to ping it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unique_key: Option<String>,
    /// Names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "uuid"))]
    pub(super) uuid: Option<String>,
    /// Where to ping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ping_url: Option<String>,
    /// Where to change or delete it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) update_url: Option<String>,
    /// Where to pause it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pause_url: Option<String>,
    /// Where to resume it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resume_url: Option<String>,
    /// Ids of the channels that are told of it, with commas between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channels: Option<&'a str>,
    /// Seconds between two pings, of a check that goes by periods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timeout: Option<u64>,
    /// The schedule of a check that goes by the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schedule: Option<&'a str>,
    /// Where that clock hangs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tz: Option<&'a str>,
}

/// Where a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// It never pinged.
    New,
    /// It pings in time.
    Up,
    /// Its ping is late, but not too late.
    Grace,
    /// It is silent for too long, or told of a failure.
    Down,
    /// Nobody waits for it.
    Paused,
    /// A run has begun; in version 1 only.
    Started,
}

/// Checks.
#[derive(Serialize, JsonSchema)]
pub(super) struct CheckList<'a> {
    pub(super) checks: Vec<CheckShape<'a>>,
}

/// The latest pings of a check, newest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct PingList {
    pub(super) pings: Vec<PingShape>,
}

/// One ping.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Ping")]
pub(super) struct PingShape {
    /// What it said.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["success", "start", "fail", "log", "ign"]))]
    pub(super) kind: &'static str,
    /// When it came.
    #[schemars(extend("format" = "date-time"))]
    pub(super) date: String,
    /// Its number, from 1.
    pub(super) n: u64,
    /// How it came: `http`, `https`.
    pub(super) scheme: String,
    /// From where it came.
    pub(super) remote_addr: Option<String>,
    /// By which method.
    pub(super) method: String,
    /// What its client calls itself.
    pub(super) ua: String,
    /// The run that it belongs to.
    #[schemars(extend("format" = "uuid"))]
    pub(super) rid: Option<String>,
    /// Where its body is, if it had one.
    pub(super) body_url: Option<String>,
    /// Seconds since the start of the run that it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration: Option<f64>,
}

/// When a check went down and came back, latest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct FlipList {
    pub(super) flips: Vec<FlipShape>,
}

/// One change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Flip")]
pub(super) struct FlipShape {
    /// When.
    #[schemars(extend("format" = "date-time"))]
    pub(super) timestamp: String,
    /// 1 if it came up, else 0.
    #[schemars(range(max = 1))]
    pub(super) up: u8,
}

/// Where alerts can go.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChannelList {
    pub(super) channels: Vec<ChannelShape>,
}

/// One place where alerts can go.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Channel")]
pub(super) struct ChannelShape {
    /// Names it.
    #[schemars(extend("format" = "uuid"))]
    pub(super) id: String,
    /// What people call it.
    pub(super) name: &'static str,
    /// How alerts go there: `email`.
    pub(super) kind: &'static str,
}

/// The addresses of all badges by tag; `*` is for all checks.
#[derive(Serialize, JsonSchema)]
pub(super) struct BadgeList {
    pub(super) badges: BTreeMap<String, BadgeUrls>,
}

/// The addresses of one badge; those that end in 3 tell `late` from `up`.
#[derive(Serialize, JsonSchema)]
pub(super) struct BadgeUrls {
    pub(super) svg: String,
    pub(super) svg3: String,
    pub(super) json: String,
    pub(super) json3: String,
    pub(super) shields: String,
    pub(super) shields3: String,
}

/// What a badge says, in numbers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tally")]
pub(super) struct TallyShape {
    #[schemars(extend("enum" = ["up", "late", "down"]))]
    pub(super) status: &'static str,
    pub(super) total: usize,
    pub(super) grace: usize,
    pub(super) down: usize,
}

/// What a badge says, in the words of another maker of badges.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Shields")]
pub(super) struct ShieldsShape<'a> {
    pub(super) schema_version: u8,
    pub(super) label: &'a str,
    #[schemars(extend("enum" = ["up", "late", "down"]))]
    pub(super) message: &'static str,
    #[schemars(extend("enum" = ["success", "important", "critical"]))]
    pub(super) color: &'static str,
}

/// How far the server is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Meters")]
pub(super) struct OperatorShape {
    /// Now, in seconds of Unix time.
    pub(super) ts: i64,
    /// A number that grows with every ping; null before the first.
    pub(super) max_ping_id: Option<u64>,
    /// A number that grows with every mail; null before the first.
    pub(super) max_notification_id: Option<i64>,
    /// Flips whose mails are not decided yet: none, because they are decided together.
    pub(super) num_unprocessed_flips: u64,
}
