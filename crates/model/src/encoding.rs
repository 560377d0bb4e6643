//! How a secret was written down, where it does not stand there as it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A reversible way to write bytes as other bytes. None of them hides anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Base64, also with the signs of URLs. Source: RFC 4648, sections 4 and 5.
    Base64,
    /// Two hexadecimal digits a byte. Source: RFC 4648, section 8.
    Hex,
    /// `%67`. Source: RFC 3986, section 2.1.
    Percent,
    /// `\u0067` and `\x67`, as in JSON and most languages. Source: RFC 8259, section 7.
    Escape,
    /// `&#103;`. Source: the HTML standard, section 13.1.4.
    Entity,
    /// A gzip stream. Source: RFC 1952.
    Gzip,
    /// A zlib stream. Source: RFC 1950.
    Zlib,
}

impl Encoding {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Percent => "percent",
            Self::Escape => "escape",
            Self::Entity => "entity",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
