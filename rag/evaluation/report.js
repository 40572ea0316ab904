"use strict";
/* The table of questions, from the values inlined in the page. Everything shown is made of text
   nodes, so nothing that stands in a question, an answer or a document can be more than text. */
(() => {
  const ROWS_AT_A_TIME = 100;
  const CONTEXT_CHARACTERS = 300;
  const WORD_CHARACTERS = 30;
  const STAGES = ["retrieve", "read", "write", "verify", "first text", "in all"];
  /* What a reader cannot see, or what changes the order in which other characters are seen. */
  const HIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

  const data = JSON.parse(document.getElementById("report-data").textContent);
  const element = (id) => document.getElementById(id);

  function make(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  /* Any text of a document, a question or a model, with hidden characters labelled. */
  function shown(text) {
    const pieces = document.createDocumentFragment();
    let position = 0;
    for (const match of text.matchAll(HIDDEN)) {
      const code = "U+" + match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      pieces.append(text.slice(position, match.index));
      pieces.append(make("span", { class: "hidden-character", "data-code": code }, match[0]));
      position = match.index + match[0].length;
    }
    pieces.append(text.slice(position));
    return pieces;
  }

  const isolated = (text) => make("bdi", {}, shown(text));

  function fixed(value, digits) {
    return value === null || value === undefined ? "–" : value.toFixed(digits);
  }

  /* Documents. Offsets are code points, which are not what JavaScript counts in. */

  function partAround(number, start, end) {
    return data.documents[number].parts.find((part) => part[0] <= start && end <= part[1]);
  }

  function slice(part, start, end) {
    const [first, last, text] = part;
    if (text.length === last - first) return text.slice(start - first, end - first);
    part.points = part.points || Array.from(text);
    return part.points.slice(start - first, end - first).join("");
  }

  function placeName(number, start, end, place) {
    const name = isolated(data.documents[number].name);
    return [name, ...(place ? [", ", isolated(place)] : []), `, characters ${start}–${end}`];
  }

  /* The next blank's offset, plus 0 or, for what comes after it, 1; the offset itself if far. */
  function nextBlank(part, offset, plus) {
    if (offset <= part[0] || offset >= part[1]) return offset;
    const near = Array.from(slice(part, offset, Math.min(part[1], offset + WORD_CHARACTERS)));
    const found = near.findIndex((character) => /\s/u.test(character));
    return found < 0 ? offset : offset + found + plus;
  }

  /* Windows around the marks of one document, apart from each other, each inside one part. */
  function windowsAround(number, marks) {
    const windows = [];
    for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
      const part = partAround(number, mark.start, mark.end);
      if (!part) continue;
      const start = nextBlank(part, Math.max(part[0], mark.start - CONTEXT_CHARACTERS), 1);
      const end = nextBlank(part, Math.min(part[1], mark.end + CONTEXT_CHARACTERS), 0);
      const last = windows[windows.length - 1];
      if (last && last.part === part && start <= last.end) last.end = Math.max(last.end, end);
      else windows.push({ part, start, end });
    }
    return windows;
  }

  function excerpt(number, window, marks) {
    const { part, start, end } = window;
    const box = make("div", { class: "excerpt", dir: "auto" });
    const inside = marks.filter((mark) => start <= mark.start && mark.end <= end);
    const cuts = new Set([start, end]);
    for (const mark of inside) cuts.add(mark.start).add(mark.end);
    const sorted = [...cuts].sort((a, b) => a - b);
    if (start > 0) box.append("… ");
    for (let index = 0; index + 1 < sorted.length; index += 1) {
      const [left, right] = [sorted[index], sorted[index + 1]];
      const over = inside.filter((mark) => mark.start <= left && right <= mark.end);
      const piece = shown(slice(part, left, right));
      box.append(over.length ? marked(piece, over) : piece);
      for (const mark of over) {
        if (mark.label && mark.end === right) box.append(make("sup", {}, `[${mark.label}]`));
      }
    }
    if (end < data.documents[number].length) box.append(" …");
    return box;
  }

  function marked(piece, over) {
    const kinds = [...new Set(over.map((mark) => mark.kind))];
    const labels = over.filter((mark) => mark.label).map((mark) => mark.label);
    return make("mark", { class: kinds.join(" "), "data-cites": labels.join(" ") }, piece);
  }

  /* What a row opens to. */

  function heading(text) {
    return make("h3", {}, text);
  }

  function answerPart(row) {
    if (row.error) return [make("p", { class: "bad" }, "Failed: ", shown(row.error))];
    if (row.status === "refused") return [make("p", { class: "answer" }, shown(row.text || ""))];
    const parts = [];
    let prose = null; // the paragraph that a further sentence goes on with
    let above = ""; // what the sentences before are shown under
    for (const [place, [words, numbers, kind, note, group = ""]] of row.sentences.entries()) {
      if (row.in_words && (place === 0 || place === row.in_words)) {
        parts.push(make("p", { class: "answer heading" }, data.marks[place ? 1 : 0]));
        prose = null;
      }
      if (group && group !== above) {
        parts.push(make("p", { class: "answer heading", dir: "auto" }, shown(group)));
        prose = null;
      }
      above = group;
      if (!prose || kind) {
        prose = make("p", { class: `answer ${kind || ""}`, dir: "auto" });
        parts.push(prose);
      }
      prose.append(shown(words), ...numbers.map((each) => make("sup", {}, `[${each}]`)), " ");
      if (note) prose.append("(", isolated(note), ")");
      if (kind) prose = null;
    }
    for (const part of row.unanswered || []) {
      parts.push(make("p", {}, "Nothing found for: ", isolated(part)));
    }
    if (row.note) parts.push(make("p", {}, isolated(row.note)));
    if (row.short_answer) {
      parts.push(make("p", {}, "Short answer: ", make("strong", {}, isolated(row.short_answer))));
    }
    return parts;
  }

  function expectedPart(row) {
    if (!row.answerable) return [make("p", {}, "A refusal: the documents do not answer this.")];
    const parts = [];
    if (row.answers) {
      const items = row.answers.flatMap((answer, index) => [index ? " · " : "", isolated(answer)]);
      parts.push(make("p", {}, "Accepted: ", ...items));
    }
    if (row.evidence) {
      const missing = row.expected.length ? "" : " (in no document)";
      parts.push(make("p", {}, "Evidence: “", isolated(row.evidence), `”${missing}`));
    }
    for (const [number, start, end] of row.expected) {
      parts.push(make("p", { class: "key" }, "It stands in ", ...placeName(number, start, end)));
    }
    return parts.length ? parts : [make("p", {}, "The question set does not say.")];
  }

  function sourcesPart(row) {
    const byDocument = new Map();
    const add = (number, mark) => byDocument.set(number, [...(byDocument.get(number) || []), mark]);
    for (const [number, start, end, , label] of row.cited) {
      add(number, { start, end, kind: "cited", label: String(label) });
    }
    for (const [number, start, end] of row.expected) add(number, { start, end, kind: "expected" });
    if (!byDocument.size) return [];
    const parts = [heading("In the source"), sourceKey(row)];
    for (const [number, start, end, where, label] of row.cited) {
      const place = placeName(number, start, end, where);
      parts.push(make("p", { class: "key" }, `[${label}] `, ...place));
    }
    for (const [number, marks] of byDocument) {
      const name = data.documents[number].name;
      if (byDocument.size > 1) parts.push(make("p", { class: "key" }, isolated(name)));
      for (const each of windowsAround(number, marks)) parts.push(excerpt(number, each, marks));
    }
    return parts;
  }

  function sourceKey(row) {
    const key = make("p", { class: "key" });
    if (row.cited.length) key.append(make("mark", { class: "cited" }, "cited"), " ");
    if (row.expected.length) key.append(make("mark", { class: "expected" }, "expected evidence"));
    return key;
  }

  function rankedPart(row) {
    if (!row.ranked.length) return [];
    /* The roles hold where a narrow page lays the rows out as a grid. */
    const body = make("tbody", { role: "rowgroup" });
    row.ranked.forEach(([number, start, end, dense, lexical, score, right], index) => {
      const part = partAround(number, start, end);
      const left = "Its text is left out to keep this file small; the document has it.";
      const passage = make(
        "details",
        {},
        make("summary", {}, ...placeName(number, start, end), right ? " — a right one" : ""),
        make("p", { class: "passage", dir: "auto" }, part ? shown(slice(part, start, end)) : left),
      );
      const cells = [index + 1, dense ?? "–", lexical ?? "–", fixed(score, 3), passage];
      const made = cells.map((cell) => make("td", { role: "cell" }, cellContent(cell)));
      body.append(make("tr", { role: "row" }, ...made));
    });
    const names = ["Final", "Meaning", "Words", "Score", "Passage"];
    const cells = names.map((name) => make("th", { scope: "col", role: "columnheader" }, name));
    const head = make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...cells));
    const attributes = { class: "ranked", role: "table", "aria-label": "Passages by final rank" };
    return [heading("What each retriever ranked"), make("table", attributes, head, body)];
  }

  function cellContent(cell) {
    return cell instanceof Node ? cell : String(cell);
  }

  function measuresPart(row) {
    const scores = Object.entries(row.scores).map(
      ([name, value]) => `${name.replaceAll("_", " ")} ${value.toFixed(3)}`,
    );
    const seconds = row.seconds.map((value, index) => `${STAGES[index]} ${fixed(value, 3)}`);
    const parts = [make("p", { class: "key" }, [...scores, `kind ${row.kind}`].join(" · "))];
    if (row.group) parts[0].append(" · group ", isolated(row.group));
    if (row.unsupported) {
      parts.push(make("p", { class: "bad" }, `${row.unsupported} sentences are not supported where they are cited`));
    }
    for (const [said, word, probability, numbers] of row.checked || []) {
      const cited = numbers.map((each) => make("sup", {}, `[${each}]`));
      parts.push(
        make("p", {}, isolated(said), word ? ` ${word}` : "", ...cited, ` checked: ${fixed(probability, 2)}`),
      );
    }
    parts.push(make("p", { class: "key" }, `Seconds: ${seconds.join(" · ")}`));
    return parts;
  }

  function detail(row) {
    const cell = make("td", { colspan: COLUMNS.length });
    if (row.understood) {
      cell.append(make("p", { class: "key" }, "Understood as: ", isolated(row.understood)));
    }
    cell.append(heading("Answer"), ...answerPart(row));
    cell.append(heading("Expected"), ...expectedPart(row));
    cell.append(...sourcesPart(row), ...rankedPart(row));
    cell.append(heading("Measured"), ...measuresPart(row));
    return make("tr", { class: "detail" }, cell);
  }

  /* The table. */

  const total = (row) => row.seconds[row.seconds.length - 1];
  const answerOf = (row) =>
    row.status === "refused" ? "refused" : row.short_answer || row.text_shown;
  const COLUMNS = [
    { name: "Question", value: (row) => row.question.toLowerCase() },
    { name: "Verdict", value: (row) => row.verdict },
    { name: "Answer", value: (row) => (answerOf(row) || "").toLowerCase(), spare: true },
    { name: "Confidence", value: (row) => row.confidence, digits: 2, spare: true },
    { name: "F1", value: (row) => row.scores.f1, digits: 2, spare: true },
    { name: "Hit rank", value: (row) => row.hit_rank, digits: 0, spare: true },
    { name: "Seconds", value: total, digits: 2, spare: true },
  ];
  const WRONG = ["answered wrongly", "refused wrongly", "failed"];
  const isSlow = (row) => data.slow !== null && total(row) !== null && total(row) >= data.slow;
  const FILTERS = [
    { name: "All", test: () => true },
    { name: "Wrong", test: (row) => WRONG.includes(row.verdict) },
    { name: "Refused wrongly", test: (row) => row.verdict === "refused wrongly" },
    { name: "Answered wrongly", test: (row) => row.verdict === "answered wrongly" },
    { name: "Failed", test: (row) => row.verdict === "failed", optional: true },
    { name: "Not judged", test: (row) => row.verdict === "not judged", optional: true },
    { name: `Slow (${fixed(data.slow, 2)} s or more)`, test: isSlow },
  ];
  const view = { filter: FILTERS[0], words: [], column: null, down: false, limit: ROWS_AT_A_TIME };

  for (const row of data.rows) {
    row.text_shown = row.sentences.map(([text]) => text).join(" ");
    const texts = [row.id, row.question, row.short_answer || "", row.text_shown];
    row.haystack = [...texts, ...(row.answers || [])].join("\n").toLowerCase();
  }

  function chosenRows() {
    const { filter, words, column, down } = view;
    const rows = data.rows.filter(
      (row) => filter.test(row) && words.every((word) => row.haystack.includes(word)),
    );
    return column ? rows.sort((a, b) => order(column.value(a), column.value(b), down)) : rows;
  }

  /* What is not defined comes last, whichever way is sorted. */
  function order(a, b, down) {
    const [noA, noB] = [a === null || a === undefined, b === null || b === undefined];
    if (noA || noB) return noA - noB;
    const way = typeof a === "string" ? a.localeCompare(b) : a - b;
    return down ? -way : way;
  }

  function tableRow(row) {
    const button = make("button", { type: "button", class: "open", "aria-expanded": "false" });
    button.append(isolated(row.question));
    const good = row.verdict.startsWith("right") || row.verdict === "refused rightly";
    const tone = WRONG.includes(row.verdict) ? "bad" : good ? "good" : "";
    const cells = COLUMNS.slice(3).map((column) =>
      make("td", { class: "spare" }, fixed(column.value(row), column.digits)),
    );
    const made = make(
      "tr",
      { class: "row", "data-id": row.id },
      make("th", { scope: "row" }, button),
      make("td", { class: `verdict ${tone}` }, row.verdict),
      make("td", { class: "shown spare" }, shorten(answerOf(row) || "")),
      ...cells,
    );
    button.addEventListener("click", () => toggle(button, made, row));
    return made;
  }

  function shorten(text) {
    const points = Array.from(text);
    return isolated(points.length > 90 ? `${points.slice(0, 89).join("")}…` : text);
  }

  function toggle(button, line, row) {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) line.nextElementSibling.remove();
    else line.after(detail(row));
  }

  function draw() {
    const rows = chosenRows();
    const body = element("rows").tBodies[0];
    body.replaceChildren(...rows.slice(0, view.limit).map(tableRow));
    element("count").textContent = `${rows.length} of ${data.rows.length} questions`;
    const left = rows.length - view.limit;
    element("more").hidden = left <= 0;
    element("more").textContent = `Show ${Math.min(left, ROWS_AT_A_TIME)} more of ${left}`;
  }

  function start() {
    for (const column of COLUMNS) {
      const button = make("button", { type: "button" }, column.name);
      const cell = make("th", { scope: "col", "aria-sort": "none" }, button);
      if (column.spare) cell.className = "spare";
      button.addEventListener("click", () => {
        view.down = view.column === column && !view.down;
        view.column = column;
        for (const other of element("rows").tHead.rows[0].cells) {
          other.setAttribute("aria-sort", "none");
        }
        cell.setAttribute("aria-sort", view.down ? "descending" : "ascending");
        draw();
      });
      element("rows").tHead.rows[0].append(cell);
    }
    for (const filter of FILTERS) {
      const count = data.rows.filter(filter.test).length;
      if (filter.optional && !count) continue;
      const input = make("input", { type: "radio", name: "filter" });
      input.checked = filter === view.filter;
      input.addEventListener("change", () => {
        view.filter = filter;
        view.limit = ROWS_AT_A_TIME;
        draw();
      });
      element("filters").append(make("label", {}, input, `${filter.name} ${count}`));
    }
    element("search").addEventListener("input", (event) => {
      view.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      view.limit = ROWS_AT_A_TIME;
      draw();
    });
    element("controls").addEventListener("submit", (event) => event.preventDefault());
    element("more").addEventListener("click", () => {
      view.limit += ROWS_AT_A_TIME;
      draw();
    });
    element("controls").hidden = false;
    element("rows").hidden = false;
    draw();
  }

  start();
})();
