//! The service's `Database` on D1.

use async_trait::async_trait;
use serde_json::{Map, Value};
use tempo_mcp_service::ports::{Cell, Database, DatabaseError, Row};
use worker::{
    Env, Error, Result,
    js_sys::{Array, Promise, Reflect},
    send::{SendFuture, SendWrapper},
    wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

#[wasm_bindgen(module = "/src/d1.js")]
extern "C" {
    fn rows(database: &JsValue, statement: Array) -> Promise;
    fn changes(database: &JsValue, statements: Array) -> Promise;
}

pub(crate) struct D1(SendWrapper<JsValue>);

impl D1 {
    /// `None`: no database is bound to this Worker.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        let database = Reflect::get(env, &"DB".into()).ok().filter(|it| it.is_object())?;
        Some(Self(SendWrapper::new(database)))
    }

    async fn rows(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>> {
        let rows = JsFuture::from(rows(&self.0, statement(sql, params))).await?;
        let rows: Vec<Map<String, Value>> = serde_json::from_str(&rows.as_string().unwrap_or_default())?;
        Ok(rows.into_iter().map(row).collect())
    }

    async fn changed(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>> {
        let statements = statements.iter().map(|(sql, params)| statement(sql, params)).collect();
        let changed = JsFuture::from(changes(&self.0, statements)).await?;
        Ok(Array::from(&changed).iter().map(|it| it.as_f64().map_or(0, |it| it as u64)).collect())
    }
}

#[async_trait]
impl Database for D1 {
    async fn query(&self, sql: &str, params: &[Cell]) -> std::result::Result<Vec<Row>, DatabaseError> {
        SendFuture::new(self.rows(sql, params)).await.map_err(database_error)
    }

    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> std::result::Result<Vec<u64>, DatabaseError> {
        SendFuture::new(self.changed(statements)).await.map_err(database_error)
    }
}

/// D1 has no codes for its errors, so only SQLite's message, which it repeats, tells a missing table apart.
fn database_error(error: Error) -> DatabaseError {
    let reason = error.to_string();
    if reason.contains("no such table: ") {
        DatabaseError::NoSuchTable(reason)
    } else {
        DatabaseError::Failed(reason)
    }
}

fn statement(sql: &str, params: &[Cell]) -> Array {
    std::iter::once(JsValue::from(sql)).chain(params.iter().map(bound)).collect()
}

fn bound(cell: &Cell) -> JsValue {
    match cell {
        Cell::Text(it) => it.into(),
        // The port promises numbers within ±2^53. The integer type of the `worker` crate has 32 bits.
        #[expect(clippy::cast_precision_loss, reason = "exact in that range")]
        Cell::Integer(it) => JsValue::from_f64(*it as f64),
        Cell::Null => JsValue::NULL,
    }
}

fn row(columns: Map<String, Value>) -> Row {
    Row(columns.into_iter().map(|(name, value)| (name, cell(value))).collect())
}

fn cell(value: Value) -> Cell {
    match value {
        Value::String(it) => Cell::Text(it),
        Value::Number(it) => integer(&it).map_or(Cell::Null, Cell::Integer),
        // The schema has no such columns.
        _ => Cell::Null,
    }
}

/// D1 returns every number as a double.
fn integer(number: &serde_json::Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "within ±2^53")]
    number.as_i64().or_else(|| number.as_f64().map(|it| it as i64))
}
