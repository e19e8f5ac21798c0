// What colleagues do and readers write, while somebody looks at the queue. Nothing moves under their eyes.

import { articleOf, feed, mark, readAnew, setVersion } from "./feed.js";
import { fill, tell } from "./page.js";

const said = document.getElementById("said");
const button = document.getElementById("news");
const waits = feed.dataset.status === "pending";
const fresh = new Set();
let toldOfNews = false;

const word = (kind, code) => said.querySelector(`[data-${kind}="${CSS.escape(code)}"]`)?.textContent ?? code;

// Returns what somebody has decided, in words.
export function inWords({ moderator, decided_by: by, status, reason }) {
  const who = moderator ?? word("actor", by);
  return fill(said.dataset.first, { who, status: word("status", status), reason: word("reason", reason) });
}

function showNews() {
  button.hidden = fresh.size === 0;
  button.textContent = fill(button.dataset.text, { count: fresh.size });
  if (fresh.size && !toldOfNews) tell(said.dataset.news);
  toldOfNews = fresh.size > 0;
}

// What somebody has put back themselves is no news.
export function isKnown(comment) {
  if (fresh.delete(comment)) showNews();
}

export function showClaim(comment, name) {
  const chip = articleOf(comment)?.querySelector("[data-claim]");
  if (!chip) return;
  chip.hidden = !name;
  chip.textContent = name ? fill(said.dataset.claimed, { name }) : "";
}

const heard = {
  entered({ comment, version }) {
    const article = articleOf(comment);
    if (!article) fresh.add(comment);
    else if (version > Number(article.dataset.version)) {
      setVersion(article, version);
      article.classList.remove("decided");
      article.querySelector("[data-told]").hidden = true;
    }
  },
  left(event) {
    fresh.delete(event.comment);
    const article = articleOf(event.comment);
    if (article && event.version > Number(article.dataset.version)) mark(article, inWords(event));
  },
  changed({ comment, version }) {
    const article = articleOf(comment);
    if (article && version > Number(article.dataset.version)) mark(article, said.dataset.changed, { decided: false });
  },
  claimed({ comment, moderator }) {
    if (moderator !== said.dataset.me) showClaim(comment, moderator);
  },
  released({ comment }) {
    showClaim(comment, null);
  },
};

export function listen() {
  const address = `/v1/sites/${feed.dataset.site}/events?after=${feed.dataset.since}`;
  const events = new EventSource(address);
  for (const [kind, hear] of Object.entries(heard)) {
    events.addEventListener(kind, (event) => {
      if (!waits && kind !== "claimed" && kind !== "released") return;
      hear(JSON.parse(event.data));
      showNews();
    });
  }
  events.addEventListener("reset", () => fresh.add("reset") && showNews());
  addEventListener("pagehide", () => events.close());
}

button.addEventListener("click", async () => {
  fresh.clear();
  showNews();
  await readAnew();
});
