//! The text form of rules: one TOML file a provider.

use std::{path::PathBuf, sync::Arc};

use toml::Spanned;

use crate::{
    Allow, Rule,
    allow::Exception,
    mistake::{mistake, unquoted},
    rule::RuleProblem,
    rule_text::{FileText, PlannedRule, RuleText},
};

/// Why a rule file cannot be used: names the file, the line and the field.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// Not TOML, or a field that is missing, unknown or of the wrong type.
    #[error("{}:{line}: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, naming the field.
        message: String,
    },
    /// A rule whose content is wrong.
    #[error("{}:{line}: rule {id}: field `{field}`: {problem}", file.display())]
    Rule {
        /// The file.
        file: PathBuf,
        /// The line on which the rule begins, or the field where its line is known; from 1.
        line: usize,
        /// The rule.
        id: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// Reads the rules of one file; `file` is for messages only.
///
/// # Errors
/// The first thing that is wrong, with file, line and field.
pub fn parse_rules(file: &str, text: &str) -> Result<Vec<Rule>, RuleError> {
    let parsed: FileText = toml::from_str(text).map_err(|error| RuleError::Syntax {
        file: file.into(),
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        message: mistake(&error),
    })?;
    let of_file = parsed.allow.into_iter().map(|allow| read_exception(file, text, allow));
    let of_file = of_file.collect::<Result<Vec<_>, _>>()?;
    let place = Place { file, text, provider: &parsed.provider };
    parsed.rule.into_iter().map(|rule| read_rule(&place, rule, &of_file)).collect()
}

/// What holds for all rules of a file.
fn read_exception(file: &str, text: &str, allow: Spanned<Allow>) -> Result<Arc<Exception>, RuleError> {
    let line = line_of(text, allow.span().start);
    let exception = Exception::new(allow.into_inner());
    exception.validate().map_err(|RuleProblem { field, problem, .. }| RuleError::Syntax {
        file: file.into(),
        line,
        message: format!("field `{field}`: {problem}"),
    })?;
    Ok(Arc::new(exception))
}

/// Where a rule is from.
struct Place<'p> {
    file: &'p str,
    text: &'p str,
    provider: &'p str,
}

fn read_rule(
    place: &Place<'_>,
    rule: Spanned<RuleText>,
    of_file: &[Arc<Exception>],
) -> Result<Rule, RuleError> {
    let Place { file, text, provider } = *place;
    let start = rule.span().start;
    let read = rule.into_inner();
    let id = shown_id(&read.id);
    let located = |problem: RuleProblem| RuleError::Rule {
        file: file.into(),
        line: line_of(text, start + place_of(&text[start..], &problem)),
        id: id.clone(),
        field: problem.field,
        problem: problem.part.map_or_else(String::new, |number| format!("part {number}: "))
            + &unquoted(&problem.problem),
    };
    let plan = read.plan().map_err(|problem| located(RuleProblem::new("pattern", problem)))?;
    let planned = PlannedRule { provider: provider.to_owned(), text: read, plan };
    let mut rule = Rule::try_from(planned).map_err(&located)?;
    rule.validate().map_err(&located)?;
    rule.exceptions.extend_from_slice(of_file);
    rule.validate_count().map_err(located)?;
    Ok(rule)
}

/// The id of a rule, where it reads like one: what else stands in its place may be a secret.
fn shown_id(id: &str) -> String {
    let is_part = |part: &str| !part.is_empty() && part.len() <= ID_PART_MAX;
    if id
        .split('-')
        .all(|part| is_part(part) && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
    {
        id.to_owned()
    } else {
        "without a usable id".to_owned()
    }
}

/// Longer ones are no word.
const ID_PART_MAX: usize = 16;

/// Where the line of the wrong field begins in a text that starts with its rule; as near to it as is known.
fn place_of(text: &str, problem: &RuleProblem) -> usize {
    let table = problem.part.map_or(0, |number| {
        let headers = text.match_indices("\n[[rule.part]]").map(|(at, _)| at + 1);
        headers.take(number).last().unwrap_or(0)
    });
    table + field_offset(&text[table..], problem.field)
}

/// Where the line of a field begins in a text that starts with its table; the start where there is no such line.
fn field_offset(text: &str, field: &str) -> usize {
    let is_field = |line: &str| {
        let rest = line.trim_start().strip_prefix(field);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
    };
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > 0 && line.starts_with("[[") {
            break;
        }
        if is_field(line) {
            return offset;
        }
        offset += line.len();
    }
    0
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
provider = "Acme"

[[rule]]
id = "acme-key"
name = "Acme key"
description = "opens Acme"
pattern = '''acme_(?P<secret>[a-z]{8})'''
severity = "high"
confidence = "high"
references = []
examples = ["acme_${lower:8}"]
negatives = ["acme_1"]
"#;

    fn error_of(text: &str) -> String {
        parse_rules("acme.toml", text).err().expect("an error").to_string()
    }

    #[test]
    fn errors_quote_no_value() {
        let value = "tok_0123456789abcdef";
        let quoted = format!("{value:?}");
        for (right, wrong) in [
            ("\"high\"", quoted.clone()),
            ("[]", quoted.clone()),
            ("\"acme-key\"", quoted.clone()),
            ("'''acme_(?P<secret>[a-z]{8})'''", format!("'''{value}('''")),
            ("'''acme_(?P<secret>[a-z]{8})'''", format!("'''{value}{{2,1}}'''")),
            ("severity = \"high\"", format!("severity = \"high\"\ncheck = {quoted}")),
            ("severity = \"high\"", format!("severity = \"high\"\n{value} = 1")),
            ("severity = \"high\"", format!("severity = \"high\"\ncontext = {quoted}")),
            ("severity = \"high\"", format!("severity = \"high\"\n{quoted}")),
        ] {
            let told = error_of(&GOOD.replace(right, &wrong));
            assert!(!told.contains("0123456789") && told.starts_with("acme.toml:"), "{told}");
        }
    }

    #[test]
    fn a_good_file_reads() {
        let rules = parse_rules("acme.toml", GOOD).expect("valid");
        assert_eq!((rules.len(), rules[0].info.provider.as_str()), (1, "Acme"));
    }

    #[test]
    fn errors_name_file_line_and_field() {
        let bad_pattern = error_of(&GOOD.replace("[a-z]", "[a-z"));
        assert!(bad_pattern.starts_with("acme.toml:8: rule acme-key: field `pattern`:"), "{bad_pattern}");
        let bad_severity = error_of(&GOOD.replace("severity = \"high\"", "severity = \"dire\""));
        assert!(bad_severity.starts_with("acme.toml:9: "), "{bad_severity}");
        let unknown = error_of(&GOOD.replace("severity", "sevrity"));
        assert!(unknown.starts_with("acme.toml:9: ") && unknown.contains("sevrity"), "{unknown}");
        let connector = error_of(&GOOD.replace("severity", "connector = \"luck\"\nseverity"));
        assert!(
            connector.starts_with(
                "acme.toml:9: rule acme-key: field `connector`: unknown connector: expected one of "
            ),
            "{connector}"
        );
        let marks = error_of(&GOOD.replace("severity", "class_marks = { test = [\"\"] }\nseverity"));
        assert!(marks.starts_with("acme.toml:9: rule acme-key: field `class_marks`: "), "{marks}");
        let check = error_of(&GOOD.replace("severity", "check = \"luck\"\nseverity"));
        assert!(check.starts_with("acme.toml:9: rule acme-key: field `check`: unknown check"), "{check}");
    }
}
