// The comments of the queue as a list that one walks with keys: where one is, what leaves, and what comes back.

import { fetchPage, fill } from "./page.js";

const FEW_LEFT = 8;

export const feed = document.getElementById("feed");
const count = document.getElementById("count");
const empty = document.getElementById("empty");

let current = null;
let lastOrder = 0;
let total = Number(count.dataset.total);
let loading = null;

export const articles = () => [...feed.querySelectorAll("article")];
export const articleOf = (comment) => document.getElementById(`c-${comment}`);
const isOpen = (article) => !article.classList.contains("decided");

function number() {
  for (const article of articles()) article.dataset.order ??= String(++lastOrder);
}

function place() {
  const all = articles();
  const decided = all.filter((article) => !isOpen(article)).length;
  const size = count.dataset.text ? Math.max(total + decided, all.length) : -1;
  all.forEach((article, at) => {
    article.setAttribute("aria-posinset", at + 1);
    article.setAttribute("aria-setsize", size);
  });
  feed.setAttribute("role", all.length ? "feed" : "group"); // a feed without articles is none
  empty.hidden = all.length > 0 || Boolean(document.getElementById("next"));
}

// Shows how many there are now; what all of them are decided by has to expect the same number.
export function countAgain(change) {
  total += change;
  if (!count.dataset.text) return;
  count.firstElementChild.textContent = fill(count.dataset.text, { count: total });
  const all = document.getElementById("all");
  if (!all) return;
  all.elements.expected.value = total;
  const heading = all.querySelector("[data-text]");
  heading.textContent = fill(heading.dataset.text, { count: total });
}

// Returns the comment that somebody is at.
export function here() {
  const focused = document.activeElement?.closest("#feed article");
  return focused ?? (current?.isConnected ? current : null);
}

export function focusOn(article) {
  if (!article) return;
  article.focus({ preventScroll: true });
  article.scrollIntoView({ block: "start" });
}

// Goes on by so many comments that are still to be decided. Returns false at the end.
export function step(by) {
  const all = articles();
  const from = here();
  let at = from ? all.indexOf(from) + by : 0;
  while (all[at] && !isOpen(all[at])) at += by;
  if (all[at]) focusOn(all[at]);
  loadMore();
  return Boolean(all[at]);
}

// Takes a comment out of the list; whoever was at it is at the next one then.
export function takeOut(article) {
  const all = articles();
  const at = all.indexOf(article);
  const next = all.slice(at + 1).find(isOpen) ?? all.slice(0, at).reverse().find(isOpen);
  const wasHere = here() === article;
  article.remove();
  if (isOpen(article)) countAgain(-1);
  place();
  if (wasHere && next) focusOn(next);
  else if (wasHere) document.getElementById("main").focus();
  loadMore();
}

// Puts a comment back where it was.
export function putBack(article) {
  const behind = articles().find((other) => Number(other.dataset.order) > Number(article.dataset.order));
  feed.insertBefore(article, behind ?? null);
  if (isOpen(article)) countAgain(1);
  place();
  focusOn(article);
}

// Says what a comment is at now: a decision names the version that was seen.
export function setVersion(article, version) {
  article.dataset.version = version;
  for (const field of article.querySelectorAll("input[name=version]")) field.value = version;
  const tick = article.querySelector("input[name=comment]");
  if (tick) tick.value = `${article.dataset.comment}:${version}`;
}

// Says whether a comment is still to be decided. One that is here and has been decided by somebody else waits no more.
function setOpen(article, still) {
  if (article.isConnected) countAgain(Number(still) - Number(isOpen(article)));
  article.classList.toggle("decided", !still);
}

// Shows a comment again that waits again.
export function reopen(article) {
  setOpen(article, true);
  article.querySelector("[data-told]").hidden = true;
}

// Shows what has become of a comment without moving anything under somebody's eyes.
export function mark(article, text, { decided = true } = {}) {
  const line = article.querySelector("[data-told]");
  line.textContent = text;
  line.hidden = false;
  setOpen(article, !decided);
  // With one that is decided already, all that are ticked would be refused.
  const tick = article.querySelector("input[name=comment]:checked");
  if (decided) tick?.click();
}

function known(articles) {
  return articles.filter((article) => !articleOf(article.dataset.comment)).map((article) => document.importNode(article, true));
}

// How many comments are still to be decided behind the one that somebody is at.
function left() {
  const all = articles();
  return all.slice(all.indexOf(here()) + 1).filter(isOpen).length;
}

// Goes on where a page that was fetched goes on, or nowhere any more.
function goOnAs(page) {
  const next = document.getElementById("next");
  const further = page.getElementById("next");
  if (next && further) next.setAttribute("href", further.getAttribute("href"));
  else if (next) next.parentElement.remove();
  else if (further) empty.after(document.importNode(further.parentElement, true));
}

// Fetches the next page before the last comment is reached.
export async function loadMore() {
  const next = document.getElementById("next");
  if (!next || loading || left() > FEW_LEFT) return;
  feed.setAttribute("aria-busy", "true");
  const asked = (loading = fetchPage(next.href));
  try {
    const page = await asked;
    if (asked !== loading) return; // the list was read anew meanwhile
    if (!page.getElementById("feed")) return location.reload();
    feed.append(...known([...page.querySelectorAll("#feed article")]));
    goOnAs(page);
  } catch {
    // The link is still there for whoever wants to go on.
  } finally {
    if (asked === loading) {
      loading = null;
      feed.setAttribute("aria-busy", "false");
      number();
      place();
    }
  }
  if (!here() && document.activeElement === document.getElementById("main")) step(1);
}

// Reads the list anew from its beginning. Returns how many comments were not there before.
export async function readAnew() {
  const address = new URL(location.href);
  for (const name of ["cursor", "done", "undo", "batch", "count", "kept", "before"]) address.searchParams.delete(name);
  const page = await fetchPage(address.href);
  if (!page.getElementById("feed")) return location.reload();
  // What decides many at once is not there while nothing waits.
  if (page.getElementById("bulk") && !document.getElementById("bulk")) return location.replace(address.href);
  const before = new Set(articles().map((article) => article.dataset.comment));
  const ticked = new Set([...feed.querySelectorAll("input[name=comment]:checked")].map((tick) => tick.value));
  const fresh = [...page.querySelectorAll("#feed article")].map((article) => document.importNode(article, true));
  feed.replaceChildren(...fresh);
  loading = null;
  feed.setAttribute("aria-busy", "false");
  goOnAs(page);
  for (const article of fresh) {
    delete article.dataset.order;
    article.classList.toggle("new", !before.has(article.dataset.comment));
    const tick = article.querySelector("input[name=comment]");
    tick.checked = ticked.has(tick.value);
  }
  total = Number(page.getElementById("count").dataset.total);
  countAgain(0);
  number();
  place();
  return focusOn(feed.querySelector("article.new") ?? fresh[0]);
}

feed.addEventListener("focusin", (event) => {
  current = event.target.closest("article");
});
number();
place();
