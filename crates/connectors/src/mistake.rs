//! What is said of settings that people write: never a value, because a secret may stand in the place of one. The same as
//! `mistake` of the engine, which this crate does not know.

/// Longer texts are no name that somebody typed.
const NAME_MAX: usize = 32;

/// Whether `text` reads like the name of a field or a choice, so that a message may quote it.
pub(crate) fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphabetic() || b"_-.".contains(&byte);
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(fits)
}

/// What is wrong with a table, without any value of it.
pub(crate) fn mistake(error: &toml::de::Error) -> String {
    let told = without_values(error.message());
    field_of(error).map_or_else(|| told.clone(), |field| format!("{field}: {told}"))
}

/// The field that is wrong. Only the last line of the whole message tells it.
fn field_of(error: &toml::de::Error) -> Option<String> {
    let whole = error.to_string();
    let field = whole.trim_end().rsplit('\n').next()?.strip_prefix("in `")?.strip_suffix('`')?;
    is_name(field).then(|| field.to_owned())
}

/// `serde` words most mistakes as what it found, which it quotes, and what it expected, which is last:
/// <https://docs.rs/serde/latest/serde/de/trait.Error.html>, provided methods.
fn without_values(message: &str) -> String {
    let (found, expected) = match message.rfind(", expected ") {
        Some(at) => message.split_at(at),
        None => (message, ""),
    };
    if found.starts_with("invalid type: ") || found.starts_with("invalid value: ") {
        return format!("{}{expected}", &found[..found.find(':').unwrap_or_default()]);
    }
    if found.starts_with("unknown variant `") {
        return format!("unknown value{expected}");
    }
    match found.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        Some((name, rest)) if !is_name(name) => format!("unknown field{rest}{expected}"),
        _ => message.to_owned(),
    }
}
