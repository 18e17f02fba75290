// Keeps the model in this browser, so that the page works without a network, and offers a version that was published meanwhile.

import { element, say } from "./dom.js";

/** Has the service worker keep all files, in the place of id `place`, which says what became of it. */
export async function keepForLater(place) {
  const workers = navigator.serviceWorker;
  const registered = await workers?.register("service-worker.js").catch(() => null);
  if (!registered) return; // a page that is not under https, or a browser that keeps nothing
  const isReturning = Boolean(workers.controller);
  if (isReturning) {
    workers.addEventListener("controllerchange", () => location.reload(), { once: true });
    const watch = (worker) => {
      const offer = () => { if (worker.state === "installed") offerVersion(place, worker); };
      worker?.addEventListener("statechange", offer);
      if (worker) offer();
    };
    registered.addEventListener("updatefound", () => watch(registered.installing));
    watch(registered.installing ?? registered.waiting);
  }
  await workers.ready;
  if (!registered.waiting) say(place, "All of the model is kept in this browser: it works without a network.");
}

function offerVersion(place, worker) {
  const button = element("button", { type: "button", id: "update" }, "Take it");
  button.addEventListener("click", () => worker.postMessage("take"), { once: true });
  say(place, "A new version of the model is here. ");
  document.getElementById(place).append(button);
}
