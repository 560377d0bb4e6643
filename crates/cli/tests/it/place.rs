//! What the tests speak in: a place with files, a run of the binary there, and its outcome.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use serde_json::Value;
use stanch_engine::{RuleSet, expand};
use tempfile::TempDir;

use crate::repo;

/// Rules of the tests' own, so that no change to the embedded ones can break them.
const RULES: &str = r#"
provider = "Acme"

[[rule]]
id = "acme-master-key"
name = "Acme master key"
description = "Opens everything at Acme."
pattern = '''\bacme_m_(?P<secret>[a-z0-9]{24})\b'''
severity = "critical"
confidence = "high"
references = ["https://acme.example/keys"]
examples = ["acme_m_${lowernum:24}"]
negatives = ["acme_m_${lowernum:23}"]

[[rule.part]]
name = "key-id"
pattern = '\bacme_i_[a-z0-9]{8}\b'

[[rule.part]]
name = "session"
pattern = '\bacme_s_[a-z0-9]{24}\b'
secret = true

[[rule]]
id = "acme-guest-key"
name = "Acme guest key"
description = "Opens the lobby at Acme."
pattern = '''\bacme_g_(?P<secret>[a-z0-9]{24})\b'''
severity = "low"
confidence = "low"
references = ["https://acme.example/keys"]
examples = ["acme_g_${lowernum:24}"]
negatives = ["acme_g_${lowernum:23}"]
"#;

/// A folder to work in and a home folder, both empty at first and gone at the end.
pub(crate) struct Place {
    root: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let root = TempDir::new().expect("a temporary folder");
        fs::create_dir(root.path().join("home")).expect("a home");
        fs::create_dir(root.path().join("work")).expect("a folder");
        let place = Self { root };
        place.write("../acme.toml", RULES);
        place
    }

    /// A path in the working folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    /// The folder that holds everything a run can write to.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a writable file");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a readable file")
    }

    /// Names of all that is in a folder, sorted.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs `git` in the working folder.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        repo::git(&self.path("."), args)
    }

    /// The binary, to be run in the working folder.
    pub(crate) fn stanch(&self, args: &[&str]) -> Stanch<'_> {
        // A background job ignores SIGINT, one under nohup SIGHUP, and so would what they start.
        let mut command = Command::new("/usr/bin/env");
        command.args(["--default-signal", env!("CARGO_BIN_EXE_stanch")]);
        command.env_clear().env("HOME", self.root.path().join("home")).current_dir(self.path(".")).args(args);
        Stanch { place: self, command, input: Vec::new(), stdout: Stdio::piped() }
    }

    /// `stanch scan --format jsonl` with the rules of the tests, and `args`.
    pub(crate) fn scan(&self, args: &[&str]) -> Stanch<'_> {
        self.stanch(&["scan", "--format", "jsonl", "--rules", "../acme.toml"]).args(args)
    }

    /// Text in which the paths of this place are `[root]`.
    fn neutral(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(&self.root.path().display().to_string(), "[root]")
    }
}

/// One run of the binary.
pub(crate) struct Stanch<'p> {
    place: &'p Place,
    command: Command,
    input: Vec<u8>,
    stdout: Stdio,
}

impl Stanch<'_> {
    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn current_dir(mut self, name: &str) -> Self {
        self.command.current_dir(self.place.path(name));
        self
    }

    pub(crate) fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Sends standard output to a file instead of the outcome.
    pub(crate) fn stdout(mut self, file: &str) -> Self {
        self.stdout = fs::OpenOptions::new().write(true).open(file).expect("a writable file").into();
        self
    }

    /// Starts it with all three streams in the hands of the test.
    pub(crate) fn spawn(mut self) -> Child {
        let command = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    }

    pub(crate) fn run(mut self) -> Outcome {
        let command = self.command.stdin(Stdio::piped()).stdout(self.stdout).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let feeder = thread::spawn(move || stdin.write_all(&self.input));
        let output = child.wait_with_output().expect("the binary ends");
        // A run that fails early does not read its input.
        let _ = feeder.join().expect("no panic");
        Outcome {
            code: output.status.code(),
            stdout: self.place.neutral(&output.stdout),
            stderr: self.place.neutral(&output.stderr),
        }
    }
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Rule and path of each finding in a JSON lines report on standard output.
    pub(crate) fn found(&self) -> Vec<String> {
        let lines = self.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON lines"));
        let finding = |line: Value| {
            let text = |pointer| line.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            (text("/type") == "finding").then(|| format!("{} {}", text("/rule"), text("/location/path")))
        };
        lines.filter_map(finding).collect()
    }
}

/// A key of the tests' own rules; the same number gives the same key.
pub(crate) fn key(kind: &str, number: u64) -> String {
    let text = format!("acme_{kind}_${{lowernum:24}}");
    String::from_utf8(expand(&text, number, None).expect("a well-formed text")).expect("ASCII")
}

/// A token that an embedded rule finds.
pub(crate) fn token() -> String {
    let rules = RuleSet::embedded();
    let rule = rules.rules().iter().find(|rule| rule.info.id == "github-pat-classic").expect("a rule");
    let text = expand("gh${}p_${alnum:30}${checksum}", 1, rule.check).expect("a well-formed text");
    String::from_utf8(text).expect("ASCII")
}
