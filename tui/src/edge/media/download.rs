//! Fetching a file into the cache: resumed where it broke off, never longer than its kind may be.

use super::Seldom;
use super::cache::Cache;
use super::http::{Http, plain};
use crate::state::media::{MediaKind, Want};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, RANGE};
use std::io::Write;
use std::sync::Arc;
use tern_protocol::clock::{self, Clock};
use tern_protocol::model::saved_profile::SavedProfile;

/// Attempts without a byte more.
const ATTEMPTS: u32 = 5;
/// Pause after the first failed attempt; each further one doubles it (milliseconds).
const PAUSE_MS: i64 = 500;

/// Why an attempt ended.
enum Trouble {
    /// Trying again may help.
    Again(String),
    Final(String),
}

/// Fetches a file. Own files come from the own server, whatever host their address names; `profile` is the session's.
pub(crate) async fn fetch(
    want: &Want,
    profile: &SavedProfile,
    http: &Http,
    cache: &Cache,
    clock: Arc<dyn Clock>,
    progress: impl Fn(u64, u64),
) -> Result<(), String> {
    if cache.find(want.remote.key).is_some() {
        return Ok(());
    }
    let (client, url) = match want.remote.own_path(profile.sdk_app_id.0) {
        Some(path) => {
            let (client, address) = http.own(profile).await?;
            (client, format!("{}{path}", address.http_url()))
        }
        None => (http.foreign().await?, want.remote.url.to_string()),
    };
    let mut seldom = Seldom::new(Arc::clone(&clock));
    let (mut attempts, mut reached) = (0, 0);
    loop {
        let trouble = match attempt(&client, &url, want, cache, &mut seldom, &progress).await {
            Ok(()) => break,
            Err(trouble) => trouble,
        };
        let text = match trouble {
            Trouble::Final(text) => return Err(text),
            Trouble::Again(text) => text,
        };
        let bytes = cache.open_part(want.remote.key).map_or(0, |(_, bytes)| bytes);
        attempts = if bytes > reached { 1 } else { attempts + 1 };
        reached = bytes;
        if attempts >= ATTEMPTS {
            return Err(text);
        }
        clock::sleep(clock.as_ref(), PAUSE_MS << attempts).await;
    }
    let otherwise = match want.kind {
        MediaKind::Image => "picture",
        MediaKind::Sound => "voice",
        MediaKind::Video => "video",
        MediaKind::File => "file",
    };
    cache.finish(want.remote.key, &want.name, otherwise).map(|_| ()).map_err(|error| format!("it cannot be kept: {error}"))
}

async fn attempt(
    client: &reqwest::Client,
    url: &str,
    want: &Want,
    cache: &Cache,
    seldom: &mut Seldom,
    progress: &impl Fn(u64, u64),
) -> Result<(), Trouble> {
    let key = want.remote.key;
    let on_disk = |error: std::io::Error| Trouble::Final(format!("it cannot be kept: {error}"));
    let (mut file, have) = cache.open_part(key).map_err(on_disk)?;
    let mut request = client.get(url);
    if have > 0 {
        request = request.header(RANGE, format!("bytes={have}-"));
    }
    let mut answer = request.send().await.map_err(|error| Trouble::Again(plain(error)))?;
    let mut done = have;
    match answer.status() {
        StatusCode::PARTIAL_CONTENT if have > 0 && begins_at(&answer, have) => {}
        StatusCode::OK => {
            // All of it, from the beginning.
            file.set_len(0).map_err(on_disk)?;
            done = 0;
        }
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            cache.drop_part(key);
            return Err(Trouble::Again("the file there has changed".into()));
        }
        StatusCode::FORBIDDEN => {
            return Err(Trouble::Final("its address is not valid any more: it has expired, or the file is banned".into()));
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Trouble::Final("it is not there any more".into())),
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            return Err(Trouble::Again(format!("the host answers {status}")));
        }
        status => return Err(Trouble::Final(format!("the host answers {status}"))),
    }
    let most = want.kind.limit_bytes();
    let too_large = || Trouble::Final(format!("it is larger than {}", crate::text::bytes(i64::try_from(most).unwrap_or(i64::MAX))));
    let total = answer.content_length().map_or(0, |rest| done.saturating_add(rest));
    if total > most {
        cache.drop_part(key);
        return Err(too_large());
    }
    loop {
        let piece = answer.chunk().await.map_err(|error| Trouble::Again(plain(error)))?;
        let Some(piece) = piece else { break };
        done += piece.len() as u64;
        if done > most {
            cache.drop_part(key);
            return Err(too_large());
        }
        // Pieces are what a network read brings: writing one takes less time than waiting for it did.
        file.write_all(&piece).map_err(on_disk)?;
        if seldom.now() {
            progress(done, total);
        }
    }
    if total > 0 && done < total {
        return Err(Trouble::Again("the connection broke off".into()));
    }
    Ok(())
}

fn begins_at(answer: &reqwest::Response, at: u64) -> bool {
    let range = answer.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    range.strip_prefix("bytes ").and_then(|rest| rest.split('-').next()).and_then(|from| from.parse().ok()) == Some(at)
}
