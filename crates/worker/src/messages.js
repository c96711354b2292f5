// Requests and responses of the platform. A function here does as much as possible, since each call between Rust and
// JavaScript costs more than most of the work. Data from Rust is copied: its memory changes after the call.

/** Headers as text: a line for each name and a line for each value. Neither can contain a line break (RFC 9110,
 * section 5.5). */
function lines(headers) {
  let text = "";
  for (const [name, value] of headers) text += `${name}\n${value}\n`;
  return text;
}

function headersOf(text) {
  const all = text.split("\n");
  const headers = new Headers();
  for (let i = 0; i + 1 < all.length; i += 2) headers.append(all[i], all[i + 1]);
  return headers;
}

/** The declared length of a body, where there is one. */
function length(headers) {
  const declared = headers.get("content-length") ?? "";
  return /^\d{1,15}$/.test(declared) ? Number(declared) : undefined;
}

/** Reads a request: its body as a whole where its declared length is at most `small` bytes, or else as a stream. With
 * neither where the body broke off. */
export async function read(request, small) {
  const { method, url, headers, body } = request;
  const read = { method, url, head: lines(headers) };
  if (body === null) return { ...read, body: new Uint8Array() };
  if (!(length(headers) <= small)) return { ...read, stream: body };
  const whole = await request.arrayBuffer().catch(() => undefined);
  return whole ? { ...read, body: new Uint8Array(whole) } : read;
}

/** Headers of responses without their length, by their text: nearly all responses have the same, and building them costs
 * as much as the rest of a response. */
const known = new Map();

function cachedHeaders(text) {
  // A cookie belongs to one user and is never cached.
  if (text.includes("set-cookie\n")) return headersOf(text);
  if (known.size >= 100) known.clear();
  if (!known.has(text)) known.set(text, headersOf(text));
  return known.get(text);
}

export function respond(status, head, body) {
  return new Response(body.length ? body.slice() : null, { status, headers: cachedHeaders(head) });
}

/** Sends a request and reads the response within `time` ms and `most` bytes, with those of its headers that `wanted`
 * names. Follows no redirect. */
export async function send(method, url, head, body, wanted, time, most) {
  const signal = AbortSignal.timeout(time);
  const request = { method, headers: headersOf(head), redirect: "manual", cache: "no-store", signal };
  if (body.length) request.body = body.slice();
  try {
    const response = await fetch(url, request);
    const whole = await upTo(most, response);
    if (!whole) return { error: "too large" };
    const found = wanted.split("\n").map((name) => [name, response.headers.get(name)]);
    return { status: response.status, head: lines(found.filter(([, value]) => value !== null)), body: whole };
  } catch (error) {
    return { error: signal.aborted ? "too late" : String(error) };
  }
}

/** The body of a response; undefined where it is longer than `most` bytes. */
async function upTo(most, response) {
  // A compressed body may be much longer than its declared length.
  const declared = response.headers.has("content-encoding") ? undefined : length(response.headers);
  if (declared <= most) return new Uint8Array(await response.arrayBuffer());
  const chunks = [];
  let total = 0;
  for await (const chunk of response.body ?? []) {
    total += chunk.length;
    if (total > most) return undefined;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(total);
  // Each chunk can be freed once it is copied.
  for (let at = 0; chunks.length; ) {
    const chunk = chunks.shift();
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Makes Rust wake its futures through a promise. The platform's own queueMicrotask wraps every callback, which is
 * measurably slower. Exceptions of a callback are reported as before. */
export function wakeByPromise() {
  const now = Promise.resolve();
  globalThis.queueMicrotask = (callback) => void now.then(callback).catch(reportError);
}
