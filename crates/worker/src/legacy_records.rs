//! The service's `Legacy` on the KV namespace of the TypeScript Worker, where that is bound.

use async_trait::async_trait;
use tempo_mcp_core::domain::tenant::TenantId;
use tempo_mcp_service::ports::{DatabaseError, Legacy};
use worker::{kv::KvStore, send::SendFuture};

use crate::environment::Environment;

pub(crate) struct LegacyRecords(KvStore);

impl LegacyRecords {
    /// `None`: the namespace is not bound.
    pub(crate) fn of(environment: &Environment) -> Option<Self> {
        environment.0.kv("USERS").ok().map(Self)
    }
}

fn key(id: &TenantId) -> String {
    format!("user:{}", id.expose())
}

#[async_trait]
impl Legacy for LegacyRecords {
    async fn load(&self, id: &TenantId) -> Result<Option<String>, DatabaseError> {
        let get = SendFuture::new(async { self.0.get(&key(id)).text().await });
        get.await.map_err(|error| DatabaseError::Failed(error.to_string()))
    }

    async fn delete(&self, id: &TenantId) -> Result<(), DatabaseError> {
        let delete = SendFuture::new(async { self.0.delete(&key(id)).await });
        delete.await.map_err(|error| DatabaseError::Failed(error.to_string()))
    }
}
