// The review: go through the edits, accept, refuse or choose another wording, and save the decisions as an
// edit log that `respin apply` takes. The page shows the text and its edits without it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const LEAVE = -1;

  // One item for each edit on the page: its elements, its record in the log, and what may be chosen.
  const logs = [...document.querySelectorAll('script[type="application/x-ndjson"]')].map((script) => {
    const log = { header: null, undo: [], items: [], applies: "applies" in script.dataset };
    for (const line of script.textContent.split("\n")) {
      if (!line) continue;
      const record = JSON.parse(line);
      if (record.type === "file") log.header = record;
      else if (record.type === "undo") log.undo.push(line);
      else if (record.reason !== "article") {
        const others = record.alternatives.filter((one) => one.original !== record.spun && one.original !== record.original);
        const left = record.alternatives.find((one) => one.original === record.spun);
        const wordings = [{ original: record.original, confidence: record.confidence }, ...others];
        log.items.push({ record, wordings, left: left && left.confidence });
      }
    }
    return log;
  });
  const items = logs.flatMap((log) => log.items);
  if (!items.length) return;
  for (const [side, names] of [["left", [".edit", "edit"]], ["right", ["ins", "twin"]]]) {
    let article = null;
    let index = 0;
    for (const found of document.querySelectorAll(`.${side} > .article, .${side} > ${names[0]}`)) {
      if (found.className === "article") {
        article = found; // it goes with the edit behind it
        continue;
      }
      items[index][names[1]] = found;
      items[index][side + "Article"] = article;
      article = null;
      index += 1;
    }
  }
  for (const { edit } of items) {
    edit.tabIndex = -1;
    edit.setAttribute("role", "button");
    edit.querySelector("ins").removeAttribute("title");
  }
  const indexOf = new Map(items.flatMap((item, index) => [[item.edit, index], [item.twin, index]]));

  // What was decided: index of the item to index of the wording, or LEAVE.
  const decisions = new Map();
  const key = "respin " + logs.map(({ header }) => header.input_sha256.slice(0, 16) + header.output_sha256.slice(0, 16)).join(" ");
  const canSave = logs.some((log) => log.applies);
  let saving = 0;

  const packed = () => [...decisions].map(([index, choice]) => index.toString(36) + "." + (choice + 1)).join("_");

  function keep() {
    saving = 0;
    try {
      localStorage.setItem(key, packed());
    } catch {
      // No storage for this page: its address holds them, and reloading or a bookmark brings them back.
      history.replaceState(null, "", "#review=" + packed());
    }
  }

  function keepSoon() {
    saving = saving || setTimeout(keep, 250);
  }

  function restore() {
    const match = /[#&]review=([\w.]*)/.exec(location.hash);
    let text = match ? match[1] : "";
    try {
      text = text || localStorage.getItem(key) || "";
    } catch {
      // The address has them, or nobody.
    }
    for (const part of text.split("_")) {
      const [index, choice] = [parseInt(part, 36), Number(part.split(".")[1]) - 1];
      if (index in items && choice >= LEAVE && choice < items[index].wordings.length) decisions.set(index, choice);
    }
    decisions.forEach((_, index) => paint(index));
  }

  // The page says what is decided.
  const shown = (text) => text.replace(/[\x00-\x1f]/g, (sign) => (sign === "\n" || sign === "\t" ? sign : String.fromCharCode(0x2400 + sign.charCodeAt(0))));

  const sure = (share) => (share >= 0.995 ? ">99 %" : share < 0.005 ? "<1 %" : (100 * share).toFixed(0) + " %");

  function paint(index) {
    const item = items[index];
    const choice = decisions.get(index);
    const wording = choice === LEAVE ? item.record.spun : item.wordings[choice || 0].original;
    for (const one of [item.edit, item.twin]) {
      one.classList.toggle("yes", choice >= 0);
      one.classList.toggle("no", choice === LEAVE);
    }
    if (choice !== LEAVE) item.edit.querySelector("ins").textContent = shown(wording);
    item.twin.textContent = shown(wording);
    label(index);
    if (!item.leftArticle) return;
    const there = articleOf(item);
    const fit = choice === LEAVE ? there : fitting(item, choice || 0);
    item.leftArticle.replaceChildren(...(fit === there ? [there] : [element("del", there), " ", element("ins", fit)]));
    item.rightArticle.textContent = fit;
  }

  const articleOf = ({ leftArticle }) => (leftArticle.querySelector("del") || leftArticle).textContent;

  const fitting = ({ leftArticle }, choice) => leftArticle.dataset.fits.split(" ")[choice];

  function label(index) {
    const { record, wordings, edit } = items[index];
    const choice = decisions.get(index);
    const said = choice === undefined ? "not decided" : choice === LEAVE ? "left as it is" : "accepted: " + wordings[choice].original;
    edit.setAttribute("aria-label", `${record.spun}, proposed: ${record.original || "nothing"}, ${sure(record.confidence)} sure, ${said}`);
  }

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    return made;
  }

  // The panel at the foot of the window.
  const dock = byId("dock");
  let at = 0;

  function select(index, { focus = true } = {}) {
    items[at].edit.tabIndex = -1;
    items[at].edit.classList.remove("on");
    items[at].twin.classList.remove("on");
    at = index;
    const item = items[at];
    item.edit.tabIndex = 0;
    item.edit.classList.add("on");
    item.twin.classList.add("on");
    draw();
    if (!focus) return;
    item.edit.focus({ preventScroll: true });
    item.edit.scrollIntoView({ block: "nearest" });
  }

  function draw() {
    const { record, wordings, left } = items[at];
    const choice = decisions.get(at);
    const why = [record.reason, record.profile].filter(Boolean).map((fact) => " · " + fact);
    byId("where").replaceChildren(`Edit ${at + 1} of ${items.length} · line ${record.line}`, element("span", why.join("")));
    const buttons = wordings.map(({ original, confidence }, number) =>
      button(number, number < 9 ? number + 1 : "", original, sure(confidence), choice === number));
    buttons.push(button(LEAVE, "r", record.spun, left === undefined ? "leave it" : "leave it, " + sure(left), choice === LEAVE));
    byId("choices").replaceChildren(...buttons);
    count();
  }

  function button(choice, hint, wording, remark, pressed) {
    const made = element("button", "", { type: "button", "data-choice": choice, "aria-pressed": pressed });
    if (hint) made.append(element("kbd", hint));
    made.append(element("b", shown(wording) || "nothing"), element("small", remark));
    return made;
  }

  function count() {
    let accepted = 0;
    decisions.forEach((choice) => (accepted += choice !== LEAVE));
    const open = items.length - decisions.size;
    byId("counts").textContent = `${accepted} accepted, ${decisions.size - accepted} refused, ${open ? open + " to go" : "all decided"}`;
  }

  const isWanted = (index) => !byId("doubtful").checked || items[index].record.confidence < 0.9;

  function walk(step, wanted) {
    for (let index = at + step; index in items; index += step) if (wanted(index)) return index;
    return undefined;
  }

  function decide(choice) {
    if (choice === undefined) decisions.delete(at);
    else decisions.set(at, choice);
    paint(at);
    keepSoon();
    const isOpen = (index) => isWanted(index) && !decisions.has(index);
    let next = choice === undefined ? at : walk(1, isOpen);
    if (next === undefined) next = items.findIndex((_, index) => isOpen(index));
    select(next >= 0 ? next : at);
  }

  const actions = {
    back: () => select(walk(-1, isWanted) ?? at),
    next: () => select(walk(1, isWanted) ?? at),
    clear: () => decide(undefined),
    save,
  };

  // The decisions as an edit log: the article's own one with the edits that are taken.
  function save() {
    const withOpen = byId("open").checked;
    let index = 0;
    const lines = [];
    for (const log of logs) {
      const taken = [];
      for (const item of log.items) {
        const choice = decisions.get(index++) ?? (withOpen ? 0 : LEAVE);
        if (choice !== LEAVE) taken.push(...records(item, choice));
      }
      if (log.applies) lines.push(JSON.stringify(log.header), ...log.undo, ...taken.map((record) => JSON.stringify(record)));
    }
    const url = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "application/x-ndjson" }));
    const name = fileName();
    element("a", "", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    byId("saved").replaceChildren(`Saved as ${name}; where the text lies, this makes the edits: `, element("code", `respin apply ${name}`));
  }

  function fileName() {
    const names = logs.filter((log) => log.applies).map((log) => log.header.path.split(/[\\/]/).pop());
    return (names.length === 1 ? names[0].replace(/[^\w.-]/g, "-") : "respin") + ".decisions.jsonl";
  }

  function records(item, choice) {
    const { record, wordings, leftArticle } = item;
    const edit = choice ? { ...record, original: wordings[choice].original, confidence: wordings[choice].confidence, reason: "by hand" } : record;
    if (!leftArticle) return [edit];
    const there = articleOf(item);
    const fit = fitting(item, choice);
    if (fit === there) return [edit];
    const start = record.start - Number(leftArticle.dataset.back);
    return [{ ...edit, start, end: start + there.length, spun: there, original: fit, alternatives: [], reason: "article" }, edit];
  }

  // Mouse, touch and keys. Letters do something only where the focus is on an edit or in the panel.
  document.addEventListener("click", (event) => {
    const target = event.target;
    const edit = target.closest(".edit, .right > ins");
    const pressed = target.closest("#dock button");
    if (edit) select(indexOf.get(edit));
    else if (pressed && pressed.dataset.do) actions[pressed.dataset.do]();
    else if (pressed) decide(Number(pressed.dataset.choice));
  });
  document.addEventListener("focusin", (event) => {
    const edit = event.target.closest(".edit");
    if (edit && indexOf.get(edit) !== at) select(indexOf.get(edit), { focus: false });
  });
  const keys = {
    y: () => decide(Math.max(0, decisions.get(at) ?? 0)),
    r: () => decide(LEAVE),
    n: () => decide(LEAVE),
    u: actions.clear,
    b: actions.back,
    ArrowLeft: actions.back,
    ArrowRight: actions.next,
    w: () => canSave && save(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const edit = event.target.closest(".edit");
    if (!edit && !event.target.closest("#dock")) return;
    const digit = Number(event.key);
    if (edit && (event.key === "Enter" || event.key === " ")) keys.y();
    else if (event.key in keys) keys[event.key]();
    else if (digit >= 1 && digit <= items[at].wordings.length) decide(digit - 1);
    else if (event.key === "Tab" && edit && !event.shiftKey) byId("choices").firstChild.focus();
    else if (event.key === "Escape" && !edit) items[at].edit.focus();
    else return;
    event.preventDefault();
  });
  byId("doubtful").addEventListener("change", () => isWanted(at) || actions.next());
  addEventListener("pagehide", () => saving && keep());

  restore();
  items.forEach((_, index) => label(index));
  dock.querySelector(".main").hidden = byId("open").parentElement.hidden = !canSave;
  dock.hidden = false;
  document.documentElement.classList.add("reviewed");
  const open = items.findIndex((_, index) => !decisions.has(index));
  select(Math.max(0, open), { focus: false });
})();
