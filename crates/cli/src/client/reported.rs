//! A finding as a server is told it.

use stanch_model::{
    Finding, KeyKind, Liveness, Location, PartValue, Provenance, ReportedFinding, ReportedPart, Step,
};

use super::{permalink::permalink, submission::Aim};

/// The finding without its value: what is told is its fingerprint, its preview and its place. Paths are below the root of the
/// project, wherever that lies on this machine.
pub(super) fn reported(finding: &Finding, aim: &Aim) -> ReportedFinding {
    let path = match &aim.project {
        Some(project) => project.path_of(finding),
        None => finding.location.path.clone(),
    };
    let location = Location { path, ..finding.location.clone() };
    let provenance = placeless(&finding.provenance, &location.path);
    let url = permalink((&aim.origin.name, aim.site), (&location, &provenance), aim.commit.as_deref());
    // The salt of a project may be the former key, and means nothing to a server.
    let former = finding.secret.previous().filter(|print| print.key().kind() == KeyKind::Organisation);
    ReportedFinding {
        rule: finding.rule.id.clone(),
        severity: finding.severity,
        confidence: finding.confidence,
        fingerprint: *finding.fingerprint(),
        former_fingerprint: former.copied(),
        preview: finding.preview().to_string(),
        code_owners: aim.owners.owners(&location.path),
        location,
        provenance,
        probability: finding.probability,
        facts: finding.facts.clone(),
        parts: finding
            .parts
            .iter()
            .map(|part| ReportedPart {
                name: part.name.to_string(),
                value: part.value.shown(),
                secret: matches!(part.value, PartValue::Secret(_)),
            })
            .collect(),
        class: finding.class,
        encodings: finding.encodings.clone(),
        liveness: Liveness::Unknown,
        url,
    }
}

/// The steps without where the target lies on this machine, so that a place is the same whoever scans it.
fn placeless(provenance: &Provenance, path: &str) -> Provenance {
    let here = || ".".to_owned();
    let is_folder = provenance.0.iter().any(|step| matches!(step, Step::Directory { .. }));
    let mut steps: Vec<Step> = provenance
        .0
        .iter()
        .map(|step| match step {
            Step::Directory { .. } => Step::Directory { path: here() },
            Step::Repository { .. } => Step::Repository { path: here() },
            Step::Path { .. } if is_folder => Step::Path { path: path.to_owned() },
            other => other.clone(),
        })
        .collect();
    // A file that is a target itself has no path below it.
    if is_folder && !steps.iter().any(|step| matches!(step, Step::Path { .. })) {
        steps.push(Step::Path { path: path.to_owned() });
    }
    Provenance(steps)
}
