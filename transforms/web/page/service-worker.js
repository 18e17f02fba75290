// Keeps a page and all files of its model or site, whole or not at all, so that it works without a network; what is too large not at all.

const OURS = `vectormill ${self.registration.scope} `; // pages side by side on one server keep apart
const CACHE = `${OURS}VERSION_KEY`;

// Another version waits until no page of the old one is open, or the person takes it: never do parts of two versions meet.
self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())));
self.addEventListener("message", ({ data }) => { if (data === "take") self.skipWaiting(); });
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) return;
  event.respondWith(answer(event.request));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  const fresh = (file) => new Request(file, { cache: "no-cache" }); // asks the server whether what the browser has is still so
  const { files, key, is_kept: isKept = true } = await (await fetch(fresh("FACTS"))).json();
  if (key !== "VERSION_KEY") throw new Error("FACTS is of another version than this file: the folder is being copied");
  // Of what is too large nothing: a part of it would meet the rest of the next version.
  if (isKept) await cache.addAll(["./", "FACTS", ...(Array.isArray(files) ? files : Object.keys(files))].map(fresh));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreVary: true })) ?? fetch(request);
}
