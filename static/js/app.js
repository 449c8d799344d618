// Behaviours bound by data- attributes. Every page works before this loads and without it.

const root = document.documentElement;
const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const on = (type, run, target = document) => target.addEventListener(type, run);
const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);

root.classList.add("js");

function announce(text) {
  const region = $("#announcer");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 30);
}

function remember(name, value) {
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
}

// --- dialogs: data-open="id", data-close; a fragment swapped into a dialog opens it -------------
function open(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  $("[autofocus]", dialog)?.focus();
}

on("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open);
    if (!dialog || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    opener.closest("[popover]")?.hidePopover();
    open(dialog);
  } else if (event.target.closest("[data-close]")) {
    event.target.closest("dialog")?.close();
  } else if (event.target.matches("dialog[open]") && event.detail) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
});

on("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.closest?.("dialog");
  if (dialog && event.detail.target === dialog) open(dialog);
  prepare(event.detail.target);
});
// A session that has ended answers with the sign-in page: go there whole, not into a corner.
on("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (!new URL(xhr.responseURL, location.href).pathname.startsWith("/accounts/login")) return;
  event.detail.shouldSwap = false;
  location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
});
// A refusal is a page for people (problem.html): say what it says.
on("htmx:responseError", (event) => {
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  const said = $$(".lost h1, .lost h1 + p", page).map((part) => part.textContent.trim());
  toast(said.join(". ") || "That did not work. Nothing was changed; try again.", "red");
});
on("htmx:sendError", () => toast("No answer from the server. Check the connection.", "red"));

// --- toasts: drawn by the server, or `HX-Trigger: {"toast": {"text", "tone"}}` -------------------
function fade(item) {
  if (item.dataset.timed || item.classList.contains("tone-red")) return;
  item.dataset.timed = "1";
  let left = setTimeout(() => item.remove(), 5000);
  on("pointerenter", () => clearTimeout(left), item);
  on("focusin", () => clearTimeout(left), item);
  on("pointerleave", () => { left = setTimeout(() => item.remove(), 2000); }, item);
}

function toast(text, tone = "green") {
  const item = $("#toast-template")?.content.firstElementChild.cloneNode(true);
  if (!item) return;
  item.classList.add(`tone-${tone}`);
  $("span", item).textContent = text;
  $("#toasts").append(item);
  fade(item);
}
on("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.tone));
on("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast], .toast")?.remove());

// --- copy: data-copy copies data-copy-text, or what stands in the same block ---------------------
on("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const block = button.closest(".code, .secret, [data-copy-block]");
  const source = block && ($("[data-copy-source]", block) ?? $$("pre", block).find((pre) => pre.offsetParent));
  const text = button.dataset.copyText ?? source?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text.trim());
    announce("Copied");
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
  } catch {
    if (source) getSelection().selectAllChildren(source);
    announce("Press Control C to copy");
  }
});

// --- theme and shortcuts: at once here, told to the server for the next page ---------------------
on("submit", (event) => {
  const button = event.submitter;
  if (!button || !event.target.matches("[data-theme-form], [data-shortcuts-form]")) return;
  event.preventDefault();
  remember(button.name, button.value);
  root.dataset[button.name] = button.value;
  for (const other of $$(`button[name="${button.name}"]`)) other.setAttribute("aria-pressed", other.value === button.value);
  fetch(event.target.action, { method: "POST", body: new FormData(event.target, button), headers: { "HX-Request": "true" } });
});

// --- code: the language chosen in one block is chosen in all -------------------------------------
on("change", (event) => {
  if (event.target.matches("[data-language]")) {
    localStorage.setItem("language", event.target.value);
    prepare(document);
  }
  event.target.closest("form[data-autosubmit]")?.requestSubmit();
  const zone = event.target.closest("[data-dropzone]");
  if (zone) {
    const names = [...event.target.files].map((file) => `${file.name} · ${Math.ceil(file.size / 1024)} KB`);
    $("[data-dropzone-name]", zone).textContent = names.join(", ");
    zone.classList.remove("over");
  }
});
for (const [type, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  on(type, (event) => event.target.closest?.("[data-dropzone]")?.classList.toggle("over", over));
}

function prepare(part) {
  const language = localStorage.getItem("language");
  for (const input of $$("[data-language]", part)) if (input.value === language) input.checked = true;
  for (const item of $$("[data-toast]", part)) fade(item);
  if (isMac) for (const key of $$("[data-command-key]", part)) key.textContent = "⌘ K";
}

// --- palette: arrows move, Enter opens, Esc closes -----------------------------------------------------------
function movePalette(step) {
  const links = $$("#palette .palette-list a");
  const at = links.findIndex((link) => link.classList.contains("active"));
  const next = links[(at + step + links.length) % links.length] ?? links[0];
  links[at]?.classList.remove("active");
  next?.classList.add("active");
  next?.scrollIntoView({ block: "nearest" });
  if (next) announce(next.textContent.trim());
}
on("keydown", (event) => {
  if (!event.target.closest("#palette")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    movePalette(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    const link = $("#palette a.active") ?? $("#palette-results a");
    if (link && event.target.matches("input")) { event.preventDefault(); link.click(); }
  } else if (event.key === "Escape") { // a search field would take the first press to empty itself
    event.preventDefault();
    $("#palette").close();
  }
});

// --- keys: one letter each, off in fields and off where a person switched them off ---------------
function rows() {
  return $$("[data-rows] [data-row]").filter((row) => row.offsetParent);
}
function move(step) {
  const all = rows();
  const at = all.indexOf(document.activeElement?.closest("[data-row]"));
  const row = all[Math.max(0, Math.min(all.length - 1, at + step))];
  const target = row && (row.matches("a, button, [tabindex]") ? row : $("a[href], button", row));
  target?.focus();
  row?.scrollIntoView({ block: "nearest" });
}
function answer(name) {
  const all = rows();
  const row = document.activeElement?.closest("[data-row]") ?? all[0];
  if (row) $(`[data-${name}]`, row)?.click();
}

let going = 0;
const keys = {
  "/": () => { const field = $("[data-search]"); field?.focus(); field?.select(); return field; },
  j: () => move(1),
  k: () => move(-1),
  y: () => answer("approve"),
  n: () => answer("deny"),
  "?": () => open($("#keyboard")),
  g: () => { going = Date.now(); },
};

on("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    const palette = $("#palette");
    if (palette?.open) palette.close(); else open(palette);
    return;
  }
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, [contenteditable]");
  if (busy || $("dialog[open]") || root.dataset.shortcuts === "off") return;
  if (going && Date.now() - going < 1200) {
    going = 0;
    const link = $(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); return; }
  }
  if (keys[event.key]) {
    if (event.key !== "g") going = 0;
    event.preventDefault();
    keys[event.key]();
  }
});

prepare(document);
