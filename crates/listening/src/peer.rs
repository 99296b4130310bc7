//! The other end of a request: the client's address, and the scheme and host that it asked for; as the
//! connection says, or, where the connection comes from a trusted proxy, as the proxy says.

use super::network::Network;
use axum::{
    extract::{ConnectInfo, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

/// Marks requests that came over TLS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encrypted;

/// Marks requests for which there was no room, and which get only what takes none.
#[derive(Debug, Clone, Copy)]
pub struct Spare;

/// The other end of a request.
#[derive(Debug, Clone, Default)]
pub struct Peer {
    /// The client's address, where it is known.
    pub address: Option<IpAddr>,
    /// True where the client's connection, to us or to the proxy before us, is encrypted.
    pub is_https: bool,
    /// The host, and the port if it is not the usual one, that the client asked for; in lower case.
    host: Option<String>,
    /// True where the page may stand in a frame of another site, to which browsers send no cookie that is not made for it.
    pub is_framed: bool,
    /// Path that cookies are for; empty for all of the host.
    pub cookie_path: String,
    /// True where the request names this machine as its host, and no proxy speaks for another.
    is_for_this_machine: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

impl Peer {
    /// The other end of `request`, which came over a connection or, in a test, over none.
    pub fn of(request: &Request, trusted: &[Network]) -> Self {
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
            is_for_this_machine: is_for_this_machine(request),
            ..Self::default()
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
    pub fn is_origin(&self, origin: &str) -> bool {
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

    /// `https://host:port`, as the client asked for it, if it did.
    pub fn site(&self) -> Option<String> {
        let scheme = if self.is_https { "https" } else { "http" };
        let host = self.host.as_ref()?;
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        host.chars()
            .all(is_host)
            .then(|| format!("{scheme}://{host}"))
    }

    /// True where the client is on this machine, and nobody speaks for another: neither a proxy nor a page of another
    /// site, whose name may have been made to lead here.
    pub fn is_local(&self) -> bool {
        self.is_for_this_machine && self.address.is_some_and(|address| address.is_loopback())
    }
}

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";

/// Headers by which proxies tell of their clients; also all that begin with [`FORWARDED`].
const OF_PROXIES: [&str; 14] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-original-host",
    "x-original-url",
    "x-envoy-external-address",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "x-proxyuser-ip",
    "client-ip",
];
const FORWARDED: &str = "x-forwarded";

fn is_for_this_machine(request: &Request) -> bool {
    let headers = request.headers();
    let is_of_proxy = |name: &str| name.starts_with(FORWARDED) || OF_PROXIES.contains(&name);
    let is_forwarded = headers.keys().any(|name| is_of_proxy(name.as_str()));
    let mut hosts = headers.get_all(header::HOST).into_iter();
    !is_forwarded
        && hosts.all(|host| host.to_str().is_ok_and(names_this_machine))
        && request.uri().host().is_none_or(names_this_machine)
}

/// True for `localhost`, `127.0.0.1` and `[::1]`, with a port or without.
fn names_this_machine(host: &str) -> bool {
    match address(host) {
        Some(address) => address.is_loopback(),
        None => {
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            name.eq_ignore_ascii_case("localhost")
        }
    }
}

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
    fn a_request_is_of_this_machine_only_if_nobody_speaks_for_another() {
        let request = |headers: &[(&str, &str)]| {
            let mut request = Request::builder();
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            is_for_this_machine(&request.body(Body::empty()).unwrap())
        };
        for host in [
            "localhost",
            "LOCALHOST:6900",
            "127.0.0.1:6900",
            "[::1]:6900",
            "127.1.2.3",
            "[::1]",
        ] {
            assert!(request(&[("host", host)]), "{host}");
        }
        for host in [
            "exam.example",
            "localhost.evil.example:6900",
            "192.0.2.7",
            "",
            "localhost@evil.example",
        ] {
            assert!(!request(&[("host", host)]), "{host}");
        }
        assert!(request(&[]));
        assert!(!request(&[("host", "localhost"), ("host", "evil.example")]));
        for name in OF_PROXIES
            .into_iter()
            .chain([FOR, PROTO, HOST, "x-forwarded-server"])
        {
            assert!(
                !request(&[("host", "localhost"), (name, "127.0.0.1")]),
                "{name}"
            );
        }
        let absolute = Request::get("http://evil.example/metrics").body(Body::empty());
        assert!(!is_for_this_machine(&absolute.unwrap()));
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
}
