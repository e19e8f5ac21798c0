// All that say nearly the same, decided in one step and put back in one: what of it is on this page leaves and comes back.

import { articleOf, articles, countAgain, feed, focusOn, mark, putBack, setVersion, takeOut } from "./feed.js";
import { isKnown, refusal } from "./live.js";
import { ask, fill, tell } from "./page.js";

const said = document.getElementById("said");
const count = document.getElementById("count");

// Sends a decision on a campaign. Returns what is to be undone, what to say, and what to do when there is an answer:
// `after` it is decided, or to come `back` when it is not.
export function decideCampaign(form, ruling) {
  const [status, reason] = ruling.split(":");
  const { like, up_to: upTo, expected } = form.elements;
  const cards = form.dataset.here.split(" ").map(articleOf).filter((card) => card && !card.classList.contains("decided"));
  const own = form.closest("article");
  form.closest("details").open = false;
  for (const card of cards) takeOut(card);
  const body = {
    status,
    ...(reason ? { reason } : {}),
    filter: { like: like.value, up_to: upTo.value },
    expected: Number(expected.value),
  };
  return {
    cards,
    sent: ask("POST", `/v1/sites/${feed.dataset.site}/decisions`, body),
    text: fill(said.dataset[`${status}Many`], { count: expected.value }),
    after: (batch) => {
      for (const card of cards) setVersion(card, Number(card.dataset.version) + 1);
      if ("all" in count.dataset) countAgain(cards.length - batch.count);
    },
    back: (answer) => {
      for (const card of [...cards].reverse()) putBack(card);
      focusOn(own);
      return explain(form, own, answer);
    },
  };
}

// Puts a batch back, but for what somebody has decided again or withdrawn since.
export async function undoCampaign(cards, batch) {
  const answer = await ask("POST", `/v1/batches/${batch}/undo`);
  if (!answer.ok) return tell(refusal(answer));
  const stayed = answer.body.stayed ?? []; // an instance of the version before does not tell
  const back = cards.filter((card) => !stayed.includes(card.dataset.comment));
  for (const card of [...back].reverse()) {
    setVersion(card, Number(card.dataset.version) + 1);
    card.classList.remove("decided");
    isKnown(card.dataset.comment);
    putBack(card);
  }
  if ("all" in count.dataset) countAgain(answer.body.count - back.length);
  return tell(fill(said.dataset.undoneMany, { count: answer.body.count, kept: answer.body.kept }));
}

// Counts a comment that was decided, or put back, where it is one of a campaign.
export function recount(comment, by) {
  for (const article of articles()) {
    const form = article.querySelector("form.campaign");
    if (form?.dataset.here.split(" ").includes(comment)) expect(form, Number(form.elements.expected.value) + by);
  }
}

function explain(form, own, answer) {
  const found = answer.body?.code === "count_changed" ? answer.body.count : null;
  if (found !== null) expect(form, found);
  const text = found === null ? refusal(answer) : fill(said.dataset.countChanged, { count: found });
  mark(own, text, { decided: false });
  return tell(text);
}

function expect(form, number) {
  const menu = form.closest("details");
  const summary = menu.querySelector("summary");
  const chip = menu.closest("article").querySelector("[data-others]");
  const others = Number(chip.dataset.others) + number - Number(form.elements.expected.value);
  form.elements.expected.value = number;
  summary.textContent = fill(summary.dataset.text, { count: number });
  chip.dataset.others = others;
  chip.textContent = fill(chip.dataset.text, { count: others });
  menu.hidden = number < 2;
  chip.hidden = menu.hidden;
}
