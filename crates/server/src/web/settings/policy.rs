//! The policy in words: its text was found good when the server started, here it is only told.

use std::{collections::BTreeMap, fmt::Write as _};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use stanch_response::policy::Policy;
use toml::{Table, Value};

use crate::{
    app::App,
    pages::settings::{PolicyRule, PolicyView},
};

/// Bytes of the digest that are shown.
const DIGEST_BYTES: usize = 6;

/// The policy.
pub(super) fn view(app: &App) -> PolicyView {
    let policy = &app.shown.policy;
    let rules = |list: &str, then: fn(&Table) -> String| {
        let rule = |rule: &Table| PolicyRule {
            name: text(rule, "name"),
            when: condition(rule.get("when").and_then(Value::as_table)),
            then: then(rule),
        };
        rules(&policy.text, list).iter().map(rule).collect()
    };
    PolicyView {
        path: policy.path.clone(),
        digest: HEXLOWER.encode(&Sha256::digest(&policy.text)[..DIGEST_BYTES]),
        loaded: app.started,
        severities: rules("severity", severity),
        routes: rules("route", route),
        text: policy.text.clone(),
    }
}

/// By channel, which routes tell it.
pub(super) fn taken(policy: &str) -> BTreeMap<String, Vec<String>> {
    let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for route in rules(policy, "route") {
        let name = text(&route, "name");
        for channel in texts(route.get("channels")) {
            taken.entry(channel).or_default().push(name.clone());
        }
        for step in tables(route.get("escalate")) {
            for channel in texts(step.get("channels")) {
                let after = text(&step, "after");
                taken.entry(channel).or_default().push(format!("{name} after {after}"));
            }
        }
    }
    taken
}

/// The rules of a list: those of the policy that comes with Stanch where this one leaves the list out.
fn rules(policy: &str, list: &str) -> Vec<Table> {
    let of = |text: &str| text.parse::<Table>().ok().and_then(|mut table| table.remove(list));
    let found = of(policy).or_else(|| of(Policy::DEFAULT));
    tables(found.as_ref())
}

fn tables(value: Option<&Value>) -> Vec<Table> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_table).cloned().collect()
}

fn text(table: &Table, field: &str) -> String {
    table.get(field).map(plain).unwrap_or_default()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().map(plain).collect(),
        Some(value) => vec![plain(value)],
        None => Vec::new(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn condition(when: Option<&Table>) -> String {
    let one = |(field, value): (&String, &Value)| {
        let field = field.replace('_', " ");
        match value {
            Value::Boolean(true) => field,
            Value::Boolean(false) => format!("not {field}"),
            value => format!("{field} {}", texts(Some(value)).join(" or ")),
        }
    };
    let all: Vec<String> = when.into_iter().flatten().map(one).collect();
    if all.is_empty() { "always".to_owned() } else { all.join(", ") }
}

fn severity(rule: &Table) -> String {
    let bounds = [("then", ""), ("at_least", "at least "), ("at_most", "at most ")];
    let bound = bounds.iter().find(|(field, _)| rule.contains_key(*field));
    bound.map_or_else(String::new, |(field, words)| format!("{words}{}", text(rule, field)))
}

fn route(rule: &Table) -> String {
    let urgency = match text(rule, "urgency").as_str() {
        "none" => return "nobody is told".to_owned(),
        urgency => urgency.to_owned(),
    };
    let channels = texts(rule.get("channels")).join(", ");
    let mut told = if channels.is_empty() { urgency } else { format!("{urgency} to {channels}") };
    for step in tables(rule.get("escalate")) {
        let channels = texts(step.get("channels")).join(", ");
        let _ = write!(told, "; {channels} after {} unless acknowledged", text(&step, "after"));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_told_in_words() {
        let policy = r#"
            [[route]]
            name = "payments"
            when = { owner = "@acme/payments", severity = ["high", "critical"], public = false }
            urgency = "page"
            channels = ["pager"]
            escalate = [{ after = "15m", channels = ["lead", "boss"] }]
            [[route]]
            name = "rest"
            urgency = "none"
        "#;
        let told: Vec<_> = rules(policy, "route")
            .iter()
            .map(|rule| (condition(rule.get("when").and_then(Value::as_table)), route(rule)))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "owner @acme/payments, not public, severity high or critical".to_owned(),
                    "page to pager; lead, boss after 15m unless acknowledged".to_owned()
                ),
                ("always".to_owned(), "nobody is told".to_owned())
            ]
        );
        assert_eq!(taken(policy)["boss"], ["payments after 15m"]);
        let default = rules(policy, "severity");
        assert!(!default.is_empty(), "a section that is left out is the default one");
        assert!(default.iter().all(|rule| !severity(rule).is_empty()));
    }
}
