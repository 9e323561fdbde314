//! The demo's own pictures, recordings and files. They lie beside its data, and whoever shows one brings it to the server as any
//! client does.

use super::DemoError;
use super::stage::Stage;
use crate::edge::media::{Begun, Http, Link, inspect, send_file};
use serde_json::value::RawValue;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tern_protocol::client::Session;

/// The folder below the demo's.
const FOLDER: &str = "files";

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_bytes!(concat!("../../../assets/demo/media/", $name)))),*] };
}

const FILES: &[(&str, &[u8])] = files![
    "canary-1-metrics.json",
    "clouds-over-the-hut.jpg",
    "corner-study-final-FINAL2.png",
    "cow-bells.mp3",
    "ferry-docking.mp4",
    "foghorn.mp3",
    "from-my-window.jpg",
    "future-as-enum.png",
    "garten.jpg",
    "harbour-in-fog.jpg",
    "icon-1024-final-FINAL3.png",
    "legend-variants.png",
    "mochi-and-the-folding-phone.jpg",
    "mochi-asleep.jpg",
    "mule-track.gpx",
    "ridge-at-dawn.jpg",
    "seal-on-the-ramp.jpg",
    "sheet-half-open.png",
    "sunrise-timelapse.mp4",
    "tide-import-report.csv",
    "tide-tables-2027.csv",
    "zweiter-krokus.jpg",
];

/// Whether the demo has a file of this name.
pub(crate) fn is_there(name: &str) -> bool {
    FILES.iter().any(|(known, _)| *known == name)
}

/// The files on disk, and the way to the server.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    folder: PathBuf,
    stage: Stage,
    http: Http,
}

impl Files {
    /// Writes the files below the demo's folder.
    pub(crate) fn write(folder: &Path, stage: &Stage) -> Result<Self, DemoError> {
        let folder = folder.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(DemoError::files(&folder))?;
        for (name, content) in FILES {
            let path = folder.join(name);
            std::fs::write(&path, content).map_err(DemoError::files(&path))?;
        }
        Ok(Self { folder, stage: stage.clone(), http: Http::default() })
    }

    /// Brings a file to the server; the message's `MsgBody`.
    pub(crate) async fn send(&self, session: &Session, who: &str, name: &str) -> Result<Box<RawValue>, DemoError> {
        let failed = |reason: String| DemoError::File { name: name.to_owned(), reason };
        let file = inspect(&self.folder.join(name).to_string_lossy(), None).map_err(failed)?;
        let link = Link { session: session.clone(), profile: self.stage.profile(who)? };
        let clock = Arc::clone(&self.stage.clock);
        let body = send_file(&link, &self.http, &file.into(), clock, &Begun::default(), |_, _| {}).await;
        let body = body.map_err(|error| failed(error.to_string()))?;
        RawValue::from_string(body).map_err(|error| failed(error.to_string()))
    }
}
