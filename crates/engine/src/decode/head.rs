//! What the first bytes of something decoded tell of the rest.

/// What bytes seem to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// Text: ASCII, or UTF-16 of it.
    Text,
    /// A gzip stream.
    Gzip,
    /// A zlib stream.
    Zlib,
    /// Anything else: keys, images, digests.
    Binary,
}

/// What bytes that begin with `head` seem to be. Random bytes are taken for more than binary less than once in 1,000.
pub(super) fn of(head: &[u8]) -> Head {
    match head {
        [0x1F, 0x8B, 0x08, flags, ..] if flags & 0xE0 == 0 => Head::Gzip,
        [0x78, flags, ..] if is_zlib(*flags) && !head.iter().all(|byte| is_text(*byte)) => Head::Zlib,
        [0xEF, 0xBB, 0xBF, rest @ ..] | [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] => {
            if reads(rest) {
                Head::Text
            } else {
                Head::Binary
            }
        }
        _ if reads(head) => Head::Text,
        _ => Head::Binary,
    }
}

/// Whether `0x78` and this byte begin a zlib stream without a dictionary. Source: RFC 1950, section 2.2.
fn is_zlib(flags: u8) -> bool {
    (0x7800 + u32::from(flags)).is_multiple_of(31) && flags & 0x20 == 0
}

/// Whether it is text with one byte a character, or with two of which one is zero.
fn reads(bytes: &[u8]) -> bool {
    let every_other = |from: usize| {
        let zeros = bytes.iter().skip(1 - from).step_by(2);
        zeros.copied().all(|byte| byte == 0) && bytes.iter().skip(from).step_by(2).all(|byte| is_text(*byte))
    };
    bytes.iter().all(|byte| is_text(*byte)) || every_other(0) || every_other(1)
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_streams_are_told_from_other_bytes() {
        for (head, expected) in [
            (&b"{\"auths\":"[..], Head::Text),
            (b"k\0e\0y\0=\0", Head::Text),
            (b"\0k\0e\0y\0=", Head::Text),
            (b"\xEF\xBB\xBFkey: x", Head::Text),
            (b"x^2 + y^2", Head::Text),
            (b"\x1F\x8B\x08\0\0\0\0\0\0", Head::Gzip),
            (b"\x1F\x8B\x07\0\0\0\0\0\0", Head::Binary),
            (b"\x78\x9C\x01\0\0\0", Head::Zlib),
            (b"\x78\x9D\x01\0\0\0", Head::Binary),
            (b"\x30\x82\x01\x0A", Head::Binary),
            (b"\x89PNG\r\n\x1A\n", Head::Binary),
        ] {
            assert_eq!(of(head), expected, "{}", head.escape_ascii());
        }
    }
}
