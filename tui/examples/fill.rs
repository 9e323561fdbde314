//! Fills a profile to try the client with: `cargo run --example fill -- DIR CHATS MESSAGES`.

use std::path::Path;
use tern_protocol::clock::{Clock, SystemClock};
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{SdkAppId, UserId};

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let (dir, chats, messages) = (args.next(), args.next(), args.next());
    let (Some(dir), Some(chats), Some(messages)) = (dir, chats, messages) else {
        anyhow::bail!("usage: fill DIR CHATS MESSAGES");
    };
    let login = SavedProfile {
        server: "http://127.0.0.1:1".into(),
        sdk_app_id: SdkAppId(1_400_000_001),
        user: UserId::parse("me")?,
        user_sig: "none".into(),
        install: "sample".into(),
        ca_file: None,
    };
    tern::fill_profile(Path::new(&dir), "default", &login, chats.parse()?, messages.parse()?, SystemClock::new().wall_seconds())
}
