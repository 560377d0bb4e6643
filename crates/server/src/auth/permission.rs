//! Who may do what, in one table for people and one for tokens.

use std::fmt;

use stanch_store::{Role, Scope};

/// Something one must be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Sees leaks, incidents, boards and figures of the origins one may see.
    ReadLeaks,
    /// Sees what helps whoever has found a secret: previews, lines beside it, its blast radius. Each such read is an event.
    ReadSensitive,
    /// Sees the audit trail, which knows no teams: a handler asks for the sight of everything as well.
    ReadTrail,
    /// Works on incidents: acknowledges, takes, notes, ticks off.
    Respond,
    /// Decides in incidents: closes, dismisses, splits, approves exceptions and what cannot be undone.
    Command,
    /// Manages people, teams, tokens and channels.
    Administer,
    /// Sends findings.
    Ingest,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 7] = [
        Self::ReadLeaks,
        Self::ReadSensitive,
        Self::ReadTrail,
        Self::Respond,
        Self::Command,
        Self::Administer,
        Self::Ingest,
    ];

    /// The name used in problems.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadLeaks => "read-leaks",
            Self::ReadSensitive => "read-sensitive",
            Self::ReadTrail => "read-trail",
            Self::Respond => "respond",
            Self::Command => "command",
            Self::Administer => "administer",
            Self::Ingest => "ingest",
        }
    }

    /// What a role may do.
    pub fn of_role(role: Role) -> &'static [Self] {
        match role {
            Role::Viewer => &[Self::ReadLeaks],
            Role::Responder => &[Self::ReadLeaks, Self::ReadSensitive, Self::Respond],
            Role::Commander => {
                &[Self::ReadLeaks, Self::ReadSensitive, Self::ReadTrail, Self::Respond, Self::Command]
            }
            Role::Admin => &[
                Self::ReadLeaks,
                Self::ReadSensitive,
                Self::ReadTrail,
                Self::Respond,
                Self::Command,
                Self::Administer,
            ],
        }
    }

    /// What a scope may be used for. Sending findings is a scope of its own: what sits in every pipeline reads nothing.
    pub fn of_scope(scope: Scope) -> &'static [Self] {
        match scope {
            Scope::Ingest => &[Self::Ingest],
            Scope::Read => &[Self::ReadLeaks],
            Scope::Respond => &[Self::ReadLeaks, Self::ReadSensitive, Self::Respond],
            Scope::Admin => Self::of_role(Role::Admin),
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
