// What colleagues do and readers write, while somebody looks at the queue. Nothing moves under their eyes.

import { articleOf, feed, mark, readAnew, reopen, setVersion } from "./feed.js";
import { ask, fill, tellBeside } from "./page.js";

const SWEEP_MS = 1000;
const GATHER_MS = 3000; // one question for all that comes meanwhile: many pages may be open
const MOST_LOOKED_AT = 200; // more than this is no page
const CLAIM_LASTS_MS = 120_000;
const AGAIN_MS = 10_000;

const said = document.getElementById("said");
const button = document.getElementById("news");
const waits = feed.dataset.status === "pending";
const filtered = !("all" in document.getElementById("count").dataset);
const fresh = new Set();
const unsure = new Set(); // what has come, and may be none of what the filter finds
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
  if (fresh.size && !toldOfNews) tellBeside(said.dataset.news);
  toldOfNews = fresh.size > 0;
}

// Returns why the server has not done what it was asked for, in words.
export function refusal({ status, body }) {
  if (body?.decision) return inWords(body.decision);
  if (status === 401 || status === 403) return said.dataset.loggedOut;
  return status === 404 || status === 410 ? said.dataset.gone : said.dataset.failed;
}

// Asks which of those that have come are found by the filter of the page: only these are news on it.
async function lookThrough() {
  const query = new URLSearchParams(location.search);
  for (const name of ["site", "cursor"]) query.delete(name);
  query.set("sort", "newest");
  query.set("limit", MOST_LOOKED_AT);
  const asked = [...unsure];
  const { ok, body } = await ask("GET", `/v1/sites/${feed.dataset.site}/queue?${query}`);
  const found = new Set(ok ? body.items.map((item) => item.id) : []);
  // Ids begin with the time: what is older than all that was looked at may be found as well.
  const last = ok && body.next_cursor ? body.items.at(-1).id : "";
  for (const comment of asked) {
    if (unsure.delete(comment) && (!ok || found.has(comment) || comment < last)) fresh.add(comment);
  }
  showNews();
}

// What somebody has put back themselves is no news.
export function isKnown(comment) {
  unsure.delete(comment);
  if (fresh.delete(comment)) showNews();
}

export function showClaim(comment, name) {
  const chip = articleOf(comment)?.querySelector("[data-claim]");
  if (!chip) return;
  chip.hidden = !name;
  delete chip.dataset.until;
  chip.textContent = name ? fill(said.dataset.claimed, { name }) : "";
}

const heard = {
  entered({ comment, version }, id) {
    const article = articleOf(comment);
    if (!article && id <= feed.dataset.since) return; // ids begin with the time: it waits on another page
    if (!article && filtered) {
      if (!unsure.size) setTimeout(lookThrough, GATHER_MS);
      unsure.add(comment);
    } else if (!article) fresh.add(comment);
    else if (version > Number(article.dataset.version)) {
      setVersion(article, version);
      reopen(article);
    }
  },
  left(event) {
    fresh.delete(event.comment);
    unsure.delete(event.comment);
    const article = articleOf(event.comment);
    if (article && event.version > Number(article.dataset.version)) mark(article, inWords(event));
  },
  changed(event) {
    const article = articleOf(event.comment);
    if (!article || event.version <= Number(article.dataset.version)) return;
    if (event.status !== feed.dataset.status) mark(article, inWords(event)); // decided otherwise
    else mark(article, said.dataset.changed, { decided: false });
  },
  claimed({ comment, moderator }) {
    if (moderator !== said.dataset.me) showClaim(comment, moderator);
  },
  released({ comment }) {
    showClaim(comment, null);
  },
};

// Nobody tells that a claim was not renewed: whoever held it has closed the lid, or lost the line.
setInterval(() => {
  const now = performance.now();
  for (const chip of feed.querySelectorAll("[data-claim]:not([hidden])")) {
    chip.dataset.until ??= String(now + CLAIM_LASTS_MS);
    if (now >= Number(chip.dataset.until)) chip.hidden = true;
  }
}, SWEEP_MS);

let events = null;
let after = feed.dataset.since;
const told = new Set(); // by their ids: who comes back is told once more what happened right before

function isNew(id) {
  if (told.has(id)) return false;
  told.add(id);
  if (id > after) after = id;
  return true;
}

// A browser has six connections to a server that speaks HTTP/1.1, for all its tabs together: those that nobody looks at
// hear afterwards what they have missed.
export function listen() {
  if (events || document.hidden) return;
  const source = new EventSource(`/v1/sites/${feed.dataset.site}/events?after=${after}`);
  events = source;
  for (const [kind, hear] of Object.entries(heard)) {
    source.addEventListener(kind, (event) => {
      const decides = kind !== "claimed" && kind !== "released";
      if (decides && (!isNew(event.lastEventId) || !waits)) return;
      hear(JSON.parse(event.data), event.lastEventId);
      showNews();
    });
  }
  source.addEventListener("reset", () => fresh.add("reset") && showNews());
  // Browsers come again when the line breaks, and give up for good when something answers that there is nothing, such as
  // a proxy while the service is started anew.
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED || source !== events) return;
    events = null;
    setTimeout(listen, AGAIN_MS);
  });
}

function listenNoMore() {
  events?.close();
  events = null;
}

addEventListener("pagehide", listenNoMore);
addEventListener("pageshow", listen);
document.addEventListener("visibilitychange", () => (document.hidden ? listenNoMore() : listen()));

button.addEventListener("click", async () => {
  fresh.clear();
  showNews();
  await readAnew();
});
