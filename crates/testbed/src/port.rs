//! Ports for servers that cannot choose one themselves.

use std::net::TcpListener;

/// A port of 127.0.0.1 that nobody listens on at this moment.
///
/// # Panics
///
/// If there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
