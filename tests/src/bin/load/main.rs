//! The load program: starts what it needs in processes of its own, loads it, and prints one line of JSON.
//!
//! Called as `tern-server`, `ternd` or `tern` (by `argv[0]`) it is that program, so that each runs in a process whose processor time can be
//! told from the driver's.

mod args;
mod c2c;
mod community;
mod fanout;
mod http;
mod idle;
mod login;
mod messages;
mod probe;
mod push;
mod report;
mod room;
mod target;
mod tui;
mod wire;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Scenario};

fn main() -> ExitCode {
    let name = std::env::args_os().next().unwrap_or_default();
    match Path::new(&name).file_name().and_then(|name| name.to_str()) {
        Some("tern-server") => return tern_server_lite::main(),
        Some("ternd") => return tern_daemon::main(),
        Some("tern") => return tern::main(),
        _ => {}
    }
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("load: {error}");
            return ExitCode::FAILURE;
        }
    };
    let local = tokio::task::LocalSet::new();
    match runtime.block_on(local.run_until(run(&args))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> anyhow::Result<()> {
    match args.scenario {
        Scenario::C2c => c2c::run(args).await,
        Scenario::Community => community::run(args).await,
        Scenario::Fanout => fanout::run(args).await,
        Scenario::Idle => idle::run(args).await,
        Scenario::Login => login::run(args).await,
        Scenario::Room => room::run(args).await,
        Scenario::Push => push::run(args).await,
        Scenario::Tui => tui::run(args).await,
    }
}
