//! The hooks of Git that Stanch sets up.

use std::fmt;

use clap::ValueEnum;

use super::repository::Kind;

/// A hook, by the name Git gives it: <https://git-scm.com/docs/githooks>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Hook {
    /// Looks at what is staged
    PreCommit,
    /// Looks at the commits that are about to leave
    PrePush,
    /// Looks at the message of a commit
    CommitMsg,
    /// Looks at what a server receives, before it is accepted
    PreReceive,
}

impl Hook {
    /// Every hook, in the order in which they are told.
    pub(super) const ALL: [Self; 4] = [Self::PreCommit, Self::PrePush, Self::CommitMsg, Self::PreReceive];

    /// The hooks that make sense where nothing else is asked for.
    pub(super) fn usual(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::WorkTree => &[Self::PreCommit, Self::PrePush, Self::CommitMsg],
            Kind::Bare => &[Self::PreReceive],
        }
    }

    /// The name of its file, and of the command it runs.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrePush => "pre-push",
            Self::CommitMsg => "commit-msg",
            Self::PreReceive => "pre-receive",
        }
    }

    /// What follows `stanch` in a shell that has the arguments of the hook.
    pub(super) fn call(self) -> &'static str {
        match self {
            Self::PreCommit => "guard pre-commit",
            Self::PrePush => r#"guard pre-push "$@""#,
            Self::CommitMsg => r#"guard commit-msg "$1""#,
            Self::PreReceive => "guard pre-receive",
        }
    }

    /// Whether Git tells it something on standard input, which can be read only once.
    pub(super) fn reads_input(self) -> bool {
        matches!(self, Self::PrePush | Self::PreReceive)
    }

    /// What does not happen where the hook fails.
    pub(super) fn stops(self) -> &'static str {
        match self {
            Self::PreCommit | Self::CommitMsg => "commit",
            Self::PrePush | Self::PreReceive => "push",
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
