//! Windows of the engine itself: where an escape or a compressed stream may begin. They ride along with those of rules.

use crate::analysis::{
    byte_set::ByteSet,
    window::{Window, WindowSet},
};

/// What stands in the place of a rule in [`super::Target::rule`].
pub(crate) const ANCHOR: u32 = u32::MAX;

/// Escapes of printable ASCII, and the head of a gzip stream. A window may be met that is no anchor, never the reverse.
pub(super) fn windows() -> WindowSet {
    let hex = ByteSet::default().with(b'0', b'9').with(b'a', b'f').with(b'A', b'F');
    let high = ByteSet::default().with(b'3', b'7');
    let [percent, backslash, zero] = [b'%', b'\\', b'0'].map(ByteSet::of);
    let [entity, sharp] = [b'&', b'#'].map(ByteSet::of);
    let digit = ByteSet::default().with(b'0', b'9');
    let [hundred, tens, upper] =
        [(b'1', b'1'), (b'4', b'9'), (b'0', b'2')].map(|(first, last)| ByteSet::default().with(first, last));
    let [long, short] = [b'u', b'x'].map(ByteSet::of);
    let gzip = [0x1F, 0x8B, 0x08].map(ByteSet::of);
    let mut set = WindowSet::default();
    add(&mut set, &[percent, high, hex, percent, high, hex], [0, 1]);
    add(&mut set, &[backslash, long, zero, zero, high, hex], [0, 1]);
    add(&mut set, &[backslash, short, high, hex, backslash, short], [0, 1]);
    add(&mut set, &[entity, sharp, tens, digit, ByteSet::of(b';')], [0, 1]);
    add(&mut set, &[entity, sharp, hundred, upper, digit], [0, 1]);
    add(&mut set, &[entity, sharp, short.with(b'X', b'X'), high, hex], [0, 1]);
    add(&mut set, &[gzip[0], gzip[1], gzip[2], ByteSet::default().with(0, 0x1F)], [0, -1]);
    set
}

fn add(set: &mut WindowSet, classes: &[ByteSet], keys: [i8; 2]) {
    let mut place = |class: &ByteSet| {
        let at = set.classes.iter().position(|known| known == class).unwrap_or_else(|| {
            set.classes.push(*class);
            set.classes.len() - 1
        });
        at as u8
    };
    let classes = classes.iter().map(&mut place).collect();
    set.windows.push(Window { classes, before: (0, 0), keys: Some(keys), tail: None, rest: None });
}
