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
    if visible && !target.is_hidden() { during_on(target, PATIENCE, line, work) } else { work() }
}

/// Runs `work`, and when it takes longer than `patience` shows on `target` what `line` says.
fn during_on<T>(
    target: ProgressDrawTarget,
    patience: Duration,
    line: impl Fn(Duration) -> String + Send,
    work: impl FnOnce() -> T,
) -> T {
    let (stop, stopped) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Sleeping on the channel ends the display at once when the work is done.
            if stopped.recv_timeout(patience) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, target);
            let begin = Instant::now().checked_sub(patience).unwrap_or_else(Instant::now);
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
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use indicatif::TermLike;

    use super::*;

    /// A terminal that keeps what is written.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.write_str("<cleared>")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn long_work_on_a_history_shows_what_was_counted_and_cleans_up_behind_it() {
        let (screen, counters) = (Screen::default(), Counters::default());
        counters.are_objects.store(true, Ordering::Relaxed);
        Counters::add(&counters.files, 1200);
        Counters::add(&counters.findings, 3);
        let shown = || screen.0.lock().unwrap().clone();
        let target = || ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let line = |passed| counters.line(passed);
        during_on(target(), Duration::from_hours(1), line, || ());
        assert_eq!(shown(), "", "short work shows nothing");
        let long = || {
            while !shown().contains("3 found") {
                std::thread::sleep(Duration::from_millis(5));
            }
            7
        };
        assert_eq!(during_on(target(), Duration::ZERO, line, long), 7);
        assert!(shown().contains("1,200 objects, 0 B, 0 B/s, 3 found"), "{}", shown());
        assert!(shown().rsplit_once("3 found").unwrap().1.contains("<cleared>"), "{}", shown());
    }

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
