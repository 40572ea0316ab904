// The page's own behaviour: citations, the choice of document, views, keys. Gradio runs this once.
// Untrusted text never passes through here as HTML: only keys such as "2-1" are read.
() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let wanted = null; // the key of a citation whose document is still on its way
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
      const key = cite.dataset.cite;
      if (!reveal(key)) {
        wanted = key;
        tell("show_citation", { key });
      }
      return;
    }
    const example = target.closest("button.example");
    if (example) tell("ask_example", { question: example.textContent });
    if (target.closest("button.back")) goBack();
  });

  document.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLSelectElement && target.matches("select.documents")) {
      tell("open_document", { document: target.value });
    }
  });

  document.addEventListener("keydown", (event) => {
    const status = document.querySelector("details.status[open]");
    if (event.key !== "Escape") return;
    if (status) status.open = false;
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
  showView({ moved: false });
  watch();
}
