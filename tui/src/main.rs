//! See the library.

fn main() -> std::process::ExitCode {
    tern::main()
}
