//! How many connections may be open: of one client, and of all. Beyond that, a new one takes the place of an idle one.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::Mutex;
use tempo_mcp_service::http::ClientKey;
use tokio_util::sync::CancellationToken;

use super::activity::Activity;

/// The most connections that may be open.
#[derive(Clone, Copy)]
pub(super) struct MaxConnections {
    pub(super) in_all: usize,
    pub(super) per_client: usize,
}

/// Who is at the other end. A trusted proxy has the connections of all its clients.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Proxy,
    Client(ClientKey),
}

/// The open connections of one listener.
pub(super) struct Connections {
    most: MaxConnections,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    /// In the order in which they were opened.
    by_number: BTreeMap<u64, Entry>,
    by_client: HashMap<ClientKey, usize>,
}

struct Entry {
    peer: Peer,
    activity: Arc<Activity>,
    evicted: CancellationToken,
}

/// The permit of one open connection. Dropping it returns the permit.
pub(super) struct ConnectionPermit {
    connections: Arc<Connections>,
    number: u64,
    pub(super) activity: Arc<Activity>,
    /// Cancelled when another connection has taken the place of this one.
    pub(super) evicted: CancellationToken,
}

impl Connections {
    pub(super) fn new(most: MaxConnections) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default() })
    }

    /// A permit, or `None` if there are too many connections and all of them have requests in progress.
    pub(super) fn try_acquire(self: &Arc<Self>, peer: Peer) -> Option<ConnectionPermit> {
        let mut open = self.open.lock();
        if let Peer::Client(client) = peer {
            let count = open.by_client.get(&client).map_or(0, |it| *it);
            if count >= self.most.per_client && !open.evict(|it| it.peer == peer) {
                return None;
            }
        }
        if open.by_number.len() >= self.most.in_all && !open.evict(|_| true) {
            return None;
        }
        Some(self.add(&mut open, peer))
    }

    fn add(self: &Arc<Self>, open: &mut Open, peer: Peer) -> ConnectionPermit {
        let (activity, evicted) = (Activity::new(), CancellationToken::new());
        let number = open.next;
        open.next += 1;
        open.by_number.insert(number, Entry { peer, activity: activity.clone(), evicted: evicted.clone() });
        if let Peer::Client(client) = peer {
            *open.by_client.entry(client).or_default() += 1;
        }
        ConnectionPermit { connections: self.clone(), number, activity, evicted }
    }
}

impl Open {
    /// Closes the oldest idle connection among `candidates`. Returns whether there was one.
    fn evict(&mut self, candidates: impl Fn(&Entry) -> bool) -> bool {
        let mut idle = self.by_number.iter().filter(|(_, it)| candidates(it) && it.activity.is_idle());
        let Some((number, entry)) = idle.next() else { return false };
        entry.evicted.cancel();
        let number = *number;
        self.remove(number);
        true
    }

    fn remove(&mut self, number: u64) {
        let Some(Entry { peer: Peer::Client(client), .. }) = self.by_number.remove(&number) else { return };
        if let Some(count) = self.by_client.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.by_client.remove(&client);
            }
        }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.connections.open.lock().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Peer {
        Peer::Client(ClientKey::of([192, 0, 2, last].into()))
    }

    #[tokio::test]
    async fn new_connection_replaces_the_oldest_idle_one() {
        let connections = Connections::new(MaxConnections { in_all: 3, per_client: 2 });
        let open = |peer| connections.try_acquire(peer);
        let (first, second) = (open(client(1)).unwrap(), open(client(1)).unwrap());
        let request = first.activity.begin();
        let third = open(client(1)).unwrap();
        assert!(second.evicted.is_cancelled() && !first.evicted.is_cancelled(), "the first one is busy");
        let busy = third.activity.begin();
        assert!(open(client(1)).is_none(), "both are busy");
        let other = open(client(2)).unwrap();
        let proxy = open(Peer::Proxy).unwrap();
        assert!(other.evicted.is_cancelled(), "three in all");
        drop((request, busy, first, third, proxy, other, second));
        let open = connections.open.lock();
        assert!(open.by_number.is_empty() && open.by_client.is_empty());
    }

    #[tokio::test]
    async fn proxy_has_the_connections_of_all_its_clients() {
        let connections = Connections::new(MaxConnections { in_all: 3, per_client: 1 });
        let open: Vec<_> = (0..3).map(|_| connections.try_acquire(Peer::Proxy).unwrap()).collect();
        assert!(open.iter().all(|it| !it.evicted.is_cancelled()));
    }
}
