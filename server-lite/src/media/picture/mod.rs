//! Smaller sizes of a picture. What a header claims is looked at before anything is decoded, and what decoding would need is bounded:
//! a picture above those bounds, an animated one, and one that cannot be read keep their original.

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageResult, Limits, imageops::FilterType};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;
use tern_protocol::limits;

use super::sniff::Format;

/// Bytes that decoding one picture may need: 64 megapixels of four bytes, and what a decoder keeps beside them.
const MEMORY_BYTES: u64 = 400 * 1024 * 1024;
/// Pixels of a smaller size; only a very long strip has more.
const SMALLER_PIXELS: u64 = 16_000_000;
/// Pixels up to which the slower, smoother filter is used: its buffers hold 16 bytes for each.
const SMOOTH_PIXELS: u64 = 4_000_000;
const JPEG_QUALITY: u8 = 82;

/// What became of a picture.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Pixels of the original, upright; 0: the header cannot be read.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
    /// 720 pixels on the shorter side; `None`: the original serves.
    pub(crate) large: Option<Smaller>,
    /// 198 pixels on the shorter side; `None`: the original serves.
    pub(crate) thumbnail: Option<Smaller>,
}

/// A smaller size, encoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Smaller {
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
    /// MIME type.
    pub(crate) content_type: &'static str,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

/// What a header says.
struct Header {
    width: u32,
    height: u32,
    orientation: Orientation,
    is_animated: bool,
    /// What decoding would take.
    memory_bytes: u64,
}

impl Header {
    /// Upright size.
    fn size(&self) -> (u32, u32) {
        match lies_on_its_side(self.orientation) {
            true => (self.height, self.width),
            false => (self.width, self.height),
        }
    }

    fn may_be_decoded(&self) -> bool {
        let pixels = u64::from(self.width) * u64::from(self.height);
        !self.is_animated && pixels <= limits::PICTURE_PIXELS && self.memory_bytes <= MEMORY_BYTES
    }
}

fn lies_on_its_side(orientation: Orientation) -> bool {
    matches!(orientation, Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH)
}

/// Makes the smaller sizes of a picture that lies on disk. Never fails: a picture that gives trouble keeps its original.
pub(crate) fn sizes(path: &Path, format: Format) -> Sizes {
    let Ok(header) = header(path, format) else { return Sizes::default() };
    let (width, height) = header.size();
    let kept = Sizes { width, height, ..Sizes::default() };
    let shorter = width.min(height);
    if shorter <= limits::THUMBNAIL_PIXELS || !header.may_be_decoded() || format == Format::Bmp {
        return kept;
    }
    match scale(path, format, &header) {
        Ok((large, thumbnail)) => Sizes { large, thumbnail, ..kept },
        Err(error) => {
            tracing::debug!(%error, "a picture could not be decoded and keeps its original");
            kept
        }
    }
}

fn open(path: &Path) -> io::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(64 * 1024, File::open(path)?))
}

/// Runs something over the decoder of a format.
macro_rules! with_decoder {
    ($path:expr, $format:expr, $decoder:ident => $work:expr) => {
        match $format {
            Format::Jpeg => {
                let mut $decoder = JpegDecoder::new(open($path)?)?;
                $work
            }
            Format::Png => {
                let mut $decoder = PngDecoder::with_limits(open($path)?, decoder_limits())?;
                $work
            }
            Format::Gif => {
                let mut $decoder = GifDecoder::new(open($path)?)?;
                $work
            }
            Format::WebP => {
                let mut $decoder = WebPDecoder::new(open($path)?)?;
                $work
            }
            Format::Bmp | Format::Tiff | Format::Heif | Format::Avif | Format::Icon => return Err(unreadable()),
        }
    };
}

fn decoder_limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_BYTES);
    limits
}

fn unreadable() -> image::ImageError {
    image::ImageError::IoError(io::Error::from(io::ErrorKind::Unsupported))
}

fn header(path: &Path, format: Format) -> ImageResult<Header> {
    if format == Format::Bmp {
        let (width, height) = bmp_size(&mut open(path)?)?;
        return Ok(Header { width, height, orientation: Orientation::NoTransforms, is_animated: false, memory_bytes: 0 });
    }
    if format == Format::WebP {
        check_webp_chunks(&mut open(path)?)?;
    }
    let is_animated = match format {
        Format::Png => PngDecoder::with_limits(open(path)?, decoder_limits())?.is_apng()?,
        Format::WebP => WebPDecoder::new(open(path)?)?.has_animation(),
        Format::Gif => gif_has_two_frames(&mut open(path)?)?,
        _ => false,
    };
    let (dimensions, orientation, decoded_bytes) = with_decoder!(path, format, decoder => {
        // A block of metadata that cannot be read turns nothing.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        (decoder.dimensions(), orientation, decoder.total_bytes())
    });
    let (width, height) = dimensions;
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let beside = match format {
        // A progressive one is kept as coefficients of two bytes for up to four components until its last scan.
        Format::Jpeg if jpeg_is_progressive(&mut open(path)?)? => pixels.saturating_mul(8),
        Format::WebP => decoded_bytes,
        _ => 0,
    };
    Ok(Header { width, height, orientation, is_animated, memory_bytes: decoded_bytes.saturating_add(beside) })
}

type Scaled = (Option<Smaller>, Option<Smaller>);

fn scale(path: &Path, format: Format, header: &Header) -> ImageResult<Scaled> {
    let picture = with_decoder!(path, format, decoder => {
        decoder.set_limits(decoder_limits())?;
        DynamicImage::from_decoder(decoder)?
    });
    let large = smaller(&picture, limits::LARGE_PIXELS);
    // The thumbnail is made from the large size where there is one: the same look for less work.
    let thumbnail = smaller(large.as_ref().unwrap_or(&picture), limits::THUMBNAIL_PIXELS);
    drop(picture);
    let finish = |made: Option<DynamicImage>| made.map(|made| encode(made, header.orientation)).transpose();
    Ok((finish(large)?, finish(thumbnail)?))
}

/// The picture with this many pixels on its shorter side; `None`: it has no more, or the result would be a huge strip.
fn smaller(picture: &DynamicImage, shorter: u32) -> Option<DynamicImage> {
    let (width, height) = (picture.width(), picture.height());
    let least = width.min(height);
    if least <= shorter {
        return None;
    }
    let part = |side: u32| u32::try_from((u64::from(side) * u64::from(shorter)).div_ceil(u64::from(least)).max(1)).unwrap_or(1);
    let (to_width, to_height) = (part(width), part(height));
    if u64::from(to_width) * u64::from(to_height) > SMALLER_PIXELS {
        return None;
    }
    let is_small = u64::from(width) * u64::from(height) <= SMOOTH_PIXELS;
    Some(match is_small {
        true => picture.resize_exact(to_width, to_height, FilterType::Triangle),
        false => picture.thumbnail_exact(to_width, to_height),
    })
}

fn encode(mut picture: DynamicImage, orientation: Orientation) -> ImageResult<Smaller> {
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());
    let mut bytes = Vec::new();
    let content_type = if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.into_rgba8()).write_to(&mut io::Cursor::new(&mut bytes), ImageFormat::Png)?;
        "image/png"
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        DynamicImage::ImageRgb8(picture.into_rgb8()).write_with_encoder(encoder)?;
        "image/jpeg"
    };
    Ok(Smaller { width, height, content_type, bytes })
}

fn bmp_size(file: &mut impl Read) -> io::Result<(u32, u32)> {
    let mut head = [0u8; 26];
    file.read_exact(&mut head)?;
    let [.., w0, w1, w2, w3, h0, h1, h2, h3] = head;
    // The oldest header, of twelve bytes, has sizes of two bytes.
    if head[14] == 12 {
        return Ok((u32::from(u16::from_le_bytes([w0, w1])), u32::from(u16::from_le_bytes([w2, w3]))));
    }
    // A negative height: the first row is the top one.
    let side = |bytes| i32::from_le_bytes(bytes).unsigned_abs();
    Ok((side([w0, w1, w2, w3]), side([h0, h1, h2, h3])))
}

/// A WebP's blocks must lie within the file: its decoder makes room for whatever length the header of one claims.
fn check_webp_chunks(file: &mut (impl Read + Seek)) -> io::Result<()> {
    let length = file.seek(io::SeekFrom::End(0))?;
    let mut at = 12;
    while at + 8 <= length {
        file.seek(io::SeekFrom::Start(at + 4))?;
        let mut size = [0u8; 4];
        file.read_exact(&mut size)?;
        let size = u64::from(u32::from_le_bytes(size));
        if at + 8 + size > length {
            return Err(io::ErrorKind::InvalidData.into());
        }
        at += 8 + size + size % 2;
    }
    Ok(())
}

/// Whether a JPEG's first frame is progressive.
fn jpeg_is_progressive(file: &mut (impl BufRead + Seek)) -> io::Result<bool> {
    file.seek_relative(2)?;
    loop {
        let marker = match byte(file)? {
            0xff => byte(file)?,
            _ => return Ok(false),
        };
        match marker {
            // Fill bytes: the next one is the marker again.
            0xff => file.seek_relative(-1)?,
            0xc2 | 0xc6 | 0xca | 0xce => return Ok(true),
            0xc0 | 0xc1 | 0xc3 | 0xd9 | 0xda => return Ok(false),
            _ => {
                let length = u16::from_be_bytes([byte(file)?, byte(file)?]);
                file.seek_relative(i64::from(length.max(2)) - 2)?;
            }
        }
    }
}

/// Whether a GIF has more than one picture; its blocks are walked, nothing is decoded.
fn gif_has_two_frames(file: &mut (impl BufRead + Seek)) -> io::Result<bool> {
    let mut head = [0u8; 13];
    file.read_exact(&mut head)?;
    skip_palette(file, head[10])?;
    let mut frames = 0;
    loop {
        match byte(file) {
            Ok(0x21) => {
                byte(file)?;
                skip_blocks(file)?;
            }
            Ok(0x2c) => {
                frames += 1;
                if frames == 2 {
                    return Ok(true);
                }
                let mut frame = [0u8; 9];
                file.read_exact(&mut frame)?;
                skip_palette(file, frame[8])?;
                byte(file)?;
                skip_blocks(file)?;
            }
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

fn skip_palette(file: &mut impl Seek, flags: u8) -> io::Result<()> {
    if flags & 0x80 == 0 { Ok(()) } else { file.seek_relative(3 << ((flags & 7) + 1)) }
}

fn skip_blocks(file: &mut (impl Read + Seek)) -> io::Result<()> {
    loop {
        match byte(file)? {
            0 => return Ok(()),
            length => file.seek_relative(i64::from(length))?,
        }
    }
}

fn byte(file: &mut impl Read) -> io::Result<u8> {
    let mut one = [0u8];
    file.read_exact(&mut one)?;
    Ok(one[0])
}

#[cfg(test)]
mod tests;
