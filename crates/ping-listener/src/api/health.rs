//! `/health/live` and `/health/ready`: whether this process turns, and whether it can take pings.
//!
//! Supervisors and balancers ask without signing in, so the answers name no file, address or version.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::http::routes::{self, Page, Policy, Route};
use crate::store::Store;
use crate::store::error::StoreError;

/// What health is judged by.
pub struct Health {
    /// Where pings are made durable.
    pub store: Store,
    /// Returns the names of the loops that have stopped turning.
    pub stale_loops: Box<dyn Fn() -> Vec<String> + Send + Sync>,
    /// Returns what does not work though pings are taken, or is not as one might think, without particulars.
    pub troubles: Box<dyn Fn() -> Vec<String> + Send + Sync>,
}

#[derive(Serialize)]
struct Report {
    status: &'static str,
    reasons: Vec<String>,
}

fn pages() -> [Page<Arc<Health>>; 2] {
    [Page::get("/health/live", Policy::Everybody, live), Page::get("/health/ready", Policy::Everybody, ready)]
}

/// Lists the two routes.
pub fn routes() -> impl Iterator<Item = Route> {
    pages().into_iter().flat_map(|page| page.routes)
}

/// Returns the two pages.
pub fn router(health: Health) -> Router {
    routes::router(pages(), |_| unreachable!("health is for everybody")).with_state(Arc::new(health))
}

async fn live(State(health): State<Arc<Health>>) -> Response<Body> {
    let reasons: Vec<_> =
        (health.stale_loops)().iter().map(|name| format!("{name} has stopped turning")).collect();
    if reasons.is_empty() { report(StatusCode::OK, "ok", reasons) } else { unavailable(reasons) }
}

/// Mail trouble is no reason to be cut off: pings are still taken.
async fn ready(State(health): State<Arc<Health>>) -> Response<Body> {
    judge(health.store.probe().await, (health.troubles)())
}

fn judge(probe: Result<(), StoreError>, troubles: Vec<String>) -> Response<Body> {
    match probe {
        Err(error) => unavailable(std::iter::once(error.to_string()).chain(troubles).collect()),
        Ok(()) if troubles.is_empty() => report(StatusCode::OK, "ok", troubles),
        Ok(()) => report(StatusCode::OK, "degraded", troubles),
    }
}

fn unavailable(reasons: Vec<String>) -> Response<Body> {
    let mut response = report(StatusCode::SERVICE_UNAVAILABLE, "unavailable", reasons);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn report(status: StatusCode, word: &'static str, reasons: Vec<String>) -> Response<Body> {
    let json = serde_json::to_string(&Report { status: word, reasons }).expect("text can be written as JSON");
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn judged(probe: Result<(), StoreError>, troubles: &[&str]) -> (StatusCode, String) {
        let response = judge(probe, troubles.iter().map(|text| (*text).to_owned()).collect());
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn mail_trouble_is_told_and_does_not_cut_pings_off() {
        let ok = (StatusCode::OK, r#"{"status":"ok","reasons":[]}"#.to_owned());
        assert_eq!(judged(Ok(()), &[]).await, ok);
        let (status, body) = judged(Ok(()), &["mails stay on this machine"]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body, r#"{"status":"degraded","reasons":["mails stay on this machine"]}"#);
    }

    #[tokio::test]
    async fn a_full_disk_takes_the_server_out() {
        let (status, body) = judged(Err(StoreError::Full), &["mails do not go out"]).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, r#"{"status":"unavailable","reasons":["the disk is full","mails do not go out"]}"#);
    }
}
