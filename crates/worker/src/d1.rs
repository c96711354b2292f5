//! Core's `Database` on D1.

use async_trait::async_trait;
use serde_json::{Map, Value};
use tempo_mcp_core::ports::{Cell, Database, DatabaseFailure, Row};
use worker::{
    D1Database, D1PreparedStatement, D1Result,
    js_sys::{JSON, Reflect},
    send::SendFuture,
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::JsFuture,
};

pub(crate) struct D1(pub(crate) D1Database);

impl D1 {
    fn statement(&self, sql: &str, params: &[Cell]) -> worker::Result<D1PreparedStatement> {
        let params: Vec<JsValue> = params.iter().map(bound).collect();
        self.0.prepare(sql).bind(&params)
    }

    async fn rows(&self, sql: &str, params: &[Cell]) -> worker::Result<Vec<Row>> {
        let found = JsFuture::from(self.statement(sql, params)?.inner().all()?).await?;
        // As one text: the crate's own way crosses into JavaScript for every column.
        let rows = JSON::stringify(&Reflect::get(&found, &"results".into())?)?;
        let rows: Vec<Map<String, Value>> = serde_json::from_str(&String::from(rows))?;
        Ok(rows.into_iter().map(row).collect())
    }

    async fn changed(&self, statements: &[(&str, Vec<Cell>)]) -> worker::Result<Vec<u64>> {
        let statements = statements.iter().map(|(sql, params)| self.statement(sql, params));
        let results = self.0.batch(statements.collect::<worker::Result<_>>()?).await?;
        results.iter().map(changes).collect()
    }
}

#[async_trait]
impl Database for D1 {
    async fn query(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, DatabaseFailure> {
        SendFuture::new(self.rows(sql, params)).await.map_err(failure)
    }

    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>, DatabaseFailure> {
        SendFuture::new(self.changed(statements)).await.map_err(failure)
    }
}

fn failure(error: worker::Error) -> DatabaseFailure {
    DatabaseFailure(error.to_string())
}

fn bound(cell: &Cell) -> JsValue {
    match cell {
        Cell::Text(it) => it.into(),
        // Within ±2^53, as the port promises. The crate's own integer type has 32 bits.
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

/// D1 gives every number as a double.
fn integer(number: &serde_json::Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "within ±2^53")]
    number.as_i64().or_else(|| number.as_f64().map(|it| it as i64))
}

fn changes(result: &D1Result) -> worker::Result<u64> {
    let meta = result.meta()?;
    Ok(meta.and_then(|it| it.changes).map_or(0, |it| it as u64))
}
