//! What a person watching sees while a long scan runs: counts on standard error, and only on a terminal.

use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(700);
const REFRESH: Duration = Duration::from_millis(120);

/// Counters that all threads raise.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) files: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) findings: AtomicU64,
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64, amount: usize) {
        counter.fetch_add(amount as u64, Ordering::Relaxed);
    }

    fn line(&self) -> String {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        format!(
            "{} files, {}, {} found",
            HumanCount(count(&self.files)),
            HumanBytes(count(&self.bytes)),
            HumanCount(count(&self.findings))
        )
    }
}

/// Runs `work` with the counters on show when `visible` is set and standard error is a terminal.
pub(super) fn during<T>(counters: &Counters, visible: bool, work: impl FnOnce() -> T) -> T {
    let target = ProgressDrawTarget::stderr();
    if !visible || target.is_hidden() {
        return work();
    }
    let (stop, stopped) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Sleeping on the channel ends the display at once when the work is done.
            if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, target);
            bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("the template is well formed"));
            while stopped.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
                bar.set_message(counters.line());
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(stop);
        result
    })
}
