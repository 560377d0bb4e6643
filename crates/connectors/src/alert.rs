//! What is told to people outside: one message about one incident.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::{Severity, Urgency};

/// A message about an incident, for a channel to deliver. It never holds a secret; but its texts hold names that an
/// attacker may have chosen (paths, branches, messages of commits), so every channel escapes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What makes the messages of one incident one thing on the other side; the same at each attempt to deliver.
    pub key: String,
    /// What makes this message unique; the same at each attempt to deliver it.
    pub id: String,
    /// What happened to the incident.
    pub kind: AlertKind,
    /// How it wants to be heard.
    pub urgency: Urgency,
    /// How bad the incident is.
    pub severity: Severity,
    /// The incident it is about.
    pub incident: IncidentRef,
    /// What happened, in a sentence.
    pub summary: String,
    /// What is known, each with a name, in the order to be shown.
    #[serde(default)]
    pub facts: Vec<AlertFact>,
    /// When it happened.
    pub at: Timestamp,
}

impl Alert {
    /// Whether it is about an incident; others are about what is promised.
    pub(crate) fn is_of_incident(&self) -> bool {
        self.incident.number != 0
    }

    /// What it is about, in a word that labels may hold.
    pub(crate) fn subject(&self) -> String {
        if self.is_of_incident() {
            return self.incident.number.to_string();
        }
        self.key.strip_prefix("stanch-").unwrap_or(&self.key).to_owned()
    }

    /// What it is about, for people.
    pub(crate) fn heading(&self) -> String {
        if self.is_of_incident() {
            return format!("Incident {}", self.incident.number);
        }
        "Objectives".to_owned()
    }
}

/// An incident, as a message names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IncidentRef {
    /// Its number in the register; 0 if the message is about none, but about what is promised.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its page in the register.
    pub url: String,
}

/// Something that is known of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AlertFact {
    /// What it is, such as `repository`.
    pub name: String,
    /// Its value, never a secret.
    pub value: String,
}

/// What happened to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertKind {
    /// It was opened, or opened again.
    Trigger,
    /// Something is new about it.
    Update,
    /// Somebody took it on.
    Acknowledge,
    /// It is over.
    Resolve,
}

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Trigger, Self::Update, Self::Acknowledge, Self::Resolve];

    /// The name used in messages and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Update => "update",
            Self::Acknowledge => "acknowledge",
            Self::Resolve => "resolve",
        }
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_survives_json() {
        let alert = Alert {
            key: "stanch-incident-7".to_owned(),
            id: "m-1".to_owned(),
            kind: AlertKind::Trigger,
            urgency: Urgency::Page,
            severity: Severity::Critical,
            incident: IncidentRef {
                number: 7,
                title: "a key".to_owned(),
                url: "https://s/incidents/7".to_owned(),
            },
            summary: "a live key is public".to_owned(),
            facts: vec![AlertFact { name: "repository".to_owned(), value: "shop/api".to_owned() }],
            at: Timestamp::UNIX_EPOCH,
        };
        let text = serde_json::to_string(&alert).expect("JSON");
        assert!(text.contains(r#""kind":"trigger","urgency":"page","severity":"critical""#));
        assert_eq!(serde_json::from_str::<Alert>(&text).expect("an alert"), alert);
    }

    #[test]
    fn names_are_those_of_json() {
        for kind in AlertKind::ALL {
            assert_eq!(serde_json::to_string(&kind).expect("JSON"), format!("\"{kind}\""));
        }
    }
}
