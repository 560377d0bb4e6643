//! Kingfisher's and Nosey Parker's rules: a list of tables in YAML. The formats share their root; each has fields that the
//! other does not use.

use stanch_engine::Allow;
use stanch_model::{Confidence, Severity};

use crate::{
    Format,
    foreign::{Dialect, Foreign, ForeignRule, Need, Pattern, SecretGroup, allow_secrets},
    report::Note,
    yaml::{self, Mistake, Node},
};

/// How far from a secret what it depends on is looked for, in bytes: as far as a rule may.
const NEED_BYTES: usize = stanch_engine::Context::WITHIN_BYTES_MAX;

/// Reads the rules of one file.
///
/// # Errors
/// What is wrong with it, on which line.
pub(crate) fn read(text: &str, format: Format) -> Result<Foreign, Mistake> {
    let mut foreign = Foreign::default();
    for document in yaml::read(text)? {
        for (name, node) in document.table("file")? {
            match name.as_str() {
                "rules" => {
                    for rule in node.list("rules")? {
                        foreign.rules.push(read_rule(rule, format)?);
                    }
                }
                "rulesets" => {
                    foreign.notes.push(Note::left_out("rulesets: select rules by tags or ids instead"));
                }
                _ => foreign.notes.push(Note::left_out("a field beside `rules`")),
            }
        }
    }
    Ok(foreign)
}

fn read_rule(node: &Node, format: Format) -> Result<ForeignRule, Mistake> {
    let fields = node.table("rule")?;
    let id = fields.iter().find(|(name, _)| name == "id");
    let id = id.ok_or_else(|| Mistake::new(node.line, "a rule without an id"))?.1.text("id")?;
    let mut rule = ForeignRule::new(id.to_owned());
    for (name, value) in fields {
        match name.as_str() {
            "id" | "prevalidated" => {}
            "name" => value.text(name)?.clone_into(&mut rule.name),
            "description" => value.text(name)?.trim().clone_into(&mut rule.description),
            "pattern" => rule.pattern = Some(pattern(value.text(name)?, format)),
            "examples" => rule.examples = value.texts(name)?,
            "negative_examples" => rule.negatives = value.texts(name)?,
            "references" => rule.references = value.texts(name)?,
            "categories" => categorize(&mut rule, value.texts(name)?),
            "tags" => rule.tags = value.texts(name)?,
            "min_entropy" => rule.entropy_min = value.number(name)?,
            "confidence" => rule.confidence = confidence(value)?,
            "visible" => rule.hidden = !value.flag(name)?,
            "depends_on_rule" => rule.needs = needs(value)?,
            "pattern_requirements" => require(&mut rule, value)?,
            "validation" | "revocation" => {
                rule.left_out(format!("{name}: only connectors of Stanch ask a provider"));
            }
            other if stanch_engine::is_name(other) => rule.left_out(format!("{other}: not known")),
            _ => rule.left_out("a field that is not known"),
        }
    }
    Ok(rule)
}

fn pattern(text: &str, format: Format) -> Pattern {
    let secret = if format == Format::Kingfisher { SecretGroup::Token } else { SecretGroup::Longest };
    // A pattern that ends with its block ends with a line that it does not mean.
    Pattern { text: text.trim_end_matches(['\n', '\r']).to_owned(), dialect: Dialect::Rust, secret }
}

/// What the categories of Nosey Parker say of harm and trust.
fn categorize(rule: &mut ForeignRule, categories: Vec<String>) {
    let has = |name: &str| categories.iter().any(|category| category == name);
    if has("identifier") && !has("secret") {
        rule.severity = Severity::Low;
    }
    if has("fuzzy") || has("generic") {
        rule.confidence = Confidence::Low;
    }
    rule.tags = categories;
}

fn confidence(value: &Node) -> Result<Confidence, Mistake> {
    match value.text("confidence")?.to_ascii_lowercase().as_str() {
        "low" => Ok(Confidence::Low),
        "medium" => Ok(Confidence::Medium),
        "high" => Ok(Confidence::High),
        _ => Err(Mistake::new(value.line, "confidence: expected low, medium or high")),
    }
}

fn needs(value: &Node) -> Result<Vec<Need>, Mistake> {
    let need = |item: &Node| {
        let fields = item.table("depends_on_rule")?;
        let id = fields.iter().find(|(name, _)| name == "rule_id");
        let id =
            id.ok_or_else(|| Mistake::new(item.line, "depends_on_rule: no rule_id"))?.1.text("rule_id")?;
        Ok(Need { id: id.to_owned(), within_bytes: NEED_BYTES, required: false })
    };
    value.list("depends_on_rule")?.into_iter().map(need).collect()
}

/// Kinds of letters of which a secret needs some: what has fewer is allowed.
const LETTERS: [(&str, &str); 4] =
    [("min_digits", "0-9"), ("min_uppercase", "A-Z"), ("min_lowercase", "a-z"), ("min_special_chars", "")];
/// What Kingfisher takes for special where a rule does not say.
const SPECIAL: &str = "!@#$%^&*()_+-=[]{}|;:'\",.<>?/\\`~";
/// The most letters that a secret may need.
const LETTERS_MAX: u32 = 64;

fn require(rule: &mut ForeignRule, value: &Node) -> Result<(), Mistake> {
    let fields = value.table("pattern_requirements")?;
    let special = fields.iter().find(|(name, _)| name == "special_chars");
    let special = special.map_or(Ok(SPECIAL), |(_, value)| value.text("special_chars"))?;
    for (name, value) in fields {
        if let Some((_, class)) = LETTERS.iter().find(|(known, _)| known == name) {
            let least = value.number(name)?;
            if !(0.0..=f64::from(LETTERS_MAX)).contains(&least) {
                return Err(Mistake::new(
                    value.line,
                    format!("{name}: expected a number up to {LETTERS_MAX}"),
                ));
            }
            let number = (0..=LETTERS_MAX).rev().find(|number| f64::from(*number) <= least);
            let number = number.unwrap_or(0) as usize;
            let class = if class.is_empty() {
                special.chars().filter(char::is_ascii).map(in_class).collect()
            } else {
                (*class).to_owned()
            };
            if least >= 1.0 && !class.is_empty() {
                rule.allows.push(allow_secrets(vec![fewer_than(&class, number)]));
            }
        } else if name == "ignore_if_contains" {
            let words = value.texts(name)?.into_iter().filter(|word| !word.is_empty()).collect();
            rule.allows.push(Allow { words, ..allow_secrets(Vec::new()) });
        } else if name != "special_chars" {
            let known = if stanch_engine::is_name(name) { name } else { "a field" };
            rule.left_out(format!("pattern_requirements: {known}"));
        }
    }
    rule.allows.retain(|allow| !allow.patterns.is_empty() || !allow.words.is_empty());
    Ok(())
}

fn in_class(letter: char) -> String {
    if letter.is_ascii_punctuation() {
        format!("\\x{:02X}", letter as u32)
    } else {
        regex_syntax::escape(&letter.to_string())
    }
}

/// Matches a text with fewer than `least` letters of a class.
fn fewer_than(class: &str, least: usize) -> String {
    format!("^(?:[^{class}]*[{class}]){{0,{}}}[^{class}]*$", least - 1)
}
