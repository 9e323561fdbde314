//! Golden JSON of frames: a change here is a change that other programs see.

use serde_json::{Value, json};
use tern_protocol::api::annotation::{Extension, Pin, ReactionCount};
use tern_protocol::api::conversation::{ConversationId, History, Synced};
use tern_protocol::api::message::{GroupInfo, Message, MsgSent, SendGroupMsg, SendMsg};
use tern_protocol::api::push::{PushDevice, PushJob};
use tern_protocol::api::receipt::{GroupReadInfo, Receipt};
use tern_protocol::api::recent_contact::{GroupItem, MarkContact, PeerMute, PeerMutes};
use tern_protocol::api::relation::{BlackList, BlackListItem, FriendImport, RelationResults};
use tern_protocol::api::relay::{RelayKey, RelayList};
use tern_protocol::api::web_sdk::{WebMessageId, WebReaction, WebReactions};
use tern_protocol::api::{Command, CommandRow, Envelope, account, command};
use tern_protocol::event::{self, Event};
use tern_protocol::frame;

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn body(text: &str) -> Box<serde_json::value::RawValue> {
    serde_json::from_str(text).unwrap()
}

fn c2c() -> Message {
    Message {
        from_account: "ann".into(),
        to_account: Some("bob".into()),
        msg_seq: 7,
        msg_random: 99,
        msg_time_stamp: 1_700_000_000,
        msg_client_time: 1_699_999_999,
        tiny_id: "144115198244471703".into(),
        msg_body: Some(body(r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","Later":1}}]"#)),
        msg_key: Some("7_99_1700000000".into()),
        pos: Some(3),
        ..Message::default()
    }
}

/// Encodes, compares with the golden text, reads back and encodes again.
fn golden(event: Event, wanted: Value) {
    let item = event.clone().encode().unwrap();
    assert_eq!(value(&item), wanted);
    let text = frame::event_frame(&[&item]);
    let reply: frame::Reply<'_> = serde_json::from_str(&text).unwrap();
    assert!(event::is_event(&reply.head));
    let back = event::decode(reply.body).unwrap();
    assert_eq!(back.len(), 1);
    assert_eq!(std::mem::discriminant(&back[0]), std::mem::discriminant(&event));
    assert_eq!(value(&back[0].clone().encode().unwrap()), wanted, "reads back the same");
}

#[test]
fn a_one_to_one_message() {
    golden(
        Event::C2cMessage(c2c()),
        json!({"Event":9,"C2cMsgArray":[{"From_Account":"ann","To_Account":"bob","MsgSeq":7,"MsgRandom":99,
            "MsgTimeStamp":1_700_000_000,"MsgClientTime":1_699_999_999,"TinyId":"144115198244471703",
            "MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","Later":1}}],"MsgKey":"7_99_1700000000","TernPos":3}]}),
    );
    assert_eq!(c2c().msg_id(), "144115198244471703-1699999999-99");
    assert_eq!(c2c().place(), Some(3));
}

#[test]
fn a_group_message_and_a_tip() {
    let message = Message {
        to_account: None,
        to_group_id: Some("@TGS#1".into()),
        group_info: Some(GroupInfo { group_name: "Crew".into(), group_type: "Private".into(), ..GroupInfo::default() }),
        pos: None,
        msg_key: None,
        ..c2c()
    };
    assert_eq!(message.place(), Some(7));
    golden(
        Event::GroupMessage(message.clone()),
        json!({"Event":3,"GroupMsgArray":[{"From_Account":"ann","ToGroupId":"@TGS#1","MsgSeq":7,"MsgRandom":99,
            "MsgTimeStamp":1_700_000_000,"MsgClientTime":1_699_999_999,"TinyId":"144115198244471703",
            "MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","Later":1}}],
            "GroupInfo":{"GroupName":"Crew","GroupType":"Private"}}]}),
    );
    let tip = event::GroupTip {
        op_type: event::tip::JOIN,
        operator: "ann".into(),
        accounts: Some(vec!["bob".into()]),
        member_num: Some(2),
        ..Default::default()
    };
    let item = Event::GroupTip(Message { msg_body: Some(event::raw(&tip).unwrap()), ..message }).encode().unwrap();
    let item = value(&item);
    assert_eq!(item["Event"], 4);
    assert_eq!(item["GroupTips"][0]["MsgBody"], json!({"OpType":1,"Operator_Account":"ann","List_Account":["bob"],"MemberNum":2}));
}

#[test]
fn read_positions() {
    golden(
        Event::PeerRead(event::PeerRead { to_account: "bob".into(), last_read_time: 5, pos: Some(3) }),
        json!({"Event":10,"C2cNotifyMsgArray":[{"C2cReadedReceipt":{"To_Account":"bob",
            "UinPairReadArray":[{"LastReadTime":5,"TernPos":3}]}}]}),
    );
    golden(
        Event::OwnReadC2c(event::OwnReadC2c { from_account: "bob".into(), last_read_time: 5, pos: Some(3), unread: Some(0) }),
        json!({"Event":10,"C2cNotifyMsgArray":[{"SubMsgType":92,"ReadC2cMsgNotify":{
            "UinPairReadArray":[{"LastReadTime":5,"From_Account":"bob","TernPos":3,"TernUnread":0}]}}]}),
    );
    let own = Event::OwnReadGroup(event::OwnReadGroup { group_id: "g".into(), last_read_msg_seq: 9, unread: None });
    let item = value(&own.encode().unwrap());
    assert_eq!(
        (&item["Event"], &item["GroupTips"][0]["MsgBody"]["GroupReadInfoArray"]),
        (&json!(5), &json!([{"GroupId":"g","LastReadMsgSeq":9}]))
    );
    assert_eq!(item["GroupTips"][0]["MsgBody"]["ReportType"], 15);
}

#[test]
fn recalls() {
    golden(
        Event::RecalledC2c(event::RecalledC2c {
            from_account: "ann".into(),
            to_account: "bob".into(),
            msg_seq: 7,
            msg_random: 99,
            pos: Some(3),
            rev: Some(12),
            revoker: Some("ann".into()),
            reason: None,
        }),
        json!({"Event":10,"C2cNotifyMsgArray":[{"WithdrawC2cMsgNotify":{"C2cWithdrawInfoArray":[{"From_Account":"ann",
            "To_Account":"bob","MsgSeq":7,"MsgRandom":99,"TernPos":3,"TernRev":12,"TernRevoker":"ann"}]}}]}),
    );
    let recalled = event::RecalledGroup {
        group_id: "g".into(),
        msg_seq: 5,
        from_account: "bob".into(),
        rev: Some(13),
        revoker: Some("ann".into()),
        reason: Some("rude".into()),
    };
    let item = value(&Event::RecalledGroup(vec![recalled]).encode().unwrap());
    assert_eq!((&item["Event"], &item["GroupTips"][0]["ToGroupId"]), (&json!(5), &json!("g")));
    assert_eq!(
        item["GroupTips"][0]["MsgBody"],
        json!({"GroupWithdrawInfoArray":[{"GroupId":"g","MsgSeq":5,"From_Account":"bob","TernRev":13,"TernRevoker":"ann",
            "TernRevokeReason":"rude"}]})
    );
    let text = frame::event_frame(&[&item.to_string()]);
    let reply: frame::Reply<'_> = serde_json::from_str(&text).unwrap();
    let back = event::decode(reply.body).unwrap();
    assert!(matches!(&back[..], [Event::RecalledGroup(list)] if list[0].msg_seq == 5), "{back:?}");
}

#[test]
fn modifications_and_reading_everything() {
    golden(
        Event::ModifiedC2c(Message { msg_version: Some(2), ..c2c() }),
        json!({"Event":22,"C2cMsgModNotifys":[{"From_Account":"ann","To_Account":"bob","MsgSeq":7,"MsgRandom":99,
            "MsgTimeStamp":1_700_000_000,"MsgClientTime":1_699_999_999,"TinyId":"144115198244471703",
            "MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","Later":1}}],"MsgKey":"7_99_1700000000",
            "MsgVersion":2,"TernPos":3}]}),
    );
    let in_group = Message { to_group_id: Some("g".into()), to_account: None, ..c2c() };
    assert!(Event::ModifiedGroup(in_group).encode().unwrap().starts_with(r#"{"Event":22,"GroupMsgModNotifys":[{"#));
    golden(
        Event::ReadAll(event::ReadAllNotice {
            c2c_read_all: 1,
            group_read_info: vec![GroupReadInfo { group_id: "g".into(), msg_seq: 9 }],
        }),
        json!({"Event":14,"C2CReadAllMsg":1,"GroupReadInfo":[{"GroupId":"g","MsgSeq":9}]}),
    );
}

#[test]
fn what_is_attached_to_messages() {
    golden(
        Event::Receipt(event::ReceiptNotice {
            id: ConversationId::group("g"),
            receipts: vec![Receipt { place: 5, read_num: 2, unread_num: 1 }],
        }),
        json!({"Event":9020,"TernReceipt":[{"Id":{"Type":2,"GroupId":"g"},"Receipts":[{"Place":5,"ReadNum":2,"UnreadNum":1}]}]}),
    );
    golden(
        Event::Reaction(event::ReactionNotice {
            id: ConversationId::c2c("ann"),
            place: 3,
            reaction: ReactionCount { reaction: "heart".into(), count: 1, users: vec!["bob".into()], mine: 0 },
            user: "bob".into(),
            operation: 1,
        }),
        json!({"Event":9021,"TernReaction":[{"Id":{"Type":1,"To_Account":"ann"},"Place":3,
            "Reaction":{"Reaction":"heart","Count":1,"Users":["bob"],"Mine":0},"User":"bob","Operation":1}]}),
    );
    golden(
        Event::Deleted(event::DeletedMessages { id: ConversationId::c2c("ann"), places: vec![3, 4] }),
        json!({"Event":9023,"TernDeleted":{"Id":{"Type":1,"To_Account":"ann"},"Places":[3,4]}}),
    );
    golden(
        Event::Extension(event::ExtensionNotice {
            id: ConversationId::c2c("ann"),
            place: 3,
            operate_type: 1,
            extensions: vec![Extension { key: "k".into(), value: "v".into(), seq: 1 }],
            operator: "bob".into(),
        }),
        json!({"Event":9024,"TernExtension":{"Id":{"Type":1,"To_Account":"ann"},"Place":3,"OperateType":1,
            "ExtensionList":[{"Key":"k","Value":"v","Seq":1}],"Operator_Account":"bob"}}),
    );
    let pin = event::PinNotice { group_id: "g".into(), op_type: event::pin::PINNED, operator: "ann".into(), pin: Pin::default() };
    let item = value(&Event::Pin(pin).encode().unwrap());
    assert_eq!((&item["Event"], &item["TernPin"]["OpType"]), (&json!(9022), &json!(16)));
}

#[test]
fn status_profile_and_kickout() {
    golden(
        Event::UserStatus(event::UserStatus { to_account: "bob".into(), status: 1, custom_status: None }),
        json!({"Event":20,"UserStatusList":[{"To_Account":"bob","Status":1}]}),
    );
    golden(
        Event::UserStatus(event::UserStatus { to_account: "bob".into(), status: 1, custom_status: Some("at lunch".into()) }),
        json!({"Event":20,"UserStatusList":[{"To_Account":"bob","Status":1,"TernCustomStatus":"at lunch"}]}),
    );
    golden(
        Event::Profile(event::ProfileChange {
            account: "bob".into(),
            list: vec![event::ProfileValue { tag: "Tag_Profile_IM_Nick".into(), value: "Bob".into() }],
        }),
        json!({"Event":8,"ProfileDataMod":[{"PushType":1,"Profile_Account":"bob",
            "ProfileList":[{"Tag":"Tag_Profile_IM_Nick","ValueBytes":"Bob"}]}]}),
    );
    golden(
        Event::Kickout(event::Kickout { kick_type: 1, platform: "Linux".into(), inst_id: 4 }),
        json!({"Event":10,"C2cNotifyMsgArray":[{"KickoutMsgNotify":{"KickType":1}}],
            "TernKickout":{"KickType":1,"Platform":"Linux","InstId":4}}),
    );
    golden(
        Event::WebReactions(WebReactions {
            list: vec![WebReaction { reaction: "👍".into(), count: 2, users: vec!["ann".into(), "bob".into()], mine: None }],
            pair: None,
            group: Some(WebMessageId { tiny_id: "7".into(), msg_client_time: 5, msg_random: 9, group_id: Some("@TGS#1".into()) }),
        }),
        json!({"Event":27,"MsgReactionNotifyList":[{"ReactionList":[{"Reaction":"👍","Count":2,"List_Account":["ann","bob"]}],
            "GroupMsgInfo":{"TinyId":"7","MsgClientTime":5,"MsgRandom":9,"GroupId":"@TGS#1"}}]}),
    );
}

#[test]
fn events_for_bridges() {
    golden(Event::PushReady(event::PushReady { pending: 2 }), json!({"Event":9010,"TernPushReady":{"Pending":2}}));
    golden(
        Event::PushCancel(event::PushCancel {
            sdk_app_id: 1,
            to_account: "bob".into(),
            reason: "Read".into(),
            conversation: Some(ConversationId::c2c("ann")),
            up_to_place: Some(3),
            from_place: None,
        }),
        json!({"Event":9011,"TernPushCancel":[{"SdkAppId":1,"To_Account":"bob","Reason":"Read",
            "Conversation":{"Type":1,"To_Account":"ann"},"UpToPlace":3}]}),
    );
    let job = PushJob {
        job_id: "5".into(),
        sdk_app_id: 1,
        to_account: "bob".into(),
        from_account: "ann".into(),
        conversation: ConversationId::group("g"),
        msg_flag: "AcceptAndNotify".into(),
        devices: vec![PushDevice { install: "i".into(), platform: "iPhone".into(), cert_id: 9, ..PushDevice::default() }],
        ..PushJob::default()
    };
    let text = serde_json::to_value(&job).unwrap();
    assert_eq!(text["Conversation"], json!({"Type":2,"GroupId":"g"}));
    assert_eq!(text["Devices"][0], json!({"Install":"i","Platform":"iPhone","CertId":9,"Token":"","RegisteredAtMs":0,"Status":""}));
}

#[test]
fn an_unknown_or_broken_item_leaves_the_others_standing() {
    let text = frame::event_frame(&[
        r#"{"Event":27,"MsgReactionNotifyList":[]}"#,
        r#"{"Event":9,"C2cMsgArray":"no"}"#,
        &Event::UserStatus(event::UserStatus { to_account: "bob".into(), status: 1, custom_status: None }).encode().unwrap(),
    ]);
    let reply: frame::Reply<'_> = serde_json::from_str(&text).unwrap();
    let events = event::decode(reply.body).unwrap();
    assert!(matches!(events[..], [Event::Unknown(_), Event::Unknown(_), Event::UserStatus(_)]));
}

#[test]
fn a_login_carries_its_credentials_in_the_head() {
    let credentials = frame::Credentials { sdk_app_id: 1_400_000_001, identifier: "ann", usersig: "eJ*-_" };
    let login = account::Login { mode: Some("interactive".into()), platform: Some("Linux".into()), ..Default::default() };
    let text = frame::login_request(command::Login::NAME, 1, &credentials, &serde_json::to_string(&login).unwrap());
    assert_eq!(
        value(&text),
        json!({"head":{"servcmd":"im_open_status.wslogin","seq":1,"sdkappid":1_400_000_001,"identifier":"ann","usersig":"eJ*-_"},
            "body":{"TernPlatform":"Linux","TernMode":"interactive"}})
    );
    let request: frame::Request<'_> = serde_json::from_str(&text).unwrap();
    assert_eq!((request.head.identifier.as_deref(), request.head.sdkappid), (Some("ann"), Some(1_400_000_001)));
}

#[test]
fn a_send_over_the_web_sdk_reads_as_the_rest_command() {
    let text = r#"{"head":{"ver":"v4","platform":7,"websdkappid":537048168,"websdkversion":"1.7.3","a2":"x","tinyid":"14","sdkappid":"1400000001",
        "contenttype":"json","reqtime":1,"cs":12,"servcmd":"openim.sendmsg","seq":30},
        "body":{"From_Account":"ann","To_Account":"bob","MsgSeq":1,"MsgRandom":2,"MsgBody":[],"CloudCustomData":"","MsgClientTime":5,
        "From_AccountNick":"A","OfflinePushInfo":{"PushFlag":0},"IsNeedReadReceipt":0}}"#;
    let request: frame::Request<'_> = serde_json::from_str(text).unwrap();
    assert!(CommandRow::find(&request.head.servcmd).is_some());
    let send: SendMsg = serde_json::from_str(request.body.unwrap().get()).unwrap();
    assert_eq!((send.msg_client_time, send.msg_random, send.to_account.as_deref()), (Some(5), Some(2), Some("bob")));
    let sent = MsgSent { msg_time: 6, msg_key: "1_2_6".into(), msg_id: "14-5-2".into(), msg_seq: 1, pos: Some(1), rev: None };
    let answer = frame::answer(&request.head.servcmd, request.head.seq, &Envelope::ok().with(&sent).unwrap());
    assert_eq!(
        answer,
        r#"{"head":{"servcmd":"openim.sendmsg","seq":30},"body":{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MsgTime":6,"MsgKey":"1_2_6","MsgId":"14-5-2","MsgSeq":1,"TernPos":1}}"#
    );
}

#[test]
fn old_names_are_read() {
    let send: SendGroupMsg = serde_json::from_str(r#"{"GroupId":"g","MsgOnlineOnlyFlag":1,"MsgPriority":"High"}"#).unwrap();
    assert_eq!(send.online_only_flag, Some(1));
    let import: account::AccountImport = serde_json::from_str(r#"{"Identifier":"ann"}"#).unwrap();
    assert_eq!(import.user_id, "ann");
}

#[test]
fn synchronisation() {
    let history = History { id: ConversationId::group("g"), limit: 20, before: Some(40), ..History::default() };
    assert_eq!(serde_json::to_value(&history).unwrap(), json!({"Id":{"Type":2,"GroupId":"g"},"Limit":20,"Before":40}));
    let synced: Synced = serde_json::from_str(r#"{"ActionStatus":"OK","ErrorCode":0,"Rev":9,"Complete":1,"Conversations":[
        {"Id":{"Type":1,"To_Account":"bob"},"Rev":9,"Unread":2,"ReadPlace":1,"LastPlace":3,"FirstPlace":1,"TopFlag":0,"MsgFlag":"AcceptAndNotify","ShowName":"Bob","FaceUrl":""}]}"#).unwrap();
    assert_eq!((synced.rev, synced.conversations[0].unread, synced.conversations[0].last_place), (9, 2, 3));
}

#[test]
fn conversations_changed_on_another_device() {
    let ids = [ConversationId::c2c("ann"), ConversationId::group("g")];
    let list = event::RecentContactList { list: ids.iter().map(Into::into).collect() };
    golden(
        Event::RecentContact(event::RecentContactMod {
            push_type: event::recent_contact::DELETED,
            deleted: Some(list.clone()),
            ..Default::default()
        }),
        json!({"Event":15,"RecentContactMod":[{"PushType":1,"RecentContactDeleteItem":{"RecentContactList":[
            {"Type":1,"User_Account":"ann"},{"Type":2,"ToGroupId":"g"}]}}]}),
    );
    golden(
        Event::RecentContact(event::RecentContactMod {
            push_type: event::recent_contact::PINNED,
            top: Some(event::RecentContactList { list: list.list[..1].to_vec() }),
            ..Default::default()
        }),
        json!({"Event":15,"RecentContactMod":[{"PushType":2,"RecentContactTopItem":{"RecentContactList":[{"Type":1,"User_Account":"ann"}]}}]}),
    );
    let mark =
        event::RecentContactMark { item: (&ids[0]).into(), standard_mark: Some("101".into()), custom_mark: Some("c".into()) };
    golden(
        Event::RecentContact(event::RecentContactMod {
            push_type: event::recent_contact::MARKED,
            mark: Some(event::RecentContactMarks { items: vec![mark] }),
            ..Default::default()
        }),
        json!({"Event":15,"RecentContactMod":[{"PushType":4,"RecentContactMarkContact":{"RecentContactMarkContactItem":[
            {"RecentContactItem":{"Type":1,"User_Account":"ann"},"StandardMark":"101","CustomMark":"c"}]}}]}),
    );
    golden(
        Event::ConversationGroups(vec![GroupItem { group_name: "work".into(), group_id: 1 }]),
        json!({"Event":9004,"TernConvGroup":[{"GroupName":"work","GroupId":1}]}),
    );
    golden(
        Event::BlockList(event::BlockListChange { added: vec!["ann".into()], removed: Vec::new() }),
        json!({"Event":7,"FriendListMod":[{"PushType":5,"BlackListAdd_Account":["ann"]}]}),
    );
    golden(
        Event::BlockList(event::BlockListChange { added: Vec::new(), removed: vec!["ann".into()] }),
        json!({"Event":7,"FriendListMod":[{"PushType":6,"BlackListDel_Account":["ann"]}]}),
    );
}

#[test]
fn marks_relations_and_merged_lists() {
    let text = r#"{"From_Account":"bob","MarkItem":[{"OptType":3,"ContactItem":{"Type":2,"ToGroupId":"g"},"ClearMark":null,"SetMark":[0,63],"CustomMark":"c"}]}"#;
    let mark: MarkContact = serde_json::from_str(text).unwrap();
    assert_eq!(
        (mark.mark_item[0].set_mark.clone(), mark.mark_item[0].contact_item.group_id.as_deref()),
        (Some(vec![0, 63]), Some("g"))
    );
    let mutes = PeerMutes { list: vec![PeerMute { peer_account: "ann".into(), mute: 2, mute_flag: 2 }] };
    assert_eq!(
        serde_json::to_value(&mutes).unwrap(),
        json!({"MuteNotificationsList":[{"Peer_Account":"ann","Mute_Notifications":2,"MuteFlag":2}]})
    );
    let import: FriendImport = serde_json::from_str(
        r#"{"AddFriendItem":[{"To_Account":"ann","GroupName":["a"],"CustomItem":[{"Tag":"Tag_SNS_Custom_X","Value":"v"}]}]}"#,
    )
    .unwrap();
    assert_eq!(import.add_friend_item[0].custom_item.as_ref().unwrap()[0].tag, "Tag_SNS_Custom_X");
    assert_eq!(
        serde_json::to_value(RelationResults::default()).unwrap(),
        json!({"ResultItem":[]}),
        "nobody failed: no list of failures"
    );
    let black_list_item = vec![BlackListItem { to_account: "ann".into(), add_time: 5 }];
    let list = BlackList { black_list_item, start_index: 0, sequence: 9, same_sequence: 9 };
    assert_eq!(
        serde_json::to_value(&list).unwrap(),
        json!({"BlackListItem":[{"To_Account":"ann","AddBlackTimeStamp":5}],"StartIndex":0,"CurruentSequence":9,"CurrentSequence":9})
    );
    assert_eq!(serde_json::to_value(RelayKey { json_msg_key: "k".into() }).unwrap(), json!({"JsonMsgKey":"k"}));
    let list: RelayList = serde_json::from_str(r#"{"MsgList":[{"MsgBody":[],"Later":1}]}"#).unwrap();
    assert_eq!(serde_json::to_value(&list).unwrap(), json!({"MsgList":[{"MsgBody":[],"Later":1}]}), "kept as it came");
}

#[test]
fn files() {
    use tern_protocol::api::media::{MediaBegin, MediaBegun, MediaFile, MediaFinish, MediaReceived, PreSigUrl, PreSigUrls, RawUrl};
    use tern_protocol::model::message::ImageSize;
    let begin = MediaBegin {
        name: "a.png".into(),
        size_bytes: 9,
        kind: "Image".into(),
        content_type: "image/png".into(),
        sha256: Some("00ff".into()),
    };
    let wanted = json!({"Name":"a.png","Size":9,"Kind":"Image","ContentType":"image/png","Sha256":"00ff"});
    assert_eq!(serde_json::to_value(&begin).unwrap(), wanted);
    let begun = MediaBegun { upload_url: "http://h/media/up/t".into(), offset: 4, object: "o".into(), expire_time: 7 };
    let wanted = json!({"UploadUrl":"http://h/media/up/t","Offset":4,"Object":"o","ExpireTime":7});
    assert_eq!(serde_json::to_value(&begun).unwrap(), wanted);
    assert_eq!(serde_json::to_value(MediaReceived { offset: 9, complete: 1 }).unwrap(), json!({"Offset":9,"Complete":1}));
    assert_eq!(serde_json::to_value(MediaFinish { object: "o".into() }).unwrap(), json!({"Object":"o"}));
    let size = ImageSize { kind: 1, size: 9, width: 3, height: 2, url: "u".into() };
    let picture = MediaFile {
        uuid: "o".into(),
        url: "u".into(),
        size_bytes: 9,
        expire_time: 7,
        image_format: Some(3),
        image_info_array: Some(vec![size]),
    };
    let wanted = json!({"UUID":"o","Url":"u","Size":9,"ExpireTime":7,"ImageFormat":3,
        "ImageInfoArray":[{"Type":1,"Size":9,"Width":3,"Height":2,"URL":"u"}]});
    assert_eq!(serde_json::to_value(&picture).unwrap(), wanted);
    let file = MediaFile { image_format: None, image_info_array: None, ..picture };
    assert_eq!(serde_json::to_value(&file).unwrap(), json!({"UUID":"o","Url":"u","Size":9,"ExpireTime":7}));
    let raw: RawUrl = serde_json::from_value(json!({"ResourceID":1,"RawURL":"u"})).unwrap();
    let signed = PreSigUrl { desc: "OK".into(), resource_id: raw.resource_id, pre_sig_url: raw.raw_url, ..PreSigUrl::default() };
    let wanted = json!({"PreSigURLs":[{"Code":0,"Desc":"OK","ResourceID":1,"PreSigURL":"u","Status":0}]});
    assert_eq!(serde_json::to_value(PreSigUrls { pre_sig_urls: vec![signed] }).unwrap(), wanted);
}

#[test]
fn searches() {
    use tern_protocol::api::search::{
        FoundGroup, FoundGroups, FoundMember, FoundMembers, FoundUser, FoundUsers, SearchHit, SearchMessages, SearchNames,
        SearchedMessages,
    };
    let search = SearchMessages {
        keywords: vec!["咖啡".into()],
        limit: 20,
        match_type: Some("AND".into()),
        senders: Some(vec!["ann".into()]),
        types: Some(vec!["TIMTextElem".into()]),
        id: Some(ConversationId::c2c("ann")),
        min_time: Some(1),
        max_time: Some(2),
        cursor: Some("7".into()),
    };
    assert_eq!(
        serde_json::to_value(&search).unwrap(),
        json!({"KeywordList":["咖啡"],"Limit":20,"MatchType":"AND","SenderList":["ann"],"MessageTypeList":["TIMTextElem"],
            "Id":{"Type":1,"To_Account":"ann"},"MinTime":1,"MaxTime":2,"Cursor":"7"})
    );
    let hit = SearchHit { id: ConversationId::group("g"), message_count: 2, message_list: Vec::new() };
    assert_eq!(
        serde_json::to_value(SearchedMessages { total_count: 1, items: vec![hit], cursor: None }).unwrap(),
        json!({"TotalCount":1,"ItemList":[{"Id":{"Type":2,"GroupId":"g"},"MessageCount":2,"MessageList":[]}]})
    );
    let names = SearchNames { keywords: vec!["a".into()], limit: 3, group_ids: Some(vec!["g".into()]), cursor: None };
    assert_eq!(serde_json::to_value(&names).unwrap(), json!({"KeywordList":["a"],"Limit":3,"GroupIdList":["g"]}));
    let user = FoundUser { user_id: "ann".into(), nick: "Ann".into(), face_url: String::new() };
    assert_eq!(
        serde_json::to_value(FoundUsers { users: vec![user], cursor: Some("ann".into()) }).unwrap(),
        json!({"UserList":[{"UserID":"ann","Nick":"Ann","FaceUrl":""}],"Cursor":"ann"})
    );
    let group =
        FoundGroup { group_id: "g".into(), kind: "Public".into(), name: "n".into(), face_url: String::new(), member_num: 3 };
    assert_eq!(
        serde_json::to_value(FoundGroups { groups: vec![group], cursor: None }).unwrap(),
        json!({"GroupList":[{"GroupId":"g","Type":"Public","Name":"n","FaceUrl":"","MemberNum":3}]})
    );
    let member = FoundMember { group_id: "g".into(), user_id: "ann".into(), nick: String::new(), name_card: "A".into() };
    assert_eq!(
        serde_json::to_value(FoundMembers { members: vec![member], cursor: None }).unwrap(),
        json!({"MemberList":[{"GroupId":"g","UserID":"ann","Nick":"","NameCard":"A"}]})
    );
}

#[test]
fn files_of_an_hour_and_friends() {
    use tern_protocol::api::history_file::{GetHistory, HistoryFile, HistoryFiles};
    use tern_protocol::api::profile::ProfileItem;
    use tern_protocol::api::relation::{Friend, FriendGet, FriendGroup, FriendGroups, Friends};
    let request: GetHistory = serde_json::from_str(r#"{"ChatType":"C2C","MsgTime":"2023111422"}"#).unwrap();
    assert_eq!((request.chat_type.as_str(), request.msg_time.as_str()), ("C2C", "2023111422"));
    let file = HistoryFile {
        url: "http://h/history/1/C2C_2023111422.gz?e=1&s=2".into(),
        expire_time: "2023-11-21 23:00:00".into(),
        file_size: 9,
        file_md5: "a".into(),
        gzip_size: 5,
        gzip_md5: "b".into(),
    };
    assert_eq!(
        serde_json::to_value(HistoryFiles { files: vec![file] }).unwrap(),
        json!({"File":[{"URL":"http://h/history/1/C2C_2023111422.gz?e=1&s=2","ExpireTime":"2023-11-21 23:00:00","FileSize":9,"FileMD5":"a",
            "GzipSize":5,"GzipMD5":"b"}]})
    );
    let page: FriendGet = serde_json::from_str(r#"{"From_Account":"ann","StartIndex":100,"StandardSequence":7}"#).unwrap();
    assert_eq!((page.start_index, page.standard_sequence, page.custom_sequence), (100, Some(7), None));
    let item = ProfileItem { tag: "Tag_SNS_IM_Remark".into(), value: json!("r") };
    let friends = Friends {
        user_data_item: vec![Friend { to_account: "bob".into(), value_item: vec![item] }],
        standard_sequence: 7,
        custom_sequence: 7,
        friend_num: 1,
        complete_flag: 1,
        next_start_index: 0,
    };
    assert_eq!(
        serde_json::to_value(&friends).unwrap(),
        json!({"UserDataItem":[{"To_Account":"bob","ValueItem":[{"Tag":"Tag_SNS_IM_Remark","Value":"r"}]}],"StandardSequence":7,
            "CustomSequence":7,"FriendNum":1,"CompleteFlag":1,"NextStartIndex":0})
    );
    let group = FriendGroup { group_name: "Work".into(), friend_number: 1, to_account: None };
    assert_eq!(
        serde_json::to_value(FriendGroups { result_item: vec![group], current_sequence: 7 }).unwrap(),
        json!({"ResultItem":[{"GroupName":"Work","FriendNumber":1}],"CurrentSequence":7})
    );
}

#[test]
fn online_states_of_others() {
    use tern_protocol::api::presence::{OnlineStatus, SetCustomStatus, UserState, Watch};
    let watch = Watch { to_account: vec!["bob".into()] };
    assert_eq!(serde_json::to_value(&watch).unwrap(), json!({"To_Account":["bob"]}));
    let custom: SetCustomStatus = serde_json::from_str(r#"{"CustomStatus":"at lunch"}"#).unwrap();
    assert_eq!(custom.custom_status, "at lunch");
    let state = UserState {
        to_account: "bob".into(),
        status: "Offline".into(),
        state: "Offline".into(),
        number: Some(3),
        custom_status: Some("at lunch".into()),
        ..UserState::default()
    };
    assert_eq!(
        serde_json::to_value(OnlineStatus { query_result: vec![state], error_list: None }).unwrap(),
        json!({"QueryResult":[{"To_Account":"bob","Status":"Offline","State":"Offline","TernStatus":3,"TernCustomStatus":"at lunch"}]})
    );
    let names = ["tern_presence.subscribe", "tern_presence.unsubscribe", "im_open_status.ws_set_custom_status"];
    assert!(names.iter().all(|name| CommandRow::find(name).is_some()));
}

#[test]
fn attributes_and_counters_of_groups() {
    use tern_protocol::api::group_data::{GroupAttribute, GroupCounter};
    golden(
        Event::GroupAttributes(event::GroupAttrNotice {
            group_id: "@TGS#1".into(),
            main_seq: 4,
            attributes: vec![GroupAttribute { key: "lap".into(), value: "3".into(), seq: Some(2) }],
            operator: "ann".into(),
        }),
        json!({"Event":9025,"TernGroupAttr":{"GroupId":"@TGS#1","AttrMainSeq":4,"GroupAttrAry":[{"key":"lap","value":"3","seq":2}],
            "Operator_Account":"ann"}}),
    );
    let counters = vec![GroupCounter { key: "likes".into(), value: i64::MIN }];
    golden(
        Event::GroupCounters(event::GroupCounterNotice {
            group_id: "@TGS#1".into(),
            counters: counters.clone(),
            operator: "ann".into(),
            deleted: Some(vec!["gifts".into()]),
        }),
        json!({"Event":9026,"TernGroupCounter":{"GroupId":"@TGS#1","GroupCounter":[{"Key":"likes","Value":-9_223_372_036_854_775_808_i64}],
            "Operator_Account":"ann","DeletedKeys":["gifts"]}}),
    );
    let tip = event::raw(&event::CounterTipBody { operator: "ann".into(), counters }).unwrap();
    golden(
        Event::CounterTip(Message { to_group_id: Some("@TGS#1".into()), msg_body: Some(tip), ..Message::default() }),
        json!({"Event":6,"GroupTips":[{"From_Account":"","MsgSeq":0,"MsgRandom":0,"MsgTimeStamp":0,"MsgClientTime":0,"TinyId":"",
            "MsgBody":{"Operator_Account":"ann","GroupCounterInfo":[{"Key":"likes","Value":-9_223_372_036_854_775_808_i64}]},
            "ToGroupId":"@TGS#1"}]}),
    );
}

#[test]
fn live_rooms_commands() {
    use tern_protocol::api::live_room::{BannedAccount, BannedAccounts, GetRoomMembers, RoomMember, RoomMembers};
    let ask: GetRoomMembers = serde_json::from_str(r#"{"GroupId":"@TGS#1","Timestamp":0}"#).unwrap();
    assert_eq!((ask.timestamp, ask.mark), (Some(0), None));
    let member = RoomMember { member_account: "bob".into(), join_time: 7, nick_name: "Bob".into(), ..RoomMember::default() };
    let page = RoomMembers { member_list: vec![member], next_timestamp: 0 };
    assert_eq!(
        serde_json::to_value(page).unwrap(),
        json!({"MemberList":[{"Member_Account":"bob","JoinTime":7,"NickName":"Bob","Avatar":""}],"NextTimestamp":0})
    );
    let ban = BannedAccount { member_account: "bob".into(), banned_until: 9, description: None };
    assert_eq!(
        serde_json::to_value(BannedAccounts { list: vec![ban], next_offset: 0 }).unwrap(),
        json!({"BannedAccountList":[{"Member_Account":"bob","BannedUntil":9}],"NextOffset":0})
    );
}
