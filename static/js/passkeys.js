// Passkeys: passes the server's request to the browser, and the browser's answer to the form.
(() => {
  const able = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON)
    && !/^[\d.]+$|^\[/.test(location.hostname); // a passkey belongs to a host name, not to an IP address
  const NEW = { residentKey: "required", requireResidentKey: true, userVerification: "required" };

  async function optionsOf(form) {
    const data = form.querySelector("script[type='application/json']");
    if (data) return JSON.parse(data.textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options;
  }
  async function credentialFor(form) {
    const { publicKey } = await optionsOf(form);
    if (form.dataset.passkey === "get")
      return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
    publicKey.authenticatorSelection = NEW;
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  }
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = !able;
    for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = able;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const credential = await credentialFor(form);
        form.elements.credential.value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch {
        form.querySelector("[role=alert]").hidden = false;
      }
    });
  }
})();
