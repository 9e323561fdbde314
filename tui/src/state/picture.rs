//! Pictures that are ready to be drawn: how this terminal draws them, and the few that stay in memory.

use super::media::FileKey;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Pictures in memory; the one not seen for longest leaves it.
const KEPT: usize = 24;
/// Bytes of all pictures in memory.
const KEPT_BYTES: usize = 8 * 1024 * 1024;

/// What a terminal understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Kitty,
    Iterm2,
    Sixel,
    /// Two pixels in a character, by its colours.
    HalfBlock {
        /// 24 bits of colour; otherwise the palette of 256.
        true_colour: bool,
    },
}

impl Protocol {
    /// Its pixels lie over the characters: where a dialog is drawn there must be none, or they show through.
    pub(crate) fn lies_over(self) -> bool {
        matches!(self, Self::Iterm2 | Self::Sixel)
    }
}

/// What a terminal said of itself when it was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// It draws sixels.
    pub(crate) sixel: bool,
    /// It is a kitty that knows no pictures between characters yet.
    pub(crate) old_kitty: bool,
}

/// How pictures are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Graphics {
    pub(crate) protocol: Protocol,
    /// Pixels of one character: width, height.
    pub(crate) cell: (u16, u16),
}

/// The columns and rows that a picture of this size takes in a box: as large as fits, never larger than its pixels.
pub(crate) fn fit(pixels: (i64, i64), cell: (u16, u16), most: (u16, u16)) -> (u16, u16) {
    let (wide, high) = (pixels.0.clamp(1, 100_000), pixels.1.clamp(1, 100_000));
    let (cell_wide, cell_high) = (i64::from(cell.0.max(1)), i64::from(cell.1.max(1)));
    let (most_wide, most_high) = (i64::from(most.0) * cell_wide, i64::from(most.1) * cell_high);
    // The smaller of three scales, as fractions: 1, most_wide / wide, most_high / high.
    let (mut scaled_wide, mut scaled_high) = (wide, high);
    if scaled_wide > most_wide {
        (scaled_wide, scaled_high) = (most_wide, high * most_wide / wide);
    }
    if scaled_high > most_high {
        (scaled_wide, scaled_high) = (wide * most_high / high, most_high);
    }
    let cells = |pixels: i64, cell: i64, most: u16| u16::try_from((pixels + cell - 1) / cell).unwrap_or(most).clamp(1, most.max(1));
    (cells(scaled_wide, cell_wide, most.0), cells(scaled_high, cell_high, most.1))
}

/// One picture at one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PictureKey {
    pub(crate) file: FileKey,
    /// The box it is made for.
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    /// The box is that of a larger picture, which a small one stands for: it is made as large.
    pub(crate) fills: bool,
}

/// A picture, encoded for the terminal.
pub(crate) struct Picture {
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    /// What it holds in memory.
    pub(crate) bytes: usize,
    /// Its number in the terminal's own memory (kitty); 0: none.
    pub(crate) id: u32,
    #[cfg(feature = "images")]
    pub(crate) drawn: ratatui_image::sliced::SlicedProtocol,
    /// For terminals without 24 bits of colour.
    #[cfg(feature = "images")]
    pub(crate) palette_only: bool,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{})", self.columns, self.rows)
    }
}

impl Picture {
    /// Draws it without its first `skip` rows, as many rows as the area has.
    #[cfg(feature = "images")]
    pub(crate) fn draw(&self, buffer: &mut Buffer, area: Rect, skip: u16) {
        use ratatui::widgets::Widget;
        use ratatui_image::sliced::{SignedPosition, SlicedImage};
        let area = Rect::new(area.x, area.y, area.width.min(self.columns), area.height.min(self.rows.saturating_sub(skip)));
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let up = i16::try_from(skip).unwrap_or(i16::MAX).saturating_neg();
        SlicedImage::new(&self.drawn, SignedPosition { x: 0, y: up }).render(area, buffer);
        if self.palette_only {
            to_palette(buffer, area);
        }
    }

    /// Draws nothing: pictures are not built in.
    #[cfg(not(feature = "images"))]
    pub(crate) fn draw(&self, _buffer: &mut Buffer, _area: Rect, _skip: u16) {}
}

/// The nearest of the 216 colours of the cube.
#[cfg(feature = "images")]
fn to_palette(buffer: &mut Buffer, area: Rect) {
    use ratatui::style::Color;
    let near = |colour: Color| match colour {
        Color::Rgb(red, green, blue) => {
            let step = |value: u8| if value < 48 { 0 } else { (value.saturating_sub(35) / 40).min(5) };
            Color::Indexed(16 + 36 * step(red) + 6 * step(green) + step(blue))
        }
        other => other,
    };
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                let (front, back) = (near(cell.fg), near(cell.bg));
                cell.set_fg(front).set_bg(back);
            }
        }
    }
}

/// A picture's place in memory.
#[derive(Debug)]
pub(crate) enum Slot {
    /// Being made.
    Asked,
    Here(Picture),
    /// It cannot be shown, in a sentence.
    Bad(String),
}

/// The pictures in memory, and how they are drawn.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    /// `None`: they are not shown.
    pub(crate) graphics: Option<Graphics>,
    slots: HashMap<PictureKey, (Slot, u64)>,
    /// Rises with each frame that shows pictures.
    frame: u64,
}

impl Pictures {
    /// A picture, or how it stands.
    pub(crate) fn get(&self, key: &PictureKey) -> Option<&Slot> {
        self.slots.get(key).map(|(slot, _)| slot)
    }

    /// Of a frame to come: these are seen. Returns those that have to be made.
    pub(crate) fn see(&mut self, keys: impl IntoIterator<Item = PictureKey>) -> Vec<PictureKey> {
        self.frame += 1;
        let mut wanted = Vec::new();
        for key in keys {
            match self.slots.get_mut(&key) {
                Some((_, seen)) => *seen = self.frame,
                None => {
                    self.slots.insert(key, (Slot::Asked, self.frame));
                    wanted.push(key);
                }
            }
        }
        wanted
    }

    /// A picture was made, or cannot be. Returns the numbers of those that left memory.
    pub(crate) fn put(&mut self, key: PictureKey, result: Result<Picture, String>) -> Vec<u32> {
        // One that was let go of meanwhile is not wanted any more.
        let Some((slot, _)) = self.slots.get_mut(&key) else {
            return result.map_or_else(|_| Vec::new(), |picture| Some(picture.id).filter(|id| *id != 0).into_iter().collect());
        };
        *slot = result.map_or_else(Slot::Bad, Slot::Here);
        self.shrink()
    }

    fn shrink(&mut self) -> Vec<u32> {
        let mut gone = Vec::new();
        loop {
            let bytes: usize =
                self.slots.values().map(|(slot, _)| if let Slot::Here(picture) = slot { picture.bytes } else { 0 }).sum();
            if self.slots.len() <= KEPT && bytes <= KEPT_BYTES {
                return gone;
            }
            // What the last frame showed stays, or it would be made again at once.
            let oldest = self.slots.iter().filter(|(_, (_, seen))| *seen < self.frame).min_by_key(|(_, (_, seen))| *seen);
            let Some(key) = oldest.map(|(key, _)| *key) else { return gone };
            if let Some((Slot::Here(picture), _)) = self.slots.remove(&key) {
                gone.extend(Some(picture.id).filter(|id| *id != 0));
            }
        }
    }

    /// Everything is made anew: the terminal lost what it had, or its characters have another size. Returns the numbers.
    pub(crate) fn clear(&mut self) -> Vec<u32> {
        let ids = self.slots.values().filter_map(|(slot, _)| if let Slot::Here(picture) = slot { Some(picture.id) } else { None });
        let ids = ids.filter(|id| *id != 0).collect();
        self.slots.clear();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_picture_stays_in_its_box(w in -5i64..200_000, h in -5i64..200_000, cw in 0u16..40, ch in 0u16..60, most_w in 0u16..300, most_h in 0u16..100) {
            let (columns, rows) = fit((w, h), (cw, ch), (most_w, most_h));
            prop_assert!(columns >= 1 && rows >= 1 && columns <= most_w.max(1) && rows <= most_h.max(1));
        }
    }

    #[test]
    fn a_picture_keeps_its_shape_and_is_not_made_larger() {
        assert_eq!(fit((1280, 720), (10, 20), (40, 12)), (40, 12));
        assert_eq!(fit((720, 1280), (10, 20), (40, 12)), (14, 12));
        assert_eq!(fit((50, 40), (10, 20), (40, 12)), (5, 2));
        assert_eq!(fit((4000, 100), (10, 20), (40, 12)), (40, 1));
    }

    #[cfg(feature = "images")]
    #[test]
    fn few_pictures_stay_in_memory_and_never_those_on_the_screen() {
        use ratatui_image::protocol::halfblocks::Halfblocks;
        use ratatui_image::sliced::SlicedProtocol;
        let picture = |id| Picture {
            columns: 1,
            rows: 1,
            bytes: 1024 * 1024,
            id,
            drawn: SlicedProtocol::Halfblocks(Halfblocks::default()),
            palette_only: false,
        };
        let key = |n: u16| PictureKey { file: FileKey::of("x"), columns: n, rows: 1, fills: false };
        let mut pictures = Pictures::default();
        let mut gone = Vec::new();
        for n in 1..=20 {
            assert_eq!(pictures.see([key(n)]), [key(n)]);
            assert!(pictures.see([key(n)]).is_empty(), "it is asked for once");
            gone.extend(pictures.put(key(n), Ok(picture(u32::from(n)))));
        }
        assert_eq!(gone, (1..=12).collect::<Vec<u32>>());
        assert!(matches!(pictures.get(&key(20)), Some(Slot::Here(_))));
        pictures.see((1..=40).map(key));
        pictures.put(key(40), Err("no picture".into()));
        assert!(pictures.slots.len() >= 40, "what is on the screen stays");
        assert_eq!(pictures.clear().len(), 8);
    }
}
