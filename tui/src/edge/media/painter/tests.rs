//! Pictures made for terminals, and those that want to harm.

use super::*;
use crate::state::media::FileKey;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::Write;

fn order(protocol: Protocol, columns: u16, rows: u16, most_pixels: u64) -> Order {
    let key = PictureKey { file: FileKey::of("x"), columns, rows, fills: false };
    Order { key, source: Source::Local("x".into()), most_pixels, graphics: Graphics { protocol, cell: (10, 20) } }
}

/// A picture file of this size, red above blue.
fn file(folder: &tempfile::TempDir, wide: u32, high: u32) -> PathBuf {
    let path = folder.path().join("p.png");
    let picture =
        image::RgbImage::from_fn(wide, high, |_, y| if y < high / 2 { image::Rgb([255, 0, 0]) } else { image::Rgb([0, 0, 255]) });
    picture.save(&path).unwrap();
    path
}

const HALF: Protocol = Protocol::HalfBlock { true_colour: true };

#[test]
fn every_way_of_drawing_keeps_the_shape_and_can_be_scrolled_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, 640, 320);
    for protocol in [HALF, Protocol::HalfBlock { true_colour: false }, Protocol::Kitty, Protocol::Iterm2, Protocol::Sixel] {
        let picture = paint(&path, &order(protocol, 20, 12, 1_000_000), 7).unwrap();
        assert_eq!((picture.columns, picture.rows), (20, 5), "{protocol:?}");
        assert_eq!(picture.id, if protocol == Protocol::Kitty { 7 } else { 0 });
        for (skip, high) in [(0, 5), (3, 2), (0, 2), (4, 9), (5, 1), (9, 3)] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 30, 10));
            picture.draw(&mut buffer, Rect::new(2, 1, 20, high), skip);
            let outside = |x: u16, y: u16| !(2..22).contains(&x) || y < 1 || y > high.min(5_u16.saturating_sub(skip));
            for y in 0..10 {
                for x in 0..30 {
                    let cell = &buffer[(x, y)];
                    assert!(!outside(x, y) || cell == &ratatui::buffer::Cell::EMPTY, "{protocol:?} {skip} {high}: {x},{y}");
                }
            }
        }
    }
}

#[test]
fn a_thumbnail_takes_the_place_of_what_it_stands_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, 100, 50);
    for (fills, size) in [(false, (10, 3)), (true, (20, 5))] {
        let mut order = order(Protocol::Sixel, 20, 5, 1_000_000);
        order.key.fills = fills;
        let picture = paint(&path, &order, 1).unwrap();
        assert_eq!((picture.columns, picture.rows), size, "fills: {fills}");
    }
}

#[test]
fn half_blocks_show_the_colours() {
    use ratatui::style::Color;
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, 40, 80);
    let picture = paint(&path, &order(HALF, 20, 12, 1_000_000), 1).unwrap();
    let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 10));
    picture.draw(&mut buffer, Rect::new(0, 0, 10, 10), 0);
    assert_eq!((buffer[(0, 0)].fg, buffer[(0, 3)].bg), (Color::Rgb(255, 0, 0), Color::Rgb(0, 0, 255)));
    let picture = paint(&path, &order(Protocol::HalfBlock { true_colour: false }, 20, 12, 1_000_000), 1).unwrap();
    picture.draw(&mut buffer, Rect::new(0, 0, 10, 10), 0);
    assert_eq!((buffer[(0, 0)].fg, buffer[(0, 3)].bg), (Color::Indexed(196), Color::Indexed(21)));
}

/// A PNG that claims a size and has no picture.
fn bomb(folder: &tempfile::TempDir, wide: u32, high: u32) -> PathBuf {
    let mut head = b"IHDR".to_vec();
    head.extend(wide.to_be_bytes());
    head.extend(high.to_be_bytes());
    head.extend([8, 6, 0, 0, 0]);
    let crc = head.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\r".to_vec();
    png.extend(&head);
    png.extend((!crc).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    let path = folder.path().join("bomb.png");
    std::fs::write(&path, png).unwrap();
    path
}

#[test]
fn a_picture_that_claims_too_many_pixels_is_not_decoded() {
    let folder = tempfile::tempdir().unwrap();
    for (wide, high) in [(60_000, 60_000), (u32::MAX >> 1, 1000), (9000, 8000)] {
        let told = paint(&bomb(&folder, wide, high), &order(HALF, 40, 12, 64_000_000), 1).unwrap_err();
        assert!(told.contains("too many") || told.contains("cannot be read"), "{told}");
    }
    let told = paint(&bomb(&folder, 3000, 3000), &order(HALF, 40, 12, 4_000_000), 1).unwrap_err();
    assert_eq!(told, "3000×3000 pixels are too many", "a small picture that is none");
}

#[test]
fn nonsense_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.png");
    let mut cut = std::fs::read(file(&folder, 100, 100)).unwrap();
    cut.truncate(80);
    for bytes in [b"".to_vec(), b"hello".to_vec(), cut, b"GIF89a\x01\0\x01\0".to_vec()] {
        std::fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
        assert!(paint(&path, &order(HALF, 40, 12, 1_000_000), 1).is_err());
    }
    let large = std::fs::File::create(&path).unwrap();
    large.set_len(FILE_BYTES + 1).unwrap();
    assert_eq!(paint(&path, &order(HALF, 40, 12, 1_000_000), 1).unwrap_err(), "its file is too large");
}

#[test]
fn the_thread_answers_each_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, 100, 100);
    let (events, mut queue) = tokio::sync::mpsc::channel(8);
    let painter = Painter::start(Cache::new(folder.path().join("media")), events);
    painter.paint(Order { source: Source::Local(path), ..order(HALF, 10, 5, 1_000_000) });
    let remote = crate::state::media::Remote::new("http://h/x").unwrap();
    let want = crate::state::media::Want { remote, name: String::new(), kind: crate::state::media::MediaKind::Image };
    painter.paint(Order { source: Source::Cached(want), ..order(HALF, 11, 5, 1_000_000) });
    let mut results = (0..2).map(|_| match queue.blocking_recv() {
        Some(Event::Media(MediaEvent::Picture { key, result })) => {
            (key.columns, result.map(|picture| (picture.columns, picture.rows)))
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(results.next(), Some((10, Ok((10, 5)))));
    assert_eq!(results.next(), Some((11, Err("its file was removed".into()))));
}
