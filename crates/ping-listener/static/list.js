// Keeps the list of checks true, searches while somebody types, and pings in a check's name while its switch is on.
import { countTimes, element, everyTick, fill, listen, setServerTime, setText, showMoment } from "./page.js";
import { words } from "./words.js";

const list = document.getElementById("list");
const filter = document.getElementById("filter");
const stale = document.getElementById("stale");

// The list: shown anew from the server, as a part of the page.

let query = location.search.slice(1);
let shownAt = 0;
let asked = 0;
let endLive = () => {};
let waiting;
let beginning;

// So long after the last key the live view begins, in milliseconds.
const LIVE_AFTER = 300;

// A list that changes all the time is not shown anew more often than this, in milliseconds.
const ANEW_AT_MOST_EVERY = 5000;

async function showAnew(wanted) {
  asked += 1;
  const mine = asked;
  const parameters = new URLSearchParams(wanted);
  parameters.set("part", "rows");
  const response = await fetch(`/?${parameters}`, { headers: { Accept: "text/html" } });
  if (response.status === 401) {
    location.reload();
    return;
  }
  const text = await response.text();
  // Of several answers only the one to the latest question counts.
  if (mine !== asked || !response.ok) return;
  showRows(text);
  query = wanted;
  shownAt = performance.now();
  stale.hidden = true;
  countTimes();
  // Who types on would only begin a live view to end it.
  endLive();
  clearTimeout(beginning);
  beginning = setTimeout(beginLive, LIVE_AFTER);
}

// More rows than a screen holds; the others are made when these are painted and nobody types.
const ROWS_FIRST = 40;
const REST_AFTER = 100;

// The rows that are still to be made, and which of the checks are chosen.
let rest;

function showRows(text) {
  const chosen = chosenChecks();
  const lines = text.split(/(?=<tr id="check-)/);
  const end = lines.at(-1).lastIndexOf("</tbody>");
  const tail = end < 0 ? "" : lines.at(-1).slice(end);
  if (tail) lines.push(lines.pop().slice(0, end));
  list.innerHTML = lines.slice(0, 1 + ROWS_FIRST).join("") + tail;
  rest = { rows: lines.slice(1 + ROWS_FIRST).join(""), chosen };
  const mine = rest;
  setTimeout(() => mine === rest && showRest(), REST_AFTER);
  choose(chosen);
}

function showRest() {
  if (!rest) return;
  const chosen = chosenChecks();
  const { rows } = rest;
  rest = undefined;
  list.querySelector(".checks tbody")?.insertAdjacentHTML("beforeend", rows);
  choose(chosen);
  countTimes();
}

function chosenChecks() {
  const shown = new Set(boxes().map((box) => box.value));
  const hidden = rest ? [...rest.chosen].filter((check) => !shown.has(check)) : [];
  return new Set([...hidden, ...chosenBoxes().map((box) => box.value)]);
}

function choose(chosen) {
  for (const box of boxes()) box.checked = chosen.has(box.value);
  for (const box of switches()) box.checked = running.has(box.dataset.check);
  showChosen();
}

if (filter) {
  const search = () => {
    const parameters = new URLSearchParams();
    for (const [name, value] of new FormData(filter)) if (value) parameters.set(name, value);
    const wanted = parameters.toString();
    history.replaceState(null, "", wanted ? `/?${wanted}` : "/");
    showAnew(wanted).catch(() => {});
  };
  document.getElementById("q").addEventListener("input", search);
  document.getElementById("tag")?.addEventListener("change", search);
}

stale?.addEventListener("click", (event) => {
  if (!event.target.matches("a")) return;
  event.preventDefault();
  showAnew(query).catch(() => {});
});

// What the server says has changed.

function beginLive() {
  endLive();
  showRest();
  endLive = listen(`/live?${query}`, (news) => {
    setServerTime(news.now);
    showSummary(news.summary);
    news.rows.forEach(showRow);
    countTimes();
    if (news.is_stale) {
      showStale();
    } else {
      clearTimeout(waiting);
      stale.hidden = true;
    }
  });
}

// Who is busy with the list keeps it as it is, and is told.
function showStale() {
  const isBusy =
    0 < chosenBoxes().length ||
    list.querySelector("details[open]") ||
    list.contains(document.activeElement);
  const wait = shownAt + ANEW_AT_MOST_EVERY - performance.now();
  clearTimeout(waiting);
  if (isBusy) stale.hidden = false;
  else if (0 < wait) waiting = setTimeout(showStale, wait);
  else showAnew(query).catch(() => {});
}

function showSummary(summary) {
  setText(document.getElementById("sentence"), summary.sentence);
  for (const count of summary.counts) {
    const item = list.querySelector(`[data-standing="${count.standing}"]`);
    if (!item) continue;
    setText(item.querySelector("b"), String(count.checks));
    item.classList.toggle("zero", count.checks === 0);
  }
  document.title = fill(words.window, { title: summary.title });
  const icon = document.getElementById("icon");
  if (!icon.href.endsWith(`/${summary.icon}`)) icon.href = `/static/${summary.icon}`;
}

function showRow(row) {
  const line = document.getElementById(`check-${row.id}`);
  if (!line) return;
  if (row.standing !== "new") document.getElementById("first-ping")?.remove();
  line.className = row.standing;
  line.querySelector(".standing").className = `standing ${row.standing}`;
  setText(line.querySelector('[data-field="word"]'), row.word);
  setText(line.querySelector('[data-field="note"]'), row.note);
  line.querySelector(".since").hidden = !row.since;
  line.querySelector(".snoozed").hidden = !row.snoozed;
  for (const field of ["since", "snoozed", "last", "due"]) {
    const none = field === "last" ? words.never : words.none;
    showMoment(line.querySelector(`[data-field="${field}"]`), row[field], none);
  }
  const holds = { active: row.standing !== "paused", paused: row.standing === "paused", snoozed: Boolean(row.snoozed) };
  for (const button of line.querySelectorAll("[data-if]")) button.hidden = !holds[button.dataset.if];
  if (row.recent) showRecent(line.querySelector(".recent"), row.recent);
}

function showRecent(place, recent) {
  const svg = place.querySelector("svg");
  if (!svg) return;
  const drawn = [...svg.children].map((path) => path.getAttribute("d"));
  if (drawn.join() === recent.paths.map(([, d]) => d).join()) return;
  svg.setAttribute("aria-label", recent.label);
  svg.replaceChildren(
    ...recent.paths.map(([style, d]) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", style);
      path.setAttribute("d", d);
      return path;
    }),
  );
}

// What is chosen.

const boxes = () => [...list.querySelectorAll("input[name=check][type=checkbox]")];
const chosenBoxes = () => boxes().filter((box) => box.checked);

function showChosen() {
  const bulk = document.getElementById("bulk");
  if (!bulk) return;
  const number = chosenBoxes().length;
  bulk.classList.toggle("open", 0 < number);
  setText(document.getElementById("chosen-count"), fill(words.chosen, { number }));
  const all = document.getElementById("all");
  all.checked = 0 < number && number === boxes().length;
  all.indeterminate = 0 < number && !all.checked;
}

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.id === "all") showRest();
  if (target.id === "all") for (const box of boxes()) box.checked = target.checked;
  if (target.id === "all" || target.matches("input[name=check]")) showChosen();
  if (target.matches("[role=switch]")) turn(target);
});

// One menu is open at a time, and the next click or Escape closes it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Pinging.

const running = new Map();
const switches = () => document.querySelectorAll("[role=switch]");

function turn(box) {
  const { check, name } = box.dataset;
  if (!box.checked) {
    running.delete(check);
    write(name, words.switchedOff);
    return;
  }
  const every = Number(box.dataset.every);
  running.set(check, { name, every, next: performance.now() + every });
  write(name, words.switchedOn);
  ping(check, name);
}

function pingDue() {
  const now = performance.now();
  for (const [check, task] of running) {
    if (now < task.next) continue;
    task.next = Math.max(task.next + task.every, now);
    ping(check, task.name);
  }
}

async function ping(check, name) {
  try {
    const response = await fetch("/testing/ping", {
      method: "POST",
      headers: { Accept: "text/plain" },
      body: new URLSearchParams({ check }),
    });
    write(name, `${response.status} ${await response.text()}`, !response.ok);
    if (response.status === 401 || response.status === 404) stop(check);
  } catch {
    write(name, words.unreachable, true);
  }
}

function stop(check) {
  running.delete(check);
  for (const box of switches()) if (box.dataset.check === check) box.checked = false;
}

const LINES_MAX = 500;

function write(name, text, isBad) {
  const log = document.getElementById("log");
  const item = document.createElement("li");
  const at = element("span", new Date().toLocaleTimeString("en-GB"), "at");
  item.append(at, " ", element("bdi", name), name ? ": " : "", text);
  if (isBad) item.className = "bad";
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(item);
  while (log.children.length > LINES_MAX) log.firstChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

document.addEventListener("submit", (event) => {
  if (event.target.id !== "try") return;
  event.preventDefault();
  ping(event.submitter.value.split(" ")[1], event.submitter.dataset.name);
});
document.getElementById("clear")?.addEventListener("click", () => {
  document.getElementById("log").replaceChildren();
});

// A browser remembers switches and boxes over a reload; pinging begins by hand only.
for (const box of switches()) box.checked = false;
if (list) {
  showChosen();
  beginLive();
  everyTick(pingDue);
}
