//! What is to be done about a leaked credential, by its kind: checklists from a version-controlled file.
//!
//! ```
//! use stanch_response::playbook::Playbook;
//!
//! let playbook = Playbook::default();
//! assert_eq!(playbook.checklist("aws-access-key-id", Some("aws")).name, "cloud-key");
//! assert_eq!(playbook.checklist("acme-key", None).name, "generic");
//! ```

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet};
use serde::{Deserialize, Serialize};
use stanch_engine::mistake_in;
use stanch_model::{CONNECTORS, Duty, IncidentStep};
use toml::Spanned;

/// Largest playbook, in bytes.
const BYTES_MAX: usize = 1 << 20;
/// Most checklists.
const CHECKLISTS_MAX: usize = 200;
/// Most steps of a checklist.
const STEPS_MAX: usize = 100;
/// Most globs or connectors of a checklist.
const KINDS_MAX: usize = 200;
/// Longest name, title or glob, in bytes.
const NAME_BYTES_MAX: usize = 100;
/// Longest text of a step, in bytes.
const TEXT_BYTES_MAX: usize = 1_000;

/// Milestones that each checklist must lead to: an incident closes no other way.
const NEEDED: [IncidentStep; 2] = [IncidentStep::Revoke, IncidentStep::Prove];

/// Checklists by kind of credential.
#[derive(Clone, Debug)]
pub struct Playbook {
    checklists: Vec<Kind>,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checklist {
    /// Its name in the file.
    pub name: String,
    /// What it is for, for people.
    pub title: String,
    /// The steps.
    pub steps: Vec<ChecklistStep>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistStep {
    /// Its name in the checklist; stays when the text is improved.
    pub id: String,
    /// What to do.
    pub text: String,
    /// Who does it.
    pub duty: Duty,
    /// The step of the incident that is done with it; none where it is only on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<IncidentStep>,
}

/// What is wrong with the text of a playbook; no value of it is quoted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{line}: {message}")]
pub struct PlaybookError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, naming the field.
    pub message: String,
}

/// A checklist and what it is for.
#[derive(Clone, Debug)]
struct Kind {
    checklist: Checklist,
    connectors: Vec<String>,
    rules: GlobSet,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    checklist: Vec<Spanned<WrittenChecklist>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenChecklist {
    name: String,
    title: String,
    #[serde(default)]
    connectors: Vec<String>,
    #[serde(default)]
    rules: Vec<String>,
    step: Vec<ChecklistStep>,
}

impl Default for Playbook {
    /// The playbook that comes with Stanch.
    fn default() -> Self {
        Self::parse(Self::DEFAULT).expect("the default playbook is well-formed")
    }
}

impl Playbook {
    /// The text of the playbook that comes with Stanch.
    pub const DEFAULT: &str = include_str!("playbook/default.toml");

    /// Reads a playbook.
    ///
    /// # Errors
    /// The first mistake, by line and field.
    pub fn parse(text: &str) -> Result<Self, PlaybookError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.len() > BYTES_MAX {
            return Err(PlaybookError { line: 1, message: format!("is larger than {BYTES_MAX} bytes") });
        }
        let written: Written = toml::from_str(text).map_err(|error| {
            let (line, message) = mistake_in(text, &error);
            PlaybookError { line, message }
        })?;
        let line = |at: usize| 1 + text[..at].matches('\n').count();
        if let Some(extra) = written.checklist.get(CHECKLISTS_MAX) {
            let message = format!("checklist: more than {CHECKLISTS_MAX}");
            return Err(PlaybookError { line: line(extra.span().start), message });
        }
        let mut names = BTreeSet::new();
        let mut checklists = Vec::new();
        let (mut last, mut is_generic) = (1, false);
        for written in written.checklist {
            last = line(written.span().start);
            let mistake = |message| PlaybookError { line: last, message };
            let written = written.into_inner();
            is_generic = written.connectors.is_empty() && written.rules.is_empty();
            let kind = Kind::try_from(written).map_err(mistake)?;
            if !names.insert(kind.checklist.name.clone()) {
                return Err(mistake("name: another checklist has it".to_owned()));
            }
            checklists.push(kind);
        }
        if !is_generic {
            let message =
                "expected the last checklist to have neither connectors nor rules, for all that is left";
            return Err(PlaybookError { line: last, message: message.to_owned() });
        }
        Ok(Self { checklists })
    }

    /// The checklist for a credential, by the id of the rule that found it and the connector of that rule: the first that fits.
    pub fn checklist(&self, rule: &str, connector: Option<&str>) -> &Checklist {
        let fits = |kind: &&Kind| {
            let is_named = connector.is_some_and(|name| kind.connectors.iter().any(|known| known == name));
            is_named || kind.rules.is_match(rule)
        };
        let generic = || self.checklists.last().expect("a playbook has a last checklist");
        &self.checklists.iter().find(fits).unwrap_or_else(generic).checklist
    }

    /// Every checklist, in the order of the file.
    pub fn checklists(&self) -> impl Iterator<Item = &Checklist> {
        self.checklists.iter().map(|kind| &kind.checklist)
    }
}

impl TryFrom<WrittenChecklist> for Kind {
    type Error = String;

    fn try_from(written: WrittenChecklist) -> Result<Self, String> {
        let WrittenChecklist { name, title, connectors, rules, step: steps } = written;
        text("name", &name, NAME_BYTES_MAX)?;
        text("title", &title, NAME_BYTES_MAX)?;
        if connectors.len() > KINDS_MAX || rules.len() > KINDS_MAX {
            return Err(format!("connectors: more than {KINDS_MAX} of them, or of rules"));
        }
        if connectors.iter().any(|name| !CONNECTORS.contains(&name.as_str())) {
            return Err(format!("connectors: unknown name, expected some of {}", CONNECTORS.join(", ")));
        }
        check(&steps)?;
        let rules = globs(&rules)?;
        Ok(Self { checklist: Checklist { name, title, steps }, connectors, rules })
    }
}

fn check(steps: &[ChecklistStep]) -> Result<(), String> {
    if steps.len() > STEPS_MAX {
        return Err(format!("step: more than {STEPS_MAX}"));
    }
    let mut ids = BTreeSet::new();
    for step in steps {
        text("id", &step.id, NAME_BYTES_MAX)?;
        text("text", &step.text, TEXT_BYTES_MAX)?;
        if !ids.insert(&step.id) {
            return Err("id: another step has it".to_owned());
        }
    }
    let missing = NEEDED.iter().find(|needed| !steps.iter().any(|step| step.milestone == Some(**needed)));
    missing.map_or(Ok(()), |missing| Err(format!("step: none has the milestone {missing}")))
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSet::builder();
    for pattern in patterns {
        text("rules", pattern, NAME_BYTES_MAX)?;
        set.add(GlobBuilder::new(pattern).literal_separator(true).build().map_err(|_| "rules: not a glob")?);
    }
    set.build().map_err(|_| "rules: globs that are too large together".to_owned())
}

fn text(field: &str, text: &str, bytes_max: usize) -> Result<(), String> {
    if text.trim().is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
        return Err(format!("{field}: expected one line of 1 to {bytes_max} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_checklist() {
        let playbook = Playbook::default();
        for (rule, connector, name) in [
            ("aws-secret-access-key", Some("aws"), "cloud-key"),
            ("google-service-account-key", Some("gcp"), "cloud-key"),
            ("database-url", None, "database-password"),
            ("mysql-command-password", None, "database-password"),
            ("bitbucket-access-token", None, "code-host-token"),
            ("github-pat-classic", Some("github"), "code-host-token"),
            ("npm-access-token", Some("npm"), "package-registry-token"),
            ("private-key-openssh", None, "private-key"),
            ("slack-webhook", Some("slack"), "webhook"),
            ("slack-bot-token", Some("slack"), "generic"),
            ("generic-assignment", None, "generic"),
        ] {
            assert_eq!(playbook.checklist(rule, connector).name, name, "{rule}");
        }
    }

    #[test]
    fn the_default_leads_to_the_end_in_order() {
        for checklist in Playbook::default().checklists() {
            let milestones: Vec<_> = checklist.steps.iter().filter_map(|step| step.milestone).collect();
            let order = |step: &IncidentStep| IncidentStep::ALL.iter().position(|known| known == step);
            assert!(milestones.contains(&IncidentStep::Acknowledge), "{}", checklist.name);
            assert_eq!(milestones.last(), Some(&IncidentStep::Close), "{}", checklist.name);
            let ends = milestones.iter().filter(|step| !matches!(step, IncidentStep::Rotate));
            assert!(ends.is_sorted_by_key(order), "{}", checklist.name);
        }
    }

    #[test]
    fn mistakes_name_line_and_field_and_no_value() {
        const TEXT: &str = "[[checklist]]\nname = 'all'\ntitle = 'All'\n\n[[checklist.step]]\nid = 'a'\ntext = 'End it.'\nduty = 'ops-lead'\nmilestone = 'revoke'\n\n[[checklist.step]]\nid = 'b'\ntext = 'Show it.'\nduty = 'liaison'\nmilestone = 'prove'\n";
        assert!(Playbook::parse(TEXT).is_ok());
        for (right, wrong, expected) in [
            ("'liaison'", "'hunter'", "14: duty: unknown value, expected one of"),
            ("milestone = 'prove'\n", "", "1: step: none has the milestone prove"),
            ("'b'", "'a'", "1: id: another step has it"),
            ("title = 'All'\n", "title = 'All'\nconnectors = ['acme']\n", "1: connectors: unknown name"),
            ("title = 'All'\n", "title = 'All'\nrules = ['a[']\n", "1: rules: not a glob"),
            ("title = 'All'\n", "title = 'All'\nrules = ['a']\n", "1: expected the last checklist"),
            ("title", "titel", "3: titel: unknown field `titel`"),
            ("'Show it.'", "' '", "1: text: expected one line"),
        ] {
            let error = Playbook::parse(&TEXT.replace(right, wrong)).expect_err("a mistake").to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        let twice = Playbook::parse(&[TEXT, TEXT].concat()).expect_err("a mistake");
        assert_eq!(twice.to_string(), "16: name: another checklist has it");
    }
}
