//! Alerts of GitHub's secret scanning: its secret is given its identity and goes no further.

use stanch_connectors::inbound::{AlertedSecret, PushedRepository, SecretAlert, SecretAlertAction};
use stanch_model::{
    Confidence, Liveness, Location, Origin, OriginKind, Preview, Provenance, ReportedFinding, ScanHeader,
    Secret, Severity, Step,
};
use stanch_response::{
    Batch, Delivery, Effect, PushTold,
    batch::{Numbered, Section},
};

use super::repository::origin;
use crate::{app::App, problem::Problem};

/// The rule of what no rule of ours is called like.
const RULE: &str = "github-secret-scanning";
/// The origin of what GitHub saw in public, where it does not say where.
const PUBLIC: &str = "github.com (public)";
/// Which part of a repository an alert is of: no scan of ours tells that it is gone.
const SCOPE: &str = "github-secret-scanning";

/// Takes an alert: its secret becomes a finding; what somebody decided about it there is noted.
pub(super) fn take(app: &App, delivery: &Delivery<'_>, mut alert: SecretAlert) -> Result<Effect, Problem> {
    let of = origin(&alert.repository)?;
    let Some(secret) = alert.secret.take() else { return without_secret(app, delivery, &of, &alert) };
    let Some(secret) = seal(app, secret) else { return Ok(Effect::Nothing) };
    if alert.action == SecretAlertAction::Resolved {
        let names = [Some(secret.fingerprint()), secret.previous()];
        let names: Vec<String> = names.into_iter().flatten().map(ToString::to_string).collect();
        let text = resolution(&alert);
        return Ok(app.register.noted_elsewhere(delivery, &names, (&text, &alert.url))?);
    }
    let batch = Batch { sections: sections(app, delivery, of, &alert, &secret), ..Batch::default() };
    Ok(app.register.found_elsewhere(delivery, &batch)?)
}

fn seal(app: &App, secret: AlertedSecret) -> Option<Secret> {
    app.hooks.fingerprinter.as_deref().map(|fingerprinter| secret.seal(fingerprinter))
}

/// Without its secret an alert has no identity here. That there is something to scan for is kept.
fn without_secret(
    app: &App,
    delivery: &Delivery<'_>,
    origin: &Origin,
    alert: &SecretAlert,
) -> Result<Effect, Problem> {
    tracing::warn!(origin = %origin.name, alert = alert.number, "an alert came without its secret: scan the repository");
    let told = PushTold {
        default_branch: alert.repository.default_branch.clone(),
        pushed: matches!(alert.action, SecretAlertAction::Created | SecretAlertAction::Reopened)
            .then(|| (format!("secret scanning alert {}", alert.number), String::new())),
    };
    Ok(app.register.told_by_forge(delivery, origin, &told)?)
}

fn resolution(alert: &SecretAlert) -> String {
    let how = alert.resolution.as_deref().unwrap_or("closed").replace('_', " ");
    let who = alert.resolved_by.as_deref().unwrap_or("somebody");
    format!("GitHub's secret scanning alert {}: {how}, says {who} there", alert.number)
}

/// The finding in its repository and, if the secret was seen in public, there.
fn sections(
    app: &App,
    delivery: &Delivery<'_>,
    origin: Origin,
    alert: &SecretAlert,
    secret: &Secret,
) -> Vec<Section> {
    let mut origins = vec![origin];
    if alert.publicly_leaked == Some(true) || alert.action == SecretAlertAction::PubliclyLeaked {
        origins.push(Origin {
            kind: OriginKind::Other,
            name: PUBLIC.to_owned(),
            public: Some(true),
            environment: None,
            url: None,
        });
    }
    let section = |origin: Origin| Section {
        line: 1,
        header: ScanHeader {
            id: format!("alert-{}-{}", alert.number, delivery.now.as_millisecond()),
            tool: "github secret scanning".to_owned(),
            origin,
            scope: SCOPE.to_owned(),
            started: delivery.now,
        },
        findings: vec![Numbered { line: 1, finding: Box::new(finding(app, alert, secret)) }],
        allowed: Vec::new(),
        summary: None,
    };
    origins.into_iter().map(section).collect()
}

fn finding(app: &App, alert: &SecretAlert, secret: &Secret) -> ReportedFinding {
    let liveness = match alert.validity.as_deref() {
        Some("active") => Liveness::Live,
        Some("inactive") => Liveness::Dead,
        _ => Liveness::Unknown,
    };
    let is_generic = ["password", "generic"].iter().any(|word| alert.secret_type.contains(word));
    let confidence = match (liveness, is_generic) {
        (Liveness::Live, _) => Confidence::Certain,
        (_, false) => Confidence::High,
        (_, true) => Confidence::Medium,
    };
    // GitHub names the repository and the page of the alert; the page shows where.
    let path = format!("{}/security/secret-scanning/{}", name_of(&alert.repository), alert.number);
    let step = Step::Path { path: path.clone() };
    ReportedFinding {
        rule: rule(app, &alert.secret_type),
        severity: Severity::High,
        confidence,
        fingerprint: *secret.fingerprint(),
        former_fingerprint: secret.previous().copied(),
        preview: Preview::of(secret).as_str().to_owned(),
        location: Location {
            path,
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            byte_start: 0,
            byte_end: 0,
        },
        provenance: Provenance(vec![step]),
        probability: None,
        facts: Vec::new(),
        parts: Vec::new(),
        class: None,
        encodings: Vec::new(),
        liveness,
        code_owners: Vec::new(),
        url: Some(alert.url.clone()).filter(|url| url.starts_with("https://") || url.starts_with("http://")),
    }
}

fn name_of(repository: &PushedRepository) -> String {
    repository.name.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The rule of ours that is called like a type of GitHub's, or one for all of them.
fn rule(app: &App, secret_type: &str) -> String {
    /// Types of GitHub's that are called otherwise here.
    const OTHERWISE: [(&str, &str); 2] = [
        ("github_personal_access_token", "github-pat-classic"),
        ("github_fine_grained_personal_access_token", "github-fine-grained-pat"),
    ];
    let named =
        OTHERWISE.iter().find(|(theirs, _)| *theirs == secret_type).map(|(_, ours)| (*ours).to_owned());
    let named = named.unwrap_or_else(|| secret_type.replace('_', "-"));
    if app.register.settings().rules.contains_key(&named) { named } else { RULE.to_owned() }
}
