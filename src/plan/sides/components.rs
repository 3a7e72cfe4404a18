//! Parts of a file that have no pool in common.

use super::memberships::ItemMemberships;
use super::pools::Pools;

/// The parts of a file: pools belong together if an item has memberships in both.
pub(super) struct Components {
    /// For each pool, the number of its part, from 0.
    of_pool: Vec<u32>,
    len: usize,
}

impl Components {
    /// Finds the parts of a file.
    pub(super) fn new(memberships: &ItemMemberships, pools: &Pools) -> Self {
        let mut above: Vec<u32> = (0..pools.len() as u32).collect();
        for item in 0..memberships.items() {
            let mut of = memberships.of(item).iter().map(|membership| pools.of(*membership));
            let Some(first) = of.next() else { continue };
            for pool in of {
                let (a, b) = (root(&mut above, first as u32), root(&mut above, pool as u32));
                above[a.max(b) as usize] = a.min(b);
            }
        }
        let (mut of_pool, mut len) = (vec![0; pools.len()], 0);
        for pool in 0..pools.len() {
            let root = root(&mut above, pool as u32) as usize;
            if root == pool {
                of_pool[pool] = len;
                len += 1;
            } else {
                of_pool[pool] = of_pool[root];
            }
        }
        Self { of_pool, len: len as usize }
    }

    /// Returns the number of parts.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the part of a pool.
    pub(super) fn of_pool(&self, pool: usize) -> usize {
        self.of_pool[pool] as usize
    }
}

/// Returns the pool that stands for a part, and shortens the way to it.
fn root(above: &mut [u32], mut pool: u32) -> u32 {
    while above[pool as usize] != pool {
        let next = above[pool as usize];
        above[pool as usize] = above[next as usize];
        pool = next;
    }
    pool
}
