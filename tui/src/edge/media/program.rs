//! Other programs that open files.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// Names whose files are run, or may run something, when they are opened.
const PROGRAMS: &[&str] = &[
    "app", "appimage", "bash", "bat", "bin", "cmd", "com", "command", "csh", "deb", "desktop", "dll", "dmg", "docm", "elf", "exe",
    "fish", "htm", "html", "inf", "jar", "js", "jse", "ksh", "lnk", "msi", "out", "php", "pif", "pkg", "pl", "pptm", "ps1", "py",
    "rb", "reg", "rpm", "run", "scpt", "scr", "sh", "so", "svg", "terminal", "tool", "url", "vbe", "vbs", "webloc", "workflow",
    "wsf", "xhtml", "xlsm", "zsh",
];

/// Opening the file may run it.
pub(super) fn may_run(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    if PROGRAMS.contains(&extension.as_str()) {
        return true;
    }
    let mut start = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
    let start = &start[..read];
    let machine: [&[u8]; 8] = [
        b"#!",
        b"\x7fELF",
        b"MZ",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
    ];
    machine.iter().any(|magic| start.starts_with(magic))
}

/// Opens a file or an address with `player`, or with what the system uses for it.
pub(super) fn open(what: &Path, player: &str) -> Result<(), String> {
    let mut words = player.split_whitespace();
    let Some(program) = words.next() else {
        return open::that_detached(what).map_err(|error| error.to_string());
    };
    let mut command = Command::new(program);
    command.args(words).arg(what).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
    // Somebody has to take its end, or it stays in the table of processes.
    let waits = std::thread::Builder::new().name("player".into()).spawn(move || child.wait());
    waits.map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_papers() {
        let folder = tempfile::tempdir().unwrap();
        let with = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            may_run(&path)
        };
        assert!(with("a.SH", b""));
        assert!(with("setup.exe", b"x"));
        assert!(with("holiday.jpg", b"#!/bin/sh\nrm"), "whatever its name says");
        assert!(with("tool", b"\x7fELF\x02"));
        assert!(!with("report.pdf", b"%PDF-1.7"));
        assert!(!with("cat.png", b"\x89PNG"));
        assert!(!with("empty", b""));
    }

    #[test]
    fn a_player_that_is_not_there_is_told() {
        let error = open(Path::new("/nowhere.wav"), "no-such-player-here --quiet").unwrap_err();
        assert!(error.starts_with("no-such-player-here:"), "{error}");
    }
}
