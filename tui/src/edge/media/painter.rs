//! Makes pictures ready for the terminal: one thread, so that no frame waits and no heap of pictures is decoded at once.
//! A picture's claims about its size are read before it is decoded, and are limits for the decoder.

use super::cache::Cache;
use crate::event::{Event, MediaEvent};
use crate::state::picture::{Graphics, Picture, PictureKey, Protocol, fit};
use crate::view::media::Source;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use ratatui::layout::Size;
use ratatui_image::picker::{Picker, ProtocolType};
use ratatui_image::protocol::Protocol as Drawn;
use ratatui_image::protocol::halfblocks::Halfblocks;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::sliced::SlicedProtocol;
use std::path::{Path, PathBuf};
use std::sync::mpsc as thread_queue;
use tokio::sync::mpsc;

/// Orders that wait; what does not fit is asked for again when it is seen again.
const ORDERS: usize = 32;
/// Bytes of a file that is decoded.
const FILE_BYTES: u64 = 28 * 1024 * 1024;

/// A picture to make.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) key: PictureKey,
    pub(super) source: Source,
    pub(super) most_pixels: u64,
    pub(super) graphics: Graphics,
}

/// The thread that makes pictures.
#[derive(Debug)]
pub(super) struct Painter {
    orders: Option<thread_queue::SyncSender<Order>>,
    events: mpsc::Sender<Event>,
}

impl Painter {
    pub(super) fn start(cache: Cache, events: mpsc::Sender<Event>) -> Self {
        let (orders, queue) = thread_queue::sync_channel::<Order>(ORDERS);
        let told = events.clone();
        let work = move || {
            let mut next_id = 1_u32;
            while let Ok(order) = queue.recv() {
                // Numbers of kitty's pictures: from a range that other programs of this terminal hardly use.
                let id = 0x7e72_0000 | next_id;
                next_id = next_id % 0xffff + 1;
                let key = order.key;
                let result = path_of(&order.source, &cache).and_then(|path| paint(&path, &order, id));
                if told.blocking_send(Event::Media(MediaEvent::Picture { key, result })).is_err() {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("painter".into()).spawn(work);
        if let Err(error) = &thread {
            tracing::error!(%error, "pictures cannot be made");
        }
        Self { orders: thread.is_ok().then_some(orders), events }
    }

    pub(super) fn paint(&self, order: Order) {
        let key = order.key;
        let taken = self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok());
        if !taken {
            let _ =
                self.events.try_send(Event::Media(MediaEvent::Picture { key, result: Err("too many pictures at once".into()) }));
        }
    }
}

fn path_of(source: &Source, cache: &Cache) -> Result<PathBuf, String> {
    match source {
        Source::Local(path) => Ok(path.clone()),
        Source::Cached(want) => cache.find(want.remote.key).ok_or_else(|| "its file was removed".to_owned()),
    }
}

/// Decodes within the limits.
fn decode(path: &Path, most_pixels: u64) -> Result<DynamicImage, String> {
    let cannot = |error: image::ImageError| format!("it cannot be read: {}", crate::text::clean_line(&error.to_string()));
    let data = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !data.is_file() || data.len() > FILE_BYTES {
        return Err("its file is too large".into());
    }
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format).map_err(|error| error.to_string())?;
    let mut decoder = reader.into_decoder().map_err(cannot)?;
    let (wide, high) = decoder.dimensions();
    let pixels = u64::from(wide) * u64::from(high);
    if pixels > most_pixels || pixels == 0 {
        return Err(format!("{wide}×{high} pixels are too many"));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels.saturating_mul(12).saturating_add(1 << 20));
    decoder.set_limits(limits).map_err(cannot)?;
    let upright = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(cannot)?;
    if let Some(upright) = upright {
        picture.apply_orientation(upright);
    }
    Ok(picture)
}

fn paint(path: &Path, order: &Order, id: u32) -> Result<Picture, String> {
    let picture = decode(path, order.most_pixels)?;
    let cell = order.graphics.cell;
    let most = (order.key.columns, order.key.rows);
    let times = if order.key.fills { times_to_fill(&picture, cell, most) } else { 1 };
    let pixels = (i64::from(picture.width()) * times, i64::from(picture.height()) * times);
    let (columns, rows) = fit(pixels, cell, most);
    let (wide, high) = (u32::from(columns) * u32::from(cell.0), u32::from(rows) * u32::from(cell.1));
    let other_size = times > 1 || picture.width() > wide || picture.height() > high;
    // A much larger picture is first made smaller roughly, which costs a fraction.
    let picture =
        if picture.width() > wide * 3 || picture.height() > high * 3 { picture.thumbnail(wide * 2, high * 2) } else { picture };
    let picture = if other_size { picture.resize(wide, high, FilterType::Triangle) } else { picture };
    encode(picture, order.graphics, Size::new(columns, rows), id).map_err(|error| format!("it cannot be drawn: {error}"))
}

/// How often a picture goes at least into its box; 1: it is short of the box by less than a character.
fn times_to_fill(picture: &DynamicImage, cell: (u16, u16), most: (u16, u16)) -> i64 {
    let (wide, high) = (u32::from(most.0) * u32::from(cell.0), u32::from(most.1) * u32::from(cell.1));
    let (own_wide, own_high) = (picture.width().max(1), picture.height().max(1));
    let short = own_wide + u32::from(cell.0) <= wide && own_high + u32::from(cell.1) <= high;
    if short { i64::from(wide.div_ceil(own_wide).max(high.div_ceil(own_high))) } else { 1 }
}

fn encode(picture: DynamicImage, graphics: Graphics, size: Size, id: u32) -> Result<Picture, ratatui_image::errors::Errors> {
    let pixels = picture.width() as usize * picture.height() as usize;
    let cells = usize::from(size.width) * usize::from(size.height);
    let (drawn, bytes, id) = match graphics.protocol {
        Protocol::HalfBlock { .. } => (SlicedProtocol::Halfblocks(Halfblocks::new(picture, size)?), cells * 16, 0),
        Protocol::Kitty => (SlicedProtocol::Kitty(Kitty::new(picture, size, id, false, false)?), pixels * 6, id),
        Protocol::Iterm2 => {
            let row_high = u32::from(graphics.cell.1);
            let rows = (0..u32::from(size.height)).take_while(|row| row * row_high < picture.height());
            let slices = rows.map(|row| {
                let high = row_high.min(picture.height() - row * row_high);
                let slice = picture.crop_imm(0, row * row_high, picture.width(), high);
                Iterm2::new(slice, Size::new(size.width, 1), false).map(Drawn::ITerm2)
            });
            (SlicedProtocol::Sliced(slices.collect::<Result<_, _>>()?), pixels * 3, 0)
        }
        Protocol::Sixel => {
            #[expect(deprecated, reason = "the size of a character is known here without asking the terminal")]
            let mut picker = Picker::from_fontsize(graphics.cell.into());
            picker.set_protocol_type(ProtocolType::Sixel);
            (SlicedProtocol::new(&picker, picture, Some(size))?, pixels * 2, 0)
        }
    };
    let palette_only = graphics.protocol == (Protocol::HalfBlock { true_colour: false });
    let taken = drawn.size();
    Ok(Picture { columns: taken.width.min(size.width), rows: taken.height.min(size.height), bytes, id, drawn, palette_only })
}

#[cfg(test)]
mod tests;
