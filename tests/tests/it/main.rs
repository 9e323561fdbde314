//! Stories over the real programs.
