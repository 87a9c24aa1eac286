// The page of a site. As on the server (kit/codes.py): a code from before the rule is quoted once more, so that
// slashes, dots in front and the word "new" lead to the site and nowhere else.
export function sitePage(code) {
  let part = encodeURIComponent(code);
  if (/^(\.|new$)/i.test(part)) part = `%${part.charCodeAt(0).toString(16).toUpperCase()}${part.slice(1)}`;
  return `/sites/${encodeURIComponent(part)}/`;
}
