//! Servers of others, which tests start for themselves and which end with them.

use std::{
    net::TcpListener,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use stanch_testbed::Leash;

/// Where Debian has servers.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A server, with the port it listens on. It ends with this.
pub(crate) struct Sidecar {
    /// Ends it, also where the tests are ended before they could.
    leash: Option<Leash>,
    child: Child,
    pub(crate) port: u16,
}

impl Sidecar {
    /// Starts `command` with a socket in the place of its standard input, which listens already: what connects before the
    /// server is ready waits for it.
    pub(crate) fn with_socket(command: &mut Command) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let child = start(command.stdin(OwnedFd::from(listener)).stdout(Stdio::null()).stderr(Stdio::null()));
        Self::of(child, port)
    }

    /// A server that chose its port itself.
    pub(crate) fn of(child: Child, port: u16) -> Self {
        let leash = Some(Leash::run_at_end(&format!("kill -KILL {}", child.id())));
        Self { leash, child, port }
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        drop(self.leash.take());
        // One that ended by itself is gone already.
        let _ = self.child.wait();
    }
}

/// Starts `command`.
pub(crate) fn start(command: &mut Command) -> Child {
    let child = command.env("PATH", PATH).spawn();
    child.unwrap_or_else(|error| {
        panic!("{}, which cargo xtask test installs: {error}", command.get_program().display())
    })
}

/// The Python that has the servers of PyPI.
pub(crate) fn python() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/venv/bin/python")).to_owned()
}
