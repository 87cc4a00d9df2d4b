//! Checks as they are read: all of them, or one.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use domain::managed::Shown;
use domain::managed::kind::Kind;
use domain::time::Span;
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Frame};

use super::call::{Call, Version};
use super::moments::to_the_second;
use super::operations::Outcome;
use super::shapes::{CheckShape, Status};
use super::{Api, answers, channels};
use crate::explaining::unique_key::unique_key;
use crate::store::managed::viewing::View;

/// Checks that are written before somebody else gets his turn: some 50 kB, half a millisecond.
const SLICE: usize = 64;

/// Lists all checks that have the tags and the slug that were asked for.
pub(super) async fn list(api: Arc<Api>, call: Call) -> Outcome {
    let tags: Vec<_> = call.queries("tag").map(String::from).collect();
    let slug = call.query("slug").filter(|slug| !slug.is_empty()).map(String::from);
    let is_wanted = move |view: &View| {
        slug.as_ref().is_none_or(|slug| *slug == view.settings.slug)
            && tags.iter().all(|tag| tags_of(&view.settings.tags).any(|known| known == tag))
    };
    let views = Box::new(api.subjects().await?.filter(is_wanted));
    let writer = Writer::new(&api, &call);
    Ok(answers::of_type(
        StatusCode::OK,
        "application/json",
        Listing { writer, views, is_begun: false, is_ended: false }.whole_or_part(),
    ))
}

/// Returns one check.
pub(super) async fn one(api: Arc<Api>, call: Call) -> Outcome {
    let view = api.by_uuid_or_unique_key(&call).await?;
    Ok(answer(&api, &call, StatusCode::OK, &view))
}

/// Answers with one check.
pub(super) fn answer(api: &Api, call: &Call, status: StatusCode, view: &View) -> Response<Body> {
    let writer = Writer::new(api, call);
    answers::json(status, &writer.shape(view))
}

/// Returns the tags in a text; commas do not part them.
pub(super) fn tags_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').map(str::trim).filter(|tag| !tag.is_empty())
}

/// Writes checks for one caller.
struct Writer {
    version: Version,
    may_write: bool,
    root: String,
    channel: String,
}

impl Writer {
    fn new(api: &Api, call: &Call) -> Self {
        Self {
            version: call.version,
            may_write: call.may_write(),
            root: api.links.load().root().to_owned(),
            channel: channels::id(api).unwrap_or_default(),
        }
    }

    fn shape<'v>(&'v self, view: &'v View) -> CheckShape<'v> {
        let (settings, root) = (&*view.settings, &self.root);
        let shown = if self.version == Version::V1 { view.shown_v1 } else { view.shown };
        let is_simple = settings.kind == Kind::Simple;
        let uuid = view.uuid.hyphenated();
        let private = |url: String| self.may_write.then_some(url);
        let update_url = format!("{root}/api/{}/checks/{uuid}", self.version.name());
        let subject = |keywords| if settings.filter_subject { keywords } else { "" };
        CheckShape {
            name: &settings.name,
            slug: &settings.slug,
            tags: &settings.tags,
            desc: &settings.desc,
            grace: settings.grace,
            n_pings: view.pings,
            status: status(shown),
            started: view.is_started,
            last_ping: view.last_ping.map(to_the_second),
            next_ping: view.next_ping.map(to_the_second),
            manual_resume: settings.manual_resume,
            methods: if settings.is_post_only { "POST" } else { "" },
            subject: subject(&settings.success_kw),
            subject_fail: subject(&settings.failure_kw),
            start_kw: &settings.start_kw,
            success_kw: &settings.success_kw,
            failure_kw: &settings.failure_kw,
            filter_subject: settings.filter_subject,
            filter_body: settings.filter_body,
            filter_http_body: settings.filter_http_body,
            filter_default_fail: settings.filter_default_fail,
            badge_url: format!("{root}/b/2/{}.svg", view.badge_key.hyphenated()),
            last_duration: view.last_duration.map(seconds).filter(|seconds| 0 < *seconds),
            max_runtime: settings.max_runtime,
            unique_key: (!self.may_write).then(|| unique_key(view.uuid)),
            uuid: private(uuid.to_string()),
            ping_url: private(format!("{root}/ping/{uuid}")),
            pause_url: private(format!("{update_url}/pause")),
            resume_url: private(format!("{update_url}/resume")),
            update_url: private(update_url),
            channels: self.may_write.then_some(if settings.is_told { self.channel.as_str() } else { "" }),
            timeout: is_simple.then_some(settings.timeout),
            schedule: (!is_simple).then_some(settings.schedule.as_str()),
            tz: (!is_simple).then_some(settings.tz.as_str()),
        }
    }
}

fn seconds(span: Span) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or_default() / 1_000_000
}

/// Returns the word for what is shown of a check.
pub(super) fn status(shown: Shown) -> Status {
    match shown {
        Shown::New => Status::New,
        Shown::Up => Status::Up,
        Shown::Grace => Status::Grace,
        Shown::Down => Status::Down,
        Shown::Paused => Status::Paused,
        Shown::Started => Status::Started,
    }
}

/// A list of checks that is written as it is sent: a hundred thousand checks are 80 MB, and pings do not wait for them.
struct Listing {
    writer: Writer,
    views: Box<dyn Iterator<Item = View> + Send>,
    is_begun: bool,
    is_ended: bool,
}

impl Listing {
    /// A short list is whole at once, and states its length.
    fn whole_or_part(mut self) -> Body {
        let first = self.next_part().unwrap_or_default();
        if self.is_ended {
            return Body::new(Full::new(first));
        }
        Body::new(Begun { first: Some(first), rest: self })
    }

    fn next_part(&mut self) -> Option<Bytes> {
        if self.is_ended {
            return None;
        }
        let mut text = Vec::new();
        let mut needs_comma = self.is_begun;
        if !self.is_begun {
            self.is_begun = true;
            text.extend_from_slice(b"{\"checks\":[");
        }
        let mut left = SLICE;
        while 0 < left {
            left -= 1;
            let Some(view) = self.views.next() else {
                self.is_ended = true;
                text.extend_from_slice(b"]}");
                break;
            };
            if needs_comma {
                text.push(b',');
            }
            needs_comma = true;
            answers::write_json(&mut text, &self.writer.shape(&view));
        }
        Some(text.into())
    }
}

/// A listing whose first part is there.
struct Begun {
    first: Option<Bytes>,
    rest: Listing,
}

impl HttpBody for Begun {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let part = self.first.take().or_else(|| self.rest.next_part());
        Poll::Ready(part.map(|part| Ok(Frame::data(part))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_part_tags_and_commas_do_not() {
        let tags = |text| tags_of(text).collect::<Vec<_>>();
        assert_eq!(tags("  etl,prod  a\tb "), ["etl,prod", "a\tb"]);
        assert!(tags("").is_empty());
    }
}
