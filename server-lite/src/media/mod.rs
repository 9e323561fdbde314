//! Files that people send: uploads on their way in, finished files by content, pictures' smaller sizes, addresses, expiry.
//!
//! The rules and rows are in `service::media` and `store::media`, HTTP is in `transport::media`; here is what lies on disk and runs beside
//! requests. **Invariants**: a file's bytes are never held in memory; nothing of a client's names a path; a content is on disk before
//! its row is committed and goes after its row, under [`Media::contents`]; a hash opens nothing.

mod active;
pub(crate) mod complete;
pub(crate) mod expiry;
pub(crate) mod files;
pub(crate) mod link;
mod numbers;
mod picture;
mod pool;
mod refusal;
pub(crate) mod sniff;

pub(crate) use active::Active;
pub(crate) use numbers::Numbers;
pub(crate) use refusal::Refusal;

use crate::service::Random;
use files::Files;
use link::Links;
use pool::Pool;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};

/// File in the data folder with the key that signs addresses (mode 0600).
pub(crate) const KEY_FILE: &str = "media.key";
/// Uploads that are hashed at once.
const CHECKS: usize = 2;
/// Downloads that run at once.
const DOWNLOADS: usize = 256;

/// What the rules know of files: addresses, and how much of an upload is there.
#[derive(Debug)]
pub(crate) struct Depot {
    /// Makes and reads addresses.
    pub(crate) links: Links,
    /// What lies on disk.
    pub(crate) files: Files,
}

/// Everything about files that a server has once.
#[derive(Debug)]
pub(crate) struct Media {
    /// Shared with the rules.
    pub(crate) depot: Arc<Depot>,
    /// Uploads whose bytes come in.
    pub(crate) active: Active,
    /// What is counted.
    pub(crate) numbers: Numbers,
    /// Places for downloads.
    pub(crate) downloads: Arc<Semaphore>,
    /// Held while a content is moved to its place or away, together with its row.
    contents: Mutex<()>,
    checks: Semaphore,
    /// Uploads that lay on disk when the server began.
    left_over: Vec<String>,
    pool: Pool,
    random: Random,
}

impl Media {
    /// Opens the files of a data folder.
    pub(crate) fn open(data: &Path, base: String, key: &str, reserve_bytes: u64, random: Random) -> io::Result<Self> {
        let files = Files::of(data, reserve_bytes);
        files.prepare()?;
        let left_over = files.uploads();
        Ok(Self {
            depot: Arc::new(Depot { links: Links::new(base, key.as_bytes()), files }),
            active: Active::default(),
            numbers: Numbers::default(),
            downloads: Arc::new(Semaphore::new(DOWNLOADS)),
            contents: Mutex::default(),
            checks: Semaphore::new(CHECKS),
            left_over,
            pool: Pool::start()?,
            random,
        })
    }
}

/// What addresses begin with where no public URL is configured.
pub(crate) fn base_of(address: SocketAddr) -> String {
    let ip = match address.ip() {
        // "Everywhere" is no address that a client could call.
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// 128 random bits: names a file.
pub(crate) fn new_object(random: &Random) -> String {
    format!("{:016x}{:016x}", random.u64(), random.u64())
}

/// Runs what blocks on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("127.0.0.1:8640", "http://127.0.0.1:8640")]
    #[case("0.0.0.0:1", "http://127.0.0.1:1")]
    #[case("[::]:1", "http://[::1]:1")]
    fn addresses_begin_with_what_can_be_called(#[case] address: &str, #[case] wanted: &str) {
        assert_eq!(base_of(address.parse().unwrap()), wanted);
    }
}
