//! The tags of a page.

/// An opening tag.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    /// Its name.
    pub(super) name: String,
    /// Names and values, as they are written.
    pub(super) attributes: Vec<(String, String)>,
    /// The text up to the next tag.
    pub(super) text: String,
}

impl Tag {
    /// The opening tags of a page, in their order. Values must be quoted, which is how `maud` writes them.
    pub(super) fn all(page: &str) -> Vec<Self> {
        let mut tags = Vec::new();
        let mut rest = page;
        while let Some(start) = rest.find('<') {
            rest = &rest[start + 1..];
            let end = tag_end(rest);
            let text = rest[end..].trim_start_matches('>').split('<').next().unwrap_or_default();
            if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                tags.push(Self::of(&rest[..end], text));
            }
            rest = &rest[end..];
        }
        tags
    }

    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn of(inside: &str, text: &str) -> Self {
        let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        while !rest.trim().is_empty() {
            rest = rest.trim_start();
            let end = rest.find(['=', ' ']).unwrap_or(rest.len());
            let attribute = rest[..end].to_owned();
            rest = &rest[end..];
            let value = rest.strip_prefix("=\"").and_then(|value| value.split_once('"'));
            rest = value.map_or(rest, |(_, after)| after);
            attributes.push((attribute, value.map_or_else(String::new, |(value, _)| value.to_owned())));
        }
        Self { name: name.to_owned(), attributes, text: text.to_owned() }
    }
}

/// Where a tag ends: at a `>` outside quotes.
fn tag_end(rest: &str) -> usize {
    let mut is_quoted = false;
    let end = rest.find(|c| {
        is_quoted ^= c == '"';
        c == '>' && !is_quoted
    });
    end.unwrap_or(rest.len())
}
