// Only comfort: a finding jumps to its line in the text, and after a button the keyboard is where the change was.
"use strict";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const text = document.getElementById("id_text");
  if (!link || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const line = Number(link.dataset.line) - 1;
  const start = lines.slice(0, line).reduce((sum, item) => sum + item.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line] || "").length);
  text.scrollTop = Math.max(0, (text.scrollHeight / lines.length) * (line - 5));
});

document.addEventListener("htmx:afterSettle", (event) => {
  const editor = document.querySelector("[data-focus]");
  if (!editor || !editor.dataset.focus || event.detail.elt?.id === "check") return;
  const place = placeOf(editor.dataset.focus);
  const field = place?.querySelector("input:not([type=hidden]):not([readonly]), textarea, select") ?? place?.querySelector("button");
  field?.focus();
  place?.scrollIntoView({ block: "nearest" });
  editor.dataset.focus = "";
});

// The thing itself, or the nearest thing around it that the page has, or the part that its key belongs to.
function placeOf(path) {
  const keys = path.split("-");
  for (let size = keys.length; size > 0; size -= 1) {
    const found = document.getElementById(`n-${keys.slice(0, size).join("-")}`);
    if (found) return found;
  }
  return document.querySelector(`[data-part~="${keys[0]}"]`);
}
