//! The instructions by which a pack turns one object into the next.
//!
//! Format: <https://git-scm.com/docs/pack-format>, "Deltified representation".

use super::damage::{Damage, DeltaError};

/// One instruction; what it makes follows what the one before made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// Bytes of the base.
    Copy {
        /// Where in the base.
        from: usize,
        /// How many.
        len: usize,
    },
    /// Bytes that the delta brings along.
    Insert {
        /// Where in the instructions.
        from: usize,
        /// How many.
        len: usize,
    },
}

impl Op {
    /// How many bytes it makes.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Copy { len, .. } | Self::Insert { len, .. } => len,
        }
    }
}

/// A delta whose every instruction has been checked; reused from object to object.
#[derive(Debug, Default)]
pub(super) struct Delta {
    /// The inflated instructions, to be filled before [`Delta::parse_within`].
    pub(super) instructions: Vec<u8>,
    ops: Vec<Op>,
    base_len: usize,
    len: usize,
}

impl Delta {
    /// Reads and checks the instructions, for a result of at most `limit` bytes. Copies that continue each other become
    /// one.
    pub(super) fn parse_within(&mut self, limit: u64) -> Result<(), Damage> {
        let body = self.parse_sizes()?;
        let size = self.len as u64;
        if size > limit {
            return Err(Damage::TooLarge { size, limit });
        }
        Ok(self.parse_ops(body)?)
    }

    /// Reads the sizes of base and result, and tells where the instructions proper begin.
    fn parse_sizes(&mut self) -> Result<usize, DeltaError> {
        let mut at = 0;
        self.base_len = size(&self.instructions, &mut at)?;
        self.len = size(&self.instructions, &mut at)?;
        Ok(at)
    }

    /// Stops as soon as more is made than stated, so that a few bytes cannot ask for memory without end.
    fn parse_ops(&mut self, mut at: usize) -> Result<(), DeltaError> {
        self.ops.clear();
        let mut made = 0usize;
        while let Some(&code) = self.instructions.get(at) {
            at += 1;
            let op = match code {
                0 => return Err(DeltaError::Reserved),
                0x80.. => copy(code, &self.instructions, &mut at)?,
                len => {
                    let from = at;
                    at += usize::from(len);
                    Op::Insert { from, len: usize::from(len) }
                }
            };
            if at > self.instructions.len() {
                return Err(DeltaError::CutShort);
            }
            if matches!(op, Op::Copy { from, len } if from + len > self.base_len) {
                return Err(DeltaError::BeyondBase);
            }
            made += op.len();
            if made > self.len {
                return Err(DeltaError::Length);
            }
            self.push(op);
        }
        if made == self.len { Ok(()) } else { Err(DeltaError::Length) }
    }

    fn push(&mut self, op: Op) {
        match (self.ops.last_mut(), op) {
            (Some(Op::Copy { from, len }), Op::Copy { from: next, len: more }) if *from + *len == next => {
                *len += more;
            }
            _ => self.ops.push(op),
        }
    }

    /// The checked instructions.
    pub(super) fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// How many bytes the base has.
    pub(super) fn base_len(&self) -> usize {
        self.base_len
    }

    /// How many bytes the result has.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Makes the object out of its base.
    pub(super) fn apply(&self, base: &[u8], out: &mut Vec<u8>) -> Result<(), DeltaError> {
        if base.len() != self.base_len {
            return Err(DeltaError::OtherBase);
        }
        out.clear();
        out.reserve(self.len);
        for op in &self.ops {
            out.extend_from_slice(match *op {
                Op::Copy { from, len } => &base[from..from + len],
                Op::Insert { from, len } => &self.instructions[from..from + len],
            });
        }
        Ok(())
    }
}

/// A size of the delta's header: seven bits a byte, lowest first.
fn size(bytes: &[u8], at: &mut usize) -> Result<usize, DeltaError> {
    let mut value = 0usize;
    for shift in (0..usize::BITS - 7).step_by(7) {
        let byte = *bytes.get(*at).ok_or(DeltaError::CutShort)?;
        *at += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(DeltaError::Length)
}

/// A copy: the low seven bits of `code` tell which bytes of offset and length follow.
fn copy(code: u8, bytes: &[u8], at: &mut usize) -> Result<Op, DeltaError> {
    let mut number = |bits: std::ops::Range<u32>| {
        let mut value = 0usize;
        for bit in bits.clone().filter(|bit| code & (1 << bit) != 0) {
            let byte = *bytes.get(*at).ok_or(DeltaError::CutShort)?;
            *at += 1;
            value |= usize::from(byte) << (8 * (bit - bits.start));
        }
        Ok(value)
    };
    let from = number(0..4)?;
    let len = number(4..7)?;
    Ok(Op::Copy { from, len: if len == 0 { 0x1_0000 } else { len } })
}

/// Deltas for tests.
#[cfg(test)]
impl Delta {
    /// Copies the first of the `(from, len)` parts of `base`, then inserts `new`, then copies the other parts.
    pub(super) fn of(base: &[u8], copies: &[(usize, usize)], new: &[u8]) -> Self {
        let mut writer = Writer::default();
        for (place, &(from, len)) in copies.iter().enumerate() {
            writer.copy(from, len);
            if place == 0 {
                writer.insert(new);
            }
        }
        writer.finish(base).0
    }

    /// A random delta to `base` and what it makes: each step of `program` copies a part of the base, or inserts what `text`
    /// makes of a number.
    pub(super) fn made_of(
        program: &[(u8, u16, u16)],
        base: &[u8],
        text: impl Fn(u8) -> Vec<u8>,
    ) -> (Self, Vec<u8>) {
        let mut writer = Writer::default();
        for &(kind, a, b) in program {
            if kind % 3 == 0 || base.is_empty() {
                writer.insert(&text(kind));
            } else {
                let (a, b) = (usize::from(a) % base.len(), usize::from(b) % base.len());
                writer.copy(a.min(b), a.abs_diff(b) + 1);
            }
        }
        writer.finish(base)
    }
}

/// Writes the instructions of a delta.
#[cfg(test)]
#[derive(Default)]
struct Writer {
    instructions: Vec<u8>,
    made: usize,
}

#[cfg(test)]
impl Writer {
    fn copy(&mut self, from: usize, len: usize) {
        self.instructions.push(0x80 | 0x0f | 0x70);
        self.instructions.extend_from_slice(&(from as u32).to_le_bytes());
        self.instructions.extend_from_slice(&(len as u32).to_le_bytes()[..3]);
        self.made += len;
    }

    fn insert(&mut self, text: &[u8]) {
        for part in text.chunks(127) {
            self.instructions.push(part.len() as u8);
            self.instructions.extend_from_slice(part);
            self.made += part.len();
        }
    }

    fn finish(self, base: &[u8]) -> (Delta, Vec<u8>) {
        let size = |mut size: usize| {
            let mut bytes = Vec::new();
            while size > 0x7f {
                bytes.push((size & 0x7f) as u8 | 0x80);
                size >>= 7;
            }
            bytes.push(size as u8);
            bytes
        };
        let instructions = [size(base.len()), size(self.made), self.instructions].concat();
        let mut delta = Delta { instructions, ..Delta::default() };
        delta.parse_within(u64::MAX).expect("well-formed");
        let mut out = Vec::new();
        delta.apply(base, &mut out).expect("made for this base");
        (delta, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(instructions: &[u8]) -> Result<Delta, Damage> {
        let mut delta = Delta { instructions: instructions.to_vec(), ..Delta::default() };
        delta.parse_within(0x1_0000).map(|()| delta)
    }

    #[test]
    fn copies_and_inserts_make_the_object() {
        let delta = delta(&[6, 7, 0x91, 1, 2, 2, b'X', b'Y', 0x91, 3, 3]).expect("valid");
        let mut out = Vec::new();
        delta.apply(b"abcdef", &mut out).expect("the right base");
        assert_eq!(out, b"bcXYdef");
        assert_eq!(delta.apply(b"abc", &mut out), Err(DeltaError::OtherBase));
    }

    #[test]
    fn adjacent_copies_become_one() {
        let delta = delta(&[6, 4, 0x91, 1, 2, 0x91, 3, 2]).expect("valid");
        assert_eq!(delta.ops(), [Op::Copy { from: 1, len: 4 }]);
    }

    #[test]
    fn a_copy_of_no_stated_length_is_64_kib() {
        let instructions = [0x80, 0x80, 4, 0x80, 0x80, 4, 0x80];
        assert_eq!(delta(&instructions).expect("valid").ops(), [Op::Copy { from: 0, len: 0x1_0000 }]);
    }

    #[test]
    fn contradictions_are_refused() {
        for (instructions, error) in [
            (&[][..], DeltaError::CutShort),
            (&[1, 1, 0][..], DeltaError::Reserved),
            (&[1, 5, 5, b'a'][..], DeltaError::CutShort),
            (&[1, 1, 0x91, 1][..], DeltaError::CutShort),
            (&[4, 9, 0x91, 0, 9][..], DeltaError::BeyondBase),
            (&[4, 9, 0x91, 0, 3][..], DeltaError::Length),
            (&[0xff; 20][..], DeltaError::Length),
        ] {
            assert_eq!(delta(instructions).map(|_| ()), Err(error.into()), "{instructions:?}");
        }
    }

    #[test]
    fn what_would_be_too_large_is_not_begun() {
        let instructions = [0x80, 0x80, 4, 0x81, 0x80, 4, 0x80];
        let refused = Damage::TooLarge { size: 0x1_0001, limit: 0x1_0000 };
        assert_eq!(delta(&instructions).map(|_| ()), Err(refused));
        let mut delta =
            Delta { instructions: [&[1, 1][..], &[0x90, 1].repeat(1000)].concat(), ..Delta::default() };
        assert_eq!(delta.parse_within(u64::MAX), Err(DeltaError::Length.into()));
        assert!(delta.ops().len() <= 1);
    }
}
