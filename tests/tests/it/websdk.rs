//! The product's public Web SDK, unmodified: `tests/websdk/run` plays the scenario, and is skipped where npm or its registry is absent.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::PROGRAMS;

#[test]
fn the_public_web_sdk_logs_in_talks_and_sees_what_happens() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("websdk/run");
    let played = Command::new(script).env("TERN_PROGRAMS", PROGRAMS).stdin(Stdio::null()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
    println!("{said}");
    assert!(played.status.success(), "{said}");
    assert!(said.starts_with("skipped: ") || said.contains(" 0 failed"), "{said}");
}
