// The clock of a page: browsers slow the timers of a hidden page down, but not those of a worker.
setInterval(() => postMessage(0), 500);
