//! The terminal: the only way to standard output and standard error.

use std::{
    fmt::Display,
    io::{self, BufWriter, ErrorKind, IsTerminal, Write},
    panic::Location,
    process::ExitCode,
};

use anstream::{AutoStream, ColorChoice, StripStream};
use anstyle::{AnsiColor, Style};
use clap::error::{ContextKind, ContextValue};
use stanch_engine::is_name;

use stanch_sources::Progress;

use crate::{
    advice::{Advice, one_line},
    progress,
    report::printable::Printable,
    settings::{Color, ConsoleSettings, When},
};

/// Columns of a line where there is no terminal to ask.
const WIDTH_DEFAULT: usize = 100;

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();

/// How much is said beside the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Chatter {
    Quiet,
    Normal,
    Verbose,
}

/// Writes to the terminal, in colour where that is wanted.
#[derive(Clone)]
pub(crate) struct Printer {
    color: ColorChoice,
    chatter: Chatter,
    progress: When,
}

impl Default for Printer {
    fn default() -> Self {
        Self::new(ConsoleSettings::default())
    }
}

impl Printer {
    /// A printer as the user wants it.
    pub(crate) fn new(settings: ConsoleSettings) -> Self {
        let color = match settings.color.unwrap_or_default() {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
        };
        let chatter = match (settings.quiet, settings.verbose) {
            (true, _) => Chatter::Quiet,
            (_, true) => Chatter::Verbose,
            _ => Chatter::Normal,
        };
        Self { color, chatter, progress: settings.progress.unwrap_or_default() }
    }

    /// Columns of the screen, or of a page where there is none.
    pub(crate) fn width() -> usize {
        terminal_size::terminal_size().map_or(WIDTH_DEFAULT, |(width, _)| usize::from(width.0))
    }

    /// Writes to standard output what `write` writes. A reader that went away (`| head`) has had enough: that is no
    /// error.
    pub(crate) fn print(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let stdout = io::stdout().lock();
        let colored = self.color_for(AutoStream::choice(&stdout));
        let out: Box<dyn Write> = Box::new(Patient::new(stdout));
        let mut buffered: BufWriter<Box<dyn Write>> =
            BufWriter::new(if colored { out } else { Box::new(StripStream::new(out)) });
        write(&mut buffered)?;
        buffered.flush()
    }

    /// Does `work`, and shows how far it is where somebody watches.
    pub(crate) fn watch<R>(&self, progress: &Progress, work: impl FnOnce() -> R) -> R {
        let watched =
            self.progress == When::Auto && self.chatter > Chatter::Quiet && io::stderr().is_terminal();
        if watched { progress::show(progress, work) } else { work() }
    }

    /// Says something a user may want to know, unless asked to be quiet.
    pub(crate) fn note(&self, message: impl Display) {
        if self.chatter >= Chatter::Normal {
            self.say(Style::new(), &message);
        }
    }

    /// Says something only who asked for details wants to know.
    pub(crate) fn detail(&self, message: impl Display) {
        if self.chatter >= Chatter::Verbose {
            self.say(Style::new(), &message);
        }
    }

    /// Says what went wrong, however quiet.
    pub(crate) fn problem(&self, message: impl Display) {
        self.say(BAD, &message);
    }

    /// Writes something for programs to standard error, however quiet.
    pub(crate) fn data(&self, text: &str) {
        self.stderr(&format!("{text}\n"));
    }

    /// Writes a page for people to standard error, however quiet.
    pub(crate) fn page(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let mut page = Vec::new();
        // Memory takes everything.
        let _ = write(&mut page);
        self.stderr(&String::from_utf8_lossy(&page));
    }

    /// Says where Stanch itself went wrong. The message of a panic is not shown: it may quote what was being scanned.
    pub(crate) fn defect(&self, place: Option<&Location<'_>>) {
        let place = place.map_or_else(|| "an unknown place".to_owned(), Location::to_string);
        self.problem(format_args!("a defect of Stanch at {place}, please report it"));
    }

    /// Says why the run failed, and what to try.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.problem(one_line(error));
        if let Some(advice) = error.chain().find_map(|cause| cause.downcast_ref::<Advice>()) {
            self.stderr(&format!("{GOOD}try:{GOOD:#} {}\n", Printable(&advice.remedy)));
        }
    }

    /// Answers a command line that is not run: help and version on standard output, mistakes on standard error.
    pub(crate) fn usage(&self, mut error: clap::Error) -> ExitCode {
        conceal_value(&mut error);
        let text = error.render().ansi().to_string();
        if !error.use_stderr() {
            return match self.print(|out| out.write_all(text.as_bytes())) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::from(2),
            };
        }
        self.stderr(&text.replacen("error:", "stanch:", 1));
        ExitCode::from(2)
    }

    /// A message may name a file, and the name of a file may hold commands to the terminal.
    fn say(&self, style: Style, message: &dyn Display) {
        self.stderr(&format!("{style}stanch:{style:#} {}\n", Printable(&message.to_string())));
    }

    /// Nobody is left to be told that standard error does not work.
    fn stderr(&self, text: &str) {
        let stderr = io::stderr().lock();
        let choice = if self.color_for(AutoStream::choice(&stderr)) {
            ColorChoice::AlwaysAnsi
        } else {
            ColorChoice::Never
        };
        let _ = AutoStream::new(stderr, choice).write_all(text.as_bytes());
    }

    fn color_for(&self, detected: ColorChoice) -> bool {
        let choice = if self.color == ColorChoice::Auto { detected } else { self.color };
        choice != ColorChoice::Never
    }
}

/// A writer whose reader may leave: what is written after that goes nowhere.
pub(crate) struct Patient<W> {
    inner: W,
    left: bool,
}

impl<W: Write> Patient<W> {
    /// Makes `inner` bear its reader's leaving.
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, left: false }
    }

    fn bear<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.left = true;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.bear(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.left {
            return Ok(());
        }
        let result = self.inner.flush();
        self.bear(result, ())
    }
}
/// Takes a value that is not a name or a number out of a message: it may come from a variable of the environment, and be a
/// secret.
fn conceal_value(error: &mut clap::Error) {
    /// Longest value that is shown whatever it is: a number, a slip of the finger.
    const SHOWN_MAX: usize = 4;
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue)
        && value.len() > SHOWN_MAX
        && !is_name(value)
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
}
