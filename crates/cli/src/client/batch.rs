//! Lines that are sent in one request.

use serde::Serialize;

/// Most lines of a batch.
pub(super) const LINES_MAX: usize = 1000;
/// Most bytes of a batch.
pub(super) const BYTES_MAX: usize = 4 << 20;
/// How lines of JSON are called.
pub(super) const MEDIA_TYPE: &str = "application/x-ndjson";

/// What is sent at once, and taken once however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Where to: begins with a slash.
    pub(super) path: String,
    /// Tells the batch from every other.
    pub(super) key: String,
    /// Lines of JSON.
    pub(super) body: Vec<u8>,
}

/// A line that is larger than a batch may be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a line of {bytes} bytes is over the limit of {BYTES_MAX} bytes of a batch")]
pub(super) struct LineTooLong {
    bytes: usize,
}

/// Makes batches of lines. Each begins with the same first line, which says what the others are about.
pub(super) struct Cutter {
    path: &'static str,
    id: String,
    head: Vec<u8>,
    body: Vec<u8>,
    lines: usize,
    made: usize,
}

impl Cutter {
    /// Batches for `path` whose keys are made of `id`, with `head` as the first line of each.
    pub(super) fn new(path: &'static str, id: &str, head: &impl Serialize) -> Self {
        let head = line(head);
        let body = head.clone();
        Self { path, id: id.to_owned(), head, body, lines: 1, made: 0 }
    }

    /// Adds a line. Gives the batch before, where that is full.
    ///
    /// # Errors
    /// The line is larger than any batch.
    pub(super) fn push(&mut self, value: &impl Serialize) -> Result<Option<Batch>, LineTooLong> {
        let line = line(value);
        if self.head.len() + line.len() > BYTES_MAX {
            return Err(LineTooLong { bytes: line.len() });
        }
        let is_full = self.lines == LINES_MAX || self.body.len() + line.len() > BYTES_MAX;
        let batch = is_full.then(|| self.cut());
        self.body.extend(line);
        self.lines += 1;
        Ok(batch)
    }

    /// What is left.
    pub(super) fn finish(mut self) -> Batch {
        self.cut()
    }

    fn cut(&mut self) -> Batch {
        self.made += 1;
        self.lines = 1;
        let body = std::mem::replace(&mut self.body, self.head.clone());
        Batch { path: self.path.to_owned(), key: format!("{}-{:05}", self.id, self.made), body }
    }
}

/// One line of JSON.
pub(super) fn line(value: &impl Serialize) -> Vec<u8> {
    // Nothing that is sent has keys that JSON lacks, so nothing fails.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(lines: &[String]) -> Vec<Batch> {
        let mut cutter = Cutter::new("/p", "id", &"head");
        let mut batches: Vec<Batch> =
            lines.iter().filter_map(|line| cutter.push(line).expect("fits")).collect();
        batches.push(cutter.finish());
        batches
    }

    #[test]
    fn no_batch_is_over_a_limit_and_none_is_without_its_head() {
        let many = cut(&vec!["x".to_owned(); LINES_MAX * 2]);
        let counts: Vec<_> =
            many.iter().map(|batch| batch.body.split_inclusive(|byte| *byte == b'\n').count()).collect();
        assert_eq!(counts, [LINES_MAX, LINES_MAX, 3]);
        let large = cut(&vec!["x".repeat(BYTES_MAX / 3); 4]);
        assert_eq!(large.len(), 2);
        for batch in many.iter().chain(&large) {
            assert!(batch.body.len() <= BYTES_MAX && batch.body.starts_with(b"\"head\"\n"));
        }
        let keys: Vec<_> = many.iter().map(|batch| batch.key.as_str()).collect();
        assert_eq!(keys, ["id-00001", "id-00002", "id-00003"]);
        let mut cutter = Cutter::new("/p", "id", &"head");
        assert!(cutter.push(&"x".repeat(BYTES_MAX)).is_err());
    }
}
