//! A stream of any length as overlapping windows of bounded size, such that scanning each window finds what scanning
//! the whole would find.

use std::{
    io::{self, Read},
    ops::Range,
};

use stanch_engine::Cursor;

/// How a stream is cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Bytes in memory at once; more than twice the overlap.
    pub(crate) window: usize,
    /// Bytes that a window sees on either side of the part it answers for. A match, what its verdict depends on, and the
    /// matches it overlaps must fit in here to be found as in the whole.
    pub(crate) overlap: usize,
}

impl Default for Shape {
    /// Larger than any secret the rules describe (an armoured 16,384-bit key takes 13 KiB), with its context on top.
    fn default() -> Self {
        Self { window: 4 << 20, overlap: 64 << 10 }
    }
}

/// Bytes to look at, where they stand in the whole, and the part to answer for.
#[derive(Clone, Debug)]
pub(crate) struct Passage<'b> {
    /// What is in memory.
    pub(crate) bytes: &'b [u8],
    /// Offset of `bytes` in the whole.
    pub(crate) base: usize,
    /// Line and column at `base`.
    pub(crate) start: Cursor,
    /// The offsets in `bytes` at which a match must start to be reported here; others belong to a neighbour.
    pub(crate) owned: Range<usize>,
}

impl<'b> Passage<'b> {
    /// All there is, at once.
    pub(crate) fn whole(bytes: &'b [u8]) -> Self {
        Self { bytes, base: 0, start: Cursor::starting(bytes), owned: 0..usize::MAX }
    }
}

/// Cuts what a reader gives into passages, in a buffer that is lent and reused.
pub(crate) struct Chunks<'b, R> {
    reader: R,
    buffer: &'b mut Vec<u8>,
    shape: Shape,
    expected: Option<u64>,
    filled: usize,
    passage: Passage<'static>,
    state: State,
}

enum State {
    Reading,
    Ended,
    Failed(io::Error),
    Done,
}

impl<'b, R: Read> Chunks<'b, R> {
    /// Windows over `reader`. Where `expected` bytes were read, the reader is not asked whether there are more.
    pub(crate) fn new(reader: R, expected: Option<u64>, shape: Shape, buffer: &'b mut Vec<u8>) -> Self {
        if buffer.len() < shape.window {
            // Fresh zeroed memory costs nothing until it is written; resizing would write it.
            *buffer = vec![0; shape.window];
        }
        let passage = Passage { owned: 0..0, ..Passage::whole(&[]) };
        Self { reader, buffer, shape, expected, filled: 0, passage, state: State::Reading }
    }

    /// Bytes read so far.
    pub(crate) fn read(&self) -> u64 {
        (self.passage.base + self.filled) as u64
    }

    /// The next passage; none after the last one, which may be empty if all is.
    ///
    /// # Errors
    /// The reader's, after all that was read before it was handed out.
    pub(crate) fn next_passage(&mut self) -> io::Result<Option<Passage<'_>>> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Done | State::Ended => return Ok(None),
            State::Failed(error) => return Err(error),
            State::Reading => {}
        }
        self.slide();
        self.state = self.fill();
        if self.passage.base == 0 {
            self.passage.start = Cursor::starting(&self.buffer[..self.filled]);
        }
        let last = !matches!(self.state, State::Reading);
        if let State::Failed(_) = self.state
            && self.read() == 0
        {
            return self.next_passage();
        }
        self.passage.owned.end = if last { usize::MAX } else { self.filled - self.shape.overlap };
        Ok(Some(Passage { bytes: &self.buffer[..self.filled], ..self.passage.clone() }))
    }

    /// Drops what no later passage needs.
    fn slide(&mut self) {
        let owned = &self.passage.owned;
        let gone = owned.end.saturating_sub(self.shape.overlap);
        self.passage.start.advance(&self.buffer[..gone]);
        self.passage.base += gone;
        self.buffer.copy_within(gone..self.filled, 0);
        self.filled -= gone;
        self.passage.owned.start = owned.end - gone;
    }

    fn fill(&mut self) -> State {
        while self.filled < self.shape.window {
            if self.filled > 0 && self.expected == Some(self.read()) {
                return State::Ended;
            }
            match self.reader.read(&mut self.buffer[self.filled..self.shape.window]) {
                Ok(0) => return State::Ended,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return State::Failed(error),
            }
        }
        State::Reading
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stanch_model::{Finding, Provenance};

    use super::*;
    use crate::{
        Origin,
        fixture::{self, Pieces},
    };

    /// Enough for the test rule, and for a snippet to see all it looks at.
    const OVERLAP: usize = 1024;

    fn origin() -> Origin {
        Origin { path: "p".to_owned(), provenance: Provenance::default() }
    }

    fn whole(text: &[u8]) -> Vec<Finding> {
        fixture::outcome(|crew| crew.run([()].into_iter(), |(), worker| worker.scan(text, origin))).1.findings
    }

    fn chunked(text: &[u8], piece: usize, expected: Option<u64>, shape: Shape) -> Vec<Finding> {
        let pieces = Pieces::new(text.chunks(piece).map(|piece| Ok(piece.to_vec())).collect());
        let ((), outcome) = fixture::outcome(|crew| {
            crew.run([pieces].into_iter(), |pieces, worker| {
                let read = worker.scan_chunks(pieces, expected, shape, origin).expect("no errors");
                assert_eq!(read, text.len() as u64);
            });
        });
        assert_eq!((outcome.coverage.blobs, outcome.coverage.bytes), (1, text.len() as u64));
        outcome.findings
    }

    /// All of a finding that a person sees.
    fn told(findings: &[Finding]) -> Vec<String> {
        let tell = |f: &Finding| {
            format!("{:?} {} {:?} {:?} {:?}", f.fingerprint(), f.confidence, f.location, f.snippet, f.parts)
        };
        findings.iter().map(tell).collect()
    }

    /// A line of base64 that holds a secret a few times, and nothing that it could go on in.
    fn encoded(seed: u64, times: usize) -> String {
        let text = format!("key: {}\n", fixture::secret(seed)).repeat(times);
        format!(" {} .\n", data_encoding::BASE64.encode(text.as_bytes()))
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            2 => prop::collection::vec(any::<u8>(), 0..30),
            2 => "[a-z0-9_=é \n]{0,400}".prop_map(String::into_bytes),
            1 => "[ -~]{400,900}".prop_map(String::into_bytes),
            2 => (0u64..50).prop_map(|seed| fixture::secret(seed).into_bytes()),
            2 => (0u64..50).prop_map(|seed| format!(" {}\n", fixture::id(seed)).into_bytes()),
            2 => (0u64..50, 1usize..9).prop_map(|(seed, times)| encoded(seed, times).into_bytes()),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn chunks_tell_what_the_whole_tells(text in text(), step in 1usize..3000, piece in 1usize..5000, known: bool) {
            let shape = Shape { window: 2 * OVERLAP + step.max(text.len() / 64), overlap: OVERLAP };
            let expected = known.then_some(text.len() as u64);
            prop_assert_eq!(told(&chunked(&text, piece, expected, shape)), told(&whole(&text)));
        }
    }

    #[test]
    fn every_border_is_crossed() {
        let shape = Shape { window: 2 * OVERLAP + 64, overlap: OVERLAP };
        let secret = fixture::secret(1);
        for at in 0..200 {
            let text = format!("{}\nü {secret}\n{}", "x".repeat(OVERLAP + at), "y ".repeat(2 * OVERLAP));
            let found = chunked(text.as_bytes(), 4096, None, shape);
            assert_eq!(found.len(), 1, "{at}");
            let place = &found[0].location;
            assert_eq!((place.line, place.column, place.byte_start), (2, 3, OVERLAP + at + 4));
        }
    }

    #[test]
    fn an_error_comes_after_what_was_read() {
        let broken = || Pieces::new(vec![Ok(vec![b'a'; 10]), Err(io::Error::other("gone"))]);
        let (mut buffer, shape) = (Vec::new(), Shape { window: 100, overlap: 10 });
        let mut chunks = Chunks::new(broken(), None, shape, &mut buffer);
        assert_eq!(chunks.next_passage().expect("bytes first").map(|p| p.bytes.len()), Some(10));
        assert_eq!(chunks.next_passage().expect_err("then the error").to_string(), "gone");
        assert!(chunks.next_passage().expect("then nothing").is_none());
    }
}
