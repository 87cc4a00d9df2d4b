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
  try {
    const response = await fetch(`${form.dataset.preview}?${fields}`);
    text = response.ok ? await response.text() : "";
  } catch {
    text = "";
  }
  // An answer that comes late is of what was typed before.
  if (number !== latest) return;
  if (text) place.innerHTML = text;
  else place.textContent = words.unreachable;
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE);
});
