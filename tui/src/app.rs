//! The program's loop: take what happened, update, run effects, draw once.

use crate::config::{Config, RightToLeft};
use crate::edge::graphics::{self, PicturesSetting};
use crate::edge::input::{Input, InputSource};
use crate::edge::media::MediaEdge;
use crate::edge::probe::Abilities;
use crate::edge::profile::{ProfileError, ProfileFolder};
use crate::edge::search::Finder;
use crate::edge::session::{SessionEdge, me_of};
use crate::edge::store::{Store, StoreError, StoreHandle};
use crate::edge::terminal::{self, Screen};
use crate::edge::{notify, outside, probe};
use crate::effect::{Ask, Effect, MediaOp, RoomAsk};
use crate::event::{Event, LocalEvent, MediaEvent};
use crate::state::pace::{Pace, Weight};
use crate::state::picture::Said;
use crate::state::{InfoPage, Me, Now, Panel, PanelEntry, Screen as ScreenState, Settings, State};
use crate::text::bidi::{self, ByTerminal};
use crate::update::{self, LOCAL_PAGE};
use crossterm::event::Event as TerminalEvent;
use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use std::sync::Arc;
use tern_protocol::clock::Clock;
use tern_protocol::model::saved_profile::SavedProfile;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Events that wait for the loop; a flood waits in the session, not in memory.
const EVENTS: usize = 256;
/// Answers of the local database that wait: at most one page per conversation in memory is asked for.
const LOCAL_EVENTS: usize = 32;
/// Keys that wait while a frame is drawn.
const INPUT_EVENTS: usize = 256;
/// Events handled between two frames.
const EVENTS_PER_FRAME: usize = 512;

/// What the loop is started with.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) folder: ProfileFolder,
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    /// The login to use; without one, the folder's saved login, or the login screen.
    pub(crate) login: Option<SavedProfile>,
    /// A panel that somebody else feeds with entries.
    pub(crate) panel: Option<(Panel, mpsc::Receiver<PanelEntry>)>,
    /// A page of addresses, for F2.
    pub(crate) info: Option<InfoPage>,
    /// Ends the loop from outside.
    pub(crate) stop: CancellationToken,
}

/// Why the client could not go on, as a sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    #[error("tern needs a terminal: start it in one, or use tern send and tern tail in scripts")]
    NoTerminal,
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the local database cannot be read: {0}")]
    Rows(#[from] rusqlite::Error),
    #[error("a part of tern failed, as told above; what was written is kept")]
    Broken,
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] std::io::Error),
}

/// Runs the client until it is quit.
pub(crate) async fn run(start: Start) -> Result<(), AppError> {
    if !terminal::is_there() {
        return Err(AppError::NoTerminal);
    }
    let Start { folder, config, clock, login, panel, info, stop } = start;
    let _lock = folder.lock()?;
    let login = match login {
        Some(login) => Some(login),
        None => folder.read()?,
    };
    let (pictures, media_settings) = (config.pictures, config.media.clone());
    let mut rng = StdRng::from_rng(&mut rand::rng());
    let database = folder.database();
    let store = Store::open(&database)?;
    let orders = match config.right_to_left {
        RightToLeft::Auto => terminal::orders_text(),
        RightToLeft::Tern => ByTerminal::Nothing,
        RightToLeft::Terminal => ByTerminal::All,
    };
    let mut state = load(&store, config, login.as_ref(), rng.next_u64())?;
    state.now = now(clock.as_ref());
    let (panel, panel_lines) = panel.map_or((None, None), |(panel, lines)| (Some(panel), Some(lines)));
    state.panel = panel;
    state.info = info;
    let terminal_name = probe::terminal_name();
    let remembered = probe::remembered(&folder, &terminal_name);
    state.settings.text.glyphs = remembered.unwrap_or_default().glyphs;

    bidi::leave_to_terminal(orders);
    let mut screen = Screen::take(state.settings.mouse)?;
    state.size = screen.size()?;
    let (events, queue) = mpsc::channel(EVENTS);
    let (local, local_queue) = mpsc::channel(LOCAL_EVENTS);
    // The first page of the conversation that was open last is in the first frame.
    open_last(&mut state, &store)?;
    // Before this frame nothing is asked of the terminal.
    let probing = if probe::asks(remembered) { Some(screen.draw_and_ask(&state)?) } else { None };
    if probing.is_none() {
        screen.draw(&state)?;
    }

    let finder = Finder::start(&database, local.clone())?;
    let store = store.start(local)?;
    let media = MediaEdge::new(folder.media(), media_settings, Arc::clone(&clock), events.clone());
    media.start();
    let mut session = SessionEdge::new(Arc::clone(&clock), StdRng::seed_from_u64(rng.next_u64()), events, folder.clone());
    match login {
        Some(login) if !login.user_sig.is_empty() => {
            state.link = crate::state::Link::Connecting;
            session.start(login, state.sync.rev);
        }
        Some(login) => session.know(login),
        None => {}
    }
    let (source, input) = InputSource::start(INPUT_EVENTS, probing, Arc::clone(&clock));
    let mut app = App {
        state,
        screen,
        store,
        finder,
        session,
        media,
        pictures,
        clock,
        source,
        folder,
        terminal_name,
        said: Said::default(),
        pace: Pace::default(),
    };
    app.look_at_terminal().await?;
    app.screen.tell(&notify::title(&update::title(&app.state)))?;
    let sources = Sources { queue, local_queue, panel_lines, stop };
    let result = app.work(sources, input).await;
    app.end().await;
    result
}

/// The state as it was left.
pub(crate) fn load(store: &Store, config: Config, login: Option<&SavedProfile>, seed: u64) -> Result<State, AppError> {
    let saved = store.saved()?;
    let chosen = saved.theme.as_deref().filter(|_| !config.theme_named).and_then(|name| config.theme.other(name));
    let settings = Settings {
        theme: chosen.unwrap_or(config.theme),
        theme_named: config.theme_named,
        keymap: config.keymap,
        zone: TimeZone::system(),
        mouse: config.mouse,
        bell: config.bell,
        notices: config.notices,
        text: config.text,
        save_folder: config.save_folder,
    };
    let me = login.map_or_else(Me::default, |login| Me { tiny_id: saved.tiny_id.clone(), ..me_of(login) });
    let mut state = State::new(settings, me, seed);
    for (user, nick) in &saved.people {
        state.people.learn(user, nick);
    }
    for group in saved.groups {
        state.groups.set(&group.id.clone(), Some(group));
    }
    state.conversations.load(saved.conversations);
    state.outbox = saved.outbox;
    state.labels = saved.labels;
    state.media.played = saved.played.into_iter().collect();
    state.emoji_used = saved.emoji_used;
    state.sync.rev = saved.rev;
    state.receipts = saved.receipts;
    state.shows_presence = saved.presence;
    state.reactions_used = saved.reactions;
    state.open = saved.opened;
    if login.is_none_or(|login| login.user_sig.is_empty()) {
        let says = if login.is_none() { "Welcome. The server's administrator gives you these." } else { "You are logged out." };
        state.screen = ScreenState::Login(update::login_form(&state.me, says));
    }
    Ok(state)
}

/// Opens the conversation that was open last, from the local database, before its thread runs.
pub(crate) fn open_last(state: &mut State, store: &Store) -> Result<(), AppError> {
    let Some(chat) = state.open.take() else { return Ok(()) };
    if state.conversations.get(&chat).is_none_or(|conversation| conversation.gone) {
        return Ok(());
    }
    let page = store.page(&chat, None, LOCAL_PAGE)?;
    update::restore(state, &chat, page);
    let timeline = state.open_timeline();
    let places = timeline.and_then(|timeline| timeline.oldest_place().zip(timeline.newest_place()));
    let (from, to) = places.unwrap_or_default();
    update::restore_attached(state, store.attached(&chat, from, to)?);
    Ok(())
}

fn now(clock: &dyn Clock) -> Now {
    Now { wall_ms: clock.wall_ms(), mono_ms: clock.mono_ms() }
}

/// Where events come from.
struct Sources {
    queue: mpsc::Receiver<Event>,
    local_queue: mpsc::Receiver<Event>,
    panel_lines: Option<mpsc::Receiver<PanelEntry>>,
    stop: CancellationToken,
}

/// Signals that end or wake the program.
struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    go_on: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        let go_on = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            go_on: signal(go_on)?,
        })
    }
}

struct App {
    state: State,
    screen: Screen,
    store: StoreHandle,
    finder: Finder,
    session: SessionEdge,
    media: MediaEdge,
    pictures: PicturesSetting,
    clock: Arc<dyn Clock>,
    source: InputSource,
    folder: ProfileFolder,
    /// Under which what it can draw is remembered.
    terminal_name: String,
    /// What it says of pictures.
    said: Said,
    pace: Pace,
}

/// What woke the loop.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Woken {
    By(Event),
    /// The terminal's modes may have been lost: a stop and a start.
    Continued,
    /// The terminal is gone.
    NoInput,
}

impl App {
    async fn work(&mut self, mut sources: Sources, mut input: mpsc::Receiver<Input>) -> Result<(), AppError> {
        let mut signals = Signals::listen()?;
        while !self.state.quitting {
            let woken = self.wait(&mut sources, &mut input, &mut signals).await;
            match woken {
                Woken::By(event) => self.handle(event).await?,
                Woken::Continued => {
                    self.screen.retake()?;
                    self.pace.note(Weight::Urgent);
                }
                Woken::NoInput => self.state.quitting = true,
            }
            // What else is there goes into the same frame.
            for _ in 0..EVENTS_PER_FRAME {
                let Some(event) = ready(&mut sources, &mut input) else { break };
                self.handle(event).await?;
            }
            if !self.screen.is_ours() {
                return Err(AppError::Broken);
            }
            if !self.state.quitting && self.pace.draws(self.clock.mono_ms()) {
                for effect in update::before_draw(&mut self.state) {
                    self.run(effect).await?;
                }
                self.screen.draw(&self.state)?;
            }
        }
        Ok(())
    }

    /// Sleeps until something happens: no timer runs unless the screen will change by itself.
    async fn wait(&self, sources: &mut Sources, input: &mut mpsc::Receiver<Input>, signals: &mut Signals) -> Woken {
        let wake = self.state.wake_at().into_iter().chain(self.pace.due_ms()).min();
        let sleep = async {
            match wake {
                Some(at) => self.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let panel = async {
            if let Some(lines) = &mut sources.panel_lines
                && let Some(line) = lines.recv().await
            {
                return line;
            }
            std::future::pending().await
        };
        tokio::select! {
                biased;
                () = sources.stop.cancelled() => Woken::By(Event::Terminate),
                _ = signals.terminate.recv() => Woken::By(Event::Terminate),
                _ = signals.hang_up.recv() => Woken::By(Event::Terminate),
                _ = signals.interrupt.recv() => Woken::By(Event::Terminate),
                _ = signals.go_on.recv() => Woken::Continued,
                happened = input.recv() => match happened {
                    Some(event) => Woken::By(translate(event)),
                    None => Woken::NoInput,
                },
                Some(event) = sources.local_queue.recv() => Woken::By(event),
                Some(event) = sources.queue.recv() => Woken::By(event),
                line = panel => Woken::By(Event::Panel(line)),
                () = sleep => Woken::By(Event::Woke),
        }
    }

    /// Learns how pictures are drawn, and how large a character is.
    async fn look_at_terminal(&mut self) -> Result<(), AppError> {
        let graphics = graphics::of_this_terminal(self.pictures, self.said);
        self.media.set_graphics(graphics);
        self.update(Event::Media(MediaEvent::Graphics(graphics))).await
    }

    async fn handle(&mut self, event: Event) -> Result<(), AppError> {
        match event {
            Event::Measured { said, .. } if said != self.said => {
                self.said = said;
                self.look_at_terminal().await?;
            }
            Event::Resize(..) => self.look_at_terminal().await?,
            _ => {}
        }
        self.update(event).await
    }

    async fn update(&mut self, event: Event) -> Result<(), AppError> {
        let mut event = Some(event);
        while let Some(happened) = event.take() {
            self.pace.note(update::weight(&self.state, &happened));
            for effect in update::update(&mut self.state, happened, now(self.clock.as_ref())) {
                // Only one effect of an event can have something to say at once.
                event = self.run(effect).await?.or(event);
            }
        }
        Ok(())
    }

    /// Runs an effect; some have happened at once, which is an event.
    async fn run(&mut self, effect: Effect) -> Result<Option<Event>, AppError> {
        match effect {
            Effect::LogIn(request) => self.session.log_in(request),
            Effect::LogInAgain { user_sig, rev } => self.session.log_in_again(user_sig, rev),
            Effect::LogOut => self.session.log_out().await,
            Effect::Ask(Ask::Room(RoomAsk::Leave { group })) if self.state.quitting => self.session.leave_room(group).await,
            Effect::Ask(ask) => self.session.ask(ask),
            Effect::Media(MediaOp::ForgetPictures(ids)) => self.screen.tell(&graphics::forget(&ids))?,
            Effect::Media(op) => self.media.run(op, self.session.link()),
            Effect::Find { serial, section, query } => self.finder.ask(serial, section, query),
            Effect::Store(op) => self.store.send(op).await,
            Effect::Bell => self.screen.tell(notify::BELL)?,
            Effect::Notice { title, text } => self.screen.tell(&notify::notice(&title, &text))?,
            Effect::Copy(text) => self.screen.copy(&text)?,
            Effect::Title(text) => self.screen.tell(&notify::title(&text))?,
            Effect::Mouse(on) => self.screen.mouse(on)?,
            Effect::Open(url) => {
                if let Err(error) = open::that_detached(&url) {
                    return Ok(Some(Event::Local(LocalEvent::Trouble(format!("No program could be started for {url}: {error}")))));
                }
            }
            Effect::EditOutside(text) => return self.edit_outside(&text).await.map(Some),
            Effect::KeepGlyphs(glyphs) => {
                probe::remember(&self.folder, &self.terminal_name, Abilities { glyphs, said: self.said });
            }
            Effect::Redraw => self.screen.redraw()?,
            Effect::Suspend => {
                self.screen.leave();
                terminal::stop_process()?;
                self.screen.retake()?;
            }
        }
        Ok(None)
    }

    /// The terminal is the editor's until it ends.
    async fn edit_outside(&mut self, text: &str) -> Result<Event, AppError> {
        if !self.source.pause(self.clock.as_ref()).await {
            self.source.resume();
            return Ok(Event::Local(LocalEvent::Edited(Err("The terminal could not be handed over: try again".into()))));
        }
        self.screen.leave();
        let edited = outside::edit(&self.folder, text);
        self.screen.retake()?;
        self.source.resume();
        Ok(Event::Local(LocalEvent::Edited(edited)))
    }

    /// The terminal first, then the disk, then the server.
    async fn end(&mut self) {
        self.screen.leave();
        self.store.close();
        self.media.stop();
        self.session.close().await;
    }
}

/// An event that is there already.
fn ready(sources: &mut Sources, input: &mut mpsc::Receiver<Input>) -> Option<Event> {
    if let Ok(event) = sources.local_queue.try_recv() {
        return Some(event);
    }
    if let Ok(event) = input.try_recv() {
        return Some(translate(event));
    }
    if let Ok(event) = sources.queue.try_recv() {
        return Some(event);
    }
    let lines = sources.panel_lines.as_mut()?;
    lines.try_recv().ok().map(Event::Panel)
}

fn translate(input: Input) -> Event {
    let event = match input {
        Input::Event(event) => event,
        Input::Measured(Abilities { glyphs, said }) => return Event::Measured { glyphs, said },
    };
    match event {
        TerminalEvent::Key(key) => Event::Key(key),
        TerminalEvent::Mouse(mouse) => Event::Mouse(mouse),
        TerminalEvent::Paste(text) => Event::Paste(text),
        TerminalEvent::Resize(width, height) => Event::Resize(width, height),
        TerminalEvent::FocusGained => Event::Front(true),
        TerminalEvent::FocusLost => Event::Front(false),
    }
}
