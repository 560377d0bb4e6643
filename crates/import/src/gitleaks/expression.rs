//! The filter expressions of Betterleaks, as far as they say what an `allow` table or an entropy floor says: conditions
//! joined by `||`, each of calls joined by `&&`. Whatever else they say is counted as left out.

use stanch_engine::{Allow, Condition, Subject};

use super::go;

/// The longest expression that is read, in bytes.
const BYTES_MAX: usize = 256 << 10;
/// The deepest parentheses.
const DEPTH_MAX: usize = 16;

/// What an expression says.
#[derive(Default)]
pub(super) struct Filter {
    pub(super) allows: Vec<Allow>,
    /// Bits per letter; 0 for none.
    pub(super) entropy_min: f64,
    /// How many conditions it has.
    pub(super) conditions: usize,
    /// How many of them nothing here expresses.
    pub(super) left_out: usize,
}

/// One call.
enum Call {
    /// The entropy of the secret is below.
    Entropy(f64),
    /// One of these is in the subject.
    Patterns(Subject, Vec<String>),
    /// One of these is in the secret.
    Words(Vec<String>),
    /// One of these is in the path.
    Paths(Vec<String>),
}

impl Filter {
    pub(super) fn read(text: &str) -> Self {
        let text: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let mut filter = Self::default();
        if text.len() > BYTES_MAX || text.trim_start().starts_with("let ") {
            (filter.conditions, filter.left_out) = (1, 1);
        } else {
            filter.add(&text, 0);
        }
        filter
    }

    fn add(&mut self, text: &str, depth: usize) {
        let text = unwrapped(text);
        let conditions = split(text, "||");
        if conditions.len() > 1 && depth < DEPTH_MAX {
            for condition in conditions {
                self.add(condition, depth + 1);
            }
            return;
        }
        self.conditions += 1;
        let calls: Option<Vec<Call>> =
            split(text, "&&").into_iter().map(|call| read_call(unwrapped(call))).collect();
        let is_expressed = calls.is_some_and(|calls| self.add_calls(calls));
        self.left_out += usize::from(!is_expressed);
    }

    /// Adds calls that go together, if one table can say them.
    fn add_calls(&mut self, calls: Vec<Call>) -> bool {
        if let [Call::Entropy(least)] = calls[..] {
            self.entropy_min = self.entropy_min.max(least);
            return true;
        }
        let mut allow = Allow { condition: Condition::All, ..Allow::default() };
        for call in calls {
            let list = match call {
                Call::Patterns(on, texts) if allow.patterns.is_empty() => {
                    (allow.on, allow.patterns) = (on, texts);
                    continue;
                }
                Call::Entropy(_) | Call::Patterns(..) => return false,
                Call::Words(texts) => (&mut allow.words, texts),
                Call::Paths(texts) => (&mut allow.paths, texts),
            };
            let (list, texts) = list;
            if !list.is_empty() {
                return false;
            }
            *list = texts;
        }
        let lists =
            [&allow.patterns, &allow.words, &allow.paths].into_iter().filter(|list| !list.is_empty()).count();
        if lists < 2 {
            allow.condition = Condition::Any;
        }
        if lists > 0 {
            self.allows.push(allow);
        }
        lists > 0
    }
}

/// Without the parentheses around all of it.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim();
    for _ in 0..DEPTH_MAX {
        let Some(inner) = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) else { break };
        let mut depth = 1i32;
        let stays_open = marks(inner).all(|(_, mark)| {
            depth += i32::from(mark == b'(') - i32::from(mark == b')');
            depth > 0
        });
        if !stays_open {
            break;
        }
        text = inner.trim();
    }
    text
}

/// The pieces between an operator that stands in no parentheses, brackets or texts.
fn split<'t>(text: &'t str, operator: &str) -> Vec<&'t str> {
    let (mut pieces, mut start, mut depth) = (Vec::new(), 0, 0i32);
    for (at, mark) in marks(text) {
        depth += i32::from(b"([{".contains(&mark)) - i32::from(b")]}".contains(&mark));
        if depth == 0 && at >= start && text[at..].starts_with(operator) {
            pieces.push(&text[start..at]);
            start = at + operator.len();
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// The ASCII bytes that stand in no text.
fn marks(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut quote, mut is_escaped) = (None, false);
    text.bytes().enumerate().filter(move |&(_, byte)| match quote {
        None => {
            quote = Some(byte).filter(|byte| b"\"'`".contains(byte));
            quote.is_none() && byte.is_ascii()
        }
        Some(end) => {
            if std::mem::take(&mut is_escaped) {
                return false;
            }
            is_escaped = byte == b'\\' && end != b'`';
            if byte == end {
                quote = None;
            }
            false
        }
    })
}

fn read_call(text: &str) -> Option<Call> {
    let text = text.strip_prefix("filter.").unwrap_or(text);
    if let Some(rest) = text.strip_prefix("entropy(") {
        let (subject, rest) = rest.split_once(')')?;
        let least = rest.trim_start().strip_prefix('<')?;
        let least: f64 = least.strip_prefix('=').unwrap_or(least).trim().parse().ok()?;
        return (subject_of(subject)? == About::Text(Subject::Secret) && least.is_finite())
            .then_some(Call::Entropy(least));
    }
    let (name, arguments) = text.split_once('(')?;
    let arguments = split(arguments.strip_suffix(')')?, ",");
    let [subject, list] = arguments[..] else { return None };
    let (about, texts) = (subject_of(subject)?, texts(list)?);
    let escaped = || texts.iter().map(|text| format!("(?i:{})", regex_syntax::escape(text))).collect();
    match (name, about) {
        ("matchesAny", About::Text(on)) => {
            Some(Call::Patterns(on, texts.iter().map(|text| go(text)).collect()))
        }
        ("matchesAny", About::Path) => Some(Call::Paths(texts.iter().map(|text| go(text)).collect())),
        ("containsAny", About::Text(Subject::Secret)) => Some(Call::Words(texts)),
        ("containsAny", About::Text(on)) => Some(Call::Patterns(on, escaped())),
        ("containsAny", About::Path) => Some(Call::Paths(escaped())),
        _ => None,
    }
}

/// What a call is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Text(Subject),
    Path,
}

fn subject_of(text: &str) -> Option<About> {
    let plain: String = unwrapped(text).chars().filter(|letter| !letter.is_whitespace()).collect();
    let plain = plain
        .replace('\'', "\"")
        .replace("??\"\"", "")
        .replace("get(attributes,\"path\",\"\")", "attributes[\"path\"]");
    match plain.as_str() {
        "finding[\"secret\"]" => Some(About::Text(Subject::Secret)),
        "finding[\"match\"]" => Some(About::Text(Subject::Match)),
        "finding[\"line\"]" => Some(About::Text(Subject::Line)),
        "attributes[\"path\"]" => Some(About::Path),
        _ => None,
    }
}

/// The texts of a list.
fn texts(list: &str) -> Option<Vec<String>> {
    let inner = list.trim().strip_prefix('[')?.strip_suffix(']')?;
    let items = split(inner, ",").into_iter().map(str::trim).filter(|item| !item.is_empty());
    let texts: Option<Vec<String>> = items.map(unquoted).collect();
    texts.filter(|texts| !texts.is_empty() && texts.iter().all(|text| !text.is_empty()))
}

/// A text without its quotes: raw in back quotes, else with escapes.
fn unquoted(text: &str) -> Option<String> {
    let (first, last) = (text.chars().next()?, text.chars().next_back()?);
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    match first {
        '`' if last == '`' => Some(inner.to_owned()),
        '"' | '\'' if last == first => {
            let mut out = String::new();
            let mut letters = inner.chars();
            while let Some(letter) = letters.next() {
                out.push(match (letter, letter == '\\') {
                    (_, true) => match letters.next()? {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other if other.is_ascii_punctuation() => other,
                        _ => return None,
                    },
                    (plain, false) => plain,
                });
            }
            Some(out)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tables_can_say_is_read() {
        let filter = Filter::read(
            "// a floor\nfilter.entropy(finding[\"secret\"]) <= 3.5 ||\n(matchesAny(finding[\"line\"], [`a||b`, \"c\\\\d\"]))\n\
             || containsAny(finding['secret'], [\"x\", \"y\"])\n\
             || (matchesAny(get(attributes, \"path\", \"\"), [`\\.md$`]) && matchesAny(finding[\"match\"], [`{z}`]))\n\
             || !matchesAny(finding[\"secret\"], [`q`]) || failsTokenEfficiency(finding[\"secret\"])",
        );
        assert_eq!((filter.conditions, filter.left_out), (6, 2));
        assert!((filter.entropy_min - 3.5).abs() < f64::EPSILON);
        let allows = &filter.allows;
        assert_eq!(
            (allows[0].on, &allows[0].patterns[..]),
            (Subject::Line, &["a||b".to_owned(), "c\\d".to_owned()][..])
        );
        assert_eq!(allows[1].words, ["x", "y"]);
        assert_eq!((allows[2].condition, allows[2].on), (Condition::All, Subject::Match));
        assert_eq!((&allows[2].patterns[0][..], &allows[2].paths[0][..]), ("\\{z}", "\\.md$"));
    }

    #[test]
    fn programs_are_left_out() {
        for text in [
            "let a = 1; a > 0",
            "entropy(finding[\"line\"]) < 3",
            "",
            "((",
            "a(b, [",
            "matchesAny(x, [\"a\"])",
        ] {
            let filter = Filter::read(text);
            assert_eq!((filter.conditions, filter.left_out, filter.allows.len()), (1, 1, 0), "{text}");
        }
    }
}
