//! Four bytes in a row that ordinary text is full of.

use super::{byte_set::ByteSet, window::KEY_BYTES};

/// Of each key, with its case bits set, eight digits, and how often it stands in a million positions; in order.
/// `cargo xtask count-keys` counted that in the sources of 49 Debian packages.
const FREQUENT: &str = include_str!("frequent.txt");
/// `2d2d2d2d 000617` and a line feed.
const LINE_BYTES: usize = 16;
const DIGITS: usize = 8;

/// The share of the positions of ordinary text at which one of the keys of these classes stands, as far as they are
/// frequent ones. Classes are folded ones.
pub(super) fn share(classes: [ByteSet; KEY_BYTES]) -> f64 {
    let (lines, _) = FREQUENT.as_bytes().as_chunks::<LINE_BYTES>();
    let (least, most) = bounds(classes[0]);
    let lines = &lines[lines.partition_point(|line| first(line) < least)..];
    let lines = &lines[..lines.partition_point(|line| first(line) <= most)];
    let stands = |line: &&[u8; LINE_BYTES]| {
        let (pairs, _) = line[..DIGITS].as_chunks::<2>();
        classes.iter().zip(pairs).all(|(class, pair)| class.contains(byte(*pair)))
    };
    let per_million = |line: &[u8; LINE_BYTES]| {
        line[DIGITS..]
            .iter()
            .filter(|byte| byte.is_ascii_digit())
            .fold(0, |sum, byte| 10 * sum + u32::from(byte - b'0'))
    };
    let total: u32 = lines.iter().filter(stands).map(per_million).sum();
    f64::from(total) / 1e6
}

/// The least and the greatest byte of a class; of an empty one nothing is between.
fn bounds(class: ByteSet) -> (u8, u8) {
    (class.iter().min().unwrap_or(u8::MAX), class.iter().max().unwrap_or(0))
}

/// The first byte of the key in a line.
fn first(line: &[u8; LINE_BYTES]) -> u8 {
    byte([line[0], line[1]])
}

/// The byte that two digits stand for; both are small ones.
fn byte(pair: [u8; 2]) -> u8 {
    let [high, low] = pair.map(|digit| if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 });
    high << 4 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_lines_of_hyphens_are_frequent() {
        let share_of = |text: &[u8; KEY_BYTES]| share(text.map(|byte| ByteSet::of(byte).folded()));
        assert!(share_of(b"----") > 1e-4);
        assert!(share_of(b"retu") > 1e-4);
        assert!(share_of(b"qzxk").abs() < f64::EPSILON);
        let either =
            [ByteSet::of(b'r').with(b'q', b'q'), ByteSet::of(b'e'), ByteSet::of(b't'), ByteSet::of(b'u')];
        assert!(share(either) >= share_of(b"retu"));
    }

    #[test]
    fn lines_are_of_one_length_and_in_order() {
        let lines: Vec<&str> = FREQUENT.lines().collect();
        assert!(lines.is_sorted());
        assert!(lines.iter().all(|line| line.len() + 1 == LINE_BYTES));
    }
}
