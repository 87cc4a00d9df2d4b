// Keeps the list of checks true, and pings in a check's name while its switch is on.
import { countTimes, element, everyTick, listen, setServerTime, setText, showMoment } from "./page.js";
import { words } from "./words.js";

// What the server says has changed.

const summary = document.querySelector(".summary");

listen(`/live${location.search}`, (news) => {
  setServerTime(news.now);
  showSummary(news);
  news.rows.forEach(showRow);
  countTimes();
});

function showSummary(news) {
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
  for (const field of ["since", "last", "deadline"]) {
    const none = field === "last" ? words.never : words.none;
    showMoment(line.querySelector(`[data-field="${field}"]`), row[field], none);
  }
}

// Pinging.

const running = new Map();

function turn(box) {
  const name = box.dataset.name;
  if (!box.checked) {
    running.delete(name);
    write(name, words.switchedOff);
    return;
  }
  const every = Number(box.dataset.every);
  running.set(name, { every, next: performance.now() + every });
  write(name, words.switchedOn);
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
    write(name, words.unreachable, true);
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
  const at = element("span", new Date().toLocaleTimeString("en-GB"), "at");
  const item = document.createElement("li");
  item.append(at, " ", element("bdi", name), name ? ": " : "", text);
  if (isBad) item.className = "bad";
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(item);
  while (log.children.length > LINES_MAX) log.firstChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

everyTick(pingDue);
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
