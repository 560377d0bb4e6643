//! A service that takes webhooks, and keeps which came.

use std::{
    io::Write as _,
    net::TcpListener,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use serde_json::Value;

use crate::register::read;

/// A webhook that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// The same at each attempt.
    pub(crate) id: String,
    /// The same for all of one incident.
    pub(crate) key: String,
    pub(crate) incident: i64,
    pub(crate) kind: String,
}

/// The service.
pub(crate) struct Sink {
    pub(crate) url: String,
    taken: Arc<Mutex<Vec<Delivered>>>,
}

impl Sink {
    /// Starts one, which tells `events` of each webhook.
    pub(crate) fn new(events: mpsc::Sender<()>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/alerts", listener.local_addr().expect("an address"));
        let taken = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&taken);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Some(request) = read(&mut stream) else { continue };
                kept.lock().expect("no panic").push(delivered(&request.headers["webhook-id"], &request.body));
                // Whoever sent it may be gone.
                let _ = stream.write_all(b"HTTP/1.1 204 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let _ = events.send(());
            }
        });
        Self { url, taken }
    }

    /// What came, in order.
    pub(crate) fn taken(&self) -> Vec<Delivered> {
        self.taken.lock().expect("no panic").clone()
    }
}

fn delivered(id: &str, body: &str) -> Delivered {
    let event: Value = serde_json::from_str(body).expect("JSON");
    let data = &event["data"];
    Delivered {
        id: id.to_owned(),
        key: data["key"].as_str().expect("a key").to_owned(),
        incident: data["incident"]["number"].as_i64().expect("a number"),
        kind: data["kind"].as_str().unwrap_or_default().to_owned(),
    }
}
