//! One incident, and the forms by which it is driven.

mod fill;
mod forms;
mod messages;
mod told;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

pub(super) use forms::{post_check, post_duty, post_link, post_merge, post_note, post_split, post_step};

use super::{Web, visitor::Visitor};
use crate::{auth::Need, pages, pages::layout::Notice, problem::Problem};

/// The page.
pub(super) async fn get_incident(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    show(&web, &visitor, id, None).await
}

/// The page of now, with what is to be read first.
async fn show<P: Need>(
    web: &Web,
    visitor: &Visitor<P>,
    id: i64,
    notice: Option<Notice>,
) -> Result<Response, Problem> {
    let who = visitor.identity();
    let view = web.app.blocking(move |app| fill::view(app, &who, id)).await?;
    let mut frame = visitor.frame(web).await?;
    frame.notice = notice;
    Ok((StatusCode::OK, pages::incident::page(&frame, &view)).into_response())
}
