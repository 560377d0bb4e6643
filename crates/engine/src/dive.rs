//! Searches what is encoded in a text, and what is encoded in that.

use crate::{
    Inner, Match, Reach, Scanner, Scratch,
    decode::{Budget, DEPTH_MAX, LOCAL_BYTES_MAX, Run, Spot, Text, each_run},
    matches::Wrapping,
};

/// A limit that kept a scan from reading all that is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shortfall {
    /// Something is encoded more than four times over.
    Depth,
    /// Compressed streams hold more than 64 times their size, or more than 64 MiB, or 256 MiB in one blob.
    Size,
}

impl Shortfall {
    /// What to say of it: the limit with its name and value.
    pub fn detail(self) -> &'static str {
        match self {
            Self::Depth => "encoded text, encodings_max = 4",
            Self::Size => {
                "compressed text, ratio_max = 64, stream_bytes_max = 64 MiB, blob_bytes_max = 256 MiB"
            }
        }
    }
}

/// What of a blob was decoded only in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) shortfall: Option<Shortfall>,
    /// Where what is encoded begins that goes on to the end of the bytes.
    pub(crate) open: Option<usize>,
}

/// One descent into the encoded text of a blob.
pub(crate) struct Dive<'d> {
    scanner: &'d Scanner,
    scratch: &'d mut Scratch,
    /// Texts met in the outermost run so far.
    texts: u32,
    run: Budget,
    blob: Budget,
    may_inflate: bool,
    reach: Reach,
}

impl<'d> Dive<'d> {
    /// Nothing decoded yet.
    pub(crate) fn new(scanner: &'d Scanner, scratch: &'d mut Scratch) -> Self {
        let (run, blob) = (Budget::of_run(), Budget::of_blob());
        Self { scanner, scratch, texts: 0, run, blob, may_inflate: true, reach: Reach::Local }
    }

    /// Appends what is found in the runs at `spots` of a whole blob.
    pub(crate) fn search(mut self, bytes: &[u8], spots: Vec<Spot>, raw: &mut Vec<Match>) {
        each_run(bytes, spots, usize::MAX, |run| {
            if self.blob.left() == 0 {
                self.blob.exceed();
                return None;
            }
            let end = self.search_outermost(bytes, run, raw);
            self.blob.absorb(&self.run);
            if end == Some(bytes.len()) {
                self.scratch.left.open.get_or_insert(run.span.start);
            }
            end
        });
        if self.blob.is_exceeded() {
            self.scratch.left.shortfall.get_or_insert(Shortfall::Size);
        }
    }

    /// Appends what is found in the runs at `spots` of a part of a blob, if all that bears on them is near.
    pub(crate) fn search_locally(mut self, bytes: &[u8], spots: Vec<Spot>, raw: &mut Vec<Match>) -> Reach {
        self.may_inflate = false;
        each_run(bytes, spots, LOCAL_BYTES_MAX, |run| {
            if run.span.len() > LOCAL_BYTES_MAX {
                self.reach = Reach::Whole;
            }
            if self.reach == Reach::Whole { None } else { self.search_outermost(bytes, run, raw) }
        });
        self.reach
    }

    fn search_outermost(&mut self, bytes: &[u8], run: Run, raw: &mut Vec<Match>) -> Option<usize> {
        (self.texts, self.run) = (0, Budget::of_run());
        self.search_run(bytes, run, 1, raw)
    }

    /// Appends what is found in a run of `bytes`, which have been decoded `depth` - 1 times, and tells where it ends.
    fn search_run(&mut self, bytes: &[u8], run: Run, depth: usize, raw: &mut Vec<Match>) -> Option<usize> {
        if run.is_stream() && !self.may_inflate {
            self.reach = Reach::Whole;
            return None;
        }
        let text = run.decode(bytes, &mut self.run)?;
        self.texts += 1;
        let number = self.texts;
        let mut found = Vec::new();
        let spots = self.scanner.search_text(self.scratch, &text.bytes, &mut found);
        each_run(&text.bytes, spots, usize::MAX, |inner| {
            if depth == DEPTH_MAX {
                self.scratch.left.shortfall.get_or_insert(Shortfall::Depth);
                return Some(inner.span.end);
            }
            self.search_run(&text.bytes, inner, depth + 1, &mut found)
        });
        self.scanner.settle(&mut found);
        raw.extend(found.iter().map(|found| lifted(found, number, &text)));
        Some(text.run.span.end)
    }
}

/// A match in a decoded text as one in the bytes that hold it.
fn lifted(found: &Match, number: u32, text: &Text) -> Match {
    let here = |wrapping| Inner {
        text: number,
        start: found.secret.start as u32,
        end: found.secret.end as u32,
        wrapping,
        run: text.run.encoding,
    };
    let inner = match found.inner {
        Some(inner) if inner.is_within() => Inner { run: text.run.encoding, ..inner },
        Some(_) => here(Wrapping::Base64),
        None => here(Wrapping::None),
    };
    Match { span: text.run.span, secret: text.original(found.secret), inner: Some(inner), ..*found }
}
