//! Runs what waits, one after the other and always in the same order: no thread, no real time.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Names a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TaskId(u64);

/// The tasks of one process.
#[derive(Default)]
pub(crate) struct Executor {
    tasks: BTreeMap<TaskId, Task>,
    ready: Ready,
    spawned: u64,
}

type Ready = Arc<Mutex<VecDeque<TaskId>>>;

/// Something that goes on until it has to wait.
struct Task {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    alarm: Arc<Alarm>,
}

/// Puts a task at the end of those that can go on.
struct Alarm {
    task: TaskId,
    is_rung: AtomicBool,
    ready: Ready,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        if !self.is_rung.swap(true, Ordering::Relaxed) {
            self.ready.lock().unwrap_or_else(PoisonError::into_inner).push_back(self.task);
        }
    }
}

impl Executor {
    /// Takes a task, to be run behind those that can go on already.
    pub(crate) fn spawn(&mut self, future: impl Future<Output = ()> + Send + 'static) -> TaskId {
        self.spawned += 1;
        let task = TaskId(self.spawned);
        let alarm = Arc::new(Alarm { task, is_rung: AtomicBool::new(false), ready: self.ready.clone() });
        self.tasks.insert(task, Task { future: Box::pin(future), alarm: alarm.clone() });
        alarm.wake();
        task
    }

    /// Lets the next task that can go on do so; returns false if all wait.
    pub(crate) fn run_one(&mut self) -> bool {
        let next = self.ready.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(id) = next else { return false };
        let Some(task) = self.tasks.get_mut(&id) else { return true };
        task.alarm.is_rung.store(false, Ordering::Relaxed);
        let waker = Waker::from(task.alarm.clone());
        if let Poll::Ready(()) = task.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.tasks.remove(&id);
        }
        true
    }

    /// Tells whether a task has not ended.
    #[cfg(test)]
    pub(crate) fn is_running(&self, task: TaskId) -> bool {
        self.tasks.contains_key(&task)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn a_task_goes_on_when_what_it_waits_for_is_there() {
        let (sender, receiver) = oneshot::channel();
        let mut executor = Executor::default();
        let task = executor.spawn(async move {
            let _: Result<(), _> = receiver.await;
        });
        while executor.run_one() {}
        assert!(executor.is_running(task));
        sender.send(()).unwrap();
        while executor.run_one() {}
        assert!(!executor.is_running(task));
    }
}
