//! What a rule is looked for by, in words.

use std::fmt::Write as _;

use crate::{Rule, analysis::byte_set::ByteSet};

impl Rule {
    /// The stretches of bytes of which every match holds one, as the analysis of the pattern chose them: text, classes like
    /// `[0-9a-f]{4}`, `.` for any byte, and `(?i)` where case does not matter. Empty where there is nothing rare enough to look for.
    pub fn keywords(&self) -> Vec<String> {
        let Some(set) = &self.plan.windows else { return Vec::new() };
        let mut keywords = Vec::new();
        for window in &set.windows {
            let classes: Vec<ByteSet> =
                window.classes.iter().map(|at| set.classes[usize::from(*at)]).collect();
            let keyword = spell(&classes);
            if !keywords.contains(&keyword) {
                keywords.push(keyword);
            }
        }
        keywords
    }
}

/// Classes that stand one after the other.
fn spell(classes: &[ByteSet]) -> String {
    let folds = classes.iter().any(|class| letter(*class).is_some())
        && !classes.iter().any(|class| single(*class).is_some_and(|byte| byte.is_ascii_alphabetic()));
    let mut out = if folds { "(?i)".to_owned() } else { String::new() };
    // Bytes that may be any say nothing at the end.
    let told = classes.iter().rposition(|class| *class != ByteSet::ANY).map_or(0, |last| last + 1);
    for same in classes[..told].chunk_by(|a, b| a == b) {
        let text = spell_one(same[0], folds);
        match same.len() {
            len @ 3.. if single(same[0]).is_none() => {
                let _ = write!(out, "{text}{{{len}}}");
            }
            len => out.push_str(&text.repeat(len)),
        }
    }
    out
}

fn spell_one(class: ByteSet, folds: bool) -> String {
    let letter = letter(class).filter(|_| folds);
    match single(class).or(letter) {
        Some(b'.') => "\\.".to_owned(),
        Some(byte) => shown(byte),
        None if class == ByteSet::ANY => ".".to_owned(),
        None if class.len() > 128 => format!("[^{}]", ranges(|byte| !class.contains(byte))),
        None => format!("[{}]", ranges(|byte| class.contains(byte))),
    }
}

/// The only member.
fn single(class: ByteSet) -> Option<u8> {
    (class.len() == 1).then(|| class.iter().next()).flatten()
}

/// The letter that is there in both cases, and nothing else.
fn letter(class: ByteSet) -> Option<u8> {
    let last = class.iter().last().filter(u8::is_ascii_lowercase)?;
    (class.len() == 2 && class.contains(last.to_ascii_uppercase())).then_some(last)
}

fn ranges(holds: impl Fn(u8) -> bool) -> String {
    let mut out = String::new();
    let mut next = 0u16;
    while let Some(first) = (next..256).find(|at| holds(*at as u8)) {
        let last = (first..256).take_while(|at| holds(*at as u8)).last().unwrap_or(first);
        out += &shown(first as u8);
        if last > first {
            let dash = if last > first + 1 { "-" } else { "" };
            let _ = write!(out, "{dash}{}", shown(last as u8));
        }
        next = last + 1;
    }
    out
}

fn shown(byte: u8) -> String {
    match byte {
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::RuleSet;

    fn keywords(pattern: &str) -> Vec<String> {
        let text = format!(
            "provider = 'A'\n[[rule]]\nid = 'a'\nname = 'n'\ndescription = 'd'\npattern = '''{pattern}'''\n\
             severity = 'low'\nconfidence = 'low'\nreferences = []\nexamples = []\nnegatives = []\n"
        );
        RuleSet::parse("a.toml", &text).expect("a valid rule").rules()[0].keywords()
    }

    #[test]
    fn text_classes_and_case_are_spelt() {
        assert_eq!(keywords("acme_key_[0-9]{4}z"), ["acme_key_[0-9]{4}z"]);
        assert_eq!(keywords("(?i)acmekey"), ["(?i)acmekey"]);
        assert_eq!(keywords("(?:alpha|beta)_x"), ["alpha_x", "beta_x"]);
        assert_eq!(keywords(r"\xfe\xed\x00\x01[a-f0-9]"), [r"\xfe\xed\x00\x01[0-9a-f]"]);
        assert_eq!(keywords(r"ab\.[\x00-\xff]{5}cd[\x00-\xff]{9}"), [r"ab\..{5}cd"]);
        assert!(keywords("[a-z]{3,9}").is_empty());
    }
}
