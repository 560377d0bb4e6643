//! Spans go to a collector of OpenTelemetry, as OTLP over HTTP in JSON.
//! Source: <https://opentelemetry.io/docs/specs/otlp/>, and the protocol's `trace.proto` with its JSON mapping: ids are hexadecimal, 64-bit numbers
//! texts.
//!
//! The crates of OpenTelemetry bring an HTTP client, `prost` and `tonic` of their own; what is needed of them is this file.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value as Json, json};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::trace_id::{TraceContext, span_id};

/// Most spans that wait.
const QUEUE_MAX: usize = 4096;
/// Most spans of one request.
const BATCH_MAX: usize = 512;
/// How long spans wait for others.
const WAIT: Duration = Duration::from_secs(2);
/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most attributes of a span, and the longest text of one.
const ATTRIBUTES_MAX: usize = 32;
const TEXT_MAX: usize = 256;

/// A span that ended.
#[derive(Debug)]
struct Ended {
    context: TraceContext,
    parent: Option<[u8; 8]>,
    name: &'static str,
    kind: u8,
    begun: SystemTime,
    until: SystemTime,
    attributes: Vec<Json>,
    is_failed: bool,
}

/// A span that goes on.
struct Open {
    context: TraceContext,
    parent: Option<[u8; 8]>,
    kind: u8,
    begun: SystemTime,
    attributes: Vec<Json>,
    is_failed: bool,
}

/// Hands spans to whoever sends them, and drops those that find no room.
#[derive(Clone)]
pub struct Spans {
    queue: SyncSender<Ended>,
    dropped: Arc<AtomicU64>,
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spans")
    }
}

impl Spans {
    /// Sends spans to the collector at this address, `http://127.0.0.1:4318` for instance. The thread that sends ends with the process.
    ///
    /// # Errors
    ///
    /// If there is no thread to be had.
    pub fn to(endpoint: &str) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE_MAX);
        let dropped = Arc::<AtomicU64>::default();
        let sender = Sender {
            url: format!("{}/v1/traces", endpoint.trim_end_matches('/')),
            agent: ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into(),
            dropped: Arc::clone(&dropped),
        };
        thread::Builder::new().name("spans".to_owned()).spawn(move || sender.run(&waiting))?;
        Ok(Self { queue, dropped })
    }

    /// How many spans were not sent: they found no room, or the collector did not take them.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    fn push(&self, span: Ended) {
        if self.queue.try_send(span).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Sender {
    url: String,
    agent: ureq::Agent,
    dropped: Arc<AtomicU64>,
}

impl Sender {
    fn run(&self, waiting: &Receiver<Ended>) {
        while let Ok(first) = waiting.recv() {
            let until = Instant::now() + WAIT;
            let mut batch = vec![first];
            let mut is_over = false;
            while batch.len() < BATCH_MAX && !is_over {
                match waiting.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(span) => batch.push(span),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => is_over = true,
                }
            }
            self.send(&batch);
        }
    }

    /// What cannot be sent is dropped: a collector that is away must not fill the memory.
    fn send(&self, batch: &[Ended]) {
        if self.agent.post(&self.url).send_json(message(batch)).is_err() {
            self.dropped.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
    }
}

fn message(batch: &[Ended]) -> Json {
    let spans: Vec<Json> = batch.iter().map(span).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", "stanch"), text("service.version", env!("CARGO_PKG_VERSION"))] },
        "scopeSpans": [{ "scope": { "name": "stanch", "version": env!("CARGO_PKG_VERSION") }, "spans": spans }],
    }] })
}

fn span(ended: &Ended) -> Json {
    let nanos = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string();
    json!({
        "traceId": ended.context.trace_text(),
        "spanId": ended.context.span_text(),
        "parentSpanId": ended.parent.map(|parent| data_encoding::HEXLOWER.encode(&parent)).unwrap_or_default(),
        "flags": u8::from(ended.context.is_sampled),
        "name": ended.name,
        "kind": ended.kind,
        "startTimeUnixNano": nanos(ended.begun),
        "endTimeUnixNano": nanos(ended.until),
        "attributes": ended.attributes,
        // 2 is an error; what went well is not said to be.
        "status": if ended.is_failed { json!({ "code": 2 }) } else { json!({}) },
    })
}

fn text(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let parent = span.parent().and_then(|parent| {
            parent.extensions().get::<Open>().map(|open| (open.context, Some(open.context.span)))
        });
        let told = fields.context.map(|told| (told, fields.parent));
        let (context, parent) = match (told, parent) {
            (Some((told, parent)), _) => (told, parent),
            (None, Some((parent, id))) => (parent.child(), id),
            (None, None) => (TraceContext::new(), None),
        };
        let open = Open {
            context,
            parent,
            kind: fields.kind,
            begun: SystemTime::now(),
            attributes: fields.attributes,
            is_failed: fields.is_failed,
        };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            open.attributes.extend(fields.attributes);
            open.attributes.truncate(ATTRIBUTES_MAX);
            open.is_failed |= fields.is_failed;
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        if !open.context.is_sampled {
            return;
        }
        self.push(Ended {
            context: open.context,
            parent: open.parent,
            name: span.name(),
            kind: open.kind,
            begun: open.begun,
            until: SystemTime::now(),
            attributes: open.attributes,
            is_failed: open.is_failed,
        });
    }
}

/// The fields of a span. Some say what it is: `otel.kind`, `otel.failed`, and `trace_id`, `span_id`, `parent_id`.
struct Fields {
    attributes: Vec<Json>,
    kind: u8,
    is_failed: bool,
    context: Option<TraceContext>,
    parent: Option<[u8; 8]>,
    trace: Option<[u8; 16]>,
}

impl Default for Fields {
    fn default() -> Self {
        // 1 is a span within the program.
        Self { attributes: Vec::new(), kind: 1, is_failed: false, context: None, parent: None, trace: None }
    }
}

impl Fields {
    fn take(&mut self, field: &Field, value: &Json) {
        if self.attributes.len() < ATTRIBUTES_MAX {
            self.attributes.push(json!({ "key": field.name(), "value": value }));
        }
    }

    fn text(&mut self, field: &Field, value: &str) {
        fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
            data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
        }
        match field.name() {
            "otel.kind" => {
                self.kind = match value {
                    "server" => 2,
                    "client" => 3,
                    _ => 1,
                }
            }
            "trace_id" => self.trace = bytes(value),
            "span_id" => {
                let span = bytes(value).unwrap_or_else(span_id);
                self.context = self.trace.map(|trace| TraceContext { trace, span, is_sampled: true });
            }
            "parent_id" => self.parent = bytes(value),
            "sampled" => {}
            _ => {
                let value: String = value.chars().take(TEXT_MAX).collect();
                self.take(field, &json!({ "stringValue": value }));
            }
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, &json!({ "intValue": value.to_string() }));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, &json!({ "intValue": value.to_string() }));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        match field.name() {
            "otel.failed" => self.is_failed |= value,
            "sampled" => {
                if let Some(context) = &mut self.context {
                    context.is_sampled = value;
                }
            }
            _ => self.take(field, &json!({ "boolValue": value })),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}
