// A statement is an array: the SQL, then its parameters.

const prepared = (database, [sql, ...params]) => database.prepare(sql).bind(...params);

/** Runs a statement and returns its rows as one JSON text: a call from Rust for every column would cost more. */
export async function rows(database, statement) {
  const { results } = await prepared(database, statement).all();
  return JSON.stringify(results);
}

/** Runs statements in one transaction and returns how many rows each of them changed. */
export async function changes(database, statements) {
  const results = await database.batch(statements.map((it) => prepared(database, it)));
  return results.map(({ meta }) => meta?.changes ?? 0);
}
