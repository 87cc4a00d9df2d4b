//! Attacks on all pages alike: each is tried on every route there is, so that no new page is forgotten.

mod answers;
mod streams;

use http::Method;
use ping_listener::http::routes::Route;
use ping_listener::web;
use rig::caller::Answer;
use rig::server::{PATIENCE, Place, Server, TESTING_PASSWORD, wait_until};
use serde_json::Value;

use super::{EVIL, Strangers, Table, from_own_page};
use crate::api::KEY;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// What a form of any page may hold, with addresses elsewhere wherever one could be read from it.
const FIELDS: &str =
    "opens=ping&title=Taken&on=yes&all=yes&name=Taken&period=1+h&grace=1+h&tag=taken&for=1h&do=tag";

/// Parts of a path that are no name of anything.
const ODD: [&str; 11] = [
    "%ff",
    "%00",
    "%F0%9F%8C%B1",
    ".%2e",
    "%2e%2e%2fconfig",
    "%5c",
    "-1",
    "0",
    "99999999999999999999",
    "%0d%0aa:b",
    "'%20OR%201=1",
];

/// A server with one check, one key and one ping, and somebody who is signed in.
struct World {
    place: Place,
    server: Server,
    strangers: Strangers,
    session: String,
    uuid: String,
}

impl World {
    fn begin() -> Self {
        let place = Place::new(
            r#"{"base_frequency": 0.2, "email_processing_frequency": 0.2, "recipient": "you@example.org",
                "users": {"pump": {"monitor": true, "max_sleep": 0.2, "email_frequency": 3600}}}"#,
        )
        .with("TESTING_PASSWORD", TESTING_PASSWORD)
        .with("PING_LISTENER_API_KEY", KEY);
        let server = place.start();
        let asked = r#"{"name": "export", "timeout": 3600, "grace": 60, "tags": "etl"}"#;
        let made = server.post("/api/v3/checks/", &format!("X-Api-Key: {KEY}\r\n"), asked);
        let check: Value = serde_json::from_str(&made.body).unwrap();
        let uuid = check["uuid"].as_str().unwrap().to_owned();
        assert_eq!(server.post(&format!("/ping/{uuid}"), "", "well").status, 200);
        let session = server.sign_in();
        assert_eq!(server.post("/settings/keys", &session, "opens=ping").status, 200);
        wait_until(PATIENCE, "mail", || server.get_with("/inbox/1", &session).status == 200);
        Self { place, server, strangers: Strangers::new(), session, uuid }
    }

    /// Puts something that exists in the place of what stands for any.
    fn filled(&self, path: &str) -> String {
        let parts = [
            ("{uuid}", self.uuid.as_str()),
            ("{date}", "2026-11-21"),
            ("{number}", "1"),
            ("{id}", "1"),
            ("{n}", "1"),
            ("{name}", "config"),
            ("{file}", "page.js"),
        ];
        parts.into_iter().fold(path.to_owned(), |path, (any, one)| path.replace(any, one))
    }

    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.strangers.ask(&self.server, (method, path), headers, body)
    }

    fn html(&self, path: &str) -> Answer {
        self.ask("GET", path, &format!("{}Accept: text/html\r\n", self.session), "")
    }

    /// Returns what there is to change.
    fn state(&self) -> String {
        let checks = self.server.get_with("/api/v3/checks/", &format!("X-Api-Key: {KEY}\r\n")).body;
        let listed: Value = serde_json::from_str(&checks).unwrap();
        // The one of the config goes its way.
        let export =
            listed["checks"].as_array().unwrap().iter().find(|check| check["name"] == "export").cloned();
        let of = |path: &str| self.html(path).body;
        let keys = of("/settings").matches("/revoke\"").count();
        let setup = of("/status/setup").contains("Taken");
        format!("{export:?} of {}, {keys} keys, {setup}", listed["checks"].as_array().unwrap().len())
    }
}

/// The routes of the pages that take a method.
fn routes(method: &Method) -> Vec<Route> {
    web::routes().filter(|route| route.method == method).collect()
}

/// A stream has no end to wait for.
fn is_live(route: &Route) -> bool {
    route.path.ends_with("/live")
}

#[test]
fn no_page_is_led_astray_borrowed_or_laid_bare() {
    let world = World::begin();
    let mut table = Table::new("Pages");
    let before = world.state();
    borrow(&world, &mut table);
    table.expect(10, "what there is after all that", &before, world.state());
    oddities(&world, &mut table);
    answers::lay_bare(&world, &mut table);
    answers::forge_the_host(&world, &mut table);
    answers::lead_astray(&world, &mut table);
    streams::end_sessions(&world, &mut table);
    let session = world.server.sign_in();
    let mut open = streams::live(&world, &session);
    let World { place, server, .. } = world;
    server.stop();
    streams::closed(&mut open, &mut table, "when the server stops");
    let server = place.with("TESTING_PASSWORD", "another").start();
    let status = server.get_with("/live", &session).status;
    table.expect(9, "a stream by a session of before a new password", "401", status);
    server.stop();
    table.finish();
}

/// Row 10: every change, from everywhere but here; and row 11: by reading.
fn borrow(world: &World, table: &mut Table) {
    let host = world.server.address();
    let origins = [
        EVIL.to_owned(),
        "Origin: null\r\n".to_owned(),
        format!("Origin: http://{host}.evil.example\r\n"),
        format!("Origin: http://sibling.{host}\r\n"),
        format!("Origin: http://{host}\r\nSec-Fetch-Site: cross-site\r\n"),
        format!("Origin: http://{host}\r\nSec-Fetch-Site: same-site\r\n"),
        "Origin: null\r\nSec-Fetch-Site: same-origin\r\n".to_owned(),
        format!("Referer: http://{host}/\r\n"),
    ];
    for route in routes(&Method::POST) {
        let path = world.filled(route.path);
        let fields = format!("{FIELDS}&check={}&password={TESTING_PASSWORD}", world.uuid);
        let statuses = origins.iter().map(|origin| {
            let headers = format!("{FORM}{}{origin}", world.session);
            world.ask("POST", &path, &headers, &fields).status.to_string()
        });
        let statuses: Vec<_> = statuses.collect();
        let others = statuses.iter().filter(|status| *status != "403").count();
        table.judge(
            10,
            &format!("POST {} from elsewhere", route.path),
            "403 each",
            (statuses.join(" "), others == 0),
        );
        let is_read_too = web::routes().any(|other| other.method == Method::GET && other.path == route.path);
        if !is_read_too {
            table.expect(
                11,
                &format!("GET {}", route.path),
                "405",
                world.ask("GET", &path, &world.session, "").status,
            );
        }
    }
}

/// Rows 3, 31 and 34: parts of paths and of queries that nothing is called by.
fn oddities(world: &World, table: &mut Table) {
    let own = from_own_page(&world.server, &world.session);
    for route in web::routes().filter(|route| route.path.contains('{')) {
        let odd = ODD.iter().filter_map(|odd| {
            let any = route.path.rsplit('{').next()?.split('}').next()?;
            let path = world.filled(&route.path.replace(&format!("{{{any}}}"), odd));
            let answer = world.ask(route.method.as_str(), &path, &own, "");
            (![400, 404].contains(&answer.status)).then(|| format!("{odd}: {}", answer.status))
        });
        let odd: Vec<_> = odd.collect();
        table.judge(
            31,
            &format!("{} {} with odd parts", route.method, route.path),
            "404 or 400 each",
            (odd.join(", "), odd.is_empty()),
        );
    }
    let names = [
        "q", "tag", "standing", "sort", "from", "before", "state", "month", "show", "check", "states",
        "since", "date", "page", "part", "of", "done", "testing", "kind", "schedule", "tz", "period",
        "grace", "token",
    ];
    for route in routes(&Method::GET).iter().filter(|route| !is_live(route)) {
        let bad: Vec<_> = ODD
            .iter()
            .filter_map(|odd| {
                let query: Vec<_> = names.iter().map(|name| format!("{name}={odd}")).collect();
                let answer = world.ask(
                    "GET",
                    &format!("{}?{}", world.filled(route.path), query.join("&")),
                    &world.session,
                    "",
                );
                (500 <= answer.status).then(|| format!("{odd}: {}", answer.status))
            })
            .collect();
        table.judge(
            31,
            &format!("{} with odd questions", route.path),
            "no failure",
            (bad.join(", "), bad.is_empty()),
        );
    }
}
