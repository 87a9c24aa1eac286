// Empty filters stay out of the address, so that a link to a list says only what it filters by.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form.filters")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// "/" goes to the search field, as in most lists people know.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector('form.filters input[type="search"]');
  if (!search) return;
  event.preventDefault();
  search.focus();
});

// The rows are swapped as a whole, which a screen reader would read from the start; it hears the count instead.
document.addEventListener("htmx:after:swap", () => {
  const status = document.getElementById("list-status");
  const count = document.getElementById("list-count");
  if (status && count) status.textContent = count.textContent;
});

// The title answers for the rows on the page, so it follows the filters.
document.addEventListener("htmx:after:swap", () => {
  const title = document.getElementById("list-title");
  const heading = document.querySelector("h1");
  if (title && heading) heading.textContent = title.textContent;
});
