// What the History view and the thumbs tell Gradio. `element` and `trigger` are Gradio's.
// Titles, notes and files pass through here as text only, never as HTML.
const rowOf = (node) => node.closest("[data-conversation]");
const show = (row, name) => {
  for (const part of ["actions", "rename", "confirm"]) {
    row.querySelector(`.${part}`).hidden = part !== name;
  }
};

document.addEventListener("click", ({ target }) => {
  if (!(target instanceof Element)) return;
  const button = target.closest("#history-view [data-act]");
  if (button) act(button, rowOf(button));
  const thumb = target.closest(".feedback .thumb");
  if (thumb) {
    const pressed = thumb.getAttribute("aria-pressed") === "true";
    rate(thumb.closest(".feedback"), pressed ? "" : thumb.dataset.rating);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("#history-view form.rename, form.feedback-note")) return;
  event.preventDefault();
  if (form.matches(".rename")) {
    trigger("rename_conversation", {
      conversation: rowOf(form).dataset.conversation,
      title: form.elements.title.value,
    });
  } else {
    const feedback = form.closest(".feedback");
    rate(feedback, feedback.querySelector('[aria-pressed="true"]')?.dataset.rating ?? "");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !(event.target instanceof Element)) return;
  const row = event.target.closest("#history-view [data-conversation]");
  if (row) cancel(row);
});

function act(button, row) {
  const conversation = row.dataset.conversation;
  const name = button.dataset.act;
  if (name === "open") trigger("open_conversation", { conversation });
  if (name === "export") trigger("export_conversation", { conversation, form: button.dataset.form });
  if (name === "delete") trigger("delete_conversation", { conversation });
  if (name === "cancel") cancel(row);
  if (name === "rename") {
    show(row, "rename");
    row.querySelector("form.rename input").select();
  }
  if (name === "ask-delete") {
    show(row, "confirm");
    row.querySelector(".confirm [data-act=cancel]").focus();
  }
}

function cancel(row) {
  const was = row.querySelector(".confirm").hidden ? "rename" : "ask-delete";
  const closed = row.querySelector(".actions").hidden;
  show(row, "actions");
  if (closed) row.querySelector(`[data-act=${was}]`).focus();
}

function rate(feedback, rating) {
  const note = feedback.querySelector("input").value;
  trigger("rate_answer", { turn: feedback.dataset.turnNumber, rating, note });
}

// The list is read again whenever it comes into view: another window may have changed it.
const refresh = () => location.hash === "#history" && trigger("list_conversations", {});
addEventListener("hashchange", refresh);
setTimeout(refresh);
