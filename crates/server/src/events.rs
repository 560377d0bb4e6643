//! Tells open pages that something changed, as server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use tokio_stream::{Stream, StreamExt as _, wrappers::BroadcastStream};

use crate::{
    app::App,
    auth::{Require, need::ReadLeaks},
};

/// How often a quiet stream shows that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A stream of events named `changed`: the number of the event and, if it is about one, of the incident. What happened, a page asks for itself,
/// and gets what its reader may see.
pub(crate) async fn get_events(
    State(app): State<App>,
    _: Require<ReadLeaks>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = BroadcastStream::new(app.changes.listen()).map(|told| {
        // Whoever missed some looks at everything anew.
        let told = told.ok();
        let data = serde_json::json!({ "incident": told.as_ref().and_then(|changed| changed.incident) });
        let event = Event::default().event("changed").data(data.to_string());
        Ok(match told {
            Some(changed) => event.id(changed.seq.to_string()),
            None => event,
        })
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
