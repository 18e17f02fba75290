// Keeps labelled examples in the browser, with their vectors: they never leave it.

const NAME = "vectormill-examples", STORE = "examples";

function opened() {
  return new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key", autoIncrement: true });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function inStore(mode, work) {
  const database = await opened();
  try {
    return await new Promise((done, failed) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => {
        const isFull = transaction.error?.name === "QuotaExceededError";
        failed(isFull ? new Error("this browser keeps nothing more: remove some examples") : (transaction.error ?? new Error("it could not be kept")));
      };
    });
  } finally {
    database.close();
  }
}

/** Examples of an encoder, oldest first: objects of label, item (a text, or a photograph's name), vector and, of a photograph, thumbnail. */
export async function examplesOf(fingerprint) {
  return (await inStore("readonly", (store) => store.getAll())).filter((one) => one.fingerprint === fingerprint);
}

export const keep = (example) => inStore("readwrite", (store) => store.add(example));
export const remove = (key) => inStore("readwrite", (store) => store.delete(key));
