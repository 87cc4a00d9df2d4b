// Keeps the wall true while the server tells what is new; without its word clock and colours stand still.
import { countTimes, everyTick, isLive, listen, serverTime, setServerTime, setText } from "./page.js";

const main = document.getElementById("main");
const icon = document.getElementById("icon");

function show(news) {
  const part = new DOMParser().parseFromString(news.html, "text/html").body;
  const head = part.querySelector(".head");
  icon.href = head.dataset.down === "true" ? "/static/icon-down.svg" : "/static/icon.svg";
  // The sentence is said again only when it has changed.
  const sentence = main.querySelector("h1");
  const next = part.querySelector("h1");
  setText(sentence, next.textContent);
  next.replaceWith(sentence);
  main.replaceChildren(...part.childNodes);
  setClock(news);
  countTimes();
}

// The clock of the server's zone: how many seconds of its day had passed at an instant.

const DAY = 86400;
let clock;

function setClock({ iso, text }) {
  setServerTime(iso);
  const [hours, minutes, seconds] = text.split(":").map(Number);
  clock = { at: Date.parse(iso), seconds: hours * 3600 + minutes * 60 + seconds };
}

everyTick(() => {
  if (!clock || !isLive()) return;
  const passed = Math.floor((serverTime() - clock.at) / 1000);
  const seconds = (((clock.seconds + passed) % DAY) + DAY) % DAY;
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, "0"));
  setText(main.querySelector(".clock time"), parts.join(":"));
});

// Whoever is signed out gets the form.
listen("/wall/live", show, { onbeat: setClock, onend: () => location.reload() });

const fullScreen = document.getElementById("full-screen");
if (!document.fullscreenEnabled) fullScreen.remove();
fullScreen.addEventListener("click", () => document.documentElement.requestFullscreen());
