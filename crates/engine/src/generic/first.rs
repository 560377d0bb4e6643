//! Which of a few texts may begin at a byte: at most bytes none does.

/// By byte, the places of the texts that begin with it, whatever its case: one bit each.
pub(super) struct ByFirst([u32; 256]);

impl ByFirst {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        Self([0; 256])
    }

    /// The same, with a text at a place below 32.
    pub(super) const fn with(mut self, text: &[u8], place: usize) -> Self {
        self.0[text[0].to_ascii_lowercase() as usize] |= 1 << place;
        self.0[text[0].to_ascii_uppercase() as usize] |= 1 << place;
        self
    }

    /// The places of the texts that begin with a byte, ascending.
    pub(super) fn places(&self, byte: u8) -> impl Iterator<Item = usize> {
        let mut left = self.0[usize::from(byte)];
        std::iter::from_fn(move || {
            let place = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            (place < 32).then_some(place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_by_their_first_byte() {
        const TEXTS: ByFirst = ByFirst::new().with(b"key", 0).with(b":=", 3).with(b"KEYS", 31);
        let places = |byte| TEXTS.places(byte).collect::<Vec<_>>();
        assert_eq!((places(b'k'), places(b'K')), (vec![0, 31], vec![0, 31]));
        assert_eq!((places(b':'), places(b'x')), (vec![3], vec![]));
    }
}
