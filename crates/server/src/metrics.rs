//! What is told to Prometheus: counters of this process, and numbers of the register, which are read at most every fifteen seconds.
//!
//! No label holds a preview, a path or a title. Names of origins and images are told, of the first fifty each, so `/metrics` is for those only who
//! may see everything, and for addresses that the settings name.

mod endpoint;
mod facts;
mod family;
mod meters;
mod page;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::{Front, MetricsSettings};

pub(crate) use endpoint::get_metrics;
pub(crate) use facts::Facts;
pub(crate) use meters::{Asked, Meters};
