//! kill -9 in the middle of a stream of messages.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tern_protocol::api::command;
use tern_protocol::api::conversation::{ConversationId, History};
use tern_protocol::api::search::SearchMessages;
use tern_tests::fixture::{text_of, text_to};
use tern_tests::server::{Access, ServerProcess};
use tern_tests::user::User;
use tern_tests::wait::eventually;

use crate::PROGRAMS;

const SENDERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_kill_is_there_once_and_in_order_three_times() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<Vec<u64>> = vec![Vec::new(); SENDERS];
    for round in 0..3_u64 {
        let server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
        let access = server.access.clone();
        let receiver = User::log_in(&access, "receiver").await;
        drop(receiver);
        let stop = Arc::new(AtomicBool::new(false));
        let count = Arc::new(AtomicU64::new(0));
        let mut tasks = Vec::new();
        for sender in 0..SENDERS {
            tasks.push(tokio::spawn(stream(access.clone(), sender, round, Arc::clone(&stop), Arc::clone(&count))));
        }
        let goal = 200 * (round + 1);
        eventually("enough acknowledgements", async || (count.load(Ordering::SeqCst) >= goal).then_some(())).await;
        server.kill();
        stop.store(true, Ordering::SeqCst);
        for (sender, task) in tasks.into_iter().enumerate() {
            acknowledged[sender].extend(task.await.unwrap());
        }
    }
    let server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
    let receiver = User::log_in(&server.access, "receiver").await;
    for (sender, acknowledged) in acknowledged.into_iter().enumerate() {
        let found = SearchMessages {
            senders: Some(vec![format!("sender{sender}")]),
            id: Some(ConversationId::c2c(format!("sender{sender}"))),
            ..SearchMessages::default()
        };
        let stored = whole_history(&receiver, &format!("sender{sender}")).await;
        let once: BTreeSet<u64> = stored.iter().copied().collect();
        assert_eq!(once.len(), stored.len(), "a message is there twice");
        assert!(acknowledged.len() >= 100, "sender {sender} got only {} acknowledgements", acknowledged.len());
        let lost: Vec<_> = acknowledged.iter().filter(|number| !once.contains(number)).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert!(stored.is_sorted(), "out of order: {stored:?}");
        let all = u64::try_from(stored.len()).unwrap();
        eventually("every message in the index", async || {
            let found = receiver.call::<command::SearchMessages>(found.clone()).await;
            assert!(found.total_count <= all, "the index has more than there is");
            (found.total_count == all).then_some(())
        })
        .await;
    }
    assert!(server.terminate().success());
}

/// Sends numbers one after the other until told to stop; those that were acknowledged.
async fn stream(access: Access, sender: usize, round: u64, stop: Arc<AtomicBool>, count: Arc<AtomicU64>) -> Vec<u64> {
    let user = User::log_in(&access, &format!("sender{sender}")).await;
    let mut acknowledged = Vec::new();
    let mut number = round * 1_000_000;
    while !stop.load(Ordering::SeqCst) {
        number += 1;
        // Short patience: when the server is dead nobody will answer.
        let sending = user.session.send_message::<command::SendMsg>(text_to("receiver", &number.to_string()), 500);
        if sending.await.is_ok() {
            acknowledged.push(number);
            count.fetch_add(1, Ordering::SeqCst);
        }
    }
    acknowledged
}

async fn whole_history(user: &User, peer: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut before = None;
    loop {
        let request = History { id: ConversationId::c2c(peer), before, limit: 50, ..History::default() };
        let page = user.call::<command::History>(request).await;
        numbers.splice(0..0, page.msg_list.iter().map(|message| text_of(message).parse::<u64>().unwrap()));
        if page.at_start == 1 {
            return numbers;
        }
        before = Some(page.from_place);
    }
}
