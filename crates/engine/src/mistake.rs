//! What is said of files that people write: never a value, because a secret may stand in the place of one.

/// Longer texts are no name that somebody typed.
const NAME_MAX: usize = 24;

/// Whether `text` reads like the name of a field or a choice, so that a message may quote it: letters, `_`, `-` and `.`.
/// Secrets have digits, or are longer.
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphabetic() || b"_-.".contains(&byte);
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(fits)
}

/// What is wrong with a TOML file or table, without any value of it. The names of fields are told where they read like names.
pub fn mistake(error: &toml::de::Error) -> String {
    let told = without_values(error.message());
    field_of(error).map_or_else(|| told.clone(), |field| format!("{field}: {told}"))
}

/// The same with the line of `text` it is on, counted from 1, and the field that is set there.
pub fn mistake_in(text: &str, error: &toml::de::Error) -> (usize, String) {
    let before = &text[..error.span().map_or(0, |span| span.start)];
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default();
    let field = line.split_once('=').map_or("", |(field, _)| field.trim());
    let field = if is_name(field) { format!("{field}: ") } else { String::new() };
    (number + 1, format!("{field}{}", mistake(error)))
}

/// The field of a table that was read from no text, and so has no lines to point at. Only the last line of the whole message
/// tells it.
fn field_of(error: &toml::de::Error) -> Option<String> {
    let whole = error.to_string();
    let field = whole.trim_end().rsplit('\n').next()?.strip_prefix("in `")?.strip_suffix('`')?;
    (error.span().is_none() && is_name(field)).then(|| field.to_owned())
}

/// `serde` words most mistakes as what it found, which it quotes, and what it expected, which is last:
/// <https://docs.rs/serde/latest/serde/de/trait.Error.html>, provided methods.
fn without_values(message: &str) -> String {
    let (found, expected) = match message.rfind(", expected ") {
        Some(at) => message.split_at(at),
        None => (message, ""),
    };
    if let Some((kind @ ("invalid type" | "invalid value"), what)) = found.split_once(": ") {
        return format!("{kind}: {}{expected}", sort(what));
    }
    if found.starts_with("unknown variant `") {
        return format!("unknown value{expected}");
    }
    match found.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        Some((name, rest)) if !is_name(name) => format!("unknown field{rest}{expected}"),
        _ => message.to_owned(),
    }
}

/// The first words of what `serde` tells of a value: <https://docs.rs/serde/latest/serde/de/enum.Unexpected.html>.
fn sort(what: &str) -> &str {
    let quoted = what.find(['"', '`']).unwrap_or(what.len());
    let words = what[..quoted].trim_end();
    let known =
        ["boolean", "integer", "floating point", "character", "string", "sequence", "map", "datetime"];
    known.into_iter().find(|sort| *sort == words).unwrap_or("something else")
}

/// `problem` without what it quotes, from the first mark to the last.
pub(crate) fn unquoted(problem: &str) -> String {
    match (problem.find(" \""), problem.rfind('"')) {
        (Some(start), Some(end)) if start + 1 < end => [&problem[..start], &problem[end + 1..]].concat(),
        _ => problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[allow(dead_code)]
    enum Choice {
        One,
        Two,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Settings {
        flag: Option<bool>,
        text: Option<String>,
        many: Option<Vec<u8>>,
        choice: Option<Choice>,
    }

    fn told(text: &str) -> String {
        mistake(&toml::from_str::<Settings>(text).expect_err("a mistake"))
    }

    #[test]
    fn no_value_is_quoted() {
        let value = r#"a", expected `b` "c"#;
        for quote in ["'''", "\"\"\""] {
            let value = if quote == "'''" { value.to_owned() } else { value.replace('"', "\\\"") };
            let text = |key: &str| format!("{key} = {quote}{value}{quote}");
            assert_eq!(told(&text("flag")), "invalid type: string, expected a boolean");
            assert_eq!(told(&text("many")), "invalid type: string, expected a sequence");
            assert_eq!(told(&text("choice")), "unknown value, expected `one` or `two`");
        }
        assert_eq!(told("many = [1, 70077]"), "invalid value: integer, expected u8");
        assert_eq!(told("text = 70077"), "invalid type: integer, expected a string");
        assert_eq!(told("text = 7.0077"), "invalid type: floating point, expected a string");
        assert_eq!(told("text = [70077]"), "invalid type: sequence, expected a string");
        assert_eq!(told("text = { x = 70077 }"), "invalid type: map, expected a string");
        assert!(!told("text = 1970-01-01").contains("1970"));
        assert!(!told("choice = { tok_70077 = 1 }").contains("70077"));
    }

    #[test]
    fn fields_are_named_where_they_read_like_names() {
        let expected = "expected one of `flag`, `text`, `many`, `choice`";
        assert_eq!(told("flga = 1"), format!("unknown field `flga`, {expected}"));
        assert_eq!(told("tok_70077 = 1"), format!("unknown field, {expected}"));
        assert_eq!(told("'a b' = 1"), format!("unknown field, {expected}"));
    }

    #[test]
    fn a_table_without_lines_has_its_field_named() {
        let table: toml::Table = toml::from_str("flag = 'tok_70077'").expect("TOML");
        let error = table.try_into::<Settings>().expect_err("a mistake");
        assert_eq!(mistake(&error), "flag: invalid type: string, expected a boolean");
    }

    #[test]
    fn mistakes_of_syntax_quote_nothing() {
        for text in
            ["tok_70077", "flag = tok_70077", "text = \"tok_70077", "[tok_70077", "text = 'a' tok_70077"]
        {
            assert!(!told(text).contains("tok"), "{}", told(text));
        }
    }

    #[test]
    fn what_a_problem_quotes_is_left_out() {
        assert_eq!(unquoted(r#"unknown check "a \" b": expected c"#), "unknown check: expected c");
        assert_eq!(unquoted("nothing quoted"), "nothing quoted");
    }
}
