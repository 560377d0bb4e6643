//! Every metric there is, with its name, kind and meaning. `docs/metrics.md` has the same list.

use std::fmt;

/// A metric: its samples share a name and differ in their labels.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) help: &'static str,
}

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only rises.
    Counter,
    /// It rises and falls.
    Gauge,
    /// Durations in buckets.
    Histogram,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        })
    }
}

macro_rules! families {
    ($($constant:ident $kind:ident $name:literal $help:literal)*) => {
        $(pub(super) const $constant: Family = Family { name: $name, kind: Kind::$kind, help: $help };)*

        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[&Family] = &[$(&$constant),*];
    };
}

families! {
    // This process.
    BUILD Gauge "stanch_build_info" "1; version of the program, kind of the database"
    STARTED Gauge "stanch_process_start_time_seconds" "when this process started, in seconds since 1970"
    REQUESTS Counter "stanch_http_requests_total" "requests answered, by route, method and status"
    REQUEST_SECONDS Histogram "stanch_http_request_duration_seconds" "how long answers took, by route and method"
    DATABASE_UP Gauge "stanch_database_up" "whether the database answered when numbers of the register were read last"
    DATABASE_SECONDS Histogram "stanch_database_transaction_duration_seconds" "how long transactions took, by kind"
    FACTS_SECONDS Gauge "stanch_register_read_duration_seconds" "how long the numbers of the register took to read"
    INGEST_BATCHES Counter "stanch_ingest_batches_total" "batches of findings taken in"
    INGEST_FINDINGS Counter "stanch_ingest_findings_total" "findings taken in"
    INGEST_NEW_LEAKS Counter "stanch_ingest_new_leaks_total" "secrets that were not known before"
    INGEST_NEW_EXPOSURES Counter "stanch_ingest_new_exposures_total" "places that were not known before"
    INGEST_SEEN_AGAIN Counter "stanch_ingest_seen_again_total" "places that were known"
    INGEST_GONE Counter "stanch_ingest_gone_total" "places that complete scans did not see again"
    INGEST_NEW_INCIDENTS Counter "stanch_ingest_new_incidents_total" "incidents opened for findings"
    INGEST_REGRESSIONS Counter "stanch_ingest_regressions_total" "incidents reopened, because a secret that was closed as dead was seen alive"
    INGEST_REJECTED Counter "stanch_ingest_rejected_lines_total" "lines that were left out of batches"
    DELIVERIES Counter "stanch_deliveries_total" "tries to deliver a message, by outcome"
    SPANS_DROPPED Counter "stanch_telemetry_spans_dropped_total" "spans that were not exported"
    // The eight measures.
    SECRETS Gauge "stanch_origin_secrets_detected" "secrets detected by origin, in this week and the one before (from Monday, UTC), the 50 origins with most"
    REDACTION_FAILURES Counter "stanch_redaction_failures_total" "places in logs with a secret, by kind of log"
    TIME_TO_REVOKE Histogram "stanch_incident_time_to_revoke_seconds" "from detection to revocation, by severity"
    TIME_TO_DETECT Histogram "stanch_leak_time_to_detect_seconds" "from leak to detection, by severity"
    QUARTER_INCIDENTS Gauge "stanch_quarter_incidents" "incidents of this quarter and the one before (UTC), without dismissed ones"
    CREDENTIALS Gauge "stanch_credentials" "credentials that inventories tell of, by lifetime"
    SHORT_LIVED Gauge "stanch_short_lived_credentials_ratio" "share of credentials that are short-lived"
    IMAGES Gauge "stanch_image_open_secrets" "open secrets by image, the 50 images with most"
    STORES Gauge "stanch_secret_stores" "secret stores that inventories tell of, by audit"
    AUDITED Gauge "stanch_audited_secret_stores_ratio" "share of secret stores with an audit log"
    // Incidents and leaks of now.
    INCIDENTS_ACTIVE Gauge "stanch_incidents_active" "incidents that are not over, by severity"
    LEAKS_OPEN Gauge "stanch_leaks_open" "leaks that are open, by severity"
    LEAKS_LIVE Gauge "stanch_leaks_open_live" "leaks that are open and whose secret is known to be alive, by severity"
    LEAKS_PUBLIC Gauge "stanch_leaks_open_public" "leaks that are open and that everybody can read, by severity"
    DETECTED Gauge "stanch_incident_detected_timestamp_seconds" "when an active incident was detected; the newest 500"
    ACKNOWLEDGED Gauge "stanch_incident_acknowledged_timestamp_seconds" "when it was acknowledged"
    CONTAINED Gauge "stanch_incident_contained_timestamp_seconds" "when it was contained"
    REVOKED Gauge "stanch_incident_revoked_timestamp_seconds" "when its secrets were revoked"
    ROTATED Gauge "stanch_incident_rotated_timestamp_seconds" "when they were replaced"
    PROVEN Gauge "stanch_incident_proven_timestamp_seconds" "when it was proven over"
    // What is promised.
    PROMISE_EVENTS Counter "stanch_objective_events_total" "cases that were decided, by objective"
    PROMISE_FAILED Counter "stanch_objective_failed_total" "cases in which it was not kept, by objective"
    PROMISE_TARGET Gauge "stanch_objective_target_ratio" "the share of cases that is promised"
    PROMISE_WITHIN Gauge "stanch_objective_within_seconds" "the time that is promised"
    PROMISE_RATIO Gauge "stanch_objective_good_ratio" "the share of cases in the window of the policy in which it was kept"
    BUDGET Gauge "stanch_objective_error_budget_ratio" "what is left of the error budget in the window of the policy: 1 all, 0 nothing, less if overspent"
    BURNING Gauge "stanch_objective_burning" "whether a burn-rate alert of the policy fires, by urgency"
    // Delivery, trail, scans.
    OUTBOX Gauge "stanch_outbox_messages" "messages by channel that wait or were given up"
    OUTBOX_OLDEST Gauge "stanch_outbox_oldest_timestamp_seconds" "since when the oldest message waits that may go out, by channel"
    TRAIL_HEAD Gauge "stanch_trail_head_sequence" "the number of the newest entry of the audit trail"
    TRAIL_SHIPPED Gauge "stanch_trail_shipped_sequence" "the number of the newest entry that was shipped, by destination"
    LAST_SCAN Gauge "stanch_origin_last_scan_timestamp_seconds" "when an origin was scanned last; the 50 for which that is longest ago"
}
