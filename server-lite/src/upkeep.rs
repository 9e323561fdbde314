//! Looks after groups in the background, where applications want it: groups that nobody uses for their seconds are taken away, members
//! who were not online for their days are taken out. Both are off by default. What is due is found on a reader, and handed to the
//! writer group by group, so that nobody's message waits for long.

use crate::app::Server;
use crate::application::Application;
use crate::expiry;
use crate::service::group::permission::storage::{offline_seconds, recycle_seconds};
use crate::service::group::upkeep;
use crate::service::{AreaError as _, Caller, Context, Effect};
use crate::store::engine::{StoreError, Tx};
use crate::store::group_upkeep as store;
use crate::store::{GroupNo, TinyId};
use crate::transport::dispatch::Task;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tern_protocol::model::group::GroupKind;

/// Groups, or members, that are looked up in one read.
const PAGE: i64 = 100;
/// Milliseconds between two passes.
const PASS_MS: i64 = 600_000;
/// Milliseconds between two looks at all members.
const MEMBERS_MS: i64 = 6 * 3_600_000;

/// Works until the server ends.
pub(crate) async fn run(server: Arc<Server>) {
    let looked_ms = Arc::new(AtomicI64::new(0));
    expiry::repeat(server, PASS_MS, "groups nobody uses", move |server| {
        let looked_ms = Arc::clone(&looked_ms);
        async move { pass(&server, &looked_ms).await }
    })
    .await;
}

async fn pass(server: &Arc<Server>, looked_ms: &AtomicI64) -> Result<i64, StoreError> {
    let now_ms = server.clock().wall_ms();
    let members_too = now_ms - looked_ms.load(Ordering::Relaxed) >= MEMBERS_MS;
    if members_too {
        looked_ms.store(now_ms, Ordering::Relaxed);
    }
    let now = now_ms.div_euclid(1000);
    for app in server.applications.all() {
        for kind in GroupKind::ALL {
            if let Some(seconds) = recycle_seconds(&app, kind) {
                recycle(server, &app, kind, now - seconds).await?;
            }
            if let Some(seconds) = offline_seconds(&app, kind).filter(|_| members_too) {
                remove_absent(server, &app, kind, now - seconds).await?;
            }
        }
    }
    Ok(PASS_MS)
}

async fn work(
    server: &Server,
    app: &Arc<Application>,
    work: impl FnOnce(&Tx<'_>, &Context) -> Result<Vec<Effect>, StoreError> + Send + 'static,
) -> Result<(), StoreError> {
    if server.stop.is_cancelled() {
        return Err(StoreError::Closed);
    }
    let task = Task { app: Arc::clone(app), caller: Caller::Server, work: Box::new(work), hold: None };
    server.dispatcher.run(task).await
}

async fn recycle(server: &Server, app: &Arc<Application>, kind: GroupKind, since: i64) -> Result<(), StoreError> {
    let (id, mut after) = (app.id, GroupNo(0));
    loop {
        let page = server.db.read(move |tx| store::idle(tx, id, kind, since, after, PAGE)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = *last;
        for no in page {
            work(server, app, move |tx, cx| upkeep::recycle(tx, cx, no, since)).await?;
        }
    }
}

async fn remove_absent(server: &Server, app: &Arc<Application>, kind: GroupKind, since: i64) -> Result<(), StoreError> {
    let (id, mut after) = (app.id, (GroupNo(0), TinyId(0)));
    loop {
        let page = server.db.read(move |tx| store::absent(tx, id, kind, since, after, PAGE)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = *last;
        for some in page.chunk_by(|one, other| one.0 == other.0) {
            let (no, users) = (some[0].0, some.iter().map(|(_, user)| *user).collect::<Vec<_>>());
            let removal = move |tx: &Tx<'_>, cx: &Context| match upkeep::remove_absent(tx, cx, no, &users) {
                Ok(effects) => Ok(effects),
                Err(error) => match error.store() {
                    Some(_) => Err(StoreError::Engine(error.to_string())),
                    None => Ok(Vec::new()),
                },
            };
            work(server, app, removal).await?;
        }
    }
}
