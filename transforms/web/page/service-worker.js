// Keeps the page and all files of the model, whole or not at all, so that it works without a network.

const OURS = `vectormill ${self.registration.scope} `; // models side by side on one server keep apart
const CACHE = `${OURS}MODEL_KEY`;

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
  const { files, key } = await (await fetch(fresh("model.json"))).json();
  if (key !== "MODEL_KEY") throw new Error("model.json is of another version than this file: the folder is being copied");
  await cache.addAll(["./", "model.json", ...files].map(fresh));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreVary: true })) ?? fetch(request);
}
