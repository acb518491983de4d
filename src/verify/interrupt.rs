//! Ctrl-C while providers are asked: it ends the asking and not the run, so that what is known already is reported.
//!
//! A second one, or one at any other time, ends the program as usual. The handler is set when somebody is first asked, and stays.

use std::{
    process,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// Exit code of programs that were ended by Ctrl-C: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

/// Set while somebody is asked.
static IS_ASKING: AtomicBool = AtomicBool::new(false);
/// Set to stop that.
static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Does `work`, which stops when the flag is set that it is given.
pub fn stoppable<T>(work: impl FnOnce(Arc<AtomicBool>) -> T) -> T {
    STOP.store(false, Ordering::SeqCst);
    // It can be set once; without it Ctrl-C ends the program, which is safe as well.
    let _ = ctrlc::set_handler(interrupted);
    IS_ASKING.store(true, Ordering::SeqCst);
    let result = work(Arc::clone(&STOP));
    IS_ASKING.store(false, Ordering::SeqCst);
    result
}

#[allow(clippy::exit, reason = "what Ctrl-C does in a program without a handler")]
fn interrupted() {
    if !IS_ASKING.load(Ordering::SeqCst) || STOP.swap(true, Ordering::SeqCst) {
        process::exit(INTERRUPTED);
    }
}
