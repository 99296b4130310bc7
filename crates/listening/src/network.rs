//! Networks, and addresses that one party holds together.

use ipnet::IpNet;
use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// A network, or one address: `10.0.0.0/8`, `127.0.0.1`, `fd00::/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

/// A text that is no network.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither an address nor a network (such as 10.0.0.0/8)")]
pub struct NoNetwork(String);

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let network = text
            .parse()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Self).map_err(|_| NoNetwork(text.to_owned()))
    }
}

impl Network {
    pub(super) fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

/// Addresses that belong to one party, as a rule: one in IPv4, a /64 in IPv6, of which every household has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Neighbours(IpAddr);

impl Neighbours {
    /// The address with all that one party has beside it.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address => address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read() {
        for text in ["10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8"] {
            text.parse::<Network>().unwrap();
        }
        for text in ["", "example.org", "10.0.0.0/33"] {
            text.parse::<Network>().unwrap_err();
        }
    }

    #[test]
    fn neighbours_share_a_64_in_ipv6_and_nothing_in_ipv4() {
        let of = |address: &str| Neighbours::of(address.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("::ffff:192.0.2.1"), of("::ffff:192.0.2.2"));
    }
}
