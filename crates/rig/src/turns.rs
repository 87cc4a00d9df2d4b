//! How a story makes the server go on: a room has its turn, and a thread comes to its end.

use std::sync::Arc;

use ping_listener::app::Common;
use ping_listener::rounds::{Round, Wake};

/// Counts the conversations at the mail server that stall, whose senders nobody should wait for.
pub(crate) type StallCount = Arc<dyn Fn() -> usize + Send + Sync>;

/// Lets one room do what is due now, and notes when it wants to come back. A bell may ring at any time, so rooms that
/// hear one always have a turn.
pub(crate) async fn turn<R: Round>(round: &mut R, wake: &mut Wake, common: &Common) {
    let now = common.clock.now();
    let is_due = match *wake {
        Wake::At(at) => at <= now,
        Wake::AtOrBell(_) | Wake::OnBell => true,
    };
    if is_due {
        *wake = round.step(now).await.unwrap();
    }
}

/// Waits for the end of a thread that must not panic.
pub(crate) async fn join(thread: std::thread::JoinHandle<()>) {
    tokio::task::spawn_blocking(|| thread.join()).await.unwrap().expect("the writer does not panic");
}
