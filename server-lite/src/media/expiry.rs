//! Takes files away whose time is over: a small batch of rows under each commit, then what lies on disk.

use super::{Media, blocking};
use crate::app::Server;
use crate::expiry::repeat;
use crate::store::engine::StoreError;
use crate::store::media as store;
use std::sync::Arc;

/// Uploads and files taken away in one transaction.
const BATCH: i64 = 200;
/// Milliseconds between two passes: nothing expires sooner than a day after it came.
const PASS_MOST_MS: i64 = 6 * 3_600_000;
const PASS_LEAST_MS: i64 = 60_000;

/// Works until the server ends.
pub(crate) async fn run(server: Arc<Server>) {
    if let Err(error) = start(&server).await {
        tracing::error!(%error, "files that nobody knows could not be taken away");
    }
    repeat(server, PASS_LEAST_MS, "files whose time is over", |server| async move { pass(&server).await }).await;
}

/// Takes away what has expired; milliseconds until the next pass.
async fn pass(server: &Server) -> Result<i64, StoreError> {
    let now = server.clock().wall_seconds();
    while take(server, now).await? {
        if server.stop.is_cancelled() {
            return Err(StoreError::Closed);
        }
    }
    let next = server.db.read(store::next_expiry).await?;
    let wait_ms = next.map_or(PASS_MOST_MS, |at| at.saturating_sub(now).saturating_mul(1_000));
    Ok(wait_ms.clamp(PASS_LEAST_MS, PASS_MOST_MS))
}

/// One batch; whether there may be more.
async fn take(server: &Server, now: i64) -> Result<bool, StoreError> {
    let media = &server.media;
    let _contents = media.contents.lock().await;
    let expired = server.db.write(move |tx| store::take_expired(tx, now, BATCH)).await?;
    let batch = usize::try_from(BATCH).unwrap_or(0);
    let is_full = expired.uploads.len() >= batch || expired.files >= batch;
    expired.uploads.iter().for_each(|object| media.active.displace(object));
    media.numbers.expired.inc_by(expired.files as u64);
    count_gone(media, &expired.contents);
    let files = media.depot.files.clone();
    // What cannot be removed was logged, and is looked for again at the next start.
    let _ = blocking(move || {
        expired.uploads.iter().for_each(|object| files.drop_upload(object));
        expired.contents.iter().for_each(|(sha256, _)| files.drop_content(sha256));
        Ok(())
    })
    .await;
    Ok(is_full)
}

fn count_gone(media: &Media, contents: &[(String, u64)]) {
    let bytes: u64 = contents.iter().map(|(_, bytes)| bytes).sum();
    media.numbers.contents.dec_by(i64::try_from(contents.len()).unwrap_or(0));
    media.numbers.content_bytes.dec_by(i64::try_from(bytes).unwrap_or(0));
}

/// What lies on disk without a row: the last run was ended between the two.
async fn start(server: &Server) -> Result<(), StoreError> {
    let (media, files) = (&server.media, server.media.depot.files.clone());
    let (contents, bytes) = server.db.read(store::count_contents).await?;
    media.numbers.contents.inc_by(contents);
    media.numbers.content_bytes.inc_by(bytes);
    for object in &media.left_over {
        let name = object.clone();
        if server.db.read(move |tx| store::upload(tx, &name)).await?.is_none() {
            files.drop_upload(object);
        }
    }
    let listed = files.clone();
    for folder in blocking(move || Ok(listed.content_folders())).await.unwrap_or_default() {
        let _contents = media.contents.lock().await;
        let (listed, within) = (files.clone(), folder.clone());
        let names = blocking(move || Ok(listed.contents(&within))).await.unwrap_or_default();
        let (asked, read) = (names.clone(), &server.db);
        let known = read.read(move |tx| store::known_contents(tx, &asked)).await?;
        names.iter().filter(|name| !known.contains(name)).for_each(|name| files.drop_stray(&folder, name));
        if server.stop.is_cancelled() {
            return Ok(());
        }
    }
    Ok(())
}
