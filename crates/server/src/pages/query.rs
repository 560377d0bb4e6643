//! Addresses with parameters: filters and the place in a list.

/// An address below this server, with parameters; empty ones are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    text: String,
    separator: char,
}

impl Query {
    /// The address `path` without parameters.
    pub fn new(path: &str) -> Self {
        Self { text: path.to_owned(), separator: '?' }
    }

    /// With one more parameter; left out where its value is empty.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.text.push(self.separator);
            self.separator = '&';
            encode(name, &mut self.text);
            self.text.push('=');
            encode(value, &mut self.text);
        }
        self
    }

    /// With these parameters; empty ones are left out.
    #[must_use]
    pub fn with_all<'a>(self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        parameters.into_iter().fold(self, |query, (name, value)| query.with(name, value))
    }

    /// The whole address.
    pub fn into_string(self) -> String {
        self.text
    }
}

/// One segment of a path, whatever is in it.
pub fn segment(value: &str) -> String {
    let mut text = String::new();
    encode(value, &mut text);
    text
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn encode(value: &str, text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_and_empty_ones_left_out() {
        let query = Query::new("/leaks").with("q", "a b&c=ä").with("severity", "").with("after", "x/1");
        assert_eq!(query.into_string(), "/leaks?q=a%20b%26c%3D%C3%A4&after=x%2F1");
        assert_eq!(Query::new("/leaks").with_all([("q", "")]).into_string(), "/leaks");
    }
}
