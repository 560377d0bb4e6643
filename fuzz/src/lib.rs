//! What several targets need.

use stanch_engine::{Match, Reach, Scanner, Scratch};
use stanch_model::Span;

/// Panics if a blob gives other matches in two regions, or in one, than `whole`, those of a scan.
pub fn assert_same_however_cut(
    scanner: &Scanner,
    scratch: &mut Scratch,
    (bytes, cut): (&[u8], usize),
    whole: &[Match],
) {
    for regions in [vec![Span::new(0, bytes.len())], vec![Span::new(0, cut), Span::new(cut, bytes.len())]] {
        let mut raw = Vec::new();
        match scanner.scan_regions(scratch, bytes, &regions, &mut raw) {
            Reach::Whole => assert!(raw.is_empty()),
            Reach::Local => {
                scanner.settle(&mut raw);
                assert_eq!(raw, whole, "{regions:?}");
            }
        }
    }
}

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let units = bytes.chunks(3).map(|unit| {
        let bits = unit.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - unit.len()));
        let mut four = [18, 12, 6, 0].map(|shift| DIGITS[(bits >> shift & 63) as usize]);
        four[unit.len() + 1..].fill(b'=');
        four
    });
    units.flatten().collect()
}
