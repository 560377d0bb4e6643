//! The real Alertmanager: Debian's.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;
use stanch_connectors::AlertKind;
use stanch_model::{Severity, Urgency};
use tempfile::TempDir;

use crate::{
    sample::{MARKER, alert, context, hostile, open},
    service::{Reply, Service},
    sidecar::{Sidecar, start},
};

/// An Alertmanager that tells `service` of every change at once.
fn alertmanager(folder: &TempDir, service: &Service) -> Sidecar {
    let config = format!(
        "route: {{ receiver: here, group_by: [incident], group_wait: 0s, group_interval: 1s }}\n\
         receivers: [{{ name: here, webhook_configs: [{{ url: '{}/told' }}] }}]\n",
        service.url()
    );
    let path = folder.path().join("alertmanager.yml");
    fs::write(&path, config).expect("a writable file");
    let mut child = start(
        Command::new("prometheus-alertmanager")
            .arg(format!("--config.file={}", path.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .args(["--web.listen-address=127.0.0.1:0", "--cluster.listen-address=", "--log.format=json"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped()),
    );
    let log = BufReader::new(child.stderr.take().expect("a log"));
    let (tell, port) = mpsc::channel();
    thread::spawn(move || {
        // Reads on to the end, so that the log never fills.
        for line in log.lines().map_while(Result::ok) {
            if let Some(port) = listening(&line) {
                let _ = tell.send(port);
            }
        }
    });
    let port = port.recv_timeout(Duration::from_mins(1));
    Sidecar::of(child, port.expect("prometheus-alertmanager did not start"))
}

/// The port in the line of the log that tells it.
fn listening(line: &str) -> Option<u16> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let address = entry["address"].as_str().filter(|_| entry["msg"] == "Listening on")?;
    address.rsplit(':').next()?.parse().ok()
}

/// The alerts that are on.
fn active(manager: &Sidecar) -> Vec<Value> {
    let url = format!("http://127.0.0.1:{}/api/v2/alerts", manager.port);
    let mut answer = ureq::get(url).call().expect("an answer");
    serde_json::from_str(&answer.body_mut().read_to_string().expect("a body")).expect("JSON")
}

fn labels(alert: &Value) -> String {
    let label = |name: &str| alert["labels"][name].as_str().unwrap_or("none").to_owned();
    ["alertname", "incident", "severity", "urgency", "team"].map(label).join(" ")
}

#[test]
fn an_incident_is_one_alert_from_its_start_to_its_end() {
    let (folder, told) =
        (TempDir::new().expect("a temporary folder"), Service::replying([Reply::status(200)]));
    let manager = alertmanager(&folder, &told);
    let settings = format!("url = 'http://127.0.0.1:{}'\nlabels = {{ team = 'security' }}", manager.port);
    // The times of a server must be about now.
    let mut context = context();
    context.clock = std::sync::Arc::new(jiff::Timestamp::now);
    let channel = open("alertmanager", &settings, &context);

    for _ in 0..2 {
        channel.deliver(&hostile(AlertKind::Trigger)).expect("delivered");
    }
    let alerts = active(&manager);
    assert_eq!(alerts.iter().map(labels).collect::<Vec<_>>(), ["StanchIncident 7 critical page security"]);
    assert!(alerts[0]["annotations"]["summary"].as_str().expect("a summary").contains(MARKER));
    assert!(!alerts[0]["labels"].to_string().contains(MARKER));

    // What changes its labels does not become a second one.
    let mut milder = alert(AlertKind::Update);
    (milder.severity, milder.urgency) = (Severity::Medium, Urgency::Ticket);
    channel.deliver(&milder).expect("delivered");
    let alerts = active(&manager);
    assert_eq!(alerts.iter().map(labels).collect::<Vec<_>>(), ["StanchIncident 7 medium ticket security"]);

    channel.deliver(&alert(AlertKind::Resolve)).expect("delivered");
    assert!(active(&manager).is_empty());
}
