"use strict";
const told = document.getElementById("told");
// What a point of a curve stands for, beside the pointer.
for (const point of document.querySelectorAll(".point")) {
  const title = point.querySelector("title");
  point.dataset.told = title.textContent;
  title.remove();
}
let shown = null;
function tell(point) {
  shown?.classList.remove("shown");
  shown = point;
  told.hidden = !point;
  if (!point) return;
  point.classList.add("shown");
  told.textContent = point.dataset.told;
  const place = point.getBoundingClientRect();
  const left = place.left + place.width / 2 - told.offsetWidth / 2;
  told.style.left = `${Math.max(4, Math.min(left, innerWidth - told.offsetWidth - 4))}px`;
  told.style.top = `${Math.max(4, place.top - told.offsetHeight - 6)}px`;
}
document.addEventListener("pointerover", (event) => tell(event.target.closest?.(".point") ?? null));
// The arrow keys go along the points of the chart that has the focus.
document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const points = [...document.activeElement.querySelectorAll(".point")];
  if (!step || !points.length) return;
  event.preventDefault();
  const next = points.includes(shown) ? points.indexOf(shown) + step : 0;
  const point = points[Math.max(0, Math.min(next, points.length - 1))];
  point.scrollIntoView({ block: "nearest", inline: "nearest" });
  tell(point);
});
document.addEventListener("focusout", () => tell(null));
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected: press Ctrl-C";
    }
  });
}
