// Shows what a schedule means while it is typed.
import { words } from "./words.js";

const form = document.querySelector("form[data-preview]");
const place = document.getElementById("preview");
const PAUSE = 250;
let timer;
let latest = 0;

async function show() {
  const number = ++latest;
  const fields = new URLSearchParams();
  for (const name of ["kind", "period", "schedule", "tz", "grace"]) {
    fields.set(name, new FormData(form).get(name) || "");
  }
  let text;
  let trouble = words.unreachable;
  try {
    const response = await fetch(`${form.dataset.preview}?${fields}`);
    if (response.ok) text = await response.text();
    else if (response.status === 401) trouble = words.signInFirst;
  } catch {
    // The server is not there, and is asked again with the next key.
  }
  // An answer that comes late is of what was typed before.
  if (number !== latest) return;
  if (text) place.innerHTML = text;
  else place.textContent = trouble;
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE);
});
