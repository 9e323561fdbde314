use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Loads a tern-server and prints what it cost, as one line of JSON.
#[derive(Clone, Debug, Parser)]
#[command(name = "load")]
pub(crate) struct Args {
    /// What to do.
    pub(crate) scenario: Scenario,
    /// Connections; of a group: its members who are online [default: c2c, push 100; fanout, community 1000; idle, room 5000; login 2000].
    #[arg(long)]
    pub(crate) connections: Option<usize>,
    /// Members of the large community.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) members: usize,
    /// Length of the measuring window.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    /// Messages per second, whether the server keeps up or not; latencies count from the scheduled time. Without it each sender
    /// keeps a fixed number of messages open; in room it is 40.
    #[arg(long)]
    pub(crate) rate: Option<f64>,
    /// Messages that are open at a time without --rate: per sender in c2c (10), of the group in fanout (4), of all in push (200).
    #[arg(long)]
    pub(crate) window: Option<usize>,
    /// Priority of the messages in room: High, Normal (default), Low or Lowest.
    #[arg(long)]
    pub(crate) priority: Option<String>,
    /// Load this server (host:port) instead of starting one; its processor time is not seen then.
    #[arg(long, value_name = "HOST:PORT", requires_all = ["sdkappid", "key"])]
    pub(crate) url: Option<String>,
    /// Application, with --url.
    #[arg(long)]
    pub(crate) sdkappid: Option<u32>,
    /// The application's key, with --url.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// The application's admin, with --url.
    #[arg(long, default_value = "administrator")]
    pub(crate) admin: String,
    /// Where the server keeps its data, on the disk that is to be measured [default: target, or the current folder].
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// A flag handed on to tern-server, e.g. --server-arg=--io-threads=2.
    #[arg(long = "server-arg", allow_hyphen_values = true)]
    pub(crate) server_args: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Half of the connections write to the other half, one to one.
    C2c,
    /// One member writes to a topic of a community with 100,000 members, of whom some are online.
    Community,
    /// One member writes to a group.
    Fanout,
    /// Connections that are logged in and do nothing.
    Idle,
    /// People who connect and log in.
    Login,
    /// Messages to phones that are away, through a bridge to an APNs sandbox.
    Push,
    /// People in a live room, one of whom writes.
    Room,
    /// The terminal client with 200 chats and 100,000 messages.
    Tui,
}
