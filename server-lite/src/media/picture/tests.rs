use super::*;
use image::{Rgb, RgbImage, Rgba, RgbaImage};
use rstest::rstest;
use std::path::PathBuf;
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("picture");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn sizes(&self, bytes: &[u8], format: Format) -> Sizes {
        sizes(&self.put(bytes), format)
    }
}

/// Left half red, right half blue.
fn picture(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) }).into()
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn pixels(made: &Option<Smaller>) -> (u32, u32) {
    let made = made.as_ref().unwrap();
    let decoded = image::load_from_memory(&made.bytes).unwrap();
    assert_eq!((decoded.width(), decoded.height()), (made.width, made.height), "as announced");
    (made.width, made.height)
}

#[rstest]
#[case(2_000, 1_000, (1_440, 720), (396, 198))]
#[case(1_000, 2_000, (720, 1_440), (198, 396))]
#[case(3_000, 2_999, (721, 720), (199, 198))]
fn the_shorter_side_becomes_720_and_198(
    #[case] width: u32,
    #[case] height: u32,
    #[case] large: (u32, u32),
    #[case] thumbnail: (u32, u32),
) {
    let sizes = Folder::new().sizes(&encoded(&picture(width, height), ImageFormat::Jpeg), Format::Jpeg);
    assert_eq!((sizes.width, sizes.height), (width, height));
    assert_eq!((pixels(&sizes.large), pixels(&sizes.thumbnail)), (large, thumbnail));
    assert_eq!(sizes.large.unwrap().content_type, "image/jpeg");
}

#[test]
fn what_is_small_enough_keeps_its_original() {
    let folder = Folder::new();
    let middle = folder.sizes(&encoded(&picture(720, 900), ImageFormat::Png), Format::Png);
    assert!(middle.large.is_none() && pixels(&middle.thumbnail) == (198, 248), "{:?}", (middle.width, middle.height));
    let small = folder.sizes(&encoded(&picture(198, 900), ImageFormat::Png), Format::Png);
    assert_eq!(small, Sizes { width: 198, height: 900, large: None, thumbnail: None });
}

#[test]
fn transparency_is_kept() {
    let clear = DynamicImage::from(RgbaImage::from_pixel(800, 800, Rgba([1, 2, 3, 0])));
    let sizes = Folder::new().sizes(&encoded(&clear, ImageFormat::Png), Format::Png);
    let thumbnail = sizes.thumbnail.unwrap();
    assert_eq!(thumbnail.content_type, "image/png");
    assert_eq!(image::load_from_memory(&thumbnail.bytes).unwrap().to_rgba8().get_pixel(0, 0).0[3], 0);
}

/// A JPEG with an EXIF block that says how to turn it.
fn turned(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
    let jpeg = encoded(picture, ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1];
    bytes.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&jpeg[2..]);
    bytes
}

#[test]
fn a_picture_that_lies_on_its_side_is_stood_up() {
    let sizes = Folder::new().sizes(&turned(&picture(1_000, 800), 6), Format::Jpeg);
    assert_eq!((sizes.width, sizes.height), (800, 1_000), "as it is shown");
    assert_eq!(pixels(&sizes.large), (720, 900));
    let thumbnail = image::load_from_memory(&sizes.thumbnail.unwrap().bytes).unwrap().to_rgb8();
    // Turned right by a quarter: what was left is on top.
    let [red, _, blue] = thumbnail.get_pixel(99, 20).0;
    assert!(red > 200 && blue < 60, "{red} {blue}");
    let [red, _, blue] = thumbnail.get_pixel(99, thumbnail.height() - 20).0;
    assert!(red < 60 && blue > 200, "{red} {blue}");
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let crc = kind.iter().chain(data).fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], kind, data, &(!crc).to_be_bytes()].concat()
}

/// A PNG that claims a size and holds nearly nothing.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let nothing = [0x78, 0x9c, 0x03, 0, 0, 0, 0, 1];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &head), chunk(b"IDAT", &nothing), chunk(b"IEND", &[])].concat()
}

#[rstest]
#[case::above_64_megapixels(10_000, 6_401)]
#[case::bomb(60_000, 60_000)]
#[case::bomb_in_one_direction(1_000, 2_000_000_000)]
fn a_picture_that_claims_too_much_keeps_its_original(#[case] width: u32, #[case] height: u32) {
    let sizes = Folder::new().sizes(&claiming(width, height), Format::Png);
    assert!(sizes.large.is_none() && sizes.thumbnail.is_none());
}

#[test]
fn a_header_without_a_picture_keeps_the_original_and_its_size() {
    let sizes = Folder::new().sizes(&claiming(8_000, 8_000), Format::Png);
    assert_eq!(sizes, Sizes { width: 8_000, height: 8_000, large: None, thumbnail: None });
}

#[rstest]
#[case(ImageFormat::Png, Format::Png)]
#[case(ImageFormat::Jpeg, Format::Jpeg)]
#[case(ImageFormat::Gif, Format::Gif)]
#[case(ImageFormat::WebP, Format::WebP)]
fn a_picture_cut_anywhere_or_changed_anywhere_never_panics(#[case] encoding: ImageFormat, #[case] format: Format) {
    let folder = Folder::new();
    let whole = encoded(&picture(300, 250), encoding);
    assert_eq!(pixels(&folder.sizes(&whole, format).thumbnail).1, 198);
    let step = (whole.len() / 60).max(1);
    for end in (0..whole.len()).step_by(step) {
        let _ = folder.sizes(&whole[..end], format);
        let mut changed = whole.clone();
        changed[end] ^= 0xff;
        let _ = folder.sizes(&changed, format);
    }
}

#[test]
fn a_webp_whose_block_claims_gigabytes_is_not_believed() {
    let plain = encoded(&picture(300, 250), ImageFormat::WebP);
    let extended = |claimed: u32| {
        let mut bytes = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x2b\x01\0\xf9\0\0".to_vec();
        bytes.extend(&plain[12..]);
        bytes.extend(b"EXIF");
        bytes.extend(claimed.to_le_bytes());
        bytes.extend([0; 16]);
        let length = u32::try_from(bytes.len() - 8).unwrap();
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
        bytes
    };
    let folder = Folder::new();
    assert_eq!(pixels(&folder.sizes(&extended(16), Format::WebP).thumbnail), (238, 198));
    assert_eq!(folder.sizes(&extended(u32::MAX - 1), Format::WebP), Sizes::default());
}

#[rstest]
#[case(Format::Jpeg)]
#[case(Format::Png)]
#[case(Format::Gif)]
#[case(Format::WebP)]
#[case(Format::Bmp)]
#[case(Format::Heif)]
fn what_is_not_of_its_format_has_no_size(#[case] format: Format) {
    assert_eq!(Folder::new().sizes(b"no picture at all", format), Sizes::default());
}

#[test]
fn an_animated_gif_keeps_its_original_and_a_still_one_gets_sizes() {
    use image::Frame;
    use image::codecs::gif::GifEncoder;
    let gif = |frames: usize| {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        (0..frames).for_each(|_| encoder.encode_frame(Frame::new(picture(400, 300).into_rgba8())).unwrap());
        drop(encoder);
        bytes
    };
    let folder = Folder::new();
    assert_eq!(folder.sizes(&gif(3), Format::Gif), Sizes { width: 400, height: 300, large: None, thumbnail: None });
    assert_eq!(pixels(&folder.sizes(&gif(1), Format::Gif).thumbnail), (264, 198));
}

#[test]
fn a_progressive_jpeg_is_told_from_its_marker() {
    let baseline = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc0, 0, 4, 0, 0];
    let mut progressive = baseline;
    progressive[10] = 0xc2;
    assert!(!jpeg_is_progressive(&mut io::Cursor::new(baseline)).unwrap());
    assert!(jpeg_is_progressive(&mut io::Cursor::new(progressive)).unwrap());
}

#[test]
fn a_bitmaps_size_is_read_and_its_original_kept() {
    let mut bytes = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bytes.extend(900u32.to_le_bytes());
    bytes.extend((-800i32).to_le_bytes());
    assert_eq!(Folder::new().sizes(&bytes, Format::Bmp), Sizes { width: 900, height: 800, large: None, thumbnail: None });
}
