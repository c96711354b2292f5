/** Offsets by zone and quarter of an hour, within which no zone changes its offset. */
const known = new Map();

/** How many seconds a zone is ahead of UTC, `at` ms after the epoch; undefined where there is no zone of that name. */
export function offset(zone, at) {
  // Intl also accepts offsets as names, and the name comes from a vendor.
  if (!/^[A-Za-z][\w+/-]{0,63}$/.test(zone)) return undefined;
  const key = `${Math.floor(at / 900_000)} ${zone}`;
  if (!known.has(key)) {
    if (known.size >= 500) known.clear();
    known.set(key, computed(zone, at));
  }
  return known.get(key);
}

function computed(timeZone, at) {
  const fields = ["year", "month", "day", "hour", "minute", "second"];
  const options = { timeZone, hourCycle: "h23", ...Object.fromEntries(fields.map((it) => [it, "numeric"])) };
  try {
    const parts = new Intl.DateTimeFormat("en-US-u-ca-iso8601", options).formatToParts(at);
    const [year, month, ...rest] = fields.map((it) => Number(parts.find(({ type }) => type === it).value));
    return Date.UTC(year, month - 1, ...rest) / 1000 - Math.floor(at / 1000);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
