//! Values that are encoded as a whole, such as those of a Kubernetes `Secret`. Source: the Kubernetes API, `Secret.data`.

use data_encoding::{BASE64, BASE64_NOPAD};

/// Shortest value without padding that is decoded; of random ones so long, less than one in 5,000 decodes to text.
const LEN_MIN: usize = 12;

/// What a value stands for that is base64 of text; a line ending after it is none of it.
pub(crate) fn decoded_value(value: &[u8]) -> Option<Vec<u8>> {
    let is_padded = value.last() == Some(&b'=');
    if !is_padded && value.len() < LEN_MIN {
        return None;
    }
    let encoding = if is_padded { BASE64 } else { BASE64_NOPAD };
    let mut text = encoding.decode(value).ok()?;
    let is_text = str::from_utf8(&text).is_ok_and(|text| text.chars().all(is_printable));
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    (is_text && !text.is_empty()).then_some(text)
}

fn is_printable(character: char) -> bool {
    !character.is_control() || matches!(character, '\n' | '\r' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_text_is_decoded() {
        for text in [&b"q8"[..], b"q8Zk2LmP0v", b"pass\nword", "gr\u{fc}n7-acme".as_bytes()] {
            assert_eq!(decoded_value(BASE64.encode(text).as_bytes()).as_deref(), Some(text));
        }
        assert_eq!(decoded_value(BASE64.encode(b"q8Zk2L\n").as_bytes()).as_deref(), Some(&b"q8Zk2L"[..]));
    }

    #[test]
    fn other_values_are_what_they_are() {
        for value in [
            &b""[..],
            b"cGFzcw",
            b"q8Zk2LmP0vTx4Wy7",
            b"hunter2",
            b"cGFzczEyMw=",
            b"AAECAwQFBgcICQ==",
            b"====",
        ] {
            assert_eq!(decoded_value(value), None, "{}", value.escape_ascii());
        }
    }
}
