//! A register that is served: the real binary with a data folder of its own.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use crate::Place;

/// A server of `place`, on a free port of this machine; it ends with this.
pub(crate) struct Served<'p> {
    place: &'p Place,
    server: Child,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    /// Where it is found.
    pub(crate) url: String,
}

impl<'p> Served<'p> {
    /// The data folder, seen from the working folder.
    pub(crate) const DATA: &'static str = "../data";

    /// Starts it, and waits until it listens.
    pub(crate) fn start(place: &'p Place) -> Self {
        Self::with(place, "", &[])
    }

    /// The same with these settings, and with these variables in its environment.
    pub(crate) fn with(place: &'p Place, settings: &str, variables: &[(&str, &str)]) -> Self {
        place.write(&format!("{}/server.toml", Self::DATA), settings);
        let args = ["serve", "--data", Self::DATA, "--listen", "127.0.0.1:0"];
        let stanch = place.stanch(&args);
        let stanch = variables.iter().fold(stanch, |stanch, (name, value)| stanch.env(name, value));
        let mut server = stanch.spawn();
        let mut stderr = BufReader::new(server.stderr.take().expect("a pipe"));
        let log = Arc::new(Mutex::new(String::new()));
        let url = loop {
            let mut line = String::new();
            let read = stderr.read_line(&mut line).expect("a readable pipe");
            let so_far = Self::note(&log, &line);
            assert!(read > 0, "the server ended: {so_far}");
            // What is said for people; logs are JSON.
            if let Some((_, url)) =
                line.strip_prefix("stanch: register ").and_then(|rest| rest.rsplit_once(" at "))
            {
                break url.trim_end().to_owned();
            }
        };
        let own = Arc::clone(&log);
        let reader = thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                Self::note(&own, &format!("{line}\n"));
            }
        });
        Self { place, server, log, reader: Some(reader), url }
    }

    fn note(log: &Mutex<String>, text: &str) -> String {
        let mut log = log.lock().expect("no panic");
        log.push_str(text);
        log.clone()
    }

    /// Makes a token for these scopes, at the console, and keeps it in a file of the working folder; gives its name.
    pub(crate) fn token(&self, scopes: &str) -> String {
        let args = ["register", "token", "--name", scopes, "--scope", scopes, "--data", Self::DATA];
        let made = self.place.stanch(&args).run();
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let file = format!("../token-{}", scopes.replace(',', "-"));
        self.place.write(&file, made.stdout);
        file
    }

    /// Runs the binary against this server, with the token in that file.
    pub(crate) fn stanch(&self, args: &[&str], token: &str) -> crate::place::Stanch<'p> {
        self.place
            .stanch(args)
            .env("STANCH_SERVER", &self.url)
            .env("STANCH_TOKEN_FILE", self.place.path(token))
            .env("STANCH_FINGERPRINT_KEY_FILE", self.place.path(Self::DATA).join("fingerprint.key"))
    }

    /// Ends the server as an administrator does, and gives all that it said.
    pub(crate) fn stop(mut self) -> String {
        self.end();
        if let Some(reader) = self.reader.take() {
            reader.join().expect("no panic");
        }
        self.log.lock().expect("no panic").clone()
    }

    fn end(&mut self) {
        // One that ended is gone already.
        if self.server.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        let _ = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.server.id())]).status();
        let _ = self.server.wait();
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
