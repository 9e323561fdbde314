//! Reading a JWT as strictly as the providers do.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;

/// Header and claims that the gateways look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Jwt {
    pub(super) kid: String,
    pub(super) claims: Claims,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) aud: String,
    pub(super) scope: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Header {
    alg: String,
    kid: String,
}

/// Checks alphabet (no padding), algorithm and signature.
pub(super) fn read(
    text: &str,
    alg: &str,
    verify: &'static dyn VerificationAlgorithm,
    public_key: &[u8],
) -> Result<Jwt, &'static str> {
    let (signed, signature) = text.rsplit_once('.').ok_or("no three parts")?;
    let (header, claims) = signed.split_once('.').ok_or("no three parts")?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "not base64url without padding");
    let signature = decode(signature)?;
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| "the header is no JSON")?;
    if header.alg != alg {
        return Err("wrong alg");
    }
    if alg == "ES256" && signature.len() != 64 {
        return Err("the signature has not 64 bytes");
    }
    UnparsedPublicKey::new(verify, public_key)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| "the signature does not verify")?;
    let claims = serde_json::from_slice(&decode(claims)?).map_err(|_| "the claims are no JSON")?;
    Ok(Jwt { kid: header.kid, claims })
}
