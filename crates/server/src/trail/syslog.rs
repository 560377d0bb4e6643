//! The trail as messages of syslog.
//! Source: RFC 5424; RFC 5426 (UDP), RFC 6587 section 3.4.1 (octet counting over TCP).

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    net::{TcpStream, ToSocketAddrs as _, UdpSocket},
    time::Duration,
};

use stanch_store::Entry;

use super::{destination::Destination, line::Position, settings::SyslogTarget};

/// Facility 13, "log audit", severity 5, "notice".
const PRIORITY: u8 = 13 * 8 + 5;
/// Private enterprise number for examples (RFC 5612); Stanch has none of its own.
const ENTERPRISE: u32 = 32473;
/// How long a connection or a message may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest message; of one that is longer the detail is left out, and the message says so.
const MESSAGE_BYTES_MAX: usize = 60_000;

/// The trail as messages of syslog.
pub(super) struct Syslog {
    name: String,
    host: String,
    target: SyslogTarget,
}

impl Syslog {
    pub(super) fn new(target: SyslogTarget, host: &str) -> Self {
        Self { name: format!("syslog:{target}"), host: host.to_owned(), target }
    }
}

impl Destination for Syslog {
    fn name(&self) -> &str {
        &self.name
    }

    fn shipped(&mut self) -> io::Result<Option<i64>> {
        Ok(None)
    }

    fn ship(&mut self, _: &Position, entries: &[Entry]) -> io::Result<()> {
        let mut messages = entries.iter().map(|entry| message(entry, &self.host));
        match &self.target {
            SyslogTarget::Udp(host) => {
                let address = host.to_socket_addrs()?.next().ok_or_else(|| io::Error::other("no address"))?;
                let own = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(own)?;
                socket.connect(address)?;
                messages.try_for_each(|message| send(&message, |bytes| socket.send(bytes)))
            }
            SyslogTarget::Tcp(host) => {
                let address = host.to_socket_addrs()?.next().ok_or_else(|| io::Error::other("no address"))?;
                let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
                stream.set_write_timeout(Some(PATIENCE))?;
                for message in messages {
                    stream.write_all(format!("{} {message}", message.len()).as_bytes())?;
                }
                stream.flush()
            }
            SyslogTarget::Unix(path) => local(path, messages),
        }
    }
}

fn send(message: &str, send: impl Fn(&[u8]) -> io::Result<usize>) -> io::Result<()> {
    let sent = send(message.as_bytes())?;
    if sent == message.len() { Ok(()) } else { Err(io::Error::other("a message was cut")) }
}

#[cfg(unix)]
fn local(path: &std::path::Path, messages: impl Iterator<Item = String>) -> io::Result<()> {
    let socket = std::os::unix::net::UnixDatagram::unbound()?;
    socket.connect(path)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    for message in messages {
        send(&message, |bytes| socket.send(bytes))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn local(_: &std::path::Path, _: impl Iterator<Item = String>) -> io::Result<()> {
    Err(io::Error::other("this system has no such sockets"))
}

/// An entry as a message: what one searches for as structured data, and all of it as JSON.
fn message(entry: &Entry, host: &str) -> String {
    let mut head =
        format!("<{PRIORITY}>1 {} {} stanch {} trail ", entry.event.at, name(host), std::process::id());
    let _ = write!(head, "[stanchTrail@{ENTERPRISE} seq=\"{}\"", entry.seq);
    let texts = [
        ("kind", entry.event.kind.clone()),
        ("actorKind", entry.event.actor.kind.as_str().to_owned()),
        ("actor", entry.event.actor.name.clone()),
        ("incident", entry.event.incident.map(|id| id.to_string()).unwrap_or_default()),
        ("leak", entry.event.leak.map(|id| id.to_string()).unwrap_or_default()),
        ("hash", entry.hash.clone()),
    ];
    for (parameter, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        let _ = write!(head, " {parameter}=\"");
        for character in text.chars() {
            if matches!(character, '"' | '\\' | ']') {
                head.push('\\');
            }
            head.push(character);
        }
        head.push('"');
    }
    head.push_str("] ");
    let whole = serde_json::to_string(entry).unwrap_or_default();
    if head.len() + whole.len() <= MESSAGE_BYTES_MAX {
        return head + &whole;
    }
    let left_out = serde_json::json!({ "seq": entry.seq, "hash": entry.hash, "left_out": format!("{} bytes", whole.len()) });
    head + &left_out.to_string()
}

/// A name as a header of syslog holds it: printable ASCII without spaces.
fn name(host: &str) -> String {
    let name: String = host.chars().filter(char::is_ascii_graphic).take(255).collect();
    if name.is_empty() { "-".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use stanch_model::Actor;
    use stanch_store::Event;

    use super::*;

    fn entry(reason: &str) -> Entry {
        let at = "2026-11-27T03:00:00.5Z".parse().expect("a time");
        let event = Event::new(at, &Actor::stanch("a \"b\" ]\\"), "incident.opened").incident(7);
        Entry { seq: 3, event: event.reason(reason), hash: "ab".to_owned() }
    }

    #[test]
    fn a_message_has_what_one_searches_for() {
        let message = message(&entry("why"), "host 1");
        let (head, json) = message.split_once("] {").expect("two parts");
        let id = std::process::id();
        assert_eq!(
            head,
            format!(
                "<109>1 2026-11-27T03:00:00.5Z host1 stanch {id} trail [stanchTrail@32473 seq=\"3\" kind=\"incident.opened\" \
                 actorKind=\"stanch\" actor=\"a \\\"b\\\" \\]\\\\\" incident=\"7\" hash=\"ab\""
            )
        );
        assert!(json.contains("\"reason\":\"why\""));
    }

    #[test]
    fn one_that_is_too_long_says_so() {
        let message = message(&entry(&"x".repeat(70_000)), "host");
        assert!(message.len() < 1000 && message.contains("\"left_out\":\"70"), "{message}");
    }
}
