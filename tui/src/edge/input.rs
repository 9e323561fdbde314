//! Keys, clicks and the rest. For the first moments the bytes are read here, because the answers to `probe` are among them;
//! then a thread takes over that sleeps in the system until there is something. It can be asked to keep its hands off the
//! terminal while another program has it.

use super::keys::{Parsed, Parser};
use super::probe::{Abilities, Answers, Probing};
use crossterm::event::Event as TerminalEvent;
use parking_lot::{Condvar, Mutex};
use std::io;
use std::sync::Arc;
use tern_protocol::clock::Clock;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long answers are waited for; keys are not held up meanwhile (milliseconds).
const PROBE_MS: i64 = 3000;
/// How often the reading thread is woken until it has let go, and how many times.
const WAKE_MS: i64 = 20;
const WAKES: u32 = 100;

/// What comes in.
#[derive(Debug)]
pub(crate) enum Input {
    Event(TerminalEvent),
    /// The terminal answered: this is what it can draw.
    Measured(Abilities),
}

/// Where what comes in comes from.
#[derive(Debug)]
pub(crate) struct InputSource {
    gate: Arc<Gate>,
    end_of_probe: CancellationToken,
}

/// Asks the reading thread to wait.
#[derive(Debug, Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    closed: bool,
    waiting: bool,
}

impl InputSource {
    /// Starts reading; at most `room` things wait. With `probing`, the terminal was asked what it can draw.
    pub(crate) fn start(room: usize, probing: Option<Probing>, clock: Arc<dyn Clock>) -> (Self, mpsc::Receiver<Input>) {
        let (sender, queue) = mpsc::channel(room);
        let source = Self { gate: Arc::default(), end_of_probe: CancellationToken::new() };
        let (gate, end) = (Arc::clone(&source.gate), source.end_of_probe.clone());
        match probing {
            Some(probing) => {
                tokio::spawn(async move {
                    if let Err(error) = read_answers(&sender, probing, clock.as_ref(), &end).await {
                        tracing::info!(%error, "the terminal could not be asked");
                    }
                    take_over(sender, gate);
                });
            }
            None => take_over(sender, gate),
        }
        (source, queue)
    }

    /// Returns when nothing reads from the terminal any more; false: the reading thread could not be reached.
    pub(crate) async fn pause(&self, clock: &dyn Clock) -> bool {
        self.end_of_probe.cancel();
        self.gate.state.lock().closed = true;
        for _ in 0..WAKES {
            if self.gate.state.lock().waiting {
                return true;
            }
            // A change of the window's size is what wakes the thread without a key.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH);
            clock.sleep_until(clock.mono_ms() + WAKE_MS).await;
        }
        false
    }

    /// Reads on; the size of the window is told anew.
    pub(crate) fn resume(&self) {
        self.gate.state.lock().closed = false;
        self.gate.changed.notify_all();
    }
}

impl Gate {
    /// Waits while the gate is closed.
    fn pass(&self) -> bool {
        let mut state = self.state.lock();
        let waited = state.closed;
        while state.closed {
            state.waiting = true;
            self.changed.wait(&mut state);
        }
        state.waiting = false;
        waited
    }
}

/// The thread that reads from now on; it ends with the process.
fn take_over(sender: mpsc::Sender<Input>, gate: Arc<Gate>) {
    let thread = std::thread::Builder::new().name("input".into()).spawn(move || {
        loop {
            gate.pass();
            let Ok(event) = crossterm::event::read() else { return };
            let event = if gate.pass() { now_sized().unwrap_or(event) } else { event };
            if sender.blocking_send(Input::Event(event)).is_err() {
                return;
            }
        }
    });
    if let Err(error) = thread {
        tracing::error!(%error, "keys cannot be read");
    }
}

fn now_sized() -> Option<TerminalEvent> {
    crossterm::terminal::size().ok().map(|(width, height)| TerminalEvent::Resize(width, height))
}

/// Reads until the terminal has answered, the time is over, or the terminal is wanted by another program.
async fn read_answers(
    sender: &mpsc::Sender<Input>,
    probing: Probing,
    clock: &dyn Clock,
    end: &CancellationToken,
) -> io::Result<()> {
    #[expect(deprecated, reason = "the safe way to make one; this descriptor stays what it is as long as the process lives")]
    let input = AsyncFd::with_interest(io::stdin(), Interest::READABLE)?;
    let mut parser = Parser::default();
    let mut answers = Answers::new(probing);
    let mut bytes = [0_u8; 1024];
    let until = clock.mono_ms() + PROBE_MS;
    let mut size = crossterm::terminal::size().ok();
    let mut resized = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::window_change())?;
    loop {
        let mut ready = tokio::select! {
            biased;
            () = end.cancelled() => break,
            ready = input.readable() => ready?,
            _ = resized.recv() => {
                if let Some(event) = now_sized().filter(|_| size != crossterm::terminal::size().ok()) {
                    size = crossterm::terminal::size().ok();
                    send(sender, Input::Event(event)).await?;
                }
                continue;
            }
            () = clock.sleep_until(until) => break,
        };
        let over = ready.ready().is_read_closed();
        ready.clear_ready();
        // The terminal blocks whoever reads more than there is: only what is there is read.
        while rustix::io::ioctl_fionread(input.get_ref())? > 0 {
            let count = rustix::io::read(input.get_ref(), &mut bytes)?;
            for parsed in parser.take(&bytes[..count]) {
                match parsed {
                    Parsed::Event(event) => send(sender, Input::Event(event)).await?,
                    Parsed::Cursor { column, .. } => answers.cursor(column),
                    Parsed::Version(text) => answers.version(&text),
                    Parsed::Attributes { sixel } => answers.end(sixel),
                }
            }
        }
        if over {
            return Ok(());
        }
        if answers.is_done() && parser.is_empty() {
            break;
        }
    }
    if let Some(abilities) = answers.abilities() {
        send(sender, Input::Measured(abilities)).await?;
    }
    if let Some(event) = parser.rest() {
        send(sender, Input::Event(event)).await?;
    }
    Ok(())
}

async fn send(sender: &mpsc::Sender<Input>, input: Input) -> io::Result<()> {
    sender.send(input).await.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
}
