// The page's own behaviour: citations, the choice of document, views, keys. Gradio runs this once.
// Untrusted text never passes through here as HTML: only keys such as "2-1" are read.
() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let wanted = null; // the key of a citation whose document is still on its way
  let wantedPlace = null; // the heading that was chosen, whose part of the text is on its way
  let origin = null; // the citation button to go back to

  const tell = (name, detail) =>
    document.dispatchEvent(new CustomEvent("footnote", { detail: { name, ...detail } }));

  const marksOf = (key) =>
    [...document.querySelectorAll("#source mark[data-cites]")].filter((mark) =>
      mark.dataset.cites.split(" ").includes(key),
    );

  function reveal(key, { quietly = false } = {}) {
    const marks = marksOf(key);
    if (!marks.length) return false;
    document.querySelectorAll("mark.active").forEach((mark) => mark.classList.remove("active"));
    const article = marks[0].closest("article");
    const scrolls = article.scrollHeight > article.clientHeight + 1;
    const behavior = calm.matches || quietly ? "auto" : "smooth";
    if (scrolls) {
      const gap = marks[0].getBoundingClientRect().top - article.getBoundingClientRect().top;
      article.scrollTo({ top: article.scrollTop + gap - article.clientHeight / 3, behavior });
    }
    else if (!quietly) marks[0].scrollIntoView({ block: "center", behavior });
    if (quietly) return true;
    void marks[0].offsetWidth; // lets the flash start again
    marks.forEach((mark) => mark.classList.add("active"));
    marks[0].tabIndex = -1;
    marks[0].focus({ preventScroll: true });
    return true;
  }

  // A heading of the document, by its offset: from the table of contents.
  function revealPlace(place) {
    const heading = document.querySelector(`#source article [data-place="${CSS.escape(place)}"]`);
    if (!heading) return false;
    const article = heading.closest("article");
    if (article.scrollHeight > article.clientHeight + 1) {
      const gap = heading.getBoundingClientRect().top - article.getBoundingClientRect().top;
      article.scrollTo({ top: article.scrollTop + gap - 16 });
    } else heading.scrollIntoView({ block: "start" });
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    return true;
  }

  function choosePlace(button) {
    const { place } = button.dataset;
    const article = document.querySelector("#source article");
    button.closest("details").open = false;
    if (revealPlace(place)) return;
    wantedPlace = place;
    const mark = article.querySelector("mark[data-cites]");
    const key = mark?.dataset.cites.split(" ")[0] ?? "";
    tell("show_place", { place, key, document: article.dataset.document });
  }

  function goBack() {
    const button = origin && document.contains(origin) ? origin : document.querySelector("#question textarea");
    if (!button) return;
    button.focus({ preventScroll: true });
    button.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  }

  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    const cite = target.closest("[data-cite]");
    if (cite) {
      origin = cite;
      hideCard();
      const key = cite.dataset.cite;
      if (!reveal(key)) {
        wanted = key;
        tell("show_citation", { key });
      }
      return;
    }
    const pictured = target.closest("button[data-picture]");
    if (pictured) tell("show_picture", { key: pictured.dataset.picture });
    const chosen = target.closest("button[data-place]");
    if (chosen) choosePlace(chosen);
    const closest = target.closest("button.closest");
    if (closest) showClosest(closest);
    const action = target.closest("button.action");
    if (action) actions[action.dataset.action]?.(action);
    if (target.closest("button.leave-editing, #clear")) leaveEditing({ emptied: true });
    const example = target.closest("button.example");
    if (example) tell("ask_example", { question: example.textContent });
    if (target.closest("button.back")) goBack();
  });

  // A card with the quote, beside the citation number that is pointed at or has the focus.
  const card = document.createElement("div");
  card.id = "card";
  card.role = "tooltip";
  card.hidden = true;
  document.querySelector(".gradio-container").append(card);
  let pointed = null; // the button whose card is shown
  let leaving = null;

  function showCard(button) {
    const key = CSS.escape(button.dataset.cite);
    const template = button.closest(".turn")?.querySelector(`template[data-card="${key}"]`);
    if (!template) return;
    hideCard();
    pointed = button;
    card.replaceChildren(template.content.cloneNode(true));
    card.hidden = false;
    button.setAttribute("aria-describedby", "card");
    placeCard();
  }

  function placeCard() {
    const gap = 8;
    const spot = pointed.getBoundingClientRect();
    const left = Math.min(spot.left, document.documentElement.clientWidth - card.offsetWidth - gap);
    const below = spot.bottom + gap;
    const fits = below + card.offsetHeight + gap <= innerHeight;
    const top = fits ? below : spot.top - gap - card.offsetHeight;
    card.style.left = `${Math.max(gap, left)}px`;
    card.style.top = `${Math.max(gap, Math.min(top, innerHeight - gap - card.offsetHeight))}px`;
  }

  function hideCard() {
    clearTimeout(leaving);
    pointed?.removeAttribute("aria-describedby");
    pointed = null;
    card.hidden = true;
  }

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "touch" || !(target instanceof Element)) return;
    const button = target.closest("button.cite");
    clearTimeout(leaving);
    if (button && button !== pointed) showCard(button);
    else if (!button && pointed && !target.closest("#card")) leaving = setTimeout(hideCard, 250);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("button.cite:focus-visible")) showCard(target);
    else if (pointed && !target.closest("#card")) hideCard();
  });
  document.addEventListener("scroll", ({ target }) => target !== card && pointed && hideCard(), true);
  addEventListener("resize", hideCard);

  // What can be done with a turn. Editing happens in the question box, which is never drawn again.
  let edited = null; // the number of the turn whose question is edited
  const box = () => document.querySelector("#question textarea");

  function fillBox(text) {
    box().value = text;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  function leaveEditing({ emptied = false } = {}) {
    if (!edited) return;
    if (emptied) fillBox("");
    edited = null;
    document.querySelector("p.editing").hidden = true;
    delete document.querySelector("#talk").dataset.editing;
  }

  const actions = {
    again: ({ dataset }) => tell("ask_again", { number: dataset.number }),
    edit: (button) => {
      edited = Number(button.dataset.number);
      const later = document.querySelectorAll("#talk .turn").length - edited;
      const notice = document.querySelector("p.editing");
      notice.querySelector(".what").textContent = later
        ? `Editing question ${edited}: it goes on as a new conversation, this one stays in History.`
        : `Editing question ${edited}: its answer will be replaced.`;
      notice.hidden = false;
      document.querySelector("#talk").dataset.editing = edited;
      fillBox(button.closest(".turn").querySelector(".question").textContent);
      box().focus();
    },
    copy: async (button) => {
      const done = await copyText(button.dataset.text);
      button.textContent = done ? "Copied" : "Not copied";
      document.querySelector("#announcement").textContent = done
        ? "The answer and its sources are copied."
        : "The browser does not allow copying.";
      setTimeout(() => (button.textContent = "Copy"), 2500);
    },
  };

  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea"); // needs neither permission nor https
      area.value = text;
      area.className = "unseen";
      const focused = document.activeElement;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      focused?.focus({ preventScroll: true });
      return done;
    }
  }

  // Gradio calls it when a question is sent (see ui/app.py). The question leaves the box when its
  // turn is there, and what was typed behind it since stays.
  let sent = null; // the question, the number of its turn, and whether there is one already
  let entered = ""; // what was in the box at Enter: Gradio looks a little later
  document.addEventListener(
    "keydown",
    ({ key, shiftKey, target }) => {
      if (key === "Enter" && !shiftKey && target === box()) entered = target.value;
    },
    true,
  );
  window.footnote = {
    send: (looked) => {
      const question = entered.trim() && looked.startsWith(entered) ? entered : looked;
      entered = "";
      if (!question.trim()) return [question, null];
      const number = edited;
      const next = document.querySelectorAll("#talk .turn").length + 1;
      sent = { question, number: String(number ?? next), replaces: number !== null };
      leaveEditing();
      return [question, number];
    },
  };

  function takeFromBox(turn) {
    if (!sent || turn.dataset.turn !== sent.number) return;
    if (sent.replaces && turn.ariaBusy !== "true") return;
    const { question } = sent;
    sent = null;
    if (box().value.startsWith(question)) fillBox(box().value.slice(question.length));
  }

  function showClosest(button) {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", open);
    button.textContent = open ? "Show less of them" : "Show the closest passages anyway";
    const turn = button.closest(".turn");
    turn.querySelector(".not-answer").hidden = !open;
    turn.querySelectorAll(".nearest q").forEach((quote) => quote.classList.toggle("clamped", !open));
    if (!open) return;
    const key = button.dataset.closest;
    if (reveal(key, { quietly: true })) return;
    wanted = key;
    tell("show_citation", { key });
  }

  // Light or dark: the browser remembers what was chosen; Gradio follows the system by itself.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function applyTheme() {
    const theme = localStorage.getItem("footnote-theme") ?? "system";
    document.body.classList.toggle("dark", theme === "dark" || (theme === "system" && dark.matches));
    const input = document.querySelector(`input[name="theme"][value="${CSS.escape(theme)}"]`);
    if (input) input.checked = true;
  }
  dark.addEventListener("change", () => setTimeout(applyTheme));

  document.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === "theme") {
      localStorage.setItem("footnote-theme", target.value);
      applyTheme();
    }
    if (target instanceof HTMLSelectElement && target.matches("select.documents")) {
      tell("open_document", { document: target.value });
    }
  });

  document.addEventListener("keydown", (event) => {
    const status = document.querySelector("details.status[open]");
    if (event.key !== "Escape") return;
    if (pointed) hideCard();
    else if (status) status.open = false;
    else if (edited && event.target.matches("#question textarea")) leaveEditing({ emptied: true });
    else if (event.target instanceof Element && event.target.closest("#source")) goBack();
  });

  // The address says which view is shown, so that the browser's own Back and Forward work.
  const views = ["ask", "documents", "history", "settings"];
  function showView({ moved }) {
    const name = location.hash.slice(1);
    const view = views.includes(name) ? name : "ask";
    document.documentElement.dataset.view = view;
    document.querySelectorAll(".views a").forEach((link) => {
      if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    if (view !== "ask") tell(`open_${view}_view`, {});
    if (!moved) return;
    const heading = document.querySelector(`#${view}-view h2`);
    if (heading) heading.tabIndex = -1;
    (heading ?? document.querySelector("#question textarea"))?.focus();
    scrollTo({ top: 0 });
  }
  addEventListener("hashchange", () => showView({ moved: true }));

  // After Gradio has drawn: go to the citation that was asked for, or to the first of a new answer.
  let shown = "";
  let question = null;
  const watch = () => {
    if (wanted && reveal(wanted)) wanted = null;
    if (wantedPlace && revealPlace(wantedPlace)) wantedPlace = null;
    if (pointed && !document.contains(pointed)) hideCard();
    if (edited > document.querySelectorAll("#talk .turn").length) leaveEditing({ emptied: true });
    const keys = [...document.querySelectorAll("#source mark[data-cites]")]
      .flatMap((mark) => mark.dataset.cites.split(" "))
      .sort((one, other) => one.split("-")[1] - other.split("-")[1]);
    const place = keys[0] ?? document.querySelector(".documents")?.value ?? "";
    if (place !== shown) {
      shown = place;
      if (!document.querySelector("mark.active") && !(keys.length && reveal(keys[0], { quietly: true }))) {
        document.querySelector("#source article")?.scrollTo({ top: 0 });
      }
    }
    const turn = document.querySelector("#turn .turn");
    const number = turn?.dataset.turn ?? null;
    if (turn) takeFromBox(turn);
    if (number !== question && turn) showTurn(turn);
    question = number;
  };

  function showTurn(turn) {
    document.querySelectorAll("mark.active").forEach((mark) => mark.classList.remove("active"));
    const conversation = document.querySelector("#conversation");
    const top = turn.getBoundingClientRect().top;
    if (getComputedStyle(conversation).overflowY === "auto") {
      conversation.scrollTop += top - conversation.getBoundingClientRect().top;
    } else {
      scrollTo({ top: scrollY + top - 8 });
    }
  }

  new MutationObserver(watch).observe(document.querySelector("gradio-app") ?? document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-cites", "data-turn"],
  });
  document.documentElement.lang ||= "en";
  applyTheme();
  showView({ moved: false });
  watch();
  if (document.activeElement === document.body) box()?.focus({ preventScroll: true });
  document.documentElement.dataset.page = "ready"; // for programs that drive the page
}
