//! No line of the log holds what looks like a secret: the engine of Stanch reads each line before it is written.

use std::{
    borrow::Cow,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use stanch_engine::{Match, RuleSet, Scanner, Scratch};
use tracing_subscriber::fmt::MakeWriter;

/// Longest line; the rest of a longer one is left out, and the line says so.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// What stands for the rest.
const LEFT_OUT: &[u8] = b"\n{\"left_out\":\"the rest of a line of the log\"}\n";
/// Scratches kept for threads that log.
const SCRATCHES_MAX: usize = 8;

/// Finds what looks like a secret, and masks it.
#[derive(Clone)]
pub struct Redactor(Arc<Parts>);

struct Parts {
    scanner: Scanner,
    scratches: Mutex<Vec<Scratch>>,
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new(RuleSet::embedded())
    }
}

impl Redactor {
    /// One with these rules.
    pub fn new(rules: RuleSet) -> Self {
        Self(Arc::new(Parts { scanner: Scanner::new(rules), scratches: Mutex::default() }))
    }

    /// A line without secrets, and no longer than a line may be. What is JSON stays JSON, unless it was too long.
    pub fn redact<'l>(&self, line: &'l [u8]) -> Cow<'l, [u8]> {
        let is_long = line.len() > LINE_BYTES_MAX;
        let text = &line[..line.len().min(LINE_BYTES_MAX)];
        let mut found: Vec<Match> = Vec::new();
        let mut scratch = self.scratches().pop().unwrap_or_else(|| self.0.scanner.scratch());
        self.0.scanner.scan(&mut scratch, text, &mut found);
        let mut scratches = self.scratches();
        if scratches.len() < SCRATCHES_MAX {
            scratches.push(scratch);
        }
        drop(scratches);
        if found.is_empty() && !is_long {
            return Cow::Borrowed(line);
        }
        let mut masked = text.to_vec();
        for found in &found {
            mask(&mut masked[found.secret.start..found.secret.end]);
        }
        if is_long {
            masked.extend_from_slice(LEFT_OUT);
        }
        Cow::Owned(masked)
    }

    fn scratches(&self) -> std::sync::MutexGuard<'_, Vec<Scratch>> {
        self.0.scratches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Masks letters and digits; what shapes JSON stays, and so does what follows a backslash.
fn mask(secret: &mut [u8]) {
    let mut is_escaped = false;
    for byte in secret {
        if !is_escaped && *byte == b'\\' {
            is_escaped = true;
            continue;
        }
        if !is_escaped && !matches!(*byte, b'"' | b'{' | b'}' | b'[' | b']' | b':' | b',') {
            *byte = b'*';
        }
        is_escaped = false;
    }
}

/// Writes lines of the log to standard error, without secrets.
#[derive(Clone, Default)]
pub(super) struct RedactedLog(Redactor);

impl<'w> MakeWriter<'w> for RedactedLog {
    type Writer = RedactedLine<'w>;

    fn make_writer(&'w self) -> RedactedLine<'w> {
        RedactedLine { redactor: &self.0, line: Vec::new() }
    }
}

/// A line that is being written.
pub(super) struct RedactedLine<'w> {
    redactor: &'w Redactor,
    line: Vec<u8>,
}

impl Write for RedactedLine<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // More than this would be cut anyway.
        let room = (LINE_BYTES_MAX + 1).saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for RedactedLine<'_> {
    fn drop(&mut self) {
        // A log that cannot be written is nobody's to hear of.
        let _ = io::stderr().write_all(&self.redactor.redact(&self.line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token that an embedded rule finds.
    fn token() -> String {
        let rules = RuleSet::embedded();
        let rule = rules.rules().iter().find(|rule| rule.info.id == "github-pat-classic").expect("a rule");
        let text = stanch_engine::expand("gh${}p_${alnum:30}${checksum}", 1, rule.check);
        String::from_utf8(text.expect("a well-formed text")).expect("ASCII")
    }

    #[test]
    fn what_looks_like_a_secret_is_masked_and_the_rest_stays() {
        let redactor = Redactor::default();
        let line = format!(
            "{{\"fields\":{{\"message\":\"cannot send\",\"error\":\"token {} \\\"refused\\\"\"}}}}\n",
            token()
        );
        let masked = String::from_utf8(redactor.redact(line.as_bytes()).into_owned()).expect("UTF-8");
        assert!(!masked.contains(&token()) && masked.contains("cannot send"), "{masked}");
        serde_json::from_str::<serde_json::Value>(&masked).expect("still JSON");
        let plain = "{\"method\":\"GET\",\"route\":\"/leaks/{id}\",\"request_id\":\"8f14e45fceea167a\",\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\
                     \"actor\":\"user ada\",\"status\":200}\n";
        assert_eq!(redactor.redact(plain.as_bytes()), plain.as_bytes());
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        let redactor = Redactor::default();
        let line = format!("{{\"message\":\"{}{}\"}}\n", "x ".repeat(LINE_BYTES_MAX / 2), token());
        let cut = redactor.redact(line.as_bytes());
        assert!(cut.ends_with(LEFT_OUT) && cut.len() == LINE_BYTES_MAX + LEFT_OUT.len());
    }

    #[test]
    fn any_bytes_may_be_written() {
        let redactor = Redactor::default();
        for line in [&b""[..], b"\n", b"\xff\xfe\\", b"\\\"\\", &[0; 100]] {
            redactor.redact(line);
        }
    }
}
