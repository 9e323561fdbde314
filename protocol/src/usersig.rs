//! UserSig: make and verify (`contract/usersig.md`).

use crate::{ErrorCode, SdkAppId, limits};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, bufread::ZlibDecoder, write::ZlibEncoder};
use ring::{hmac, signature};
use serde_json::{Map, Value, json};
use std::io::{Read as _, Write as _};

/// What an application checks UserSigs with.
#[derive(Clone)]
pub enum VerifyKey {
    /// Secret key of the current format, used as text, never hex-decoded.
    Hmac(String),
    /// Public key of the legacy format: uncompressed point on P-256.
    Ecdsa(Vec<u8>),
    /// A legacy application that has no public key on record.
    None,
}

impl std::fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hmac(_) => "VerifyKey::Hmac(..)",
            Self::Ecdsa(_) => "VerifyKey::Ecdsa(..)",
            Self::None => "VerifyKey::None",
        })
    }
}

impl VerifyKey {
    /// Reads the public key of a legacy application from its PEM text (SPKI, prime256v1).
    pub fn from_public_pem(pem: &str) -> Result<Self, SigError> {
        let text: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
        let der = STANDARD.decode(text).map_err(|_| SigError::NoPublicKey)?;
        // SPKI of a P-256 key: a fixed header of 26 bytes, then the point 04 x y.
        const HEADER: &[u8] = &[
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
            0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        match der.strip_prefix(HEADER) {
            Some(point) if point.len() == 65 => Ok(Self::Ecdsa(point.to_vec())),
            _ => Err(SigError::NoPublicKey),
        }
    }
}

/// Why a UserSig was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigError {
    /// No text.
    #[error("UserSig is empty")]
    Empty,
    /// Cannot be unwrapped, or lacks a field.
    #[error("UserSig is malformed: {0}")]
    Malformed(&'static str),
    /// Made for another application.
    #[error("UserSig is of SDKAppID {found}, not {wanted}")]
    OtherApp {
        /// In the UserSig.
        found: u64,
        /// In the request.
        wanted: SdkAppId,
    },
    /// Made for another user.
    #[error("UserSig is of UserID {found:?}, not {wanted:?}")]
    OtherUser {
        /// In the UserSig.
        found: String,
        /// In the request.
        wanted: String,
    },
    /// Made with another key.
    #[error("UserSig does not verify with the key of this application")]
    WrongKey,
    /// Past its lifetime.
    #[error("UserSig expired at {expired_at} (Unix seconds)")]
    Expired {
        /// Unix seconds.
        expired_at: i64,
    },
    /// Issued before a kick or before the account was disabled.
    #[error("UserSig was issued before the account was kicked")]
    Invalidated,
    /// Legacy format, but no public key is on record.
    #[error("no public key is on record for this application")]
    NoPublicKey,
}

impl SigError {
    /// The contract's number (`contract/usersig.md`, verification order).
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Empty => ErrorCode::SIG_EMPTY,
            Self::Malformed(_) => ErrorCode::SIG_MALFORMED,
            Self::OtherApp { .. } => ErrorCode::SIG_SDK_APP_ID_MISMATCH,
            Self::OtherUser { .. } => ErrorCode::SIG_IDENTIFIER_MISMATCH,
            Self::WrongKey => ErrorCode::SIG_MISMATCH,
            Self::Expired { .. } | Self::Invalidated => ErrorCode::SIG_EXPIRED,
            Self::NoPublicKey => ErrorCode::SIG_NO_PUBLIC_KEY,
        }
    }
}

/// What a verified UserSig says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Unix seconds at which it was made.
    pub issued_at: i64,
    /// Seconds it lives.
    pub expire_seconds: i64,
    /// Opaque bytes that travelled inside.
    pub userbuf: Option<Vec<u8>>,
}

/// Makes a UserSig of the current format. `now` is Unix seconds.
pub fn generate(app: SdkAppId, key: &str, user: &str, expire_seconds: u64, userbuf: Option<&[u8]>, now: i64) -> String {
    let userbuf = userbuf.map(|bytes| STANDARD.encode(bytes));
    let text = signed_text(user, u64::from(app.0), now, i64::try_from(expire_seconds).unwrap_or(i64::MAX), userbuf.as_deref());
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), text.as_bytes());
    let mut object = json!({
        "TLS.ver": "2.0",
        "TLS.identifier": user,
        "TLS.sdkappid": app.0,
        "TLS.expire": expire_seconds,
        "TLS.time": now,
        "TLS.sig": STANDARD.encode(mac.as_ref()),
    });
    if let (Some(userbuf), Value::Object(map)) = (userbuf, &mut object) {
        map.insert("TLS.userbuf".into(), userbuf.into());
    }
    wrap(object.to_string().as_bytes())
}

fn wrap(json: &[u8]) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to a Vec cannot fail.
    let packed = encoder.write_all(json).and_then(|()| encoder.finish()).unwrap_or_default();
    STANDARD.encode(packed).replace('+', "*").replace('/', "-").replace('=', "_")
}

fn unwrap(usersig: &str) -> Result<Map<String, Value>, SigError> {
    if usersig.is_empty() {
        return Err(SigError::Empty);
    }
    if usersig.len() > limits::USER_SIG_BYTES {
        return Err(SigError::Malformed("too long"));
    }
    let base64 = usersig.replace('*', "+").replace('-', "/").replace('_', "=");
    let packed = STANDARD.decode(base64).map_err(|_| SigError::Malformed("not base64"))?;
    let mut json = Vec::new();
    let limit = limits::USER_SIG_INFLATED_BYTES as u64 + 1;
    ZlibDecoder::new(packed.as_slice()).take(limit).read_to_end(&mut json).map_err(|_| SigError::Malformed("not a zlib stream"))?;
    if json.len() > limits::USER_SIG_INFLATED_BYTES {
        return Err(SigError::Malformed("inflates to more than 4 KiB"));
    }
    serde_json::from_slice(&json).map_err(|_| SigError::Malformed("not a JSON object"))
}

fn signed_text(user: &str, app: u64, time: i64, expire: i64, userbuf: Option<&str>) -> String {
    let mut text = format!("TLS.identifier:{user}\nTLS.sdkappid:{app}\nTLS.time:{time}\nTLS.expire:{expire}\n");
    if let Some(userbuf) = userbuf {
        text.push_str(&format!("TLS.userbuf:{userbuf}\n"));
    }
    text
}

/// Judges a UserSig in the contract's order. `now` and `not_before` (of the last kick) are Unix seconds.
pub fn verify(usersig: &str, app: SdkAppId, user: &str, key: &VerifyKey, now: i64, not_before: i64) -> Result<Verified, SigError> {
    let fields = unwrap(usersig)?;
    let claims = if fields.contains_key("TLS.ver") { Claims::current(&fields)? } else { Claims::legacy(&fields)? };
    if claims.app != u64::from(app.0) {
        return Err(SigError::OtherApp { found: claims.app, wanted: app });
    }
    if claims.user != user {
        return Err(SigError::OtherUser { found: claims.user.into(), wanted: user.into() });
    }
    match (key, claims.legacy) {
        (VerifyKey::Hmac(key), false) => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
            hmac::verify(&key, claims.text.as_bytes(), &claims.sig).map_err(|_| SigError::WrongKey)?;
        }
        (VerifyKey::Ecdsa(point), true) => {
            let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point);
            key.verify(claims.text.as_bytes(), &claims.sig).map_err(|_| SigError::WrongKey)?;
        }
        (VerifyKey::Ecdsa(_), false) => return Err(SigError::WrongKey),
        (VerifyKey::Hmac(_) | VerifyKey::None, true) | (VerifyKey::None, false) => return Err(SigError::NoPublicKey),
    }
    let expired_at = claims.time.saturating_add(claims.expire);
    if now > expired_at {
        return Err(SigError::Expired { expired_at });
    }
    if claims.time < not_before {
        return Err(SigError::Invalidated);
    }
    Ok(Verified { issued_at: claims.time, expire_seconds: claims.expire, userbuf: claims.userbuf })
}

struct Claims<'a> {
    user: &'a str,
    app: u64,
    time: i64,
    expire: i64,
    sig: Vec<u8>,
    userbuf: Option<Vec<u8>>,
    text: String,
    legacy: bool,
}

impl<'a> Claims<'a> {
    fn current(fields: &'a Map<String, Value>) -> Result<Self, SigError> {
        let user = text_field(fields, "TLS.identifier")?;
        let app = fields.get("TLS.sdkappid").and_then(Value::as_u64).ok_or(SigError::Malformed("TLS.sdkappid"))?;
        let time = fields.get("TLS.time").and_then(Value::as_i64).ok_or(SigError::Malformed("TLS.time"))?;
        let expire = fields.get("TLS.expire").and_then(Value::as_i64).ok_or(SigError::Malformed("TLS.expire"))?;
        let userbuf = match fields.get("TLS.userbuf") {
            None => None,
            Some(_) => Some(text_field(fields, "TLS.userbuf")?),
        };
        let bytes = userbuf.map(|text| STANDARD.decode(text).map_err(|_| SigError::Malformed("TLS.userbuf"))).transpose()?;
        let text = signed_text(user, app, time, expire, userbuf);
        Ok(Self { user, app, time, expire, sig: sig_field(fields)?, userbuf: bytes, text, legacy: false })
    }

    fn legacy(fields: &'a Map<String, Value>) -> Result<Self, SigError> {
        let number = |key: &'static str| text_field(fields, key)?.parse::<i64>().map_err(|_| SigError::Malformed(key));
        let mut text = String::new();
        for key in ["TLS.appid_at_3rd", "TLS.account_type", "TLS.identifier", "TLS.sdk_appid", "TLS.time", "TLS.expire_after"] {
            text.push_str(&format!("{key}:{}\n", text_field(fields, key)?));
        }
        let app = u64::try_from(number("TLS.sdk_appid")?).map_err(|_| SigError::Malformed("TLS.sdk_appid"))?;
        Ok(Self {
            user: text_field(fields, "TLS.identifier")?,
            app,
            time: number("TLS.time")?,
            expire: number("TLS.expire_after")?,
            sig: sig_field(fields)?,
            userbuf: None,
            text,
            legacy: true,
        })
    }
}

fn text_field<'a>(fields: &'a Map<String, Value>, key: &'static str) -> Result<&'a str, SigError> {
    fields.get(key).and_then(Value::as_str).ok_or(SigError::Malformed(key))
}

fn sig_field(fields: &Map<String, Value>) -> Result<Vec<u8>, SigError> {
    STANDARD.decode(text_field(fields, "TLS.sig")?).map_err(|_| SigError::Malformed("TLS.sig"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: SdkAppId = SdkAppId(1_400_000_001);
    const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
    const NOW: i64 = 1_700_000_000;
    const A: [&str; 3] = [
        "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwqXFqUWGUInilOzEgoLMFCUrQxMDCDCEyKRWFGQWpSpZmRmYWBgYQMRKMnOBIobmUJVQ0eLMdKCpSQahQcmZFQVhZWHJARHaaWVp2vnFURbZZWbmJn6eTgEu3gHZhSGO5i6WybZKtQDBUjCP",
        "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwqXFqUWGUInilOzEgoLMFCUrQxMDCDCEyJRk5qYqWRmaQ0UNIKKpFQWZRalKVmYGJhYwseLMdCUrpSSD0KDkzIqCsLKw5IAI7bSyNO384iiL7DIzcxM-T6cAF**A7MIQR3MXy2RbpVoAsx4wjw__",
        "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkSotTiwxhUsUp2YkFBZkpQAlDEwMIMITKpVYUZBalAmXMDEwsDAygoiWZuSAxQ3Ooaph4cWY6yPQkg9Cg5MyKgrCysOSACO20sjTt-OIoi*wyM3MTP0*nABfvgOzCEEdzF8tkW6VaACT3Me8_",
    ];
    const B: &str = "eJw1ylELgjAUBeD-cl8Nm2Img54KHRTsoZLoTdgtLro1tpFR9N8DZ*ftfOd84HQ4pk90wCFPGSymTgpNoBtN3ClNhnxwXXi4*eBV31lLCnhWsJgsLoE0As-Ws7Ko*LLkEHjJiupvnu7A4ZqMyyG0F7svc8RKNvVZNnWvWrF9r*QgFCUoxI5pM27g*wPUoTPo";
    const C: &str = "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkSotTiwxhUsUp2YkFBZkpQAlDEwMIMITKpVYUZBalAmXMDEwsDAygoiWZuSAxQ3Ooapg4yNik0jSQDZHhXllwCzLTQUKBJaUhAYl*SRG*UTkVZYaJyeHupvrJqT6uHkVuUUGe4T7Jzhk*oYZJFjkGtkq1ANklOKw_";
    const LEGACY: &str = "eJxNjl1PwjAUhv9Lb2eknWVDEy8GTGJkmjAgxptm9mt1YXRd6xiE-*6cg3gun*e87zknsF6mtxmle1daYlvNwQOA4KbHivHSKqG46aCruUGDyLRWjGSW3Bn2b79mBelVxxCGf3PJ8INWhpNM2L4ugHgCL8Fvbmq1LzvsQzRGPsSDsGr3*xAKh7LrJSU7nMSb2fOsiquj9ETyul5u*UfjSex-Vk-4zUzDQizgKG8XmlE3L2Sk4uj*PXlJN18itWEgm0ngxnUUb12Yj5rDNKeo8Oa2rXarI4WP4PwDNotWlQ__";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjbb05Q74fGX5ralmZ80FQ4hjAhhX\nlj6eNxnMSjkwMps3ou2J7bjVA2lgZg5GqPulVXM8ajQOummivUeTHE1Dig==\n-----END PUBLIC KEY-----\n";

    fn key() -> VerifyKey {
        VerifyKey::Hmac(KEY.into())
    }

    #[test]
    fn the_vectors_of_three_generators_verify() {
        for sig in A {
            assert!(verify(sig, APP, "user1", &key(), NOW, 0).is_ok());
        }
        assert!(verify(B, APP, "administrator", &key(), NOW, 0).is_ok());
        assert_eq!(verify(C, APP, "user1", &key(), NOW, 0).unwrap().userbuf.as_deref(), Some(b"abc".as_slice()));
    }

    #[test]
    fn the_legacy_vector_verifies_with_the_public_key() {
        let key = VerifyKey::from_public_pem(PUBLIC).unwrap();
        assert!(verify(LEGACY, APP, "user1", &key, NOW, 0).is_ok());
        assert_eq!(verify(LEGACY, APP, "user1", &VerifyKey::None, NOW, 0).unwrap_err().code(), ErrorCode::SIG_NO_PUBLIC_KEY);
        let mut bytes = unwrap(LEGACY).unwrap();
        bytes.insert("TLS.time".into(), "1700000001".into());
        let forged = wrap(Value::Object(bytes).to_string().as_bytes());
        assert_eq!(verify(&forged, APP, "user1", &key, NOW, 0).unwrap_err().code(), ErrorCode::SIG_MISMATCH);
    }

    #[test]
    fn what_is_made_here_verifies_here() {
        let sig = generate(APP, KEY, "user1", 60, Some(b"room"), NOW);
        let verified = verify(&sig, APP, "user1", &key(), NOW + 60, NOW).unwrap();
        assert_eq!(verified, Verified { issued_at: NOW, expire_seconds: 60, userbuf: Some(b"room".to_vec()) });
    }

    #[test]
    fn each_fault_has_its_own_code() {
        let code = |sig: &str, app: u32, user: &str, now| verify(sig, SdkAppId(app), user, &key(), now, 0).unwrap_err().code();
        assert_eq!(code("", APP.0, "user1", NOW), ErrorCode::SIG_EMPTY);
        assert_eq!(code("nonsense", APP.0, "user1", NOW), ErrorCode::SIG_MALFORMED);
        assert_eq!(code(&wrap(b"[]"), APP.0, "user1", NOW), ErrorCode::SIG_MALFORMED);
        assert_eq!(code(&wrap(b"{\"TLS.ver\":\"2.0\"}"), APP.0, "user1", NOW), ErrorCode::SIG_MALFORMED);
        assert_eq!(code(A[0], 1, "user1", NOW), ErrorCode::SIG_SDK_APP_ID_MISMATCH);
        assert_eq!(code(A[0], APP.0, "user2", NOW), ErrorCode::SIG_IDENTIFIER_MISMATCH);
        assert_eq!(code(A[0], APP.0, "user1", NOW + 604_801), ErrorCode::SIG_EXPIRED);
        let other = generate(APP, "another key", "user1", 60, None, NOW);
        assert_eq!(code(&other, APP.0, "user1", NOW), ErrorCode::SIG_MISMATCH);
        let kicked = verify(A[0], APP, "user1", &key(), NOW, NOW + 1).unwrap_err();
        assert_eq!((kicked.clone(), kicked.code()), (SigError::Invalidated, ErrorCode::SIG_EXPIRED));
    }

    #[test]
    fn a_bomb_is_refused_before_it_inflates() {
        let bomb = wrap(&vec![b' '; 4_000_000]);
        assert!(bomb.len() < limits::USER_SIG_BYTES);
        assert_eq!(verify(&bomb, APP, "user1", &key(), NOW, 0), Err(SigError::Malformed("inflates to more than 4 KiB")));
    }
}
