// A range of scores is chosen by dragging over the bars. Each bar is a link, and the range can be typed as well.

const bars = document.getElementById("bars");
const range = document.getElementById("range");
let from = null;
let dragged = false;

const barAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest(".bar");

function choose(to) {
  const low = Math.min(Number(from.dataset.low), Number(to.dataset.low));
  const high = Math.max(Number(from.dataset.high), Number(to.dataset.high));
  for (const bar of bars.querySelectorAll(".bar")) {
    bar.classList.toggle("chosen", Number(bar.dataset.low) >= low && Number(bar.dataset.high) <= high);
  }
  range.elements.low.value = low;
  range.elements.high.value = high;
}

bars.addEventListener("pointerdown", (event) => {
  from = event.button === 0 ? barAt(event) : null;
  dragged = false;
});
bars.addEventListener("pointermove", (event) => {
  const to = from && barAt(event);
  if (!to || (to === from && !dragged)) return;
  dragged = true;
  choose(to);
});
addEventListener("pointerup", () => {
  if (from && dragged) range.requestSubmit();
  from = null;
});
// A link would be dragged as such; and a drag that ends where it began is no click.
bars.addEventListener("dragstart", (event) => event.preventDefault());
bars.addEventListener("click", (event) => dragged && event.preventDefault());
