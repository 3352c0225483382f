// Storage of one person: the next person in the same browser does not see it.
(() => {
  const person = document.querySelector("meta[name=person]").content;
  // Storage is accessed late: if it is blocked, accessing it raises an error.
  const keeper = (storage, before) => ({
    get(key) { try { return storage().getItem(before + key); } catch { return null; } },
    set(key, value) { try { storage().setItem(before + key, value); } catch { /* not kept */ } },
    // The stored JSON; null if it is missing or invalid.
    read(key) { try { return JSON.parse(this.get(key)); } catch { return null; } },
    remove(key) { try { storage().removeItem(before + key); } catch { /* was not kept */ } },
  });
  window.kept = keeper(() => localStorage, `${person}:`);
  window.keptHere = keeper(() => sessionStorage, `${person}:`);
  // The time zone: filters by day use the days that are shown here.
  try {
    const zone = encodeURIComponent(new Intl.DateTimeFormat().resolvedOptions().timeZone || "");
    document.cookie = `wanstudio_timezone=${zone}; path=/; max-age=31536000; samesite=lax`;
  } catch { /* the server's zone then */ }
  // A page restored after a sign-out is loaded again.
  const everybodys = keeper(() => localStorage, "");
  everybodys.set("person", person);
  addEventListener("pageshow", (event) => {
    if (!event.persisted || [null, person].includes(everybodys.get("person"))) return;
    document.documentElement.hidden = true;
    location.reload();
  });
})();
