//! A bounded cache whose entries expire. It knows no clock: every access says what time it is.

use std::{borrow::Borrow, collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use parking_lot::Mutex;

/// Values by key, each valid for a fixed time after it was inserted.
///
/// A new key empties a full cache first. The entries are in a tree, because a service keeps several small caches for each
/// of thousands of tenants, and small trees take less memory than hash tables.
///
/// ```
/// use std::time::Duration;
/// use tempo_mcp_core::ttl_cache::TtlCache;
///
/// let cache = TtlCache::new(Duration::from_secs(600), 100);
/// let now: jiff::Timestamp = "2026-03-02T10:00:00Z".parse()?;
/// cache.insert(now, "WEB-1", 10_042);
/// assert_eq!(cache.get(now, "WEB-1"), Some(10_042));
/// assert_eq!(cache.get(now + Duration::from_secs(600), "WEB-1"), None);
/// # Ok::<(), jiff::Error>(())
/// ```
pub struct TtlCache<K, V> {
    lifetime: Duration,
    capacity: usize,
    entries: Mutex<BTreeMap<K, TimedValue<V>>>,
}

struct TimedValue<V> {
    /// Milliseconds since 1970.
    inserted_at: i64,
    value: V,
}

impl<K: Ord, V> TtlCache<K, V> {
    #[must_use]
    pub const fn new(lifetime: Duration, capacity: usize) -> Self {
        Self { lifetime, capacity, entries: Mutex::new(BTreeMap::new()) }
    }

    /// The value of `key`, unless it has expired.
    pub fn get<Q: Ord + ?Sized>(&self, now: Timestamp, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        V: Clone,
    {
        self.get_with(now, key, V::clone)
    }

    /// What `read` makes of the value of `key`, unless it has expired.
    pub fn get_with<Q: Ord + ?Sized, T>(
        &self,
        now: Timestamp,
        key: &Q,
        read: impl FnOnce(&V) -> T,
    ) -> Option<T>
    where
        K: Borrow<Q>,
    {
        let entries = self.entries.lock();
        let entry = entries.get(key)?;
        self.is_valid(now, entry).then(|| read(&entry.value))
    }

    /// What `read` makes of the value of `key`, even if it has expired.
    pub fn get_any_age_with<Q: Ord + ?Sized, T>(&self, key: &Q, read: impl FnOnce(&V) -> T) -> Option<T>
    where
        K: Borrow<Q>,
    {
        self.entries.lock().get(key).map(|it| read(&it.value))
    }

    pub fn insert(&self, now: Timestamp, key: K, value: V) {
        let mut entries = self.entries.lock();
        self.insert_into(&mut entries, now, key, value);
    }

    /// Inserts `value` if `key` has none that is valid. `false` if it has one.
    pub fn try_insert(&self, now: Timestamp, key: K, value: V) -> bool {
        let mut entries = self.entries.lock();
        if entries.get(&key).is_some_and(|it| self.is_valid(now, it)) {
            return false;
        }
        self.insert_into(&mut entries, now, key, value);
        true
    }

    pub fn remove(&self, key: &K) {
        self.entries.lock().remove(key);
    }

    /// The first result of `find` over all values, expired ones included.
    pub fn find_map_any_age<T>(&self, find: impl FnMut(&V) -> Option<T>) -> Option<T> {
        self.entries.lock().values().map(|it| &it.value).find_map(find)
    }

    fn insert_into(&self, entries: &mut BTreeMap<K, TimedValue<V>>, now: Timestamp, key: K, value: V) {
        if entries.len() >= self.capacity && !entries.contains_key(&key) {
            entries.clear();
        }
        entries.insert(key, TimedValue { inserted_at: now.as_millisecond(), value });
    }

    /// A clock that was set back does not make an entry live longer.
    fn is_valid(&self, now: Timestamp, entry: &TimedValue<V>) -> bool {
        let age = now.as_millisecond().abs_diff(entry.inserted_at);
        u128::from(age) < self.lifetime.as_millis()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn cache(capacity: usize) -> TtlCache<&'static str, u32> {
        TtlCache::new(Duration::from_secs(10), capacity)
    }

    #[test]
    fn value_expires_after_its_lifetime() {
        let cache = cache(3);
        cache.insert(at(0), "a", 1);
        assert_eq!(
            [-10, -9, 0, 9, 10].map(|it| cache.get(at(it), "a")),
            [None, Some(1), Some(1), Some(1), None]
        );
        cache.insert(at(9), "a", 2);
        assert_eq!(cache.get(at(18), "a"), Some(2));
        assert_eq!(cache.find_map_any_age(|it| Some(*it)), Some(2));
        assert_eq!(cache.get(at(19), "a"), None);
        assert_eq!(cache.get_any_age_with("a", |it| *it), Some(2));
        cache.remove(&"a");
        assert_eq!(cache.get(at(9), "a"), None);
    }

    #[test]
    fn valid_value_is_not_overwritten_by_try_insert() {
        let cache = cache(3);
        assert!(cache.try_insert(at(0), "a", 1));
        assert!(!cache.try_insert(at(9), "a", 2));
        assert!(cache.try_insert(at(10), "a", 3));
        assert_eq!(cache.get(at(11), "a"), Some(3));
    }

    #[test]
    fn full_cache_is_emptied_by_a_new_key() {
        let cache = cache(2);
        for (key, value) in [("a", 1), ("b", 2), ("b", 3)] {
            cache.insert(at(0), key, value);
        }
        assert_eq!((cache.get(at(0), "a"), cache.get(at(0), "b")), (Some(1), Some(3)));
        cache.insert(at(0), "c", 4);
        assert_eq!(["a", "b", "c"].map(|it| cache.get(at(0), it)), [None, None, Some(4)]);
    }
}
