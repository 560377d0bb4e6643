//! What works beside the requests: messages are delivered, timers go off, pages are told of changes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use jiff::SignedDuration;
use stanch_response::Postman;

use crate::{
    app::App,
    auth::Auth,
    chain::{Step, Walk},
    changes::Changed,
    retention,
    trail::Shipping,
};

/// How long a worker sleeps when there is nothing to do.
const IDLE: Duration = Duration::from_millis(500);
/// How long one sleeps after an error.
const AFTER_ERROR: Duration = Duration::from_secs(5);
/// How often what is old is forgotten.
const HOUSEKEEPING: Duration = Duration::from_mins(10);
/// How often it is looked whether what is promised will be kept.
const OBJECTIVES: Duration = Duration::from_mins(1);
/// How long after its end the next walk along the trail begins.
const BETWEEN_WALKS: Duration = Duration::from_hours(1);
/// How long answers to repeated requests are kept.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(48);
/// Most changes that are told at once.
const CHANGES_MAX: usize = 100;

/// Workers, each a thread, until they are told to stop.
pub(crate) struct Background {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts all workers.
    pub(crate) fn start(app: &App, auth: &Auth, postman: Postman) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut background = Self { stop, threads: Vec::new() };
        let clock = app.clone();
        let mut is_back = false;
        background.work("postman", move || {
            if !is_back {
                postman.give_back().map_err(|error| error.to_string())?;
                is_back = true;
            }
            let delivered = postman.deliver_due(|| clock.now());
            delivered.map(Pace::of).map_err(|error| error.to_string())
        });
        let timers = app.clone();
        background.work("timers", move || {
            timers.register.tick(timers.now()).map(Pace::of).map_err(|error| error.to_string())
        });
        let watched = app.clone();
        let mut seen = None;
        background.work("changes", move || watch(&watched, &mut seen).map_err(|error| error.to_string()));
        let promised = app.clone();
        background.work("objectives", move || {
            let told = promised.register.watch_objectives(promised.now());
            told.map(|_| Pace::Sleep(OBJECTIVES)).map_err(|error| error.to_string())
        });
        for mut shipping in Shipping::all(app, auth, &app.operations.trail) {
            background
                .work("shipping", move || shipping.pass().map(Pace::of).map_err(|error| error.to_string()));
        }
        let (trail, mut walk) = (app.clone(), Walk::default());
        background.work("trail", move || {
            let step = walk.step(trail.register.store(), &trail.chain, trail.now());
            let pace = |step| if step == Step::On { Pace::AtOnce } else { Pace::Sleep(BETWEEN_WALKS) };
            step.map(pace).map_err(|error| error.to_string())
        });
        let (kept, logins) = (app.clone(), auth.clone());
        background.work("housekeeping", move || {
            let forgotten = kept.register.store().write(|tx| tx.forget_answers(kept.now() - ANSWERS_KEPT));
            let ended = forgotten.and_then(|_| logins.forget_ended());
            let ended = ended.and_then(|()| retention::forget(&kept).map(drop));
            ended.map(|()| Pace::Sleep(HOUSEKEEPING)).map_err(|error| error.to_string())
        });
        background
    }

    fn work(&mut self, name: &'static str, mut job: impl FnMut() -> Result<Pace, String> + Send + 'static) {
        let stop = Arc::clone(&self.stop);
        let run = move || {
            while !stop.load(Ordering::Relaxed) {
                let pace = job().unwrap_or_else(|error| {
                    tracing::warn!(worker = name, %error, "will try again");
                    Pace::Sleep(AFTER_ERROR)
                });
                if let Pace::Sleep(duration) = pace {
                    // Whoever stops a worker wakes it.
                    thread::park_timeout(duration);
                }
            }
        };
        match thread::Builder::new().name(name.to_owned()).spawn(run) {
            Ok(thread) => self.threads.push(thread),
            Err(error) => tracing::error!(worker = name, %error, "cannot start"),
        }
    }

    /// Lets every worker end what it is at, and waits for it.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in &self.threads {
            thread.thread().unpark();
        }
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

/// When a worker goes on.
enum Pace {
    AtOnce,
    Sleep(Duration),
}

impl Pace {
    fn of(done: usize) -> Self {
        if done > 0 { Self::AtOnce } else { Self::Sleep(IDLE) }
    }
}

/// Tells of entries of the trail that were not seen before, whichever server wrote them.
fn watch(app: &App, seen: &mut Option<i64>) -> Result<Pace, stanch_store::StoreError> {
    let (head, _) = app.register.store().read(|tx| tx.trail_head())?;
    let from = seen.replace(head).unwrap_or(head);
    if from < head && app.changes.has_listeners() {
        let entries =
            app.register.store().read(|tx| tx.trail_from((from + 1).max(head - 99), CHANGES_MAX))?;
        for entry in entries {
            app.changes.tell(Changed { seq: entry.seq, incident: entry.event.incident });
        }
    }
    Ok(Pace::Sleep(IDLE))
}
