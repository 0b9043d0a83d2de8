// Checks without loading the page anew, saving while one types, and the return key for the step one is at.
// Everything works without it: each button is a plain form's.
"use strict";
(() => {
  // What was chosen for a course goes back to its platform by itself.
  document.querySelector("form[data-goes-on]")?.submit();
  // A platform that has registered us waits for this to close the window.
  if (document.querySelector("[data-registered]")) {
    (window.opener || window.parent).postMessage({ subject: "org.imsglobal.lti.close" }, "*");
  }

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
  const boxes = () => [...work.querySelectorAll(".entry input:not([readonly]):not([disabled]), .entry select:not([disabled])")];
  // A box to be ticked says 1 or 0.
  const text = (box) => box.type === "checkbox" ? (box.checked ? "1" : "0") : box.value;
  const put = (box, kept) => { if (box.type === "checkbox") box.checked = kept === "1"; else box.value = kept; };
  const same = (box, kept) => box.type === "checkbox" ? box.checked === (kept === "1") : box.value.trim() === kept;
  const said = document.getElementById("said");
  let speaking = 0;
  const say = (text, trouble) => {
    clearTimeout(speaking);
    said.textContent = text;
    said.classList.toggle("trouble-said", Boolean(trouble));
    // Trouble is said at the foot of the window, wherever one is on the page; the box that one is at moves out of its way.
    if (trouble) document.activeElement?.scrollIntoView({ block: "nearest" });
  };
  const intoSight = (element) => element?.scrollIntoView({ block: "nearest" });

  // What the server is known to hold, by box.
  const known = () => JSON.parse(document.getElementById("was").value || "{}");
  const know = (held) => { document.getElementById("was").value = JSON.stringify(held); };

  // What is typed and not known to be kept: with what the server was known to hold before it, and what was sent without
  // an answer. It outlives a reload, and the server tells from it what is newer.
  const shelf = "typed:" + work.getAttribute("action");
  let drafts = {};
  const remember = () => {
    try {
      if (Object.keys(drafts).length) sessionStorage.setItem(shelf, JSON.stringify(drafts));
      else sessionStorage.removeItem(shelf);
    } catch {}
  };
  const draft = (box) => {
    const name = box.name.slice(2);
    drafts[name] = { was: known()[name] ?? "", sent: [], ...drafts[name], text: text(box) };
    remember();
  };

  let latest = Promise.resolve();
  let pending = "";
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
    const typed = Object.fromEntries(boxes().map((box) => [box.name.slice(2), text(box)]));
    fields.set("do", what);
    fields.set("sent", JSON.stringify(Object.fromEntries(Object.entries(drafts).map(([name, one]) => [name, one.sent]))));
    for (const [name, one] of Object.entries(drafts)) {
      if (!one.sent.includes(typed[name])) one.sent = [...one.sent, typed[name]].slice(-20);
    }
    remember();
    let answer, page;
    try {
      // Kept alive, so that what is typed last arrives though the page is left.
      answer = await fetch(work.action, { method: "POST", body: fields, headers: { "X-Part": "work" }, keepalive: true });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      page = null;
    }
    if (answer?.status === 403 && online && !renewed && await renew()) return send(what, true);
    const why = page?.getElementById("trouble");
    // A proxy whose server is away answers with a page of its own, and so does a network that wants a login.
    if (!why && !page?.getElementById("said")) {
      say(document.body.dataset.lost, true);
      later(what);
      return;
    }
    if (why) {
      say(why.textContent, true);
      if (answer.status >= 500 || answer.status === 429) later(what);
      return;
    }
    show(what, page, typed);
    // The server is there: what failed while it was not need wait no longer.
    if (pending) again();
  };

  const show = (what, page, typed) => {
    const before = known();
    const state = page.getElementById("was");
    const held = JSON.parse(state.value || "{}");
    const late = new Set([...page.querySelectorAll(".feedback.newer")].map((one) => one.dataset.slot));
    for (const box of boxes()) {
      const name = box.name.slice(2);
      if (late.has(name)) {
        // Only a button that is pressed may put this over what is newer, not what is saved by itself.
        if (what === "save") held[name] = before[name] ?? "";
        delete drafts[name];
      } else if (text(box) === typed[name]) {
        delete drafts[name];
        const kept = held[name] ?? "";
        if (!same(box, kept) && (what !== "save" || document.activeElement !== box)) put(box, kept);
      } else if (drafts[name]) {
        drafts[name] = { was: held[name] ?? "", sent: [], text: text(box) };
      }
    }
    know(held);
    remember();
    const focus = document.activeElement && document.activeElement.value;
    for (const part of [...page.body.querySelectorAll(":scope > [id]")]) {
      const there = document.getElementById(part.id);
      const quiet = what === "save" && !online && !part.matches(".newer") && !there?.matches(".newer");
      // The live region stays where it is, and so does the state, in which boxes may have been typed since.
      if (!there || quiet || part.id === "said" || part.id === "was") continue;
      there.replaceWith(document.adoptNode(part));
    }
    const sentence = page.getElementById("said");
    if (what === "save" && !online && !late.size) {
      if (said.matches(".trouble-said")) say(document.body.dataset.found);
      return;
    }
    said.className = sentence.className;
    // A live region speaks when its text changes: the same words again as well.
    say("");
    speaking = setTimeout(() => say(sentence.textContent.trim()), 30);
    for (const slot of work.querySelectorAll(".slot.stale")) {
      if (!what.startsWith("hint")) slot.classList.remove("stale");
    }
    if (document.activeElement === document.body && focus) {
      work.querySelector(`button:not(.default)[value="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
    }
    if ("closed" in state.dataset) {
      for (const tool of work.querySelectorAll(".tool, .path > button, #actions")) tool.remove();
      for (const input of work.querySelectorAll(".entry input")) input[input.type === "checkbox" ? "disabled" : "readOnly"] = true;
      for (const select of work.querySelectorAll(".entry select")) select.disabled = true;
    }
    look(what);
  };

  // What came of a button is in sight, and the window moves no further than it must.
  const look = (what) => {
    const [verb, scope, name] = /^([^:]*):?([^:]*):?(.*)$/.exec(what).slice(1);
    const slot = verb === "hint" ? what.slice(5) : scope === "slot" ? name : "";
    const box = slot && work.querySelector(`.entry [name="s:${CSS.escape(slot)}"]`);
    if (box) {
      const told = document.getElementById("f-" + box.id);
      intoSight(verb === "hint" ? told.querySelector(".hints li:last-child") : told);
      return;
    }
    if (scope === "path") {
      intoSight(work.querySelector(`.c${CSS.escape(name)} .feedback:is(.misconception, .slip, .wrong, .rounded_early, .unreadable, .newer)`));
      intoSight(document.getElementById("told-" + name));
      return;
    }
    if (verb === "replay") {
      const heading = document.querySelector("#replay h2");
      heading?.scrollIntoView({ block: "start" });
      return;
    }
    if (verb === "reveal") { document.getElementById("solution")?.focus(); return; }
    if (verb === "check") {
      intoSight(document.getElementById("looks"));
      intoSight(document.getElementById("tally"));
      intoSight(said);
    }
  };
  const again = () => {
    clearTimeout(timer);
    timer = 0;
    const what = pending;
    pending = "";
    if (what) queue(what);
  };
  // What a button asked for is asked again; saving alone would lose the check.
  const later = (what) => {
    if (what !== "save" || !pending) pending = what;
    timer ||= setTimeout(again, 5000);
  };
  // One that fails, whatever of, keeps none of the next from being sent.
  const failed = (what) => (error) => { later(what); reportError(error); };
  const queue = (what) => { clearTimeout(typing); latest = latest.then(() => send(what)).catch(failed(what)); return latest; };

  let typing = 0;
  const soon = () => {
    clearTimeout(typing);
    typing = setTimeout(() => queue("save"), 800);
  };
  const now = () => { if (Object.keys(drafts).length && !pending) queue("save"); };

  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", () => { if (document.hidden) now(); });
  window.addEventListener("pagehide", now);
  window.addEventListener("beforeunload", (event) => { if (pending) event.preventDefault(); });
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
  work.addEventListener("input", (event) => {
    if (!event.target.matches(".entry input, .entry select")) return;
    event.target.closest(".slot")?.classList.add("stale");
    draft(event.target);
    soon();
  });
  // A button pressed next takes along what was typed. Saving at once might say something and move the button away
  // between the press and the release, so that nothing was pressed at all.
  work.addEventListener("change", (event) => {
    if (!event.target.matches(".entry input, .entry select")) return;
    clearTimeout(typing);
    typing = setTimeout(now, 400);
  });

  // What was typed before a reload and not known to be kept.
  try { drafts = JSON.parse(sessionStorage.getItem(shelf) || "{}"); } catch {}
  const held = known();
  for (const [name, one] of Object.entries(drafts)) {
    const box = boxes().find((each) => each.name === "s:" + name);
    if (!box || text(box) === one.text) { delete drafts[name]; continue; }
    put(box, one.text);
    held[name] = one.was;
  }
  know(held);
  remember();
  now();
})();
