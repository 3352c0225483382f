// The picture of a draft, stored in this browser for one person: the last one chosen.
(() => {
  const person = document.querySelector("meta[name=person]").content;
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  async function open() {
    const request = indexedDB.open("studio", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("pictures");
    return done(request);
  }
  // Without a database, as in some private windows, nothing is stored.
  async function act(mode, how) {
    try {
      const database = await open();
      const result = await done(how(database.transaction("pictures", mode).objectStore("pictures")));
      database.close();
      return result;
    } catch { return null; }
  }
  window.keptPicture = {
    // `draft` names what it belongs to.
    set: (draft, file) => act("readwrite", (store) => store.put({ draft, file }, person)),
    get: async (draft) => {
      const kept = await act("readonly", (store) => store.get(person));
      return kept?.draft === draft ? kept.file : null;
    },
    remove: () => act("readwrite", (store) => store.delete(person)),
  };
})();
