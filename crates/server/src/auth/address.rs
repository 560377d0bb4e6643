//! Where a request came from.

use std::{net::IpAddr, str::FromStr};

use axum::http::HeaderMap;
use serde::Deserialize;

/// The header in which proxies say whom they speak for, the nearest last.
const FORWARDED: &str = "x-forwarded-for";
/// Addresses of that header that are looked at.
const HOPS_MAX: usize = 16;

/// A range of addresses: `10.0.0.0/8`, `::1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AddressRange {
    first: IpAddr,
    bits: u8,
}

/// A text that is no range of addresses.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a range of addresses: expected 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32")]
pub struct RangeError;

impl FromStr for AddressRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let first: IpAddr = address.parse().map_err(|_| RangeError)?;
        let bits_max = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(bits_max), str::parse).map_err(|_| RangeError)?;
        if bits > bits_max { Err(RangeError) } else { Ok(Self { first, bits }) }
    }
}

impl TryFrom<String> for AddressRange {
    type Error = RangeError;

    fn try_from(text: String) -> Result<Self, RangeError> {
        text.parse()
    }
}

impl AddressRange {
    /// The range of one address.
    pub fn of(address: IpAddr) -> Self {
        Self { first: address, bits: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                u32::from(first) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                u128::from(first) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}

/// The address a request came from: that of the connection, or what a trusted proxy says. Of several proxies only what trusted ones added is
/// believed; whatever stands before that, the client may have written itself.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[AddressRange]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|range| range.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(client) {
        return client;
    }
    let lines: Vec<&str> =
        headers.get_all(FORWARDED).into_iter().filter_map(|line| line.to_str().ok()).collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).take(HOPS_MAX);
    for hop in hops {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { return client };
        client = address.to_canonical();
        if !is_trusted(client) {
            return client;
        }
    }
    client
}

/// What counts as one client: an IPv4 address, or the /64 that one subscriber of IPv6 has.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::from((u128::from(address) >> 64 << 64).to_be_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "::1", "127.0.0.1/32"].map(|range| range.parse().expect("a range"));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED, line.parse().expect("a header"));
        }
        client(ip(peer), &headers, &trusted).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_added_is_believed() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.7"]), "192.0.2.1", "not a proxy of ours");
        assert_eq!(seen("10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &["1.1.1.1, 198.51.100.7", "10.9.9.9"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &["1.1.1.1, nonsense"]), "10.1.2.3");
        assert_eq!(seen("::ffff:127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(seen("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn ranges_are_read_strictly() {
        for text in ["10.0.0.0/33", "::/129", "10.0.0/8", "", "10.0.0.0/-1"] {
            assert_eq!(text.parse::<AddressRange>(), Err(RangeError), "{text}");
        }
        let all: AddressRange = "0.0.0.0/0".parse().expect("a range");
        assert!(all.contains(ip("203.0.113.9")) && !all.contains(ip("2001:db8::1")));
        assert_eq!(household(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
    }
}
