//! What a person watching sees while a long scan runs: counts on standard error, and only on a terminal.

use std::{
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
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
    /// Set when what is counted are git objects.
    pub(super) are_objects: AtomicBool,
}

impl Counters {
    pub(super) fn add(counter: &AtomicU64, amount: usize) {
        counter.fetch_add(amount as u64, Ordering::Relaxed);
    }

    pub(super) fn line(&self, passed: Duration) -> String {
        let noun = if self.are_objects.load(Ordering::Relaxed) { "objects" } else { "files" };
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        format!(
            "{} {noun}, {}, {}/s, {} found",
            HumanCount(count(&self.files)),
            HumanBytes(count(&self.bytes)),
            HumanBytes(count(&self.bytes) * 1000 / u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1)),
            HumanCount(count(&self.findings))
        )
    }
}

/// Runs `work` with what `line` says on show when `visible` is set and standard error is a terminal. `line` is told how much time has passed.
pub(super) fn during<T>(line: impl Fn(Duration) -> String + Send, visible: bool, work: impl FnOnce() -> T) -> T {
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
            let begin = Instant::now().checked_sub(PATIENCE).unwrap_or_else(Instant::now);
            bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("the template is well formed"));
            while stopped.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
                bar.set_message(line(begin.elapsed()));
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(stop);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_counts_objects_and_everything_else_files() {
        let counters = Counters::default();
        Counters::add(&counters.files, 1200);
        Counters::add(&counters.bytes, 4096);
        let line = |counters: &Counters| counters.line(Duration::from_secs(2));
        assert_eq!(line(&counters), "1,200 files, 4.00 KiB, 2.00 KiB/s, 0 found");
        counters.are_objects.store(true, Ordering::Relaxed);
        assert_eq!(line(&counters), "1,200 objects, 4.00 KiB, 2.00 KiB/s, 0 found");
        assert_eq!(Counters::default().line(Duration::ZERO), "0 files, 0 B, 0 B/s, 0 found");
    }

    #[test]
    fn work_is_done_whether_or_not_anybody_watches() {
        for visible in [true, false] {
            assert_eq!(during(|_| String::new(), visible, || 7), 7);
        }
    }
}
