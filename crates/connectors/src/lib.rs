//! Talks to the world outside: channels that deliver alerts.
