// Keeps the wall true: fetches it anew every two seconds, and says when the server cannot be reached.
import { countTimes, setServerTime, setText } from "./page.js";
import { words } from "./words.js";

const PAUSE = 2000;

const main = document.getElementById("main");
const lost = document.getElementById("live-state");
const icon = document.getElementById("icon");

async function look() {
  try {
    const answer = await fetch("/wall?part=wall", { headers: { accept: "text/html" }, signal: AbortSignal.timeout(10000) });
    // Whoever is signed out gets the form.
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.text());
    lost.hidden = true;
  } catch {
    setText(lost, words.liveLost);
    lost.hidden = false;
  }
  setTimeout(look, PAUSE);
}

function show(html) {
  const part = new DOMParser().parseFromString(html, "text/html").body;
  const head = part.querySelector(".head");
  setServerTime(head.dataset.now);
  icon.href = head.dataset.down === "true" ? "/static/icon-down.svg" : "/static/icon.svg";
  // The sentence is said again only when it has changed.
  const sentence = main.querySelector("h1");
  const next = part.querySelector("h1");
  setText(sentence, next.textContent);
  next.replaceWith(sentence);
  main.replaceChildren(...part.childNodes);
  countTimes();
}

const fullScreen = document.getElementById("full-screen");
if (!document.fullscreenEnabled) fullScreen.remove();
fullScreen.addEventListener("click", () => document.documentElement.requestFullscreen());

setTimeout(look, PAUSE);
