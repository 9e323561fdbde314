//! A program under a pseudo-terminal, and what it shows.

use std::io::{Read as _, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::wait::LIMIT;

/// Size of a terminal in cells.
pub const SMALL: (u16, u16) = (80, 24);
/// A big one.
pub const BIG: (u16, u16) = (200, 50);

/// A running program and its screen.
pub struct Screen {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Shown>,
}

struct Shown {
    terminal: Mutex<Terminal>,
    changed: Condvar,
}

struct Terminal {
    parser: vt100::Parser,
    /// Everything that was written, for modes that the parser does not keep.
    bytes: Vec<u8>,
    ended: bool,
}

impl Screen {
    /// Starts `program` with `arguments` in a terminal of `size`. The environment holds `variables` and what a terminal sets.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(program: &str, arguments: &[&str], variables: &[(&str, &str)], size: (u16, u16)) -> Self {
        let (cols, rows) = size;
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let (lines, columns) = (NonZero::new(rows).unwrap(), NonZero::new(cols).unwrap());
        let terminal = Terminal { parser: vt100::Parser::new(lines, columns, 0), bytes: Vec::new(), ended: false };
        let shown = Arc::new(Shown { terminal: Mutex::new(terminal), changed: Condvar::new() });
        let mut output = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        std::thread::spawn({
            let shown = Arc::clone(&shown);
            move || {
                let mut bytes = [0; 8192];
                loop {
                    let count = output.read(&mut bytes).unwrap_or(0);
                    let mut terminal = shown.terminal.lock().unwrap_or_else(PoisonError::into_inner);
                    terminal.parser.process(&bytes[..count]);
                    terminal.bytes.extend_from_slice(&bytes[..count]);
                    terminal.ended = count == 0;
                    drop(terminal);
                    shown.changed.notify_all();
                    if count == 0 {
                        return;
                    }
                }
            }
        });
        Self { master: pair.master, child, keys, shown }
    }

    /// Types text or control sequences.
    ///
    /// # Panics
    /// When the program is gone.
    pub fn type_text(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// What the screen shows, a line per row, without blanks at the ends.
    pub fn text(&self) -> String {
        let terminal = self.shown.terminal.lock().unwrap_or_else(PoisonError::into_inner);
        rows(&terminal.parser).join("\n")
    }

    /// Row and column of the cursor, and whether it is shown.
    pub fn cursor(&self) -> (u16, u16, bool) {
        let terminal = self.shown.terminal.lock().unwrap_or_else(PoisonError::into_inner);
        let (row, column) = terminal.parser.screen().cursor_position();
        (row, column, !terminal.parser.screen().hide_cursor())
    }

    /// Everything that the program has written so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.shown.terminal.lock().unwrap_or_else(PoisonError::into_inner).bytes.clone()
    }

    /// Waits until the screen shows `text`.
    ///
    /// # Panics
    /// When it does not, within the limit; the screen is in the message.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} on the screen"), |screen| screen.contains(text));
    }

    /// Waits until the screen satisfies `condition`.
    ///
    /// # Panics
    /// When it does not, within the limit; the screen is in the message.
    #[expect(clippy::disallowed_methods, reason = "a limit in real time")]
    pub fn wait_until(&self, what: &str, mut condition: impl FnMut(&str) -> bool) {
        let start = Instant::now();
        let mut terminal = self.shown.terminal.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let text = rows(&terminal.parser).join("\n");
            if condition(&text) {
                return;
            }
            assert!(
                start.elapsed() < LIMIT && !terminal.ended,
                "waited in vain for {what}; ended: {}; the screen:\n{text}",
                terminal.ended
            );
            let waited = self.shown.changed.wait_timeout(terminal, Duration::from_millis(100));
            terminal = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Changes the size of the terminal.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn resize(&self, size: (u16, u16)) {
        let (cols, rows) = size;
        let mut terminal = self.shown.terminal.lock().unwrap_or_else(PoisonError::into_inner);
        terminal.parser.screen_mut().set_size(NonZero::new(rows).unwrap(), NonZero::new(cols).unwrap());
        drop(terminal);
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Number of the process.
    pub fn pid(&self) -> Option<u32> {
        self.child.process_id()
    }

    /// Waits for the program's end; its status.
    ///
    /// # Panics
    /// When it does not end.
    pub fn wait_for_end(&mut self) -> u32 {
        let status = crate::wait::eventually_blocking("the end of a program", || self.child.try_wait().unwrap());
        status.exit_code()
    }

    /// Asks the program to end (SIGTERM).
    ///
    /// # Panics
    /// When it is gone already.
    pub fn terminate(&self) {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn rows(parser: &vt100::Parser) -> Vec<String> {
    let (_, columns) = parser.screen().size();
    parser.screen().rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect()
}
