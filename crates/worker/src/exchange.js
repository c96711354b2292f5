// Requests and answers as the platform has them. Whole functions here, since each call between Rust and JavaScript costs
// more than what most of them do. What Rust lends is copied: its memory changes after the call.

/** A line for each name and one for each value: neither can have a line break (RFC 9110, section 5.5). */
function lines(headers) {
  let text = "";
  for (const [name, value] of headers) text += `${name}\n${value}\n`;
  return text;
}

function fields(text) {
  const all = text.split("\n");
  const headers = new Headers();
  for (let i = 0; i + 1 < all.length; i += 2) headers.append(all[i], all[i + 1]);
  return headers;
}

/** How long the other side says that its body is. */
function length(headers) {
  const says = headers.get("content-length") ?? "";
  return /^\d{1,15}$/.test(says) ? Number(says) : undefined;
}

/** A request, with its body whole where that says to be at most `small` bytes long, or else as a stream. With neither
 * where it broke off. */
export async function read(request, small) {
  const { method, url, headers, body } = request;
  const read = { method, url, head: lines(headers) };
  if (body === null) return { ...read, body: new Uint8Array() };
  if (!(length(headers) <= small)) return { ...read, stream: body };
  const whole = await request.arrayBuffer().catch(() => undefined);
  return whole ? { ...read, body: new Uint8Array(whole) } : read;
}

/** The headers of answers but for their length: nearly all have the same, and making them costs as much as the rest of
 * an answer. */
const known = new Map();

function knownFields(text) {
  // A cookie is somebody's.
  if (text.includes("set-cookie\n")) return fields(text);
  if (known.size >= 100) known.clear();
  if (!known.has(text)) known.set(text, fields(text));
  return known.get(text);
}

export function answer(status, head, body) {
  return new Response(body.length ? body.slice() : null, { status, headers: knownFields(head) });
}

/** Sends a request and reads its answer, in `time` ms and `most` bytes, with its headers of the names in `wanted`. No
 * redirect is followed. */
export async function send(method, url, head, body, wanted, time, most) {
  const signal = AbortSignal.timeout(time);
  const request = { method, headers: fields(head), redirect: "manual", cache: "no-store", signal };
  if (body.length) request.body = body.slice();
  try {
    const answer = await fetch(url, request);
    const whole = await upTo(most, answer);
    if (!whole) return { failure: "too large" };
    const found = wanted.split("\n").map((name) => [name, answer.headers.get(name)]);
    return { status: answer.status, head: lines(found.filter(([, value]) => value !== null)), body: whole };
  } catch (error) {
    return { failure: signal.aborted ? "too late" : String(error) };
  }
}

/** The body of an answer; nothing where it is longer. */
async function upTo(most, answer) {
  // A compressed one may be much longer than it says.
  const says = answer.headers.has("content-encoding") ? undefined : length(answer.headers);
  if (says <= most) return new Uint8Array(await answer.arrayBuffer());
  const chunks = [];
  let total = 0;
  for await (const chunk of answer.body ?? []) {
    total += chunk.length;
    if (total > most) return undefined;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(total);
  // Each chunk is free once it is copied.
  for (let at = 0; chunks.length; ) {
    const chunk = chunks.shift();
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Rust wakes its futures by microtasks. The platform's own function wraps each callback anew, at a cost that shows.
 * What a callback throws is reported as before. */
export function wakeByPromise() {
  const now = Promise.resolve();
  globalThis.queueMicrotask = (callback) => void now.then(callback).catch(reportError);
}
