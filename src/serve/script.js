"use strict";
const by = (id) => document.getElementById(id);
const [drop, file, state] = ["drop", "file", "state"].map(by);
let newest = 0;
let given = null;

async function look(image) {
  const mine = ++newest;
  state.className = "";
  state.textContent = "Looking …";
  let answer;
  try {
    const response = await fetch("/api/predict", { method: "POST", body: image });
    answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
  } catch (error) {
    if (mine !== newest) return;
    by("answer").hidden = true;
    state.className = "bad";
    state.textContent = error instanceof TypeError ? "The server is not there any more." : error.message;
    return;
  }
  // Another image has been given meanwhile.
  if (mine !== newest) return;
  if (given) URL.revokeObjectURL(given);
  given = URL.createObjectURL(image);
  by("given").src = given;
  by("seen").src = answer.seen;
  by("mattered").src = answer.mattered;
  by("method").textContent = `Which pixels mattered: by ${answer.method}.`;
  by("classes").replaceChildren(...answer.classes.map(row));
  by("maps").innerHTML = answer.maps.map((map) => `<figure class="chart" tabindex="0" aria-label="${map.caption}">${map.svg}</figure>`).join("");
  by("answer").hidden = false;
  const best = answer.classes[0];
  state.textContent = `${best.class}, ${percent(best.probability)} (${Math.round(answer.milliseconds)} ms, ${answer.model})`;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

function row({ class: name, probability }) {
  const item = document.createElement("li");
  const [label, bar, share] = ["span", "span", "span"].map((tag) => document.createElement(tag));
  label.textContent = name;
  bar.className = "bar";
  bar.append(document.createElement("i"));
  bar.firstChild.style.width = percent(probability).replace(" ", "");
  share.className = "share";
  share.textContent = percent(probability);
  item.append(label, bar, share);
  return item;
}

function take(files) {
  const image = [...files].find((one) => one.type.startsWith("image/")) ?? files[0];
  if (image) return look(image);
  newest++;
  by("answer").hidden = true;
  state.className = "bad";
  state.textContent = "That is no file: save the image, and drop the file.";
}

file.addEventListener("change", () => {
  if (file.files.length) take(file.files);
  // The same file again is a change, too.
  file.value = "";
});
document.addEventListener("paste", (event) => take(event.clipboardData.files));
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  take(event.dataTransfer.files);
});
