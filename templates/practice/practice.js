// Checks without loading the page anew, saving while one types, and the return key for the step one is at.
// Everything works without it: each button is a plain form's.
"use strict";
(() => {
  const live = document.querySelector("[data-live]");
  if (live) {
    setInterval(async () => {
      if (document.hidden || live.contains(document.activeElement)) return;
      const answer = await fetch(location.href).catch(() => null);
      if (!answer || !answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (fresh) live.replaceChildren(...fresh.childNodes);
    }, 1000 * Number(live.dataset.live));
  }

  const strip = document.getElementById("strip");
  if (strip) {
    // The box that one is at keeps the focus, and with it the keyboard and the light on its path.
    strip.firstElementChild.addEventListener("mousedown", (event) => event.preventDefault());
    // Whoever folds the drawing up finds it so on the next question; a browser that keeps nothing shows it again.
    try {
      strip.open = localStorage.getItem("strip") !== "folded";
      strip.addEventListener("toggle", () => localStorage.setItem("strip", strip.open ? "open" : "folded"));
    } catch {}
  }

  const work = document.getElementById("work");
  if (!work) return;
  const online = "online" in work.dataset;
  const say = (text, trouble) => {
    const said = document.getElementById("said");
    if (!said) return;
    said.textContent = text;
    said.classList.toggle("trouble-said", Boolean(trouble));
    // Trouble is said at the foot of the window, wherever one is on the page; the box that one is at moves out of its way.
    if (trouble) document.activeElement?.scrollIntoView({ block: "nearest" });
  };
  let latest = Promise.resolve();
  let unsent = false;
  let timer = 0;

  // A sheet is known by its address: where the visit has run out, a new one goes on with what is typed here.
  const renew = async () => {
    const answer = await fetch(location.href).catch(() => null);
    const page = answer && answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page && page.querySelector("#work [name=form_token]");
    if (token) work.elements.form_token.value = token.value;
    return Boolean(token);
  };

  const send = async (what, renewed) => {
    const fields = new URLSearchParams(new FormData(work));
    fields.set("do", what);
    let answer;
    try {
      answer = await fetch(work.action, { method: "POST", body: fields, headers: { "X-Part": "work" } });
    } catch {
      say("The server cannot be reached. What you typed is still here; it is sent again as soon as possible.", true);
      later();
      return;
    }
    if (answer.status === 403 && online && !renewed && await renew()) return send(what, true);
    const back = unsent;
    unsent = false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) {
      const why = page.getElementById("trouble");
      say(why ? why.textContent : "That did not work. Load the page again; what was saved is safe.", true);
      if (answer.status >= 500 || answer.status === 429) later();
      return;
    }
    const focus = document.activeElement && document.activeElement.value;
    const sentence = page.getElementById("said").textContent;
    for (const part of page.body.querySelectorAll(":scope > [id]")) {
      const there = document.getElementById(part.id);
      if (what === "save" && part.id !== "was" && !online) continue;
      if (there) there.replaceWith(document.adoptNode(part));
    }
    if (what === "save" && !online) {
      if (back) say("The server is there again; what you typed is saved.");
      else if (work.querySelector(".trouble-said")) say("");
      return;
    }
    // A live region speaks when its text changes, not when it is put in place with it.
    say("");
    setTimeout(() => say(sentence), 30);
    for (const slot of work.querySelectorAll(".slot.stale")) {
      if (what !== "hint") slot.classList.remove("stale");
    }
    if (document.activeElement === document.body && focus) {
      const button = work.querySelector(`button[value="${CSS.escape(focus)}"]`);
      if (button) button.focus();
    }
    if ("closed" in document.getElementById("status").dataset) {
      for (const tool of work.querySelectorAll(".tool, .path > button")) tool.remove();
      for (const input of work.querySelectorAll(".entry input")) input.readOnly = true;
    }
    if (what === "reveal") document.getElementById("solution")?.focus();
  };
  const again = () => {
    clearTimeout(timer);
    timer = 0;
    if (unsent) queue("save");
  };
  const later = () => {
    unsent = true;
    timer ||= setTimeout(again, 5000);
  };
  const queue = (what) => { latest = latest.then(() => send(what)); return latest; };

  window.addEventListener("online", again);
  window.addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });
  work.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.name !== "do") return;
    event.preventDefault();
    if (button.dataset.sure && !confirm(button.dataset.sure)) return;
    queue(button.value);
  });
  work.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".entry input")) return;
    event.preventDefault();
    if (online) { queue("save"); return; }
    queue("check:slot:" + event.target.name.slice(2));
  });
  work.addEventListener("input", (event) => event.target.closest(".slot")?.classList.add("stale"));
  work.addEventListener("change", (event) => { if (event.target.matches(".entry input")) queue("save"); });
})();
