//! `stanch fingerprint`: the identity of a secret that somebody holds.

use std::io::{self, IsTerminal as _, Read as _};

use anyhow::{Context as _, ensure};
use stanch_model::Fingerprinter;
use zeroize::Zeroizing;

use crate::{config::Config, identity::IdentitySettings, policy::Status, printer::Printer};

/// Largest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 1 << 20;

/// Compute the fingerprint of a secret from standard input
///
/// The secret is not shown, kept or sent anywhere; at a terminal it is not echoed while it is typed. Line ends after it do
/// not count.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example:\n  pass show shop/stripe | stanch fingerprint")]
pub(crate) struct Args {
    /// Print the fingerprint under the former key on a second line, while there is one
    #[arg(long)]
    former: bool,
    #[command(flatten)]
    identity: IdentitySettings,
}

/// Under which key.
pub(crate) struct Options {
    fingerprinter: Fingerprinter,
    former: bool,
}

impl Args {
    /// Reads the key.
    ///
    /// # Errors
    /// A key that cannot be used.
    pub(crate) fn resolve(self, config: Config, printer: &Printer) -> anyhow::Result<Options> {
        let fingerprinter = self.identity.over(config.identity).fingerprinter(&[], printer)?;
        Ok(Options { fingerprinter, former: self.former })
    }
}

/// Reads the secret and prints its fingerprint.
pub(crate) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let secret = read_secret(printer).context("standard input")?;
    let secret = secret.trim_ascii_end();
    ensure!(!secret.is_empty(), "standard input: holds no secret");
    let sealed = options.fingerprinter.seal(secret);
    printer
        .print(|out| {
            writeln!(out, "{}", sealed.fingerprint())?;
            sealed.previous().filter(|_| options.former).map_or(Ok(()), |former| writeln!(out, "{former}"))
        })
        .context("standard output")?;
    Ok(Status::Clean)
}

/// All of standard input; at a terminal one line, which is not echoed.
fn read_secret(printer: &Printer) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new(Vec::new());
    if io::stdin().is_terminal() {
        printer.data("secret (not shown, Enter ends it):");
        hidden::line(&mut secret)?;
    } else {
        io::stdin().lock().take(SECRET_BYTES_MAX + 1).read_to_end(&mut secret)?;
    }
    ensure!(secret.len() as u64 <= SECRET_BYTES_MAX, "is longer than {SECRET_BYTES_MAX} bytes");
    Ok(secret)
}

/// A line of a terminal that shows nothing of it.
#[cfg(unix)]
mod hidden {
    use std::io::{self, BufRead as _, Read as _};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    use super::SECRET_BYTES_MAX;

    /// Reads a line from standard input without echo.
    ///
    /// # Errors
    /// The terminal cannot be read or told not to echo.
    pub(super) fn line(into: &mut Vec<u8>) -> io::Result<()> {
        let shown = tcgetattr(io::stdin())?;
        let mut hidden = shown.clone();
        hidden.local_modes -= LocalModes::ECHO;
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
        let _restored = Restore(shown);
        let mut input = io::stdin().lock().take(SECRET_BYTES_MAX + 1);
        input.read_until(b'\n', into)?;
        Ok(())
    }

    /// Makes the terminal echo again, whatever happens.
    struct Restore(Termios);

    impl Drop for Restore {
        fn drop(&mut self) {
            // Nobody is left to be told that it failed.
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
        }
    }
}

/// Where we do not know how to stop a terminal from echoing, nothing is typed.
#[cfg(not(unix))]
mod hidden {
    use std::io;

    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub(super) fn line(_: &mut Vec<u8>) -> io::Result<()> {
        Err(io::Error::other("is a terminal that would show the secret: pipe it in"))
    }
}
