//! What is worked out about a pattern before anything is scanned: where its rarest bytes stand, how long its matches
//! are, where the secret lies within them.
//!
//! This module is also compiled into the build script, which analyses the embedded rules, so that a start-up decodes
//! plans instead of making them. It therefore names nothing of the crate outside itself.

pub(crate) mod byte_set;
mod frequent;
pub(crate) mod plan;
pub(crate) mod sequence;
pub(crate) mod window;
