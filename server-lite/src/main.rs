//! See the library.

fn main() -> std::process::ExitCode {
    tern_server_lite::main()
}
