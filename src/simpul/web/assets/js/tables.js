// Tells the style sheet which tables, tabs and code samples fit: those show no shade at their edges, and such a table
// keeps its headings in sight. Whatever is swapped in later is measured as well.
const WIDE = ".table-wrap, .tabs, .prose pre, .call";
const known = new WeakSet();

function measure(box) {
  const table = box.querySelector(":scope > .table");
  const fits = table ? table.offsetWidth <= box.clientWidth : box.scrollWidth <= box.clientWidth;
  box.toggleAttribute("data-fits", fits);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) measure(target.matches(WIDE) ? target : target.closest(WIDE));
});

function watch() {
  for (const box of document.querySelectorAll(WIDE)) {
    if (known.has(box)) continue;
    known.add(box);
    sizes.observe(box);
    const table = box.querySelector(":scope > .table");
    if (table) sizes.observe(table);
    measure(box);
  }
}

watch();
new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
