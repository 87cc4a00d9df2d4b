//! One request: what of it is refused before anybody else sees it, and who answers the rest.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::body::Body as PageBody;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tower::ServiceExt;
use tracing::error;

use super::answer::{self, AnswerBody, Excused};
use super::body::PingBody;
use super::caller::Caller;
use super::connection::Activity;
use super::peer::Peer;
use super::refusals::Refusals;
use super::{Front, Methods, Pings, TARGET_BYTES_MAX};
use crate::telemetry::Outcome;

/// What is taken at all; single pages take less.
const METHODS: &str = "GET, HEAD, POST";

/// Answers one request.
pub(super) async fn answer<P: Pings>(
    front: &Arc<Front<P>>,
    activity: &Arc<Activity>,
    address: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Infallible> {
    let in_flight = activity.begin();
    let (head, body) = request.into_parts();
    let ends_unseen = ends_unseen(&head);
    if !activity.is_faulty()
        && let Some(methods) = front.pings.takes(&head)
    {
        let mut body = PingBody::new(body, front.limits.body_timeout);
        let response = ping(front, address, (&head, methods), &mut body).await;
        // Kept until here, so that the rest of a small body that nobody reads had time to come.
        drop(body);
        let response = if ends_unseen { answer::close(response) } else { response };
        return Ok(response.map(|body| AnswerBody::ping(body, in_flight)));
    }
    // Boxed, so that a connection that only pings does not carry a page's state.
    let response = Box::pin(page(front, activity, address, head, body)).await;
    let response = if ends_unseen { answer::close(response) } else { response };
    Ok(response.map(|body| AnswerBody::page(body, in_flight)))
}

/// Tells whether only the HTTP library sees where a request's body ends, and [`super::head`] does not: the connection
/// ends with it, so that nothing can hide behind it.
fn ends_unseen(head: &Parts) -> bool {
    head.headers.contains_key(header::TRANSFER_ENCODING)
}

async fn ping<P: Pings>(
    front: &Front<P>,
    address: IpAddr,
    (head, methods): (&Parts, Methods),
    body: &mut PingBody,
) -> Response<Full<Bytes>> {
    if let Some(refusal) = refuse(head, methods) {
        return refusal;
    }
    let caller = Caller::of(address, &head.headers, &*front.is_trusted);
    let response = guarded(front.pings.ping(head, caller, body)).await;
    if Refusals::counts(response.status()) {
        let peer = Peer::of(address, &head.headers, &*front.is_trusted);
        if let Err(wait) = front.refusals.count(peer.source()) {
            front.telemetry.count_ping(Outcome::Limited);
            return answer::too_many_refusals(wait);
        }
    }
    response
}

async fn page<P: Pings>(
    front: &Front<P>,
    activity: &Activity,
    address: IpAddr,
    head: Parts,
    body: Incoming,
) -> Response<PageBody> {
    let peer = Peer::of(address, &head.headers, &*front.is_trusted);
    let mut response = if activity.is_faulty() {
        answer::close(answer::plain(
            StatusCode::BAD_REQUEST,
            "The head of the request can be read in two ways; end lines with CR LF and state one length.",
        ))
    } else if let Some(refusal) = refuse(&head, methods_at(head.uri.path())) {
        refusal
    } else {
        match take_body(front, &head, body).await {
            Ok(body) => route(front, peer, Request::from_parts(head, body)).await,
            Err(refusal) => answer::close(refusal),
        }
    };
    if Refusals::counts(response.status())
        && response.extensions().get::<Excused>().is_none()
        && let Err(wait) = front.refusals.count(peer.source())
    {
        response = answer::too_many_refusals(wait);
    }
    answer::harden(response.headers_mut(), peer.is_tls);
    response
}

/// The interface for programs has its own answers to methods that it does not take.
fn methods_at(path: &str) -> Methods {
    if crate::api::answers_at(path) { Methods::Any } else { Methods::Usual }
}

fn refuse<B: From<Bytes>>(head: &Parts, methods: Methods) -> Option<Response<B>> {
    let target_bytes = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if TARGET_BYTES_MAX < target_bytes {
        return Some(answer::plain(
            StatusCode::URI_TOO_LONG,
            "The address of the request is too long; it may have 8192 bytes.",
        ));
    }
    let is_taken = match methods {
        Methods::Usual => [Method::GET, Method::HEAD, Method::POST].contains(&head.method),
        Methods::Any => true,
    };
    (!is_taken).then(|| answer::method_not_allowed(METHODS))
}

/// Reads the body of a request to a page, within limits; the body of a GET is not looked at.
async fn take_body<P>(
    front: &Front<P>,
    head: &Parts,
    body: Incoming,
) -> Result<PageBody, Response<PageBody>> {
    if head.method != Method::POST {
        return Ok(PageBody::empty());
    }
    if is_encoded(&head.headers) {
        return Err(answer::plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Compressed bodies are not taken; send the body as it is.",
        ));
    }
    let most = front.limits.body_bytes_max;
    if (most as u64) < body.size_hint().lower() {
        return Err(too_large(most));
    }
    match tokio::time::timeout(front.limits.body_timeout, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => Ok(PageBody::from(body.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(most)),
        Ok(Err(_)) => Err(answer::plain(
            StatusCode::BAD_REQUEST,
            "The body of the request broke off or is not well-formed; send it again.",
        )),
        Err(_) => Err(answer::plain(
            StatusCode::REQUEST_TIMEOUT,
            "The body of the request took too long; send it within ten seconds.",
        )),
    }
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn too_large(most: usize) -> Response<PageBody> {
    answer::plain(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("The body of the request is too large; it may have {most} bytes."),
    )
}

async fn route<P>(front: &Front<P>, peer: Peer, mut request: Request<PageBody>) -> Response<PageBody> {
    request.extensions_mut().insert(peer);
    let pages = front.pages.clone();
    guarded(async move { pages.oneshot(request).await.unwrap_or_else(|never| match never {}) }).await
}

/// Ends only this request when its answer panics.
async fn guarded<B: From<Bytes>>(answer: impl Future<Output = Response<B>>) -> Response<B> {
    let mut answer = pin!(answer);
    poll_fn(move |context| {
        catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))).unwrap_or_else(|_| {
            error!("a request ended by a panic; this is a bug");
            Poll::Ready(answer::plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The server failed to answer this request; its log says more.",
            ))
        })
    })
    .await
}
