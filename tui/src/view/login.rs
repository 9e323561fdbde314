//! The login screen.

use super::layout::centred;
use super::{modal, put_text};
use crate::state::State;
use crate::state::modal::Form;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Where the form stands.
pub(crate) fn area(state: &State, form: &Form) -> Rect {
    let (width, height) = state.size;
    let screen = Rect::new(0, 0, width, height.saturating_sub(1));
    let (form_width, form_height) = modal::form_size(state, form);
    centred(screen, form_width, form_height)
}

/// Draws the form under the program's name; returns the caret's place.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, form: &Form) -> Option<Position> {
    let area = area(state, form);
    let theme = &state.settings.theme;
    if area.y >= 2 {
        let says = "tern · a terminal client for the Tencent Cloud Chat model";
        let x = area.x + area.width.saturating_sub(super::columns(says)) / 2;
        put_text(buffer, x, area.y - 2, says, area.width, theme.dim);
    }
    modal::draw_form(buffer, state, form, area)
}
