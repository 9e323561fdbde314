//! Addresses of uploads and files, and the key that signs them.
//!
//! An upload's token is its object and a signature, so that a wrong one is refused before anything is looked up. A file's address is
//! signed together with its name and its end; whoever has it may read the file until then, nobody else may.

use ring::hmac;
use std::borrow::Cow;
use std::fmt::Write as _;
use tern_protocol::{SdkAppId, hex};

/// Hexadecimal digits of an object: 128 random bits.
const OBJECT_DIGITS: usize = 32;
/// Hexadecimal digits of a signature.
const SIGNATURE_DIGITS: usize = 64;
/// Path below which files are read.
const FILES: &str = "/media/";
/// Path below which uploads are written.
const UPLOADS: &str = "/media/up/";

/// Signs and reads addresses.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    /// What stands before the path, without a slash at its end.
    base: String,
    key: hmac::Key,
}

/// The signed part of a file's address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileLink<'a> {
    /// The application.
    pub(crate) app: SdkAppId,
    /// The file.
    pub(crate) object: &'a str,
    /// Its name, not encoded.
    pub(crate) name: &'a str,
    /// Unix seconds at which the address ends.
    pub(crate) expires_at: i64,
}

impl FileLink<'_> {
    fn signed_text(&self) -> String {
        let Self { app, object, name, expires_at } = self;
        format!("file\n{app}\n{object}\n{expires_at}\n{name}")
    }
}

impl Links {
    /// Addresses that begin with `base`, signed with `key`.
    pub(crate) fn new(base: String, key: &[u8]) -> Self {
        Self { base, key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// Where an upload's bytes go.
    pub(crate) fn upload(&self, object: &str) -> String {
        format!("{}{UPLOADS}{object}{}", self.base, self.sign(&format!("upload\n{object}")))
    }

    /// The object of an upload's token; `None`: this server did not make it.
    pub(crate) fn uploaded_object<'a>(&self, token: &'a str) -> Option<&'a str> {
        let (object, signature) = token.split_at_checked(OBJECT_DIGITS)?;
        self.is_signed(&format!("upload\n{object}"), signature).then_some(object)
    }

    /// A file's address.
    pub(crate) fn file(&self, link: &FileLink<'_>) -> String {
        let FileLink { app, object, name, expires_at } = link;
        let signature = self.sign(&link.signed_text());
        format!("{}{FILES}{app}/{object}/{}?e={expires_at}&s={signature}", self.base, encode(name))
    }

    /// Whether a file's address was made here.
    pub(crate) fn is_file(&self, link: &FileLink<'_>, signature: &str) -> bool {
        self.is_signed(&link.signed_text(), signature)
    }

    fn sign(&self, text: &str) -> String {
        hex(hmac::sign(&self.key, text.as_bytes()).as_ref())
    }

    fn is_signed(&self, text: &str, signature: &str) -> bool {
        signature.len() == SIGNATURE_DIGITS
            && unhex(signature).is_some_and(|tag| hmac::verify(&self.key, text.as_bytes(), &tag).is_ok())
    }
}

/// Application and object of a file's address, whatever stands before its path and behind its name.
pub(crate) fn parse_file(url: &str) -> Option<(SdkAppId, &str)> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let path = rest.split(['?', '#']).next()?;
    let mut parts = path.rsplit('/');
    let (_name, object, app, media) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let has_host = parts.next().is_some();
    let is_ours = has_host && media == "media" && is_object(object);
    Some((app.parse().ok().filter(|_| is_ours)?, object))
}

/// Whether a text has the form of an object.
pub(crate) fn is_object(text: &str) -> bool {
    text.len() == OBJECT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A name as it stands in a path, and in `filename*` of RFC 6266.
pub(crate) fn encode(name: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let encoded = name.bytes().fold(String::with_capacity(name.len() * 3), |mut text, byte| {
        match is_plain(byte) {
            true => text.push(char::from(byte)),
            // Writing to a String does not fail.
            false => drop(write!(text, "%{byte:02X}")),
        }
        text
    });
    Cow::Owned(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const OBJECT: &str = "0123456789abcdef0123456789abcdef";

    fn links() -> Links {
        Links::new("http://h:1".into(), b"key")
    }

    #[test]
    fn an_upload_token_is_known_and_a_changed_one_is_not() {
        let url = links().upload(OBJECT);
        let token = url.strip_prefix("http://h:1/media/up/").unwrap();
        assert_eq!(links().uploaded_object(token), Some(OBJECT));
        assert_eq!(links().uploaded_object(&token.replacen('0', "1", 1)), None);
        assert_eq!(links().uploaded_object(&token[..token.len() - 1]), None);
        assert_eq!(links().uploaded_object("é".repeat(40).as_str()), None);
        assert_eq!(Links::new("http://h:1".into(), b"other").uploaded_object(token), None);
    }

    #[test]
    fn a_file_link_holds_for_its_application_object_name_and_end_alone() {
        let link = FileLink { app: SdkAppId(7), object: OBJECT, name: "a b.png", expires_at: 9 };
        let url = links().file(&link);
        let (path, signature) = url.split_once("&s=").unwrap();
        assert_eq!(path, format!("http://h:1/media/7/{OBJECT}/a%20b.png?e=9"));
        assert!(links().is_file(&link, signature));
        for other in [
            FileLink { app: SdkAppId(8), ..link },
            FileLink { object: "1123456789abcdef0123456789abcdef", ..link },
            FileLink { name: "a b.exe", ..link },
            FileLink { expires_at: 10, ..link },
        ] {
            assert!(!links().is_file(&other, signature), "{other:?}");
        }
        assert!(!links().is_file(&link, "") && !links().is_file(&link, &"z".repeat(64)));
    }

    #[rstest]
    #[case("http://h:1/media/7/0123456789abcdef0123456789abcdef/a.png?e=1&s=2", true)]
    #[case("https://other/below/media/7/0123456789abcdef0123456789abcdef/a.png", true)]
    #[case("http://h:1/media/x/0123456789abcdef0123456789abcdef/a.png", false)]
    #[case("http://h:1/media/7/0123456789ABCDEF0123456789abcdef/a.png", false)]
    #[case("http://h:1/files/7/0123456789abcdef0123456789abcdef/a.png", false)]
    #[case("media/7/0123456789abcdef0123456789abcdef/a.png", false)]
    #[case("http://h:1/?/media/7/0123456789abcdef0123456789abcdef/a.png", false)]
    #[case("", false)]
    fn a_file_is_known_by_the_path_of_its_address(#[case] url: &str, #[case] is_file: bool) {
        assert_eq!(parse_file(url), is_file.then_some((SdkAppId(7), OBJECT)));
    }
}
