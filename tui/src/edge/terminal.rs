//! The terminal: its modes, drawing, and giving it back whatever happens.

use super::probe::{self, Probing};
use super::{hyperlink, notify};
use crate::state::State;
use crate::text::bidi::ByTerminal;
use crate::view;
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{clipboard::CopyToClipboard, cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes of a frame that are written at once.
const FRAME_BYTES: usize = 64 * 1024;

/// The terminal while tern has it; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    mouse: bool,
}

/// The terminal is in tern's modes: whoever gives it back (the end, a panic) does it once.
static OURS: AtomicBool = AtomicBool::new(false);

fn new_terminal() -> io::Result<Terminal<CrosstermBackend<BufWriter<Stdout>>>> {
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout())))
}

/// What the terminal is known to do with text that is read from right to left, whatever it is told.
pub(crate) fn orders_text() -> ByTerminal {
    let is = |name: &str, wanted: &str| std::env::var_os(name).is_some_and(|value| value == wanted);
    if is("TERM_PROGRAM", "Apple_Terminal") || std::env::var_os("KONSOLE_VERSION").is_some() {
        ByTerminal::All
    } else if is("TERM", "xterm-kitty") {
        ByTerminal::Words
    } else {
        ByTerminal::Nothing
    }
}

/// Both ends of the program are a terminal.
pub(crate) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

impl Screen {
    /// Takes the terminal. A panic gives it back before it is told.
    pub(crate) fn take(mouse: bool) -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                give_back();
                before(info);
            }));
        });
        let terminal = new_terminal()?;
        let mut screen = Self { terminal, mouse };
        screen.enter()?;
        Ok(screen)
    }

    fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        // After a stop that came from outside the terminal may be ours still: its title is kept once.
        let fresh = !OURS.swap(true, Ordering::SeqCst);
        let out = self.terminal.backend_mut();
        queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
        if fresh {
            out.write_all(notify::TITLE_PUSH.as_bytes())?;
            out.write_all(notify::ALT_ESCAPES.as_bytes())?;
        }
        out.write_all(notify::EXPLICIT_ORDER.as_bytes())?;
        if self.mouse {
            out.write_all(notify::MOUSE_ON.as_bytes())?;
        }
        Ok(())
    }

    /// Gives the terminal back, in the modes it had.
    pub(crate) fn leave(&mut self) {
        if self.is_ours() {
            let _ = io::Write::flush(self.terminal.backend_mut());
            give_back();
        }
    }

    /// False after a panic gave it back: there is nothing to draw on any more.
    pub(crate) fn is_ours(&self) -> bool {
        OURS.load(Ordering::SeqCst)
    }

    /// Takes it again after another program had it.
    pub(crate) fn retake(&mut self) -> io::Result<()> {
        self.enter()?;
        self.redraw()
    }

    /// Everything is drawn anew next time.
    pub(crate) fn redraw(&mut self) -> io::Result<()> {
        // `Terminal::clear` would ask the terminal where the cursor is, and the answer would go to the thread that reads keys.
        self.terminal = new_terminal()?;
        self.terminal.backend_mut().clear_region(ClearType::All)
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Draws what changed, as one picture.
    pub(crate) fn draw(&mut self, state: &State) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let mut links = Vec::new();
        let frame = self.terminal.draw(|frame| links = view::draw_linked(frame, state))?;
        let clickable = if state.settings.text.hyperlinks { hyperlink::paint(frame.buffer, &links) } else { String::new() };
        let out = self.terminal.backend_mut();
        out.write_all(clickable.as_bytes())?;
        execute!(out, EndSynchronizedUpdate)
    }

    /// Draws, and asks the terminal what it can draw: the answer is among the keys.
    pub(crate) fn draw_and_ask(&mut self, state: &State) -> io::Result<Probing> {
        self.draw(state)?;
        let mut asked = String::new();
        // The same picture once more changes nothing on the screen: it is here to be read.
        self.terminal.draw(|frame| {
            view::draw_linked(frame, state);
            asked = probe::question(frame.buffer_mut());
        })?;
        self.tell(&asked)?;
        Ok(Probing)
    }

    /// Writes a sequence that draws nothing.
    pub(crate) fn tell(&mut self, sequence: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        out.write_all(sequence.as_bytes())?;
        io::Write::flush(out)
    }

    /// Puts a text into the terminal's clipboard (OSC 52).
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Clicks to tern, or to the terminal.
    pub(crate) fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        self.tell(if on { notify::MOUSE_ON } else { notify::MOUSE_OFF })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Undoes every mode, whether it was on or not.
fn give_back() {
    if !OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout().lock();
    let _ = out.write_all(notify::MOUSE_OFF.as_bytes());
    let _ = out.write_all(notify::IMPLICIT_ORDER.as_bytes());
    let _ = queue!(out, EndSynchronizedUpdate, DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = out.write_all(notify::ALT_AS_BEFORE.as_bytes());
    let _ = out.write_all(notify::TITLE_POP.as_bytes());
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Stops this process as Ctrl-Z does in a shell; returns when it goes on.
pub(crate) fn stop_process() -> io::Result<()> {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP).map_err(io::Error::from)
}
