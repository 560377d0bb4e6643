//! Text that is written in another way: base64, hexadecimal, escapes, compressed streams.
//!
//! A text is looked through for **spots**: the first digits of a run that may hold text, an escape that nobody needs, the
//! head of a stream. The sieve marks where to look while it passes over the bytes. From a spot grows a **run**: all that is
//! decoded together. What it stands for is a text again, up to [`DEPTH_MAX`] times.
//!
//! What a run is depends on itself and a few bytes around it ([`INFLUENCE`]), so that short ones are as local as any match.

mod digits;
mod escape;
mod head;
mod inflate;
mod value;
mod way;

use stanch_model::{Encoding, Span};

pub(crate) use self::value::decoded_value;
use self::{
    head::Head,
    way::{Segment, Way},
};

/// How often a text is decoded again.
pub(crate) const DEPTH_MAX: usize = 4;
/// Longest run that is looked at by itself: with what bears on it, it fits into the margin around a change.
pub(crate) const LOCAL_BYTES_MAX: usize = 384;
/// Bytes before the start and after the end of a run on which its extent depends, at most.
pub(crate) const INFLUENCE: (usize, usize) = digits::INFLUENCE;

/// What all streams of one run may become, in bytes, and those of a whole blob.
const RUN_BYTES_MAX: usize = 64 << 20;
const BLOB_BYTES_MAX: usize = 256 << 20;

/// How much may still be inflated.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    left: usize,
    exceeded: bool,
}

impl Budget {
    /// That of one run.
    pub(crate) fn of_run() -> Self {
        Self { left: RUN_BYTES_MAX, exceeded: false }
    }

    /// That of a blob.
    pub(crate) fn of_blob() -> Self {
        Self { left: BLOB_BYTES_MAX, exceeded: false }
    }

    /// Bytes left.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// Whether something was cut short.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.exceeded
    }

    /// Takes what another one has spent.
    pub(crate) fn absorb(&mut self, run: &Self) {
        self.spend(RUN_BYTES_MAX - run.left);
        self.exceeded |= run.exceeded;
    }

    /// Notes that something is cut short.
    pub(crate) fn exceed(&mut self) {
        self.exceeded = true;
    }

    fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}

/// Where something encoded seems to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// Where: of a run of digits or a stream the first byte, of a text with escapes one of them.
    at: usize,
    encoding: Encoding,
}

impl Spot {
    /// The spot of the run of digits around `at`, if it begins within `region`.
    #[cold]
    pub(crate) fn of_digits(bytes: &[u8], region: Span, at: usize) -> Option<Self> {
        let (at, encoding) = digits::start(bytes, region, at)?;
        Some(Self { at, encoding })
    }

    /// The spot at an anchor of the sieve.
    #[cold]
    pub(crate) fn of_anchor(bytes: &[u8], at: usize) -> Option<Self> {
        let rest = &bytes[at..];
        let is_gzip = rest.first() == Some(&0x1F) && head::of(rest) == Head::Gzip;
        let encoding = if is_gzip { Some(Encoding::Gzip) } else { escape::anchor(rest) };
        Some(Self { at, encoding: encoding? })
    }

    /// The spot of a zlib stream, which counts only as the whole of a text: its head is too short to be looked for.
    pub(crate) fn of_start(bytes: &[u8]) -> Option<Self> {
        let head = &bytes[..bytes.len().min(8)];
        (head::of(head) == Head::Zlib).then_some(Self { at: 0, encoding: Encoding::Zlib })
    }

    /// Whether it is that of a run of digits, which end where other bytes begin.
    fn is_digits(&self) -> bool {
        matches!(self.encoding, Encoding::Base64 | Encoding::Hex)
    }
}

/// Calls `visit` with the run around each of `spots`, ascending; it tells where the run ended, if it was decoded, so that
/// none begins within a stream or twice in a token. Runs of digits have borders of their own, and may stand in a token.
pub(crate) fn each_run(
    bytes: &[u8],
    mut spots: Vec<Spot>,
    max: usize,
    mut visit: impl FnMut(Run) -> Option<usize>,
) {
    spots.sort_unstable();
    spots.dedup();
    let mut floor = 0;
    for spot in spots {
        let own_floor = if spot.is_digits() { 0 } else { floor };
        let Some(run) = Run::around(bytes, spot, own_floor, max) else { continue };
        if let Some(end) = visit(run)
            && !spot.is_digits()
        {
            floor = end;
        }
    }
}

/// Bytes that are decoded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where; of a stream up to the end of all bytes, until it has been inflated.
    pub(crate) span: Span,
    pub(crate) encoding: Encoding,
}

impl Run {
    /// The run around a spot that does not begin before `floor`; what is longer than `max` is longer still.
    pub(crate) fn around(bytes: &[u8], spot: Spot, floor: usize, max: usize) -> Option<Self> {
        let Spot { at, encoding } = spot;
        match encoding {
            Encoding::Base64 | Encoding::Hex => {
                let end = digits::end(bytes, at, encoding, max)?;
                (at >= floor).then_some(Self { span: Span::new(at, end), encoding })
            }
            Encoding::Gzip | Encoding::Zlib => {
                (at >= floor).then_some(Self { span: Span::new(at, bytes.len()), encoding })
            }
            Encoding::Percent | Encoding::Escape | Encoding::Entity => {
                let span = (at >= floor).then(|| escape::token(bytes, at, floor, max.saturating_add(1)))?;
                Some(Self { span, encoding: escape::kind(&bytes[span.range()])? })
            }
        }
    }

    /// Whether it is a compressed stream.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.encoding, Encoding::Gzip | Encoding::Zlib)
    }

    /// What it stands for; none where that is nothing.
    pub(crate) fn decode(self, bytes: &[u8], budget: &mut Budget) -> Option<Text> {
        let Self { span, encoding } = self;
        let encoded = &bytes[span.range()];
        let (bytes, way) = match encoding {
            Encoding::Base64 => unbase64(encoded),
            Encoding::Hex => {
                let mut text = vec![0; encoded.len() / 2];
                digits::unhex(encoded, &mut text);
                (text, Way::even((1, 2), encoded.len()))
            }
            Encoding::Percent | Encoding::Escape | Encoding::Entity => escape::decode(encoded, encoding),
            Encoding::Gzip | Encoding::Zlib => {
                let bits = if encoding == Encoding::Gzip { inflate::GZIP } else { inflate::ZLIB };
                let (text, len) = inflate::inflate(encoded, bits, budget)?;
                let way = Way::even((text.len(), len), len);
                let run = Self { span: Span::new(span.start, span.start + len), encoding };
                return Some(Text { bytes: text, run, way });
            }
        };
        (!bytes.is_empty()).then_some(Text { bytes, run: self, way })
    }
}

/// What a run stands for.
pub(crate) struct Text {
    /// The decoded bytes.
    pub(crate) bytes: Vec<u8>,
    /// Where they come from.
    pub(crate) run: Run,
    way: Way,
}

impl Text {
    /// The bytes that hold `span` of the text, as tightly as the encoding allows.
    pub(crate) fn original(&self, span: Span) -> Span {
        let within = self.way.original(span);
        Span::new(self.run.span.start + within.start, self.run.span.start + within.end)
    }
}

/// What lines of base64 stand for. All but the last are of whole units, as encoders break them.
fn unbase64(encoded: &[u8]) -> (Vec<u8>, Way) {
    let (mut text, mut way) = (Vec::with_capacity(encoded.len() / 4 * 3 + 2), Way::new(encoded.len()));
    let mut origin = 0;
    for line in encoded.split_inclusive(|byte| *byte == b'\n') {
        let indent = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        way.push(Segment { text: text.len(), origin: origin + indent, unit: (3, 4) });
        let digits = line[indent..].iter().copied().filter(|byte| *byte != b'=');
        digits::unbase64(digits, &mut text);
        origin += line.len();
    }
    (text, way)
}

#[cfg(test)]
mod tests;
