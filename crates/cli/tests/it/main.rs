//! The binary as its users meet it: command lines in; output, exit codes and files out.

mod client_gate;
mod client_scan;
mod command_allow;
mod command_config;
mod command_errors;
mod command_git;
mod command_guard;
mod command_help;
mod command_history;
mod command_leaks;
mod command_output;
mod command_policy;
mod command_register;
mod command_rules;
mod command_rules_test;
mod command_salt;
mod command_scan;
mod command_send;
mod command_serve;
mod command_signals;
mod guard_hooks;
mod guard_install;
mod guard_pre_commit;
mod place;
mod register;
mod repo;
mod server;
mod server_push;

use place::{Place, key, token};
