//! YAML as a tree of texts, lists and tables: no tags, no types. Bounded in depth and size; aliases are refused, because a
//! few lines of them make a tree of any size.

use saphyr_parser::{Event, Parser};

/// The deepest nesting.
const DEPTH_MAX: usize = 64;
/// The most values of a file.
const NODES_MAX: usize = 1 << 20;

/// A value, and the line it begins on, from 1.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

/// What is wrong, and on which line.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Mistake {
    pub(crate) fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// A list or table that is being read.
struct Open {
    line: usize,
    kind: Kind,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Table,
}

impl Open {
    /// The finished value; the nodes of a table are keys and values in turns.
    fn close(self) -> Result<Node, Mistake> {
        let line = self.line;
        let value = match self.kind {
            Kind::List => Value::List(self.nodes),
            Kind::Table => {
                let mut nodes = self.nodes.into_iter();
                let mut fields = Vec::new();
                while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
                    let Value::Text(name) = key.value else {
                        return Err(Mistake::new(key.line, "a field whose name is no text"));
                    };
                    fields.push((name, value));
                }
                Value::Table(fields)
            }
        };
        Ok(Node { line, value })
    }
}

/// Reads the documents of a text.
///
/// # Errors
/// What is wrong with it, without any value.
pub(crate) fn read(text: &str) -> Result<Vec<Node>, Mistake> {
    let (mut documents, mut open, mut count) = (Vec::new(), Vec::<Open>::new(), 0);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Mistake::new(error.marker().line(), "not YAML"))?;
        let line = span.start.line();
        count += 1;
        if count > NODES_MAX || open.len() > DEPTH_MAX {
            let problem = format!("more than {NODES_MAX} values, or nested deeper than {DEPTH_MAX}");
            return Err(Mistake::new(line, problem));
        }
        let node = match event {
            Event::Scalar(text, ..) => Node { line, value: Value::Text(text.into_owned()) },
            Event::SequenceStart(..) => {
                open.push(Open { line, kind: Kind::List, nodes: Vec::new() });
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open { line, kind: Kind::Table, nodes: Vec::new() });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(finished) => finished.close()?,
                None => continue,
            },
            Event::Alias(_) => return Err(Mistake::new(line, "aliases are not read")),
            _ => continue,
        };
        match open.last_mut() {
            Some(outer) => outer.nodes.push(node),
            None => documents.push(node),
        }
    }
    Ok(documents)
}

impl Node {
    pub(crate) fn table(&self, what: &str) -> Result<&[(String, Node)], Mistake> {
        match &self.value {
            Value::Table(fields) => Ok(fields),
            _ => Err(self.expected(what, "a table")),
        }
    }

    /// The items of a list; a single text is a list of one.
    pub(crate) fn list(&self, what: &str) -> Result<Vec<&Node>, Mistake> {
        match &self.value {
            Value::List(items) => Ok(items.iter().collect()),
            Value::Text(text) if text.is_empty() || text == "~" || text == "null" => Ok(Vec::new()),
            Value::Text(_) => Ok(vec![self]),
            Value::Table(_) => Err(self.expected(what, "a list")),
        }
    }

    pub(crate) fn text(&self, what: &str) -> Result<&str, Mistake> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.expected(what, "a text")),
        }
    }

    pub(crate) fn texts(&self, what: &str) -> Result<Vec<String>, Mistake> {
        self.list(what)?.into_iter().map(|item| Ok(item.text(what)?.to_owned())).collect()
    }

    pub(crate) fn number(&self, what: &str) -> Result<f64, Mistake> {
        let number = self.text(what)?.trim().parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| self.expected(what, "a number"))
    }

    pub(crate) fn flag(&self, what: &str) -> Result<bool, Mistake> {
        match self.text(what)?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" => Ok(false),
            _ => Err(self.expected(what, "true or false")),
        }
    }

    fn expected(&self, what: &str, kind: &str) -> Mistake {
        Mistake::new(self.line, format!("{what}: expected {kind}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_lines() {
        let documents = read("a: 1\nb:\n  - x\n  - |\n    y\n    z\n").expect("YAML");
        let fields = documents[0].table("file").expect("a table");
        assert_eq!((fields[0].0.as_str(), fields[0].1.number("a").expect("one")), ("a", 1.0));
        assert_eq!(fields[1].1.texts("b").expect("texts"), ["x", "y\nz\n"]);
        let items = fields[1].1.list("b").expect("a list");
        assert_eq!((items[0].line, items[1].text("b").is_ok()), (3, true));
    }

    #[test]
    fn what_would_grow_without_end_is_refused() {
        let aliases = read("a: &a [x, x]\nb: [*a, *a]\n").expect_err("an alias");
        assert_eq!((aliases.line, aliases.message.as_str()), (2, "aliases are not read"));
        let deep = read(&format!("{}x", "- ".repeat(1000))).expect_err("too deep");
        assert!(deep.message.contains("nested deeper"), "{}", deep.message);
        assert!(read(&"[".repeat(1000)).is_err() && read("a: [").is_err() && read("a: b: c").is_err());
    }
}
