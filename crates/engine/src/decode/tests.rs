use data_encoding::{BASE64, HEXLOWER};
use proptest::prelude::*;

use super::{digits::is_digit, *};

/// The runs of a text, each with what it stands for, as a scan of all of it meets them.
fn texts(bytes: &[u8]) -> Vec<(Span, Encoding, Vec<u8>)> {
    let all = Span::new(0, bytes.len());
    let mut spots: Vec<Spot> = Spot::of_start(bytes).into_iter().collect();
    let is_start = |at: &usize| is_digit(bytes[*at]) && (*at == 0 || !is_digit(bytes[at - 1]));
    spots.extend((0..bytes.len()).filter(is_start).filter_map(|at| Spot::of_digits(bytes, all, at)));
    spots.extend((0..bytes.len()).filter_map(|at| Spot::of_anchor(bytes, at)));
    let mut texts = Vec::new();
    each_run(bytes, spots, usize::MAX, |run| {
        let text = run.decode(bytes, &mut Budget::of_run())?;
        texts.push((text.run.span, text.run.encoding, text.bytes));
        Some(text.run.span.end)
    });
    texts
}

fn only(bytes: &[u8]) -> (Span, Encoding, String) {
    let mut all = texts(bytes);
    assert_eq!(all.len(), 1, "{}", bytes.escape_ascii());
    let (span, encoding, text) = all.remove(0);
    (span, encoding, String::from_utf8_lossy(&text).into_owned())
}

const TEXT: &str = concat!("user: ann, ", "key: ", "q8Zk2LmP0vTx", ", host: db.acme.io");

/// A gzip stream of one stored block. Source: RFC 1951, section 3.2.4; RFC 1952, section 2.3.
fn stored(text: &[u8]) -> Vec<u8> {
    let len = u16::try_from(text.len()).expect("short").to_le_bytes();
    let head = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1, len[0], len[1], !len[0], !len[1]];
    let crc = text.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    });
    [&head[..], text, &(!crc).to_le_bytes(), &(text.len() as u32).to_le_bytes()].concat()
}

#[test]
fn base64_ends_where_other_bytes_begin() {
    let encoded = BASE64.encode(TEXT.as_bytes());
    for (before, after) in [("", ""), ("k: \"", "\","), ("-_", "-x"), ("a=", " b"), ("\n", "\nmore text")] {
        let text = format!("{before}{encoded}{after}");
        let span = Span::new(before.len(), before.len() + encoded.len());
        assert_eq!(only(text.as_bytes()), (span, Encoding::Base64, TEXT.to_owned()));
    }
}

#[test]
fn lines_of_an_encoder_are_one_run() {
    let long = TEXT.repeat(5);
    let encoded = BASE64.encode(long.as_bytes());
    for (width, joint) in [(76, "\n"), (64, "\r\n"), (60, "\n    ")] {
        let lines: Vec<&str> =
            (0..encoded.len()).step_by(width).map(|at| &encoded[at..encoded.len().min(at + width)]).collect();
        let text = format!("data: |{joint}{}\nend", lines.join(joint));
        assert_eq!(only(text.as_bytes()).2, long, "{width}");
    }
    let apart = format!("{}\n{}", BASE64.encode(TEXT.as_bytes()), BASE64.encode(TEXT.as_bytes()));
    assert_eq!(texts(apart.as_bytes()).len(), 2);
}

#[test]
fn what_is_broken_is_decoded_as_far_as_it_goes() {
    let encoded = BASE64.encode(TEXT.as_bytes());
    for cut in [48, 49, 50, 51] {
        let (_, _, text) = only(&encoded.as_bytes()[..cut]);
        assert!(TEXT.starts_with(&text) && text.len() >= cut * 3 / 4 - 1, "{cut}: {text}");
    }
    let stream = stored(TEXT.as_bytes());
    assert_eq!(only(&stream[..40]).2, TEXT[..25]);
    let mut wrong = stream.clone();
    let last = wrong.len() - 8;
    wrong[last] ^= 1;
    assert_eq!(only(&wrong).2, TEXT);
}

#[test]
fn digits_that_hold_no_text_are_left() {
    let digest: Vec<u8> = (0..48u8).map(|at| at.wrapping_mul(89).wrapping_add(151)).collect();
    for text in [
        BASE64.encode(&digest),
        HEXLOWER.encode(&digest),
        "src/components/settings/AccountPreferencesPanelWithTabs".to_owned(),
        "getElementByIdAndSomeOtherVeryLongIdentifier".to_owned(),
        "0123456789abcdef0123456789abcdef01234567".to_owned(),
        format!("{}.{}.x", BASE64.encode(b"{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), BASE64.encode(&digest)),
    ] {
        assert_eq!(texts(text.as_bytes()), [], "{text}");
    }
}

#[test]
fn other_encodings_are_read() {
    let hex = HEXLOWER.encode(TEXT.as_bytes());
    assert_eq!(
        only(format!("x'{hex}'").as_bytes()),
        (Span::new(2, 2 + hex.len()), Encoding::Hex, TEXT.to_owned())
    );
    let stream = [b"tar", &stored(TEXT.as_bytes())[..], b"more"].concat();
    assert_eq!(only(&stream), (Span::new(3, stream.len() - 4), Encoding::Gzip, TEXT.to_owned()));
    let zlib = b"\x78\x9C\x01\x05\x00\xFA\xFFhello\x06\x2C\x02\x15";
    assert_eq!(only(zlib), (Span::new(0, zlib.len()), Encoding::Zlib, "hello".to_owned()));
    assert_eq!(only(b"a=%41%42c d").0, Span::new(0, 9));
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_within_bounds(pieces in prop::collection::vec(prop_oneof![
        prop::collection::vec(any::<u8>(), 0..50),
        "[ -~]{0,60}".prop_map(|text| BASE64.encode(text.as_bytes()).into_bytes()),
        "[ -~]{0,60}".prop_map(|text| stored(text.as_bytes())),
        "(%[2-7][0-9a-f]|\\\\u00[2-7][0-9a-f]|[a-z]){0,30}".prop_map(String::into_bytes),
        "(&#[0-9]{2,3};|&amp;|[a-z ]){0,30}".prop_map(String::into_bytes),
        Just(b"\n".to_vec()),
    ], 0..8)) {
        let bytes = pieces.concat();
        let mut end = 0;
        for (span, encoding, text) in texts(&bytes) {
            prop_assert!(span.start < span.end && span.end <= bytes.len() && !text.is_empty());
            let run = Run { span: Span::new(0, span.len()), encoding };
            let again = run.decode(&bytes[span.range()], &mut Budget::of_run()).expect("a text");
            prop_assert_eq!(&again.bytes, &text);
            for at in 0..text.len() {
                let place = again.original(Span::new(at, at + 1));
                prop_assert!(!place.is_empty() && place.end <= span.len());
            }
            if matches!(encoding, Encoding::Base64 | Encoding::Hex) {
                prop_assert!(span.start >= end);
                end = span.end;
            }
        }
    }
}
