//! One-time passwords by time: RFC 6238 over RFC 4226, with SHA-1, six digits and steps of 30 s, which is what
//! authenticators take for granted.

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use rand::RngExt;
use sha1::Sha1;

/// Seconds of a step.
const STEP: u64 = 30;
/// Digits of a code.
const DIGITS: u32 = 6;
/// Bytes of a secret: as many as the hash has.
const SECRET_BYTES: usize = 20;
/// The digits of base 32 (RFC 4648).
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret, in base 32.
pub(crate) fn new_secret() -> String {
    let bytes: [u8; SECRET_BYTES] = rand::rng().random();
    base32(&bytes)
}

/// The address that authenticators read from a picture: a secret, and what it is for.
pub(crate) fn address(secret: &str, username: &str) -> String {
    let escaped: String = username
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("otpauth://totp/Examen:{escaped}?secret={secret}&issuer=Examen")
}

/// The step whose code this is: of now, or one before or after it, since clocks differ. A step up to `used` does not count.
pub(crate) fn step_of(secret: &str, code: &str, now: Timestamp, used: u64) -> Option<u64> {
    let code = code.trim();
    let secret = bytes(secret)?;
    let present = u64::try_from(now.as_second()).ok()? / STEP;
    let is_of = |step: &u64| {
        let expected = password(&secret, *step, DIGITS);
        format!("{expected:0width$}", width = DIGITS as usize) == code
    };
    (present.saturating_sub(1)..=present + 1)
        .filter(|step| *step > used)
        .find(is_of)
}

/// The one-time password of a counter (RFC 4226, section 5.3).
fn password(secret: &[u8], counter: u64, digits: u32) -> u32 {
    let mac = <Hmac<Sha1> as hmac::KeyInit>::new_from_slice(secret);
    let mac = mac
        .expect("HMAC takes keys of any length")
        .chain_update(counter.to_be_bytes())
        .finalize()
        .into_bytes();
    let offset = usize::from(mac[mac.len() - 1] & 0xf);
    let four = std::array::from_fn(|index| mac[offset + index]);
    (u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(digits)
}

/// Bytes in base 32, five bits a digit; a length that is no multiple of five would need padding.
fn base32(bytes: &[u8]) -> String {
    let (mut text, mut bits, mut n_bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        n_bits += 8;
        while n_bits >= 5 {
            n_bits -= 5;
            text.push(char::from(ALPHABET[((bits >> n_bits) & 31) as usize]));
        }
    }
    text
}

/// The bytes of a text in base 32.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut n_bits) = (Vec::new(), 0_u32, 0);
    for digit in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == digit)?;
        bits = (bits << 5) | u32::try_from(value).ok()?;
        n_bits += 5;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push(((bits >> n_bits) & 255) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the examples in the RFCs.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, the rows of SHA-1.
        for (second, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(password(SECRET, second / STEP, 8), expected, "{second}");
        }
    }

    #[test]
    fn the_codes_are_those_of_rfc_4226() {
        // Appendix D.
        let expected = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871,
            520_489,
        ];
        for (counter, expected) in (0..).zip(expected) {
            assert_eq!(password(SECRET, counter, 6), expected, "{counter}");
        }
    }

    #[test]
    fn base_32_is_that_of_rfc_4648() {
        for (text, expected) in [
            ("fooba", "MZXW6YTB"),
            ("12345678901234567890", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        ] {
            assert_eq!(base32(text.as_bytes()), expected);
            assert_eq!(bytes(expected).unwrap(), text.as_bytes());
        }
        assert_eq!(bytes("a1"), None);
        assert_eq!(new_secret().len(), 32);
    }

    #[test]
    fn a_code_counts_for_its_step_and_its_neighbours_and_once() {
        let secret = base32(SECRET);
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        // The code of second 59 is that of step 1.
        for (second, expected) in [
            (59, Some(1)),
            (30, Some(1)),
            (89, Some(1)),
            (90, None),
            (0, Some(1)),
        ] {
            assert_eq!(
                step_of(&secret, "287082", at(second), 0),
                expected,
                "{second}"
            );
        }
        assert_eq!(step_of(&secret, " 287082 ", at(59), 0), Some(1));
        assert_eq!(step_of(&secret, "287082", at(59), 1), None);
        assert_eq!(step_of(&secret, "87082", at(59), 0), None);
        assert_eq!(step_of(&secret, "", at(59), 0), None);
    }

    #[test]
    fn the_address_names_the_user() {
        let address = address("ABC", "María & Co");
        assert_eq!(
            address,
            "otpauth://totp/Examen:Mar%C3%ADa%20%26%20Co?secret=ABC&issuer=Examen"
        );
    }
}
