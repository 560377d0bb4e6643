//! Reading forward through bytes, up to a limit.

/// Fewer capitals may be the end of a word.
const CONSTANT_LEN_MIN: usize = 8;

/// A place in some bytes, and how far it may move.
#[derive(Clone, Copy)]
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    /// Reads from `at` on, at most `most` bytes.
    pub(super) fn new(bytes: &'b [u8], at: usize, most: usize) -> Self {
        let end = bytes.len().min(at.saturating_add(most));
        Self { bytes: &bytes[..end], at: at.min(end) }
    }

    /// The offset of the next byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Whether a constant of C ends here: `CURLOPT_PASSWORD`.
    pub(super) fn is_after_constant(&self) -> bool {
        let before = &self.bytes[self.at.saturating_sub(CONSTANT_LEN_MIN)..self.at];
        before.len() == CONSTANT_LEN_MIN
            && before.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'b [u8] {
        &self.bytes[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.bytes.len());
    }

    /// Whether a text comes; most differ in their first byte.
    #[inline]
    pub(super) fn is_next(&self, text: &[u8]) -> bool {
        let rest = self.rest();
        rest.first() == text.first() && rest.starts_with(text)
    }

    /// Like [`Reader::is_next`], whatever the case of letters.
    pub(super) fn is_next_folded(&self, text: &[u8]) -> bool {
        self.rest().get(..text.len()).is_some_and(|next| next.eq_ignore_ascii_case(text))
    }

    /// Skips spaces and tabs, and tells how many.
    pub(super) fn spaces(&mut self, most: usize) -> usize {
        self.skip_while(most, |byte| byte == b' ' || byte == b'\t')
    }

    /// Skips white space with line ends, and tells how much.
    pub(super) fn white(&mut self, most: usize) -> usize {
        self.skip_while(most, |byte| byte.is_ascii_whitespace())
    }

    fn skip_while(&mut self, most: usize, is: impl Fn(u8) -> bool) -> usize {
        let count = self.rest().iter().take(most).take_while(|byte| is(**byte)).count();
        self.skip(count);
        count
    }
}
