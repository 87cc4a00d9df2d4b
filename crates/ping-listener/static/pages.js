// Keeps a page of checks true, and pings in a check's name while its switch is on.
"use strict";

function main() {
  document.documentElement.classList.add("script");
  const clock = startClock();
  clock(countTime);
  if (document.getElementById("log")) {
    listen();
    clock(pingDue);
    document.addEventListener("change", (event) => {
      if (event.target.matches("[role=switch]")) turn(event.target);
    });
    document.addEventListener("submit", (event) => {
      if (event.target.matches("form[data-name]")) {
        event.preventDefault();
        ping(event.target.dataset.name);
      }
    });
    document.getElementById("clear").addEventListener("click", () => {
      document.getElementById("log").replaceChildren();
    });
    // A browser remembers switches over a reload; pinging begins by hand only.
    for (const box of document.querySelectorAll("[role=switch]")) box.checked = false;
  }
}

function startClock() {
  const tasks = [];
  const ring = () => tasks.forEach((task) => task());
  try {
    new Worker("/static/pages.js").onmessage = ring;
  } catch {
    setInterval(ring, 500);
  }
  return (task) => tasks.push(task);
}

// How long ago things were, by the server's clock.

let ahead = 0;

function countTime() {
  if (document.hidden) return;
  const now = Date.now() + ahead;
  for (const moment of document.querySelectorAll(".moment[data-at]")) {
    const ago = moment.querySelector(".ago");
    if (!ago || !moment.dataset.at) continue;
    const text = distance(Math.floor((now - Date.parse(moment.dataset.at)) / 1000));
    if (ago.textContent !== text) ago.textContent = text;
  }
}

function distance(seconds) {
  const size = Math.abs(seconds);
  let text;
  if (size < 60) text = `${size} s`;
  else if (size < 3600) text = pair(size, 60, "min", 1, "s");
  else if (size < 86400) text = pair(size, 3600, "h", 60, "min");
  else text = pair(size, 86400, "d", 3600, "h");
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

function pair(size, large, largeUnit, small, smallUnit) {
  const rest = Math.floor((size % large) / small);
  return `${Math.floor(size / large)} ${largeUnit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}

// What the server says has changed.

function listen() {
  const summary = document.querySelector(".summary");
  ahead = Date.parse(summary.dataset.now) - Date.now();
  const source = new EventSource(`/live${location.search}`);
  source.onmessage = (event) => {
    const news = JSON.parse(event.data);
    ahead = Date.parse(news.now) - Date.now();
    showSummary(summary, news);
    news.rows.forEach(showRow);
    countTime();
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) write("", "The live view ended; reload the page.", true);
  };
}

function showSummary(summary, news) {
  setText(document.getElementById("sentence"), news.summary.sentence);
  for (const count of news.summary.counts) {
    const item = summary.querySelector(`[data-standing="${count.standing}"]`);
    setText(item.querySelector("b"), String(count.checks));
    item.classList.toggle("zero", count.checks === 0);
  }
  document.getElementById("stale").hidden = String(news.total) === summary.dataset.total;
}

function showRow(row) {
  const line = document.getElementById(`check-${row.id}`);
  if (!line) return;
  line.className = row.standing;
  setText(line.querySelector('[data-field="word"]'), row.word);
  setText(line.querySelector('[data-field="note"]'), row.note);
  line.querySelector(".since").hidden = !row.since;
  showMoment(line, "since", row.since);
  showMoment(line, "last", row.last);
  showMoment(line, "deadline", row.deadline);
}

function showMoment(line, field, moment) {
  const place = line.querySelector(`[data-field="${field}"]`);
  if (place.dataset.at === (moment ? moment.iso : "")) return;
  place.dataset.at = moment ? moment.iso : "";
  if (!moment) {
    const none = element("span", field === "last" ? "never" : "none");
    none.className = "none";
    place.replaceChildren(none);
    return;
  }
  const time = element("time", moment.text);
  time.dateTime = moment.iso;
  const ago = element("span", "");
  ago.className = "ago";
  place.replaceChildren(time, " ", ago);
}

// Pinging.

const running = new Map();

function turn(box) {
  const name = box.dataset.name;
  if (!box.checked) {
    running.delete(name);
    write(name, "switched off");
    return;
  }
  const every = Number(box.dataset.every);
  running.set(name, { every, next: performance.now() + every });
  write(name, "switched on");
  ping(name);
}

function pingDue() {
  const now = performance.now();
  for (const [name, task] of running) {
    if (now < task.next) continue;
    task.next = Math.max(task.next + task.every, now);
    ping(name);
  }
}

async function ping(name) {
  try {
    const response = await fetch("/testing/ping", {
      method: "POST",
      headers: { Accept: "text/plain" },
      body: new URLSearchParams({ username: name }),
    });
    write(name, `${response.status} ${await response.text()}`, !response.ok);
    if (response.status === 401 || response.status === 404) stop(name);
  } catch {
    write(name, "the server cannot be reached", true);
  }
}

function stop(name) {
  running.delete(name);
  for (const box of document.querySelectorAll("[role=switch]")) {
    if (box.dataset.name === name) box.checked = false;
  }
}

const LINES_MAX = 500;

function write(name, text, isBad) {
  const log = document.getElementById("log");
  const at = element("span", new Date().toLocaleTimeString("en-GB"));
  at.className = "at";
  const item = document.createElement("li");
  item.append(at, " ", element("bdi", name), name ? ": " : "", text);
  if (isBad) item.className = "bad";
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(item);
  while (log.children.length > LINES_MAX) log.firstChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function element(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}

function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// The same file is the page's clock: browsers slow the timers of a hidden page down, but not those of a worker.
if (typeof document === "undefined") {
  setInterval(() => postMessage(0), 500);
} else {
  main();
}
