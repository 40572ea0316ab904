// The Documents view's own behaviour: files and folders are sent, choices and buttons told to Gradio
// as 'show_documents', 'choose_library', 'create_library', 'delete_library', 'compact_libraries',
// 'remove_document', 'add_documents', 'refresh_library', 'cancel_reading', 'discard_files'. Gradio
// runs this once, as the body of a function that has `trigger`. Names of files are only ever written as text.
const KEPT = "footnote-library"; // so that a page that is loaded again has the same library
const view = () => document.querySelector("#documents-view");
const adding = () => view()?.querySelector(".adding");
let sending = null; // what cancels the sending of files
let focusNext = ""; // what to focus when Gradio has drawn anew

// One change of the view is asked for at a time. Else an answer to what was asked before, the view
// as it was then, could be drawn over that of the library that was chosen since.
const waiting = [];
let drawing = false;
function ask(name, detail) {
  waiting.push([name, detail]);
  askNext();
}
function askNext() {
  if (drawing || !waiting.length) return;
  drawing = true;
  trigger(...waiting.shift());
}
document.addEventListener("footnote-drawn", () => {
  drawing = false;
  askNext();
});

const kept = () => sessionStorage.getItem(KEPT) ?? "";
const choice = () => view()?.querySelector("#library-choice");

document.addEventListener("click", ({ target }) => {
  if (!(target instanceof Element) || !view()?.contains(target)) return;
  const open = target.closest("[data-open]");
  if (open) openDocument(open.dataset.open);
  const button = target.closest("[data-action]");
  if (button) act(button);
});

function act(button) {
  const action = button.dataset.action;
  if (action === "keep") {
    const details = button.closest("details");
    details.open = false;
    details.querySelector("summary").focus();
  } else if (action === "create_library") {
    const name = view().querySelector("#library-name").value;
    focusNext = "#library-name";
    ask(action, { name });
  } else if (action === "cancel_reading" && sending) {
    sending.abort();
  } else if (button.dataset.tokens) {
    trigger(action, { tokens: button.dataset.tokens.split(" "), refused: [], how: button.dataset.how });
    button.closest(".replacing").remove();
  } else {
    const library = button.dataset.library ?? "";
    const inList = library || action === "compact_libraries";
    focusNext = inList
      ? "#all-libraries summary"
      : { delete_library: "#library-choice", remove_document: ".held h3" }[action] ?? "";
    const drawn = ["delete_library", "compact_libraries", "remove_document"].includes(action);
    (drawn ? ask : trigger)(action, { document: button.dataset.document ?? "", library });
  }
}

function openDocument(id) {
  document.dispatchEvent(
    new CustomEvent("footnote", { detail: { name: "open_document", document: id } }),
  );
  location.hash = "#ask";
  setTimeout(() => {
    document.querySelector("#source select.documents")?.focus({ preventScroll: true });
    if (innerWidth < 800) document.querySelector("#source")?.scrollIntoView();
  }, 300);
}

document.addEventListener("change", ({ target }) => {
  if (target === choice()) {
    focusNext = "#library-choice";
    ask("choose_library", { name: target.value });
  } else if (target instanceof HTMLInputElement && ["add-files", "add-folder"].includes(target.id)) {
    const files = [...target.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
    target.value = "";
    send(files);
  }
});

document.addEventListener("keydown", (event) => {
  if (!(event.target instanceof Element) || !view()?.contains(event.target)) return;
  if (event.key === "Enter" && event.target.id === "library-name" && !event.isComposing) {
    event.preventDefault();
    view().querySelector("[data-action=create_library]").click();
  }
  const details = event.target.closest("details.confirm[open]");
  if (event.key === "Escape" && details) {
    details.open = false;
    details.querySelector("summary").focus();
  }
});

// Dropping: anywhere in the view; elsewhere a dropped file must not replace the page.
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const here = view()?.contains(event.target);
    adding()?.classList.toggle("over", here && kind === "dragover");
    if (!here) event.dataTransfer.dropEffect = "none";
    else if (kind === "drop") drop(event.dataTransfer);
  });
}
document.addEventListener("dragleave", () => adding()?.classList.remove("over"));

async function drop(transfer) {
  // The entries are gone after the first wait, so they are all taken before it.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...transfer.files].map((file) => ({ file, name: file.name }));
  if (!entries.length) return send(plain);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  send(found);
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
    found.push({ file, name: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const batch = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!batch.length) return;
    for (const child of batch) await walk(child, found);
  }
}

const hidden = (name) => name.includes("/") && /(^|\/)\.(?!\.?(\/|$))/.test(name);

async function send(files) {
  const place = adding();
  files = files.filter(({ name }) => !hidden(name)); // of a folder: as the command line does
  if (!place || !files.length || sending) return;
  const { ticket, max, kinds } = place.dataset;
  const suffixes = kinds.split(" ");
  const tokens = [], refused = [];
  sending = new AbortController();
  const say = (line, cancellable) => {
    const status = adding()?.querySelector(".sending");
    if (!status) return;
    status.textContent = line;
    if (cancellable) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "plain", textContent: "Cancel" });
      button.dataset.action = "cancel_reading";
      status.append(button);
    }
  };
  for (const [index, { file, name }] of files.entries()) {
    if (sending.signal.aborted) break;
    const known = suffixes.some((suffix) => name.toLowerCase().endsWith(suffix));
    if (!known) refused.push({ name, why: "kind" });
    else if (!file) refused.push({ name });
    else if (file.size > Number(max)) refused.push({ name, bytes: file.size });
    else {
      say(`Taking ${index + 1} of ${files.length}: ${name} `, true);
      const token = await sendOne(file, name, ticket);
      if (token) tokens.push(token);
      else if (!sending.signal.aborted) refused.push({ name });
    }
  }
  const aborted = sending.signal.aborted;
  sending = null;
  say(aborted ? "Cancelled; nothing was added." : "", false);
  if (aborted) trigger("discard_files", { tokens });
  else trigger("add_documents", { tokens, refused });
}

async function sendOne(file, name, ticket) {
  try {
    const reply = await fetch(`upload?${new URLSearchParams({ name })}`, {
      method: "POST",
      body: file,
      headers: { "X-Footnote-Ticket": ticket, "Content-Type": "application/octet-stream" },
      signal: sending.signal,
    });
    return reply.ok ? (await reply.json()).token : null;
  } catch {
    return null;
  }
}

let allOpen = false; // whether the list of all libraries is
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.id === "all-libraries") allOpen = target.open;
  },
  true,
);

// What Gradio draws anew has lost the focus, and may show another library than before.
new MutationObserver(() => {
  const all = view()?.querySelector("#all-libraries");
  if (all && all.open !== allOpen) all.open = allOpen;
  const now = choice();
  if (now && started) sessionStorage.setItem(KEPT, now.value);
  if (!focusNext || document.activeElement !== document.body) return;
  const next = view()?.querySelector(focusNext);
  if (!next) return;
  if (next.matches("h3")) next.tabIndex = -1;
  next.focus();
  focusNext = "";
}).observe(document.querySelector("gradio-app") ?? document.body, { childList: true, subtree: true });

let started = false;
setTimeout(() => {
  ask("show_documents", { name: kept() });
  started = true;
});
// A conversation was opened, and with it the library that it was asked of.
document.addEventListener("footnote-library", ({ detail }) => {
  // Nobody is to be led back to the library before, while the choice is drawn anew.
  if (choice() && choice().value !== detail.library) choice().value = "";
  ask("show_documents", { name: "" });
});
addEventListener("hashchange", () => {
  if (location.hash === "#documents") ask("show_documents", { name: choice()?.value ?? "" });
});
