// Passkeys: asks the browser for one and sends what it answers with the form.
//
// <form data-passkey="get|create" data-options="ID of a JSON script, or an address that gives them"
//       data-refused="words" data-unsupported="words"> holds a button, input[name=credential] and [data-said].

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function create(options, form) {
  const key = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
  key.user = { ...key.user, id: bytes(key.user.id) };
  key.excludeCredentials = named(key.excludeCredentials);
  const alone = form.elements.passwordless?.checked ?? true;
  key.authenticatorSelection = {
    ...key.authenticatorSelection,
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
    ...(alone ? { userVerification: "required" } : {}),
  };
  return navigator.credentials.create({ publicKey: key });
}

async function get(options) {
  const key = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
  key.allowCredentials = named(key.allowCredentials);
  return navigator.credentials.get({ publicKey: key });
}

function plain(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    type: credential.type,
    id: credential.id,
    rawId: text(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function options(form) {
  const kept = document.getElementById(form.dataset.options);
  if (kept) return JSON.parse(kept.textContent);
  const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}

async function ask(form) {
  const given = await options(form);
  const made = form.dataset.passkey === "create";
  const credential = made ? await create(given.creation_options, form) : await get(given.request_options);
  form.elements.credential.value = JSON.stringify(plain(credential));
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[type=submit]");
  const numbers = /^[\d.]+$|:/.test(location.hostname);
  if (!window.PublicKeyCredential || numbers) {
    // Browsers offer passkeys over https and on localhost only, and never for an address of numbers.
    said.textContent = form.dataset.unsupported;
    button.disabled = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "";
    button.disabled = true;
    try {
      await ask(form);
      form.submit();
    } catch (error) {
      said.textContent = form.dataset.refused;
      console.warn(error);
      button.disabled = false;
      button.focus();
    }
  });
}
