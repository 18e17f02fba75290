// Keeps the page and the data of a site, whole or not at all, so that it works without a network; of a large site the page alone.

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
  const { files, is_kept: isKept } = await (await fetch(fresh("site.json"))).json();
  const kept = Object.keys(files).filter((file) => isKept || !/\.(arrays|gz|bin)$/.test(file));
  await cache.addAll(["./", "site.json", ...kept].map(fresh));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreVary: true })) ?? fetch(request);
}
