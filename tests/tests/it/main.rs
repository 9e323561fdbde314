//! Stories over the real programs, one module each.

mod account;
mod after_sending;
mod agent;
mod attached;
mod bad_input;
mod community;
mod crash;
mod crowd;
mod demo;
mod friends;
mod group_applications;
mod group_data;
mod group_imports;
mod group_matrix;
mod group_members;
mod group_profile;
mod history;
mod history_file;
mod kick;
mod live_room;
mod long_history;
mod media;
mod message;
mod offline_cache;
mod offline_push;
mod online_state;
mod permission_group;
mod poll;
mod presence;
mod process;
mod read_marks;
mod recent_contact;
mod resend;
mod rest;
mod retention;
mod search;
mod sending_rules;
mod topic;
mod tui_attached;
mod tui_screen;
mod tui_together;
mod two_devices;
mod web_client;
mod websdk;

/// Runs any of the three programs by its first argument.
const PROGRAMS: &str = env!("CARGO_BIN_EXE_programs");
