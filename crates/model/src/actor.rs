//! Who did something.

use serde::{Deserialize, Serialize};

/// Who did something: every event names one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// The user's or token's name; of Stanch itself the part that acted, such as `ingestion`.
    pub name: String,
}

impl Actor {
    /// Stanch itself, by the part that acted.
    pub fn stanch(part: &str) -> Self {
        Self { kind: ActorKind::Stanch, name: part.to_owned() }
    }
}

/// A kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    /// A person who is logged in.
    User,
    /// A program with an API token.
    Token,
    /// Another service, by a signed message.
    Service,
    /// Stanch itself.
    Stanch,
    /// Somebody at the command line of the server's machine.
    Console,
}

impl ActorKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::User, Self::Token, Self::Service, Self::Stanch, Self::Console];

    /// The name used in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Token => "token",
            Self::Service => "service",
            Self::Stanch => "stanch",
            Self::Console => "console",
        }
    }
}
