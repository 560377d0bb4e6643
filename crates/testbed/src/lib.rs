//! Real servers for tests: each is started by the test that needs it, on 127.0.0.1 with a free port and a temporary folder, and ends with it, however
//! the test ends. Only for `[dev-dependencies]`.
//!
//! - [`Postgres`]: PostgreSQL from Debian's package.
//! - [`free_port`]: a port nobody listens on.

mod leash;
mod port;
mod postgres;

pub use leash::Leash;
pub use port::free_port;
pub use postgres::Postgres;
