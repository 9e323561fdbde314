//! What a developer needs to post to the running demo: the page in the terminal, `post.sh` beside the data, and `--info FILE`.

use super::DemoError;
use super::stage::Stage;
use super::world::World;
use serde::Serialize;
use std::fs::{OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Name of the script in the demo's folder.
const POST_SCRIPT: &str = "post.sh";
/// Who the ready line speaks as.
const SPEAKER: &str = "mira";

/// Addresses and secrets of a running demo; also the content of `--info FILE`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Info {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    pub(crate) sdkappid: u32,
    pub(crate) key: String,
    pub(crate) admin: String,
    /// UserSig of the admin, for REST.
    pub(crate) admin_usersig: String,
    /// The person at the keyboard.
    pub(crate) user: String,
    /// UserSig of that person.
    pub(crate) usersig: String,
    /// A line that posts a message, for a shell.
    pub(crate) curl: String,
    /// The same as a script.
    pub(crate) post_script: PathBuf,
    /// Where the server, the bridge and the client keep their data.
    pub(crate) folder: PathBuf,
}

impl Info {
    /// Of a running server; `folder` is the demo's.
    pub(crate) fn new(stage: &Stage, admin: &str, me: &str, folder: &Path) -> Self {
        let address = stage.server.http_url();
        let admin_usersig = stage.user_sig(admin);
        let url = rest_url(&address, stage.sdk_app_id.0, admin, &admin_usersig, "openim/sendmsg");
        let body = format!(
            r#"{{"From_Account":"{SPEAKER}","To_Account":"{me}","MsgRandom":1,"MsgBody":[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"Hello from curl"}}}}]}}"#
        );
        Self {
            sdkappid: stage.sdk_app_id.0,
            key: stage.key.clone(),
            admin: admin.to_owned(),
            admin_usersig,
            user: me.to_owned(),
            usersig: stage.user_sig(me),
            curl: format!("curl -s '{url}' -d '{body}'"),
            post_script: folder.join(POST_SCRIPT),
            folder: folder.to_owned(),
            address,
        }
    }

    /// The page, as lines.
    pub(crate) fn page(&self, world: &World) -> Vec<String> {
        let host = self.address.split_once("://").map_or(self.address.as_str(), |(_, host)| host);
        let mut lines = vec![
            "Everything runs here, in this process, and only on this machine. Nothing leaves it.".to_owned(),
            String::new(),
            format!("REST        {}/v4/...", self.address),
            format!("WebSocket   ws://{host}/ws"),
            format!("SDKAppID    {}", self.sdkappid),
            format!("Key         {}", self.key),
            format!("Admin       {}", self.admin),
            format!("You are     {} ({})", world.me.id, world.me.nick),
            format!("Folder      {}", self.folder.display()),
            String::new(),
            "Post from another terminal, and see it arrive here:".to_owned(),
            String::new(),
            format!("  sh {} 'Hello from outside'", self.post_script.display()),
            String::new(),
            "which is this line:".to_owned(),
            String::new(),
            format!("  {}", self.curl),
            String::new(),
            "The shell verbs as yourself, beside this screen:".to_owned(),
            String::new(),
            format!("  tern send --data {} --profile {} --to mira 'Hello from a script'", self.folder.display(), self.user),
            format!("  tern tail --data {} --profile {} --json", self.folder.display(), self.user),
            String::new(),
            "A second person in a second terminal:".to_owned(),
            String::new(),
            format!(
                "  tern login --profile guest --server {} --sdkappid {} --user guest --key {}",
                self.address, self.sdkappid, self.key
            ),
            "  tern --profile guest".to_owned(),
            String::new(),
            "Live rooms (J, then the ID; people talk while you look on):".to_owned(),
            String::new(),
        ];
        lines.extend(world.groups.iter().filter(|group| group.is_live()).map(|room| format!("  {}  {}", room.id, room.name)));
        lines.extend([String::new(), "People to write to (they answer):".to_owned(), String::new()]);
        let width = world.people.iter().map(|person| person.id.len()).max().unwrap_or(0);
        lines.extend(world.people.iter().map(|person| {
            let state = if person.away { "away, a push wakes them" } else { "online" };
            format!("  {:width$}  {} ({state})", person.id, person.nick)
        }));
        lines
    }

    /// The script: `sh post.sh TEXT [FROM] [TO]`.
    fn script(&self) -> String {
        let url = rest_url(&self.address, self.sdkappid, &self.admin, &self.admin_usersig, "openim/sendmsg");
        format!(
            "#!/bin/sh\n# Posts a message to the running demo, as an integrator's backend would: sh {POST_SCRIPT} TEXT [FROM] [TO]\n\
             text=$(printf %s \"${{1:-Hello from curl}}\" | sed 's/[\\\\\"]/\\\\&/g')\n\
             random=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')\n\
             curl -s '{url}' -d \"{{\\\"From_Account\\\":\\\"${{2:-{SPEAKER}}}\\\",\\\"To_Account\\\":\\\"${{3:-{me}}}\\\",\\\"MsgRandom\\\":$random,\
             \\\"MsgBody\\\":[{{\\\"MsgType\\\":\\\"TIMTextElem\\\",\\\"MsgContent\\\":{{\\\"Text\\\":\\\"$text\\\"}}}}]}}\"\necho\n",
            me = self.user,
        )
    }

    /// Writes the script, and the facts to `--info FILE`; both for their owner alone.
    pub(crate) fn write(&self, info_file: Option<&Path>) -> Result<(), DemoError> {
        write_private(&self.post_script, &self.script()).map_err(DemoError::files(&self.post_script))?;
        if let Some(file) = info_file {
            let facts = serde_json::to_string(self).map_err(|error| DemoError::World(error.to_string()))?;
            write_private(file, &format!("{facts}\n")).map_err(DemoError::files(file))?;
        }
        Ok(())
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

/// A REST request's URL; a UserSig's letters need no escape.
fn rest_url(address: &str, app: u32, admin: &str, usersig: &str, command: &str) -> String {
    format!("{address}/v4/{command}?sdkappid={app}&identifier={admin}&usersig={usersig}&random=1&contenttype=json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tern_protocol::SdkAppId;
    use tern_protocol::client::ServerAddress;
    use tern_protocol::clock::VirtualClock;

    fn info(folder: &Path) -> Info {
        let stage = Stage {
            server: ServerAddress::parse("http://127.0.0.1:1234").unwrap(),
            sdk_app_id: SdkAppId(1_400_000_001),
            key: "k".repeat(64),
            clock: Arc::new(VirtualClock::new(1_795_521_600_000)),
        };
        Info::new(&stage, "administrator", "sam", folder)
    }

    #[test]
    fn the_page_has_all_that_a_backend_needs() {
        let (info, world) = (info(Path::new("/tmp/demo")), World::load().unwrap());
        let page = info.page(&world).join("\n");
        for wanted in
            ["http://127.0.0.1:1234/v4/", "ws://127.0.0.1:1234/ws", "1400000001", &info.key, "administrator", &info.curl, "post.sh"]
        {
            assert!(page.contains(wanted), "{wanted}");
        }
        let body = info.curl.split(" -d '").nth(1).unwrap().trim_end_matches('\'');
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["From_Account"], &body["To_Account"]), (&"mira".into(), &"sam".into()));
    }

    #[test]
    fn the_script_escapes_what_it_posts_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let info = info(folder.path());
        let facts = folder.path().join("info.json");
        info.write(Some(&facts)).unwrap();
        assert_eq!(std::fs::metadata(&info.post_script).unwrap().permissions().mode() & 0o777, 0o600);
        let read: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&facts).unwrap()).unwrap();
        assert_eq!(read["sdkappid"], 1_400_000_001);
        let bin = folder.path().join("curl");
        std::fs::write(&bin, "#!/bin/sh\nprintf %s \"$4\"\n").unwrap();
        std::fs::set_permissions(&bin, Permissions::from_mode(0o700)).unwrap();
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
        let text = r#"say "hi" \o/ 好"#;
        let output =
            std::process::Command::new("sh").arg(&info.post_script).args([text, "lin"]).env("PATH", path).output().unwrap();
        let body: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&body["MsgBody"][0]["MsgContent"]["Text"], &body["From_Account"]), (&text.into(), &"lin".into()));
    }
}
