//! The running demo: server, gateways, bridge, phones and people as tasks of this process that talk over loopback sockets.

use super::clock::ShiftedClock;
use super::director::Director;
use super::info::Info;
use super::media::Files;
use super::people::People;
use super::persona::Cast;
use super::phones::{self, Shown, Watched};
use super::populate::populate;
use super::stage::Stage;
use super::world::World;
use super::{DemoError, Options};
use jiff::tz::TimeZone;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tern_daemon::BridgeConfig;
use tern_daemon::sandbox::{Sandbox, SandboxConfig};
use tern_protocol::SdkAppId;
use tern_protocol::client::ServerAddress;
use tern_protocol::clock::{Clock, timeout};
use tern_protocol::model::presence::LoginPolicy;
use tern_protocol::model::saved_profile::SavedProfile;
use tern_server_lite::app::{self, Running};
use tern_server_lite::config::{Config, DataFolder};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Says that the folder of `--keep` holds a whole world.
const WHOLE_FILE: &str = "demo.json";
/// Limit on the end of everything, in milliseconds.
const END_LIMIT_MS: i64 = 6_000;
/// Pushes and buzzes that wait to be shown.
const WAITING: usize = 64;

/// A running demo.
pub(crate) struct Show {
    /// What a developer needs.
    pub(crate) info: Info,
    /// How the person at the keyboard logs in.
    pub(crate) profile: SavedProfile,
    /// The world, for its names.
    pub(crate) world: World,
    /// What phones show.
    pub(crate) pushes: mpsc::Receiver<Shown>,
    clock: Arc<dyn Clock>,
    folder: Folder,
    server: Running,
    bridge: tern_daemon::Running,
    sandbox: Sandbox,
    tasks: TaskTracker,
    stop: DropGuard,
    end_server: DropGuard,
}

/// Where the demo keeps its data.
enum Folder {
    /// Goes at the end.
    Temporary(TempDir),
    Kept(PathBuf),
}

impl Folder {
    fn open(keep: Option<&Path>) -> Result<Self, DemoError> {
        match keep {
            None => Ok(Self::Temporary(
                tempfile::Builder::new().prefix("tern-demo-").tempdir().map_err(DemoError::files(std::env::temp_dir()))?,
            )),
            Some(path) => {
                std::fs::create_dir_all(path).map_err(DemoError::files(path))?;
                let path = path.canonicalize().map_err(DemoError::files(path))?;
                let used = std::fs::read_dir(&path).map_err(DemoError::files(&path))?.next().is_some();
                if used && !path.join(WHOLE_FILE).exists() {
                    return Err(DemoError::NotOurs(path));
                }
                Ok(Self::Kept(path))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

impl Show {
    /// Starts everything; the world is there when it returns.
    pub(crate) async fn start(options: &Options) -> Result<Self, DemoError> {
        let world = World::load()?;
        let clock = ShiftedClock::new();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let folder = Folder::open(options.keep.as_deref())?;
        let stop = CancellationToken::new();
        let listener = app::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
        let config = Config {
            data: DataFolder::Path(folder.path().join("server")),
            control: false,
            virtual_clock: false,
            login_policy: LoginPolicy::Multi,
            ..Config::for_test()
        };
        // The server ends last, so that the others can say goodbye.
        let server_stop = CancellationToken::new();
        let server = app::start(listener, config, Arc::clone(&shared), server_stop.clone()).await?;
        let end_server = server_stop.drop_guard();
        let stage = stage(&server, &shared)?;
        let files = Files::write(folder.path(), &stage)?;
        let whole = folder.path().join(WHOLE_FILE);
        if !whole.exists() {
            populate(&world, &stage, &files, &clock, &TimeZone::system()).await?;
        }
        let devices = phones::devices(&world);
        phones::put_away(&stage, &devices).await?;
        let sandbox_config = SandboxConfig { dir: Some(folder.path().join("sandbox")), ..SandboxConfig::default() };
        let sandbox = Sandbox::start(sandbox_config, Arc::clone(&shared)).await?;
        let bridge_folder = folder.path().join("bridge");
        let bridge = BridgeConfig::new(stage.server.http_url(), &server.ready.bridge, bridge_folder, sandbox.credentials());
        let bridge = tern_daemon::start_bridge(bridge, Arc::clone(&shared), stop.clone()).await?;
        let info = Info::new(&stage, &server.ready.admin, &world.me.id, folder.path());
        info.write(options.info.as_deref())?;
        let profile = stage.profile(&world.me.id)?;
        let director = Director::new(world.clone(), Cast::load()?, StdRng::from_rng(&mut rand::rng()), shared.mono_ms());
        let people = People::start(world.clone(), stage, files, director).await?;
        std::fs::write(&whole, "{\"version\":1}\n").map_err(DemoError::files(&whole))?;

        let tasks = TaskTracker::new();
        let (panel, pushes) = mpsc::channel(WAITING);
        let (buzzes, buzzed) = mpsc::channel(WAITING);
        tasks.spawn(people.run(buzzed, stop.clone()));
        tasks.spawn(phones::watch(
            sandbox.clone(),
            devices,
            Watched::new(&world),
            Arc::clone(&shared),
            panel,
            buzzes,
            stop.clone(),
        ));
        let stop = stop.drop_guard();
        Ok(Self { info, profile, world, pushes, clock: shared, folder, server, bridge, sandbox, tasks, stop, end_server })
    }

    /// Ends everything; a temporary folder goes.
    pub(crate) async fn end(self) {
        let Self { clock, folder, server, bridge, sandbox, tasks, stop, end_server, pushes, .. } = self;
        drop(pushes);
        drop(stop);
        tasks.close();
        let rest = async {
            tasks.wait().await;
            if let Err(error) = bridge.ended().await {
                tracing::warn!(%error, "the demo's bridge ended badly");
            }
            sandbox.stop().await;
            drop(end_server);
            server.finished().await;
        };
        // What hangs is cut off with the process.
        let _ = timeout(clock.as_ref(), END_LIMIT_MS, rest).await;
        if let Folder::Temporary(folder) = folder
            && let Err(error) = folder.close()
        {
            tracing::warn!(%error, "the demo's temporary folder could not be removed");
        }
    }
}

fn stage(server: &Running, clock: &Arc<dyn Clock>) -> Result<Stage, DemoError> {
    let address = format!("http://{}", server.ready.address);
    let address = ServerAddress::parse(&address).map_err(|error| DemoError::World(error.to_string()))?;
    Ok(Stage {
        server: address,
        sdk_app_id: SdkAppId(server.ready.sdkappid.0),
        key: server.ready.key.clone(),
        clock: Arc::clone(clock),
    })
}
