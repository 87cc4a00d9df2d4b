//! What answers of all pages carry and where they lead, whoever asks in whatever way.

use http::Method;
use ping_listener::http::routes::Route;
use ping_listener::web;

use super::streams::{head_of, open_live};
use super::{FIELDS, World, is_live, routes};
use crate::attacks::{EVIL, Table, from_own_page};

/// Whatever a field with an address could be called.
const ADDRESSES: [&str; 8] = ["next", "back", "return", "return_to", "redirect", "url", "to", "continue"];

/// Addresses that a careless check takes for own paths.
const ELSEWHERE: [&str; 9] = [
    "https://evil.example/",
    "//evil.example",
    "/%5cevil.example",
    "%5c%5cevil.example",
    "/%09/evil.example",
    "https:evil.example",
    "%0d%0aLocation:%20https://evil.example",
    "/%0d%0aSet-Cookie:%20session=evil",
    "javascript:alert(1)",
];

/// Row 39: what each answer to a reader carries, whatever it is; and row 35: that no cache keeps what is private.
pub(super) fn lay_bare(world: &World, table: &mut Table) {
    for route in web::routes() {
        let path = world.filled(route.path);
        let stranger = world.ask(route.method.as_str(), &path, "", "");
        bare(&route, "a stranger", &stranger.head, table);
        let head = if is_live(&route) {
            head_of(&mut open_live(world, &path, &world.session))
        } else if route.method == Method::GET {
            world.html(&path).head
        } else {
            // Refused for what is in it; those that take anything are seen by strangers alone.
            world.ask("POST", &path, &format!("{}{EVIL}", world.session), "").head
        };
        bare(&route, "who is signed in", &head, table);
    }
}

fn bare(route: &Route, caller: &str, head: &str, table: &mut Table) {
    let is_public = route.path.starts_with("/static/") || route.path == "/favicon.ico";
    let of = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .unwrap_or_default()
    };
    let policy = of("content-security-policy");
    let may_frame = route.path.starts_with("/inbox/{number}");
    let is_closed = policy.starts_with("default-src 'none'")
        && !policy.contains("script-src 'unsafe")
        && policy.contains("base-uri 'none'")
        && (may_frame || policy.contains("frame-ancestors 'none'"));
    let mut missing = if is_closed { Vec::new() } else { vec![policy] };
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("access-control-allow-origin", ""),
        ("server", ""),
        ("cache-control", if is_public && !head.contains(" 40") { "public, no-cache" } else { "no-store" }),
    ] {
        if of(name) != value {
            missing.push(format!("{name}: {}", of(name)));
        }
    }
    let status = head.split(' ').nth(1).unwrap_or_default();
    table.judge(
        39,
        &format!("{} {} for {caller} ({status}): headers that are wrong", route.method, route.path),
        "none",
        (missing.join(", "), missing.is_empty()),
    );
}

/// Row 15: no page takes the name it was asked by for its own.
pub(super) fn forge_the_host(world: &World, table: &mut Table) {
    let forged = "X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\nX-Original-URL: //evil.example\r\n";
    for route in routes(&Method::GET).iter().filter(|route| !is_live(route)) {
        let path = world.filled(route.path);
        let raw = world.strangers.send(
            &world.server,
            format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\nConnection: close\r\n{forged}{}\r\n", world.session),
        );
        let is_repeated = raw.contains("evil.example");
        table.judge(
            15,
            &format!("{} asked by another name", route.path),
            "not repeated",
            (is_repeated, !is_repeated),
        );
    }
}

/// Row 14: whatever a request says, it leads to no other place than one of ours.
pub(super) fn lead_astray(world: &World, table: &mut Table) {
    for route in web::routes().filter(|route| !is_live(route) && !route.path.starts_with("/sign-out")) {
        let path = world.filled(route.path);
        let mut led = Vec::new();
        for evil in ELSEWHERE {
            let asked: Vec<_> = ADDRESSES.iter().map(|name| format!("{name}={evil}")).collect();
            let asked = asked.join("&");
            let own = format!("{}Accept: text/html\r\nReferer: https://evil.example/\r\n", world.session);
            let own = from_own_page(&world.server, &own);
            let body = if route.method == Method::POST {
                format!("{asked}&{FIELDS}&check={}&username=pump&password=open-sesame", world.uuid)
            } else {
                String::new()
            };
            // Who signs in gets a new session, which is not taken.
            let own = if route.path == "/sign-in" { own.replace(&world.session, "") } else { own };
            let answer = world.ask(route.method.as_str(), &format!("{path}?{asked}"), &own, &body);
            let place = answer.header("location").unwrap_or("/");
            let is_ours = place.starts_with('/')
                && !place[1..].starts_with(['/', '\\'])
                && !place.contains("evil.example");
            let is_planted = answer
                .head
                .lines()
                .any(|line| line.to_ascii_lowercase().starts_with("set-cookie: session=evil"));
            if !is_ours || is_planted {
                led.push(format!("{evil}: {place}"));
            }
        }
        table.judge(
            14,
            &format!("{} {} with addresses elsewhere", route.method, route.path),
            "leads nowhere else",
            (led.join(", "), led.is_empty()),
        );
    }
}
