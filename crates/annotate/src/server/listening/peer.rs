//! The other end of a request: the client's address, and the scheme and host that it asked for; as the
//! connection says, or, where the connection comes from a trusted proxy, as the proxy says.

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use ipnet::IpNet;
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// Marks requests that came over TLS.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Encrypted;

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
    fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

/// The other end of a request.
#[derive(Debug, Clone, Default)]
pub(in crate::server) struct Peer {
    /// The client's address, where it is known.
    pub(in crate::server) address: Option<IpAddr>,
    /// True where the client's connection, to us or to the proxy before us, is encrypted.
    pub(in crate::server) is_https: bool,
    /// The host, and the port if it is not the usual one, that the client asked for; in lower case.
    host: Option<String>,
    /// True where a proxy stands between, trusted or not.
    is_forwarded: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

impl Peer {
    /// The other end of `request`, which came over a connection or, in a test, over none.
    pub(in crate::server) fn of(request: &Request, trusted: &[Network]) -> Self {
        let (headers, extensions) = (request.headers(), request.extensions());
        let connected = extensions
            .get()
            .map(|ConnectInfo::<SocketAddr>(address)| address.ip().to_canonical());
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        let mut peer = Self {
            address: connected,
            is_https: extensions.get::<Encrypted>().is_some(),
            host: headers
                .get(header::HOST)
                .and_then(|host| host.to_str().ok())
                .map(str::to_owned),
            is_forwarded: headers.contains_key(FOR) || headers.contains_key(header::FORWARDED),
        };
        if let Some(address) = connected
            && is_trusted(address)
        {
            peer.address = Some(client_behind(address, headers, is_trusted));
            peer.is_https = last(headers, PROTO)
                .map_or(peer.is_https, |scheme| scheme.eq_ignore_ascii_case("https"));
            peer.host = last(headers, HOST).map(str::to_owned).or(peer.host);
        }
        peer.host = peer.host.map(|host| authority(&host, peer.is_https));
        peer
    }

    /// True where a browser's `Origin` is the site that the request went to. Where the connection is not known to be
    /// encrypted, a proxy that was not named may have done it, so that both schemes are good.
    pub(in crate::server) fn is_origin(&self, origin: &str) -> bool {
        let Some((scheme, rest)) = origin.split_once("://") else {
            return false;
        };
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && (self.is_https || !scheme.eq_ignore_ascii_case("http")) {
            return false;
        }
        self.host
            .as_deref()
            .is_some_and(|host| host == authority(rest, is_https))
    }

    /// True where the client is on this machine, and nobody speaks for another.
    pub(in crate::server) fn is_local(&self) -> bool {
        !self.is_forwarded && self.address.is_some_and(|address| address.is_loopback())
    }
}

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";

/// The address before the trusted proxies: each has added whom it spoke to at the end of the list, and what stands before
/// the first that is not trusted may be invented.
fn client_behind(
    proxy: IpAddr,
    headers: &HeaderMap,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let lists: Vec<&str> = headers
        .get_all(FOR)
        .into_iter()
        .filter_map(|list| list.to_str().ok())
        .collect();
    let mut client = proxy;
    for hop in lists.iter().rev().flat_map(|list| list.rsplit(',')) {
        let Some(address) = address(hop.trim()) else {
            break;
        };
        client = address;
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    text.parse()
        .or_else(|_| with_port())
        .ok()
        .or_else(bracketed)
        .map(|address: IpAddr| address.to_canonical())
}

/// The last of the values, which the nearest proxy wrote.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers
        .get_all(name)
        .into_iter()
        .next_back()?
        .to_str()
        .ok()?;
    value
        .rsplit(',')
        .next()
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

/// A host in lower case, without the port that its scheme has anyway.
fn authority(host: &str, is_https: bool) -> String {
    let host = host.to_ascii_lowercase();
    let usual = if is_https { ":443" } else { ":80" };
    host.strip_suffix(usual).unwrap_or(&host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    const CONNECTED: &str = "10.0.0.1";

    fn peer(trusted: &[&str], headers: &[(&str, &str)]) -> Peer {
        let mut request = Request::builder().header("host", "Inside:6900");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let connected = SocketAddr::new(CONNECTED.parse().unwrap(), 4711);
        request.extensions_mut().insert(ConnectInfo(connected));
        let trusted: Vec<Network> = trusted
            .iter()
            .map(|network| network.parse().unwrap())
            .collect();
        Peer::of(&request, &trusted)
    }

    fn client(trusted: &[&str], forwarded_for: &str) -> String {
        peer(trusted, &[(FOR, forwarded_for)])
            .address
            .unwrap()
            .to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let told = [(FOR, "192.0.2.7"), (PROTO, "https"), (HOST, "exam.example")];
        for trusted in [&[][..], &["10.0.0.2", "192.168.0.0/16"]] {
            let peer = peer(trusted, &told);
            assert_eq!(
                (peer.address.unwrap().to_string().as_str(), peer.is_https),
                (CONNECTED, false)
            );
            assert!(
                peer.is_origin("http://inside:6900") && !peer.is_origin("https://exam.example")
            );
        }
        let peer = peer(&["10.0.0.0/24"], &told);
        assert_eq!(
            (peer.address.unwrap().to_string().as_str(), peer.is_https),
            ("192.0.2.7", true)
        );
        assert!(
            peer.is_origin("https://exam.example") && peer.is_origin("https://exam.example:443")
        );
        for foreign in [
            "http://exam.example",
            "https://inside:6900",
            "https://exam.example:8443",
            "null",
            "",
        ] {
            assert!(!peer.is_origin(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_client_cannot_invent_its_address() {
        // What the client sent itself stands before what the proxies added.
        assert_eq!(client(&["10.0.0.0/8"], "1.2.3.4, 192.0.2.7"), "192.0.2.7");
        assert_eq!(
            client(&["10.0.0.0/8"], "1.2.3.4, 192.0.2.7, 10.0.0.9"),
            "192.0.2.7"
        );
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.8, 10.0.0.9"), "10.0.0.8");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.7, unknown"), CONNECTED);
        assert_eq!(client(&["10.0.0.0/8"], ""), CONNECTED);
        assert_eq!(client(&["10.0.0.1"], "[2001:db8::1]:443"), "2001:db8::1");
        assert_eq!(client(&["10.0.0.1"], "192.0.2.7:5000"), "192.0.2.7");
        assert_eq!(client(&["10.0.0.1"], "::ffff:192.0.2.7"), "192.0.2.7");
        let twice = [
            (FOR, "1.2.3.4"),
            (FOR, "192.0.2.7"),
            (PROTO, "http"),
            (PROTO, "https"),
        ];
        let peer = peer(&[CONNECTED], &twice);
        assert_eq!(
            (peer.address.unwrap().to_string().as_str(), peer.is_https),
            ("192.0.2.7", true)
        );
    }

    #[test]
    fn networks_are_read() {
        for text in ["10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8"] {
            text.parse::<Network>().unwrap();
        }
        for text in ["", "example.org", "10.0.0.0/33"] {
            text.parse::<Network>().unwrap_err();
        }
    }
}
