// Switches the theme in place; without this script the button's form does the same by a request.
const YEAR = 365 * 24 * 3600;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  document.cookie = `simpul_theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
  // The other button has taken this one's place: keep the keyboard where it was.
  form.querySelector(`button:not([value="${theme}"])`)?.focus();
  document.dispatchEvent(new CustomEvent("simpul:theme", { detail: theme }));
});
