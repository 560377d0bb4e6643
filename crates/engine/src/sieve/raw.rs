//! Long tables of words as serde sees them: one string of bytes, which decodes at the speed of a copy.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// A table that is written as bytes.
pub(super) trait Table: Sized {
    /// Its words one after the other, lowest bytes first.
    fn to_bytes(&self) -> Vec<u8>;
    /// The table of such bytes, if they are as many as it takes.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl<const WORDS: usize> Table for Box<[u32; WORDS]> {
    fn to_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks();
        let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        words.try_into().ok().filter(|_| rest.is_empty())
    }
}

/// A row of a table, as one word.
pub(super) trait Row: Copy {
    fn to_word(self) -> u64;
    fn from_word(word: u64) -> Self;
}

impl<R: Row> Table for Vec<R> {
    fn to_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|row| row.to_word().to_le_bytes()).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks();
        rest.is_empty().then(|| words.iter().map(|word| R::from_word(u64::from_le_bytes(*word))).collect())
    }
}

pub(super) fn serialize<S: Serializer>(table: &impl Table, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&table.to_bytes())
}

pub(super) fn deserialize<'de, T: Table, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let bytes = <&[u8]>::deserialize(deserializer)?;
    T::from_bytes(bytes).ok_or_else(|| D::Error::custom("a table of another size"))
}
