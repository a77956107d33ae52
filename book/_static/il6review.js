// Filters for the ledger table. Without script the form stays hidden and every claim is shown.
document.querySelectorAll("form.il6-filter").forEach((form) => {
  const rows = [...form.parentElement.querySelectorAll("table.il6-ledger tbody tr")];
  const status = form.querySelector(".il6-count");
  const apply = () => {
    const chosen = [...form.elements].filter((field) => field.name && field.value);
    rows.forEach((row) => {
      row.hidden = !chosen.every((field) => row.dataset[field.name] === field.value);
    });
    const shown = rows.filter((row) => !row.hidden).length;
    status.textContent = `${shown} of ${rows.length} claims`;
  };
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
});
