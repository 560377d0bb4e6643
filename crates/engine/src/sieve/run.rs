//! Runs of bytes of one set: looked for from their end, so that most bytes are never looked at.

use stanch_model::Span;

use crate::analysis::byte_set::ByteSet;

/// Every start within `region` from which `len` bytes are all in `values`, ascending.
pub(crate) fn starts(
    bytes: &[u8],
    region: Span,
    values: &ByteSet,
    len: usize,
) -> impl Iterator<Item = usize> {
    let mut next = region.start;
    // How far bytes are known to be in the set, without a gap, from `next` on.
    let mut known = region.start;
    std::iter::from_fn(move || {
        while next < region.end {
            // Most stretches end with a byte of no window.
            while bytes.get(next + len - 1).is_some_and(|last| !values.contains(*last)) {
                next += len;
            }
            if next >= region.end {
                break;
            }
            let stretch = bytes.get(known.max(next)..next + len)?;
            let Some(gap) = stretch.iter().rposition(|byte| !values.contains(*byte)) else {
                let start = next;
                known = start + len;
                next += 1;
                return Some(start);
            };
            next = known.max(next) + gap + 1;
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_start_in_the_region() {
        let digits = ByteSet::default().with(b'0', b'9');
        let text = b"12345 123 4567890a1234";
        let all = |region| starts(text, region, &digits, 4).collect::<Vec<_>>();
        let plain = |region: Span| -> Vec<usize> {
            let holds =
                |at: &usize| text.get(*at..at + 4).is_some_and(|four| four.iter().all(u8::is_ascii_digit));
            region.range().filter(holds).collect()
        };
        for start in 0..=text.len() {
            for end in start..=text.len() {
                assert_eq!(all(Span::new(start, end)), plain(Span::new(start, end)));
            }
        }
        assert_eq!(all(Span::new(0, text.len())), [0, 1, 10, 11, 12, 13, 18]);
    }
}
