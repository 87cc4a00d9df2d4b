// Keeps a page about one check true: the server says that there is something new, and the page asks for that part.
import { countTimes, listen, setServerTime } from "./page.js";

const part = document.getElementById("now");
const filter = document.querySelector("form[data-filter]");
let isAsking = false;
let isStale = false;

function address() {
  const asked = filter ? new URLSearchParams(new FormData(filter)) : new URLSearchParams();
  asked.set("part", "now");
  return `${location.pathname}?${asked}`;
}

async function refresh() {
  isStale = true;
  if (isAsking) return;
  isAsking = true;
  while (isStale) {
    isStale = false;
    try {
      const response = await fetch(address());
      // Who is not signed in any more, or looks at what is gone, is told so by the whole page.
      if (response.status === 401 || response.status === 404) location.reload();
      if (!response.ok) break;
      part.innerHTML = await response.text();
      const shown = part.querySelector("[data-now]");
      setServerTime(shown.dataset.now);
      if (shown.dataset.icon) document.getElementById("icon").href = shown.dataset.icon;
      countTimes();
    } catch {
      break;
    }
  }
  isAsking = false;
}

listen(part.dataset.live, (news) => {
  setServerTime(news.now);
  const shown = part.querySelector("[data-mark]");
  if (shown && shown.dataset.mark !== news.mark) refresh();
});

if (filter) {
  filter.addEventListener("change", () => {
    const asked = new URLSearchParams(new FormData(filter));
    history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
    refresh();
  });
}
