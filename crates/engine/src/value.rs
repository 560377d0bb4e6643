//! What a secret must survive after its pattern matched: entropy, and the test for stand-ins.
//!
//! A stand-in is what people write where a secret belongs: `<your key>`, `${TOKEN}`, `xxxxxxxx`, `changeme`, `12345678`.
//! Nothing here allocates, and each test is chosen so that a random token of 20 characters or more, in hexadecimal or a
//! larger alphabet, is taken for a stand-in less than once in 10,000.

/// Shannon entropy of the bytes, bits per byte, 0 to 8.
pub(crate) fn entropy(bytes: &[u8]) -> f32 {
    if bytes.is_empty() {
        return 0.0;
    }
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f32;
    // H = log2 n - 1/n * sum(c log2 c); a byte that occurs once adds nothing, and most do.
    let mut sum = 0.0;
    for &byte in bytes {
        let count = std::mem::take(&mut counts[usize::from(byte)]);
        if count > 1 {
            sum += count as f32 * (count as f32).log2();
        }
    }
    (total.log2() - sum / total).max(0.0)
}

/// Longer values are whole documents (key blocks, signed tokens) in which repetition is ordinary: their checks judge them.
const STAND_IN_BYTES_MAX: usize = 256;

/// Whether the value is a stand-in rather than a secret.
pub(crate) fn is_placeholder(secret: &[u8]) -> bool {
    if secret.len() > STAND_IN_BYTES_MAX {
        return false;
    }
    let mut buffer = [0; STAND_IN_BYTES_MAX];
    let lower = &mut buffer[..secret.len()];
    lower.copy_from_slice(secret);
    lower.make_ascii_lowercase();
    is_template(secret)
        || is_monotonous(lower)
        || is_sequence(lower)
        || holds_stop_word(lower)
        || PUBLISHED.contains(&secret)
}

/// Tokens that standards print, and everyone copies; each in two parts, so that this file holds none.
const PUBLISHED: &[&[u8]] = &[
    // <https://www.rfc-editor.org/rfc/rfc6750#section-2.1>
    concat!("mF_9.B5f", "-4.1JqM").as_bytes(),
    // <https://www.rfc-editor.org/rfc/rfc6749#section-4.1>
    concat!("2YotnFZFEj", "r1zCsicMWpAA").as_bytes(),
    concat!("tGzv3JO0kF", "0XG5Qx2TlKWIA").as_bytes(),
    concat!("SplxlOBeZQ", "QYbYS6WxSbIA").as_bytes(),
    concat!("czZCaGRSa3F0Mz", "pnWDFmQmF0M2JW").as_bytes(),
    concat!("7Fjfp0ZBr1KtDR", "bnfVdmIw").as_bytes(),
    // `Password:` as mail servers ask for it: <https://datatracker.ietf.org/doc/html/draft-murchison-sasl-login-00>.
    concat!("UGFzc3", "dvcmQ6").as_bytes(),
];

/// Words that only stand-ins hold, wherever they stand; sorted, lower case, and long enough that chance does not write
/// them into a random token.
const STOP_WORDS: &[&[u8]] = &[
    b"00112233",
    b"0a1b2c3d",
    b"1a2b3c4d",
    b"a1b2c3d4",
    b"asdfghjk",
    b"cafebabe",
    b"change-me",
    b"change_me",
    b"changeit",
    b"changeme",
    b"changethis",
    b"deadbeef",
    b"dummy",
    b"enter-your",
    b"enter_your",
    b"example",
    b"foobar",
    b"insert-",
    b"insert_",
    b"not-real",
    b"not_real",
    b"notreal",
    b"placeholder",
    b"qwertyui",
    b"redacted",
    b"replace-",
    b"replace_",
    b"replaceme",
    b"sample",
    b"xxxxx",
    b"zxcvbnm",
];

/// Short words that count only where a word begins.
const LEADING_WORDS: &[&[u8]] = &[b"fake", b"todo", b"xxxx", b"your"];

/// For each ASCII byte, the stop words that begin with it, as a range of [`STOP_WORDS`].
const BY_FIRST: [(u8, u8); 128] = {
    let mut ranges = [(0, 0); 128];
    let mut at = 0;
    while at < STOP_WORDS.len() {
        let first = STOP_WORDS[at][0] as usize;
        if ranges[first].1 == 0 {
            ranges[first].0 = at as u8;
        }
        at += 1;
        ranges[first].1 = at as u8;
    }
    ranges
};

fn holds_stop_word(lower: &[u8]) -> bool {
    let begins_stop_word = |(at, &byte): (usize, &u8)| {
        let (from, to) = BY_FIRST.get(usize::from(byte)).copied().unwrap_or_default();
        STOP_WORDS[usize::from(from)..usize::from(to)].iter().any(|word| lower[at..].starts_with(word))
    };
    lower.iter().enumerate().any(begins_stop_word)
        || lower
            .split(|byte| !byte.is_ascii_alphanumeric())
            .any(|part| LEADING_WORDS.iter().any(|word| part.starts_with(word)))
        || lower.ends_with(b"here")
}

/// How many bytes in a row may equal the byte one period before, for periods of up to [`PERIOD_MAX`].
const ECHO_MAX: usize = 6;
const PERIOD_MAX: usize = 8;

/// Whether one byte makes up more than half of it, or a pattern repeats: `xxxxxxxx`, `abcabcabcabc`, `ghp_00000000…`.
pub(crate) fn is_monotonous(bytes: &[u8]) -> bool {
    let mut counts = [0u16; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    usize::from(most) * 2 > bytes.len()
        || (1..=PERIOD_MAX).any(|period| longest_echo(bytes, period) > ECHO_MAX)
}

fn longest_echo(bytes: &[u8], period: usize) -> usize {
    let pairs = bytes.iter().zip(bytes.iter().skip(period));
    longest_run(pairs.map(|(earlier, later)| earlier == later))
}

/// How many steps in a row may go up (or down) by one.
const STEPS_MAX: usize = 5;

/// Whether it counts: `12345678`, `abcdefgh`, `0123456789abcdef`, `987654321`.
pub(crate) fn is_sequence(lower: &[u8]) -> bool {
    let up = |(earlier, later): (&u8, &u8)| follows(*earlier, *later);
    let down = |(earlier, later): (&u8, &u8)| follows(*later, *earlier);
    let steps = longest_run(lower.iter().zip(lower.iter().skip(1)).map(up))
        .max(longest_run(lower.iter().zip(lower.iter().skip(1)).map(down)));
    steps > STEPS_MAX || (steps > 0 && steps + 1 == lower.len())
}

/// Whether `later` is the next letter or digit; `a` follows `9` in hexadecimal, `0` follows `9` on a keyboard.
fn follows(earlier: u8, later: u8) -> bool {
    match earlier {
        b'9' => later == b'0' || later == b'a',
        b'f' => later == b'g' || later == b'0',
        _ => earlier.is_ascii_alphanumeric() && later == earlier + 1,
    }
}

fn longest_run(hits: impl Iterator<Item = bool>) -> usize {
    let (longest, _) = hits.fold((0, 0), |(longest, run), hit| {
        let run = if hit { run + 1 } else { 0 };
        (longest.max(run), run)
    });
    longest
}

/// Pairs of marks that only a template holds between them.
const TEMPLATE_MARKS: &[(&[u8], &[u8])] = &[
    (b"${", b"}"),
    (b"{{", b"}}"),
    (b"#{", b"}"),
    (b"$(", b")"),
    (b"%(", b")s"),
    (b"%{", b"}"),
    (b"<%", b"%>"),
];

/// Texts that say by themselves that the value is elsewhere.
const ELISIONS: &[&[u8]] = &[b"***", b"...", "…".as_bytes(), b"[redacted]", "•••".as_bytes()];

/// How encrypted values begin: jasypt, SOPS, hiera-eyaml, Spring Cloud Config, Ansible.
const SEALED: &[&[u8]] = &[b"ENC[", b"ENC(", b"{cipher}", b"!vault", b"$ANSIBLE_VAULT"];

/// Whether the value is filled in when the text is used: `${NAME}`, `{{ name }}`, `<name>`, `%s`, `$NAME`, `%NAME%`,
/// `ENC[…]`, `***`.
pub(crate) fn is_template(value: &[u8]) -> bool {
    // Random tokens hold none of these bytes, so they leave here.
    if !value.iter().any(|byte| b"$%<{#*.@!_[(\xE2".contains(byte)) {
        return false;
    }
    ELISIONS.iter().any(|text| find(value, text).is_some())
        || SEALED.iter().any(|start| value.starts_with(start))
        || TEMPLATE_MARKS.iter().any(|(open, close)| {
            find(value, open).is_some_and(|at| find(&value[at + open.len()..], close).is_some())
        })
        || value.ends_with(b"%s")
        || value.starts_with(b"%s")
        || is_wrapped_name(value)
        || is_variable(value)
}

/// Where a few bytes stand in a short text: without what makes a search in a long one fast.
fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    let (first, rest) = part.split_first()?;
    memchr::memchr_iter(*first, text).find(|at| text[at + 1..].starts_with(rest))
}

/// Ways to mark a whole value as a name: what stands before and after it.
const WRAPPINGS: &[(&[u8], &[u8])] =
    &[(b"<", b">"), (b"{", b"}"), (b"[", b"]"), (b"%", b"%"), (b"@", b"@"), (b"__", b"__")];

fn is_wrapped_name(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| {
        name.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'_')
            && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_-. :/".contains(&byte))
    };
    WRAPPINGS.iter().any(|(open, close)| {
        value.strip_prefix(*open).and_then(|rest| rest.strip_suffix(*close)).is_some_and(is_name)
    })
}

/// Whether it is `$NAME` or `$name`; people who write `$` for an S in a password mix in digits.
fn is_variable(value: &[u8]) -> bool {
    let Some(name) = value.strip_prefix(b"$") else { return false };
    name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_:.".contains(&byte))
        && !(name.iter().any(u8::is_ascii_lowercase) && name.iter().any(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expand;

    #[test]
    fn entropy_of_known_texts() {
        assert!(entropy(b"").abs() < f32::EPSILON);
        assert!(entropy(b"aaaa").abs() < f32::EPSILON);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-6);
        assert!((entropy(b"aabb") - 1.0).abs() < 1e-6);
        let every_byte: Vec<u8> = (0..=255).collect();
        assert!((entropy(&every_byte) - 8.0).abs() < 1e-6);
    }

    #[test]
    fn stop_words_are_sorted_and_found_by_their_first_byte() {
        assert!(STOP_WORDS.is_sorted());
        for word in STOP_WORDS.iter().chain(LEADING_WORDS) {
            assert!(word.iter().all(|byte| !byte.is_ascii_uppercase()));
            let planted = [b"q8Zk2-", *word, b"-v5WtR9"].concat();
            assert!(is_placeholder(&planted), "{}", planted.escape_ascii());
        }
    }

    #[test]
    fn stand_ins_are_seen() {
        let stand_ins: &[&[u8]] = &[
            b"AKIAIOSFODNN7EXAMPLE",
            b"aaaaaaaaaaaa",
            b"****",
            b"ghp_0000000000000000000000000000",
            b"xxxx-xxxx",
            b"abcabcabcabc",
            b"123456",
            b"k-12345678-k",
            b"0123456789abcdef",
            b"fedcba9876543210",
            b"ABCDEFGHIJKL",
            b"${PASSWORD}",
            b"pre-${env.X}-post",
            b"{{ vault.password }}",
            b"{password}",
            b"<your password>",
            b"%s",
            b"user-%s",
            b"%(password)s",
            b"%PASSWORD%",
            b"@PASSWORD@",
            b"__PASSWORD__",
            b"$PASSWORD",
            b"$password",
            b"#{password}",
            b"$(cat secret)",
            b"ENC[AES256_GCM,data:q8Zk]",
            b"{cipher}q8Zk2LmP0vRt",
            b"sk_live_...",
            b"your-api-key",
            b"YOUR_TOKEN",
            b"put-the-token-here",
            b"ChangeMe!",
        ];
        let stand_ins: Vec<&[u8]> = stand_ins.iter().chain(PUBLISHED).copied().collect();
        for value in stand_ins {
            assert!(is_placeholder(value), "{}", value.escape_ascii());
        }
    }

    #[test]
    fn what_people_choose_is_kept() {
        let chosen: &[&[u8]] = &[
            b"q8Zk2LmP0vRt5WxY",
            b"Summer2024!",
            b"letmein",
            b"tr0ub4dor&3",
            b"$tr0ngOne",
            b"p%ss<w>rd9",
            b"correct horse battery",
            b"047553",
            b"",
        ];
        for value in chosen {
            assert!(!is_placeholder(value), "{}", value.escape_ascii());
        }
    }

    #[test]
    fn documents_are_left_to_their_checks() {
        let mut key = b"openssh-key-v1 ".to_vec();
        key.resize(STAND_IN_BYTES_MAX + 1, b'A');
        assert!(!is_placeholder(&key));
    }

    #[test]
    fn random_tokens_are_not_taken_for_stand_ins() {
        let mut wrong = Vec::new();
        for class in ["hex", "HEX", "lowernum", "base32", "alnum", "base64", "base64url"] {
            for seed in 0..20_000 {
                let length = 20 + seed % 45;
                let token = expand(&format!("${{{class}:{length}}}"), seed, None).expect("a known class");
                if is_placeholder(&token) {
                    wrong.push(String::from_utf8_lossy(&token).into_owned());
                }
            }
        }
        // 140,000 tokens at one in 10,000 would be 14.
        assert!(wrong.len() < 14, "{wrong:#?}");
    }
}
