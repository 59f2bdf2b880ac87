"use strict";
const told = document.getElementById("told");
// What a point of a curve stands for, beside the pointer.
for (const point of document.querySelectorAll(".point")) {
  const title = point.querySelector("title");
  point.dataset.told = title.textContent;
  title.remove();
}
document.addEventListener("pointerover", (event) => {
  const point = event.target.closest?.(".point");
  told.hidden = !point;
  if (!point) return;
  told.textContent = point.dataset.told;
  const place = point.getBoundingClientRect();
  const left = place.left + place.width / 2 - told.offsetWidth / 2;
  told.style.left = `${Math.max(4, Math.min(left, innerWidth - told.offsetWidth - 4))}px`;
  told.style.top = `${Math.max(4, place.top - told.offsetHeight - 6)}px`;
});
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
