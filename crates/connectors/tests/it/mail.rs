//! A real server of mail: aiosmtpd.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;
use stanch_connectors::{AlertKind, DeliveryError, HttpSettings};
use tempfile::TempDir;

use crate::{
    sample::{CREDENTIAL, HOSTILE, MARKER, alert, context_with, hostile, open},
    sidecar::{Sidecar, python, start},
};

/// A server of mail and what it accepted.
struct Post {
    folder: TempDir,
    server: Sidecar,
    security: &'static str,
}

impl Post {
    fn new(security: &'static str, password: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = |name: &str| if security == "none" { PathBuf::new() } else { folder.path().join(name) };
        if security != "none" {
            certify(folder.path());
        }
        let server = Sidecar::with_socket(
            Command::new(python())
                .args(["-c", include_str!("mail_server.py")])
                .arg(folder.path().join("mail"))
                .args([security, password])
                .args([file("certificate"), file("key")]),
        );
        Self { folder, server, security }
    }

    fn settings(&self, more: &str) -> String {
        let (port, security) = (self.server.port, self.security);
        format!(
            "host = '127.0.0.1'\nport = {port}\nsecurity = '{security}'\nfrom = 'Stanch <stanch@x.test>'\n\
             {more}"
        )
    }

    /// Delivers by a channel that trusts the server's certificate and nothing else.
    fn deliver(&self, more: &str, kind: AlertKind) -> Result<Option<String>, DeliveryError> {
        let ca_certificates = (self.security != "none").then(|| self.folder.path().join("certificate"));
        let timeout = Duration::from_mins(1);
        let context = context_with(HttpSettings { timeout, ca_certificates, ..HttpSettings::default() });
        let channel = open("email", &self.settings(more), &context);
        channel.deliver(&hostile(kind)).map(|receipt| receipt.reference)
    }

    /// What was accepted, in the order it came.
    fn accepted(&self) -> Vec<Value> {
        let mut command = Command::new(python());
        command.args(["-c", include_str!("mail_reader.py")]).arg(self.folder.path().join("mail"));
        let output = command.output().expect("python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).expect("text");
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

/// Makes a key, and a certificate for this machine that it signs itself.
fn certify(folder: &Path) {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-config", "/dev/null", "-days", "2"]);
    command.args(["-subj", "/CN=127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]);
    command.args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"]).arg(folder.join("key"));
    command.arg("-out").arg(folder.join("certificate")).stderr(std::process::Stdio::null());
    assert!(start(&mut command).wait().expect("openssl").success());
}

const TO: &str = "to = ['On call <a@x.test>', 'b@x.test']";

#[test]
fn mail_of_an_incident_is_one_thread() {
    let post = Post::new("none", "");
    for kind in AlertKind::ALL {
        let reference = post.deliver(TO, kind).expect("delivered").expect("a reference");
        assert!(reference.ends_with("@x.test>"), "{reference}");
    }
    post.deliver(TO, AlertKind::Resolve).expect("delivered");
    let mail = post.accepted();
    assert_eq!(mail.len(), 5);
    for each in &mail {
        assert_eq!(each["References"], mail[0]["References"]);
        assert_eq!(each["In-Reply-To"], each["References"]);
        assert_eq!(each["defects"], Value::Array(Vec::new()));
    }
    assert_eq!(mail[3]["Message-ID"], mail[4]["Message-ID"], "a repeated mail is the same mail");
    assert_ne!(mail[0]["Message-ID"], mail[1]["Message-ID"]);
    insta::assert_snapshot!(mail[..4].iter().map(told).collect::<Vec<_>>().join("\n====\n"));
}

fn told(mail: &Value) -> String {
    let names = ["From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Date", "headers"];
    let headers = names.map(|name| format!("{name}: {}\n", mail[name])).concat();
    let part = |name: &str| mail[name].as_str().expect("a part").to_owned();
    format!("{headers}--\n{}--\n{}", part("plain"), part("html"))
}

#[test]
fn markup_in_mail_is_escaped() {
    let post = Post::new("none", "");
    post.deliver(TO, AlertKind::Trigger).expect("delivered");
    let mail = &post.accepted()[0];
    let (plain, html) = (mail["plain"].as_str().expect("text"), mail["html"].as_str().expect("text"));
    assert!(HOSTILE.contains("<b>") && plain.contains("<b>") && !html.contains("<b>"));
    // Title and heading, summary, a value and a name.
    assert_eq!((plain.matches(MARKER).count(), html.matches(MARKER).count()), (4, 5));
    assert!(!mail["headers"].to_string().contains(MARKER));
}

#[test]
fn a_header_cannot_be_smuggled_in() {
    let post = Post::new("none", "");
    let context = context_with(HttpSettings { timeout: Duration::from_mins(1), ..HttpSettings::default() });
    let mut alert = alert(AlertKind::Trigger);
    alert.incident.title = "a\r\nBcc: evil@x.test\r\n\r\nbody".to_owned();
    alert.id = "a\r\nBcc: evil@x.test".to_owned();
    open("email", &post.settings(TO), &context).deliver(&alert).expect("delivered");
    let mail = &post.accepted()[0];
    assert_eq!(mail["Subject"], "[Stanch] Incident 7: a Bcc: evil@x.test body");
    assert!(!mail["headers"].to_string().contains("Bcc"));
}

#[test]
fn tls_is_used_and_its_certificate_is_checked() {
    for security in ["starttls", "tls"] {
        let post = Post::new(security, CREDENTIAL);
        let to = format!("to = ['a@x.test']\nuser = 'stanch'\npassword_env = '{CREDENTIAL}'");
        post.deliver(&to, AlertKind::Trigger).unwrap_or_else(|error| panic!("{security}: {error}"));
        assert_eq!(post.accepted().len(), 1);
        let strangers = context_with(HttpSettings::default());
        let error = open("email", &post.settings(&to), &strangers).deliver(&alert(AlertKind::Trigger));
        assert!(error.expect_err("a certificate of nobody").is_retry());
    }
}

#[test]
fn a_refusal_is_told_apart_from_a_delay() {
    let post = Post::new("none", "");
    let refused = post.deliver("to = ['nobody@x.test']", AlertKind::Trigger).expect_err("no such user");
    assert!(!refused.is_retry());
    assert_eq!(refused.to_string(), "127.0.0.1 answered 550: 5.1.1 no such user");
    let later = post.deliver("to = ['later@x.test']", AlertKind::Trigger).expect_err("later");
    assert!(later.is_retry());
    assert_eq!(later.to_string(), "127.0.0.1 answered 451: 4.7.1 come back later");
}

#[test]
fn a_wrong_password_is_refused_and_not_told() {
    let post = Post::new("tls", CREDENTIAL);
    let to = format!("to = ['a@x.test']\nuser = 'stanch'\npassword_env = 'other{CREDENTIAL}'");
    let error = post.deliver(&to, AlertKind::Trigger).expect_err("a wrong password");
    assert!(!error.is_retry() && !format!("{error:?}").contains(CREDENTIAL), "{error:?}");
}
