// What every page does: counts how long ago things were, copies, and keeps a live connection.
import { words } from "./words.js";

document.documentElement.classList.add("script");

// The page's clock. Browsers slow the timers of a hidden page down, but not those of a worker.

const tasks = [];

export function everyTick(task) {
  tasks.push(task);
}

const ring = () => tasks.forEach((task) => task());
try {
  new Worker("/static/ticker.js").onmessage = ring;
} catch {
  setInterval(ring, 500);
}

// How long ago things were, by the server's clock.

let ahead = 0;

export function setServerTime(iso) {
  ahead = Date.parse(iso) - Date.now();
}

export function serverTime() {
  return Date.now() + ahead;
}

export function countTimes() {
  // How long ago the last ping was is not known while nobody tells.
  if (document.hidden || !isLive()) return;
  const now = serverTime();
  for (const moment of document.querySelectorAll(".moment[data-at]")) {
    const ago = moment.querySelector(".ago");
    if (!ago || !moment.dataset.at) continue;
    setText(ago, distance(Math.floor((now - Date.parse(moment.dataset.at)) / 1000)));
  }
}

function distance(seconds) {
  const text = span(Math.abs(seconds));
  return fill(seconds < 0 ? words.ahead : words.ago, { distance: text });
}

export function span(seconds) {
  if (seconds < 60) return `${seconds} ${words.seconds}`;
  if (seconds < 3600) return pair(seconds, 60, words.minutes, 1, words.seconds);
  if (seconds < 86400) return pair(seconds, 3600, words.hours, 60, words.minutes);
  return pair(seconds, 86400, words.days, 3600, words.hours);
}

function pair(size, large, largeUnit, small, smallUnit) {
  const rest = Math.floor((size % large) / small);
  return `${Math.floor(size / large)} ${largeUnit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}

// Shows an instant in a place made by the macro `moment`; `moment` has `iso` and `text`, or is null.
export function showMoment(place, moment, none) {
  const iso = moment ? moment.iso : "";
  if (place.dataset.at === iso) return;
  place.dataset.at = iso;
  if (!moment) {
    place.replaceChildren(element("span", none, "none"));
    return;
  }
  const time = element("time", moment.text);
  time.dateTime = moment.iso;
  place.replaceChildren(time, " ", element("span", "", "ago"));
}

// Live events. The connection is made again by itself, at growing distances, and the line #live-state says so.

const WAIT_FIRST = 2000;
const WAIT_MOST = 30000;

// The server says something at least every 16 seconds. A line that was cut without a word would seem quiet for hours.
const SILENT_MOST = 40000;

let live;

everyTick(() => {
  if (live && !live.isLost && SILENT_MOST < performance.now() - live.heardAt) live.again();
});

// Tells whether what the page shows is still kept up to date, as far as it can know.
export function isLive() {
  return !live?.isLost;
}

// Calls `show` with each event's JSON. Returns what ends it; `onbeat` hears that all is as it was, and `onend` that the
// session has ended.
export function listen(address, show, { onbeat = () => {}, onend = () => sayLive(words.signedOut) } = {}) {
  let source;
  let wait = WAIT_FIRST;
  let timer;
  const mine = { heardAt: performance.now(), lastWord: new Date(), isLost: false };
  live = mine;
  const hear = (act) => (event) => {
    mine.heardAt = performance.now();
    mine.lastWord = new Date();
    mine.isLost = false;
    wait = WAIT_FIRST;
    sayLive("");
    act(JSON.parse(event.data));
  };
  const lose = () => {
    mine.isLost = true;
    sayLive(fill(words.liveLost, { time: mine.lastWord.toLocaleTimeString("en-GB") }));
  };
  const connect = () => {
    mine.heardAt = performance.now();
    source = new EventSource(address);
    source.onmessage = hear(show);
    source.addEventListener("beat", hear(onbeat));
    source.onerror = () => {
      if (live !== mine) return;
      lose();
      if (source.readyState === EventSource.CLOSED) connectLater();
    };
  };
  const connectLater = () => {
    timer = setTimeout(connectUnlessEnded, wait);
    wait = Math.min(2 * wait, WAIT_MOST);
  };
  mine.again = () => {
    source.close();
    lose();
    connectLater();
  };
  // A session that has ended does not come back by itself.
  const connectUnlessEnded = async () => {
    const answer = await fetch(address, { method: "HEAD", signal: AbortSignal.timeout(10000) }).catch(() => null);
    if (live !== mine) return;
    if (answer?.status === 401) onend();
    else connect();
  };
  connect();
  return () => {
    if (live === mine) live = undefined;
    clearTimeout(timer);
    source.close();
  };
}

function sayLive(text) {
  const place = document.getElementById("live-state");
  if (!place) return;
  setText(place, text);
  place.hidden = !text;
  document.documentElement.classList.toggle("lost", Boolean(text));
}

// Copying.

async function copy(button) {
  const text = button.closest(".copyable").querySelector("code");
  let isDone = true;
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    // Without TLS there is no clipboard to write to, but what is selected can be copied.
    getSelection().selectAllChildren(text);
    isDone = document.execCommand("copy");
  }
  const before = button.dataset.word || button.textContent;
  button.dataset.word = before;
  setText(button, isDone ? words.copied : words.copyFailed);
  setTimeout(() => setText(button, before), 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".copyable button");
  if (button) copy(button);
});

// A form that is on its way is not sent once more: a double click would make two of what it makes. Who stopped the
// first try can try again after a while, and at once if he comes back to the page.

const AGAIN_AFTER = 5000;
const sent = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (sent.has(form)) event.preventDefault();
  sent.add(form);
  setTimeout(() => sent.delete(form), AGAIN_AFTER);
});
window.addEventListener("pageshow", () => sent.clear());

// Small things.

export function element(kind, text, style) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (style) made.className = style;
  return made;
}

export function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// Puts values into the braces of a sentence.
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const now = document.querySelector("[data-now]");
if (now) setServerTime(now.dataset.now);
everyTick(countTimes);
