//! Ends servers when the test ends, also when it is killed.

use std::{
    fmt::Write as _,
    process::{Child, Command, Stdio},
};

/// A shell that waits for the end of this process (its standard input closes then), and runs a command. Dropped, it does so at once and is
/// waited for.
#[derive(Debug)]
pub struct Leash {
    shell: Child,
}

impl Leash {
    /// Runs these commands of `sh` at the end.
    ///
    /// # Panics
    ///
    /// If there is no shell.
    pub fn run_at_end(commands: &str) -> Self {
        let mut script = String::from("trap '' INT TERM HUP; cat > /dev/null; ");
        let _ = write!(script, "{commands}");
        let shell = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        Self { shell }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
