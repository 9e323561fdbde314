//! Harness for stories over the real programs.
