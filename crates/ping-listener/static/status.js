// Keeps the status page true: fetches it anew every half minute.

const PAUSE = 30000;

async function look() {
  setTimeout(look, PAUSE);
  try {
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" }, signal: AbortSignal.timeout(20000) });
    // It was switched off, or who may see it nevertheless is signed out.
    if (answer.status === 404) location.reload();
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // What a reader has opened stays open.
    const open = [...document.querySelectorAll("main details")].map((details) => details.open);
    page.querySelectorAll("main details").forEach((details, number) => (details.open = open[number] ?? false));
    document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
    document.getElementById("icon").href = page.getElementById("icon").getAttribute("href");
    document.title = page.title;
  } catch {
    // The time at the bottom of the page says how old it is.
  }
}

setTimeout(look, PAUSE);
