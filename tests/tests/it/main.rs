//! Stories over the real programs, one module each.

/// Runs any of the three programs by its first argument.
#[expect(dead_code, reason = "the stories that start programs are on their way")]
const PROGRAMS: &str = env!("CARGO_BIN_EXE_programs");
