//! Sends one event to one webhook, signed as <https://www.standardwebhooks.com> says; to private addresses only if allowed.
//! Tries once.

use crate::store::Webhook;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{Client, Url, redirect::Policy};
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};
use uuid::Uuid;

/// Longest time for a receiver to answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A delivery that failed.
#[derive(Debug, thiserror::Error)]
pub(in crate::server) enum NotDelivered {
    /// The address cannot be used.
    #[error("its address cannot be used")]
    Address,
    /// Nobody has this name.
    #[error("its host cannot be found")]
    NoHost,
    /// The address is private.
    #[error("its host is at a private address, and webhooks may not go there")]
    Private,
    /// The receiver cannot be reached, or takes too long.
    #[error("it cannot be reached, or does not answer in time")]
    Unreachable(#[source] reqwest::Error),
    /// The receiver refused.
    #[error("it answered with status {0}")]
    Refused(u16),
}

/// The body that a webhook gets.
pub(in crate::server) struct Envelope<'a> {
    /// Its id; the same each time it is tried.
    pub(in crate::server) id: Uuid,
    /// The event.
    pub(in crate::server) event: &'a str,
    /// Time of the event.
    pub(in crate::server) at: Timestamp,
    /// To what.
    pub(in crate::server) data: &'a Value,
}

/// Sends `{"type", "version", "timestamp", "data"}`.
pub(in crate::server) async fn deliver(
    webhook: &Webhook,
    envelope: &Envelope<'_>,
    now: Timestamp,
    allow_private: bool,
) -> Result<(), NotDelivered> {
    let (event, at, data) = (envelope.event, envelope.at.to_string(), envelope.data);
    let body = json!({"type": event, "version": 1, "timestamp": at, "data": data}).to_string();
    let id = format!("msg_{}", envelope.id.simple());
    let seconds = now.as_second().to_string();
    let url: Url = webhook.url.parse().map_err(|_| NotDelivered::Address)?;
    let host = url.host_str().ok_or(NotDelivered::Address)?.to_owned();
    let addresses = addresses(&url, &host, allow_private).await?;
    // Only the addresses that were checked: the name may resolve to others the next time.
    let client = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(TIMEOUT);
    let client = client
        .resolve_to_addrs(&host, &addresses)
        .build()
        .map_err(NotDelivered::Unreachable)?;
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header(
            "webhook-signature",
            signature(&webhook.secret, &id, &seconds, &body),
        )
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds)
        .body(body);
    let status = request
        .send()
        .await
        .map_err(NotDelivered::Unreachable)?
        .status();
    if status.is_success() {
        Ok(())
    } else {
        Err(NotDelivered::Refused(status.as_u16()))
    }
}

/// `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base 64, keyed by the decoded secret.
fn signature(secret: &str, id: &str, seconds: &str, body: &str) -> String {
    let key = STANDARD.decode(secret).unwrap_or_default();
    let mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    let mac = mac
        .chain_update(format!("{id}.{seconds}.{body}"))
        .finalize();
    format!("v1,{}", STANDARD.encode(mac.into_bytes()))
}

async fn addresses(
    url: &Url,
    host: &str,
    allow_private: bool,
) -> Result<Vec<SocketAddr>, NotDelivered> {
    let port = url.port_or_known_default().ok_or(NotDelivered::Address)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((host, port))
        .await
        .map_err(|_| NotDelivered::NoHost)?;
    let found: Vec<SocketAddr> = found.collect();
    if found.is_empty() {
        return Err(NotDelivered::NoHost);
    }
    if !allow_private && found.iter().any(|address| is_private(address.ip())) {
        return Err(NotDelivered::Private);
    }
    Ok(found)
}

/// True for an address of this machine, of its network, or of no machine at all.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => match address.to_ipv4() {
            Some(inner) => is_private_v4(inner),
            None => is_private_v6(address),
        },
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || first == 0
        || first >= 240
        // Shared between providers and customers (RFC 6598), protocols (RFC 6890), benchmarks (RFC 2544).
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 198 && (18..20).contains(&second))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        // NAT64 (RFC 6052) and 6to4 (RFC 3056) lead to IPv4 addresses.
        || matches!(address.segments(), [0x64, 0xff9b, ..] | [0x2002, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
        for address in [
            "93.184.215.14",
            "8.8.8.8",
            "100.63.0.1",
            "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        ] {
            assert!(!is_private(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn signatures_are_those_of_the_standard() {
        // The example of https://www.standardwebhooks.com's reference libraries.
        let signed = signature(
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
