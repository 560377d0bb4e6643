//! Why an object cannot be read.

use gix::ObjectId;
use stanch_model::SkipReason;

/// Why one object of a repository cannot be read; each becomes a named skip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Damage {
    /// The entry lies beyond the end of its pack, or its header is not one.
    #[error("no object at offset {offset} of {pack}")]
    Header { pack: String, offset: u64 },
    /// The compressed bytes do not inflate to what the header states.
    #[error("compressed data of {size} stated bytes is damaged")]
    Inflate { size: u64 },
    /// The instructions of a delta contradict themselves or their base.
    #[error("delta is damaged: {0}")]
    Delta(#[from] DeltaError),
    /// The base of a delta is nowhere to be found.
    #[error("delta base {0} is missing")]
    NoBase(ObjectId),
    /// The bases of a delta form a circle, or more links than any writer makes.
    #[error("delta chain has no end")]
    Endless,
    /// The base of a delta could not be read.
    #[error("delta base could not be read: {0}")]
    Base(Box<Self>),
    /// More bytes than the limit allows.
    #[error("{size} bytes are more than the limit blob_bytes_max of {limit}")]
    TooLarge { size: u64, limit: u64 },
    /// A pack or its index that cannot be opened.
    #[error("pack: {0}")]
    Pack(String),
    /// An object that is no longer where it was listed.
    #[error("gone since it was listed")]
    Gone,
    /// A commit or tag that does not say what it leads to.
    #[error("does not say what it leads to")]
    Meaningless,
    /// A loose object that cannot be read.
    #[error("loose object: {0}")]
    Loose(String),
}

impl Damage {
    /// The name under which it is counted.
    pub(super) fn reason(&self) -> SkipReason {
        match self {
            Self::TooLarge { .. } => SkipReason::TooLarge,
            Self::Base(base) => base.reason(),
            _ => SkipReason::Corrupt,
        }
    }

    /// The damage of an object whose base has this damage; does not nest, however long the chain.
    pub(super) fn of_base(self) -> Self {
        match self {
            Self::Base(_) => self,
            other => Self::Base(Box::new(other)),
        }
    }
}

/// What is wrong with the instructions of a delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DeltaError {
    /// The instructions stop within an instruction.
    #[error("instructions are cut short")]
    CutShort,
    /// An instruction that means nothing.
    #[error("instruction 0 is reserved")]
    Reserved,
    /// A copy from beyond the end of the base.
    #[error("copies beyond the end of its base")]
    BeyondBase,
    /// Fewer or more bytes than the header promises.
    #[error("makes another number of bytes than it states")]
    Length,
    /// Made for a base of another size.
    #[error("was made for a base of another size")]
    OtherBase,
}
