//! Gitleaks' and Betterleaks' rules, in TOML. The second format is the first one grown on: expressions take the place of
//! allowlists, entropy and validators.

mod expression;
mod extend;

use serde::Deserialize;
use stanch_engine::{Allow, Condition, Context, Subject, is_name, mistake};
use stanch_model::Confidence;
use toml::{Table, Value};

use self::expression::Filter;
pub(crate) use self::extend::extended;
use crate::{
    dialect,
    foreign::{Dialect, Foreign, ForeignRule, Need, Pattern, SecretGroup},
    report::Note,
};

/// Bytes a line is taken to have, where a distance is given in lines.
const LINE_BYTES: usize = 80;

/// One file, its fields in lower case: its readers take them in any.
#[derive(Deserialize)]
pub(crate) struct File {
    #[serde(default)]
    extend: Extend,
    #[serde(default)]
    rules: Vec<Rule>,
    allowlist: Option<Allowlist>,
    #[serde(default)]
    allowlists: Vec<Allowlist>,
    prefilter: Option<String>,
    filter: Option<String>,
    minversion: Option<String>,
    betterleaksminversion: Option<String>,
    #[serde(flatten)]
    rest: Table,
}

/// What the file builds on.
#[derive(Default, Deserialize)]
pub(crate) struct Extend {
    #[serde(default)]
    pub(crate) usedefault: bool,
    pub(crate) path: Option<String>,
    url: Option<String>,
    #[serde(default)]
    pub(crate) disabledrules: Vec<String>,
}

#[derive(Deserialize)]
struct Rule {
    #[serde(default)]
    id: String,
    #[serde(default)]
    description: String,
    regex: Option<String>,
    path: Option<String>,
    #[serde(default)]
    secretgroup: u32,
    #[serde(default)]
    entropy: f64,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    allowlist: Option<Allowlist>,
    #[serde(default)]
    allowlists: Vec<Allowlist>,
    #[serde(default)]
    required: Vec<Required>,
    #[serde(default)]
    skipreport: bool,
    filter: Option<String>,
    validate: Option<String>,
    #[serde(flatten)]
    rest: Table,
}

#[derive(Deserialize)]
struct Required {
    id: String,
    withinlines: Option<usize>,
    withincolumns: Option<usize>,
}

#[derive(Deserialize)]
struct Allowlist {
    #[serde(default)]
    targetrules: Vec<String>,
    description: Option<String>,
    condition: Option<String>,
    #[serde(default)]
    commits: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    regextarget: Option<String>,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    stopwords: Vec<String>,
}

/// What was read of one file, and what it builds on.
pub(crate) struct Read {
    pub(crate) foreign: Foreign,
    /// Allowlists for some rules only, by their ids.
    pub(crate) targeted: Vec<(Vec<String>, Allow)>,
    pub(crate) extend: Extend,
}

/// Reads one file.
///
/// # Errors
/// The line, and what is wrong, without any value.
pub(crate) fn read(text: &str) -> Result<Read, (usize, String)> {
    let table: Table = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        (1 + text.bytes().take(start).filter(|&byte| byte == b'\n').count(), mistake(&error))
    })?;
    let file: File = lower_case(table).try_into().map_err(|error| (1, mistake(&error)))?;
    let mut foreign = Foreign { notes: file_notes(&file), ..Foreign::default() };
    let mut targeted = Vec::new();
    for list in file.allowlist.into_iter().chain(file.allowlists) {
        let targets = list.targetrules.clone();
        let Some(allow) = allowance(list, &mut foreign.notes) else { continue };
        if targets.is_empty() {
            foreign.allows.push(allow);
        } else {
            targeted.push((targets, allow));
        }
    }
    for text in file.prefilter.iter().chain(&file.filter) {
        let filter = Filter::read(text);
        foreign.allows.extend(filter.allows);
        if filter.left_out > 0 || filter.entropy_min > 0.0 {
            foreign.notes.push(Note::left_out("a part of the file's filter expression"));
        }
    }
    foreign.rules = file.rules.into_iter().map(rule).collect();
    Ok(Read { foreign, targeted, extend: file.extend })
}

fn lower_case(table: Table) -> Table {
    table.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), lower_case_within(value))).collect()
}

fn lower_case_within(value: Value) -> Value {
    match value {
        Value::Table(table) => Value::Table(lower_case(table)),
        Value::Array(items) => Value::Array(items.into_iter().map(lower_case_within).collect()),
        other => other,
    }
}

fn file_notes(file: &File) -> Vec<Note> {
    let mut notes = Vec::new();
    if file.minversion.is_some() || file.betterleaksminversion.is_some() {
        notes.push(Note::left_out("minVersion: the version of a program that does not run here"));
    }
    if file.extend.url.is_some() {
        notes.push(Note::left_out("extend.url: nothing is fetched; give the file by its path"));
    }
    let unknown = file.rest.keys().filter(|name| !["title", "description"].contains(&name.as_str()));
    notes.extend(unknown.map(|name| unknown_field(name)));
    notes
}

fn unknown_field(name: &str) -> Note {
    Note::left_out(if is_name(name) {
        format!("{name}: not known")
    } else {
        "a field that is not known".to_owned()
    })
}

fn rule(read: Rule) -> ForeignRule {
    let mut rule = ForeignRule::new(read.id);
    if rule.id.contains("generic") {
        rule.confidence = Confidence::Low;
    }
    rule.description = read.description;
    rule.entropy_min = read.entropy;
    rule.keywords = read.keywords.iter().map(|word| word.to_ascii_lowercase()).collect();
    rule.tags = read.tags;
    rule.hidden = read.skipreport;
    let group = read.secretgroup;
    let secret = if group == 0 { SecretGroup::First } else { SecretGroup::Number(group) };
    let pattern = read.regex.filter(|text| !text.is_empty());
    rule.pattern = pattern.map(|text| Pattern { text, dialect: Dialect::Go, secret });
    rule.paths = read.path.into_iter().filter(|path| !path.is_empty()).map(|path| go(&path)).collect();
    for list in read.allowlist.into_iter().chain(read.allowlists) {
        rule.allows.extend(allowance(list, &mut rule.notes));
    }
    rule.needs = read.required.into_iter().map(need).collect();
    if read.validate.is_some() {
        rule.left_out("validate: only connectors of Stanch ask a provider");
    }
    if let Some(text) = read.filter {
        add_filter(&mut rule, &text);
    }
    rule.notes.extend(read.rest.keys().map(|name| unknown_field(name)));
    rule
}

fn add_filter(rule: &mut ForeignRule, text: &str) {
    let filter = Filter::read(text);
    rule.entropy_min = rule.entropy_min.max(filter.entropy_min);
    if !filter.allows.is_empty() {
        rule.notes.push(Note::changed("what its filter looks for is in allow tables"));
    }
    rule.allows.extend(filter.allows);
    if filter.left_out > 0 {
        rule.left_out(format!("{} of its filter's {} conditions", filter.left_out, filter.conditions));
    }
}

/// How far another rule is looked for: columns as they are, lines of a usual length, else as far as a rule may look.
fn need(required: Required) -> Need {
    let lines = required.withinlines.map(|lines| lines.saturating_add(1).saturating_mul(LINE_BYTES));
    let within = [lines, required.withincolumns].into_iter().flatten().min();
    let within_bytes = within.unwrap_or(usize::MAX).min(Context::WITHIN_BYTES_MAX);
    Need { id: required.id, within_bytes, required: true }
}

/// A pattern of Go that is searched for as it is.
fn go(text: &str) -> String {
    dialect::translate(text, Dialect::Go).0
}

/// What an allowlist allows; none where nothing of it can be told of a match.
fn allowance(list: Allowlist, notes: &mut Vec<Note>) -> Option<Allow> {
    let all = list.condition.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("and") || name == "&&");
    let on = match list.regextarget.as_deref() {
        Some("match") => Subject::Match,
        Some("line") => Subject::Line,
        _ => Subject::Secret,
    };
    if !list.commits.is_empty() {
        notes.push(Note::left_out("commits of an allowlist: no rule knows its commit"));
        if all {
            notes.push(Note::left_out("an allowlist that holds in some commits only"));
            return None;
        }
    }
    if on == Subject::Line && !list.regexes.is_empty() {
        let reach = Allow::LINE_BYTES_MAX;
        notes.push(Note::changed(format!("lines are looked at up to {reach} bytes around a match")));
    }
    let allow = Allow {
        reason: list.description.filter(|text| !text.is_empty()),
        condition: if all { Condition::All } else { Condition::Any },
        on,
        patterns: list.regexes.iter().map(|text| go(text)).collect(),
        words: list.stopwords.into_iter().filter(|word| !word.is_empty()).collect(),
        paths: list.paths.iter().map(|text| go(text)).collect(),
    };
    let is_blank = allow.patterns.is_empty() && allow.words.is_empty() && allow.paths.is_empty();
    (!is_blank).then_some(allow)
}
