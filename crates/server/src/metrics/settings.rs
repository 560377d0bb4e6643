//! `[metrics]`: who may read them without a token.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

use crate::auth::AddressRange;

/// Who may read metrics without a token.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// Addresses or ranges; if nothing is said, this machine, unless a proxy stands before the server, for which all requests come from there.
    allow: Option<Vec<AddressRange>>,
}

/// How requests reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// As they are.
    Direct,
    /// Through a proxy, which may be on this machine.
    Proxy,
}

impl MetricsSettings {
    /// The same, with what holds if nothing is said.
    #[must_use]
    pub fn or_local(mut self, front: Front) -> Self {
        if self.allow.is_none() {
            self.allow = Some(match front {
                Front::Direct => vec![
                    AddressRange::of(IpAddr::V4(Ipv4Addr::LOCALHOST)),
                    AddressRange::of(IpAddr::V6(Ipv6Addr::LOCALHOST)),
                ],
                Front::Proxy => Vec::new(),
            });
        }
        self
    }

    /// Whether this address may read them.
    pub(crate) fn is_allowed(&self, address: IpAddr) -> bool {
        self.allow.iter().flatten().any(|range| range.contains(address))
    }
}
