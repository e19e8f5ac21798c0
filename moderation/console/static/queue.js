// The queue by keys: a decision is sent while one reads on, and can be taken back. Forms do the same without any of this.

import { lookAt, lookAway, whenTaken } from "./claims.js";
import { decideCampaign, recount, undoCampaign } from "./campaigns.js";
import { feed, focusOn, here, loadMore, mark, putBack, setVersion, step, takeOut } from "./feed.js";
import { isKnown, listen, refusal, showClaim } from "./live.js";
import { ask, onKeys, openReasons, tell } from "./page.js";

const said = document.getElementById("said");
const bulk = document.getElementById("bulk");
const undoable = [];
// What was done before this page was loaded: it is undone last, by the form that says so.
const before = document.querySelector("form.notice [data-act=undo]");

async function decide(article, status, reason) {
  const comment = article.dataset.comment;
  lookAway({ decided: true });
  takeOut(article);
  const body = { status, version: Number(article.dataset.version), ...(reason ? { reason } : {}) };
  const sent = ask("POST", `/v1/comments/${comment}/decisions`, body);
  const entry = { article, sent };
  undoable.push(entry);
  tell(said.dataset[status], { text: said.dataset.undo, run: undo });
  const answer = await sent;
  if (answer.ok) {
    setVersion(article, answer.body.version);
    return recount(comment, -1);
  }
  undoable.splice(undoable.indexOf(entry), 1);
  const now = answer.body?.decision?.status;
  // An edited comment still waits: not for a decision on what it said before.
  const stays = now === feed.dataset.status;
  const text = stays ? said.dataset.changed : refusal(answer);
  mark(article, text, { decided: (now && !stays) || answer.status === 404 || answer.status === 410 });
  putBack(article);
  return tell(text);
}

function undoBefore() {
  if (!before) return tell(said.dataset.nothing);
  // Something else was said in its place meanwhile.
  if (!before.isConnected) {
    before.form.hidden = true;
    document.body.append(before.form);
  }
  return before.click();
}

let undoing = Promise.resolve();

// One after the other: what was decided before all of these is undone by leaving the page.
function undo() {
  undoing = undoing.then(undoLast, undoLast);
  return undoing;
}

async function undoLast() {
  const entry = undoable.pop();
  if (!entry) return undoBefore();
  const decided = await entry.sent;
  if (!decided.ok) return undefined;
  if (entry.cards) return undoCampaign(entry.cards, decided.body.batch);
  const answer = await ask("POST", `/v1/decisions/${decided.body.id}/undo`);
  if (!answer.ok) return tell(refusal(answer));
  setVersion(entry.article, answer.body.version);
  entry.article.classList.remove("decided");
  isKnown(entry.article.dataset.comment);
  putBack(entry.article);
  recount(entry.article.dataset.comment, 1);
  return tell(said.dataset.undone);
}

async function decideAll(form, ruling) {
  lookAway({ decided: true });
  const entry = decideCampaign(form, ruling);
  undoable.push(entry);
  tell(entry.text, { text: said.dataset.undo, run: undo });
  const answer = await entry.sent;
  if (answer.ok) return entry.after(answer.body);
  undoable.splice(undoable.indexOf(entry), 1);
  return entry.back(answer);
}

const ticked = () => feed.querySelectorAll("input[name=comment]:checked").length;

function showTicked() {
  const many = ticked();
  document.getElementById("ticked").textContent = many || "";
  bulk.classList.toggle("some", many > 0);
}

// With ticks, a key decides all that are ticked; else the comment that somebody is at. Nobody is at one they have not seen.
function act(kind, status, reason) {
  if (ticked()) return bulk.querySelector(`[value="${status}${reason ? `:${reason}` : ""}"]`).click();
  const article = here();
  if (!article) return step(1);
  const button = article.querySelector(`[data-act=${kind}]`);
  return button && !article.classList.contains("decided") ? decide(article, status, reason) : undefined;
}

function reject() {
  const at = ticked() ? bulk : here();
  const menu = at?.querySelector("details.reasons:not(.campaign)");
  if (menu && !at.classList.contains("decided")) openReasons(menu);
  else if (!at) step(1);
}

// Opens what decides all that say nearly the same.
function together() {
  const at = here();
  const menu = at?.querySelector("details.campaign:not([hidden])");
  if (menu && !at.classList.contains("decided")) openReasons(menu);
  else if (!at) step(1);
}

// What is typed takes the place of what was looked for before.
function search() {
  document.getElementById("q").focus();
  document.getElementById("q").select();
}

function tick() {
  here()?.querySelector("input[name=comment]")?.click();
}

onKeys({
  j: () => step(1),
  k: () => step(-1),
  PageDown: (event) => Boolean(event.target.closest("#feed")) && step(1),
  PageUp: (event) => Boolean(event.target.closest("#feed")) && step(-1),
  a: () => act("approve", "approved"),
  s: () => act("spam", "rejected", "spam"),
  r: reject,
  u: undo,
  x: tick,
  l: together,
  o: () => here()?.querySelector("a.open").click(),
  "/": search,
  "?": () => document.getElementById("help").togglePopover(),
});

// Out of the list, as its pattern wants it.
document.addEventListener("keydown", (event) => {
  if (!event.ctrlKey || !event.target.closest("#feed") || !["Home", "End"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "Home") document.getElementById("q").focus();
  else (document.getElementById("next") ?? document.querySelector("#all button"))?.focus();
});

feed.addEventListener("submit", (event) => {
  if (event.target.matches("form.campaign")) {
    event.preventDefault();
    return decideAll(event.target, event.submitter.value);
  }
  const article = event.target.closest("article");
  if (!article || !event.target.elements.status) return;
  event.preventDefault();
  decide(article, event.target.elements.status.value, event.submitter?.value || undefined);
});
feed.addEventListener("focusin", (event) => {
  const article = event.target.closest("article");
  if (article && !article.classList.contains("decided")) lookAt(article.dataset.comment);
});
feed.addEventListener("change", showTicked);
whenTaken(showClaim);
if (document.querySelector("form.notice")) focusOn(feed.querySelector("article"));
if (bulk) showTicked();
loadMore();
listen();
