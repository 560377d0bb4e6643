//! Rules as they are written: the fields of a rule file, in its order.

use serde::Serialize;
use stanch_engine::{Allow, Condition, Subject};
use stanch_model::{Confidence, Severity};

/// One file.
#[derive(Serialize)]
pub(crate) struct FileOut {
    pub(crate) provider: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allow: Vec<AllowOut>,
    pub(crate) rule: Vec<RuleOut>,
}

/// One rule.
#[derive(Clone, Serialize)]
pub(crate) struct RuleOut {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) pattern: String,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entropy_min: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) paths: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) references: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) examples: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) negatives: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<ContextOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) part: Vec<PartOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allow: Vec<AllowOut>,
}

#[derive(Clone, Serialize)]
pub(crate) struct ContextOut {
    pub(crate) words: Vec<String>,
    pub(crate) within_bytes: usize,
}

#[derive(Clone, Serialize)]
pub(crate) struct PartOut {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) within_bytes: Option<usize>,
    #[serde(skip_serializing_if = "is_not")]
    pub(crate) required: bool,
    pub(crate) secret: bool,
}

#[derive(Clone, Serialize)]
pub(crate) struct AllowOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<Subject>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    patterns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<String>,
}

impl From<Allow> for AllowOut {
    fn from(allow: Allow) -> Self {
        Self {
            reason: allow.reason,
            condition: Some(allow.condition).filter(|condition| *condition != Condition::default()),
            on: Some(allow.on).filter(|on| *on != Subject::default()),
            patterns: allow.patterns,
            words: allow.words,
            paths: allow.paths,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_not(flag: &bool) -> bool {
    !flag
}
