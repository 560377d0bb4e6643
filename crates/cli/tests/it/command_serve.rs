//! A server from end to end: what its log tells of requests, and the spans it sends.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{Place, token};

/// A test must not wait for ever for what does not come.
const PATIENCE: Duration = Duration::from_mins(1);
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A collector of spans: takes what is posted, and hands on the bodies.
fn collector() -> (String, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, bodies) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let (mut first, mut length) = (String::new(), 0);
            reader.read_line(&mut first).expect("a request");
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a header");
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            assert!(first.starts_with("POST /v1/traces "), "{first}");
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                .expect("answered");
            if sender.send(serde_json::from_slice(&body).expect("JSON")).is_err() {
                return;
            }
        }
    });
    (url, bodies)
}

/// A server that runs, and the lines it writes to standard error.
struct Serving {
    child: Child,
    address: String,
    lines: mpsc::Receiver<String>,
}

impl Serving {
    fn start(place: &Place) -> Self {
        let mut child = place.stanch(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]).spawn();
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let address = loop {
            let line = lines.recv_timeout(PATIENCE).expect("the server starts");
            if let Some((_, address)) = line.split_once(" at http://") {
                break address.trim().to_owned();
            }
        };
        Self { child, address, lines }
    }

    fn get(&self, path: &str, headers: &[&str]) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let headers = headers.iter().fold(String::new(), |all, header| all + header + "\r\n");
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", self.address);
        stream.write_all(request.as_bytes()).expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Stops it as an operator does; gives what it wrote since it began to listen.
    fn stop(mut self) -> Vec<String> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        let status = self.child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0));
        self.lines.iter().collect()
    }
}

#[test]
fn requests_are_told_of_and_secrets_are_not() {
    let place = Place::new();
    let (collector, bodies) = collector();
    fs::create_dir(place.path("data")).expect("a folder");
    place.write("data/server.toml", format!("[telemetry]\notlp = \"{collector}\"\n"));
    let server = Serving::start(&place);
    let secret = token();
    let parent = format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01");
    let path = format!("/leaks?q={secret}");
    let answer = server.get(&path, &[&parent, "X-Request-Id: edge-1", "Accept: application/json"]);
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let headers = answer.to_ascii_lowercase();
    assert!(headers.contains("\r\nx-request-id: edge-1\r\n"), "{headers}");
    assert!(headers.contains(&format!("\r\ntraceparent: 00-{TRACE}-")), "{headers}");
    assert!(server.get(&format!("/{secret}"), &[]).starts_with("HTTP/1.1 404 "));
    let metrics = server.get("/metrics", &[]);
    assert!(
        metrics.contains("stanch_http_requests_total{route=\"/leaks\",method=\"GET\",status=\"401\"} 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("stanch_http_requests_total{route=\"(none)\",method=\"GET\",status=\"404\"} 1\n")
    );

    let ours = loop {
        let body = bodies.recv_timeout(PATIENCE).expect("spans");
        assert!(!body.to_string().contains(&secret));
        let spans =
            body.pointer("/resourceSpans/0/scopeSpans/0/spans").and_then(Value::as_array).expect("spans");
        if let Some(ours) = spans.iter().find(|span| span["traceId"] == TRACE) {
            break ours.clone();
        }
    };
    assert_eq!(
        (&ours["name"], &ours["kind"], &ours["parentSpanId"]),
        (&"request".into(), &2.into(), &"b7ad6b7169203331".into())
    );
    let attributes = ours["attributes"].to_string();
    for told in [
        "{\"key\":\"http.route\",\"value\":{\"stringValue\":\"/leaks\"}}",
        "{\"key\":\"http.response.status_code\",\"value\":{\"intValue\":\"401\"}}",
    ] {
        assert!(attributes.contains(told), "{attributes}");
    }

    let lines = server.stop();
    assert!(!lines.join("\n").contains(&secret) && !lines.join("\n").contains("q="), "{lines:?}");
    let events: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let told = events.iter().find(|event| event["fields"]["request_id"] == "edge-1").expect("a line");
    let fields = &told["fields"];
    assert_eq!(
        (&fields["route"], &fields["status"], &fields["actor"], &fields["trace_id"], &fields["method"]),
        (&"/leaks".into(), &401.into(), &"nobody".into(), &TRACE.into(), &"GET".into())
    );
    assert!(
        !events.iter().any(|event| event["fields"]["route"] == "/metrics"),
        "what is asked all the time is not told"
    );
}

#[test]
fn settings_of_watching_are_checked_before_anything_starts() {
    let place = Place::new();
    fs::create_dir(place.path("data")).expect("a folder");
    let refused = |settings: &str| {
        place.write("data/server.toml", settings);
        let outcome = place.stanch(&["serve", "--data", "data", "--check"]).run();
        assert_eq!(outcome.code, Some(2), "{settings}");
        outcome.stderr
    };
    let all = [
        refused("[telemetry]\notlp = \"ftp://collector\""),
        refused("[trail]\nsyslog = \"log.example:514\""),
        refused("[retention]\ngate_events = \"13 months\""),
        refused("[metrics]\nallow = [\"everybody\"]"),
        refused("[metrics]\nanyone = true"),
    ];
    insta::assert_snapshot!("settings_of_watching", all.concat());
}
