// The ledger table: filter, search, sort. Without script the form stays hidden and every claim is shown.
document.querySelectorAll("form.il6-filter").forEach((form) => {
  const table = form.parentElement.querySelector("table.il6-ledger");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const status = form.querySelector(".il6-count");
  const apply = () => {
    const chosen = [...form.querySelectorAll("select")].filter((field) => field.value);
    const words = form.elements.words.value.toLowerCase().split(/\s+/);
    rows.forEach((row) => {
      const text = row.cells[1].textContent.toLowerCase();
      row.hidden =
        !chosen.every((field) => row.dataset[field.name] === field.value) || !words.every((word) => text.includes(word));
    });
    const shown = rows.filter((row) => !row.hidden).length;
    status.textContent = `${shown} of ${rows.length} claims`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();

  // The rows come in the order of the documents: the first column sorts by that order, the others by their words.
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      [...table.tHead.rows[0].cells].forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].textContent;
      const order = (one, two) =>
        (column && key(one).localeCompare(key(two), "en")) || rows.indexOf(one) - rows.indexOf(two);
      body.append(...[...rows].sort((one, two) => (down ? order(two, one) : order(one, two))));
    });
  });
});
