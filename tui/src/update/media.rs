//! Files: sending them, fetching them, and what a person does with those that are here.

use super::composer;
use crate::action::Action;
use crate::effect::{AttachFrom, Effect, MediaOp, StoreOp};
use crate::event::{MediaEvent, Refusal};
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::editor::Editor;
use crate::state::media::{LocalFile, Media, MediaKind, OutgoingFile, Place, Then, Transfer, Viewer, Want, played_key};
use crate::state::message::{Body, Message, Part};
use crate::state::modal::{Confirm, Confirmed, Field, Form, FormKind, Modal};
use crate::state::picture::Pictures;
use crate::state::reply::custom_data;
use crate::state::timeline::RowKey;
use crate::state::{State, Tone};
use crate::text::clean_line;
use crate::update::roster::Submitted;
use crate::view::media::Source;
use crate::view::{timeline as shown, viewer};

/// Pixels of a small picture that is shown without being asked for: what claims to be one and is larger is none.
const PREVIEW_PIXELS: u64 = 4_000_000;
/// Pixels of a picture that a person wants to see, or sends.
const PICTURE_PIXELS: u64 = 64_000_000;
/// A pasted text that is longer is no path.
const PATH_BYTES: usize = 4096;

/// Runs an action on files.
pub(crate) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    match action {
        Action::Attach => attach(state, argument, out),
        Action::SendAsFile => send_written_as_file(state, out),
        Action::ViewerNext => turn(state, 1, out),
        Action::ViewerPrevious => turn(state, -1, out),
        _ => act(state, action, argument, out),
    }
}

/// Asks for a path, or takes the one that was written behind the command.
fn attach(state: &mut State, typed: &str, out: &mut Vec<Effect>) {
    let Some(chat) = state.open.clone() else {
        state.say(Tone::Neutral, "Open a conversation first: a file is sent to somebody");
        return;
    };
    if typed.is_empty() {
        let field = Field::text("Path", "such as ~/Pictures/cat.jpg", "");
        let says = format!("A picture, sound, video or file for {}.", state.name_of(&chat));
        state.media.completed = None;
        state.modals.push(Modal::Form(Form::new(FormKind::Attach, "Send a file", says, vec![field])));
    } else {
        attach_path(&chat, typed, AttachFrom::Command, out);
    }
}

/// What is written goes out as a file, whatever its length.
fn send_written_as_file(state: &mut State, out: &mut Vec<Effect>) {
    let Some(chat) = state.open.clone() else { return };
    if state.composer.is_blank() {
        state.say(Tone::Neutral, "Nothing is written");
        return;
    }
    let text = state.composer.text().to_owned();
    state.composer.take();
    attach_text(&chat, "message.txt", text, out);
}

/// Looks at a path, and sends the file if it can be sent.
pub(crate) fn attach_path(chat: &ChatId, typed: &str, from: AttachFrom, out: &mut Vec<Effect>) {
    out.push(Effect::Media(MediaOp::Inspect { chat: chat.clone(), typed: typed.to_owned(), from }));
}

/// Sends a text as a file: it is too long for a message.
pub(crate) fn attach_text(chat: &ChatId, name: &str, text: String, out: &mut Vec<Effect>) {
    out.push(Effect::Media(MediaOp::KeepText { chat: chat.clone(), name: name.to_owned(), text }));
}

/// A text was pasted into the composer: if it is the path of a file, that can be sent instead.
pub(super) fn pasted(state: &State, text: &str, out: &mut Vec<Effect>) {
    let Some(chat) = &state.open else { return };
    let typed = text.trim();
    let bare = typed.trim_start_matches(['\'', '"']);
    let like_a_path = ["/", "~/", "file://"].iter().any(|start| bare.starts_with(start)) && bare.len() > 2;
    if like_a_path && typed.len() <= PATH_BYTES && !typed.contains('\n') && state.composer.text().trim() == typed {
        let from = AttachFrom::Paste(state.composer.text().to_owned());
        out.push(Effect::Media(MediaOp::Inspect { chat: chat.clone(), typed: typed.to_owned(), from }));
    }
}

/// Asks for what the path in a dialog may mean, whenever it changed.
pub(super) fn complete_path(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Form(form)) = state.modals.last() else { return };
    if !matches!(form.kind, FormKind::Attach | FormKind::SaveAs(_)) || form.busy {
        return;
    }
    let typed = form.value("Path").to_owned();
    if state.media.completed.as_ref() != Some(&typed) {
        state.media.completed = Some(typed.clone());
        out.push(Effect::Media(MediaOp::Complete { typed }));
    }
}

/// The path in the dialog is to be sent.
pub(super) fn submit_attach(state: &State, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let Some(chat) = state.open.clone() else { return Err("No conversation is open".into()) };
    let typed = form.value("Path").to_owned();
    if typed.is_empty() {
        return Err("Which file?".into());
    }
    out.push(Effect::Media(MediaOp::Inspect { chat, typed, from: AttachFrom::Dialog }));
    Ok(Submitted::Asked)
}

/// The place for a file was named.
pub(super) fn submit_save(state: &mut State, want: &Want, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let to = form.value("Path").to_owned();
    if to.is_empty() {
        return Err("Where to?".into());
    }
    fetch(state, want.clone(), Then::Save(to), out);
    Ok(Submitted::Done)
}

fn inspected(state: &mut State, chat: &ChatId, from: &AttachFrom, result: Result<LocalFile, String>, out: &mut Vec<Effect>) {
    let asks = |modal: &Modal| matches!(modal, Modal::Form(form) if form.kind == FormKind::Attach && form.busy);
    match (result, from) {
        (Ok(file), AttachFrom::Paste(pasted)) => offer_pasted(state, chat, file, pasted),
        (Err(_), AttachFrom::Paste(_)) => {}
        (Ok(file), _) => {
            if state.modals.last().is_some_and(asks) {
                state.modals.pop();
            }
            send_file(state, chat, file, *from == AttachFrom::OwnCopy, out);
        }
        (Err(text), _) => match state.modals.last_mut() {
            Some(Modal::Form(form)) if form.kind == FormKind::Attach && form.busy => {
                form.busy = false;
                form.error = Some(text);
            }
            _ => state.say(Tone::Bad, text),
        },
    }
}

fn offer_pasted(state: &mut State, chat: &ChatId, file: LocalFile, pasted: &str) {
    if state.open.as_ref() != Some(chat) || state.composer.text() != pasted || !state.modals.is_empty() {
        return;
    }
    let size = crate::text::bytes(i64::try_from(file.size_bytes).unwrap_or(i64::MAX));
    state.modals.push(Modal::Confirm(Confirm {
        question: "Send the file?".into(),
        detail: format!("{} ({}, {size}) goes to {} instead of its path.", file.name, file.kind.word(), state.name_of(chat)),
        yes: "Send the file",
        then: Confirmed::SendFile(chat.clone(), file, pasted.to_owned()),
    }));
}

/// Yes: the file goes, its path leaves the composer.
pub(super) fn send_pasted(state: &mut State, chat: &ChatId, file: LocalFile, pasted: &str, out: &mut Vec<Effect>) {
    if state.open.as_ref() == Some(chat) && state.composer.text() == pasted {
        state.composer = Editor::default();
    }
    send_file(state, chat, file, false, out);
}

/// Puts a file into the outbox: its row shows at once.
fn send_file(state: &mut State, chat: &ChatId, file: LocalFile, own_copy: bool, out: &mut Vec<Effect>) {
    let file = OutgoingFile { own_copy, ..file.into() };
    if !state.online() {
        state.say(Tone::Neutral, "It goes out when the link is back");
    }
    let custom = custom_data(!chat.is_group(), None);
    composer::post(state, chat, Outgoing { file: Some(Box::new(file)), custom, ..Outgoing::default() }, out);
}

/// An outbox row went: so does what was kept for it.
pub(super) fn let_go(state: &mut State, outgoing: &Outgoing, out: &mut Vec<Effect>) {
    let Some(file) = &outgoing.file else { return };
    // What of it is at the server goes too, also when it is not being sent just now.
    if state.media.uploads.remove(&outgoing.key()).is_some() || outgoing.needs_upload() {
        out.push(Effect::Media(MediaOp::CancelUpload { key: outgoing.key() }));
    }
    if file.own_copy {
        out.push(Effect::Media(MediaOp::DropCopy(file.path.clone())));
    }
}

fn uploaded(state: &mut State, key: &str, result: Result<String, Refusal>, out: &mut Vec<Effect>) {
    state.media.uploads.remove(key);
    state.in_flight.retain(|other| other != key);
    let Some(at) = state.outbox.iter().position(|outgoing| outgoing.key() == key) else { return };
    match result {
        Ok(body) => {
            if let Some(outgoing) = state.outbox.get_mut(at) {
                outgoing.body = Some(body);
                out.push(Effect::Store(StoreOp::Outgoing(outgoing.clone())));
            }
        }
        Err(refusal) => composer::fail(state, at, refusal.code, super::says::refused(&refusal), out),
    }
    composer::deliver_all(state, out);
}

/// News of files and pictures.
pub(super) fn told(state: &mut State, event: MediaEvent, out: &mut Vec<Effect>) {
    match event {
        MediaEvent::Graphics(graphics) => {
            if state.media.pictures.graphics != graphics {
                forget_pictures(state, out);
                state.media.pictures.graphics = graphics;
            }
        }
        MediaEvent::Cached(keys) => state.media.here.extend(keys),
        MediaEvent::Inspected { chat, from, result } => inspected(state, &chat, &from, result, out),
        MediaEvent::Completed { typed, found } => {
            if let Some(Modal::Form(form)) = state.modals.last_mut()
                && matches!(form.kind, FormKind::Attach | FormKind::SaveAs(_))
                && form.value("Path") == typed
            {
                form.suggestions = found;
            }
        }
        MediaEvent::UploadProgress { key, done_bytes, total_bytes } => {
            if state.in_flight.contains(&key) {
                state.media.uploads.insert(key, (done_bytes, total_bytes));
            }
        }
        MediaEvent::Uploaded { key, result } => uploaded(state, &key, result, out),
        MediaEvent::UploadLost { key } => {
            state.media.uploads.remove(&key);
            composer::delivery_lost(state, &key, out);
        }
        MediaEvent::DownloadProgress { key, done_bytes, total_bytes } => state.media.progress(key, done_bytes, total_bytes),
        MediaEvent::Downloaded { key, result } => {
            let trouble = result.as_ref().err().cloned();
            let Some((want, wishes)) = state.media.end(key, result) else { return };
            match trouble {
                None => wishes.into_iter().for_each(|then| finish(state, &want, then, out)),
                Some(text) if wishes.iter().any(|then| *then != Then::Show) => {
                    state.say(Tone::Bad, format!("{} did not come: {text}", named(&want)));
                }
                Some(_) => {}
            }
        }
        MediaEvent::Missing(key) => {
            state.media.here.remove(&key);
            state.say(Tone::Bad, "The file was removed from this computer: fetch it again");
        }
        MediaEvent::Saved(Ok(path)) => state.say(Tone::Good, format!("Saved as {}", clean_line(&path))),
        MediaEvent::Saved(Err(text)) => state.say(Tone::Bad, format!("Not saved: {text}")),
        MediaEvent::NotOpened(text) => state.say(Tone::Bad, format!("It cannot be opened: {text}")),
        MediaEvent::Program(want) => {
            let detail = format!("{} is a program, or may contain one. It runs with all your rights.", named(&want));
            let then = Confirmed::OpenFile(want);
            state.modals.push(Modal::Confirm(Confirm { question: "Open a program?".into(), detail, yes: "Open it", then }));
        }
        MediaEvent::Picture { key, result } => {
            let ids = state.media.pictures.put(key, result);
            forget_ids(ids, out);
        }
    }
}

fn forget_ids(ids: Vec<u32>, out: &mut Vec<Effect>) {
    if !ids.is_empty() {
        out.push(Effect::Media(MediaOp::ForgetPictures(ids)));
    }
}

/// All pictures are made anew: the terminal was cleared, or its characters have another size.
pub(super) fn forget_pictures(state: &mut State, out: &mut Vec<Effect>) {
    let ids = Pictures::clear(&mut state.media.pictures);
    forget_ids(ids, out);
}

/// A file's name, or what it is.
fn named(want: &Want) -> String {
    if want.name.is_empty() { format!("The {}", want.kind.word().to_lowercase()) } else { want.name.clone() }
}

/// Fetches a file unless it is here, and does something with it.
fn fetch(state: &mut State, want: Want, then: Then, out: &mut Vec<Effect>) {
    if state.media.here.contains(&want.remote.key) {
        finish(state, &want, then, out);
        return;
    }
    if state.media.begin(&want, then) {
        out.push(Effect::Media(MediaOp::Download(want)));
    }
}

fn finish(state: &mut State, want: &Want, then: Then, out: &mut Vec<Effect>) {
    match then {
        Then::Show => {}
        Then::Keep => state.say(Tone::Good, format!("{} is here: o opens, s saves it", named(want))),
        Then::Open => out.push(Effect::Media(MediaOp::Open { want: want.clone(), sure: false })),
        Then::Save(to) => out.push(Effect::Media(MediaOp::Save { want: want.clone(), to })),
    }
}

/// The person is sure: the program is opened.
pub(super) fn open_program(want: Want, out: &mut Vec<Effect>) {
    out.push(Effect::Media(MediaOp::Open { want, sure: true }));
}

/// What an action is about.
enum Target {
    Media { msg_id: String, mine: bool, media: Media },
    Place(Place),
}

/// The picture that is looked at, the selected message's file, or the newest file of the conversation.
fn target(state: &State) -> Option<(RowKey, Target)> {
    let timeline = state.looked_timeline()?;
    let key = match state.modals.last() {
        Some(Modal::Viewer(viewer)) => Some(&viewer.row),
        _ => timeline.selected.as_ref(),
    };
    let index = match key {
        Some(key) => timeline.index(key)?,
        None => timeline.rows().iter().rposition(|row| first_target(row).is_some())?,
    };
    let target = first_target(timeline.rows().get(index)?)?;
    Some((timeline.key(index)?, target))
}

fn first_target(message: &Message) -> Option<Target> {
    let Body::Parts(parts) = &message.body else { return None };
    parts.iter().find_map(|part| match part {
        Part::Media(media) => {
            Some(Target::Media { msg_id: message.msg_id.clone(), mine: message.mine, media: media.as_ref().clone() })
        }
        Part::Place(place) => Some(Target::Place(place.clone())),
        _ => None,
    })
}

fn act(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    let Some((row, target)) = target(state) else {
        let selected = state.looked_timeline().is_some_and(|timeline| timeline.selected.is_some());
        state.say(Tone::Neutral, if selected { "This message has no file" } else { "There is no file in this conversation" });
        return;
    };
    match (target, action) {
        (Target::Place(place), Action::CopyUrl) => {
            out.push(Effect::Copy(place.coordinates()));
            state.say(Tone::Good, "Coordinates copied");
        }
        (Target::Place(place), Action::OpenMedia) => out.push(Effect::Open(place.map_url())),
        (Target::Place(_), _) => state.say(Tone::Neutral, "This is a place: o shows it on a map, U copies the coordinates"),
        (Target::Media { media, .. }, Action::CancelTransfer) => cancel(state, &media, out),
        (Target::Media { media, .. }, Action::ViewMedia) => view(state, row, &media, out),
        (Target::Media { media, .. }, Action::OpenMedia) if media.waiting.is_some() => {
            if let Some((_, path)) = media.waiting {
                out.push(Effect::Media(MediaOp::OpenLocal(path)));
            }
        }
        (Target::Media { msg_id, mine, media }, action) => with_file(state, action, argument, &msg_id, mine, &media, out),
    }
}

/// What needs the file that a message names.
fn with_file(state: &mut State, action: Action, argument: &str, msg_id: &str, mine: bool, media: &Media, out: &mut Vec<Effect>) {
    let Some(remote) = media.file.clone() else {
        let text = if media.waiting.is_some() { "It is not sent yet" } else { "The message does not say where the file is" };
        state.say(Tone::Neutral, text);
        return;
    };
    match action {
        Action::CopyUrl => {
            out.push(Effect::Copy(remote.url.to_string()));
            state.say(Tone::Good, "Address copied");
        }
        Action::DownloadMedia if matches!(state.modals.last(), Some(Modal::Viewer(_))) => {
            if let Some(want) = look_want(media) {
                fetch(state, want, Then::Show, out);
            }
        }
        Action::DownloadMedia => fetch(state, want_of(media, remote), Then::Keep, out),
        Action::OpenMedia => {
            if media.kind == MediaKind::Sound && !mine && state.media.play(msg_id) {
                out.push(Effect::Store(StoreOp::Played(played_key(msg_id))));
            }
            fetch(state, want_of(media, remote), Then::Open, out);
        }
        Action::SaveMedia if !argument.is_empty() => fetch(state, want_of(media, remote), Then::Save(argument.to_owned()), out),
        Action::SaveMedia => {
            let want = want_of(media, remote);
            let folder = state.settings.save_folder.trim_end_matches('/');
            let field = Field::text("Path", "a file or a folder", &format!("{folder}/{}", want.name));
            let says = format!("{} is copied there; nothing is written over.", named(&want));
            state.media.completed = None;
            state.modals.push(Modal::Form(Form::new(FormKind::SaveAs(want), "Save as", says, vec![field])));
        }
        _ => {}
    }
}

fn want_of(media: &Media, remote: crate::state::media::Remote) -> Want {
    Want { remote, name: media.name.clone(), kind: media.kind }
}

fn cancel(state: &mut State, media: &Media, out: &mut Vec<Effect>) {
    if let Some((key, _)) = &media.waiting {
        let Some(at) = state.outbox.iter().position(|outgoing| outgoing.key() == **key && outgoing.failed.is_none()) else {
            state.say(Tone::Neutral, "It is not being sent: r sends it again, d discards it");
            return;
        };
        if !state.outbox[at].needs_upload() {
            state.say(Tone::Neutral, "It is at the server already");
            return;
        }
        out.push(Effect::Media(MediaOp::CancelUpload { key: key.to_string() }));
        state.media.uploads.remove(&**key);
        state.in_flight.retain(|other| **other != **key);
        composer::fail(state, at, 0, "you stopped it".into(), out);
        composer::deliver_all(state, out);
        return;
    }
    let running = |state: &State, remote: &crate::state::media::Remote| {
        matches!(state.media.download(remote.key), Some(Transfer::Running { .. }))
    };
    match [&media.file, &media.large, &media.thumbnail].into_iter().flatten().find(|remote| running(state, remote)) {
        Some(remote) => {
            let key = remote.key;
            state.media.forget_download(key);
            out.push(Effect::Media(MediaOp::CancelDownload(key)));
            state.say(Tone::Neutral, "Stopped; what is here already is used next time");
        }
        None => state.say(Tone::Neutral, "Nothing is on its way"),
    }
}

/// The picture to look at, as a file to fetch.
pub(crate) fn look_want(media: &Media) -> Option<Want> {
    let remote = media.look()?.clone();
    Some(Want { remote, name: media.name.clone(), kind: MediaKind::Image })
}

fn view(state: &mut State, row: RowKey, media: &Media, out: &mut Vec<Effect>) {
    if state.media.pictures.graphics.is_none() {
        state.say(Tone::Neutral, "Pictures are not drawn in this terminal: o opens the file, s saves it");
        return;
    }
    let Some(chat) = state.open.clone() else { return };
    if media.waiting.is_none() || media.kind != MediaKind::Image {
        let Some(want) = look_want(media) else {
            state.say(Tone::Neutral, "This is no picture: o opens the file, s saves it");
            return;
        };
        fetch(state, want, Then::Show, out);
    }
    if !matches!(state.modals.last(), Some(Modal::Viewer(_))) {
        state.modals.push(Modal::Viewer(Viewer { chat, row }));
    }
}

/// To another picture of the conversation.
fn turn(state: &mut State, step: isize, out: &mut Vec<Effect>) {
    let Some(Modal::Viewer(viewer)) = state.modals.last() else { return };
    let rows = viewer::pictures(state);
    let now = rows.iter().position(|row| *row == viewer.row).unwrap_or(0);
    let next = now.checked_add_signed(step).and_then(|next| rows.get(next)).cloned();
    let Some(next) = next else {
        state.say(Tone::Neutral, if step > 0 { "This is the newest picture" } else { "This is the oldest picture that is here" });
        return;
    };
    state.select_looked(next.clone());
    if let Some(Modal::Viewer(viewer)) = state.modals.last_mut() {
        viewer.row = next;
    }
    // Own files come by themselves; those of other hosts only when asked for.
    let app = state.me.sdk_app_id;
    if let Some((_, Target::Media { media, .. })) = target(state)
        && let Some(want) = look_want(&media).filter(|want| want.remote.own_path(app).is_some())
    {
        fetch(state, want, Then::Show, out);
    }
}

/// What the next frame shows and is not here: small pictures are fetched, pictures are made.
pub(crate) fn before_draw(state: &mut State) -> Vec<Effect> {
    let mut out = Vec::new();
    if state.media.pictures.graphics.is_none() {
        return out;
    }
    let viewing = matches!(state.modals.last(), Some(Modal::Viewer(_)));
    let wanted: Vec<_> = if viewing { viewer::wanted(state).into_iter().collect() } else { shown::pictures_in_sight(state) };
    let mut ready = Vec::new();
    for (key, source) in wanted {
        match source {
            Source::Cached(want) if !state.media.here.contains(&want.remote.key) => {
                // The viewer's was asked for when it opened.
                if !viewing && state.online() && state.media.download(want.remote.key).is_none() {
                    fetch(state, want, Then::Show, &mut out);
                }
            }
            source => ready.push((key, source)),
        }
    }
    let most = |source: &Source| if viewing || matches!(source, Source::Local(_)) { PICTURE_PIXELS } else { PREVIEW_PIXELS };
    for key in state.media.pictures.see(ready.iter().map(|(key, _)| *key)) {
        if let Some((_, source)) = ready.iter().find(|(other, _)| *other == key) {
            out.push(Effect::Media(MediaOp::Picture { key, source: source.clone(), most_pixels: most(source) }));
        }
    }
    out
}

#[cfg(test)]
mod tests;
