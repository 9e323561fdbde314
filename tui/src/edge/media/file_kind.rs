//! What a file is by its bytes, and how long a recording is where its head tells cheaply.

use crate::state::media::MediaKind;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of an MP4 index that are read.
const INDEX_BYTES: u64 = 1024 * 1024;
/// Boxes or chunks that are looked at.
const BOXES: usize = 64;

/// The kind of a file by its first bytes.
pub(super) fn kind_of(start: &[u8]) -> MediaKind {
    let at = |from: usize, text: &[u8]| start.get(from..from + text.len()) == Some(text);
    let riff = |form: &[u8]| at(0, b"RIFF") && at(8, form);
    if at(0, b"\x89PNG\r\n\x1a\n")
        || at(0, b"\xff\xd8\xff")
        || at(0, b"GIF87a")
        || at(0, b"GIF89a")
        || riff(b"WEBP")
        || is_bmp(start)
    {
        return MediaKind::Image;
    }
    if riff(b"WAVE") || at(0, b"ID3") || mpeg_frame(start).is_some() || at(0, b"OggS") || at(0, b"fLaC") || at(0, b"#!AMR") {
        return MediaKind::Sound;
    }
    if at(4, b"ftyp") {
        let sound = [&b"M4A "[..], b"M4B "].iter().any(|brand| at(8, brand));
        let picture = [&b"heic"[..], b"heix", b"mif1", b"avif"].iter().any(|brand| at(8, brand));
        // Pictures of these kinds are shown by nobody's terminal: they go as files.
        return if sound {
            MediaKind::Sound
        } else if picture {
            MediaKind::File
        } else {
            MediaKind::Video
        };
    }
    if at(0, b"\x1a\x45\xdf\xa3") || riff(b"AVI ") {
        return MediaKind::Video;
    }
    MediaKind::File
}

/// `BM` begins many a text: the head's length has to fit too.
fn is_bmp(start: &[u8]) -> bool {
    start.starts_with(b"BM") && matches!(le32(start, 14), Some(12 | 40 | 52 | 56 | 64 | 108 | 124))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Width and height, by the head alone.
#[cfg(feature = "images")]
pub(super) fn pixels_of(path: &Path) -> Option<(u32, u32)> {
    image::ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_dimensions().ok()
}

/// Pictures are not built in.
#[cfg(not(feature = "images"))]
pub(super) fn pixels_of(_path: &Path) -> Option<(u32, u32)> {
    None
}

/// Seconds of a recording or video, rounded, at least 1; `None` where the head does not tell.
pub(super) fn seconds_of(file: &mut (impl Read + Seek), start: &[u8], size_bytes: u64) -> Option<i64> {
    let seconds = if start.starts_with(b"RIFF") {
        wav(start)
    } else if start.get(4..8) == Some(b"ftyp") {
        mp4(file, size_bytes)
    } else {
        mp3(file, start, size_bytes)
    }?;
    (seconds.is_finite() && seconds < 1e7).then(|| (seconds.round() as i64).max(1))
}

fn wav(start: &[u8]) -> Option<f64> {
    let (mut at, mut bytes_per_second) = (12, None);
    for _ in 0..BOXES {
        let size = le32(start, at + 4)?;
        match start.get(at..at + 4)? {
            b"fmt " => bytes_per_second = le32(start, at + 16).filter(|rate| *rate > 0),
            b"data" => return Some(f64::from(size) / f64::from(bytes_per_second?)),
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(usize::try_from(size).ok()?)?.checked_add((size % 2) as usize)?;
    }
    None
}

/// Bytes per second of sound, and the rest that counts frames.
struct Frame {
    bits_per_second: u32,
    samples_per_second: u32,
    samples: u32,
    mono: bool,
    first_version: bool,
}

/// The head of a frame of MPEG layer III.
fn mpeg_frame(bytes: &[u8]) -> Option<Frame> {
    const FIRST: [u32; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const SECOND: [u32; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let head = be32(bytes, 0)?;
    let (version, layer) = (head >> 19 & 3, head >> 17 & 3);
    if head >> 21 != 0x7ff || version == 1 || layer != 1 {
        return None;
    }
    let first_version = version == 3;
    let rates = if first_version { FIRST } else { SECOND };
    let rate = rates.get((head >> 12 & 15).checked_sub(1)? as usize)?;
    let samples_per_second =
        [44_100, 48_000, 32_000].get((head >> 10 & 3) as usize)? >> (u32::from(!first_version) + u32::from(version == 0));
    let samples = if first_version { 1152 } else { 576 };
    Some(Frame { bits_per_second: rate * 1000, samples_per_second, samples, mono: head >> 6 & 3 == 3, first_version })
}

fn mp3(file: &mut (impl Read + Seek), start: &[u8], size_bytes: u64) -> Option<f64> {
    let mut from = 0_u64;
    if start.starts_with(b"ID3") {
        let digits = start.get(6..10)?;
        from = 10 + digits.iter().fold(0_u64, |sum, digit| sum << 7 | u64::from(digit & 0x7f));
    }
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(4096).read_to_end(&mut bytes).ok()?;
    let frame = mpeg_frame(&bytes)?;
    // A variable rate is told in the first frame, behind its side information.
    let side = match (frame.first_version, frame.mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let told = matches!(bytes.get(4 + side..8 + side), Some(b"Xing" | b"Info")) && be32(&bytes, 8 + side)? & 1 == 1;
    if told {
        let frames = be32(&bytes, 12 + side)?;
        return Some(f64::from(frames) * f64::from(frame.samples) / f64::from(frame.samples_per_second));
    }
    Some(size_bytes.saturating_sub(from) as f64 * 8.0 / f64::from(frame.bits_per_second))
}

/// The length in the index (`moov`, `mvhd`), wherever that stands in the file.
fn mp4(file: &mut (impl Read + Seek), size_bytes: u64) -> Option<f64> {
    let mut at = 0_u64;
    for _ in 0..BOXES {
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut head = [0; 16];
        file.read_exact(&mut head).ok()?;
        let (size, head_bytes) = match be32(&head, 0)? {
            0 => (size_bytes.saturating_sub(at), 8),
            1 => (be64(&head, 8)?, 16),
            size => (u64::from(size), 8),
        };
        if size < head_bytes {
            return None;
        }
        if &head[4..8] == b"moov" {
            file.seek(SeekFrom::Start(at + head_bytes)).ok()?;
            let mut index = Vec::new();
            file.take((size - head_bytes).min(INDEX_BYTES)).read_to_end(&mut index).ok()?;
            return movie_head(&index);
        }
        at = at.checked_add(size).filter(|at| *at < size_bytes)?;
    }
    None
}

fn movie_head(index: &[u8]) -> Option<f64> {
    let mut at = 0_usize;
    for _ in 0..BOXES {
        let size = usize::try_from(be32(index, at)?).ok()?;
        if index.get(at + 4..at + 8)? == b"mvhd" {
            let (scale, length) = match index.get(at + 8)? {
                1 => (be32(index, at + 28)?, be64(index, at + 32)?),
                _ => (be32(index, at + 20)?, u64::from(be32(index, at + 24)?)),
            };
            return (scale > 0).then(|| length as f64 / f64::from(scale));
        }
        at = at.checked_add(size.max(8))?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use std::io::Cursor;

    #[rstest]
    #[case(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", MediaKind::Image)]
    #[case(b"\xff\xd8\xff\xe0", MediaKind::Image)]
    #[case(b"GIF89a", MediaKind::Image)]
    #[case(b"RIFF\0\0\0\0WEBPVP8 ", MediaKind::Image)]
    #[case(b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", MediaKind::Image)]
    #[case(b"BMW is a car, and this is a text", MediaKind::File)]
    #[case(b"RIFF\0\0\0\0WAVEfmt ", MediaKind::Sound)]
    #[case(b"ID3\x04\0", MediaKind::Sound)]
    #[case(b"\xff\xfb\x90\x00", MediaKind::Sound)]
    #[case(b"OggS\0", MediaKind::Sound)]
    #[case(b"\0\0\0\x20ftypM4A ", MediaKind::Sound)]
    #[case(b"\0\0\0\x20ftypisom", MediaKind::Video)]
    #[case(b"\0\0\0\x20ftypheic", MediaKind::File)]
    #[case(b"\x1a\x45\xdf\xa3", MediaKind::Video)]
    #[case(b"%PDF-1.7", MediaKind::File)]
    #[case(b"hello", MediaKind::File)]
    #[case(b"", MediaKind::File)]
    fn a_file_is_what_its_bytes_say(#[case] start: &[u8], #[case] kind: MediaKind) {
        assert_eq!(kind_of(start), kind);
    }

    fn seconds(bytes: &[u8], size: u64) -> Option<i64> {
        seconds_of(&mut Cursor::new(bytes), &bytes[..bytes.len().min(4096)], size)
    }

    #[test]
    fn a_wave_tells_its_length() {
        let mut wave = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wave.extend(8000_u32.to_le_bytes());
        wave.extend(16_000_u32.to_le_bytes());
        wave.extend([2, 0, 16, 0]);
        wave.extend(b"data");
        wave.extend(56_000_u32.to_le_bytes());
        assert_eq!(seconds(&wave, 56_044), Some(4), "3.5 s are rounded");
    }

    #[test]
    fn an_mp3_tells_its_length_by_rate_or_by_frames() {
        let mut constant = b"ID3\x04\0\0\0\0\0\x05xxxxx\xff\xfb\x90\x00".to_vec();
        constant.resize(500, 0);
        assert_eq!(seconds(&constant, 160_015), Some(10), "128 kbit/s");
        let mut variable = vec![0xff, 0xfb, 0x90, 0x00];
        variable.resize(36, 0);
        variable.extend(b"Xing\0\0\0\x01");
        variable.extend(1000_u32.to_be_bytes());
        assert_eq!(seconds(&variable, 1 << 20), Some(26), "1000 frames of 1152 samples");
    }

    #[test]
    fn an_mp4_tells_its_length_wherever_its_index_stands() {
        let mut movie = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x10mdatxxxxxxxx".to_vec();
        let mut head = vec![0; 12];
        head.extend(1000_u32.to_be_bytes());
        head.extend(61_400_u32.to_be_bytes());
        let mut index = (8 + head.len() as u32).to_be_bytes().to_vec();
        index.extend(b"mvhd");
        index.extend(&head);
        movie.extend((8 + index.len() as u32).to_be_bytes());
        movie.extend(b"moov");
        movie.extend(&index);
        assert_eq!(seconds(&movie, movie.len() as u64), Some(61));
    }

    proptest! {
        #[test]
        fn nonsense_is_survived(magic in 0usize..6, bytes in proptest::collection::vec(any::<u8>(), 0..300), size in any::<u64>()) {
            let start: &[u8] = [&b"RIFF\0\0\0\0WAVE"[..], b"\0\0\0\x10ftypisom\0\0\0\0", b"ID3", b"\xff\xfb\x90\x00", b"\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x20moov", b""][magic];
            let all = [start, &bytes].concat();
            let _ = kind_of(&all);
            let _ = seconds(&all, size);
        }
    }
}
