//! Checks as they are changed: made, edited, deleted, paused and resumed.

use std::sync::Arc;

use http::StatusCode;

use domain::slug::slugify;

use super::call::{Call, Version};
use super::checks::answer;
use super::fault::Fault;
use super::members::Members;
use super::operations::Outcome;
use super::request::{Request, Unique};
use super::{Api, channels};
use crate::store::managed::settings::{Edit, UniqueBy};
use crate::store::managed::viewing::View;
use crate::store::managed::{Creation, Resumed};

/// Makes a check, or changes the oldest that is like it.
pub(super) async fn create(api: Arc<Api>, call: Call) -> Outcome {
    let request = Request::read(&Members::parse(&call.body)?)?;
    // A slug that was made of a name finds nobody: it was not asked for.
    let unique = request.unique.iter().flatten().filter(|_| request.has_all_of_unique());
    let unique = unique.copied().map(unique_by).collect();
    let is_told = channels::chosen(&api, request.channels.as_deref())?;
    let edit = edit(request, call.version, is_told);
    match api.store.create(edit, unique, call.author()).await.map_err(|_| Fault::Unavailable)? {
        Creation::Made(view) => Ok(answer(&api, &call, StatusCode::CREATED, &view)),
        Creation::Updated(view) => Ok(answer(&api, &call, StatusCode::OK, &view)),
        Creation::OverLimit => Err(Fault::OverLimit),
    }
}

/// Changes what is named, and leaves the rest.
pub(super) async fn update(api: Arc<Api>, call: Call) -> Outcome {
    let view = managed(&api, &call).await?;
    let request = Request::read(&Members::parse(&call.body)?)?;
    let is_told = channels::chosen(&api, request.channels.as_deref())?;
    let edit = edit(request, call.version, is_told);
    let view = api.store.edit(view.id, edit, call.author()).await.map_err(|_| Fault::Unavailable)?;
    Ok(answer(&api, &call, StatusCode::OK, &view.ok_or(Fault::Gone)?))
}

/// Deletes a check; what it was is told, without its channels.
pub(super) async fn delete(api: Arc<Api>, call: Call) -> Outcome {
    let view = managed(&api, &call).await?;
    let view = api.store.delete(view.id).await.map_err(|_| Fault::Unavailable)?;
    let mut view = view.ok_or(Fault::Gone)?;
    Arc::make_mut(&mut view.settings).is_told = false;
    Ok(answer(&api, &call, StatusCode::OK, &view))
}

/// Pauses a check.
pub(super) async fn pause(api: Arc<Api>, call: Call) -> Outcome {
    let view = managed(&api, &call).await?;
    let view = api.store.pause(view.id, call.author()).await.map_err(|_| Fault::Unavailable)?;
    Ok(answer(&api, &call, StatusCode::OK, &view.ok_or(Fault::Gone)?))
}

/// Resumes a check that is paused.
pub(super) async fn resume(api: Arc<Api>, call: Call) -> Outcome {
    let view = managed(&api, &call).await?;
    match api.store.resume(view.id, call.author()).await.map_err(|_| Fault::Unavailable)? {
        Resumed::Done(view) => Ok(answer(&api, &call, StatusCode::OK, &view)),
        Resumed::NotPaused => Err(Fault::NotPaused),
        Resumed::Gone => Err(Fault::Gone),
    }
}

/// Returns the check that a call wants to change; a declared one is only changed where it is declared.
async fn managed(api: &Api, call: &Call) -> Result<View, Fault> {
    let view = api.by_uuid(call).await?;
    if view.id.is_managed() {
        return Ok(view);
    }
    let place = api.declarations.place_of(&view.settings.name).await;
    Err(Fault::Forbidden(format!("this check is declared in {place}; change it there")))
}

fn unique_by(unique: Unique) -> UniqueBy {
    match unique {
        Unique::Name => UniqueBy::Name,
        Unique::Slug => UniqueBy::Slug,
        Unique::Tags => UniqueBy::Tags,
        Unique::Timeout => UniqueBy::Timeout,
        Unique::Grace => UniqueBy::Grace,
    }
}

/// Says what a request changes.
fn edit(request: Request, version: Version, is_told: Option<bool>) -> Edit {
    let named = request.name.as_deref().filter(|_| version.names_make_slugs()).map(slugify);
    Edit {
        is_subject_filtered_by_keywords: request.subject.is_some() || request.subject_fail.is_some(),
        slug: request.slug.or(named),
        name: request.name,
        tags: request.tags,
        desc: request.desc,
        timeout: request.timeout,
        grace: request.grace,
        schedule: request.schedule,
        tz: request.tz,
        max_runtime: request.max_runtime,
        is_post_only: request.methods.map(|methods| methods == "POST"),
        manual_resume: request.manual_resume,
        filter_subject: request.filter_subject,
        filter_body: request.filter_body,
        filter_http_body: request.filter_http_body,
        filter_default_fail: request.filter_default_fail,
        start_kw: request.start_kw,
        success_kw: request.success_kw.or(request.subject),
        failure_kw: request.failure_kw.or(request.subject_fail),
        is_told,
    }
}
