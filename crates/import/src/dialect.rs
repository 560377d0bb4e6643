//! Brings a foreign pattern into the syntax that is parsed here, as text.

use crate::{foreign::Dialect, pattern::PATTERN_BYTES_MAX, report::Note};

/// The pattern, and what changed its meaning. One over the limit stays as it is: nobody takes it.
pub(crate) fn translate(text: &str, dialect: Dialect) -> (String, Vec<Note>) {
    if text.len() > PATTERN_BYTES_MAX {
        return (text.to_owned(), Vec::new());
    }
    let text = match dialect {
        Dialect::Go => Translator::default().run(text),
        Dialect::Rust => without_comments(text),
    };
    without_look_around(&text)
}

/// Go takes as letters what the parser here takes as syntax: braces that are no count, `[`, `&&`, `--` and `~~` in a class,
/// escaped punctuation, `\Q…\E`.
#[derive(Default)]
struct Translator {
    out: String,
}

impl Translator {
    fn run(mut self, text: &str) -> String {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            rest = match next {
                '\\' => self.escape(rest),
                '[' => self.class(rest),
                '{' if !is_count(rest) => self.push("\\{", &rest[1..]),
                _ => self.push(&rest[..next.len_utf8()], &rest[next.len_utf8()..]),
            };
        }
        self.out
    }

    fn push<'t>(&mut self, text: &str, rest: &'t str) -> &'t str {
        self.out.push_str(text);
        rest
    }

    /// What begins with a backslash; returns what follows.
    fn escape<'t>(&mut self, text: &'t str) -> &'t str {
        let after = &text[1..];
        let Some(next) = after.chars().next() else { return self.push("\\", after) };
        let rest = &after[next.len_utf8()..];
        match next {
            'Q' => {
                let (literal, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
                self.push(&regex_syntax::escape(literal), rest)
            }
            _ if next.is_ascii_punctuation() => self.push(&escaped(next), rest),
            _ => self.push(&text[..=next.len_utf8()], rest),
        }
    }

    /// A class in brackets; returns what follows.
    fn class<'t>(&mut self, text: &'t str) -> &'t str {
        let mut rest = self.push("[", &text[1..]);
        if let Some(after) = rest.strip_prefix('^') {
            rest = self.push("^", after);
        }
        if let Some(after) = rest.strip_prefix(']') {
            rest = self.push("\\]", after);
        }
        let mut after_set = false;
        while let Some(next) = rest.chars().next() {
            let following = &rest[next.len_utf8()..];
            let was_set = std::mem::take(&mut after_set);
            rest = match next {
                ']' => return self.push("]", following),
                '\\' => {
                    after_set = following.starts_with(['w', 'W', 'd', 'D', 's', 'S']);
                    self.escape(rest)
                }
                '[' if following.starts_with(':') && following.contains(":]") => {
                    let end = following.find(":]").map_or(0, |at| at + 2);
                    self.push(&rest[..=end], &following[end..])
                }
                '-' if was_set || following.starts_with('-') => self.push("\\-", following),
                '[' | '&' | '~' => self.push(&escaped(next), following),
                _ => self.push(&rest[..next.len_utf8()], following),
            };
        }
        rest
    }
}

fn escaped(character: char) -> String {
    if "<>%\"'`/,:;=@!_ ".contains(character) { character.to_string() } else { format!("\\{character}") }
}

/// Whether a text begins with how often something is repeated: `{2}`, `{2,}`, `{2,3}`.
fn is_count(text: &str) -> bool {
    let Some((inner, _)) = text[1..].split_once('}') else { return false };
    let (least, most) = inner.split_once(',').unwrap_or((inner, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number(least) && (most.is_empty() || is_number(most))
}

/// Takes out comments such as `(?# this )`, which Vectorscan knows.
fn without_comments(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("(?#") {
        out.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// The most looks around that are taken out of one pattern; one with more is not read.
const LOOKS_MAX: usize = 32;

/// Takes out what looks around, for the engine's automata cannot: a required look at either end becomes a part of the match
/// around the secret, every other one is dropped.
fn without_look_around(text: &str) -> (String, Vec<Note>) {
    let (mut text, mut notes) = (text.to_owned(), Vec::new());
    for _ in 0..LOOKS_MAX {
        let Some((start, opening)) = first_look(&text) else { break };
        let Some(end) = group_end(&text, start) else { break };
        let inner = text[start + opening.len()..end - 1].to_owned();
        let (before, after) = (text[..start].to_owned(), text[end..].to_owned());
        (text, notes) = match opening {
            "(?=" if after.is_empty() => {
                notes.push(Note::changed("a look-ahead at the end is a part of the match"));
                (format!("{}(?:{inner})", whole_as_group(&before)), notes)
            }
            "(?<=" if before.is_empty() => {
                notes.push(Note::changed("a look-behind at the start is a part of the match"));
                (format!("(?:{inner}){}", whole_as_group(&after)), notes)
            }
            _ => {
                notes.push(Note::left_out(format!("a look-around {opening}…) is dropped: more matches")));
                (before + &after, notes)
            }
        };
    }
    (text, notes)
}

/// `text` as a group, unless it has one: without groups, all of a match is the secret.
fn whole_as_group(text: &str) -> String {
    if has_group(text) { text.to_owned() } else { format!("({text})") }
}

fn has_group(text: &str) -> bool {
    tokens(text).any(|(at, token)| {
        token == '('
            && (!text[at + 1..].starts_with('?')
                || text[at + 1..].starts_with("?P<")
                || is_named(&text[at + 1..]))
    })
}

fn is_named(text: &str) -> bool {
    text.starts_with("?<") && !text.starts_with("?<=") && !text.starts_with("?<!")
}

fn first_look(text: &str) -> Option<(usize, &'static str)> {
    let openings = ["(?=", "(?!", "(?<=", "(?<!"];
    tokens(text).filter(|(_, token)| *token == '(').find_map(|(at, _)| {
        let opening = openings.into_iter().find(|opening| text[at..].starts_with(opening))?;
        Some((at, opening))
    })
}

/// Where the group that opens at `start` ends.
fn group_end(text: &str, start: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens(text).filter(|(at, _)| *at >= start) {
        match token {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// The characters of a pattern that stand for syntax: not those that are escaped or in a class.
fn tokens(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut is_escaped, mut class_start) = (false, None::<usize>);
    text.char_indices().filter(move |&(at, character)| {
        if std::mem::take(&mut is_escaped) {
            return false;
        }
        match (character, class_start) {
            ('\\', _) => {
                is_escaped = true;
                false
            }
            ('[', None) => {
                class_start = Some(at);
                false
            }
            // A bracket that comes first in a class is a letter of it.
            (']', Some(start)) if !matches!(&text[start + 1..at], "" | "^") => {
                class_start = None;
                false
            }
            (_, Some(_)) => false,
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_takes_as_letters_is_escaped() {
        for (go, ours) in [
            ("^{{[ \\t]*}}$", "^\\{\\{[ \\t]*}}$"),
            ("a{2}b{2,}c{,3}", "a{2}b{2,}c\\{,3}"),
            ("[^[a]", "[^\\[a]"),
            ("[\\w-.&&]", "[\\w\\-.\\&\\&]"),
            ("[[:alpha:]_]", "[[:alpha:]_]"),
            ("[]a]", "[\\]a]"),
            ("\\Qa.b\\E\\_\\<", "a\\.b_<"),
            ("[!--x]", "[!\\--x]"),
        ] {
            let (translated, notes) = translate(go, Dialect::Go);
            assert_eq!((translated.as_str(), notes.len()), (ours, 0), "{go}");
            assert!(regex_syntax::parse(&translated).is_ok(), "{translated}");
        }
    }

    #[test]
    fn look_around_goes() {
        for (text, ours) in [
            ("key_[a-z]{9}(?=;)", "(key_[a-z]{9})(?:;)"),
            ("(?<=id )(k[0-9]{4})", "(?:id )(k[0-9]{4})"),
            ("a(?!b)[(?!](?<!x\\))c", "a[(?!]c"),
            ("a(?=b)c", "ac"),
            ("(?P<x>a)(?=b(c))", "(?P<x>a)(?:b(c))"),
        ] {
            let (translated, notes) = translate(text, Dialect::Rust);
            assert_eq!(translated, ours);
            assert!(!notes.is_empty());
        }
        assert_eq!(translate("(?=", Dialect::Go).0, "(?=");
    }

    #[test]
    fn comments_go() {
        assert_eq!(translate("a(?# one ( )b(?#two)", Dialect::Rust).0, "ab");
    }
}
