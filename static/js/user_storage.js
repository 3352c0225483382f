// Whose page this is: what the browser keeps for one person is not shown to the next.
(() => {
  const person = document.querySelector("meta[name=person]").content;
  // Storage is asked for late: where it is blocked, the mere name of it is an error.
  const keeper = (storage, before) => ({
    get(key) { try { return storage().getItem(before + key); } catch { return null; } },
    set(key, value) { try { storage().setItem(before + key, value); } catch { /* not kept */ } },
    // What was written as JSON; null if it is not there, or is none.
    read(key) { try { return JSON.parse(this.get(key)); } catch { return null; } },
    remove(key) { try { storage().removeItem(before + key); } catch { /* was not kept */ } },
  });
  window.kept = keeper(() => localStorage, `${person}:`);
  window.keptHere = keeper(() => sessionStorage, `${person}:`);
  // Whose day it is: filters by day mean the days that are shown here.
  try {
    const zone = encodeURIComponent(new Intl.DateTimeFormat().resolvedOptions().timeZone || "");
    document.cookie = `wanstudio_timezone=${zone}; path=/; max-age=31536000; samesite=lax`;
  } catch { /* the server's zone then */ }
  // A page that comes back as the browser left it, but after a sign-out, is asked for anew.
  const everybodys = keeper(() => localStorage, "");
  everybodys.set("person", person);
  addEventListener("pageshow", (event) => {
    if (!event.persisted || [null, person].includes(everybodys.get("person"))) return;
    document.documentElement.hidden = true;
    location.reload();
  });
})();
