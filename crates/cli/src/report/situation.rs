//! What the place of a secret means for what to do about it.

use stanch_model::{Provenance, SecretGroup, Step};

/// Where a secret stands, the easiest to clean up first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Situation {
    /// It went through a stream.
    Stream,
    /// In a file on disk.
    File,
    /// Staged for the next commit.
    Staged,
    /// In a Git object that no reference reaches.
    Unreachable,
    /// In the history of a repository.
    History,
}

impl Situation {
    /// Of one place.
    pub(crate) fn of(provenance: &Provenance) -> Self {
        let of_step = |step: &Step| match step {
            Step::Repository { .. } | Step::Commit { .. } | Step::Object { .. } => Self::History,
            Step::Unreachable => Self::Unreachable,
            Step::Index => Self::Staged,
            Step::Directory { .. } => Self::File,
            Step::Stdin | Step::Layer { .. } | Step::Job { .. } | Step::Path { .. } | Step::Text { .. } => {
                Self::Stream
            }
        };
        let steps = &provenance.0;
        let special = steps.iter().find(|step| matches!(step, Step::Unreachable | Step::Index));
        special.map_or_else(|| steps.iter().map(of_step).max().unwrap_or(Self::Stream), of_step)
    }

    /// Of all places of a secret: the one that is hardest to clean up.
    pub(crate) fn of_all(secret: &SecretGroup<'_>) -> Self {
        secret.findings.iter().map(|finding| Self::of(&finding.provenance)).max().unwrap_or(Self::Stream)
    }

    /// What to say of the place itself, where the path does not say it all.
    pub(crate) fn remark(self) -> Option<&'static str> {
        match self {
            Self::Staged => Some("staged, not committed yet"),
            Self::Unreachable => Some("in an object that no branch or tag reaches"),
            Self::Stream | Self::File | Self::History => None,
        }
    }

    /// Where the secret is, after `1 secret`.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::History => "in Git history",
            Self::Unreachable => "in an object that no branch or tag reaches",
            Self::Staged => "staged",
            Self::File => "in a file",
            Self::Stream => "in a stream",
        }
    }

    /// What to do, in order.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::History => {
                "Rotate it first: it is in Git history, every clone has it, and deleting the line does not take it back. \
                 Then move the new value to a secret store and clean up."
            }
            Self::Unreachable => {
                "Rotate it if the object ever left this machine. Then let Git drop the object: expire the reflog and prune."
            }
            Self::Staged => {
                "Unstage it and take it out of the file before you commit; keep the value in a secret store."
            }
            Self::File => {
                "Take it out of the file and keep it in a secret store. \
                 If the file was ever shared, copied or committed, rotate it first."
            }
            Self::Stream => {
                "If this text was stored or shared, rotate the secret; then stop it from being written."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(steps: &[Step]) -> Situation {
        Situation::of(&Provenance(steps.to_vec()))
    }

    #[test]
    fn the_step_that_decides_wins() {
        let repository = Step::Repository { path: ".".to_owned() };
        let path = Step::Path { path: "a".to_owned() };
        assert_eq!(of(&[repository.clone(), Step::Index, path.clone()]), Situation::Staged);
        assert_eq!(of(&[repository.clone(), Step::Unreachable, path.clone()]), Situation::Unreachable);
        assert_eq!(of(&[repository, path.clone()]), Situation::History);
        assert_eq!(of(&[Step::Directory { path: ".".to_owned() }, path]), Situation::File);
        assert_eq!(of(&[Step::Stdin]), Situation::Stream);
    }
}
