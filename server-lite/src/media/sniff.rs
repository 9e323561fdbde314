//! What a file is, by its first bytes: what a client says of it decides nothing.

/// How many first bytes are looked at.
pub(crate) const HEAD_BYTES: usize = 64;

/// Kinds of contents that can be told by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A picture of this format.
    Picture(Format),
    /// A document, an archive or a program: certainly neither picture nor sound nor video.
    Other(&'static str),
    /// Cannot be told; sound, video, text and whatever else.
    Unknown,
}

/// Formats of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Gif,
    Bmp,
    WebP,
    Tiff,
    Heif,
    Avif,
    Icon,
}

impl Format {
    /// MIME type.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::WebP => "image/webp",
            Self::Tiff => "image/tiff",
            Self::Heif => "image/heic",
            Self::Avif => "image/avif",
            Self::Icon => "image/x-icon",
        }
    }

    /// `ImageFormat` of the contract, by MIME type.
    pub(crate) fn wire_number(content_type: &str) -> i64 {
        match content_type {
            "image/jpeg" => 1,
            "image/gif" => 2,
            "image/png" => 3,
            "image/bmp" => 4,
            _ => 255,
        }
    }
}

/// MIME types that a browser may show in place: formats without scripts.
const SHOWN: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/bmp", "image/webp", "image/avif"];

/// Whether a file of this type may be shown in place.
pub(crate) fn is_safe_picture(content_type: &str) -> bool {
    SHOWN.contains(&content_type)
}

/// Voice messages that begin like a script.
const VOICE: &[&[u8]] = &[b"#!AMR", b"#!SILK"];

/// First bytes, and the type that they mean.
const OTHER: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"#!", "text/x-shellscript"),
    (b"<!DOCTYPE", "text/html"),
    (b"<!doctype", "text/html"),
    (b"<html", "text/html"),
    (b"<HTML", "text/html"),
    (b"<?xml", "text/xml"),
    (b"<svg", "image/svg+xml"),
    (b"{\\rtf", "application/rtf"),
];

/// Tells what a file is by its first bytes.
pub(crate) fn content(head: &[u8]) -> Content {
    if let Some(format) = picture(head) {
        return Content::Picture(format);
    }
    if VOICE.iter().any(|start| head.starts_with(start)) {
        return Content::Unknown;
    }
    let other = OTHER.iter().find(|(start, _)| head.starts_with(start));
    other.map_or(Content::Unknown, |(_, content_type)| Content::Other(content_type))
}

fn picture(head: &[u8]) -> Option<Format> {
    let brand = head.get(8..12).filter(|_| head.get(4..8) == Some(b"ftyp"));
    match head {
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(Format::Tiff),
        [0, 0, 1, 0, n, 0, ..] if *n > 0 => Some(Format::Icon),
        // Two letters begin much text, too: the reserved bytes and the size of the header must fit.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, _, _, _, _, 12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => Some(Format::Bmp),
        _ => match brand? {
            b"avif" | b"avis" => Some(Format::Avif),
            b"heic" | b"heix" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some(Format::Heif),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(b"\xff\xd8\xff\xe0", Content::Picture(Format::Jpeg))]
    #[case(b"\x89PNG\r\n\x1a\n", Content::Picture(Format::Png))]
    #[case(b"GIF89a", Content::Picture(Format::Gif))]
    #[case(b"RIFF\0\0\0\0WEBPVP8 ", Content::Picture(Format::WebP))]
    #[case(b"RIFF\0\0\0\0WAVEfmt ", Content::Unknown)]
    #[case(b"\0\0\0\x18ftypheic", Content::Picture(Format::Heif))]
    #[case(b"\0\0\0\x18ftypisom", Content::Unknown)]
    #[case(b"BMW is a car maker and no picture", Content::Unknown)]
    #[case(b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Content::Picture(Format::Bmp))]
    #[case(b"<svg onload=alert(1)>", Content::Other("image/svg+xml"))]
    #[case(b"MZ\x90\0", Content::Other("application/vnd.microsoft.portable-executable"))]
    #[case(b"#!/bin/sh", Content::Other("text/x-shellscript"))]
    #[case(b"#!AMR\n", Content::Unknown)]
    #[case(b"#!SILK_V3", Content::Unknown)]
    #[case(b"ID3\x04", Content::Unknown)]
    #[case(b"\xff\xfb\x90\x64", Content::Unknown)]
    #[case(b"", Content::Unknown)]
    #[case(b"GIF", Content::Unknown)]
    fn the_first_bytes_tell_what_a_file_is(#[case] head: &[u8], #[case] wanted: Content) {
        assert_eq!(content(head), wanted);
    }

    #[test]
    fn what_can_hold_a_script_is_never_shown_in_place() {
        assert!(is_safe_picture("image/png"));
        assert!(!is_safe_picture("image/svg+xml") && !is_safe_picture("text/html") && !is_safe_picture("application/pdf"));
    }
}
