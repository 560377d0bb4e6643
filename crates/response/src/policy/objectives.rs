//! What is promised: how fast leaks are detected and revoked, and when to warn that a promise will be broken.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use stanch_model::Severity;

use super::{Urgency, mistake::Mistake, name::Name, span::Span};

/// Most alerts of a burn rate.
const ALERTS_MAX: usize = 10;
/// Most channels that are told.
const CHANNELS_MAX: usize = 20;

/// Service-level objectives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Objectives {
    /// Over how long they are counted.
    pub window: SignedDuration,
    /// Between leak and detection.
    pub detect_within: SignedDuration,
    /// The share of leaks, above 0 and below 1, that must be detected in time.
    pub detect_share: f64,
    /// Between detection and revocation, by severity.
    pub revoke_within: RevokeWithin,
    /// The share of leaks, above 0 and below 1, that must be revoked in time.
    pub revoke_share: f64,
    /// When to warn, the fastest first.
    pub burn: Vec<BurnAlert>,
    /// The channels that are told when one begins or ends.
    pub notify: Vec<String>,
}

/// How long a revocation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RevokeWithin {
    /// Of critical severity.
    pub critical: SignedDuration,
    /// Of high severity.
    pub high: SignedDuration,
    /// Of medium severity.
    pub medium: SignedDuration,
    /// Of low severity.
    pub low: SignedDuration,
}

impl RevokeWithin {
    /// How long a revocation of this severity may take.
    pub fn of(&self, severity: Severity) -> SignedDuration {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }
}

/// An alert on how fast the error budget burns: it fires while both windows are above the rate.
/// Source: The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BurnAlert {
    /// The window that tells that it matters.
    pub long: SignedDuration,
    /// The window that tells that it still goes on.
    pub short: SignedDuration,
    /// How many times faster than allowed the budget burns.
    pub rate: f64,
    /// Who is disturbed.
    pub urgency: Urgency,
}

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    window: Span,
    detect_within: Span,
    detect_share: f64,
    revoke_within: WrittenRevoke,
    revoke_share: f64,
    #[serde(default)]
    burn: Vec<WrittenBurn>,
    #[serde(default)]
    notify: Vec<Name>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRevoke {
    critical: Span,
    high: Span,
    medium: Span,
    low: Span,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenBurn {
    long: Span,
    short: Span,
    rate: f64,
    urgency: Urgency,
}

impl TryFrom<Written> for Objectives {
    type Error = Mistake;

    fn try_from(written: Written) -> Result<Self, Mistake> {
        for (field, share) in [("detect_share", written.detect_share), ("revoke_share", written.revoke_share)]
        {
            if !(share > 0.0 && share < 1.0) {
                return Err(Mistake::of(field, "expected a share above 0 and below 1, as 0.95"));
            }
        }
        if written.burn.len() > ALERTS_MAX {
            return Err(Mistake::of("burn", format!("more than {ALERTS_MAX} alerts")));
        }
        if written.notify.len() > CHANNELS_MAX {
            return Err(Mistake::of("notify", format!("more than {CHANNELS_MAX} channels")));
        }
        if !written.notify.is_empty() && written.burn.is_empty() {
            return Err(Mistake::of("notify", "tells of nothing: there is no alert in burn"));
        }
        let WrittenRevoke { critical, high, medium, low } = written.revoke_within;
        if !(critical <= high && high <= medium && medium <= low) {
            return Err(Mistake::of("revoke_within", "what is worse may not take longer"));
        }
        let objectives = Self {
            window: written.window.0,
            detect_within: written.detect_within.0,
            detect_share: written.detect_share,
            revoke_within: RevokeWithin { critical: critical.0, high: high.0, medium: medium.0, low: low.0 },
            revoke_share: written.revoke_share,
            burn: written.burn.into_iter().map(BurnAlert::from).collect(),
            notify: written.notify.into_iter().map(|name| name.0.to_string()).collect(),
        };
        objectives.burn.iter().try_for_each(|alert| objectives.check(alert))?;
        Ok(objectives)
    }
}

impl Objectives {
    /// An alert that can never fire is a mistake: if all fails, the budget of 5 % burns at 20 times the rate.
    fn check(&self, alert: &BurnAlert) -> Result<(), Mistake> {
        let fastest = 1.0 / (1.0 - self.detect_share.min(self.revoke_share));
        if !(alert.rate > 0.0 && alert.rate < fastest) {
            let problem = format!(
                "rate: expected above 0 and below {fastest:.1}, which is as fast as the budget of these shares can burn"
            );
            return Err(Mistake::of("burn", problem));
        }
        if alert.urgency == Urgency::None {
            return Err(Mistake::of("burn", "urgency: expected page or ticket"));
        }
        if alert.short >= alert.long || alert.long > self.window {
            return Err(Mistake::of(
                "burn",
                "expected short to be shorter than long, and long to be within the window",
            ));
        }
        Ok(())
    }
}

impl From<WrittenBurn> for BurnAlert {
    fn from(written: WrittenBurn) -> Self {
        Self { long: written.long.0, short: written.short.0, rate: written.rate, urgency: written.urgency }
    }
}
