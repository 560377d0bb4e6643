//! A server for the tests: it takes what clients send, keeps every request, and can fail.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use serde_json::{Value, json};
use stanch_model::Fingerprinter;
use stanch_response::Batch;

/// The key of the tests' organisation.
pub(crate) fn organisation_key() -> String {
    "stanch".repeat(7)
}

/// The id of that key.
pub(crate) fn key_id() -> String {
    Fingerprinter::of_organisation(organisation_key().as_bytes()).expect("long enough").key().to_string()
}

/// The token that the server wants.
pub(crate) fn server_token() -> String {
    ["st", "anch_", "tests0token0of0the0client"].concat()
}

/// What a server does with what it is sent.
#[derive(Clone, Debug)]
pub(crate) enum Conduct {
    /// Takes it.
    Takes,
    /// Answers with this status.
    Answers(u16),
    /// Takes it, and is gone before it answers.
    DiesAfter,
    /// Reads it and never answers.
    Hangs,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    /// The key that makes it harmless to send it twice.
    pub(crate) fn key(&self) -> &str {
        &self.headers["idempotency-key"]
    }

    /// What the register itself reads in it: every line must mean something to it.
    pub(crate) fn batch(&self) -> Batch {
        let batch = Batch::parse(self.body.as_bytes()).expect("within limits");
        assert_eq!((batch.rejected_count, &batch.rejected[..]), (0, &[][..]));
        batch
    }

    /// Its lines.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.body.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
    }
}

struct State {
    conduct: Conduct,
    identity: Value,
    seen: Vec<Request>,
    /// Connections that are never answered: they stay open.
    held: Vec<Box<dyn Send>>,
}

/// A server on a port of its own.
pub(crate) struct Register {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Register {
    pub(crate) fn new() -> Self {
        Self::start("http", Some)
    }

    /// One that speaks TLS, with a certificate in `folder` by an authority of its own, `ca.pem` there.
    pub(crate) fn with_tls(folder: &Path) -> Self {
        let config = Arc::new(tls(folder));
        Self::start("https", move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).ok()?;
            Some(StreamOwned::new(connection, stream))
        })
    }

    fn start<S: Read + Write + Send + 'static>(
        scheme: &str,
        wrap: impl Fn(TcpStream) -> Option<S> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let identity = json!({ "key_id": key_id(), "former_key_id": null });
        let state = State { conduct: Conduct::Takes, identity, seen: Vec::new(), held: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let own = Arc::clone(&state);
        let (ready, is_ready) = mpsc::channel();
        thread::spawn(move || {
            ready.send(()).expect("somebody waits");
            for stream in listener.incoming().flatten().filter_map(wrap) {
                serve(stream, &own);
            }
        });
        is_ready.recv().expect("a thread that starts");
        Self { url, state }
    }

    /// The address of a server that is not there.
    pub(crate) fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    }

    pub(crate) fn conduct(&self, conduct: Conduct) {
        self.state.lock().expect("no panic").conduct = conduct;
    }

    pub(crate) fn identity(&self, identity: Value) {
        self.state.lock().expect("no panic").identity = identity;
    }

    /// What was sent, without the questions for its key.
    pub(crate) fn sent(&self) -> Vec<Request> {
        let seen = &self.state.lock().expect("no panic").seen;
        seen.iter().filter(|request| request.line.starts_with("POST")).cloned().collect()
    }
}

fn serve(mut stream: impl Read + Write + Send + 'static, state: &Mutex<State>) {
    let Some(request) = read(&mut stream) else { return };
    let mut state = state.lock().expect("no panic");
    let is_identity = request.line.starts_with("GET /api/v1/identity ");
    let is_known = request.headers.get("authorization") == Some(&format!("Bearer {}", server_token()));
    let lines = request.body.lines().count();
    state.seen.push(request);
    let (status, body) = match (&state.conduct, is_identity) {
        _ if !is_known => (401, json!({ "title": "unauthorized", "detail": "unknown token" })),
        (_, true) => (200, state.identity.clone()),
        (Conduct::Takes, _) => (200, receipt(lines)),
        (Conduct::Answers(status), _) => (
            *status,
            json!({ "title": "not now", "detail": "a test", "errors": [{ "field": "scope", "message": "odd" }] }),
        ),
        (Conduct::DiesAfter, _) => return,
        (Conduct::Hangs, _) => return state.held.push(Box::new(stream)),
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // A client may be gone.
    let _ = stream.write_all((head + &body).as_bytes());
    let _ = stream.flush();
}

fn receipt(lines: usize) -> Value {
    json!({ "received": lines, "new_leaks": 1, "new_exposures": 2, "seen_again": 0, "regressions": 0, "rejected": [] })
}

/// The next request of a client.
pub(crate) fn read(stream: &mut impl Read) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line, headers, body: String::from_utf8(body).expect("UTF-8") })
}

/// A certificate for this machine by an authority of its own, both made now.
fn tls(folder: &Path) -> ServerConfig {
    let openssl = |args: &[&str]| {
        let made =
            Command::new("openssl").current_dir(folder).args(args).output().expect("openssl is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    let new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj"];
    openssl(
        &[&new[..], &["/CN=Tests", "-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"]].concat(),
    );
    openssl(&[&new[..], &["/CN=localhost", "-keyout", "own.key", "-out", "own.csr"]].concat());
    std::fs::write(folder.join("own.ext"), "subjectAltName = IP:127.0.0.1\n").expect("a writable file");
    let sign = ["x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(&[&sign[..], &["-days", "2", "-extfile", "own.ext", "-out", "own.pem"]].concat());
    let certificate = CertificateDer::from_pem_file(folder.join("own.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(folder.join("own.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth();
    config.with_single_cert(vec![certificate], key).expect("a pair")
}
