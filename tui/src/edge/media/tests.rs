//! Files on their way into the cache.

use super::cache::Cache;
use super::download::fetch;
use super::fake::{Files, serve};
use super::http::Http;
use crate::state::media::{MediaKind, Remote, Want};
use std::sync::{Arc, Mutex};
use tern_protocol::clock::{Clock, VirtualClock};
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{SdkAppId, UserId};

struct World {
    _folder: tempfile::TempDir,
    cache: Cache,
    files: Arc<Mutex<Files>>,
    profile: SavedProfile,
    told: Mutex<Vec<(u64, u64)>>,
}

impl World {
    async fn new(files: Files) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Arc::new(Mutex::new(files));
        let profile = SavedProfile {
            server: serve(Arc::clone(&files)).await,
            sdk_app_id: SdkAppId(1_400_000_001),
            user: UserId::parse("ann").unwrap(),
            user_sig: String::new(),
            install: String::new(),
            ca_file: None,
        };
        Self { cache: Cache::new(folder.path().join("media")), _folder: folder, files, profile, told: Mutex::new(Vec::new()) }
    }

    /// Fetches a file of the own server, whatever host its address names.
    async fn fetch(&self, name: &str, kind: MediaKind) -> Result<Vec<u8>, String> {
        let remote = Remote::new("https://public.example/media/1400000001/ab/x?e=1&s=2").unwrap();
        let want = Want { remote, name: name.to_owned(), kind };
        let virtual_clock = Arc::new(VirtualClock::new(0));
        let clock: Arc<dyn Clock> = Arc::clone(&virtual_clock) as Arc<dyn Clock>;
        let http = Http::default();
        let progress = |done, total| self.told.lock().unwrap().push((done, total));
        let work = fetch(&want, &self.profile, &http, &self.cache, clock, progress);
        let moves = async {
            loop {
                tokio::task::yield_now().await;
                virtual_clock.advance(100).await;
            }
        };
        tokio::select! {
            result = work => result?,
            () = moves => unreachable!(),
        }
        let path = self.cache.find(want.remote.key).ok_or("it is not in the cache")?;
        Ok(std::fs::read(path).unwrap())
    }

    fn requests(&self) -> Vec<String> {
        self.files.lock().unwrap().requests.clone()
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| (n % 251) as u8).collect()
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_was() {
    let world = World::new(Files { bytes: bytes(500_000), breaks: vec![200_000, 100_000], ..Files::default() }).await;
    assert!(world.fetch("a.bin", MediaKind::File).await.unwrap() == bytes(500_000));
    assert_eq!(world.requests(), ["GET", "GET bytes=200000-", "GET bytes=300000-"]);
    assert!(world.told.lock().unwrap().iter().all(|(done, total)| done <= total && *total == 500_000));
    world.fetch("a.bin", MediaKind::File).await.unwrap();
    assert_eq!(world.requests().len(), 3, "what is here is not fetched again");
}

#[tokio::test]
async fn a_host_that_knows_no_ranges_sends_all_of_it_anew() {
    let world = World::new(Files { bytes: bytes(5_000), breaks: vec![2_000], whole_only: true, ..Files::default() }).await;
    assert_eq!(world.fetch("a", MediaKind::File).await.unwrap(), bytes(5_000));
}

#[tokio::test]
async fn a_file_that_is_too_large_leaves_nothing_behind() {
    for no_length in [false, true] {
        let world = World::new(Files { bytes: vec![0; 28 * 1024 * 1024 + 1], no_length, ..Files::default() }).await;
        let told = world.fetch("a.png", MediaKind::Image).await.unwrap_err();
        assert_eq!(told, "it is larger than 28 MB");
        let left: Vec<_> = std::fs::read_dir(world._folder.path().join("media")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[tokio::test]
async fn an_address_that_expired_is_told_at_once() {
    let world = World::new(Files { answers: vec![("403 Forbidden", "")], ..Files::default() }).await;
    assert!(world.fetch("a", MediaKind::File).await.unwrap_err().contains("expired"));
    assert_eq!(world.requests().len(), 1);
}

#[tokio::test]
async fn a_malicious_name_stays_in_the_cache() {
    let world = World::new(Files { bytes: bytes(3), ..Files::default() }).await;
    world.fetch("../../../../evil\n.sh", MediaKind::File).await.unwrap();
    let key = Remote::new("https://public.example/media/1400000001/ab/x?e=1&s=2").unwrap().key;
    let path = world.cache.find(key).unwrap();
    assert_eq!(path, world._folder.path().join("media").join(key.to_string()).join("evil .sh"));
}
