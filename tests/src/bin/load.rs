//! The load program.

fn main() {
    eprintln!("load: no scenario is built yet");
    std::process::exit(2);
}
