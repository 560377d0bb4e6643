//! Candidates: values that stand where a secret would.

use stanch_model::Span;

use super::{
    features::{AFTER_MAX, BEFORE_MAX},
    joint::{Joined, Joint, join},
    literal::{Literal, Quote, Setting, literal},
    name::{
        KEYWORD_MAX, Keyword, MATCHED, NAME_AFTER_MAX, NAME_BEFORE_MAX, NONCE, PASSPHRASE, is_name_byte,
        name_around,
    },
    reader::Reader,
};
use crate::check::{
    assignment::{is_constant, is_reference},
    password::MD5_LEN,
};

/// Most bytes between the end of a name and the end of its value.
const REACH_MAX: usize = 320;

/// The bytes on which a candidate and its features depend: from so many before its anchor to so many after it.
pub const INFLUENCE: (usize, usize) =
    (NAME_BEFORE_MAX + BEFORE_MAX + 1, KEYWORD_MAX + NAME_AFTER_MAX + REACH_MAX + AFTER_MAX + 1);

/// The bytes beyond a rule's match on which the features of its secret depend: before and after.
pub const MATCH_INFLUENCE: (usize, usize) = (BEFORE_MAX + 1, AFTER_MAX + 1);

/// A value, the name it is given to, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) keyword: Span,
    pub(super) kind: u8,
    pub(super) name: Span,
    pub(super) joined: Joined,
    pub(super) literal: Literal,
}

impl Candidate {
    /// The candidate whose keyword begins at `anchor`. Only the last keyword of a name has one.
    pub(super) fn at(bytes: &[u8], anchor: usize) -> Option<Self> {
        let (kind, keyword) = Keyword::at(bytes, anchor)?;
        let name = name_around(bytes, keyword);
        let mut reader = Reader::new(bytes, name.end, REACH_MAX);
        let joined = join(&mut reader)?;
        let setting = setting(bytes, name, joined);
        let literal = literal(&reader, setting)?;
        if (keyword.end..name.end).any(|at| Keyword::at(bytes, at).is_some()) {
            return None;
        }
        let found = Self { keyword, kind, name, joined, literal };
        found.is_worth_judging(bytes).then_some(found)
    }

    /// The candidate that a rule's pattern matched at `span`, with its value at `secret`: what stands before the value in
    /// the match is its name.
    pub(super) fn matched(bytes: &[u8], span: Span, secret: Span) -> Self {
        let start = span.start.max(secret.start.saturating_sub(NAME_BEFORE_MAX));
        let name = Span::new(start, secret.start);
        let quote = match bytes[name.range()].last() {
            Some(b'\'') => Quote::Single,
            Some(b'"') => Quote::Double,
            Some(b'`') => Quote::Back,
            _ => Quote::Bare,
        };
        Self {
            keyword: Span::new(name.end, name.end),
            kind: MATCHED,
            name,
            joined: Joined { joint: Joint::Matched, closer: None, space: 0, breaks: false, wrapped: false },
            literal: Literal { span: secret, quote, prefixed: false },
        }
    }

    /// The bytes of the value.
    pub(super) fn value<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.literal.span.range()]
    }

    /// Denies cheaply what never is a secret, so that the judge need not see it; what denies most comes first.
    fn is_worth_judging(&self, bytes: &[u8]) -> bool {
        let value = self.value(bytes);
        // Lines of a list: what follows a name there is the next name.
        let is_listed = self.joined.joint == Joint::Argument && self.joined.breaks;
        !is_listed
            && (self.literal.quote != Quote::Bare || self.may_stand_bare(bytes))
            && !self.is_of_something_else(bytes)
            && !(is_of_scheme(value) || is_postgres_hash(value) || is_expression(value) || is_markup(value))
            && !is_format(value)
            && !is_interpolated(value)
            && !self.stands_in_noise(bytes)
    }

    /// Whether the name, or what the value is to it, tells that there is no secret.
    fn is_of_something_else(&self, bytes: &[u8]) -> bool {
        (self.kind == NONCE && is_challenge(bytes, self.name))
            || is_of_protocol(&bytes[self.name.range()])
            || self.is_helped(bytes)
            || self.is_of_prose(bytes)
            || self.is_fingerprint(bytes)
            || self.is_our_fingerprint(bytes)
            || self.names_an_entry(bytes)
    }

    /// Whether a value without quotes can be a literal: most are code.
    fn may_stand_bare(&self, bytes: &[u8]) -> bool {
        let value = self.value(bytes);
        let next = bytes.get(self.literal.span.end).copied().unwrap_or(b'\n');
        let ends_line = matches!(next, b'\n' | b'\r');
        let is_word = value.iter().all(u8::is_ascii_alphabetic);
        let may_be_literal = match self.joined.joint {
            Joint::Matched => true,
            Joint::Told => self.kind <= PASSPHRASE && !is_word,
            Joint::Declared => !is_word || ends_line,
            Joint::Called
            | Joint::Argument
            | Joint::Compared
            | Joint::Fallback
            | Joint::Typed
            | Joint::Mapped => false,
            Joint::Spaced => {
                is_option(bytes, self.name)
                    || (ends_line && !is_identifier(value))
                    || is_environment(bytes, self.name)
            }
            Joint::Element => matches!(next, b'<' | b'&') && !self.is_name_element(bytes),
            Joint::Keyed | Joint::Entry => !(is_word && next == b' '),
            Joint::Assigned => !(self.joined.space > 0 && next == b';' && is_identifier(value)),
        };
        may_be_literal && !self.is_code(bytes, next) && !is_reference(value) && !is_constant(value)
    }

    /// Whether a value without quotes, or what follows it, is written as code is.
    fn is_code(&self, bytes: &[u8], next: u8) -> bool {
        let value = self.value(bytes);
        matches!(next, b'(' | b'[' | b'{')
            || matches!(value[0], b'*' | b'&' | b'[')
            || value.starts_with(b"<(")
            || (value.ends_with(b"-") && next == b'>')
            || (value[0] == b'-' && is_option(bytes, self.name))
            || self.is_called(bytes)
    }

    /// Whether a sentence goes on behind the name: `flags to pass to curl`, `if --password is omitted`.
    fn is_of_prose(&self, bytes: &[u8]) -> bool {
        let name = &bytes[self.name.range()];
        let verb = bytes[self.name.end..self.literal.span.start].trim_ascii();
        (verb.starts_with(b"to") && name.eq_ignore_ascii_case(b"pass"))
            || (verb.starts_with(b"is") && is_option(bytes, self.name))
    }

    /// Whether the value is a function, called as GNU writes it: `pwd = getpwuid (uid)`.
    fn is_called(&self, bytes: &[u8]) -> bool {
        self.joined.joint == Joint::Assigned
            && self.joined.space > 0
            && bytes[self.literal.span.end..].starts_with(b" (")
            && is_identifier(self.value(bytes))
    }

    /// Whether prose names an `OpenPGP` key by its fingerprint: `the key is 0123…`. Source: RFC 4880, 12.2.
    fn is_fingerprint(&self, bytes: &[u8]) -> bool {
        let is_told = matches!(self.joined.joint, Joint::Spaced | Joint::Told);
        let value = self.value(bytes).trim_ascii_end();
        let value = value.strip_suffix(b".").unwrap_or(value);
        let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte);
        is_told && value.len() == FINGERPRINT_LEN && value.iter().all(is_digit)
    }

    /// Whether it is, or ends, what Stanch calls a secret: `sf1:salt-<key id>:<digest>`.
    fn is_our_fingerprint(&self, bytes: &[u8]) -> bool {
        const HEAD: &[u8] = b"sf1:";
        const HEAD_LEN_MAX: usize = "sf1:salt-12345678:".len();
        const DIGEST_LEN: usize = 32;
        let value = self.value(bytes);
        let is_digest = |digest: &[u8]| digest.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        let start = self.literal.span.start;
        let before = &bytes[start.saturating_sub(HEAD_LEN_MAX)..start];
        value.starts_with(HEAD)
            || (value.len() == DIGEST_LEN
                && is_digest(value)
                && before.ends_with(b":")
                && before.windows(HEAD.len()).any(|window| window == HEAD))
    }

    /// Whether what stands around is no text: in compressed bytes anything comes to stand somewhere.
    fn stands_in_noise(&self, bytes: &[u8]) -> bool {
        let (start, end) = (self.name.start, self.literal.span.end);
        let before = &bytes[start.saturating_sub(NOISE_BYTES)..start];
        let after = &bytes[end..bytes.len().min(end + NOISE_BYTES)];
        let (mut controls, mut high) = (0, 0);
        for byte in before.iter().chain(after) {
            controls += usize::from(matches!(byte, 1..=8 | 0x0E..=0x1A | 0x1C..=0x1F));
            high += usize::from(*byte >= 0x80);
        }
        controls > 0 && high >= NOISE_HIGH_MIN
    }

    /// Whether the value is part of what `--help` says of an option: `--password   asks for it`, `--password=PASSWORD`.
    fn is_helped(&self, bytes: &[u8]) -> bool {
        let value = self.value(bytes);
        let is_word = value.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
        let is_apart = self.joined.joint == Joint::Spaced && self.joined.space > 1;
        is_option(bytes, self.name) && is_word && (is_apart || value.iter().all(u8::is_ascii_uppercase))
    }

    /// Whether the value is the name of an entry: `"key": "NAME", "value": …`.
    fn names_an_entry(&self, bytes: &[u8]) -> bool {
        let after = bytes.get(self.literal.span.end + 1..).unwrap_or_default();
        let after = &after[..after.len().min(ENTRY_GAP_MAX)];
        let value = after.strip_prefix(b",").map(<[u8]>::trim_ascii_start);
        self.literal.quote == Quote::Double && value.is_some_and(|value| value.starts_with(b"\"value\""))
    }

    /// Whether the value is a name itself: `<key>password</key>`.
    fn is_name_element(&self, bytes: &[u8]) -> bool {
        bytes[self.literal.span.end..].starts_with(b"</key>")
    }
}

/// Digits of the fingerprint of an `OpenPGP` key.
const FINGERPRINT_LEN: usize = 40;

/// Bytes before and after a candidate that tell text from noise, and how many of them are beyond ASCII in noise, at least.
const NOISE_BYTES: usize = 16;
const NOISE_HIGH_MIN: usize = 6;

/// Whether the value is what `PostgreSQL` keeps of a password: `md5` and the digest.
fn is_postgres_hash(value: &[u8]) -> bool {
    let digest = value.strip_prefix(b"md5").unwrap_or_default();
    digest.len() == MD5_LEN && digest.iter().all(u8::is_ascii_hexdigit)
}

/// Whether the value is a regular expression: `password: .*`.
fn is_expression(value: &[u8]) -> bool {
    value.windows(2).any(|two| matches!(two, b".*" | b".+" | b"[^"))
}

/// Whether the value is marked up, as none is that someone types: a word of `man` pages (groff(7)), or of a header of mail
/// (RFC 2047).
fn is_markup(value: &[u8]) -> bool {
    value.windows(2).any(|two| two == b"\\&") || (value.starts_with(b"=?") && value.ends_with(b"?="))
}

/// Whether a name is none of a secret: what a handshake sends in the open (RFC 6455, 4.1), or a page.
fn is_of_protocol(name: &[u8]) -> bool {
    let prefix = name.get(..WEBSOCKET.len()).unwrap_or_default();
    prefix.eq_ignore_ascii_case(WEBSOCKET) || name.ends_with(b".html")
}

const WEBSOCKET: &[u8] = b"sec-websocket-";

/// Whether the value has a rule of its own: `Basic dXNlcjpw`, and what stands between the dashes of a key block.
fn is_of_scheme(value: &[u8]) -> bool {
    let schemes = [&b"Basic "[..], b"basic ", b"Digest ", b"NTLM ", b"Negotiate "];
    schemes.into_iter().any(|scheme| value.starts_with(scheme)) || value.ends_with(b"-----")
}

/// Most bytes from an entry's name to the name of its value.
const ENTRY_GAP_MAX: usize = 40;

/// Whether a part of the value is filled in elsewhere: `abc${token}`.
fn is_interpolated(value: &[u8]) -> bool {
    let opened = value.windows(2).position(|two| two == b"${");
    opened.is_some_and(|at| value[at..].contains(&b'}'))
}

/// Whether little is left without the conversions of `printf`: `0x%08lx`. Source: ISO C, 7.21.6.1.
fn is_format(value: &[u8]) -> bool {
    let (mut rest, mut conversions, mut others) = (value, 0, 0);
    while let Some((first, after)) = rest.split_first() {
        if let Some(len) = conversion_len(rest) {
            conversions += 1;
            rest = &rest[len..];
        } else {
            others += usize::from(first.is_ascii_alphanumeric());
            rest = after;
        }
    }
    conversions > 0 && others < FORMAT_OTHERS_MAX * conversions
}

/// How long the conversion is that begins a text, if one does.
fn conversion_len(text: &[u8]) -> Option<usize> {
    let after = text.strip_prefix(b"%")?;
    let flags = after
        .iter()
        .take(CONVERSION_FLAGS_MAX)
        .take_while(|byte| b"-+ #.*0123456789hlzjt".contains(byte))
        .count();
    after.get(flags).is_some_and(|byte| b"diouxXeEfgGcsp".contains(byte)).then_some(flags + 2)
}

/// Most flags, digits and lengths of a conversion; a value that is full of `%` stays cheap.
const CONVERSION_FLAGS_MAX: usize = 12;

/// With fewer letters and digits beside each conversion, a value is a format.
const FORMAT_OTHERS_MAX: usize = 8;

/// Whether a nonce is that of a challenge, which a server sends to everybody. Source: RFC 7616, 3.3.
fn is_challenge(bytes: &[u8], name: Span) -> bool {
    let before = &bytes[name.start.saturating_sub(BEFORE_MAX)..name.start];
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let holds = |part: &[u8]| memchr::memmem::find(line, part).is_some();
    holds(b"realm=") || holds(b"Digest ")
}

/// Letters and underscores: what variables are called.
fn is_identifier(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}

/// Whether a name is written as an option of a command: `--password`.
fn is_option(bytes: &[u8], name: Span) -> bool {
    bytes[name.start] == b'-'
}

/// Whether a name is that of a variable in a `Dockerfile`: `ENV NAME value`.
fn is_environment(bytes: &[u8], name: Span) -> bool {
    let before = &bytes[name.start.saturating_sub(b"\nENV ".len())..name.start];
    before == b"\nENV " || (name.start == b"ENV ".len() && before == b"ENV ")
}

/// What a value without quotes is part of.
fn setting(bytes: &[u8], name: Span, joined: Joined) -> Setting {
    let before = name.start.checked_sub(1).map(|at| bytes[at]);
    let is_assigned = joined.joint == Joint::Assigned && joined.space == 0 && joined.closer.is_none();
    match before {
        Some(b'?' | b'&') if is_assigned => Setting::Query,
        None | Some(b'\n' | b' ' | b'\t')
            if is_assigned && bytes[name.range()].iter().all(|b| is_name_byte(*b) || *b == b'.') =>
        {
            Setting::Line
        }
        _ => Setting::Code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of all candidates in a text.
    fn values(text: &str) -> Vec<&str> {
        let bytes = text.as_bytes();
        let found = (0..bytes.len()).filter_map(|anchor| Candidate::at(bytes, anchor));
        found.map(|candidate| &text[candidate.literal.span.range()]).collect()
    }

    #[test]
    fn values_are_found_by_what_the_text_is() {
        for text in [
            "DB_PASSWORD=<>",
            "export DB_PASSWORD=<> # of staging",
            "password: <>\n",
            "\"password\": \"<>\"",
            "'db-password' => '<>'",
            "let password: &str = \"<>\";",
            "var dbPassword string = `<>`",
            "password := []byte(\"<>\")",
            "char password[16] = \"<>\";",
            "if (password == '<>') {",
            "pw = os.environ.get(\"PASSWORD\", \"<>\")",
            "process.env.PASSWORD || '<>'",
            "source.setPassword(\"<>\");",
            "passwordField.Text = \"<>\"",
            "(password).Text = \"<>\"",
            "<password><></password>",
            "<key>password</key>\n  <string><></string>",
            "<add name=\"password\" value=\"<>\" />",
            "- name: DB_PASSWORD\n  value: <>\n",
            "{\"name\": \"PASSWORD\", \"value\": \"<>\"}",
            "<string name=\"api_secret\" translatable=\"false\"><></string>",
            "mysql --password <> db",
            "mysql --password=<> db",
            "https://host/path?user=me&password=<>&more=1",
            "{\\\"password\\\": \\\"<>\\\"}",
            "{&quot;password&quot;: &quot;<>&quot;}",
            "CREATE USER me IDENTIFIED BY '<>';",
            "Server=db;User Id=sa;Password=<>;Encrypt=true",
            "password = (\n    \"<>\"\n)",
            "bind_pw: <>",
            "login me password <>\n",
            "@\"password\": @\"<>\"",
            "variable \"db_password\" {\n  type = string\n  default = \"<>\"\n}",
            "password:\n  type: string\n  example: <>\n",
            "The password for app on db.internal is <>, he says",
            "ENV DB_PASSWORD <>\n",
            "std::string writeKey{\"<>\"};",
            "app.fields[\"password\"].typeText(\"<>\")",
            "cy.get(\"#password\").type(\"<>\")",
            "const APIKEY: &[u8] = b\"<>\";",
            "<p>password: <code><></code></p>",
            "private string Pswd = \"<>\";",
            "$LdapPw = \"<>\"",
            "psk=<>\n",
            "export PW=<>\n",
            "- db.acme.io admin pw is <>\n",
            "curl_easy_setopt(curl, CURLOPT_PASSWORD, \"<>\");",
        ] {
            assert_eq!(values(&text.replace("<>", "v4lue")), ["v4lue"], "{text}");
        }
    }

    #[test]
    fn code_and_formats_are_no_values() {
        for text in [
            "password = get_password(user)",
            "password = self.password",
            "password: ${DB_PASSWORD}",
            "password = other_name;",
            "check(password, other)",
            "struct key *other;",
            "printf(\"key: 0x%016llx\", key)",
            "WWW-Authenticate: Digest realm=\"all\", nonce=\"1234567890\"",
            "password = None",
            "the password is wrong",
            "the password for this account is wrong",
            "Authorization: \"Basic dXNlcjpw\"",
            "variable \"db_password\" {\n  type = string\n}\n",
            "  -W, --password         fragt nach dem Passwort\n",
            "  --http-passwd=WACHTWRD  het WACHTWRD voor HTTP",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
            "sed -n '/password: .*/p' app.yml",
            "Sec-WebSocket-Key: NDMyMTUzMjE2MzIxNzMyMQ==\n",
            "|  ENCRYPTED PASSWORD ecpg_sconst\n",
            "  pwd = getpwuid (uid);\n",
            "BUILD_PASSES += mips64\n",
            "Speculation_Store_Bypass:       vulnerable\n",
            "turns shadow passwords off\\&. It",
            "Update the signing key to 0123456789ABCDEF0123456789ABCDEF01234567.",
            "[-p|--pass-through] [-0adlmuv] [-R user]",
            "while [[ $key = [yYnN] ]]; do",
            "paste <(ypcat passwd) <(ypcat group)",
            "first_pass.delta = next->delta;",
            "ld -plugin-opt=-pass-through=-lkernel32",
            "Flags to pass to `mpiexec` before others",
            "the environment to pass to texi2dvi\n",
            "If --password is omitted",
            "the password is =?utf-8?b?4oCg?=\n",
            "[fingerprint.\"sf1:salt-5im54vzc:3dj4nornif7jg3lbnpvhvueux5wsx5xn\"]\n",
            "key = \"sf1:5im54vzc:3dj4nornif7jg3lbnpvhvueux5wsx5xn\"\n",
        ] {
            assert_eq!(values(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn what_stands_in_compressed_bytes_is_none() {
        let text = b"\x8f\x02\xe1\x9a\xd3\x90\xb1pwd=v4lue2\n\xc3\x11\xfe\x07".as_slice();
        let found = |text: &[u8]| (0..text.len()).any(|anchor| Candidate::at(text, anchor).is_some());
        assert!(!found(text));
        assert!(found("Übergröße größer\npwd=v4lue2\nÜbergröße".as_bytes()));
        assert!(found(b"\0\0\0pwd=v4lue2\0\0\0"));
    }

    #[test]
    fn only_the_last_keyword_of_a_name_counts() {
        assert_eq!(values("secret_access_key = \"v4lue\""), ["v4lue"]);
        assert_eq!(values("keyboard = \"v4lue\""), [] as [&str; 0]);
    }

    #[test]
    fn what_stands_farther_away_has_no_say() {
        let text = format!("{}secret = \"v4lue v4lue\"{}", "x ".repeat(300), " y".repeat(600));
        let anchor = text.find("secret").expect("it is there");
        let (before, after) = INFLUENCE;
        let near = &text.as_bytes()[anchor - before..anchor + after];
        let whole = Candidate::at(text.as_bytes(), anchor).expect("a candidate").literal.span;
        let part = Candidate::at(near, before).expect("a candidate").literal.span;
        assert_eq!((whole.start - anchor, whole.end - anchor), (part.start - before, part.end - before));
    }
}
