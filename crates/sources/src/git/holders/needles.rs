//! The bytes that are searched for: each way in which a secret was found written, and the encodings of one that was given.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXUPPER};
use memchr::memmem::Finder;
use stanch_model::{Fingerprint, Fingerprinter, Preview, Secret};

use super::{Holders, ruled::Values};

/// Fewest bytes of a value that is searched for: fewer stand everywhere.
const BYTES_MIN: usize = 4;
/// Most bytes of one way to write a secret: a stream of more is no place to look for by its bytes.
const BYTES_MAX: usize = 16 << 10;
/// Fewest characters of an encoded form; what is left of a short value in base64 stands everywhere.
const ENCODED_MIN: usize = 6;

/// Why a value cannot be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NeedleError {
    /// It would be found everywhere.
    #[error("the value has {0} bytes, and {BYTES_MIN} are the least to search for")]
    Short(usize),
    /// More than is searched for.
    #[error("the value has {0} bytes, and {BYTES_MAX} are the most to search for")]
    Long(usize),
}

/// One way to write a secret.
pub(super) struct Needle {
    /// Its bytes, in a secret so that they are wiped.
    bytes: Secret,
    finder: Finder<'static>,
    /// Whose way it is.
    pub(super) of: Fingerprint,
}

impl Needle {
    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.bytes.expose().len()
    }

    /// Where it begins in `bytes`, if it stands there.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<usize> {
        self.finder.find(bytes)
    }

    /// Whether it has more than one line.
    pub(super) fn is_multiline(&self) -> bool {
        self.bytes.expose().contains(&b'\n')
    }

    /// Whether `bytes` are nothing else, but for white space around it.
    pub(super) fn is_all_of(&self, bytes: &[u8]) -> bool {
        bytes.trim_ascii() == self.bytes.expose().trim_ascii()
    }
}

/// All that is searched for.
#[derive(Default)]
pub(super) struct Needles {
    list: Vec<Needle>,
    more: u64,
}

impl Needles {
    /// Each of `values` as it is, and in base64, percent-encoding, hexadecimal, JSON and UTF-16.
    pub(super) fn of_values(values: &[Secret], fingerprinter: &Fingerprinter) -> Result<Self, NeedleError> {
        let mut needles = Self::default();
        for value in values {
            let raw = value.expose();
            match raw.len() {
                len @ ..BYTES_MIN => return Err(NeedleError::Short(len)),
                len if len > BYTES_MAX => return Err(NeedleError::Long(len)),
                _ => {}
            }
            needles.add(raw, *value.fingerprint(), fingerprinter);
            for form in encoded(raw).into_iter().filter(|form| form.len() >= ENCODED_MIN) {
                needles.add(&form, *value.fingerprint(), fingerprinter);
            }
        }
        Ok(needles)
    }

    /// Adds the ways in which rules found secrets written.
    pub(super) fn add_forms(&mut self, values: &Values, fingerprinter: &Fingerprinter) {
        for (of, form) in values.forms() {
            self.add(form.expose(), *of, fingerprinter);
        }
    }

    fn add(&mut self, bytes: &[u8], of: Fingerprint, fingerprinter: &Fingerprinter) {
        if !(BYTES_MIN..=BYTES_MAX).contains(&bytes.len())
            || self.list.iter().any(|needle| needle.bytes.expose() == bytes)
        {
            return;
        }
        if self.list.len() == Holders::FORMS_MAX {
            self.more += 1;
            return;
        }
        let finder = Finder::new(bytes).into_owned();
        self.list.push(Needle { bytes: fingerprinter.seal(bytes), finder, of });
    }

    /// All of them.
    pub(super) fn list(&self) -> &[Needle] {
        &self.list
    }

    /// How many there are too many.
    pub(super) fn left_out(&self) -> u64 {
        self.more
    }

    /// The longest, in bytes.
    pub(super) fn len_max(&self) -> usize {
        self.list.iter().map(Needle::len).max().unwrap_or(0)
    }

    /// `text` with previews in the place of secrets.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for needle in &self.list {
            if let Ok(raw) = str::from_utf8(needle.bytes.expose())
                && masked.contains(raw)
            {
                masked = masked.replace(raw, Preview::of(&needle.bytes).as_str());
            }
        }
        masked
    }
}

/// The ways to write `raw` within something else.
fn encoded(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for shift in 0..3 {
        forms.extend([&BASE64_NOPAD, &BASE64URL_NOPAD].map(|alphabet| base64(raw, shift, alphabet)));
    }
    forms.extend([HEXLOWER.encode(raw), HEXUPPER.encode(raw)].map(String::into_bytes));
    forms.extend([HEXUPPER, HEXLOWER].map(|digits| percent(raw, &digits)));
    forms.push(json(raw));
    if raw.is_ascii() {
        forms.push(raw.iter().flat_map(|&byte| [byte, 0]).collect());
        forms.push(raw.iter().flat_map(|&byte| [0, byte]).collect());
    }
    forms
}

/// The characters that `raw` alone decides where it follows `shift` other bytes in a text that is encoded as a whole.
fn base64(raw: &[u8], shift: usize, alphabet: &Encoding) -> Vec<u8> {
    const BITS: usize = 6;
    let text = alphabet.encode(&[&[0; 2][..shift], raw].concat()).into_bytes();
    let (start, end) = ((shift * 8).div_ceil(BITS), (shift + raw.len()) * 8 / BITS);
    text[start..end.max(start)].to_vec()
}

/// Percent-encoding (RFC 3986): what is not unreserved is escaped.
fn percent(raw: &[u8], digits: &Encoding) -> Vec<u8> {
    let escape = |&byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => vec![byte],
        _ => format!("%{}", digits.encode(&[byte])).into_bytes(),
    };
    raw.iter().flat_map(escape).collect()
}

/// A string of JSON (RFC 8259), without its quotes.
fn json(raw: &[u8]) -> Vec<u8> {
    let escape = |&byte: &u8| match byte {
        b'"' => b"\\\"".to_vec(),
        b'\\' => b"\\\\".to_vec(),
        b'\n' => b"\\n".to_vec(),
        b'\r' => b"\\r".to_vec(),
        b'\t' => b"\\t".to_vec(),
        _ => vec![byte],
    };
    raw.iter().flat_map(escape).collect()
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;
    use stanch_model::KeyKind;

    use super::*;

    fn needles(value: &[u8]) -> Result<Needles, NeedleError> {
        let printer = Fingerprinter::new(KeyKind::Once, &[0; 32]);
        Needles::of_values(&[printer.seal(value)], &printer)
    }

    #[test]
    fn a_value_is_found_in_each_encoding_wherever_it_stands() {
        let value = b"k9/sample\"+value";
        let needles = needles(value).expect("long enough");
        let found = |text: &[u8]| needles.list().iter().any(|needle| needle.find(text).is_some());
        for before in ["", "a", "ab", "abc"] {
            let text = [before.as_bytes(), value, b" and more"].concat();
            assert!(found(BASE64.encode(&text).as_bytes()), "{before:?}");
        }
        assert!(found(b"x=k9%2Fsample%22%2Bvalue&"));
        assert!(found(b"x=k9%2fsample%22%2bvalue&"));
        assert!(found(b"{\"a\": \"k9/sample\\\"+value\"}"));
        assert!(found(HEXLOWER.encode(value).as_bytes()));
        assert!(!found(b"k9/sample"));
    }

    #[test]
    fn what_stands_everywhere_is_refused() {
        assert_eq!(needles(b"abc").err(), Some(NeedleError::Short(3)));
        assert!(needles(&vec![b'a'; BYTES_MAX + 1]).is_err());
    }

    #[test]
    fn names_are_masked() {
        let masked = needles(b"samplevalue").expect("long enough").mask("refs/heads/samplevalue-1");
        assert_eq!(masked, "refs/heads/sa********-1");
    }
}
