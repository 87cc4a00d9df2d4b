//! All that can be asked of the interface: from this list the server routes, looks at keys, and describes itself.

use super::explain::Explanation;
use super::fault::ErrorShape;
use super::operations::{Access, Answer, Content, Operation, Query, QueryKind, shape};
use super::request::Request;
use super::shapes::{BadgeList, ChannelList, CheckList, CheckShape, FlipList, OperatorShape, PingList};
use super::snooze::{self, Snoozed};
use super::{
    badges, changes, channels, checks, explain, flips, openapi, operator, pings, prometheus, reference,
};

use Access::{Anybody, Proof, Read, Write};

macro_rules! run {
    ($handler:path) => {
        |api, call| Box::pin($handler(api, call))
    };
}

const CHECKS: &str = "/api/{version}/checks/";
const CHECK: &str = "/api/{version}/checks/{code}";
const PAUSE: &str = "/api/{version}/checks/{code}/pause";
const RESUME: &str = "/api/{version}/checks/{code}/resume";
const SNOOZE: &str = "/api/{version}/checks/{code}/snooze";
const PINGS: &str = "/api/{version}/checks/{code}/pings/";
const BODY: &str = "/api/{version}/checks/{code}/pings/{n}/body";
const FLIPS: &str = "/api/{version}/checks/{code}/flips/";
const EXPLAIN: &str = "/api/{version}/checks/{code}/explain";
const CHANNELS: &str = "/api/{version}/channels/";
const BADGES: &str = "/api/{version}/badges/";
const STATUS: &str = "/api/{version}/status/";
const METERS: &str = "/api/{version}/metrics/";
const CALLBACK: &str = "/api/{version}/notifications/{code}/status";
const BOUNCES: &str = "/api/{version}/bounces/";
const BADGE: &str = "/badge/{badge_key}/{file}";
const TAG_BADGE: &str = "/badge/{badge_key}/{signature}/{file}";
const CHECK_BADGE: &str = "/b/{states}/{file}";
const METRICS_BY_KEY: &str = "/projects/{project}/metrics/{key}";
const METRICS_BY_KEY_OF_OLD: &str = "/projects/{project}/checks/metrics/{key}";
const METRICS: &str = "/projects/{project}/metrics/";
const OPENAPI: &str = "/api/openapi.json";
const REFERENCE: &str = "/api/";

const A_CHECK: Content = Content::Json(shape::<CheckShape<'_>>);
const AN_ERROR: Content = Content::Json(shape::<ErrorShape<'_>>);
const A_PAGE: Content = Content::Of("text/plain");
const A_BADGE: &[Answer] = &[
    Answer::new(200, "The badge: an SVG, or JSON about it.", Content::Of("image/svg+xml")),
    Answer::new(404, "There is no such badge.", Content::Nothing),
];
const THE_METRICS: &[Answer] = &[
    Answer::new(200, "The metrics in the text format of Prometheus.", A_PAGE),
    Answer::new(400, "The key has not 32 signs.", Content::Nothing),
    Answer::new(401, "No key came.", Content::Nothing),
    Answer::new(403, "It is not a key for reading.", Content::Nothing),
    UNKNOWN,
];

const WRONG: Answer = Answer::new(400, "What the body says cannot be taken.", AN_ERROR);
const NO_KEY: Answer = Answer::new(401, "The key is missing or wrong.", AN_ERROR);
const DECLARED: Answer = Answer::new(403, "The config declares the check; the answer says where.", AN_ERROR);
const UNKNOWN: Answer = Answer::new(404, "There is no such thing.", Content::Nothing);
const ONLY_READ: Answer = Answer::new(405, "A unique key opens a check for reading only.", Content::Nothing);

const fn found(about: &'static str, content: Content) -> Answer {
    Answer::new(200, about, content)
}

const fn number(name: &'static str, about: &'static str, most: u64) -> Query {
    Query { name, about, kind: QueryKind::UpTo(most) }
}

/// A year in seconds.
pub(super) const SECONDS_MAX: u64 = 31_536_000;

/// The latest second that may be asked for: in the year 2286.
pub(super) const SECOND_MAX: u64 = 10_000_000_000;

/// Everything that can be asked, the methods of one address next to each other.
pub(super) static OPERATIONS: &[Operation] = &[
    Operation::get(CHECKS, Read, run!(checks::list))
        .says("list_checks", "Lists all checks, those of the config first.")
        .asks(&[
            Query { name: "tag", about: "Only checks that have every tag named.", kind: QueryKind::Texts },
            Query { name: "slug", about: "Only checks with this slug.", kind: QueryKind::Text },
        ])
        .answers(&[found("The checks.", Content::Json(shape::<CheckList<'_>>)), NO_KEY]),
    Operation::post(CHECKS, Write, run!(changes::create))
        .says("create_check", "Creates a check, or changes the oldest that `unique` finds.")
        .takes(shape::<Request>)
        .answers(&[
            found("A check was found and changed.", A_CHECK),
            Answer::new(201, "A check was created.", A_CHECK),
            WRONG,
            NO_KEY,
            Answer::new(403, "There are as many checks as there may be.", Content::Nothing),
        ]),
    Operation::get(CHECK, Read, run!(checks::one))
        .says("get_check", "Returns one check, by its UUID or its unique key.")
        .answers(&[found("The check.", A_CHECK), NO_KEY, UNKNOWN]),
    Operation::post(CHECK, Write, run!(changes::update))
        .says("update_check", "Changes what is named of a check, and leaves the rest.")
        .takes(shape::<Request>)
        .answers(&[found("The check as it is now.", A_CHECK), WRONG, NO_KEY, DECLARED, UNKNOWN, ONLY_READ]),
    Operation::delete(CHECK, Write, run!(changes::delete))
        .says("delete_check", "Deletes a check with its pings and flips.")
        .answers(&[found("The check as it was.", A_CHECK), NO_KEY, DECLARED, UNKNOWN, ONLY_READ]),
    Operation::post(PAUSE, Write, run!(changes::pause))
        .says("pause_check", "Pauses a check: nobody waits for it until its next ping.")
        .answers(&[found("The check, paused.", A_CHECK), WRONG, NO_KEY, DECLARED, UNKNOWN]),
    Operation::post(RESUME, Write, run!(changes::resume))
        .says("resume_check", "Ends a pause; the check is as new until its next ping.")
        .answers(&[
            found("The check, as new.", A_CHECK),
            WRONG,
            NO_KEY,
            DECLARED,
            UNKNOWN,
            Answer::new(409, "The check is not paused.", A_PAGE),
        ]),
    Operation::post(SNOOZE, Write, run!(snooze::snooze))
        .says(
            "snooze_check",
            "Lets no mail about a check go out for a while. Our own: no other server has it.",
        )
        .asks(&[Query {
            name: "for",
            about: "How long, as in 20m, in s, m, h or d, at most 30d; 0 ends the snooze.",
            kind: QueryKind::Length,
        }])
        .answers(&[
            found("Until when the check is snoozed.", Content::Json(shape::<Snoozed>)),
            Answer::new(400, "The length is missing, cannot be read, or is too long.", AN_ERROR),
            NO_KEY,
            UNKNOWN,
        ]),
    Operation::get(PINGS, Write, run!(pings::list))
        .says("list_pings", "Lists the latest pings of a check, newest first.")
        .answers(&[found("The pings.", Content::Json(shape::<PingList>)), NO_KEY, UNKNOWN]),
    Operation::get(BODY, Write, run!(pings::body))
        .says("get_ping_body", "Returns what came in the body of a ping, byte by byte.")
        .answers(&[found("The bytes.", A_PAGE), NO_KEY, UNKNOWN]),
    Operation::get(FLIPS, Read, run!(flips::list))
        .says("list_flips", "Lists when a check went down and came back, latest first.")
        .asks(&[
            number("seconds", "Only the last so many seconds; 0 for all.", SECONDS_MAX),
            number("start", "Only from this second of Unix time on.", SECOND_MAX),
            number("end", "Only before this second of Unix time.", SECOND_MAX),
        ])
        .answers(&[
            found("The flips.", Content::Json(shape::<FlipList>)),
            Answer::new(400, "A parameter is no number, or out of range.", Content::Nothing),
            NO_KEY,
            UNKNOWN,
        ]),
    Operation::get(EXPLAIN, Read, run!(explain::explain))
        .says("explain_check", "Says why a check stands as it does. Our own: no other server has it.")
        .answers(&[found("The reasons.", Content::Json(shape::<Explanation>)), NO_KEY, UNKNOWN]),
    Operation::get(CHANNELS, Write, run!(channels::list))
        .says("list_channels", "Lists where alerts can go: e-mail, if the config has a recipient.")
        .answers(&[found("The channels.", Content::Json(shape::<ChannelList>)), NO_KEY]),
    Operation::get(BADGES, Read, run!(badges::list))
        .says("list_badges", "Returns the addresses of the badges of each tag, and of `*` for all checks.")
        .answers(&[found("The addresses.", Content::Json(shape::<BadgeList>)), NO_KEY]),
    Operation::get(STATUS, Anybody, run!(operator::status))
        .says("get_status", "Says OK while pings can be made durable.")
        .answers(&[
            found("All is well.", A_PAGE),
            Answer::new(500, "Pings cannot be made durable.", A_PAGE),
            UNKNOWN,
        ])
        .for_own_site(),
    Operation::get(METERS, Proof, run!(operator::metrics))
        .says("get_meters", "Tells operators how far the server is; needs `X-Metrics-Key`.")
        .answers(&[
            found("The meters.", Content::Json(shape::<OperatorShape>)),
            Answer::new(403, "The key is missing or wrong, or none is configured.", Content::Nothing),
            UNKNOWN,
        ])
        .for_own_site(),
    Operation::post(CALLBACK, Anybody, run!(operator::callback))
        .says("note_delivery", "Takes word of a delivery and ignores it: mails need none.")
        .answers(&[found("It was heard.", Content::Nothing), UNKNOWN])
        .for_own_site(),
    Operation::post(BOUNCES, Anybody, run!(operator::bounce))
        .says("note_bounce", "Takes a bounced mail and ignores it: no return address of ours is signed.")
        .answers(&[found("It was heard.", A_PAGE), UNKNOWN])
        .for_own_site(),
    Operation::get(BADGE, Anybody, run!(badges::of_all))
        .says("get_badge", "Shows how all checks stand, in one word.")
        .answers(A_BADGE),
    Operation::get(TAG_BADGE, Anybody, run!(badges::of_tag))
        .says("get_tag_badge", "Shows how the checks of a tag stand, in one word.")
        .answers(A_BADGE),
    Operation::get(CHECK_BADGE, Anybody, run!(badges::of_check))
        .says("get_check_badge", "Shows how one check stands, in one word.")
        .answers(A_BADGE),
    Operation::get(METRICS_BY_KEY, Proof, run!(prometheus::by_key))
        .says("get_metrics_by_key", "Returns the standing of every check for Prometheus.")
        .answers(THE_METRICS)
        .for_own_site(),
    Operation::get(METRICS_BY_KEY_OF_OLD, Proof, run!(prometheus::by_key))
        .says(
            "get_metrics_by_key_of_old",
            "Returns the standing of every check for Prometheus, at an older address.",
        )
        .answers(THE_METRICS)
        .for_own_site(),
    Operation::get(METRICS, Proof, run!(prometheus::by_header))
        .says("get_metrics", "Returns the standing of every check for Prometheus, by a bearer token.")
        .answers(THE_METRICS)
        .for_own_site(),
    Operation::get(OPENAPI, Anybody, run!(openapi::document))
        .says("get_description", "Returns this description.")
        .answers(&[found("The description.", Content::Of("application/json"))]),
    Operation::get(REFERENCE, Anybody, run!(reference::page))
        .says("get_reference", "Shows this description to people.")
        .answers(&[found("A page.", Content::Of("text/html"))])
        .for_own_site(),
];

/// Addresses that end in a slash, and to which their names without one lead.
pub(super) const WITHOUT_SLASH: [&str; 9] = [
    "/api",
    "/api/{version}/checks",
    "/api/{version}/checks/{code}/pings",
    "/api/{version}/checks/{code}/flips",
    "/api/{version}/channels",
    "/api/{version}/badges",
    "/api/{version}/status",
    "/api/{version}/metrics",
    "/api/{version}/bounces",
];
