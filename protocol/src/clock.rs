//! Time, passed in: the system's, or one that a test or `--virtual-clock` moves.

/// Where time comes from. Millisecond values; a caller never asks the system.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Milliseconds since the Unix epoch: for timestamps and UserSigs.
    fn wall_ms(&self) -> i64;
    /// Milliseconds since some fixed moment, never going back: for windows.
    fn mono_ms(&self) -> i64;
    /// Whole seconds since the Unix epoch.
    fn wall_seconds(&self) -> i64 {
        self.wall_ms().div_euclid(1000)
    }
}
