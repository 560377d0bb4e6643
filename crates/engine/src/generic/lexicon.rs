//! What ordinary text is made of: the words it uses, and which letters follow which.
//!
//! Both are learned from text by [`LexiconBuilder`]; the lexicon in use is data beside this file.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

/// Shortest and longest words that are kept.
pub(super) const WORD_LEN_MIN: usize = 3;
pub(super) const WORD_LEN_MAX: usize = 14;
/// Symbols of a trigram: letters without case, digits, and all else.
const SYMBOLS: usize = 28;
/// Places of the word filter, in bits; a power of two.
const FILTER_BITS: usize = 1 << 19;

/// The words and trigrams of ordinary text.
#[derive(Serialize, Deserialize)]
pub struct Lexicon {
    /// A Bloom filter of words, two places a word.
    filter: Vec<u8>,
    /// Log-likelihood of a symbol after two others, in eighths of a bit above 1/28, by trigram.
    trigrams: Vec<i8>,
}

impl Lexicon {
    /// Whether ordinary text uses the word; its letters are small.
    pub(super) fn knows(&self, word: &[u8]) -> bool {
        places(word).iter().all(|place| self.filter[place / 8] >> (place % 8) & 1 == 1)
    }

    /// How likely ordinary text puts `next` after `before`, in eighths of a bit; 0 is no better than chance.
    pub(super) fn likelihood(&self, before: [u8; 2], next: u8) -> i32 {
        i32::from(self.trigrams[trigram([before[0], before[1], next])])
    }
}

fn places(word: &[u8]) -> [usize; 2] {
    // FNV-1a, finished as SplitMix64 is, so that all bits depend on all of the word.
    let hash = word.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ hash >> 31).wrapping_mul(0x94d0_49bb_1331_11eb);
    [mixed as usize % FILTER_BITS, (mixed >> 32) as usize % FILTER_BITS]
}

fn symbol(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => usize::from(byte - b'a'),
        b'A'..=b'Z' => usize::from(byte - b'A'),
        b'0'..=b'9' => 26,
        _ => 27,
    }
}

fn trigram(bytes: [u8; 3]) -> usize {
    bytes.iter().fold(0, |sum, byte| sum * SYMBOLS + symbol(*byte))
}

/// Learns a [`Lexicon`] from ordinary text.
#[derive(Default)]
pub struct LexiconBuilder {
    /// In how many bodies of text a word stands.
    words: HashMap<Vec<u8>, u32>,
    trigrams: Vec<u32>,
}

/// In how many bodies of text a word must stand to be ordinary: fewer for longer words.
const BODIES_MIN: [u32; 3] = [6, 4, 3];

impl LexiconBuilder {
    /// Reads one body of text, for instance a repository: its files.
    pub fn read<'t>(&mut self, files: impl IntoIterator<Item = &'t [u8]>) {
        let mut seen = HashSet::new();
        for file in files {
            self.read_file(file, &mut seen);
        }
        for word in seen {
            *self.words.entry(word).or_default() += 1;
        }
    }

    fn read_file(&mut self, file: &[u8], seen: &mut HashSet<Vec<u8>>) {
        self.trigrams.resize(SYMBOLS.pow(3), 0);
        for three in file.windows(3) {
            let count = &mut self.trigrams[trigram([three[0], three[1], three[2]])];
            *count = count.saturating_add(1);
        }
        for word in super::name::words(file) {
            if (WORD_LEN_MIN..=WORD_LEN_MAX).contains(&word.len()) && word[0].is_ascii_alphabetic() {
                seen.insert(word.to_ascii_lowercase());
            }
        }
    }

    /// The lexicon of what was read.
    pub fn build(&self) -> Lexicon {
        let mut filter = vec![0; FILTER_BITS / 8];
        let needed = |word: &[u8]| BODIES_MIN[(word.len() - WORD_LEN_MIN).min(2)];
        for word in self.words.iter().filter(|(word, bodies)| **bodies >= needed(word)).map(|(word, _)| word)
        {
            for place in places(word) {
                filter[place / 8] |= 1 << (place % 8);
            }
        }
        Lexicon { filter, trigrams: self.likelihoods() }
    }

    fn likelihoods(&self) -> Vec<i8> {
        let likelihood = |count: u32, total: u32| {
            let share = (f64::from(count) + 0.5) / (f64::from(total) + 0.5 * SYMBOLS as f64);
            ((share * SYMBOLS as f64).log2() * 8.0).round().clamp(-127.0, 127.0) as i8
        };
        let rows = self.trigrams.chunks(SYMBOLS);
        rows.flat_map(|row| {
            let total = row.iter().fold(0, |sum: u32, count| sum.saturating_add(*count));
            row.iter().map(move |count| likelihood(*count, total))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_several_bodies_are_known_and_usual_letters_likely() {
        let mut builder = LexiconBuilder::default();
        for body in 0..6 {
            let text = format!("the userName of body {body} rare{body}");
            builder.read([text.as_bytes(), b"the quick end"]);
        }
        let lexicon = builder.build();
        for word in ["the", "user", "name", "body", "quick"] {
            assert!(lexicon.knows(word.as_bytes()), "{word}");
        }
        assert!(!lexicon.knows(b"xqzt") && !lexicon.knows(b"of"));
        assert!(lexicon.likelihood(*b"th", b'e') > 8 && lexicon.likelihood(*b"th", b'q') < 0);
    }
}
