//! How far a scan is, on a terminal.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use indicatif::{BinaryBytes, HumanCount, ProgressBar, ProgressStyle};
use stanch_sources::Progress;

/// Scans that take less show nothing, so that the terminal does not flicker.
const PATIENCE: Duration = Duration::from_millis(300);
const REDRAW: Duration = Duration::from_millis(100);

/// Does `work` and shows on standard error, while it lasts, how far it is. Nothing of it stays on the screen.
pub(crate) fn show<R>(progress: &Progress, work: impl FnOnce() -> R) -> R {
    let (working, ended) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || draw(progress, &ended));
        // Dropped after the work, and also when it panics: that ends the drawing.
        let _working: mpsc::Sender<()> = working;
        work()
    })
}

fn draw(progress: &Progress, ended: &Receiver<()>) {
    let started = Instant::now();
    let goes_on = |wait| ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout);
    if !goes_on(PATIENCE) {
        return;
    }
    let style = ProgressStyle::with_template("{spinner} {wide_msg}").expect("a valid template");
    let bar = ProgressBar::new_spinner().with_style(style);
    while goes_on(REDRAW) {
        bar.set_message(message(progress, started.elapsed()));
        bar.tick();
    }
    bar.finish_and_clear();
}

fn message(progress: &Progress, elapsed: Duration) -> String {
    let rate_ms = u128::from(progress.bytes()) / elapsed.as_millis().max(1);
    format!(
        "{} blobs, {}, {} findings, {}/s",
        HumanCount(progress.blobs()),
        BinaryBytes(progress.bytes()),
        HumanCount(progress.findings()),
        BinaryBytes(u64::try_from(rate_ms * 1000).unwrap_or(u64::MAX)),
    )
}
