//! Features of the value itself. None counts how often it occurs elsewhere: real secrets repeat.

use super::{ByteCounts, Recorder, TopicCounts};
use crate::{
    check::assignment::{is_constant, is_path, is_plain_url, is_reference, is_words},
    generic::{
        candidate::Candidate,
        lexicon::{Lexicon, WORD_LEN_MAX, WORD_LEN_MIN},
        name::words,
        vocabulary::topic,
    },
    value::{entropy, is_monotonous, is_placeholder, is_sequence, is_template},
};

pub(super) fn record(value: &[u8], lexicon: &Lexicon, to: &mut impl Recorder) {
    record_bytes(value, to);
    record_runs(value, to);
    record_forms(value, to);
    record_language(value, lexicon, to);
    let mut topics = TopicCounts::none();
    words(value).filter_map(topic).for_each(|topic| topics.add(topic));
    topics.record("value", to);
}

/// How the value is like its name: labels and translations repeat it.
pub(super) fn record_against_name(value: &[u8], candidate: &Candidate, bytes: &[u8], to: &mut impl Recorder) {
    let value = value.to_ascii_lowercase();
    let name = bytes[candidate.name.range()].to_ascii_lowercase();
    let keyword = &bytes[candidate.keyword.range()].to_ascii_lowercase();
    let shared = words(&name).filter(|word| word.len() > 2 && holds(&value, word)).count();
    to.note("value", "words shared with the name", shared);
    to.mark("value", "holds the keyword", holds(&value, keyword));
    to.mark("value", "holds the name", holds(&value, &name));
    to.mark("value", "is the name's end", name.ends_with(&value));
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

/// What bytes it is made of.
fn record_bytes(value: &[u8], to: &mut impl Recorder) {
    let bytes = ByteCounts::of(&[value]);
    let percent = |part: usize| part * 100 / value.len();
    let (small, capital) = (bytes.within(b'a'..=b'z'), bytes.within(b'A'..=b'Z'));
    let digit = bytes.within(b'0'..=b'9');
    let other = bytes.within(0x80..=0xff);
    to.note("value", "length", value.len());
    to.note("value", "small letters", small);
    to.note("value", "capitals", capital);
    to.note("value", "digits", digit);
    to.note("value", "percent of small letters", percent(small));
    to.note("value", "percent of capitals", percent(capital));
    to.note("value", "percent of digits", percent(digit));
    to.note("value", "bytes beyond ASCII", other);
    to.note("value", "symbols", value.len() - small - capital - digit - other);
    to.note("value", "spaces", bytes.each(b" "));
    to.note("value", "underscores", bytes.each(b"_"));
    to.note("value", "hyphens", bytes.each(b"-"));
    to.note("value", "dots", bytes.each(b"."));
    to.note("value", "slashes", bytes.each(b"/"));
    to.note("value", "backslashes", bytes.each(b"\\"));
    to.note("value", "colons", bytes.each(b":"));
    to.note("value", "equals signs", bytes.each(b"="));
    to.note("value", "brackets", bytes.each(b"()[]{}<>"));
    to.note("value", "signs of templates", bytes.each(b"$%{}#"));
    to.note("value", "signs of passwords", bytes.each(b"!@#$%^&*?~"));
    to.note("value", "first byte", usize::from(value[0]));
    to.note("value", "last byte", usize::from(value[value.len() - 1]));
    to.note("value", "entropy, hundredths of a bit", hundredths(entropy(value)));
    to.note("value", "distinct bytes", distinct(value));
}

#[expect(clippy::cast_sign_loss, reason = "an entropy is not negative")]
fn hundredths(bits: f32) -> usize {
    (bits * 100.0) as usize
}

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in value {
        seen[usize::from(*byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count()
}

/// The class of a byte: what changes between classes tells random text from words.
fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        0x80.. => 3,
        _ => 4,
    }
}

/// Runs and changes.
fn record_runs(value: &[u8], to: &mut impl Recorder) {
    let changes = value.windows(2).filter(|two| class(two[0]) != class(two[1])).count();
    to.note("value", "changes of class", changes);
    to.note("value", "percent of changes of class", changes * 100 / value.len());
    let longest =
        |is: fn(u8) -> bool| value.split(|byte| !is(*byte)).map(<[u8]>::len).max().unwrap_or_default();
    to.note("value", "longest run of letters", longest(|byte| byte.is_ascii_alphabetic()));
    to.note("value", "longest run of digits", longest(|byte| byte.is_ascii_digit()));
    to.note("value", "longest run of consonants", longest(is_consonant));
    to.note(
        "value",
        "longest run of one byte",
        value.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or(0),
    );
    let steps = value.chunk_by(|a, b| b.wrapping_sub(*a) == 1).map(<[u8]>::len).max();
    to.note("value", "longest run of steps", steps.unwrap_or_default());
    to.note("value", "longest walk on a keyboard", keyboard_walk(value));
    let trailing = value.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    to.note("value", "digits at its end", trailing);
    let vowels = value.iter().filter(|byte| b"aeiouAEIOU".contains(byte)).count();
    to.note("value", "percent of vowels", vowels * 100 / value.len());
}

fn is_consonant(byte: u8) -> bool {
    byte.is_ascii_alphabetic() && !b"aeiouy".contains(&byte.to_ascii_lowercase())
}

/// The rows of a keyboard, and ways down it.
const KEYBOARD: &[&[u8]] = &[
    b"qwertyuiop",
    b"asdfghjkl",
    b"zxcvbnm",
    b"1234567890",
    b"1qaz2wsx3edc4rfv5tgb6yhn",
    b"1q2w3e4r5t6y7u8i",
];

/// By key, the keys beside it in [`KEYBOARD`]: a bit for each letter, then each digit.
static BESIDE: [u64; 256] = {
    let mut beside = [0; 256];
    let mut row = 0;
    while row < KEYBOARD.len() {
        let mut at = 1;
        while at < KEYBOARD[row].len() {
            let (a, b) = (KEYBOARD[row][at - 1], KEYBOARD[row][at]);
            beside[a as usize] |= key_bit(b);
            beside[b as usize] |= key_bit(a);
            at += 1;
        }
        row += 1;
    }
    beside
};

/// The bit of a key in [`BESIDE`]; none for what is neither letter nor digit.
const fn key_bit(byte: u8) -> u64 {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => 1 << (letter - b'a'),
        digit @ b'0'..=b'9' => 1 << (26 + digit - b'0'),
        _ => 0,
    }
}

/// The longest part that follows a row of the keyboard, forward or back.
fn keyboard_walk(value: &[u8]) -> usize {
    let neighbours = |a: &u8, b: &u8| BESIDE[usize::from(a.to_ascii_lowercase())] & key_bit(*b) != 0;
    value.chunk_by(neighbours).map(<[u8]>::len).max().unwrap_or_default()
}

/// Forms that ordinary values have.
fn record_forms(value: &[u8], to: &mut impl Recorder) {
    let all = |is: fn(&u8) -> bool| value.iter().all(is);
    let is_hex = all(u8::is_ascii_hexdigit);
    to.mark("value", "hexadecimal", is_hex);
    to.mark(
        "value",
        "hexadecimal in one case",
        is_hex && !(has(value, u8::is_ascii_uppercase) && has(value, u8::is_ascii_lowercase)),
    );
    to.mark("value", "length of a digest", is_hex && [32, 40, 56, 64, 96, 128].contains(&value.len()));
    to.mark("value", "letters and digits", all(u8::is_ascii_alphanumeric));
    to.mark("value", "letters, digits and _", all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'));
    to.mark(
        "value",
        "letters, digits, _ - .",
        all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte)),
    );
    to.mark("value", "base64", all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)));
    to.note("value", "length modulo 4", value.len() % 4);
    to.mark(
        "value",
        "capital first, small rest",
        value[0].is_ascii_uppercase() && value[1..].iter().all(u8::is_ascii_lowercase),
    );
    to.mark("value", "UUID", is_uuid(value));
    to.mark("value", "modular crypt", value[0] == b'$' && memchr::memchr_iter(b'$', value).count() >= 2);
    to.mark("value", "constant", is_constant(value));
    to.mark("value", "reference", is_reference(value));
    to.mark("value", "path", is_path(value));
    to.mark("value", "plain URL", is_plain_url(value));
    to.mark("value", "words", is_words(value));
    to.mark("value", "template", is_template(value));
    to.mark("value", "placeholder", is_placeholder(value));
    to.mark("value", "monotonous", is_monotonous(value));
    to.mark("value", "sequence", is_sequence(&value.to_ascii_lowercase()));
    to.note("value", "leading hyphens", value.iter().take_while(|byte| **byte == b'-').count());
    to.mark(
        "value",
        "SSH or certificate text",
        [&b"ssh-"[..], b"MII", b"-----", b"AAAA", b"sha"].iter().any(|start| value.starts_with(start)),
    );
}

fn has(value: &[u8], is: fn(&u8) -> bool) -> bool {
    value.iter().any(is)
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| {
            if [8, 13, 18, 23].contains(&at) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// How much it reads like language.
fn record_language(value: &[u8], lexicon: &Lexicon, to: &mut impl Recorder) {
    let value = &value[..value.len().min(LANGUAGE_BYTES_MAX)];
    let known = Known::of(value, lexicon);
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    to.note("language", "letters of known words", known.letters);
    to.note("language", "percent of letters in known words", known.letters * 100 / letters.max(1));
    to.note("language", "known words", known.words);
    to.note("language", "longest known word", known.longest);
    to.note("language", "longest run of unknown letters", known.longest_unknown);
    to.mark("language", "every word is known", letters > 0 && known.letters == letters);
    let likely = likelihoods(value, lexicon);
    to.note("language", "mean likelihood", likely.mean);
    to.note("language", "least likelihood of four", likely.least);
    to.note("language", "mean likelihood of letters", likely.letters);
}

/// More of a value tells nothing more.
const LANGUAGE_BYTES_MAX: usize = 80;

/// Which parts of a value are words.
#[derive(Default)]
struct Known {
    letters: usize,
    words: usize,
    longest: usize,
    longest_unknown: usize,
}

impl Known {
    fn of(value: &[u8], lexicon: &Lexicon) -> Self {
        let mut known = Self::default();
        for word in words(value).filter(|word| word[0].is_ascii_alphabetic()) {
            let mut small = [0; LANGUAGE_BYTES_MAX];
            let small = &mut small[..word.len()];
            small.copy_from_slice(word);
            small.make_ascii_lowercase();
            known.add(small, lexicon);
        }
        known
    }

    fn add(&mut self, word: &[u8], lexicon: &Lexicon) {
        if (WORD_LEN_MIN..=WORD_LEN_MAX).contains(&word.len()) && lexicon.knows(word) {
            return self.take(word.len());
        }
        let (mut at, mut unknown) = (0, 0);
        while at < word.len() {
            let most = WORD_LEN_MAX.min(word.len() - at);
            let fits = (WITHIN_LEN_MIN..=most).rev().find(|len| lexicon.knows(&word[at..at + len]));
            if let Some(len) = fits {
                self.take(len);
                unknown = 0;
                at += len;
            } else {
                unknown += 1;
                self.longest_unknown = self.longest_unknown.max(unknown);
                at += 1;
            }
        }
    }

    fn take(&mut self, len: usize) {
        self.letters += len;
        self.words += 1;
        self.longest = self.longest.max(len);
    }
}

/// Shortest word that is recognised within letters that go on.
const WITHIN_LEN_MIN: usize = 4;

/// How likely ordinary text is to write it; eighths of a bit over chance, plus [`CHANCE`].
struct Likelihoods {
    mean: usize,
    least: usize,
    letters: usize,
}

/// What no better than chance is.
const CHANCE: i32 = 128;

fn likelihoods(value: &[u8], lexicon: &Lexicon) -> Likelihoods {
    let at = |place: usize| {
        let before = |back: usize| place.checked_sub(back).map_or(b' ', |at| value[at]);
        lexicon.likelihood([before(2), before(1)], value[place])
    };
    let all: Vec<i32> = (0..value.len()).map(at).collect();
    let shifted = |sum: i32, count: usize| {
        usize::try_from(sum / i32::try_from(count.max(1)).unwrap_or(1) + CHANCE).unwrap_or_default()
    };
    let letters = || all.iter().zip(value).filter(|(_, byte)| byte.is_ascii_alphabetic());
    let least = all.windows(4).map(|four| four.iter().sum::<i32>()).min().unwrap_or_default();
    Likelihoods {
        mean: shifted(all.iter().sum(), all.len()),
        least: shifted(least, 4),
        letters: shifted(letters().map(|(likely, _)| likely).sum(), letters().count()),
    }
}
