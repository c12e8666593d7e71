// Only comfort: a finding jumps to its line in the text.
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
