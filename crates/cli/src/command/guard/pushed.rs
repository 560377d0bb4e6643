//! What Git tells hooks of a push, a reference a line.

use std::io::{self, Read as _};

use anyhow::{Context as _, bail, ensure};

use crate::gate::Text;

/// Most bytes of what Git tells: a hundred thousand references.
const BYTES_MAX: u64 = 64 << 20;

/// A reference that is pushed: what it is to point to, and what it points to now. None for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pushed {
    pub(super) new: Option<String>,
    pub(super) old: Option<String>,
    /// Its name on the remote.
    pub(super) name: String,
}

/// The names of what is pushed, as a text to be scanned; what is deleted is left out.
pub(super) fn names(pushed: &[Pushed]) -> Text {
    let names = pushed.iter().filter(|push| push.new.is_some()).flat_map(|push| [push.name.as_str(), "\n"]);
    let bytes = names.collect::<String>().into_bytes();
    Text { bytes, path: "names of references".to_owned(), what: "reference-name" }
}

/// In which order the fields of a line come: githooks(5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// `<local ref> <local id> <remote ref> <remote id>`.
    PrePush,
    /// `<old id> <new id> <ref>`.
    PreReceive,
}

/// Reads standard input.
///
/// # Errors
/// It cannot be read, or holds something else.
pub(super) fn read(order: Order) -> anyhow::Result<Vec<Pushed>> {
    let mut text = String::new();
    io::stdin().lock().take(BYTES_MAX + 1).read_to_string(&mut text).context("standard input")?;
    ensure!(text.len() as u64 <= BYTES_MAX, "standard input: is longer than {BYTES_MAX} bytes");
    parse(&text, order)
}

fn parse(text: &str, order: Order) -> anyhow::Result<Vec<Pushed>> {
    let line = |(at, line): (usize, &str)| {
        let fields: Vec<&str> = line.split(' ').collect();
        let (old, new, name) = match (order, &fields[..]) {
            (Order::PrePush, [_, new, name, old]) | (Order::PreReceive, [old, new, name]) => {
                (*old, *new, *name)
            }
            _ => bail!("standard input: line {}: not what git tells this hook", at + 1),
        };
        Ok(Pushed { new: id(new), old: id(old), name: name.to_owned() })
    };
    text.lines().enumerate().map(line).collect()
}

/// An object id; one of zeros is none.
fn id(text: &str) -> Option<String> {
    (!text.bytes().all(|byte| byte == b'0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_the_order_of_the_hook() {
        let (one, two, none) = ("1".repeat(40), "2".repeat(40), "0".repeat(40));
        let push = |new: &str, old: &str, name: &str| Pushed {
            new: id(new),
            old: id(old),
            name: format!("refs/heads/{name}"),
        };
        let text = format!("refs/heads/a {one} refs/heads/a {two}\n(delete) {none} refs/heads/b {two}\n");
        assert_eq!(
            parse(&text, Order::PrePush).expect("well-formed"),
            [push(&one, &two, "a"), push(&none, &two, "b")]
        );
        let text = format!("{none} {one} refs/heads/a\n");
        assert_eq!(parse(&text, Order::PreReceive).expect("well-formed"), [push(&one, &none, "a")]);
        let error = parse("a b c", Order::PrePush).expect_err("a field is missing").to_string();
        assert_eq!(error, "standard input: line 1: not what git tells this hook");
        assert!(parse("", Order::PrePush).expect("nothing is pushed").is_empty());
    }
}
