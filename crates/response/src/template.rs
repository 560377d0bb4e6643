//! What is told to whom while an incident lasts: texts with named facts in them.
//!
//! A template is plain text; its first line is `Subject: …`. `{{incident.title}}` stands for a fact. What is no fact is a mistake, and
//! facts are a closed struct without any secret, so that none can get into a message.
//!
//! ```
//! use stanch_response::template::{Audience, Template};
//!
//! let text = Template::default_text(Audience::Internal);
//! assert!(Template::parse(text).is_ok());
//! let mistake = Template::parse("Subject: hello\n\n{{secret}}").expect_err("no such fact");
//! assert_eq!(mistake.line, 3);
//! ```

mod facts;

use std::{fmt, str::FromStr};

pub use facts::Facts;

use facts::{FACTS, Fact};

/// Largest template, in bytes.
const BYTES_MAX: usize = 64 << 10;
/// Most facts that a template may name, the same one twice counted twice.
const NAMED_MAX: usize = 500;
/// What the first line begins with.
const SUBJECT: &str = "Subject:";

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Audience {
    /// Those who work on it, and whose service it is.
    Internal,
    /// Customers, where they are affected.
    Customer,
    /// Who leads the organisation.
    Executive,
}

impl Audience {
    /// Every audience.
    pub const ALL: [Self; 3] = [Self::Internal, Self::Customer, Self::Executive];

    /// The name used in settings, the API and as the name of a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Customer => "customer",
            Self::Executive => "executive",
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no audience.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown audience: expected one of {}", Audience::ALL.map(Audience::as_str).join(", "))]
pub struct AudienceError;

impl FromStr for Audience {
    type Err = AudienceError;

    fn from_str(text: &str) -> Result<Self, AudienceError> {
        Self::ALL.into_iter().find(|audience| audience.as_str() == text).ok_or(AudienceError)
    }
}

/// What is wrong with the text of a template.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{line}: {problem}")]
pub struct TemplateError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: TemplateProblem,
}

/// A mistake in a template.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TemplateProblem {
    /// What stands in the braces is no fact.
    #[error("unknown fact: expected one of {}", names())]
    Unknown,
    /// The braces are not closed on their line.
    #[error("{{{{ without }}}} on the same line")]
    Open,
    /// The first line is not the subject.
    #[error("expected the first line to be Subject: and what the message is about")]
    NoSubject,
    /// It is too large.
    #[error("is larger than {BYTES_MAX} bytes, or names more than {NAMED_MAX} facts")]
    TooLarge,
}

/// A text with named facts.
#[derive(Clone, Debug)]
pub struct Template {
    subject: Vec<Piece>,
    body: Vec<Piece>,
}

/// A filled template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about, in one line.
    pub subject: String,
    /// The text.
    pub body: String,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Fact(&'static Fact),
}

impl Template {
    /// The text of the template that comes with Stanch.
    pub fn default_text(audience: Audience) -> &'static str {
        match audience {
            Audience::Internal => include_str!("template/internal.txt"),
            Audience::Customer => include_str!("template/customer.txt"),
            Audience::Executive => include_str!("template/executive.txt"),
        }
    }

    /// The template that comes with Stanch.
    pub fn of(audience: Audience) -> Self {
        Self::parse(Self::default_text(audience)).expect("the default templates are well-formed")
    }

    /// Reads a template.
    ///
    /// # Errors
    /// The first mistake, by line.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        if text.len() > BYTES_MAX || text.matches("{{").count() > NAMED_MAX {
            return Err(TemplateError { line: 1, problem: TemplateProblem::TooLarge });
        }
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let subject = first.strip_prefix(SUBJECT).map(str::trim).filter(|subject| !subject.is_empty());
        let subject = subject.ok_or(TemplateError { line: 1, problem: TemplateProblem::NoSubject })?;
        Ok(Self { subject: pieces(subject, 1)?, body: pieces(rest.trim_end(), 2)? })
    }

    /// Fills in the facts.
    pub fn fill(&self, facts: &Facts) -> Message {
        let body = filled(&self.body, facts);
        Message {
            subject: filled(&self.subject, facts),
            body: format!("{}\n", body.trim_start_matches('\n')),
        }
    }

    /// Names of all facts.
    pub fn facts() -> impl Iterator<Item = &'static str> {
        FACTS.iter().map(|fact| fact.name)
    }
}

fn names() -> String {
    Template::facts().collect::<Vec<_>>().join(", ")
}

/// Parts of a text whose first line is the `first`.
fn pieces(text: &str, first: usize) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mistake = |problem| TemplateError { line: first + number, problem };
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or_else(|| mistake(TemplateProblem::Open))?;
            let fact = FACTS.iter().find(|fact| fact.name == name.trim());
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Fact(fact.ok_or_else(|| mistake(TemplateProblem::Unknown))?));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// What a fact says is not looked at for facts: it may come from whoever wrote the name of a file.
fn filled(pieces: &[Piece], facts: &Facts) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Fact(fact) => facts.tell(fact),
    };
    pieces.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use stanch_model::{Milestones, Severity, State};

    use super::*;
    use crate::policy::Urgency;

    fn facts() -> Facts {
        let at = |text: &str| text.parse().expect("a time");
        Facts {
            organisation: "Acme".to_owned(),
            number: 42,
            title: "AWS secret access key in github.com/acme/shop".to_owned(),
            url: "https://stanch.acme.example/incidents/42".to_owned(),
            state: State::Revoked,
            severity: Severity::Critical,
            urgency: Urgency::Page,
            leaks: 1,
            places: 40,
            rules: vec!["aws-secret-access-key".to_owned()],
            origins: (1..=12).map(|number| format!("github.com/acme/shop-{number}")).collect(),
            environments: vec!["prod".to_owned()],
            public: Some(true),
            commander: Some("Ann".to_owned()),
            ops_lead: None,
            liaison: Some("Bo".to_owned()),
            leaked: Some(at("2026-11-26T22:10:00Z")),
            detected: at("2026-11-27T01:00:00Z"),
            milestones: Milestones {
                acknowledged: Some(at("2026-11-27T01:04:30Z")),
                contained: Some(at("2026-11-27T01:20:00Z")),
                revoked: Some(at("2026-11-27T01:41:00Z")),
                ..Milestones::default()
            },
            cost: Some("2400 EUR".to_owned()),
            now: at("2026-11-27T02:00:00Z"),
        }
    }

    #[test]
    fn default_templates() {
        for audience in Audience::ALL {
            let Message { subject, body } = Template::of(audience).fill(&facts());
            assert_snapshot!(audience.as_str(), format!("Subject: {subject}\n\n{body}"));
            assert_eq!(audience.as_str().parse(), Ok(audience));
        }
    }

    #[test]
    fn every_fact_can_be_told() {
        let lines: Vec<_> = Template::facts().map(|name| format!("{name}: {{{{ {name} }}}}\n")).collect();
        let told =
            Template::parse(&format!("Subject: all\n{}", lines.concat())).expect("facts").fill(&facts());
        assert_snapshot!("all_facts", told.body);
    }

    #[test]
    fn what_is_not_known_is_said_so() {
        let unknown = Facts {
            leaked: None,
            public: None,
            cost: None,
            environments: Vec::new(),
            milestones: Milestones::default(),
            ..facts()
        };
        let text = "Subject: x\n{{leaked}}, {{public}}, {{environments}}, {{ops_lead}}, {{revoked}}, {{time_to_revoke}}, {{time_to_detect}}, {{cost}}";
        let body = Template::parse(text).expect("facts").fill(&unknown).body;
        assert_eq!(
            body,
            "not known, not known, not known, nobody yet, not yet, not yet, not known, not known\n"
        );
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let wrong = |text: &str| Template::parse(text).expect_err("a mistake").to_string();
        assert_snapshot!("unknown_fact", wrong("Subject: x\n\nhello {{incident.secret}}\n"));
        assert_eq!(wrong("Subject: {{secret}}\n").split(':').next(), Some("1"));
        assert_eq!(wrong("Subject: x\na\nb {{severity\n}}"), "3: {{ without }} on the same line");
        assert!(wrong("Hello\n").starts_with("1: expected the first line to be Subject:"));
        assert!(wrong(&format!("Subject: x\n{}", "a".repeat(BYTES_MAX))).starts_with("1: is larger than"));
    }

    #[test]
    fn facts_bring_neither_facts_nor_lines() {
        let title = format!("{{{{url}}}}\r\nBcc: all@acme.example\u{1b}[2J{}", "x".repeat(1000));
        let hostile = Facts { title, ..facts() };
        let told = Template::parse("Subject: {{incident.title}}\n").expect("facts").fill(&hostile);
        assert!(told.subject.starts_with("{{url}}  Bcc: all@acme.example [2Jx"), "{}", told.subject);
        assert!(told.subject.ends_with('…') && told.subject.chars().count() == 500);
    }
}
