//! A text with slots, in the syntax of rule examples: `password = "${?password}"`.
//!
//! ```text
//! ${symbol}            something the grammar makes of `symbol`, or what the name was bound to before
//! ${hex:32} ${alnum:8-16}   that many characters of a class
//! ${number:1-65535}    a number
//! ${dollar}            `$`, for a literal `${`
//! ${name=symbol}       bound to a name for the rest of the file
//! ${+symbol} ${-symbol} a credential, or something that only looks like one: both are labelled
//! ${?symbol}           either: `+symbol` or `-not-symbol`
//! ${-symbol/Category}  labelled with another category than that of the symbol
//! ${symbol|filter}     changed, or drawn again until it suits the place
//! ```

use anyhow::{Context, Result, bail};

use super::filter::Filter;

/// A text with slots.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phrase(pub(super) Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Text(String),
    Slot(Slot),
}

/// A place that is filled anew each time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slot {
    pub(super) mark: Option<Mark>,
    /// The name under which what is drawn can be had again.
    pub(super) name: Option<String>,
    pub(super) symbol: Symbol,
    pub(super) category: Option<String>,
    pub(super) filters: Vec<Filter>,
}

/// What is claimed of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Credential,
    LookAlike,
    Either,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Symbol {
    /// A rule of the grammar, or a bound name.
    Name(String),
    /// Between so many characters of an alphabet.
    Class { alphabet: &'static [u8], low: usize, high: usize },
    /// A number between two.
    Number { low: usize, high: usize },
}

/// The classes of characters by name.
const CLASSES: &[(&str, &[u8])] = &[
    ("digit", b"0123456789"),
    ("hex", b"0123456789abcdef"),
    ("HEX", b"0123456789ABCDEF"),
    ("lower", b"abcdefghijklmnopqrstuvwxyz"),
    ("upper", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("lowernum", b"abcdefghijklmnopqrstuvwxyz0123456789"),
    ("uppernum", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    ("alpha", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("alnum", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
    ("base64", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
    ("base64url", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    ("bcrypt", b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
    ("mild", b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!_.*-"),
    ("print", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~"),
    ("django", b"abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"),
];

impl Phrase {
    /// Reads a text with slots.
    ///
    /// # Errors
    /// A slot is not closed, or says something unknown.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (inner, after) =
                after.split_once('}').with_context(|| format!("a slot is not closed: ${{{after}"))?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::parse(inner).with_context(|| format!("in slot ${{{inner}}}"))?);
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(Self(pieces))
    }

    /// The slots of the phrase.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Slot(slot) => Some(slot),
            Piece::Text(_) => None,
        })
    }
}

impl Piece {
    fn parse(inner: &str) -> Result<Self> {
        if inner == "dollar" {
            return Ok(Self::Text("$".to_owned()));
        }
        Slot::parse(inner).map(Self::Slot)
    }
}

impl Slot {
    fn parse(text: &str) -> Result<Self> {
        let mut parts = text.split('|');
        let head = parts.next().unwrap_or_default();
        let filters = parts.map(Filter::parse).collect::<Result<_>>()?;
        let (mark, head) = match head.chars().next() {
            Some('+') => (Some(Mark::Credential), &head[1..]),
            Some('-') => (Some(Mark::LookAlike), &head[1..]),
            Some('?') => (Some(Mark::Either), &head[1..]),
            _ => (None, head),
        };
        let (name, head) = match head.split_once('=') {
            Some((name, rest)) => (Some(name.to_owned()), rest),
            None => (None, head),
        };
        let (symbol, category) = match head.split_once('/') {
            Some((symbol, category)) => (symbol, Some(category.to_owned())),
            None => (head, None),
        };
        Ok(Self { mark, name, symbol: Symbol::parse(symbol)?, category, filters })
    }
}

impl Symbol {
    fn parse(text: &str) -> Result<Self> {
        let Some((class, bounds)) = text.split_once(':') else {
            if text.is_empty() {
                bail!("no symbol");
            }
            return Ok(Self::Name(text.to_owned()));
        };
        let (low, high) = bounds.split_once('-').unwrap_or((bounds, bounds));
        let (low, high) = (low.parse()?, high.parse()?);
        if high < low {
            bail!("{high} is less than {low}");
        }
        if class == "number" {
            return Ok(Self::Number { low, high });
        }
        let known = CLASSES.iter().find(|(name, _)| *name == class);
        let (_, alphabet) = known.with_context(|| format!("no class {class}"))?;
        Ok(Self::Class { alphabet, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_has_mark_name_symbol_category_and_filters() {
        let phrase = Phrase::parse("a ${?again=pass/Auth|upper} b").expect("valid");
        let slot = phrase.slots().next().expect("one slot");
        assert_eq!(slot.mark, Some(Mark::Either));
        assert_eq!(slot.name.as_deref(), Some("again"));
        assert_eq!(slot.symbol, Symbol::Name("pass".into()));
        assert_eq!(slot.category.as_deref(), Some("Auth"));
        assert_eq!(slot.filters, [Filter::Upper]);
        assert_eq!(phrase.0.len(), 3);
    }

    #[test]
    fn a_dollar_writes_itself() {
        let phrase = Phrase::parse("${dollar}{VAR} $${word}").expect("valid");
        assert_eq!(phrase.0[..2], [Piece::Text("$".into()), Piece::Text("{VAR} $".into())]);
        assert_eq!(phrase.slots().count(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["${open", "${}", "${hex:x}", "${hex:9-2}", "${klingon:3}", "${word|sideways}"] {
            assert!(Phrase::parse(text).is_err(), "{text}");
        }
    }
}
