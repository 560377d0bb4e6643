//! What channels ask is what the documentation of each service demands, and what it answers they understand. The contracts in
//! `contracts/` are written from the documentation that each names.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use serde::Deserialize;
use serde_json::Value;
use stanch_connectors::AlertKind;

use crate::{
    sample::{context, hostile, open, webhook_secret},
    service::{Asked, Reply, Service},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contract {
    kind: String,
    documentation: Vec<String>,
    /// With `{url}` where the service is.
    settings: String,
    steps: Vec<Step>,
}

/// One alert and what it makes a channel ask, in this order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    alert: AlertKind,
    reference: Option<String>,
    exchanges: VecDeque<Exchange>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    /// A JSON Schema.
    body: Option<Value>,
    answer: Answer,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    body: Value,
}

/// What is wrong with `asked`.
fn broken(exchange: &Exchange, asked: &Asked) -> Vec<String> {
    let mut broken = Vec::new();
    let line = format!("{} {}", exchange.method, exchange.target);
    if line != asked.line() {
        broken.push(format!("{} is not {line}", asked.line()));
    }
    for (name, value) in &exchange.headers {
        if asked.headers.get(name) != Some(value) {
            broken.push(format!("header {name} is {:?}, not {value:?}", asked.headers.get(name)));
        }
    }
    match &exchange.body {
        None if !asked.body.is_empty() => broken.push("there is a body".to_owned()),
        None => {}
        Some(schema) => {
            let validator = jsonschema::validator_for(schema).expect("a schema");
            broken.extend(validator.iter_errors(&asked.json()).map(|error| error.to_string()));
        }
    }
    broken
}

fn honour(name: &str, contract: Contract) {
    assert!(!contract.documentation.is_empty(), "{name} names no documentation");
    for step in contract.steps {
        let rest = Arc::new(Mutex::new((step.exchanges, Vec::new())));
        let inner = Arc::clone(&rest);
        let service = Service::new(move |asked| {
            let mut inner = inner.lock().expect("exchanges");
            let Some(exchange) = inner.0.pop_front() else {
                inner.1.push(format!("{} is too much", asked.line()));
                return Reply::status(404);
            };
            inner.1.extend(broken(&exchange, asked));
            Reply::json(exchange.answer.status, &exchange.answer.body)
        });
        let settings =
            contract.settings.replace("{url}", &service.url()).replace("{secret}", &webhook_secret());
        let delivered = open(&contract.kind, &settings, &context()).deliver(&hostile(step.alert));
        let rest = rest.lock().expect("exchanges");
        assert!(rest.1.is_empty(), "{name}, {}: {:#?}", step.alert, rest.1);
        assert!(rest.0.is_empty(), "{name}, {}: {} exchanges are left", step.alert, rest.0.len());
        let receipt = delivered.unwrap_or_else(|error| panic!("{name}, {}: {error}", step.alert));
        assert_eq!(receipt.reference, step.reference, "{name}, {}", step.alert);
    }
}

#[test]
fn channels_keep_the_contracts_of_services() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/contracts"));
    let mut kept = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a file");
        let contract =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        honour(&path.file_name().expect("a name").to_string_lossy(), contract);
        kept += 1;
    }
    assert_eq!(kept, 9);
}
