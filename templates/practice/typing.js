// Typing with the keys alone: each box is saved as it is left, and the next one is an Enter or an arrow away.
"use strict";
const form = document.getElementById("work");
const boxes = [...form.querySelectorAll("input.typed")];
const kept = document.getElementById("kept");
const saved = new Map(boxes.map((box) => [box, box.value]));
let waiting = Promise.resolve(true);

async function send(box) {
  const text = box.value;
  if (saved.get(box) === text) return true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: new URLSearchParams([[box.name, text]]),
    });
    if (!answer.ok) throw new Error(await answer.text());
    saved.set(box, text);
    box.removeAttribute("aria-invalid");
    kept.textContent = kept.dataset.kept;
    return true;
  } catch (error) {
    box.setAttribute("aria-invalid", "true");
    kept.textContent = error.message || kept.dataset.lost;
    return false;
  }
}

// One after the other: the table is one file.
function save(box) {
  waiting = waiting.then(() => send(box));
  return waiting;
}

async function leave(link) {
  if (!link) return;
  for (const box of boxes) await save(box);
  if (boxes.every((box) => saved.get(box) === box.value)) location.href = link.href;
}

function go(box) {
  box.focus();
  box.select();
}

for (const [at, box] of boxes.entries()) {
  box.addEventListener("change", () => save(box));
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      save(box);
      if (at + 1 < boxes.length) go(boxes[at + 1]);
      else if (event.key === "Enter") leave(document.getElementById("next"));
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      save(box);
      if (at > 0) go(boxes[at - 1]);
    }
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "PageDown" || event.key === "PageUp") {
    event.preventDefault();
    leave(document.getElementById(event.key === "PageDown" ? "next" : "prev"));
  } else if (event.key === "Escape") {
    const find = document.getElementById("find");
    find.focus();
    find.select();
  }
});

form.addEventListener("submit", (event) => {
  const next = document.getElementById("next");
  event.preventDefault();
  if (next) leave(next);
  else boxes.forEach(save);
});

const first = boxes.find((box) => !box.value) || boxes[0];
if (first && !document.querySelector("[aria-invalid]")) go(first);
