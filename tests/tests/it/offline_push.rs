//! A message to a phone that is away, to the gateways and not further.

use rstest::rstest;
use serde_json::{Value, json};
use tern_tests::daemon::TestBridge;
use tern_tests::fixture::text_body;
use tern_tests::gateway::{APNS, FCM, Gateway};
use tern_tests::link::Link;
use tern_tests::user::User;
use tern_tests::wait::eventually;
use tern_tests::world::World;

/// A device token as Apple hands them out.
const TOKEN: &str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

struct Scene {
    world: World,
    gateway: Gateway,
    folder: tempfile::TempDir,
    ann: User,
}

impl Scene {
    async fn start() -> Self {
        let world = World::start().await;
        let gateway = tern_tests::daemon::start_gateways(world.clock.clone()).await;
        let ann = world.user("ann").await;
        world
            .rest()
            .must(
                "profile/portrait_set",
                json!({"From_Account": "ann", "ProfileItem": [{"Tag": "Tag_Profile_IM_Nick", "Value": "Ann"}]}),
            )
            .await;
        Self { world, gateway, folder: tempfile::tempdir().unwrap(), ann }
    }

    async fn bridge(&self) -> TestBridge {
        TestBridge::start(&self.world.access, self.folder.path(), self.gateway.sandbox.credentials()).await
    }

    /// Logs a phone in and registers its token.
    async fn phone(&self, user: &str, platform: &str, token: &str) -> Link {
        let mut phone = Link::phone(&self.world.access, user, platform).await;
        let cert = if platform == "Android" { FCM } else { APNS };
        phone.must("tern_push.set_token", json!({"CertId": cert, "Token": token})).await;
        phone
    }

    /// The same, and closes its link.
    async fn away(&self, user: &str, platform: &str, token: &str) {
        drop(self.phone(user, platform, token).await);
        self.becomes(user, "PushOnline").await;
    }

    async fn becomes(&self, user: &str, state: &str) {
        eventually(&format!("{user} to be {state}"), async || {
            let answer = self.world.rest().must("openim/query_online_status", json!({"To_Account": [user]})).await;
            (answer["QueryResult"][0]["Status"] == state).then_some(())
        })
        .await;
    }

    /// After everything that was on its way: a last message to somebody whose push must come, and none before it.
    async fn nothing_else_comes(&self) {
        self.away("witness", "iPhone", "aa".repeat(32).as_str()).await;
        self.ann.send("witness", "the last one").await;
        let push = self.gateway.next_push().await;
        assert_eq!(push.shown().1, "Ann: the last one", "an unwanted push: {push:?}");
        assert_eq!(self.gateway.unseen(), 0);
    }
}

#[tokio::test]
async fn an_iphone_that_is_away_gets_the_text_under_the_writers_name() {
    let scene = Scene::start().await;
    let _bridge = scene.bridge().await;
    scene.away("bob", "iPhone", TOKEN).await;
    scene.ann.send("bob", "hello there").await;
    let push = scene.gateway.next_push().await;
    assert_eq!((push.gateway, push.token.as_str(), push.shown()), ("apns", TOKEN, ("", "Ann: hello there")));
    assert_eq!(push.payload, json!({"aps": {"alert": "Ann: hello there", "badge": 1, "sound": "default"}}));
    assert_eq!(push.headers["apns-push-type"], "alert");
    assert_eq!(push.headers["apns-priority"], "10");
    scene.ann.send("bob", "and again").await;
    let second = scene.gateway.next_push().await;
    assert_eq!((second.shown().1, &second.payload["aps"]["badge"]), ("Ann: and again", &json!(2)));
    assert_eq!(scene.gateway.sandbox.rudeness(), Vec::<String>::new());
    scene.nothing_else_comes().await;
}

#[tokio::test]
async fn an_android_phone_that_is_away_gets_it_through_the_other_gateway() {
    let scene = Scene::start().await;
    let _bridge = scene.bridge().await;
    scene.away("bob", "Android", "android-token:APA91b").await;
    scene.ann.send("bob", "hello there").await;
    let push = scene.gateway.next_push().await;
    assert_eq!((push.gateway, push.token.as_str(), push.shown()), ("fcm", "android-token:APA91b", ("Ann", "hello there")));
    assert_eq!(scene.gateway.sandbox.rudeness(), Vec::<String>::new());
}

#[tokio::test]
async fn a_phone_that_came_back_before_the_push_left_gets_none() {
    let scene = Scene::start().await;
    scene.away("bob", "iPhone", TOKEN).await;
    scene.ann.send("bob", "while nobody forwards").await;
    let _phone = scene.phone("bob", "iPhone", TOKEN).await;
    let _bridge = scene.bridge().await;
    scene.nothing_else_comes().await;
}

#[tokio::test]
async fn a_push_that_waits_for_its_next_attempt_is_withdrawn_when_the_person_comes_back() {
    let scene = Scene::start().await;
    let _bridge = scene.bridge().await;
    scene.away("bob", "Android", "slow-one").await;
    scene.ann.send("bob", "too slow").await;
    eventually("the first refusal", async || (!scene.gateway.sandbox.refusals().is_empty()).then_some(())).await;
    let _phone = scene.phone("bob", "Android", "fast-now").await;
    let attempts = scene.gateway.sandbox.refusals().len();
    for _ in 0..10 {
        scene.world.advance_seconds(60).await;
    }
    assert_eq!(scene.gateway.sandbox.refusals().len(), attempts);
    scene.nothing_else_comes().await;
}

#[rstest]
#[case::push_switched_off(json!({"OfflinePushInfo": {"PushFlag": 1}}), None)]
#[case::own_words(json!({"OfflinePushInfo": {"PushFlag": 0, "Title": "Shop", "Desc": "Your parcel", "Ext": "{\"a\":1}"}}), Some(("Shop", "Your parcel")))]
#[case::custom_without_description(json!({"MsgBody": [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{}"}}]}), None)]
#[case::custom_with_description(json!({"MsgBody": [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{}", "Desc": "a game"}}]}), Some(("", "Ann: a game")))]
#[case::online_only(json!({"MsgLifeTime": 0}), None)]
#[tokio::test]
async fn what_a_phone_shows_is_the_writers_choice(#[case] fields: Value, #[case] shown: Option<(&str, &str)>) {
    let scene = Scene::start().await;
    let _bridge = scene.bridge().await;
    scene.away("bob", "iPhone", TOKEN).await;
    let mut message = json!({"From_Account": "ann", "To_Account": "bob", "MsgRandom": 1, "MsgBody": text_body("plain")});
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    scene.world.rest().must("openim/sendmsg", message).await;
    if let Some(shown) = shown {
        let push = scene.gateway.next_push().await;
        assert_eq!(push.shown(), shown, "{push:?}");
    }
    scene.nothing_else_comes().await;
}

#[tokio::test]
async fn a_phone_that_logged_out_gets_none() {
    let scene = Scene::start().await;
    let _bridge = scene.bridge().await;
    let mut phone = scene.phone("bob", "iPhone", TOKEN).await;
    phone.must("im_open_status.wslogout", json!({})).await;
    scene.becomes("bob", "Offline").await;
    scene.ann.send("bob", "nobody there").await;
    scene.nothing_else_comes().await;
}

#[tokio::test]
async fn a_dead_token_is_asked_once_and_then_forgotten_by_the_server() {
    let scene = Scene::start().await;
    let bridge = scene.bridge().await;
    let dead = format!("dead{}", "0".repeat(60));
    scene.away("bob", "iPhone", &dead).await;
    scene.ann.send("bob", "one").await;
    eventually("the refusal", async || (scene.gateway.sandbox.refusals().len() == 1).then_some(())).await;
    // The report travels back; a message after it makes no job for this device any more.
    eventually("the token to be forgotten", async || {
        let before = scene.gateway.sandbox.refusals().len();
        scene.ann.send("bob", "again").await;
        scene.world.clock.settle().await;
        scene.away("probe", "iPhone", "bb".repeat(32).as_str()).await;
        scene.ann.send("probe", "probe").await;
        scene.gateway.next_push().await;
        (scene.gateway.sandbox.refusals().len() == before).then_some(())
    })
    .await;
    bridge.end().await;
}

#[tokio::test]
async fn members_of_a_group_who_are_away_get_it_under_the_groups_name() {
    let scene = Scene::start().await;
    let _bridge = scene.bridge().await;
    scene.away("bob", "iPhone", TOKEN).await;
    let _cat = scene.world.user("cat").await;
    let group = scene.world.group("ann", "Public", &["bob", "cat"]).await;
    scene.ann.send_to_group(&group, "dinner?").await;
    let push = scene.gateway.next_push().await;
    assert_eq!((push.token.as_str(), push.shown()), (TOKEN, ("", "Ann (group): dinner?")), "{push:?}");
    scene.nothing_else_comes().await;
}

#[tokio::test]
async fn what_a_half_open_link_swallowed_is_pushed_when_the_loss_is_noticed() {
    let scene = Scene::start().await;
    let _bridge = scene.bridge().await;
    // The phone stays connected and says nothing any more.
    let _silent = scene.phone("bob", "iPhone", TOKEN).await;
    scene.world.advance_seconds(300).await;
    scene.ann.send("bob", "into the void").await;
    assert_eq!(scene.gateway.unseen(), 0);
    scene.world.advance_seconds(101).await;
    assert_eq!(scene.gateway.next_push().await.shown().1, "Ann: into the void");
    scene.nothing_else_comes().await;
}

#[tokio::test]
async fn an_app_in_the_background_is_pushed_to_although_its_link_lives() {
    let scene = Scene::start().await;
    let _bridge = scene.bridge().await;
    let mut phone = scene.phone("bob", "iPhone", TOKEN).await;
    scene.ann.send("bob", "in sight").await;
    phone.event_with("C2cMsgArray").await;
    phone.must("tern_push.background", json!({"Unread": 4})).await;
    scene.ann.send("bob", "out of sight").await;
    let push = scene.gateway.next_push().await;
    assert_eq!((push.shown().1, &push.payload["aps"]["badge"]), ("Ann: out of sight", &json!(5)));
    phone.must("tern_push.foreground", json!({})).await;
    scene.ann.send("bob", "in sight again").await;
    scene.nothing_else_comes().await;
}

#[tokio::test]
async fn a_bridge_that_was_away_forwards_what_waited_and_repeats_nothing() {
    let scene = Scene::start().await;
    scene.away("bob", "iPhone", TOKEN).await;
    for at in 1..=5 {
        scene.ann.send("bob", &at.to_string()).await;
    }
    let first = scene.bridge().await;
    let mut shown = Vec::new();
    for _ in 1..=5 {
        shown.push(scene.gateway.next_push().await.shown().1.to_owned());
    }
    // Many are under way at a time, so a gateway may take them in any order.
    shown.sort();
    assert_eq!(shown, ["Ann: 1", "Ann: 2", "Ann: 3", "Ann: 4", "Ann: 5"]);
    first.end().await;
    let _second = scene.bridge().await;
    scene.nothing_else_comes().await;
}
