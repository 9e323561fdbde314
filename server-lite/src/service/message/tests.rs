use super::{c2c, group, history};
use crate::service::bench::Bench;
use crate::service::{Audience, Caller, Effect, Outcome, conversation, sync};
use crate::store::engine::StoreError;
use crate::store::group as groups;
use crate::store::group::{GroupRow, MemberRow};
use rstest::rstest;
use serde_json::{Value, json};
use tern_protocol::ErrorCode;
use tern_protocol::api::conversation::{Conversation, Synced};
use tern_protocol::model::group::{GroupKind, JoinOption, ReceiveOption, Role};

use super::AreaError as _;

fn text(to: &str, text: &str, random: u32) -> Value {
    json!({"To_Account": to, "MsgRandom": random, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}]})
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn audiences<T>(outcome: &Outcome<T>) -> Vec<Audience> {
    let told = |effect: &Effect| match effect {
        Effect::Tell { audience, .. } => Some(audience.clone()),
        _ => None,
    };
    outcome.effects.iter().filter_map(told).collect()
}

async fn pull(bench: &Bench, who: &Caller, rev: u64) -> Synced {
    bench.call(who, sync::pull, json!({"Rev": rev})).await.unwrap().reply
}

async fn only_conversation(bench: &Bench, who: &Caller) -> Conversation {
    let mut synced = pull(bench, who, 0).await;
    assert_eq!(synced.conversations.len(), 1);
    synced.conversations.remove(0)
}

async fn history_of(bench: &Bench, who: &Caller, body: Value) -> (Vec<u64>, [u64; 2], [i64; 2]) {
    let page = bench.call(who, history::history, body).await.unwrap().reply;
    let places = page.msg_list.iter().filter_map(tern_protocol::api::message::Message::place).collect();
    (places, [page.from_place, page.to_place], [page.at_start, page.at_end])
}

#[tokio::test]
async fn a_clients_repeat_gets_the_first_answer_for_as_long_as_the_message_is_stored() {
    let bench = Bench::start();
    let (ann, _bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    let message = |client_time: i64| with(text("bob", "hi", 5), json!({"MsgClientTime": client_time}));
    let first = bench.call(&ann, c2c::send, message(1_700_000_059)).await.unwrap();
    assert_eq!(first.effects.len(), 1);
    bench.pass_ms(23 * 3_600_000);
    let repeat = bench.call(&ann, c2c::send, message(1_700_000_059)).await.unwrap();
    assert!(repeat.effects.is_empty(), "not delivered again");
    assert_eq!((repeat.reply.msg_id, repeat.reply.msg_key), (first.reply.msg_id.clone(), first.reply.msg_key));
    assert_eq!((repeat.reply.pos, repeat.reply.msg_time), (Some(1), first.reply.msg_time));
    let other = bench.call(&ann, c2c::send, message(1_700_000_060)).await.unwrap();
    assert_eq!(other.reply.pos, Some(2), "another client time is another message");
    assert_ne!(other.reply.msg_id, first.reply.msg_id);
}

#[tokio::test]
async fn over_rest_a_one_to_one_repeat_is_one_within_its_second_and_under_its_numbers() {
    let bench = Bench::start();
    bench.log_in("ann").await;
    bench.log_in("bob").await;
    let admin = bench.admin();
    let message = |seq: u32| with(text("bob", "hi", 5), json!({"From_Account": "ann", "MsgSeq": seq}));
    let place = async |seq| bench.call(&admin, c2c::send, message(seq)).await.unwrap().reply.pos;
    assert_eq!(place(1).await, Some(1));
    bench.pass_ms(999);
    assert_eq!(place(1).await, Some(1), "the same second");
    assert_eq!(place(2).await, Some(2), "another number");
    bench.pass_ms(1);
    assert_eq!(place(1).await, Some(3), "the next second");
}

#[tokio::test]
async fn over_rest_a_group_repeat_is_one_for_five_minutes() {
    let bench = Bench::start();
    let (ann, bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    make_group(&bench, "team", GroupKind::Public, &[&ann, &bob]).await;
    let admin = bench.admin();
    let message = |random: u32| {
        json!({"GroupId": "team", "From_Account": "ann", "Random": random,
               "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]})
    };
    let seq = async |random| bench.call(&admin, group::send, message(random)).await.unwrap().reply.msg_seq;
    assert_eq!(seq(1).await, 1);
    assert_eq!(seq(2).await, 2);
    bench.pass_ms(5 * 60_000 - 1);
    assert_eq!(seq(1).await, 1);
    bench.pass_ms(1);
    assert_eq!(seq(1).await, 3);
}

#[tokio::test]
async fn unread_is_what_the_other_side_sent_above_the_read_mark() {
    let bench = Bench::start();
    let (ann, bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    for n in 0..5 {
        bench.call(&ann, c2c::send, text("bob", "x", n)).await.unwrap();
        bench.pass_ms(1_000);
        bench.call(&bob, c2c::send, text("ann", "y", 100 + n)).await.unwrap();
        bench.pass_ms(1_000);
    }
    bench
        .call(&ann, c2c::send, with(text("bob", "quiet", 50), json!({"SendMsgControl": ["NoUnread", "NoLastMsg"]})))
        .await
        .unwrap();
    let seen = only_conversation(&bench, &bob).await;
    assert_eq!((seen.unread, seen.last_place, seen.read_place), (5, 11, 0));
    assert_eq!(seen.last_msg.unwrap().pos, Some(10), "a message without NoLastMsg");

    // Ann's messages stand at 1, 3, 5, 7, 9; bob reads up to his own at 4, then by the time of 5, then everything.
    let read = async |item: Value| {
        bench.call(&bob, conversation::msg_readed, json!({"C2CMsgReaded": {"C2CMsgReadedItem": [item]}})).await.unwrap()
    };
    let outcome = read(json!({"To_Account": "ann", "TernPos": 4})).await;
    assert_eq!(only_conversation(&bench, &bob).await.unread, 3);
    let told = audiences(&outcome);
    let tiny = |caller: &Caller| caller.person().unwrap().tiny_id;
    assert_eq!(told, [Audience::User(tiny(&bob)), Audience::User(tiny(&ann))], "own other devices and the peer");
    read(json!({"To_Account": "ann", "LastedMsgTime": 1_700_000_004})).await;
    let seen = only_conversation(&bench, &bob).await;
    assert_eq!((seen.unread, seen.read_place), (2, 5));
    assert!(read(json!({"To_Account": "ann", "TernPos": 2})).await.effects.is_empty(), "a read mark never goes back");
    read(json!({"To_Account": "ann"})).await;
    assert_eq!(only_conversation(&bench, &bob).await.unread, 0);
    assert_eq!(only_conversation(&bench, &ann).await.peer_read_place, Some(11));
}

#[tokio::test]
async fn the_arithmetic_of_unread_agrees_with_counting_whatever_is_read_and_sent_in_a_group() {
    let bench = Bench::start();
    let people = [bench.log_in("ann").await, bench.log_in("bob").await, bench.log_in("cat").await];
    make_group(&bench, "team", GroupKind::Public, &[&people[0], &people[1], &people[2]]).await;
    // (sender, counts), and the place up to which bob has read; a fixed sequence of odd numbers decides.
    let (mut sent, mut read_place, mut state) = (Vec::new(), 0_usize, 7_u32);
    for step in 0..120_u32 {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let choice = state >> 16;
        if choice % 4 == 0 && !sent.is_empty() {
            let place = 1 + (choice as usize / 4) % sent.len();
            bench.call(&people[1], conversation::msg_read_report, json!({"GroupId": "team", "MsgReadedSeq": place})).await.unwrap();
            read_place = read_place.max(place);
        } else {
            let (sender, quiet) = ((choice % 3) as usize, choice % 5 == 0);
            let control = if quiet { json!(["NoUnread"]) } else { json!([]) };
            let message = json!({"GroupId": "team", "Random": step, "SendMsgControl": control,
                "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
            bench.call(&people[sender], group::send, message).await.unwrap();
            sent.push((sender, !quiet));
        }
        if !sent.is_empty() {
            let counted = sent[read_place..].iter().filter(|(sender, counts)| *sender != 1 && *counts).count();
            assert_eq!(only_conversation(&bench, &people[1]).await.unread, counted as u64, "step {step}");
        }
    }
    assert!(sent.len() > 50 && read_place > 0);
}

#[tokio::test]
async fn history_pages_both_ways_and_says_what_it_speaks_of() {
    let bench = Bench::start();
    let (ann, bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    for n in 0..10 {
        let control = if n == 4 { json!({"SyncOtherMachine": 2}) } else { json!({}) };
        bench.call(&ann, c2c::send, with(text("bob", "x", n), control)).await.unwrap();
        bench.pass_ms(1_000);
    }
    let id = json!({"Type": 1, "To_Account": "ann"});
    let ask = |more: Value| with(json!({"Id": id, "Limit": 4}), more);
    let of_bob = async |more| history_of(&bench, &bob, ask(more)).await;
    assert_eq!(of_bob(json!({})).await, (vec![7, 8, 9, 10], [7, 10], [0, 1]));
    assert_eq!(of_bob(json!({"Before": 7})).await, (vec![3, 4, 5, 6], [3, 6], [0, 0]));
    assert_eq!(of_bob(json!({"Before": 3})).await, (vec![1, 2], [1, 2], [1, 0]));
    assert_eq!(of_bob(json!({"After": 8})).await, (vec![9, 10], [9, 10], [0, 1]));
    assert_eq!(of_bob(json!({"Around": 5})).await, (vec![3, 4, 5, 6], [3, 6], [0, 0]));
    assert_eq!(of_bob(json!({"AroundTime": 1_700_000_005})).await, (vec![4, 5, 6, 7], [4, 7], [0, 0]));
    let own = history_of(&bench, &ann, json!({"Id": {"Type": 1, "To_Account": "bob"}, "Limit": 50})).await;
    assert_eq!(
        own,
        (vec![1, 2, 3, 4, 6, 7, 8, 9, 10], [1, 10], [1, 1]),
        "what went to the other side alone is not in one's own view"
    );
}

#[tokio::test]
async fn roaming_reads_go_back_in_pages_without_losing_or_repeating_within_a_second() {
    let bench = Bench::start();
    bench.log_in("ann").await;
    bench.log_in("bob").await;
    let admin = bench.admin();
    for n in 0..9_u32 {
        bench.call(&admin, c2c::send, with(text("bob", "x", n), json!({"From_Account": "ann", "MsgSeq": n}))).await.unwrap();
        bench.pass_ms(400);
    }
    let (mut seqs, mut key, mut max_time) = (Vec::new(), String::new(), 1_800_000_000_i64);
    loop {
        let request = json!({"Operator_Account": "bob", "Peer_Account": "ann", "MaxCnt": 2, "MinTime": 0, "MaxTime": max_time, "LastMsgKey": key});
        let page = bench.call(&admin, history::admin_roam, request).await.unwrap().reply;
        seqs.extend(page.msg_list.iter().map(|message| message.msg_seq));
        (key, max_time) = (page.last_msg_key, page.last_msg_time);
        if page.complete == 1 {
            break;
        }
    }
    assert_eq!(seqs, [8, 7, 6, 5, 4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn a_pull_gives_what_changed_newest_first_in_pages() {
    let bench = Bench::start();
    let ann = bench.log_in("ann").await;
    for n in 0..5 {
        let peer = format!("peer{n}");
        bench.log_in(&peer).await;
        bench.call(&ann, c2c::send, text(&peer, "x", n)).await.unwrap();
    }
    let page = bench.call(&ann, sync::pull, json!({"Rev": 0, "Limit": 3})).await.unwrap().reply;
    let names = |page: &Synced| -> Vec<String> { page.conversations.iter().filter_map(|c| c.id.to_account.clone()).collect() };
    assert_eq!((names(&page), page.complete), (vec!["peer4".into(), "peer3".into(), "peer2".into()], 0));
    let rest = bench.call(&ann, sync::pull, json!({"Rev": 0, "Limit": 3, "Before": page.before})).await.unwrap().reply;
    assert_eq!((names(&rest), rest.complete), (vec!["peer1".into(), "peer0".into()], 1));
    assert!(pull(&bench, &ann, page.rev).await.conversations.is_empty(), "nothing changed since");
    bench.call(&ann, c2c::send, text("peer1", "again", 77)).await.unwrap();
    assert_eq!(names(&pull(&bench, &ann, page.rev).await), ["peer1"]);
}

#[rstest]
#[case::nobody(json!({"To_Account": "nobody"}), 20003, 90012)]
#[case::no_receiver(json!({"To_Account": ""}), 90003, 90003)]
#[case::no_random(json!({"MsgRandom": null}), 90005, 90005)]
#[case::big_random(json!({"MsgRandom": 4_294_967_296_i64}), 90005, 90005)]
#[case::big_seq(json!({"MsgSeq": -1}), 90004, 90004)]
#[case::no_body(json!({"MsgBody": null}), 90007, 90007)]
#[case::too_long(json!({"CloudCustomData": "x".repeat(12_288)}), 80002, 93000)]
#[case::long_life(json!({"MsgLifeTime": 604_801}), 90026, 90026)]
#[case::push_info(json!({"OfflinePushInfo": {"PushFlag": "x"}}), 90043, 90043)]
#[case::other_sender(json!({"From_Account": "nobody"}), 90009, 90008)]
#[tokio::test]
async fn a_message_is_refused_with_the_code_of_its_fault(#[case] change: Value, #[case] client: i32, #[case] rest: i32) {
    let bench = Bench::start();
    let ann = bench.log_in("ann").await;
    bench.log_in("bob").await;
    for (caller, code) in [(ann, client), (bench.admin(), rest)] {
        let refused = bench.call(&caller, c2c::send, with(text("bob", "x", 1), change.clone())).await;
        assert_eq!(refused.unwrap_err().code(), ErrorCode(code), "{caller:?}");
    }
}

#[tokio::test]
async fn an_online_message_is_told_and_not_kept() {
    let bench = Bench::start();
    let (ann, bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    for more in [json!({"OnlineOnlyFlag": 1}), json!({"MsgLifeTime": 0})] {
        let sent = bench.call(&ann, c2c::send, with(text("bob", "typing", 1), more)).await.unwrap();
        assert_eq!((sent.reply.pos, sent.effects.len()), (None, 1));
    }
    assert!(pull(&bench, &bob, 0).await.conversations.is_empty());
}

#[tokio::test]
async fn a_batch_says_who_did_not_get_it() {
    let bench = Bench::start();
    bench.log_in("bob").await;
    let mut message = text("", "x", 1);
    message["To_Account"] = json!(["bob", "nobody"]);
    let sent = bench.call(&bench.admin(), c2c::batch_send, message.clone()).await.unwrap();
    assert_eq!(sent.reply.error_list.unwrap()[0].to_account, "nobody");
    let partial = sent.partial.unwrap();
    assert_eq!((partial.status, partial.code), (tern_protocol::api::ActionStatus::SomeError, ErrorCode::OK));
    message["To_Account"] = json!(["nobody"]);
    let failed = bench.call(&bench.admin(), c2c::batch_send, message).await.unwrap();
    let failed = failed.partial.unwrap();
    assert_eq!((failed.status, failed.code.0), (tern_protocol::api::ActionStatus::Fail, 90012));
}

/// A group whose first member owns it.
async fn make_group(bench: &Bench, id: &str, kind: GroupKind, members: &[&Caller]) {
    let (id, people) = (id.to_owned(), members.iter().map(|caller| caller.person().unwrap().tiny_id).collect::<Vec<_>>());
    let admin = bench.admin();
    let made = bench.run(&admin, move |tx, cx| {
        let mut row = GroupRow {
            no: crate::store::GroupNo(0),
            group_id: id,
            kind,
            name: "Team".into(),
            introduction: String::new(),
            notification: String::new(),
            face_url: String::new(),
            owner: people.first().copied(),
            created_at: cx.now_seconds(),
            info_seq: 1,
            last_info_at: cx.now_seconds(),
            member_num: 0,
            max_members: 0,
            join_option: JoinOption::FreeAccess,
            invite_option: JoinOption::FreeAccess,
            mute_all: false,
            enable_permission: false,
            default_permission: 0,
            history_before_join: None,
            active: true,
            support_topic: false,
            custom: "{}".into(),
            rev: 0,
        };
        row.no = groups::insert(tx, cx.app.id, &row)?;
        for (at, tiny_id) in people.into_iter().enumerate() {
            let member = MemberRow {
                tiny_id,
                role: Some(if at == 0 { Role::Owner } else { Role::Member }),
                joined_at: cx.now_seconds(),
                join_seq: 0,
                name_card: String::new(),
                receive: ReceiveOption::AcceptAndNotify,
                muted_until: 0,
                custom: "{}".into(),
                rev: 0,
            };
            groups::add_member(tx, row.no, &member)?;
        }
        Ok::<_, StoreError>(())
    });
    made.await.unwrap();
}

#[tokio::test]
async fn a_group_message_takes_the_next_number_and_is_told_to_the_group_once() {
    let bench = Bench::start();
    let (ann, bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    make_group(&bench, "team", GroupKind::Public, &[&ann, &bob]).await;
    let message = |random: u32| json!({"GroupId": "team", "Random": random, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
    for n in 1..=3 {
        let sent = bench.call(&ann, group::send, message(n)).await.unwrap();
        assert_eq!(sent.reply.msg_seq, u64::from(n));
        assert!(matches!(audiences(&sent)[..], [Audience::Group(_)]));
    }
    let eve = bench.log_in("eve").await;
    assert_eq!(bench.call(&eve, group::send, message(9)).await.unwrap_err().code(), ErrorCode::GROUP_PERMISSION_DENIED);
    let gone = json!({"GroupId": "gone", "Random": 1, "MsgBody": []});
    assert_eq!(bench.call(&ann, group::send, gone).await.unwrap_err().code(), ErrorCode::GROUP_NOT_FOUND);
}

#[tokio::test]
async fn a_targeted_message_is_for_its_targets_alone_and_leaves_a_place_for_the_others() {
    let bench = Bench::start();
    let people = [bench.log_in("ann").await, bench.log_in("bob").await, bench.log_in("cat").await];
    make_group(&bench, "team", GroupKind::Public, &[&people[0], &people[1], &people[2]]).await;
    let message = json!({"GroupId": "team", "Random": 1, "To_Account": ["bob"],
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "psst"}}]});
    let sent = bench.call(&people[0], group::send, message).await.unwrap();
    let tiny = |caller: &Caller| caller.person().unwrap().tiny_id;
    assert_eq!(audiences(&sent), [Audience::Users(vec![tiny(&people[0]), tiny(&people[1])])]);
    let read = json!({"GroupId": "team", "ReqMsgNumber": 5});
    let seen = async |who: &Caller| bench.call(who, history::group_msg_get, read.clone()).await.unwrap().reply.rsp_msg_list;
    assert!(seen(&people[1]).await[0].msg_body.is_some());
    let hidden = &seen(&people[2]).await[0];
    assert_eq!((hidden.is_place_msg, hidden.msg_body.is_none(), hidden.from_account.as_str()), (Some(1), true, ""));
    assert_eq!(only_conversation(&bench, &people[2]).await.unread, 0);
}

#[tokio::test]
async fn mentions_are_told_in_the_list_until_they_are_read() {
    let bench = Bench::start();
    let (ann, bob) = (bench.log_in("ann").await, bench.log_in("bob").await);
    make_group(&bench, "team", GroupKind::Public, &[&ann, &bob]).await;
    let message = |random: u32, at: Value| json!({"GroupId": "team", "Random": random, "GroupAtInfo": at, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
    bench.call(&ann, group::send, message(1, json!([{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}]))).await.unwrap();
    assert_eq!(only_conversation(&bench, &bob).await.at_type, Some(1));
    bench.call(&ann, group::send, message(2, json!([{"GroupAtAllFlag": 1}]))).await.unwrap();
    assert_eq!(only_conversation(&bench, &bob).await.at_type, Some(3));
    bench.call(&bob, conversation::msg_read_report, json!({"GroupId": "team", "MsgReadedSeq": 1})).await.unwrap();
    assert_eq!(only_conversation(&bench, &bob).await.at_type, Some(2));
    let many: Vec<Value> = (0..31).map(|_| json!({"GroupAtAllFlag": 0, "GroupAt_Account": "bob"})).collect();
    assert_eq!(bench.call(&ann, group::send, message(3, json!(many))).await.unwrap_err().code(), ErrorCode::GROUP_TOO_MANY_AT);
}

#[tokio::test]
async fn a_live_room_numbers_its_messages_and_keeps_none() {
    let bench = Bench::start();
    let ann = bench.log_in("ann").await;
    make_group(&bench, "live", GroupKind::AvChatRoom, &[]).await;
    bench.call(&ann, crate::service::group::application::apply, json!({"GroupId": "live"})).await.unwrap();
    for n in 1..=2 {
        let message = json!({"GroupId": "live", "Random": n, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
        assert_eq!(bench.call(&ann, group::send, message).await.unwrap().reply.msg_seq, n);
    }
    let read = bench.call(&ann, history::group_msg_get, json!({"GroupId": "live", "ReqMsgNumber": 5})).await;
    assert_eq!(read.unwrap_err().code(), ErrorCode::GROUP_GROUP_TYPE_HAS_NO);
}
