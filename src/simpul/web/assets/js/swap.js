// Fetches a page's own address as a fragment and puts each part of it in the place of the part with the same id.
// Only elements marked data-swap take part; everything else on the page stays untouched, and so does its focus.
export async function swap(url, signal) {
  const response = await fetch(url, { headers: { "X-Fragment": "1" }, signal, credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  // A session that has ended leads to the sign-in page: go there as a whole.
  if (response.redirected) {
    location.assign(response.url);
    return [];
  }
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  const changed = [];
  for (const part of parsed.querySelectorAll("[data-swap][id]")) {
    const place = document.getElementById(part.id);
    if (!place) continue;
    const node = document.importNode(part, true);
    place.replaceWith(node);
    changed.push(node);
  }
  return changed;
}
