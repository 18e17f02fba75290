// Keeps the page and the data of a site, whole or not at all, so that it works without a network; of a large site nothing.

const OURS = `vectormill ${self.registration.scope} `; // sites side by side on one server keep apart
const CACHE = `${OURS}SITE_KEY`;

// Another version waits until no page of the old one is open: never do parts of two versions meet.
self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) return;
  event.respondWith(answer(event.request));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  const fresh = (file) => new Request(file, { cache: "no-cache" }); // asks the server whether what the browser has is still so
  const { files, key, is_kept: isKept } = await (await fetch(fresh("site.json"))).json();
  if (key !== "SITE_KEY") throw new Error("site.json is of another version than this file: the folder is being copied");
  if (isKept) await cache.addAll(["./", "site.json", ...Object.keys(files)].map(fresh)); // a part of it would meet the rest of the next version
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreVary: true })) ?? fetch(request);
}
