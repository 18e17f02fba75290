// Reads files of named arrays: gzip of a length, a JSON header, and the bytes of each array (`transforms/web/arrays_file.py`).

const TYPES = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array };
const ALIGNMENT = 8;

/** The arrays of a file by name, each with its `shape`. */
export async function readArrays(address, read = fetchBytes) {
  const bytes = await inflated(await read(address));
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headerLength)));
  const start = Math.ceil((4 + headerLength) / ALIGNMENT) * ALIGNMENT;
  const arrays = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(header)) {
    const length = shape.reduce((product, size) => product * size, 1);
    arrays[name] = new TYPES[dtype](bytes.buffer, bytes.byteOffset + start + offset, length);
    arrays[name].shape = shape;
  }
  return arrays;
}

export async function fetchBytes(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export async function inflated(bytes) {
  // A server may have inflated it already.
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
