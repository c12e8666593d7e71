// Names offered below a field with [data-suggest] while one types. Without this file the field takes the same words.
"use strict";

{
  const PAUSE = 180;
  const BETWEEN_WORDS = /[、，,;；\n]/;
  let open = null; // the one list that is shown: {field, list, chosen}
  let waiting = 0;
  let asked = null;
  let lists = 0;

  const wordAt = (field) => {
    if (!("suggestWords" in field.dataset)) return [0, field.value.length];
    let start = field.selectionStart;
    let end = start;
    while (start > 0 && !BETWEEN_WORDS.test(field.value[start - 1])) start -= 1;
    while (end < field.value.length && !BETWEEN_WORDS.test(field.value[end])) end += 1;
    return [start, end];
  };

  const close = () => {
    clearTimeout(waiting);
    if (asked) asked.abort();
    if (!open) return;
    open.list.replaceChildren();
    open.field.removeAttribute("aria-activedescendant");
    if (open.field.matches("input")) open.field.setAttribute("aria-expanded", "false");
    open = null;
  };

  const prepare = (field) => {
    const list = document.createElement("ul");
    list.className = "combobox-list";
    list.id = `suggestions-${(lists += 1)}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.dataset.suggestLabel);
    const told = document.createElement("span");
    told.className = "visually-hidden";
    told.setAttribute("role", "status");
    field.closest(".combobox").append(list, told);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    if (field.matches("input")) field.setAttribute("role", "combobox"); // of several lines it stays a text box
    return list;
  };

  const mark = (number) => {
    const options = [...open.list.children];
    open.chosen = (number + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === open.chosen)));
    open.field.setAttribute("aria-activedescendant", options[open.chosen].id);
    options[open.chosen].scrollIntoView({ block: "nearest" });
  };

  const take = (field, name) => {
    const [start, end] = wordAt(field);
    const isLast = end === field.value.length;
    const mark = "suggestWords" in field.dataset && isLast ? "、" : "";
    field.setRangeText(name + mark, start, end, "end");
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
    if ("suggestGo" in field.dataset) field.form.requestSubmit();
  };

  const show = (field, found) => {
    const list = document.getElementById(field.getAttribute("aria-controls")) || prepare(field);
    const options = found.map(({ name, within }, place) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const text = document.createElement("span");
      text.textContent = name;
      option.append(text);
      if (within && within !== name) {
        const group = document.createElement("small");
        group.textContent = within;
        option.append(group);
      }
      option.addEventListener("click", () => take(field, name));
      return option;
    });
    list.replaceChildren(...options);
    list.nextElementSibling.textContent = `${field.dataset.suggestLabel}: ${options.length}`;
    if (field.matches("input")) field.setAttribute("aria-expanded", String(options.length > 0));
    open = options.length ? { field, list, chosen: -1 } : null;
  };

  const ask = async (field) => {
    const typed = field.value.slice(...wordAt(field)).trim();
    if (asked) asked.abort();
    if (!typed) return close();
    asked = new AbortController();
    try {
      const address = `${field.dataset.suggest}&q=${encodeURIComponent(typed.slice(0, 80))}`;
      const response = await fetch(address, { signal: asked.signal, credentials: "same-origin" });
      const found = response.ok ? await response.json() : [];
      if (document.activeElement === field) show(field, found.some(({ name }) => name === typed) ? [] : found);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  const typing = (event) => {
    const field = event.target;
    if (event.isComposing || !field.matches("[data-suggest]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE, field);
  };

  document.addEventListener("input", typing);
  document.addEventListener("compositionend", typing);
  document.addEventListener("focusout", close);
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(".combobox-list")) event.preventDefault(); // the field keeps the focus
  });
  document.addEventListener("keydown", (event) => {
    if (!open || event.target !== open.field || event.isComposing) return;
    if (event.key === "ArrowDown") mark(open.chosen + 1);
    else if (event.key === "ArrowUp") mark(open.chosen < 0 ? -1 : open.chosen - 1);
    else if (event.key === "Enter" && open.chosen >= 0) open.list.children[open.chosen].click();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
}
